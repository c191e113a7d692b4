"""Who writes a session: one process at a time. A lock ends with the process that holds it, however that ends."""

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

PATIENCE = 0.1
"""Seconds: who only reads a session holds its lock for a moment, to tidy up, and must not keep others from it."""

PLACE = 0x40000000 - 1
"""The byte of a session file that is locked: just before those that SQLite locks for itself."""


class Lock:
    """The right to write one session file, once `take` has given it.

    It has two halves. One is a file in the state folder that stays there, empty: beside the session it would be litter.
    It stands for the name, whether or not there is a file yet. The other, on Linux, is one byte of the file itself,
    which also keeps those out who know it by another name or have another state folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
        folder = folders.state() / "locks"
        with contextlib.suppress(OSError):  # `take` will see
            folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / f"{name}.lock", thread_local=False)
        self.descriptor: int | None = None
        """The file itself, open, wherever it is moved to meanwhile; `None` where it is not known."""

    def take(self) -> bool:
        """Return whether nobody else has it."""
        try:
            self._lock.acquire(timeout=PATIENCE, poll_interval=PATIENCE / 10)
        except Timeout:
            return False
        except OSError:  # a state folder that cannot be written: better no lock than no session
            log.warning("The session could not be locked.", exc_info=True)
        if self.take_file():
            return True
        self.release()
        return False

    def take_file(self) -> bool:
        """Lock the file that lies there now, if there is one; return whether nobody else has it.

        Descriptors of a session are closed only when SQLite has closed it: it would lose its own locks (POSIX).
        """
        self._let_file_go()
        if sys.platform != "linux":
            return True
        with contextlib.suppress(OSError):
            if stat.S_ISREG(self._path.stat().st_mode):
                self.descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
                return _lock_byte(self.descriptor)
        return True

    def release(self) -> None:
        """Give it back."""
        self._let_file_go()
        self._lock.release()

    def _let_file_go(self) -> None:
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _lock_byte(descriptor: int) -> bool:
    """Return whether nobody else has locked the file; where a file system knows no such locks nobody has."""
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, PLACE, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)
    return True
