"""Reading a data set in turns, with its progress."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from engine.core.array import Array
from engine.core.messages import Message

# A turn of reading ends by the clock: a number of bytes per turn would be short for stored numbers and long for packed
# ones, and beside a training each turn waits for one of its own. The current piece of work is finished first.
TURN_SECONDS = 0.02

PIECE = 2**18  # bytes that are read at a time
READ, INFLATE = 1.0, 6.0  # the work of reading a stored byte and a compressed one; see `Progress`

# What is being done with a data set, as sentences begin.
OPENING, DOWNLOADING, WAITING = "Opening", "Downloading", "Waiting for another window that downloads"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReading(Message):
    """The data set in `file`, a name without its folder, is being read; `share` of the work, 0 to 1, is done."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
    act: str = OPENING  # the beginning of the sentence about it
    left: float | None = None  # the remaining seconds, if known


# Reading in turns that returns a `T`. If it is closed before its end, it leaves no file open and keeps no array.
type Reading[T] = Generator[DatasetReading | None, object, T]


class Progress:
    """The progress of reading a file, in units of work that the readers agree on, and the length of a turn."""

    def __init__(self, file: str) -> None:
        self.file = file  # its name without the folder
        self.work = 0.0  # the total, once it is known
        self._done = 0.0
        self._turn_start = time.monotonic()

    def restart(self, work: float) -> None:
        """Start another piece of work, whose progress counts from 0."""
        self.work, self._done = work, 0.0

    def did(self, work: float) -> Reading[None]:
        """Count a piece of work of some milliseconds, and end the turn if it has lasted long enough."""
        self._done += work
        if time.monotonic() - self._turn_start >= TURN_SECONDS:
            yield DatasetReading(file=self.file, share=min(1.0, self._done / (self.work or 1.0)))
            self._turn_start = time.monotonic()


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def fill(array: Array, stream: _Readable, work: float, progress: Progress) -> Reading[int]:
    """Read the bytes of an array from a stream, each of which is that much work; return how many are missing."""
    left = memoryview(array.reshape(-1, order="A").view("u1"))  # raises for an array of Python objects
    while left and (piece := stream.read(min(PIECE, len(left)))):
        left[: len(piece)] = piece
        left = left[len(piece) :]
        yield from progress.did(work * len(piece))
    return len(left)
