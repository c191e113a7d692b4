"""What the engine tells the world: frozen messages. Here live the cross-cutting ones, all others with their maker."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from engine.core.array import Array

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
    topic: str = ""  # what it is about, as in `Notice`


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Message):
    """One line for the person at the window; an empty one withdraws the notice on the same topic."""

    sentence: str
    hint: str = ""
    topic: str = ""  # what it is about, where newer news of the same makes it void
    lasting: bool = False  # whether it stays until it has been read: something went wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Message):
    """The answer to a question about networks or data. A newer one makes an unread older one worthless.

    Arrays, in a field or in a tuple of arrays, become read-only: what can be written to is copied, the rest is shared.
    """

    latest_only: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if (safe := _safe(value)) is not value:
                object.__setattr__(self, field.name, safe)


@dataclass(frozen=True, slots=True, kw_only=True)
class LensAnswer(Answer):
    """An answer about the network that a lens shows: which run it is of, and after how many steps."""

    run: str
    step: int


def _safe(value: Any) -> Any:
    """Return arrays that can be written to, alone or in a tuple, as read-only copies; anything else as it is."""
    if type(value) is tuple and value and _is_array(value[0]):
        return tuple(map(_safe, value)) if any(array.flags.writeable for array in value) else value
    return read_only(value) if _is_array(value) and value.flags.writeable else value


def _is_array(value: object) -> bool:
    """Return whether a value is an array, without importing NumPy for an answer that has none."""
    return type(value).__name__ == "ndarray"


def read_only(array: Array) -> Array:
    """Return a copy of `array` that nobody can write to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
