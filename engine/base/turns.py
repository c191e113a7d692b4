"""Work in turns that comes to something: `found = yield from examine(path)` in a job, `run_through(...)` elsewhere."""

from __future__ import annotations

from collections.abc import Generator

type Turns[T] = Generator[None, object, T]
"""Work in turns of a few milliseconds that comes to a `T`."""


def run_through[T](work: Generator[object, None, T]) -> T:
    """Do all turns at once, where nobody waits in between, and return what the work comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value
