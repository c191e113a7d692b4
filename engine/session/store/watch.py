"""Detecting that another program has moved, replaced or written an open session file.

SQLite looks at its file's name only when it opens it. It would continue to write into a file that was moved, with its
log beside another file. So this is checked before every write, and again within its transaction.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from pathlib import Path
from typing import Literal

from engine.session.store.guard import SHARED, WAL, beside
from engine.session.store.schema import pragma

type Happening = Literal["moved", "replaced", "shared", "changed"]

# Words for each, to follow the file's name.
WHAT: dict[Happening, str] = {
    "moved": "was moved, renamed or deleted while it was open",
    "replaced": "was replaced by another file while it was open",
    "shared": "was written by another Layerlight while it was open",
    "changed": "was changed by another program while it was open",
}


class TakenError(Exception):
    """This process must not write the file any more; `str` of it is the reason, to follow the file's name."""

    def __init__(self, happening: Happening) -> None:
        super().__init__(WHAT[happening])
        self.happening = happening


class Watch:
    """The state of a file after the last write through `database`; `note` must be called after each."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        """Raises `OSError` or `sqlite3.Error` if the file cannot be examined."""
        self._path, self._database = path, database
        self._beside = {beside(path, ending): (0, 0) for ending in (WAL, SHARED)}
        status = path.stat()
        self._identity, self._state = _identity(status), _state(status)
        self._version = pragma(database, "data_version")  # SQLite's counter of other connections' writes
        self.note()

    def look(self) -> None:
        """Raise `TakenError` if the file has changed since `note`, `OSError` or `sqlite3.Error` on failure."""
        try:
            status = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if self._path.parent.is_dir():
                raise TakenError("moved") from None
            raise FileNotFoundError(errno.ENOENT, "The folder is not there", str(self._path)) from None
        if _identity(status) != self._identity:
            raise TakenError("replaced")
        is_changed = _state(status) != self._state
        version = None
        with contextlib.suppress(*((sqlite3.DatabaseError,) if is_changed else ())):
            version = pragma(self._database, "data_version")
        if version not in (None, self._version):
            raise TakenError("shared")
        if is_changed:
            raise TakenError("changed")

    def note(self) -> None:
        """Store the present state of the file, after this process has written or tried to."""
        with contextlib.suppress(OSError):
            status = self._path.stat()
            if _identity(status) == self._identity:
                self._state = _state(status)
        for path, known in self._beside.items():
            if known == (0, 0):
                with contextlib.suppress(OSError):
                    self._beside[path] = _identity(path.stat())

    def is_untouched(self, descriptor: int | None) -> bool:
        """Whether the file of an open `descriptor` is unchanged, wherever it is now; true for `None`."""
        return descriptor is None or _state(os.fstat(descriptor)) == self._state

    def remove_beside(self) -> None:
        """Remove SQLite's files beside the old name, if they are still this process's, not another file's."""
        for path, known in self._beside.items():
            with contextlib.suppress(OSError):
                if _identity(path.stat()) == known:
                    path.unlink()


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
