"""The part of the maps in view: one zoom for all of them, in shares of their rows and columns."""

import math

from PySide6.QtCore import QObject, Signal

ROUNDING = 1e-6  # a share this close to a whole row or column means that
FEWEST_ROWS, FEWEST_COLUMNS = 4, 8  # the deepest zoom


class MapWindow(QObject):
    """A rectangle in maps of any size, 0 to 1 from the upper left. It stays within them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.top, self.bottom, self.left, self.right = 0.0, 1.0, 0.0, 1.0
        self.end = 1.0  # rows below that share are folded away
        self._rows = self._columns = 1

    @property
    def is_fitted(self) -> bool:
        return (self.top, self.bottom, self.left, self.right) == (0.0, self.end, 0.0, 1.0)

    @property
    def seen(self) -> str:
        """The part in view, as `rows 1 to 80 of 300, columns 5 to 50 of 100`; empty where that is all."""
        if self.is_fitted:
            return ""
        parts = []
        for what, first, last, count in (
            ("rows", self.top, self.bottom, self._rows),
            ("columns", self.left, self.right, self._columns),
        ):
            begin, end = math.floor(first * count + ROUNDING) + 1, math.ceil(last * count - ROUNDING)
            if (begin, end) != (1, count):
                parts.append(f"{what} {begin:,} to {end:,} of {count:,}")
        return ", ".join(parts) or "a part of a row"

    def set_size(self, rows: int, columns: int) -> None:
        self._rows, self._columns = max(1, rows), max(1, columns)

    def set_end(self, end: float) -> None:
        """Fold the rows below the share `end` away; where all was in view, all still is."""
        if end != self.end:
            was_at_end, self.end = self.bottom == self.end, end
            bottom = end if was_at_end else min(self.bottom, end)
            self._show(min(self.top, max(0.0, bottom - self._least_height())), bottom, self.left, self.right)

    def fit(self) -> None:
        self._show(0.0, self.end, 0.0, 1.0)

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5, *, rows: bool = True, columns: bool = True) -> None:
        """Show `factor` times as much, while the point (x, y), in shares of the view, stays where it is."""
        top, bottom, left, right = self.top, self.bottom, self.left, self.right
        if rows:
            height = min(max((bottom - top) * factor, self._least_height()), self.end)
            top, bottom = _within(top + y * (bottom - top - height), height, self.end)
        if columns:
            width = min(max((right - left) * factor, min(1.0, FEWEST_COLUMNS / self._columns)), 1.0)
            left, right = _within(left + x * (right - left - width), width, 1.0)
        self._show(top, bottom, left, right)

    def pan(self, x: float, y: float) -> None:
        """Pan by shares of the view; positive: to the right, down."""
        height, width = self.bottom - self.top, self.right - self.left
        rows = _within(self.top + y * height, height, self.end)
        self._show(*rows, *_within(self.left + x * width, width, 1.0))

    def reveal(self, top: float, bottom: float) -> None:
        """Pan up or down just as far as shows the rows between these shares."""
        below, above = bottom - self.bottom, top - self.top
        way = max(0.0, below) or min(0.0, above)
        height = self.bottom - self.top
        self._show(*_within(self.top + way, height, self.end), self.left, self.right)

    def _least_height(self) -> float:
        return min(self.end, FEWEST_ROWS / self._rows)

    def _show(self, top: float, bottom: float, left: float, right: float) -> None:
        new = top, bottom, left, right
        if new != (self.top, self.bottom, self.left, self.right):
            self.top, self.bottom, self.left, self.right = new
            self.changed.emit()


def _within(first: float, length: float, end: float) -> tuple[float, float]:
    """Return a stretch moved into 0 to `end`."""
    first = min(max(first, 0.0), end - length)
    return (0.0, end) if length >= end else (max(first, 0.0), first + length)
