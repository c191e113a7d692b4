"""Whether an open session file is still as this process left it: who moves or writes it meanwhile is noticed.

SQLite looks at its file's name only when it opens it. It writes on into a file that was moved, deleted or replaced, and
keeps its log beside a name that may be another file's by then. So this is asked before every write.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from pathlib import Path
from typing import Literal

type Happening = Literal["moved", "replaced", "shared", "changed"]

WHAT: dict[Happening, str] = {
    "moved": "was moved, renamed or deleted while it was open",
    "replaced": "was replaced by another file while it was open",
    "shared": "was written by another Layerlight while it was open",
    "changed": "was changed by another program while it was open",
}
"""What happened, to follow the file's name."""

BESIDE = ("-wal", "-shm")
"""Endings of what SQLite keeps beside an open file: a log, which is a part of it, and the log's index."""


class TakenError(Exception):
    """The file is not this process's to write any more; `str` of it says why, to follow the file's name."""

    def __init__(self, happening: Happening) -> None:
        super().__init__(WHAT[happening])
        self.happening = happening


class Watch:
    """Knows a file as it was after the last write through `database`: `note` is called after each."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        """Raises `OSError` or `sqlite3.Error` when the file cannot be looked at."""
        self._path, self._database = path, database
        resolved = path.resolve()
        self._beside = {resolved.with_name(resolved.name + ending): (0, 0) for ending in BESIDE}
        found = path.stat()
        self._identity, self._state = _identity(found), _state(found)
        self._version = self._data_version()
        self.note()

    def look(self) -> None:
        """Raise `TakenError` when the file is not as it was left.

        Raises `FileNotFoundError` where the folder is gone, which may come back, and `OSError` or `sqlite3.Error` when
        it cannot be looked at.
        """
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if self._path.parent.is_dir():
                raise TakenError("moved") from None
            raise FileNotFoundError(errno.ENOENT, "The folder is not there", str(self._path)) from None
        if _identity(found) != self._identity:
            raise TakenError("replaced")
        is_changed = _state(found) != self._state
        version = None
        with contextlib.suppress(*((sqlite3.DatabaseError,) if is_changed else ())):
            version = self._data_version()
        if version not in (None, self._version):
            raise TakenError("shared")
        if is_changed:
            raise TakenError("changed")

    def note(self) -> None:
        """Know the file as it is now: what this process wrote, or tried to."""
        with contextlib.suppress(OSError):
            found = self._path.stat()
            if _identity(found) == self._identity:
                self._state = _state(found)
        for path, known in self._beside.items():
            if known == (0, 0):
                with contextlib.suppress(OSError):
                    self._beside[path] = _identity(path.stat())

    def is_untouched(self, descriptor: int | None) -> bool:
        """Whether the file behind an open `descriptor` is as it was left, wherever it lies now; `None`: not known."""
        return descriptor is None or _state(os.fstat(descriptor)) == self._state

    def remove_beside(self) -> None:
        """Remove what SQLite kept beside the file, where that is still this process's: it is no other file's part."""
        for path, known in self._beside.items():
            with contextlib.suppress(OSError):
                if _identity(path.stat()) == known:
                    path.unlink()

    def _data_version(self) -> int:
        """Return SQLite's count of what others have written through it, as far as this connection has seen."""
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _state(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
