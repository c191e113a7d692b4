"""What is kept: a least-recently-used cache for what can be computed again, and append-only arrays of numbers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, ItemsView, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.lazy import Array, np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(eq=False, kw_only=True)
class Cache[K: Hashable, V]:
    """The most recently used values: at most `count` of them and at most `size` bytes; the newest is always kept.

    `None` is no limit, and cannot be a value. Changed limits apply from the next `put` on. `bytes_of` must not change.
    """

    count: int | None = None
    size: int | None = None
    bytes_of: Callable[[V], int] = lambda _: 0

    def __post_init__(self) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._bytes = 0

    def get(self, key: K) -> V | None:
        """Return the value and mark it as the most recently used; `None` where there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: K, value: V) -> V:
        """Store a value, replacing the one under this key, and return it."""
        self.pop(key)
        self._values[key] = value
        self._bytes += self.bytes_of(value)
        while len(self._values) > 1 and self._is_over():
            self._bytes -= self.bytes_of(self._values.popitem(last=False)[1])
        return value

    def pop(self, key: K) -> V | None:
        """Remove a value and return it; `None` where there is none."""
        value = self._values.pop(key, None)
        if value is not None:
            self._bytes -= self.bytes_of(value)
        return value

    def clear(self) -> None:
        """Remove all values."""
        self._values.clear()
        self._bytes = 0

    def items(self) -> ItemsView[K, V]:
        """Return keys and values, the least recently used first."""
        return self._values.items()

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _is_over(self) -> bool:
        too_many = self.count is not None and len(self._values) > self.count
        return too_many or (self.size is not None and self._bytes > self.size)


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

    def extend(self, rows: ArrayLike) -> None:
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
