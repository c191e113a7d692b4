"""Output on the terminal: messages of one line each, whatever the names in a file contain; and running a job."""

import contextlib
import functools
import io
import itertools
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from engine.core.language import tr
from engine.core.machine.signals import interruptible, status_of
from engine.core.messages import JobFailed, Message, Notice
from engine.core.preload import tensorflow_there
from engine.core.text import isolated, printable


def prepare() -> None:
    """Adapt to the terminal: a character that it lacks becomes a question mark, and closed streams ignore output."""
    # A file that is opened next must not get the number of a closed stream: TensorFlow would print into the session.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            taken = os.open(os.devnull, os.O_RDWR)  # the lowest free number
            os.set_inheritable(taken, True)
    sys.stdout = sys.stdout or _silent()
    sys.stderr = sys.stderr or _silent()
    if type(sys.stdout) is io.TextIOWrapper:
        sys.stdout = _Output(sys.stdout)


class _Output(io.TextIOWrapper):
    """Python's stdout, which remembers why a write failed: code that prints, such as `argparse`, may ignore that."""

    failed: OSError | None = None

    def __init__(self, stdout: io.TextIOWrapper) -> None:
        super().__init__(stdout.buffer, stdout.encoding, "replace", line_buffering=stdout.line_buffering)
        self._kept = stdout  # it would close the buffer when it goes

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self.failed = error
            raise

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self.failed = error
            raise


def output_failure() -> OSError | None:
    """Return why some output could not be written; `None` if all was written so far."""
    return getattr(sys.stdout, "failed", None)


def finish(status: int) -> int:
    """Flush the output; return the exit status, which is 1 instead of 0 if some could not be written."""
    _flush(sys.stdout)
    failed = output_failure()
    if failed and not isinstance(failed, BrokenPipeError):  # a reader may leave, as `head` does
        say(tr("The output cannot be written: {reason}.", reason=failed.strerror))
    _flush(sys.stderr)
    return status or int(failed is not None)


def say(sentence: str) -> None:
    """Print a sentence on stderr, unless it is empty."""
    if not sentence:
        return
    with contextlib.suppress(OSError):  # stderr has no reader
        print(f"layerlight: {isolated(sentence)}", file=sys.stderr)  # no text


def say_notice(notice: Notice | JobFailed) -> None:
    """Print a job's notice on stderr."""
    say(f"{notice.sentence} {notice.hint}".strip())


def show_progress(text: str, *, is_done: bool) -> None:
    """Print progress on stderr if that is a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text}   ", end="\n" if is_done else "", file=sys.stderr, flush=True)


def joined(words: Iterable[str]) -> str:
    """Return a thing, or two, for a sentence: `a`, `a and b`."""
    return functools.reduce(lambda one, other: tr("{one} and {other}", one=one, other=other), words)


def shown(path: Path) -> str:
    """Return a path in characters that the terminal can show."""
    return printable(str(path))


def _flush(stream: TextIO) -> None:
    """Flush a stream. If that fails, drop the rest, for which Python would print an error at exit."""
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, stream.fileno())
            os.close(nothing)


def _silent() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


class InterruptedJobError(Exception):
    """A signal such as Ctrl-C has ended a job between two turns."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = status_of(number)  # the exit status of the command


def messages[M: Message](
    job: Generator[M | None, None, object], interrupted: list[int] | None = None, *, with_tensorflow: bool = True
) -> Iterator[M]:
    """Yield a job's messages, after TensorFlow's import if necessary; a signal raises `InterruptedJobError`.

    A caller that handles signals longer than the job runs passes `interrupted`, the list of `interruptible`.
    """
    first = tensorflow_there() if with_tensorflow else ()
    signals = interruptible() if interrupted is None else contextlib.nullcontext(interrupted)
    with signals as interrupted, contextlib.closing(job):
        for message in itertools.chain(first, job):
            if message is not None:
                yield message
            if interrupted:
                raise InterruptedJobError(interrupted[0])
