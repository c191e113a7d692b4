"""The signals that ask this process to end: SIGINT, SIGTERM, and that of a closed terminal or login."""

import contextlib
import itertools
import signal
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any

from engine.core.messages import Job, Message
from engine.core.preload import tensorflow_there

CLOSED = ("SIGHUP", "SIGBREAK")  # a terminal or login was closed; on Windows also: Ctrl+Break


def known(*names: str) -> list[int]:
    """Return the numbers of the signals that this system has."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


@contextlib.contextmanager
def heard(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle these signals with `handler`, except those that are ignored already, as SIGHUP under `nohup`."""
    before: dict[int, Any] = {}
    for number in known("SIGINT", "SIGTERM", *CLOSED):
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextlib.contextmanager
def interruptible() -> Iterator[list[int]]:
    """Collect these signals instead of raising in the middle of a turn; a second Ctrl-C ends the process at once."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if received and number == signal.SIGINT:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        received.append(number)

    with heard(note):
        yield received


def until_interrupted(job: Job, interrupted: list[int]) -> Generator[Message | None]:
    """Import TensorFlow in turns, then yield a job's messages until there is a signal, and close the job."""
    with contextlib.closing(job):
        for message in itertools.chain((None,), tensorflow_there(), job):
            yield message
            if interrupted:
                return


def status_of(number: int) -> int:
    """Return the exit status of a process that was ended by a signal, as shells define it."""
    return 128 + number
