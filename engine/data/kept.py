"""What is kept of data sets, and let go when they are replaced: a cache would hold them as long as there is room.

And what jobs found, by what they are of: `Results`.
"""

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


MOST_PARTS = 2  # maximum number of jobs of a kind that can go on: each holds what it computes with


class Results[K: Hashable]:
    """The messages of jobs, by what they are about: `K`, such as a network and a layer, and the data.

    Whoever asks again, however it was come back to, is answered at once; a job that was stopped goes on where it was.
    What is found stands also when the same data are opened again; what can go on holds data, and goes with them.
    """

    def __init__(self, count: int) -> None:
        """Begin empty; `count` is the maximum number of finished results."""
        self._found: Cache[tuple[str, K], tuple[Message, ...]] = Cache(count=count)
        self._parts: DataCache[tuple[Dataset, K], _Part] = DataCache(count=MOST_PARTS)

    def known(self, data: Dataset, of: K) -> tuple[Message, ...]:
        """Return the newest message of each kind as far as they are known."""
        part = self._parts.get((data, of))
        return self._found.get((data.fingerprint(), of)) or (tuple(part.told.values()) if part else ())

    def job(self, data: Dataset, of: K, make: Callable[[], Job]) -> Job:
        """Tell what is known, and do what is left of the job that `make` makes."""
        found = self._found.get((data.fingerprint(), of))
        if found is not None:
            yield from found
            return
        part = self._parts.get((data, of))
        if part is None or part.is_running:
            part = self._parts.put((data, of), _Part(make()))
        part.is_running, is_over = True, True
        try:
            yield from [*part.told.values()]
            for message in part.job:
                if message is not None:
                    part.told[type(message)] = message
                yield message
        except GeneratorExit:  # it can go on, unless its data were let go of
            is_over = False
            raise
        finally:
            part.is_running = False
            if is_over and self._parts.get((data, of)) is part:
                self._parts.pop((data, of))
        self._found.put((data.fingerprint(), of), tuple(part.told.values()))

    def forget(self) -> None:
        """Let go of all."""
        self._found.clear()
        self._parts.clear()


@dataclass(slots=True, eq=False)
class _Part:
    """A job, and its newest message of each kind."""

    job: Job
    told: dict[type[Message], Message] = field(default_factory=dict)
    is_running: bool = False
