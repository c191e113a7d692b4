"""What an experiment tells on its way. The bottom line listens from the start, so this imports nothing for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from engine.core.messages import Message

if TYPE_CHECKING:
    from engine.studies.experiments.parts.experiment import Look, Picture, Row, Standing


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
    seconds_left: float | None = None
    """Estimated from the time that the share took; `None` while that is too little to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPicture(ExperimentMessage):
    """Its picture as far as it is known."""

    latest_only: ClassVar[bool] = True
    picture: Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResult(ExperimentMessage):
    """What the seeds that are finished came to; it is sent after each."""

    group: str
    rows: tuple[Row, ...]
    picture: Picture
    """Of the first seed, ..."""
    verdict: str
    """... and so is the sentence on what was seen."""
    remark: str
    look: Look
    runs: tuple[str, ...]
    """The names of its runs, in the order of the members."""
    seconds: float
    """From the start of the first seed to the end of the last one, ..."""
    processor: float = 0.0
    """... and the time of processors that all took together; 0 where it is not known."""
    seeds: tuple[int, ...] = (1,)
    """In rising order, as the values of the rows."""
    is_whole: bool = True
    """Whether all seeds that were wanted are finished, or refused."""
    predicted: int | None = None
    """The number of the choice that a person had predicted, if any."""

    @property
    def standing(self) -> Standing:
        """How it stands to the papers."""
        from engine.studies.experiments.parts.experiment import standing_of

        return standing_of(self.rows)

    @property
    def is_right(self) -> bool:
        """Whether all figures are as the papers say or claim."""
        return self.standing in ("agrees", "fits")
