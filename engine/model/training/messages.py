"""The messages of a training, and the summary of a run."""

import functools
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal, NamedTuple

from engine.core.frozen import Frozen
from engine.core.knobs import Value
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.machine.device import Choice
from engine.core.messages import Message
from engine.core.specs import TrainSpec
from engine.data.dataset import count_test_images
from engine.model.training.changed import Changed


class RunMessage(Message):
    """A message about one run, by its name in the session."""

    run: str


class Parent(NamedTuple):
    """The moment from which a run continues: a run by name, and a step."""

    run: str
    step: int


class Member(NamedTuple):
    """A run's membership in a group, that of a sweep or an experiment: the group's name, and the run's number there."""

    sweep: str
    number: int


class Score(NamedTuple):
    """The test of a run's network after `step` steps: mean loss and accuracy."""

    step: int
    loss: float
    accuracy: float


class StepsDone(RunMessage):
    """The steps from `first_step` on, from 1; `gradient_norms`, (measured, layers), are of every tenth step."""

    first_step: int
    # The losses of all steps of the run until now, (steps,) float32: a read-only view of the run's own memory.
    so_far: Array
    gradient_norms: Array
    images_per_second: float
    # Changes of live settings since the last chunk: (step, setting, value).
    changes: tuple[tuple[int, str, float], ...] = ()

    @property
    def losses(self) -> Array:
        """The losses of the chunk's steps, (steps,)."""
        return self.so_far[self.first_step - 1 :]

    @property
    def last_step(self) -> int:
        """The number of the newest step."""
        return len(self.so_far)


class TwinsStepped(StepsDone):
    """The last message of the steps that twins take in turns: each running one has taken its steps."""


class EpochDone(RunMessage):
    """An epoch was trained and tested."""

    epoch: int  # from 1
    step: int
    train_loss: float  # mean over the epoch's steps, as the blog prints it
    test_loss: float
    test_accuracy: float
    images_per_second: float
    seconds: float  # of the epoch's steps, without testing, pauses and compiling
    gradient_norms: tuple[float, ...]  # per layer, mean over every tenth of the epoch's steps
    dead: tuple[int, ...]  # per hidden layer, the neurons that never fire or change on the test images
    widths: tuple[int, ...]  # per hidden layer, its neurons or feature maps
    finite: bool  # whether all weights are finite
    validation_loss: float | None = None  # on the validation images; `None` if none are held out
    validation_accuracy: float | None = None

    @property
    def tested(self) -> Score:
        """The test at the end of the epoch."""
        return Score(self.step, self.test_loss, self.test_accuracy)

    @property
    def chosen_on(self) -> str:
        """The images on which the best epoch is chosen: `test` or `validation`."""
        return "test" if self.validation_accuracy is None else "validation"

    @property
    def judged(self) -> float:
        """The accuracy that chooses the best epoch and ends a run: on the validation images, if there are any."""
        return self.test_accuracy if self.validation_accuracy is None else self.validation_accuracy

    @property
    def judged_loss(self) -> float:
        """The loss on the same images."""
        return self.test_loss if self.validation_loss is None else self.validation_loss


class MomentTested(RunMessage):
    """The network of a moment within an epoch, or before it is taught, was tested, as at an epoch's end."""

    tested: Score


class TwinsTested(EpochDone):
    """The last message of an epoch of twins: each running one has finished it."""


class Trained:
    """What a run has in common with its summary, and with the window's model of it."""

    __slots__ = ()

    spec: TrainSpec  # its settings at its start, without changes on the way
    changes: Sequence[tuple[int, str, float]]  # of live settings: (step, setting, value)
    parent: Parent | None  # the moment that it continued from, ...
    taught_from: Parent | None  # ... or from which it was taught a person's examples
    dataset: str  # summary of the data that it learned from, ...
    fingerprint: str  # ... and their fingerprint; empty where it is not known
    epochs: Sequence[EpochDone]
    tested: Mapping[int, Score]  # tests of moments within an epoch, by step

    @property
    def test_images(self) -> int | None:
        """The number of images that it is tested on; `None` where that is not known."""
        return count_test_images(self.dataset)

    @property
    def last_test(self) -> Score | None:
        """The newest test: at the last epoch's end, or where the run was stopped after it."""
        return test_at(self.epochs, self.tested)


class RunSummary(Trained, Frozen):
    """A run without its weights, for lists and curves. Arrays are read-only."""

    name: str  # A, B, C ...: it never changes, so lenses and messages may rely on it
    title: str  # a person's name for it, or empty
    color: int  # index of its colour among the theme's `classes`
    pinned: bool  # whether its curves stay in the plots, behind the current run's
    spec: TrainSpec  # its settings at its start, without changes on the way
    dataset: str  # summary of the data that it learned from
    steps_per_epoch: int
    parent: Parent | None
    started: float  # Unix time, in seconds
    epochs: tuple[EpochDone, ...]
    tested: Mapping[int, Score] = field(default_factory=dict)  # tests of moments within an epoch, by step
    losses: Array  # of every step, (steps,)
    changes: tuple[tuple[int, str, float], ...]  # of live settings: (step, setting, value)
    moments: tuple[int, ...]  # the steps with weights, ascending
    bookmarks: Mapping[int, str]  # names of moments, by step
    classes: tuple[str, ...] = ()  # names of its classes; empty where they are not known
    taught_from: Parent | None = None  # the moment from which it was taught a person's examples
    member: Member | None = None  # its place in a group
    fingerprint: str = ""  # of the data that it learned from


class RunStarted(RunMessage):
    """A run has started; its step function is about to be compiled."""

    spec: TrainSpec
    dataset: str
    train_images: int
    test_images: int
    steps_per_epoch: int
    parameters: int
    color: int = 0  # index of its colour among the theme's `classes`
    classes: tuple[str, ...] = ()  # names of its classes
    fingerprint: str = ""  # of the data
    resumed: RunSummary | None = None  # the run itself, if it has a title or takes over a history
    group: str = ""  # the group of a run that a person did not start by itself, such as an experiment's


class MomentKept(RunMessage):
    """The weights after `step` steps (0 is before the first) were kept and can be looked at."""

    step: int


class RunChanged(RunMessage):
    """A person changed the entry of a run, or some of its moments were dropped; its history is unchanged."""

    title: str
    color: int
    pinned: bool
    moments: tuple[int, ...]
    bookmarks: Mapping[int, str]
    member: Member | None = None


type Ailment = Literal[
    "healthy", "not finite", "at chance", "collapsed", "diverging", "plateau", "dead neurons", "overfitting"
]


class Diagnosis(RunMessage):
    """A run's health: one sentence, and a remedy that one click applies. Sent when it differs from the last one."""

    ailment: Ailment
    sentence: str
    remedy: str = ""  # the text of the remedy's button; empty when there is none
    changes: Mapping[str, Value] = field(default_factory=dict)  # the settings that the remedy changes
    restart: bool = False  # whether the remedy starts a new run from new weights,
    # ... or one that continues from this run's moment at this step; otherwise it changes the running one.
    resume: int | None = None


# Translators: these are verdicts on the health of a run.
mark("healthy"), mark("not finite"), mark("at chance"), mark("collapsed")
mark("diverging"), mark("plateau"), mark("dead neurons"), mark("overfitting")


class RunFinished(RunMessage):
    """The run ended without being stopped."""

    # `failed` is for one of two twins; a `JobFailed` before has the reason.
    reason: Literal["epochs", "accuracy", "taught", "not finite", "failed"]
    epoch: int


class MemoryAsked(Message):
    """A training would take much of the free memory, so it is not started until a person confirms it."""

    sentence: str
    spec: TrainSpec
    parent: Parent | None
    on: Choice
    changed: Changed | None = None  # for twins: the difference of the other one,
    of: str = ""  # ... and the run that they are twins of


class DataLookedFor(RunMessage):
    """Whether the data that a run learned from are available: without them it is not trained again or further."""

    is_there: bool
    now: str = ""  # summary of the open data instead; empty where none are open
    source: str = ""  # the address by which `open_data` may find the run's data; empty where it is not known


class DeviceFull(Message):
    """A run ends, as the device has too little memory; its moments are kept. Sent before `JobFailed`."""

    sentence: str
    hint: str
    spec: TrainSpec  # its current settings
    parent: Parent | None  # the moment from which a run on another device can continue, if there is one
    on_gpu: bool  # whether the CPU would be another device
    smaller_batch: int  # a batch with which a new run may fit; 0 if there is none


def test_at(epochs: Sequence[EpochDone], tested: Mapping[int, Score], step: float = math.inf) -> Score | None:
    """Return the newest test at or before `step`, at an epoch's end or within one; `None` if there is none."""
    place = len(epochs)
    if place and epochs[-1].step > step:
        place = bisect_right(epochs, step, key=lambda done: done.step)
    within = max((moment for moment in tested if moment <= step), default=None)
    if place and (within is None or within <= epochs[place - 1].step):
        return epochs[place - 1].tested
    return None if within is None else tested[within]


def best_of(epochs: Iterable[EpochDone]) -> EpochDone | None:
    """Return the first of the best epochs, by the validation images if there are any, else by the test images."""
    return functools.reduce(better, epochs, None)


def better(best: EpochDone | None, done: EpochDone) -> EpochDone:
    """Return the better one of two epochs, of which `done` is the later one."""

    def rank(epoch: EpochDone) -> tuple[bool, float]:
        return epoch.validation_accuracy is not None, epoch.judged

    return done if best is None or rank(done) > rank(best) else best


def say_best(best: EpochDone) -> str:
    """Return words for the best epoch: `best, epoch 32, chosen on the test images`."""
    if best.chosen_on == "test":
        return tr("best, epoch {epoch:,}, chosen on the test images", epoch=best.epoch)
    return tr("best, epoch {epoch:,}, chosen on the validation images", epoch=best.epoch)
