"""What an experiment tells on its way. The bottom line listens from the start, so this imports nothing for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.base.messages import Message

if TYPE_CHECKING:
    from engine.experiments.parts.experiment import Look, Picture, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentMessage(Message):
    """Something about an experiment, by its module's name."""

    experiment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentStarted(ExperimentMessage):
    """It begins; its runs are the members of `group` in the session."""

    group: str
    remark: str
    """What a person should know about the data; empty where they are the paper's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentProgress(ExperimentMessage):
    """How far it is."""

    latest_only: ClassVar[bool] = True
    share: float
    """Of the whole, 0 to 1."""
    words: str
    """What is being done."""
    seconds_left: float | None
    """Estimated from the time that the share took; `None` while that is too little to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPicture(ExperimentMessage):
    """Its picture as far as it is known."""

    latest_only: ClassVar[bool] = True
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResult(ExperimentMessage):
    """What it came to."""

    group: str
    rows: tuple[Row, ...]
    picture: Picture
    verdict: str
    remark: str
    look: Look
    runs: tuple[str, ...]
    """The names of its runs, in the order of the members."""
    seconds: float
    predicted: int | None = None
    """The number of the choice that a person had predicted, if any."""

    @property
    def within(self) -> bool:
        """Whether all figures agree with the paper's within their tolerances."""
        return all(row.within for row in self.rows)
