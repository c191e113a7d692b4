"""The messages of an experiment. The window listens to them from the start, so this module imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.core.messages import Message

if TYPE_CHECKING:
    from engine.core.charts import Picture
    from engine.studies.experiments.parts.experiment import Look, Row, Standing


class ExperimentMessage(Message):
    """A message about an experiment, by its module's name."""

    experiment: str


class ExperimentStarted(ExperimentMessage):
    """It has started; its runs are the members of `group` in the session."""

    group: str
    remark: str  # a remark on the data; empty if they are the paper's


class ExperimentProgress(ExperimentMessage):
    """Its progress."""

    latest_only: ClassVar[bool] = True
    share: float  # of the whole, 0 to 1
    words: str  # the current work
    seconds_left: float | None = None  # estimated from the time that the share took; `None` while that is too short


class ExperimentPicture(ExperimentMessage):
    """Its picture so far."""

    latest_only: ClassVar[bool] = True
    picture: Picture


class ExperimentResult(ExperimentMessage):
    """The result of the finished seeds; it is sent after each."""

    group: str
    rows: tuple[Row, ...]
    picture: Picture  # of the first seed, ...
    verdict: str  # ... and the sentence on what it showed
    remark: str
    look: Look
    runs: tuple[str, ...]  # the names of its runs, in the order of the members
    seconds: float  # from the start of the first seed to the end of the last one, ...
    processor: float = 0.0  # ... and the processor time of all together; 0 if unknown
    seeds: tuple[int, ...] = (1,)  # in ascending order, as the values of the rows
    is_whole: bool = True  # whether all seeds of the plan are finished, or refused
    predicted: int | None = None  # the number of the predicted choice, if any

    @property
    def standing(self) -> Standing:
        """How it compares with the papers."""
        from engine.studies.experiments.parts.experiment import standing_of

        return standing_of(self.rows)

    @property
    def is_right(self) -> bool:
        """Whether all figures agree with the papers, or fit their claims."""
        return self.standing in ("agrees", "fits")
