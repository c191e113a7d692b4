"""What may be computed again is kept as long as there is room for it; what was used longest ago gives way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, ItemsView, Iterator


class Cache[K: Hashable, V]:
    """The values that were used last: at most `count` of them and at most `size` bytes; the newest always.

    `None` is no limit, and no value: `get` returns it for what is not kept. Both limits may be changed at any time and
    hold from the next `put` on.
    """

    def __init__(
        self, *, count: int | None = None, size: int | None = None, bytes_of: Callable[[V], int] = lambda _: 0
    ) -> None:
        """Begin empty; `bytes_of` says how much memory a value takes, and the same each time."""
        self.count, self.size = count, size
        self._bytes_of = bytes_of
        self._values: OrderedDict[K, V] = OrderedDict()
        self._bytes = 0

    def get(self, key: K) -> V | None:
        """Return the value and keep it longer than all others; `None` where there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: K, value: V) -> V:
        """Keep a value, in place of a former one of this key, and return it."""
        self.pop(key)
        self._values[key] = value
        self._bytes += self._bytes_of(value)
        while len(self._values) > 1 and self._is_over():
            self._bytes -= self._bytes_of(self._values.popitem(last=False)[1])
        return value

    def pop(self, key: K) -> V | None:
        """Let go of a value and return it; `None` where there is none."""
        value = self._values.pop(key, None)
        if value is not None:
            self._bytes -= self._bytes_of(value)
        return value

    def clear(self) -> None:
        """Let go of all."""
        self._values.clear()
        self._bytes = 0

    def items(self) -> ItemsView[K, V]:
        """Return keys and values, the one used longest ago first."""
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
