"""The base classes of the engine's messages, those of every job, and work in turns.

Work in turns returns a result: `yield from examine(path)` in a job, `run_through(examine(path))` elsewhere.
"""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from engine.core.frozen import Frozen
from engine.core.lazy import Array

# New values of live knobs, by name, as a running job receives them from its `yield`.
type Changes = Mapping[str, float | str]

# Work cut into turns of at most 20 to 50 ms. Each `yield` ends a turn: it hands out a message (or `None`) and receives
# the changes that a person made meanwhile (or `None`). `list(job)` runs a job without a window. Changes come through
# `yield` rather than through shared state: live knobs need no lock, and a test sends them as the window does.
type Job = Generator[Message | None, Changes | None, None]


class Message(Frozen):
    """An event. Messages are immutable, so they cross threads without a lock."""

    latest_only: ClassVar[bool] = False  # whether a newer message of this class and job replaces an unread older one


class JobStarted(Message):
    """The engine thread has started the job."""


class JobPaused(Message):
    """The job is paused between two turns, on request or because its step is done."""


class JobResumed(Message):
    """The job takes turns again."""


class JobEnded(Message):
    """The last message of every job."""

    outcome: Literal["done", "stopped", "failed"]


class Rest(Message):
    """A job has nothing to do for that long, as it waits for a process, for example: other jobs have the turns.

    The runner consumes this message and posts it to nobody. A turn that waited itself would take every other turn
    from a training; one that did not wait would keep a core busy.
    """

    seconds: float


class JobFailed(Message):
    """The job raised an exception. `details` is empty for a `UserError`, otherwise the traceback of a bug."""

    sentence: str
    hint: str = ""
    details: str = ""
    topic: str = ""  # what it is about, as in `Notice`


class Notice(Message):
    """One line for the person at the window; an empty one withdraws the notice on the same topic."""

    sentence: str
    hint: str = ""
    topic: str = ""  # what it is about; a newer notice on the same topic replaces it
    lasting: bool = False  # whether it stays until it has been read, as something went wrong


class Saved(Notice):
    """Files were written: no news to a program that asked for just that."""


class Answer(Message):
    """The answer to a question; a newer one replaces an unread older one, and arrays, also in tuples, are read-only."""

    latest_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if (safe := _safe(value)) is not value:
                object.__setattr__(self, name, safe)


class LensAnswer(Answer):
    """An answer about the network that a lens shows: of which run, and after how many steps."""

    run: str
    step: int


def _safe(value: Any) -> Any:
    """Return writable arrays, alone or in a tuple, as read-only copies; anything else unchanged."""
    if type(value) is tuple and value and _is_array(value[0]):
        return tuple(map(_safe, value)) if any(array.flags.writeable for array in value) else value
    return read_only(value) if _is_array(value) and value.flags.writeable else value


def _is_array(value: object) -> bool:
    return type(value).__name__ == "ndarray"  # isinstance would import NumPy for an answer that has no array


def read_only(array: Array) -> Array:
    """Return a read-only copy of `array`."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


type Turns[T] = Generator[None, object, T]  # work in turns of a few milliseconds that returns a `T`


class WithResult[Y, T]:
    """A generator to loop over; once it has ended, `result` is what it returned."""

    result: T

    def __init__(self, work: Generator[Y, None, T]) -> None:
        self._work = work

    def __iter__(self) -> Iterator[Y]:
        self.result = yield from self._work


def run_through[T](work: Generator[object, None, T]) -> T:
    """Run all turns at once and return the result."""
    turns = WithResult(work)
    for _ in turns:
        pass
    return turns.result


def answer[M: Message](job: Iterable[Message | None], kind: type[M]) -> M:
    """Return a job's last message of a kind; where the job rests, wait."""
    answers = list[M]()
    for message in job:
        if isinstance(message, Rest):
            time.sleep(message.seconds)
        elif isinstance(message, kind):
            answers[:] = [message]
    return answers[-1]


def silently[T](work: Generator[object, None, T]) -> Turns[T]:
    """Run work in its turns, drop what it yields, and return its result."""
    turns = WithResult(work)
    for _ in turns:
        yield None
    return turns.result


def slices(total: int, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` that together cover `range(total)`."""
    for first in range(0, total, size):
        yield slice(first, min(first + size, total))


class Pace:
    """The number of steps of one turn: as many as fill `seconds`, from one to `most`."""

    def __init__(self, seconds: float, *, most: int, growth: int = 2) -> None:
        """Start with one step; the size grows at most by the factor `growth` per turn, as a first turn may be slow."""
        self.seconds, self.size = seconds, 1
        self.asked = 0  # the number that a person wants; 0 for as many as fill the time
        self._most, self._growth = most, growth

    def ask(self, changes: Changes | None) -> None:
        """Take `steps_per_turn` over, if it is among the changes."""
        self.asked = int((changes or {}).get("steps_per_turn", self.asked))

    def fit(self, done: int, took: float) -> None:
        """Adapt the size to a turn in which `done` steps took `took` seconds."""
        fitting = round(done * self.seconds / max(took, 1e-6))
        self.size = max(1, min(self._most, self._growth * self.size, fitting))

    def shorten(self, factor: int) -> None:
        """Divide the size of the next turn by `factor`, as somebody waits for its end."""
        self.size = max(1, self.size // factor)
