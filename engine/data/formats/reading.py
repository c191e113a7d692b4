"""Opening files that somebody else made, and reading a data set in turns; what goes wrong is said in one sentence."""

import os
import stat
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ClassVar

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.machine.memory import ASKED_SHARE, MOST_SHARE, free_memory
from engine.core.messages import Message

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")  # suffixes, in lower case
MOST_PIXELS = 64_000_000  # of a person's picture


class LargeError(UserError):
    """Data that may be correct, but for which there is not enough memory."""


def require_file(path: Path) -> None:
    """Raise `UserError` unless `path` is a regular file. A pipe or a device is not opened, as reading could block."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as problem:  # ValueError: a NUL in the name
        raise missing(path) from problem
    except OSError as problem:
        raise unreadable(path, problem) from problem
    if stat.S_ISDIR(mode):
        raise UserError(tr("{path} is a folder, not a file.", path=path), hint=tr("Give the path of the file itself."))
    if not stat.S_ISREG(mode):
        raise UserError(tr("{path} is not an ordinary file.", path=path), hint=tr("Give the path of a file on a disk."))


def missing(path: Path) -> UserError:
    """Return the error for a missing file."""
    return UserError(tr("There is no file {path}.", path=path), hint=tr("Check the spelling and the folder."))


def unreadable(path: Path, problem: OSError) -> UserError:
    """Return the error for a file that the system refuses to open or read."""
    if isinstance(problem, PermissionError):
        hint = tr("Change its permissions, or copy it to a folder of your own.")
        return UserError(tr("{path} may not be read by you.", path=path), hint=hint)
    reason = (problem.strerror or type(problem).__name__).lower()
    return UserError(
        tr("{path} cannot be read: {reason}.", path=path, reason=reason),
        hint=tr("Try again, or give a copy on another disk."),
    )


def too_large(path: Path) -> UserError:
    """Return the error for a file that does not fit into memory."""
    return LargeError(
        tr("{path} does not fit into the memory that is free.", path=path.name),
        hint=tr("Close other programs, or save fewer images."),
    )


def too_many_pixels(name: str) -> UserError:
    """Return the error for a picture of more than `MOST_PIXELS`."""
    sentence = tr("{path} has more than {most} million pixels.", path=name, most=MOST_PIXELS // 1_000_000)
    return UserError(sentence, hint=tr("Make it smaller first."))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading; raise `UserError` where that fails or memory runs out inside."""
    require_file(path)
    with naming_errors(path), path.open("rb") as file:
        yield file


@contextmanager
def naming_errors(path: Path) -> Iterator[None]:
    """Raise `UserError` where opening or reading a file fails inside, or memory runs out."""
    try:
        yield
    except FileNotFoundError as problem:
        raise missing(path) from problem
    except OSError as problem:
        raise unreadable(path, problem) from problem
    except MemoryError as problem:
        raise too_large(path) from problem


@contextmanager
def refusing(sentence: str, *, hint: str) -> Iterator[None]:
    """Raise `UserError` with this sentence for any other exception inside but `MemoryError`, which `opened` names."""
    # Only for code that reads foreign bytes with zipfile, zlib, NumPy or Pillow: together they raise a dozen classes of
    # exceptions for damaged ones, and a list of them would never be complete.
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as problem:
        raise UserError(sentence, hint=hint) from problem


# A turn of reading ends by the clock: a number of bytes per turn would be short for stored numbers and long for packed
# ones, and beside a training each turn waits for one of its own. The current piece of work is finished first.
TURN_SECONDS = 0.02

PIECE = 2**18  # bytes that are read at a time
READ, INFLATE = 1.0, 6.0  # the work of reading a stored byte and a compressed one; see `Progress`

# What is being done with a data set, and the beginning of the sentence about it.
OPENING, DOWNLOADING, WAITING = "Opening", "Downloading", "Waiting for another window that downloads"  # no text
BEGINNINGS = {
    OPENING: mark("Opening {file}…"),
    DOWNLOADING: mark("Downloading {file}…"),
    WAITING: mark("Waiting for another window that downloads {file}…"),
}


class DatasetReading(Message):
    """The data set in `file`, a name without its folder, is being read; `share` of the work, 0 to 1, is done."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
    act: str = OPENING  # a key of `BEGINNINGS`
    left: float | None = None  # the remaining seconds, if known

    def begin(self, file: str) -> str:
        """Return the beginning of the sentence about it, with the file as it is to be written."""
        return tr(BEGINNINGS[self.act], file=file)


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


def fill(array: Array, stream: IO[bytes], work: float, progress: Progress) -> Reading[int]:
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
        raise LargeError(
            tr(
                "{file} holds arrays that take {needed:,.1f} GB, and at most {most:.1f} GB are opened.",
                file=file,
                needed=needed / 1e9,
                most=BUDGET / 1e9,
            ),
            hint=tr("Save fewer images, or save them as uint8."),
        )
    free = None if needed <= HARMLESS else free_memory()
    if free is None or needed <= ASKED_SHARE * free:
        return
    sentence = tr(
        "{file} takes about {needed:,.1f} GB of memory, and {free:,.1f} GB are free.",
        file=file,
        needed=needed / 1e9,
        free=free / 1e9,
    )
    if needed > MOST_SHARE * free:
        raise LargeError(sentence, hint=tr("Close other programs, or save fewer images."))
    if not (sure or os.environ.get(VARIABLE)):
        raise UnsureError(sentence, hint=tr("Set {setting} to open it all the same.", setting=f"{VARIABLE}=1"))
