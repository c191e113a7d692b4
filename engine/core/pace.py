"""The amount of work that fits into one turn, as measured."""

from __future__ import annotations


class Pace:
    """The number of steps or images of one turn: as many as fill `seconds`, from `least` to `most`."""

    def __init__(self, seconds: float, size: int = 1, *, least: int = 1, most: int, growth: int = 2) -> None:
        """Start with `size`, which grows at most by the factor `growth` per turn, as a first turn may be slow."""
        self.seconds, self.size = seconds, size
        self._least, self._most, self._growth = least, most, growth

    def fit(self, done: int, took: float) -> None:
        """Adapt the size to a turn in which `done` steps took `took` seconds."""
        fitting = round(done * self.seconds / max(took, 1e-6))
        self.size = max(self._least, min(self._most, self._growth * self.size, fitting))

    def shorten(self, factor: int) -> None:
        """Divide the size of the next turn by `factor`, as somebody waits for its end."""
        self.size = max(self._least, self.size // factor)
