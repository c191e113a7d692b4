"""Reading a data set in turns, with its progress, and the memory that it takes as its headers say."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from engine.core.lazy import Array
from engine.core.machine.memory import ASKED_SHARE, MOST_SHARE, free_memory
from engine.core.messages import Message
from engine.data.formats.files import LargeError

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


BUDGET = 2 * 1024**3  # maximum number of bytes of a data set's arrays, with those of their conversion
HARMLESS = 64 * 1024**2  # bytes below which neither free memory nor the compression is checked
VARIABLE = "LAYERLIGHT_LARGE_DATA"  # the environment variable that answers the question in advance


class UnsureError(LargeError):
    """A data set that takes much of the memory: it is opened once a person has confirmed it."""


def check_memory(needed: int, file: str, *, sure: bool) -> None:
    """Raise `LargeError` where reading a file takes too much memory, `UnsureError` where a person has to confirm it."""
    if needed > BUDGET:
        size = f"{file} holds arrays that take {needed / 1e9:,.1f} GB"
        raise LargeError(
            f"{size}, and at most {BUDGET / 1e9:.1f} GB are opened.", hint="Save fewer images, or save them as uint8."
        )
    free = None if needed <= HARMLESS else free_memory()
    if free is None or needed <= ASKED_SHARE * free:
        return
    sentence = f"{file} takes about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free."
    if needed > MOST_SHARE * free:
        raise LargeError(sentence, hint="Close other programs, or save fewer images.")
    if not (sure or os.environ.get(VARIABLE)):
        raise UnsureError(sentence, hint=f"Set {VARIABLE}=1 to open it all the same.")
