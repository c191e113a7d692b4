"""Opening files that somebody else made, or refusing them in one sentence."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.core.errors import UserError

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
        raise UserError(f"{path} is a folder, not a file.", hint="Give the path of the file itself.")
    if not stat.S_ISREG(mode):
        raise UserError(f"{path} is not an ordinary file.", hint="Give the path of a file on a disk.")


def missing(path: Path) -> UserError:
    """Return the error for a missing file."""
    return UserError(f"There is no file {path}.", hint="Check the spelling and the folder.")


def unreadable(path: Path, problem: OSError) -> UserError:
    """Return the error for a file that the system refuses to open or read."""
    if isinstance(problem, PermissionError):
        hint = "Change its permissions, or copy it to a folder of your own."
        return UserError(f"{path} may not be read by you.", hint=hint)
    reason = (problem.strerror or type(problem).__name__).lower()
    return UserError(f"{path} cannot be read: {reason}.", hint="Try again, or give a copy on another disk.")


def too_large(path: Path) -> UserError:
    """Return the error for a file that does not fit into memory."""
    return LargeError(
        f"{path.name} does not fit into the memory that is free.", hint="Close other programs, or save fewer images."
    )


def too_many_pixels(name: str) -> UserError:
    """Return the error for a picture of more than `MOST_PIXELS`."""
    sentence = f"{name} has more than {MOST_PIXELS // 1_000_000} million pixels."
    return UserError(sentence, hint="Make it smaller first.")


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
