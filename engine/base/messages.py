"""What the engine tells the world: frozen messages. Here live the cross-cutting ones, all others with their maker."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from engine.base.array import Array

type Changes = Mapping[str, float | str]
"""New values of live knobs, by name, as a running job receives them from its `yield`."""

type Job = Generator[Message | None, Changes | None, None]
"""Work cut into turns of at most 20 to 50 ms. Each `yield` ends a turn: it hands out a message (or `None`, when there
is nothing to say) and takes in the changes that a person made meanwhile (or `None`). `list(job)` runs it headless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that happened. Immutable, so that it may cross threads without a lock."""

    latest_only: ClassVar[bool] = False
    """Whether a newer message of this class (and job) makes an unread older one worthless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted(Message):
    """The engine thread took the job up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPaused(Message):
    """The job rests between two turns, because it was asked to or because its step is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResumed(Message):
    """The job takes turns again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded(Message):
    """The last message of every job, whatever its end."""

    outcome: Literal["done", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(Message):
    """A job has nothing to do for that long, because it waits for a process, say: others have the turns until then.

    It is for the engine's thread alone, which hands it to nobody.
    """

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Message):
    """The job raised. `details` is empty when a person can mend it, otherwise the traceback of a bug."""

    sentence: str
    hint: str = ""
    details: str = ""
    topic: str = ""
    """What it is about, as in `Notice`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Message):
    """One line for the person at the window; an empty one withdraws the notice on the same topic."""

    sentence: str
    hint: str = ""
    topic: str = ""
    """What it is about, where newer news of the same makes it void."""
    lasting: bool = False
    """Whether it stays until it has been read: something went wrong."""


def read_only(array: Array) -> Array:
    """Return a copy of `array` that nobody can write to: the only kind that may go into a message."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
