"""The messages of the job `sweep`."""

from typing import TYPE_CHECKING, ClassVar

from engine.core.messages import Message

if TYPE_CHECKING:
    from engine.model.training.messages import RunSummary
    from engine.studies.sweep.plan import Plan


class RunGathered(Message):
    """A task of a sweep is done, and its run in the session."""

    summary: "RunSummary"


class SweepProgress(Message):
    """The progress of a sweep."""

    latest_only: ClassVar[bool] = True
    sweep: str
    done: int  # tasks whose runs are in the session, ...
    refused: int  # ... and those that could not be trained
    total: int
    epochs: float  # share of the epochs of all runs that are trained, 0 to 1
    seconds_left: float | None  # an estimate


class TaskRefused(Message):
    """A task could not be trained; `sentence` says why."""

    sweep: str
    title: str
    sentence: str


class SweepEnded(Message):
    """All tasks are done, or were refused."""

    sweep: str
    done: int
    refused: int
    seconds: float


class SweepWaits(Message):
    """The session's interrupted sweep, which can be continued; none without a `plan`."""

    plan: "Plan | None" = None
    done: int = 0  # number of its runs that are in the session, or were deleted from it
