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


class Pace:
    """The number of steps or images of one turn: as many as fill `seconds`, from `least` to `most`."""

    def __init__(self, seconds: float, size: int = 1, *, least: int = 1, most: int, growth: int = 2) -> None:
        """Start with `size`, which grows at most by the factor `growth` per turn, as a first turn may be slow."""
        self.seconds, self.size = seconds, size
        self._least, self._most, self._growth = least, most, growth

    def fit(self, done: int, took: float) -> None:
        """Adapt the size to a turn in which `done` steps took `took` seconds."""
        fitting = round(done * self.seconds / max(took, 1e-6))
        self.size = max(self._least, min(self._most, self._growth * self.size, fitting))

    def shorten(self, factor: int) -> None:
        """Divide the size of the next turn by `factor`, as somebody waits for its end."""
        self.size = max(self._least, self.size // factor)
