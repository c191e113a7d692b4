"""The width of curves and marks of data: thicker in presenter mode. Axes, frames and grids stay thin."""

THICK = 2.0  # factor of their width in presenter mode

_times = 1.0


def is_thick() -> bool:
    """Return whether curves are thick."""
    return _times != 1.0


def set_thick(thick: bool) -> None:
    """Draw curves and marks thick, or as usual, from now on; existing ones must be repainted."""
    global _times
    _times = THICK if thick else 1.0


def thick(pixels: float) -> float:
    """Return the width of a curve or the size of a mark, given its usual one."""
    return pixels * _times
