"""Other programs and a session file: locks, as one process at a time writes it, and noticing what others did to it.

SQLite looks at its file's name only when it opens it. It would continue to write into a file that was moved, with its
log beside another file. So this is checked before every write, and again within its transaction. A lock ends with its
process, however that ends.
"""

import contextlib
import errno
import logging
import os
import sqlite3
import stat
import struct
import sys
from pathlib import Path
from typing import Literal

from engine.core.machine import folders
from engine.session.store import places
from engine.session.store.guard import SHARED, WAL, beside
from engine.session.store.schema import pragma

log = logging.getLogger(__name__)

PATIENCE = 0.1  # seconds: a process that only reads a session holds its lock for a moment, to tidy up
PLACE = 0x40000000 - 1  # the byte of a session file that is locked: just before those that SQLite locks


class Lock:
    """The right to write one session file, acquired by `take`.

    One half is an empty file in the state folder, which represents the name, whether or not there is a file yet. The
    other, on Linux, is a byte of the session file itself, which excludes processes with another state folder or name of
    it.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock  # the window's first picture does not wait for it

        self._path = path
        folder = folders.state() / "locks"
        with contextlib.suppress(OSError):  # `take` reports it
            folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / f"{places.key_of(path)[:24]}.lock", thread_local=False)
        self.descriptor: int | None = None  # of the open file, wherever it is moved to; `None` if unknown

    def take(self) -> bool:
        """Acquire the lock; return false if another process has it."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=PATIENCE, poll_interval=PATIENCE / 10)
        except Timeout:
            return False
        except OSError:  # the state folder is not writable: better no lock than no session
            log.warning("The session could not be locked.", exc_info=True)
        if self.take_file():
            return True
        self.release()
        return False

    def take_file(self) -> bool:
        """Lock the present file, if there is one; return false if another process has locked it."""
        # Descriptors of a session must be closed after SQLite has closed it, as closing any of them drops all locks of
        # the process on that file (POSIX).
        self._let_file_go()
        if sys.platform != "linux":
            return True
        with contextlib.suppress(OSError):
            if stat.S_ISREG(self._path.stat().st_mode):
                self.descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
                return _lock_byte(self.descriptor)
        return True

    def release(self) -> None:
        """Release the lock."""
        self._let_file_go()
        self._lock.release()

    def _let_file_go(self) -> None:
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _lock_byte(descriptor: int) -> bool:
    """Lock the file; return false if another process has. A file system without such locks counts as success."""
    if sys.platform != "linux":
        return True
    import fcntl

    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, PLACE, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True


type Happening = Literal["moved", "replaced", "shared", "changed"]


class TakenError(Exception):
    """This process must not write the file any more."""

    def __init__(self, happening: Happening) -> None:
        super().__init__(happening)
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
