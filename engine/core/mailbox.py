"""The engine thread's outgoing messages. Invariant: at most one unread message per job and `latest_only` class."""

import itertools
import threading
from typing import NamedTuple

from engine.core.messages import Message


class Letter(NamedTuple):
    """A message and the number of the job that posted it."""

    job: int
    message: Message


class Mailbox:
    """A thread-safe queue of letters in the order in which they were posted."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unread: dict[object, Letter] = {}
        self._serial = itertools.count()

    def post(self, job: int, message: Message) -> None:
        """Add a message; it replaces an unread `latest_only` one of the same job and class."""
        with self._lock:
            key: object = (job, type(message)) if message.latest_only else next(self._serial)
            self._unread.pop(key, None)  # the successor goes to the end: it describes a later state
            self._unread[key] = Letter(job, message)

    def drain(self) -> list[Letter]:
        """Remove and return all unread letters."""
        with self._lock:
            letters = list(self._unread.values())
            self._unread.clear()
        return letters
