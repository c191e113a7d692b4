"""Caches whose entries belong to data sets and are dropped with them, and the results of jobs: `Results`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

from engine.core.cache import Cache
from engine.core.messages import Job, Message
from engine.data.dataset import Dataset

_caches: list[DataCache[Any, Any]] = []


class DataCache[K: Hashable, V](Cache[K, V]):
    """A module-level cache whose keys are data sets or tuples that contain one; `let_go_of` clears it.

    An ordinary cache would hold a replaced data set as long as there is room.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        _caches.append(self)


def let_go_of(gone: Collection[Dataset], stays: Collection[Dataset | None] = ()) -> None:
    """Drop all cache entries of these data sets and of data sets derived from them, except for those that stay."""
    numbers, derived = {id(data) for data in gone if data not in stays}, list[Dataset]()
    for cache in [*_caches]:
        for key in [*cache]:
            parts = key if isinstance(key, tuple) else (key,)
            if any(id(part) in numbers for part in parts) and isinstance(value := cache.pop(key), Dataset):
                derived.append(value)
    if derived := [data for data in derived if data not in stays]:
        let_go_of(derived, stays)


def remembered[*Given, R](count: int) -> Callable[[Callable[[*Given], R]], Callable[[*Given], R]]:
    """Cache a function's last `count` results in a `DataCache`, as `functools.lru_cache` does in its own."""

    def decorate(function: Callable[[*Given], R]) -> Callable[[*Given], R]:
        cache: DataCache[Any, R] = DataCache(count=count)

        @functools.wraps(function, updated=())
        def cached(*given: *Given) -> R:
            result = cache.get(given)
            return cache.put(given, function(*given)) if result is None else result

        return cached

    return decorate


MOST_PARTS = 2  # maximum number of suspended jobs of a kind: each holds the arrays that it computes with


class Results[K: Hashable]:
    """The messages of jobs by their subject: `K`, such as a network and a layer, and the data.

    A repeated question is answered at once, and a job that was stopped continues where it was: a suspended generator
    gives the very figures that it would have given. Finished results hold no data and are found by their fingerprint,
    so they are valid when the same data are opened again; suspended jobs are dropped with their data.
    """

    def __init__(self, count: int) -> None:
        """Keep at most `count` finished results."""
        self._finished: Cache[tuple[str, K], tuple[Message, ...]] = Cache(count=count)
        self._parts: DataCache[tuple[Dataset, K], _Part] = DataCache(count=MOST_PARTS)

    def known(self, data: Dataset, of: K) -> tuple[Message, ...]:
        """Return the newest message of each class, as far as they are known."""
        part = self._parts.get((data, of))
        return self._finished.get((data.fingerprint(), of)) or (tuple(part.messages.values()) if part else ())

    def job(self, data: Dataset, of: K, make: Callable[[], Job]) -> Job:
        """Yield the known messages, then do the rest of the job that `make` returns."""
        finished = self._finished.get((data.fingerprint(), of))
        if finished is not None:
            yield from finished
            return
        part = self._parts.get((data, of))
        if part is None or part.is_running:
            part = self._parts.put((data, of), _Part(make()))
        part.is_running, is_over = True, True
        try:
            yield from [*part.messages.values()]
            for message in part.job:
                if message is not None:
                    part.messages[type(message)] = message
                yield message
        except GeneratorExit:  # it can continue, unless its data were dropped
            is_over = False
            raise
        finally:
            part.is_running = False
            if is_over and self._parts.get((data, of)) is part:
                self._parts.pop((data, of))
        self._finished.put((data.fingerprint(), of), tuple(part.messages.values()))

    def forget(self) -> None:
        """Drop everything."""
        self._finished.clear()
        self._parts.clear()


@dataclass(slots=True, eq=False)
class _Part:
    """A job that may be suspended, and its newest message of each class."""

    job: Job
    messages: dict[type[Message], Message] = field(default_factory=dict)
    is_running: bool = False
