"""How reading a data set is cut into turns, and its progress."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

from engine.core.messages import Message

TURN_SECONDS = 0.02  # how long a turn of reading lasts; the current piece of work is finished in it

OPENING, DOWNLOADING, WAITING = "Opening", "Downloading", "Waiting for another window that downloads"
"""What is done with a data set, as sentences begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReading(Message):
    """The data set in `file`, a name without its folder, is being read; that `share` of the work, 0 to 1, is done."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
    act: str = OPENING  # what is done with it, as a sentence begins
    left: float | None = None  # the seconds that it still takes, if known


type Reading[T] = Generator[DatasetReading | None, object, T]
"""Reading in turns that comes to a `T`. One that is closed before its end leaves no file open and keeps no array."""


class Progress:
    """How far the reading of a file has come, in units of work that the readers agree on, and how long a turn lasts."""

    def __init__(self, file: str) -> None:
        self.file = file
        """Its name without the folder."""
        self.work = 0.0
        """All there is to do, once it is known."""
        self._done = 0.0
        self._begun = time.monotonic()

    def restart(self, work: float) -> None:
        """Start another piece of work, whose progress counts from 0."""
        self.work, self._done = work, 0.0

    def did(self, work: float) -> Reading[None]:
        """Count a piece of work, of milliseconds, and end the turn if that has lasted long enough."""
        self._done += work
        if time.monotonic() - self._begun >= TURN_SECONDS:
            yield DatasetReading(file=self.file, share=min(1.0, self._done / (self.work or 1.0)))
            self._begun = time.monotonic()
