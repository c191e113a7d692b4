"""Locks of session files: one process at a time writes a session. A lock ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import stat
import struct
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from engine.core.machine import folders

if sys.platform == "linux":
    import fcntl

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
        self._path = path
        name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
        folder = folders.state() / "locks"
        with contextlib.suppress(OSError):  # `take` reports it
            folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / f"{name}.lock", thread_local=False)
        self.descriptor: int | None = None  # of the open file, wherever it is moved to; `None` if unknown

    def take(self) -> bool:
        """Acquire the lock; return false if another process has it."""
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
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, PLACE, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True
