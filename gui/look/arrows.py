"""The directions of the arrow keys."""

from PySide6.QtCore import Qt

# Rows down and columns to the right, by key.
ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


def next_in_grid(key: Qt.Key, current: int | None, count: int, across: int, first: int = 0) -> int | None:
    """Return the place that a key leads to among `count` ones in rows of `across`; `None` for a key that leads nowhere.

    Home and End lead to the ends, and the arrow keys to a neighbour, or to `first` where no place is the current one.
    """
    if not count or key not in (*ARROWS, Qt.Key.Key_Home, Qt.Key.Key_End):
        return None
    if key not in ARROWS:
        return 0 if key == Qt.Key.Key_Home else count - 1
    if current is None:
        return first
    down, right = ARROWS[key]
    wanted = current + right + down * across
    return wanted if 0 <= wanted < count else current
