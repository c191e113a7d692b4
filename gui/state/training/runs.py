"""The runs of the session as the window knows them: one model, changed by the engine's messages before any view hears.

The bridge makes it and it is the bridge's first listener, so whoever hears a message finds its effect in here already.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import NamedTuple, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.core.array import Array
from engine.core.knobs import knobs
from engine.core.lens import Lens, Neuron
from engine.core.messages import Message
from engine.core.numbers import say_epoch
from engine.core.specs import LIVE, ConvLayer, HiddenLayer, TrainSpec, as_text
from engine.core.text import isolated
from engine.data.dataset import count_test_images
from engine.model.training.courses import Course, beyond_seed, differing
from engine.model.training.epochs import Epochs
from engine.model.training.health import diagnose
from engine.model.training.messages import (
    Diagnosis,
    EpochDone,
    Member,
    MomentKept,
    MomentTested,
    Parent,
    RunChanged,
    RunFinished,
    RunStarted,
    RunSummary,
    Score,
    StepsDone,
    better,
    say_best,
    test_at,
)
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import RunRemoved, RunRestored, RunsTogether
from engine.studies.sweep.messages import RunGathered
from gui.look.percents import accuracy_words, fine_percent, span, spread

MOST_CHANGES = 10_000
"""Maximum number of live changes that are kept of a run that was read from a file: the last ones."""

SHORT = 14
"""Maximum number of letters of a title that stands in place of the letter."""

LONGEST_TAG = 22
"""Maximum number of letters of a group's name at its curve."""

STOPPED = "stopped at"
"""How a run ended that was interrupted."""


@dataclass(frozen=True, slots=True)
class RunLook:
    """What a run is called, its colour, and whether it is pinned."""

    name: str
    title: str = ""
    color: int = 0
    """Number of its colour among the theme's `classes`."""
    pinned: bool = False
    """Whether its curves stay in the plots, behind the current run's."""

    @property
    def label(self) -> str:
        """Letter and title: `B · no dropout`."""
        return f"{self.name} · {isolated(self.title)}" if self.title else self.name

    @property
    def tag(self) -> str:
        """A short name: the title if it is short, otherwise the letter."""
        return isolated(self.title) if 0 < len(self.title) <= SHORT else self.name


class LiveChange(NamedTuple):
    """A setting that changed on the way of a run: after which step, which one, from what to what."""

    step: int
    setting: str
    before: float
    after: float


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """A run: how it looks, its settings, which of its moments are kept, and how good the network was.

    `steps` rises; it is empty until the first moment is kept. Read only: it changes by the engine's messages.
    """

    look: RunLook
    spec: TrainSpec
    """Its settings as they were at its start."""
    steps_per_epoch: int
    dataset: str = ""
    """Summary of the data that it learned from and was tested with."""
    classes: tuple[str, ...] = ()
    """Names of the classes that it tells apart, as its session keeps them; none where they are not known."""
    fingerprint: str = ""
    """What tells these data from others; empty where it is not known."""
    parent: Parent | None = None
    taught_from: Parent | None = None
    live: dict[str, float] = field(default_factory=dict)
    """Live settings that were changed on the way: how they stand now."""
    changes: list[tuple[int, str, float]] = field(default_factory=list)
    """All such changes: after which step, which one, to what."""
    newest: int = 0
    """The step that it has come to; the last of `steps` lies at or before it."""
    steps: list[int] = field(default_factory=list)
    """The steps after which its weights were kept."""
    bookmarks: dict[int, str] = field(default_factory=dict)
    """Names of moments, by step."""
    member: Member | None = None
    """Where it belongs to a group."""
    losses: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    """Of every step, (steps,), read-only."""
    tests: Epochs = field(default_factory=Epochs)
    """What was found at the end of each epoch."""
    tested: dict[int, Score] = field(default_factory=dict)
    """What was found of moments within an epoch, by step."""
    best: EpochDone | None = None
    """The best epoch, chosen on the validation images, or on the test images where there are none."""
    diagnosis: Diagnosis | None = None
    is_beginning: bool = False
    """Whether the window saw it begin: then its first moment is to come, if there is none."""

    @classmethod
    def begun(cls, message: RunStarted) -> Run:
        """Return a run that has just started, or continues from another one's snapshot."""
        if message.resumed is not None:
            made = cls.of(message.resumed)
            made.spec, made.is_beginning = message.spec, True
            return made
        return cls(
            look=RunLook(message.run, color=message.color),
            spec=message.spec,
            steps_per_epoch=max(1, message.steps_per_epoch),
            dataset=message.dataset,
            classes=message.classes,
            fingerprint=message.fingerprint,
            is_beginning=True,
        )

    @classmethod
    def of(cls, summary: RunSummary) -> Run:
        """Return a run from its summary, as if its training had been watched."""
        made = cls(
            look=RunLook(summary.name, summary.title, summary.color, summary.pinned),
            spec=summary.spec,
            steps_per_epoch=max(1, summary.steps_per_epoch),
            dataset=summary.dataset,
            classes=summary.classes,
            parent=summary.parent,
            taught_from=summary.taught_from,
            fingerprint=summary.fingerprint,
            live={name: value for _, name, value in summary.changes},
            changes=list(summary.changes[-MOST_CHANGES:]),
            member=summary.member,
            losses=summary.losses,
            tested=dict(summary.tested),
        )
        made.replace(summary.moments, summary.bookmarks)
        for done in summary.epochs:
            made.take_test(done)
        made.newest = max(made.newest, len(summary.losses))
        if summary.epochs:
            finite = all(done.finite for done in summary.epochs) and bool(np.isfinite(summary.losses).all())
            made.diagnosis = diagnose(
                summary.name,
                summary.spec,
                made.tests,
                changes=summary.changes,
                finite=finite,
                moments=summary.moments,
            )
        return made

    @property
    def name(self) -> str:
        """Its letter, which never changes."""
        return self.look.name

    @property
    def begins_on_the_way(self) -> bool:
        """Whether its first weights were those of another run: it went on from one, or was taught."""
        return bool(self.parent or self.taught_from)

    @property
    def epochs(self) -> Epochs:
        """The same as `tests`, as the engine's runs have it."""
        return self.tests

    @property
    def test_images(self) -> int | None:
        """How many images the tests were made on; `None` where nobody knows."""
        return count_test_images(self.dataset)

    @property
    def broke(self) -> bool:
        """Whether its losses are no numbers any more."""
        return bool(len(self.losses)) and not math.isfinite(self.losses[-1])

    @property
    def end(self) -> int:
        """The step at which it is to end, or has come to beyond that; at least 1."""
        return max(1, self.spec.epochs * self.steps_per_epoch, self.newest)

    @property
    def position(self) -> float:
        """How far it is, in epochs."""
        return self.newest / self.steps_per_epoch

    # What the engine tells ----------------------------------------------------------------------------------------

    def take_steps(self, losses: Array) -> None:
        """Take in the losses of all steps until now; shape (steps,)."""
        self.losses = losses
        self.newest = max(self.newest, len(losses))

    def take_test(self, done: EpochDone) -> None:
        """Take in what was found at the end of one more epoch."""
        self.tests.append(done)
        self.newest = max(self.newest, done.step)
        self.best = better(self.best, done)

    def replace(self, steps: Iterable[int], bookmarks: Mapping[int, str]) -> None:
        """Take these moments and names instead of those known so far."""
        self.steps, self.bookmarks = sorted(steps), dict(bookmarks)
        self.newest = max([self.newest, *self.steps[-1:]])

    def keep(self, step: int) -> None:
        """Take in one more moment."""
        if not self.holds(step):
            insort(self.steps, step)
        self.newest = max(self.newest, step)

    # Its moments --------------------------------------------------------------------------------------------------

    def holds(self, step: int) -> bool:
        """Whether the moment after `step` steps is kept."""
        place = bisect_left(self.steps, step)
        return place < len(self.steps) and self.steps[place] == step

    def kept_at(self, step: int | None) -> int:
        """Return the last kept moment at or before `step`, the newest for `None`; the first where all are later."""
        return self.steps[-1 if step is None else max(0, bisect_right(self.steps, step) - 1)]

    def nearest(self, step: float) -> int | None:
        """Return the kept moment nearest to `step`; `None` when there is none."""
        place = bisect_left(self.steps, step)
        return min(self.steps[max(0, place - 1) : place + 1], key=lambda kept: abs(kept - step), default=None)

    def beside(self, step: int, count: int) -> int | None:
        """Return the moment `count` places after `step` (before, if negative), or the last one on that way.

        `step` itself need not be kept. `None` when there is no moment at all on that side.
        """
        if count < 0:
            earlier = self.steps[: bisect_left(self.steps, step)]
            return earlier[max(count, -len(earlier))] if earlier else None
        later = self.steps[bisect_right(self.steps, step) :]
        return later[min(count, len(later)) - 1] if later else None

    def bookmark_beside(self, step: int, *, forwards: bool) -> int | None:
        """Return the nearest moment with a name after `step`, or before it; `None` when there is none."""
        if forwards:
            return min((marked for marked in self.bookmarks if marked > step), default=None)
        return max((marked for marked in self.bookmarks if marked < step), default=None)

    def looked_at(self, step: int) -> int:
        """Return after how many steps the weights are that a view of `step` looks at: the newest kept until then."""
        place = bisect_right(self.steps, step)
        return self.steps[max(0, place - 1)] if self.steps else step

    def test_at(self, step: float) -> Score | None:
        """Return what the newest test at or before `step` found; `None` before the first."""
        return test_at(self.tests, self.tested, step)

    def shown_test(self, step: int) -> Score | None:
        """Return what is known of the weights that a view of `step` looks at, else the newest test before `step`."""
        found = self.test_at(self.looked_at(step))
        return found if found and found.step == self.looked_at(step) else self.test_at(step)

    def lacks_test(self, step: int) -> bool:
        """Whether `shown_test` is one of earlier weights, or none."""
        found = self.shown_test(step)
        return found is None or found.step not in (step, self.looked_at(step))

    @property
    def last_test(self) -> Score | None:
        """What the newest test of all found."""
        return self.test_at(math.inf)

    def spec_from(self, step: int) -> TrainSpec:
        """Return the settings of a run that continues this one from a step, with more epochs than are behind it."""
        spec = self.spec.but(**{name: value for when, name, value in self.changes if when <= step})
        return with_epochs_left(spec, step / self.steps_per_epoch)

    # In words -----------------------------------------------------------------------------------------------------

    def titles(self) -> dict[int, str]:
        """Return what its moments are called, by step: by their names, else by where they lie."""
        return {
            step: "the start" if step == 0 else isolated(self.bookmarks.get(step, "")) or self.say_epoch(step)
            for step in self.steps
        }

    def say_epoch(self, step: int) -> str:
        """Return where `step` lies, in epochs."""
        return say_epoch(step, self.steps_per_epoch)

    def say_end(self) -> str:
        """Return how a run ended, to follow its name: `is done`, `stopped at epoch 1.6 of 40`."""
        if self.broke or (self.tests and not self.tests[-1].finite):
            return "broke: its weights are NaN or infinite"
        if self.newest >= self.spec.epochs * self.steps_per_epoch:
            return "is done"
        if self.tests and 0 < self.spec.stop_at <= self.tests[-1].judged:
            return "reached its accuracy"
        return f"{STOPPED} {self.say_epoch(self.newest)} of {self.spec.epochs:,}"

    def say_share(self, step: int) -> str:
        """Return the test accuracy of the weights that a view of `step` looks at, and where else it is of, of which.

        `97.41 %`, or `97.20 % after epoch 14` where those were not tested; empty before the first test.
        """
        test = self.shown_test(step)
        if test is None:
            return ""
        share = fine_percent(test.accuracy, self.test_images)
        return f"{share} {self.say_after(test)}" if self.lacks_test(step) else share

    def say_short(self, step: int) -> str:
        """Return the same in little room: `97.41 % of 10,000`, or `97.20 %, epoch 14`."""
        test = self.shown_test(step)
        if test is None:
            return ""
        share = fine_percent(test.accuracy, self.test_images)
        if self.lacks_test(step):
            return f"{share}, {self.say_after(test).removeprefix('after ')}"
        return f"{share} accuracy" if self.test_images is None else f"{share} of {self.test_images:,}"

    def say_accuracy(self, step: int) -> str:
        """Return the same with the number of images: `97.41 % of 10,000 test images`."""
        test = self.shown_test(step)
        if test is None:
            return ""
        words = accuracy_words(test.accuracy, self.test_images)
        return f"{words} {self.say_after(test)}" if self.lacks_test(step) else words

    def say_after(self, test: Score) -> str:
        """Return which weights a test was of: `after epoch 14`."""
        return f"after {self.say_epoch(test.step).removesuffix('.0')}"

    def say_best(self) -> str:
        """Return the best epoch with its test accuracy: `best, epoch 32, chosen on the test images: 98.08 %`."""
        if self.best is None:
            return ""
        return f"{say_best(self.best)}: {fine_percent(self.best.test_accuracy, self.test_images)}"

    def say(self, step: int) -> str:
        """Return all in one line: `epoch 7.0 · step 3,850 · 97.41 % of 10,000 test images`, with its name if any."""
        parts = [
            isolated(self.bookmarks.get(step, "")),
            self.say_epoch(step),
            f"step {step:,}",
            self.say_accuracy(step),
        ]
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Group:
    """Runs that belong together, two at least: of a sweep or an experiment, in the order of their numbers there."""

    name: str
    runs: tuple[Run, ...]

    @property
    def color(self) -> int:
        """Number of its colour among the theme's `classes`: that of its first run."""
        return self.runs[0].look.color

    @property
    def pinned(self) -> bool:
        """Whether it stays in the plots: one of its runs does."""
        return any(run.look.pinned for run in self.runs)

    @property
    def tag(self) -> str:
        """A short name."""
        return isolated(self.name if len(self.name) <= LONGEST_TAG else f"{self.name[: LONGEST_TAG - 1]}…")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its runs."""
        return tuple(run.name for run in self.runs)

    @property
    def over(self) -> Mapping[str, Sequence[Course]]:
        """The settings that its runs have not all alike, by name, each with its courses in the order of the runs."""
        return differing(self.runs)


class FinalAccuracy(NamedTuple):
    """The test accuracy of runs at their end: in words, and what speaks against a mean of them."""

    said: str
    """Mean and standard deviation of repetitions, `98.02 ± 0.11 %`; the range of others, `97.02 to 98.30 %`."""
    span: str
    """The range; empty where no run was tested."""
    unlike: Sequence[str]
    """In what those runs differ besides their seed, in words."""


def final_accuracy(runs: Iterable[Run]) -> FinalAccuracy:
    """Return the test accuracy of those runs that were tested."""
    tested = [(run, test.accuracy) for run in runs if (test := run.last_test)]
    shares = np.array([share for _, share in tested])
    unlike, reach = beyond_seed([run for run, _ in tested]), span(shares)
    return FinalAccuracy(reach if unlike else spread(shares), reach, unlike)


def say_test_images(run: Run) -> str:
    """Return how many images a run is tested on: `10,000 test images`."""
    return "the test images" if run.test_images is None else f"{run.test_images:,} test images"


def age(run: Run) -> tuple[int, str]:
    """Return what orders runs from the oldest to the newest: A, B, ... Z, AA."""
    return len(run.name), run.name


def with_epochs_left(spec: TrainSpec, behind: float) -> TrainSpec:
    """Return settings with epochs left after those `behind` it: added to them unless there are more already."""
    if spec.epochs > behind:
        return spec
    most = int(knobs(TrainSpec)["epochs"].maximum or spec.epochs)
    return spec.but(epochs=min(most, math.ceil(behind) + spec.epochs))


def what_differs(one: Run | RunSummary, other: Run | RunSummary) -> str:
    """Return why the weights of two runs cannot be mixed, as in `they have different ...`; empty: they can.

    The engine decides by the weights themselves (`are_alike`); of a run whose classes are not known it may find more.
    """
    if as_text(one.spec.hidden) != as_text(other.spec.hidden):
        return "layers"
    counts = {len(each.classes) for each in (one, other) if each.classes}
    return "numbers of classes" if len(counts) > 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsChanged:
    """Which runs a message changed, by name, and in what. Another session removes all runs and adds its own."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()
    """Another title or colour, pinned or no longer, in a group or no longer."""
    moments: frozenset[str] = frozenset()
    """Moments or their names were replaced, or the first one was kept: `MomentKept` reports those after it."""
    first_moments: frozenset[str] = frozenset()
    """Among `moments`: there are weights to look at, for the first time."""
    tested: frozenset[str] = frozenset()
    """A moment within an epoch was tested: `EpochDone` has the figures at an epoch's end."""

    @property
    def appeared(self) -> frozenset[str]:
        """Runs that one can look at now, and could not before."""
        return self.added | self.first_moments

    @property
    def listed(self) -> frozenset[str]:
        """Runs that came, went, or are called, drawn or said to be otherwise."""
        return self.added | self.removed | self.looks | self.tested


class Listen(Protocol):
    """The bridge's `listen`, without the bridge, which makes the runs."""

    def __call__[M: Message](self, message_class: type[M], listener: Callable[[M], None], /) -> None: ...


class Runs(QObject):
    """The runs of the session by name, in the order in which they came; removed ones can still be named.

    What comes often in a training (steps, epochs, moments after the first) is in here when its message is heard, and
    is not signalled.
    """

    changed = Signal(object)
    """Carries `RunsChanged`: a view asks whether that concerns it. No message is handed to views before it."""

    def __init__(self, parent: QObject, listen: Listen) -> None:
        super().__init__(parent)
        self._runs: dict[str, Run] = {}
        self._by_age: list[Run] | None = None
        self._groups: dict[str, Group] | None = None
        """Found when they are asked for, and kept until runs come, go or change."""
        self._removed: dict[str, Run] = {}
        """What is left of them: a lens may look at one a moment longer, and what was made of it bears its name."""
        self.sessions = 0
        """Number of sessions that were opened."""
        listen(SessionOpened, self._take_session)
        listen(RunStarted, lambda message: self._add(Run.begun(message)))
        listen(RunRestored, lambda message: self._add(Run.of(message.summary)))
        listen(RunGathered, lambda message: self._add(Run.of(message.summary)))
        listen(RunsTogether, self._take_together)
        listen(RunRemoved, self._take_removal)
        listen(RunChanged, self._take_change)
        listen(MomentKept, self._take_moment)
        listen(StepsDone, self._take_steps)
        listen(EpochDone, self._take_epoch)
        listen(MomentTested, self._take_tested)
        listen(Diagnosis, self._take_diagnosis)
        listen(RunFinished, self._take_finish)

    def __contains__(self, run: str) -> bool:
        return run in self._runs

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, run: str) -> Run:
        return self._runs[run]

    def get(self, run: str) -> Run | None:
        """Return a run of the session."""
        return self._runs.get(run)

    def by_age(self) -> list[Run]:
        """Return all runs, the oldest first."""
        if self._by_age is None:
            self._by_age = sorted(self._runs.values(), key=age)
        return list(self._by_age)

    def newest(self) -> Run | None:
        """Return the run that began last; `None` when there is none."""
        runs = self.by_age()
        return runs[-1] if runs else None

    def pinned(self) -> list[Run]:
        """Return the pinned runs, the oldest first."""
        return [run for run in self.by_age() if run.look.pinned]

    def groups(self) -> Mapping[str, Group]:
        """Return the groups of two runs and more, by name."""
        if self._groups is None:
            found = defaultdict[str, list[tuple[int, Run]]](list)
            for run in self.by_age():
                if run.member:
                    found[run.member.sweep].append((run.member.number, run))
            self._groups = {
                name: Group(name, tuple(run for _, run in sorted(members, key=itemgetter(0))))
                for name, members in found.items()
                if len(members) > 1
            }
        return self._groups

    def group_of(self, run: Run | None) -> Group | None:
        """Return the group that a run belongs to; `None` for one that stands alone."""
        return self.groups().get(run.member.sweep) if run and run.member else None

    # How they look ------------------------------------------------------------------------------------------------

    def look(self, run: str) -> RunLook:
        """Return how a run looks, or looked; an unknown one has its letter alone."""
        known = self._known(run)
        return known.look if known else RunLook(run)

    def label(self, run: str) -> str:
        """Return letter and title of a run."""
        return self.look(run).label

    def looks(self) -> dict[str, RunLook]:
        """Return how all runs of the session look, by name."""
        return {name: run.look for name, run in self._runs.items()}

    def live_changes(self, run: Run) -> list[LiveChange]:
        """Return where live settings changed on the way to a run's end, in the order of the steps.

        A run that continues another one has that one's changes up to there, and there those of its own settings.
        """
        line, known = [run], {run.name}
        while (parent := line[-1].parent) and parent.run in self._runs and parent.run not in known:
            known.add(parent.run)
            line.append(self._runs[parent.run])
        line.reverse()
        ends = [child.parent.step for child in line[1:] if child.parent] + [
            max(line[-1].end, line[-1].newest)
        ]
        now = {name: float(getattr(line[0].spec, name)) for name in LIVE}
        found: list[LiveChange] = []
        begin = 0
        for each, end in zip(line, ends, strict=True):
            settings = [(begin, name, float(getattr(each.spec, name))) for name in LIVE]
            own = sorted((change for change in each.changes if change[0] <= end), key=itemgetter(0))
            for step, name, value in (*settings, *own):
                if now[name] != value:
                    found.append(LiveChange(max(step, begin), name, now[name], value))
                    now[name] = value
            begin = end
        return found

    # The run that a lens looks at ---------------------------------------------------------------------------------

    def seen(self, lens: Lens | None) -> Run | None:
        """Return the run of the session that is looked at."""
        return self._runs.get(lens.run) if lens else None

    def is_known(self, lens: Lens | None) -> bool:
        """Return whether there is the run that is looked at, or was."""
        return lens is not None and self._known(lens.run) is not None

    def content(self, lens: Lens | None) -> Lens | None:
        """Return the lens that names each snapshot which this one shows, and no neuron and network without effect.

        Two lenses with the same content show the same network, however one came to them: what was computed of it
        belongs to both. `None` where there are no weights to look at.
        """
        run = self.seen(lens)
        if lens is None or run is None or not run.steps:
            return None
        others = [(share, other) for share in lens.mixed if share.weight and (other := self.get(share.run))]
        return Lens(
            run.name,
            run.kept_at(lens.moment),
            lens.silenced,
            frozenset(each for each in lens.adjusted if Neuron(each.layer, each.number) not in lens.silenced),
            tuple(
                share._replace(moment=other.kept_at(share.moment)) for share, other in others if other.steps
            ),
        )

    def is_unborn(self, lens: Lens | None) -> bool:
        """Return whether that run has started, and its first snapshot is to come: there are no weights to look at."""
        run = self.seen(lens)
        return run is not None and run.is_beginning and not run.steps

    def hidden(self, lens: Lens | None) -> tuple[HiddenLayer, ...]:
        """Return its hidden layers; none where it is not known."""
        run = self._known(lens.run) if lens else None
        return run.spec.hidden if run else ()

    def width(self, lens: Lens | None, layer: int) -> int:
        """Return how many neurons a hidden layer has; 0 where there is none."""
        layers = self.hidden(lens)
        return layers[layer].width if layer < len(layers) else 0

    def has(self, lens: Lens | None, neuron: Neuron) -> bool:
        """Return whether there is such a neuron."""
        return neuron.number < self.width(lens, neuron.layer)

    def is_map(self, lens: Lens | None, neuron: Neuron | None) -> bool:
        """Return whether it is a feature map of a convolution."""
        layers = self.hidden(lens)
        return (
            neuron is not None and neuron.layer < len(layers) and isinstance(layers[neuron.layer], ConvLayer)
        )

    # What changes them --------------------------------------------------------------------------------------------

    def _take_finish(self, message: RunFinished) -> None:
        if message.reason == "taught" and (run := self._runs.get(message.run)):
            run.spec = run.spec.but(epochs=message.epoch)  # it has no more to learn

    def note_live(self, run: str, changes: Mapping[str, float]) -> None:
        """Take in live settings that were handed to the engine, before it tells that it has taken them."""
        if known := self._runs.get(run):
            known.live |= changes

    def _known(self, run: str) -> Run | None:
        return self._runs.get(run) or self._removed.get(run)

    def _take_session(self, message: SessionOpened) -> None:
        before = frozenset(self._runs)
        self.sessions += 1
        self._runs = {summary.name: Run.of(summary) for summary in message.runs}
        self._removed.clear()
        self._tell(RunsChanged(added=frozenset(self._runs), removed=before))

    def _add(self, run: Run) -> None:
        self._runs[run.name] = run
        self._tell(RunsChanged(added=frozenset({run.name})))

    def _take_removal(self, message: RunRemoved) -> None:
        if self._remove(message.run):
            self._tell(RunsChanged(removed=frozenset({message.run})))

    def _remove(self, name: str) -> bool:
        run = self._runs.pop(name, None)
        if run is None:
            return False
        self._removed[name] = Run(look=run.look, spec=run.spec, steps_per_epoch=run.steps_per_epoch)
        return True

    def _take_together(self, message: RunsTogether) -> None:
        for summary in message.restored:
            self._runs[summary.name] = Run.of(summary)
        changes = [found for each in message.changed if (found := self._changed_by(each))]
        self._tell(
            RunsChanged(
                added=frozenset(summary.name for summary in message.restored),
                removed=frozenset(filter(self._remove, message.removed)),
                looks=frozenset[str]().union(*(each.looks for each in changes)),
                moments=frozenset[str]().union(*(each.moments for each in changes)),
            )
        )

    def _take_change(self, message: RunChanged) -> None:
        if changes := self._changed_by(message):
            self._tell(changes)

    def _changed_by(self, message: RunChanged) -> RunsChanged | None:
        """Take in what a run is like now, and return in what that is new; `None` where it is not."""
        run = self._runs.get(message.run)
        if run is None:
            return None
        before = run.look, run.steps, run.bookmarks, run.member
        run.look = replace(run.look, title=message.title, color=message.color, pinned=message.pinned)
        run.member = message.member
        run.replace(message.moments, message.bookmarks)
        name, none = frozenset({message.run}), frozenset[str]()
        looks = name if (run.look, run.member) != (before[0], before[3]) else none
        moments = name if (run.steps, run.bookmarks) != before[1:3] else none
        if not (looks or moments):
            return None
        return RunsChanged(looks=looks, moments=moments, first_moments=none if before[1] else moments)

    def _tell(self, changes: RunsChanged) -> None:
        if changes.added or changes.removed:
            self._by_age = None
        if changes.listed:
            self._groups = None
        self.changed.emit(changes)

    def _take_moment(self, message: MomentKept) -> None:
        if run := self._runs.get(message.run):
            is_first = not run.steps
            run.keep(message.step)
            if is_first:
                name = frozenset({message.run})
                self._tell(RunsChanged(moments=name, first_moments=name))

    def _take_steps(self, message: StepsDone) -> None:
        if run := self._runs.get(message.run):
            run.take_steps(message.so_far)
            run.changes += message.changes
            run.live |= {name: value for _, name, value in message.changes}

    def _take_epoch(self, message: EpochDone) -> None:
        if run := self._runs.get(message.run):
            run.take_test(message)

    def _take_tested(self, message: MomentTested) -> None:
        if run := self._runs.get(message.run):
            run.tested[message.tested.step] = message.tested
            self._tell(RunsChanged(tested=frozenset({message.run})))

    def _take_diagnosis(self, message: Diagnosis) -> None:
        if run := self._runs.get(message.run):
            run.diagnosis = message
