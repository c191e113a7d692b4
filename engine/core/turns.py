"""Work in turns that returns a result: `yield from examine(path)` in a job, `run_through(examine(path))` elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Iterator

type Turns[T] = Generator[None, object, T]  # work in turns of a few milliseconds that returns a `T`


def run_through[T](work: Generator[object, None, T]) -> T:
    """Run all turns at once and return the result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


def silently[T](work: Generator[object, None, T]) -> Turns[T]:
    """Run work in its turns, drop what it yields, and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield None


def slices(total: int, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` that together cover `range(total)`."""
    for first in range(0, total, size):
        yield slice(first, min(first + size, total))
