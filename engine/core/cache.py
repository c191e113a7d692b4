"""A least-recently-used cache for what can be computed again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, ItemsView, Iterator
from dataclasses import dataclass


@dataclass(eq=False, kw_only=True)
class Cache[K: Hashable, V]:
    """The most recently used values: at most `count` of them and at most `size` bytes; the newest is always kept.

    A limit of `None` is no limit. `None` cannot be a value, as `get` returns it for a missing key. Both limits may be
    changed at any time and apply from the next `put` on. `bytes_of` must always return the same for the same value.
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
