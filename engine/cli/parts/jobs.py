"""Running a job from a command: all its messages, or the last of a kind."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterable, Iterator

from engine.core.machine.signals import interruptible, status_of
from engine.core.messages import Message
from engine.core.preload import tensorflow_there


class InterruptedJobError(Exception):
    """A signal such as Ctrl-C has ended a job between two turns."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = status_of(number)  # the exit status of the command


def messages[M: Message](
    job: Generator[M | None, None, object], interrupted: list[int] | None = None, *, with_tensorflow: bool = True
) -> Iterator[M]:
    """Yield a job's messages, after TensorFlow's import if necessary. A signal ends it between two turns.

    Signals are handled while the job runs; a caller that handles them longer passes `interrupted`, the list of
    `interruptible`. Raises `InterruptedJobError`.
    """
    first = tensorflow_there() if with_tensorflow else ()
    signals = interruptible() if interrupted is None else contextlib.nullcontext(interrupted)
    with signals as interrupted, contextlib.closing(job):
        for message in itertools.chain(first, job):
            if message is not None:
                yield message
            if interrupted:
                raise InterruptedJobError(interrupted[0])


def answer[M: Message](job: Iterable[Message | None], kind: type[M]) -> M:
    """Return a job's last message of a kind."""
    return [message for message in job if isinstance(message, kind)][-1]
