"""What a training run tells while it runs."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from engine.core.array import Array
from engine.core.knobs import Value
from engine.core.messages import Message
from engine.core.specs import TrainSpec
from engine.data.dataset import count_test_images

if TYPE_CHECKING:
    from engine.core.machine.device import Choice
    from engine.model.training.changed import Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMessage(Message):
    """Something about one run, named as in the session."""

    run: str


class Parent(NamedTuple):
    """Where a run goes on from: a run by name, and one of its moments by step."""

    run: str
    step: int


class Member(NamedTuple):
    """What a run is of a group, a sweep's or an experiment's: its name, and the number of the run there, from 0."""

    sweep: str
    number: int


class Score(NamedTuple):
    """What a test of a run's network after `step` steps found: mean loss and share of right answers."""

    step: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsDone(RunMessage):
    """A chunk of steps was taken, from step `first_step` on, counted from 1 over the whole run.

    `gradient_norms`, (measured, layers) and read-only, are measured in every tenth step, so there may be none.
    """

    first_step: int
    so_far: Array
    """The losses of all steps of the run until now, (steps,) float32, read-only. The run's own memory, in which they
    stay as they are: it costs nothing to keep them."""
    gradient_norms: Array
    images_per_second: float
    changes: tuple[tuple[int, str, float], ...] = ()
    """Live settings that were changed since the chunk before: after which step, which one, to what."""

    @property
    def losses(self) -> Array:
        """The losses of the chunk's steps, (steps,)."""
        return self.so_far[self.first_step - 1 :]

    @property
    def last_step(self) -> int:
        """The number of the newest step."""
        return len(self.so_far)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsStepped(StepsDone):
    """The same of one of two runs that are trained in turns, where each that goes on has taken steps by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone(RunMessage):
    """An epoch was trained and tested."""

    epoch: int  # from 1
    step: int
    train_loss: float  # mean over the epoch's steps, as the blog prints it
    test_loss: float
    test_accuracy: float
    images_per_second: float
    seconds: float  # time spent on the epoch's steps: without testing, pauses and compiling
    gradient_norms: tuple[float, ...]  # per layer, mean over every tenth of the epoch's steps
    dead: tuple[int, ...]
    """Per hidden layer, how many of its neurons never fire (or never change) on the test images."""
    widths: tuple[int, ...]  # per hidden layer, how many neurons or feature maps it has
    finite: bool  # whether all weights are numbers
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    """The same of the validation images; `None` where the run holds out none."""

    @property
    def tested(self) -> Score:
        """What the test of the whole epoch found."""
        return Score(self.step, self.test_loss, self.test_accuracy)

    @property
    def chosen_on(self) -> str:
        """On which images the best epoch is chosen: `test` or `validation`."""
        return "test" if self.validation_accuracy is None else "validation"

    @property
    def judged(self) -> float:
        """The accuracy that the best epoch is chosen by, and that ends a run: on the validation images, if any."""
        return self.test_accuracy if self.validation_accuracy is None else self.validation_accuracy

    @property
    def judged_loss(self) -> float:
        """The loss of the same images."""
        return self.test_loss if self.validation_loss is None else self.validation_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentTested(RunMessage):
    """The network of a moment within an epoch was tested: what `EpochDone` tells at an epoch's end."""

    tested: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsTested(EpochDone):
    """The same of one of two runs that are trained in turns, where each that goes on has come so far by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """All that can be told of a run without its weights: for lists and curves. Arrays are read-only."""

    name: str  # A, B, C ...: never changes, so lenses and messages may rely on it
    title: str  # what a person calls it; empty when nobody has
    color: int  # number of its colour among the theme's `classes`
    pinned: bool  # whether its curves stay in the plots, behind the current run's
    spec: TrainSpec  # its settings as they were at its start, without what was changed on the way
    dataset: str  # summary of the data that it learned from
    steps_per_epoch: int
    parent: Parent | None
    started: float  # Unix time, in seconds
    epochs: tuple[EpochDone, ...]
    tested: Mapping[int, Score] = field(default_factory=dict)
    """What tests of moments within an epoch found, by step."""
    losses: Array  # of every step, shape (steps,)
    changes: tuple[tuple[int, str, float], ...]
    """Live settings that were changed: after which step, which one, to what."""
    moments: tuple[int, ...]  # the steps after which its weights were kept, rising
    bookmarks: Mapping[int, str]  # names of moments, by step
    classes: tuple[str, ...] = ()  # names of the classes that it tells apart; none where they are not known
    taught_from: Parent | None = None
    """The moment whose network it was taught to, with examples of a person's own."""
    member: Member | None = None  # where it belongs to a group
    fingerprint: str = ""  # what tells the data that it learned from from others

    @property
    def test_images(self) -> int | None:
        """How many images it is tested on; `None` where nobody knows."""
        return count_test_images(self.dataset)

    @property
    def last_test(self) -> Score | None:
        """What the newest test found."""
        return test_at(self.epochs, self.tested)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(RunMessage):
    """A run begins; its step function is about to be compiled."""

    spec: TrainSpec
    dataset: str
    train_images: int
    test_images: int
    steps_per_epoch: int
    parameters: int
    color: int = 0  # number of its colour among the theme's `classes`
    classes: tuple[str, ...] = ()  # names of the classes that it tells apart
    fingerprint: str = ""  # what tells the data from others
    resumed: RunSummary | None = None
    """For a run that has more than its settings to tell: itself, with its title or the history that it takes over."""
    group: str = ""  # the group of an experiment, say, that trains many: nobody has asked for this run alone


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentKept(RunMessage):
    """The weights after `step` steps (0: before the first) were kept and can be looked at."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChanged(RunMessage):
    """A person changed what is said of a run, or some of its moments were given up; its history is as it was."""

    title: str
    color: int
    pinned: bool
    moments: tuple[int, ...]
    bookmarks: Mapping[int, str]
    member: Member | None = None


type Ailment = Literal[
    "healthy", "not finite", "at chance", "collapsed", "diverging", "plateau", "dead neurons", "overfitting"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(RunMessage):
    """How the run is: one sentence, and a remedy that one click applies. Sent when it differs from the last one."""

    ailment: Ailment
    sentence: str
    remedy: str = ""  # what the remedy's button says; empty when there is none
    changes: Mapping[str, Value] = field(default_factory=dict)  # the settings that the remedy changes
    restart: bool = False  # whether the remedy starts a new run from new weights,
    resume: int | None = None
    """... or one that continues from this run's moment after this step; otherwise its changes go to the running one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(RunMessage):
    """The run ended without anybody's stopping it."""

    reason: Literal["epochs", "accuracy", "taught", "not finite", "failed"]
    """`failed`: one of two that are trained in turns; a `JobFailed` before says why."""
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryAsked(Message):
    """A training would take much of the memory that is free, so it is not begun: whoever wants it says so."""

    sentence: str
    spec: TrainSpec
    parent: Parent | None
    on: Choice
    changed: Changed | None = None  # where two runs are to be trained: in what the other one differs,
    of: str = ""  # ... and which run they are twins of


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLookedFor(RunMessage):
    """Whether the data that a run learned from are there: without them it is not trained again or further."""

    is_there: bool
    now: str = ""  # summary of those that are open instead; empty where none are
    source: str = ""  # what `open_data` may find those of the run by; empty where nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFull(Message):
    """The device has too little memory for a run, which ends; what it trained is kept. Sent before `JobFailed`."""

    sentence: str
    hint: str
    spec: TrainSpec  # its settings, with the live ones as they stand
    parent: Parent | None
    """The moment from which a run on another device can go on; `None` when nothing was kept."""
    on_gpu: bool  # whether the CPU would be another device
    smaller_batch: int  # a batch with which a new run may fit; 0 when there is none


def test_at(epochs: Sequence[EpochDone], tested: Mapping[int, Score], step: float = math.inf) -> Score | None:
    """Return what the newest test at or before `step` found, at an epoch's end or within one; `None` for no test."""
    is_last = step == math.inf
    place = len(epochs) if is_last else bisect_right(epochs, step, key=lambda done: done.step)
    within = max((each for each in tested if each <= step), default=None)
    if place and (within is None or within <= epochs[place - 1].step):
        return epochs[place - 1].tested
    return None if within is None else tested[within]


def best_of(epochs: Iterable[EpochDone]) -> EpochDone | None:
    """Return the first of the best epochs: by the validation images where there are some, else by the test images."""
    return functools.reduce(better, epochs, None)


def better(best: EpochDone | None, done: EpochDone) -> EpochDone:
    """Return which of two epochs is the best one; `done` is the later one."""

    def rank(each: EpochDone) -> tuple[bool, float]:
        return each.validation_accuracy is not None, each.judged

    return done if best is None or rank(done) > rank(best) else best


def say_best(best: EpochDone) -> str:
    """Say which epoch is the best and what it was chosen on: `best, epoch 32, chosen on the test images`."""
    return f"best, epoch {best.epoch:,}, chosen on the {best.chosen_on} images"
