"""Who writes a session: one process at a time. A lock ends with the process that holds it, however that ends."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from filelock import FileLock, Timeout

from engine import folders

log = logging.getLogger(__name__)

PATIENCE = 0.1
"""Seconds: who only reads a session holds its lock for a moment, to tidy up, and must not keep others from it."""


class Lock:
    """The right to write one session file, once `take` has given it.

    Its own file lies in the state folder and stays there, empty: beside the session it would be litter, and on the
    session itself some systems would take it for SQLite's own lock.
    """

    def __init__(self, path: Path) -> None:
        name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:24]
        folder = folders.state() / "locks"
        folder.mkdir(exist_ok=True)
        self._lock = FileLock(folder / f"{name}.lock", thread_local=False)

    def take(self) -> bool:
        """Return whether nobody else has it."""
        try:
            self._lock.acquire(timeout=PATIENCE, poll_interval=PATIENCE / 10)
        except Timeout:
            return False
        except OSError:  # a state folder that cannot be written: better no lock than no session
            log.warning("The session could not be locked.", exc_info=True)
        return True

    @property
    def is_held(self) -> bool:
        """Whether it was taken."""
        return self._lock.is_locked

    def release(self) -> None:
        """Give it back."""
        self._lock.release()
