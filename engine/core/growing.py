"""Append-only arrays of numbers: the history of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.lazy import np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

FEWEST_SPARE = 4_096  # number of further rows that have room; later, an eighth more


class Growing:
    """Rows of float32 that are only ever added to. All lie in one array, so adding costs O(1) and a row takes no more
    than its numbers, however few are added at a time.
    """

    def __init__(self, *shape: int) -> None:
        """Begin without rows, each of which will have this shape."""
        self._room: Array | None = None
        """The rows are in its front part."""
        self._shape, self._length = shape, 0

    @property
    def so_far(self) -> Array:
        """All rows until now, read-only.

        They are not copied: whoever keeps them keeps the same memory, in which nothing changes any more.
        """
        rows = np.empty((0, *self._shape), np.float32) if self._room is None else self._room[: self._length]
        rows.flags.writeable = False
        return rows

    def extend(self, rows: ArrayLike) -> None:
        """Add rows, (rows, *shape)."""
        added = np.asarray(rows, np.float32)
        end = self._length + len(added)
        if self._room is None or end > len(self._room):
            grown = np.empty((end + max(FEWEST_SPARE, end // 8), *self._shape), np.float32)
            grown[: self._length] = self.so_far
            self._room = grown
        self._room[self._length : end] = added
        self._length = end

    def __len__(self) -> int:
        return self._length
