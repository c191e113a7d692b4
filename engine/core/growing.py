"""Append-only arrays of numbers: the history of a training."""

from collections.abc import Sequence

from engine.core.lazy import Array, np

FEWEST_SPARE = 4_096  # rows of spare capacity; of long arrays, an eighth of their length


class Growing:
    """Append-only float32 array with amortised O(1) append. A list of arrays would take 100 bytes a row more."""

    def __init__(self, *shape: int) -> None:
        """Make an array without rows; each row has this shape."""
        self._room: Array | None = None  # the rows and, behind them, the spare capacity
        self._shape, self._length = shape, 0

    @property
    def so_far(self) -> Array:
        """All rows until now: a read-only view. It is no copy, as rows that were appended never change."""
        rows = np.empty((0, *self._shape), np.float32) if self._room is None else self._room[: self._length]
        rows.flags.writeable = False
        return rows

    def extend(self, rows: Array | Sequence[float]) -> None:
        """Append rows, (rows, *shape)."""
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
