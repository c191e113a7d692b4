"""What is kept of data sets, and let go when they are replaced: a cache would hold them as long as there is room."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Hashable
from typing import Any

from engine.base.cache import Cache
from engine.data.dataset import Dataset

_caches: list[DataCache[Any, Any]] = []


class DataCache[K: Hashable, V](Cache[K, V]):
    """A module's cache whose keys are data sets, or tuples with one in it: `let_go_of` reaches it."""

    def __init__(
        self, *, count: int | None = None, size: int | None = None, bytes_of: Callable[[V], int] = lambda _: 0
    ) -> None:
        """Begin empty, as a `Cache` does."""
        super().__init__(count=count, size=size, bytes_of=bytes_of)
        _caches.append(self)


def let_go_of(gone: Collection[Dataset], stays: Collection[Dataset | None] = ()) -> None:
    """Let go of all that is kept of these data sets and of those that were made of them, but for those that stay."""
    numbers, made = {id(each) for each in gone if each not in stays}, list[Dataset]()
    for cache in [*_caches]:
        for key in [*cache]:
            parts = key if isinstance(key, tuple) else (key,)
            if any(id(part) in numbers for part in parts) and isinstance(value := cache.pop(key), Dataset):
                made.append(value)
    if made := [each for each in made if each not in stays]:
        let_go_of(made, stays)


def remembered[*Given, R](count: int) -> Callable[[Callable[[*Given], R]], Callable[[*Given], R]]:
    """Keep what a function returned for its last `count` arguments, as `functools.lru_cache` does, in a `DataCache`."""

    def remember(make: Callable[[*Given], R]) -> Callable[[*Given], R]:
        kept: DataCache[Any, R] = DataCache(count=count)

        @functools.wraps(make, updated=())
        def made(*given: *Given) -> R:
            found = kept.get(given)
            return kept.put(given, make(*given)) if found is None else found

        return made

    return remember
