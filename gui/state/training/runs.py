"""The runs of the session: the window's one model, changed by the engine's messages.

The bridge creates it as its first listener, so a view that receives a message finds its effect here already.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Literal, NamedTuple, Protocol, Self

from PySide6.QtCore import QObject, Signal

from engine.core.frozen import Frozen
from engine.core.knobs import knobs
from engine.core.language import tr, tr_plural
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.layers.language import as_text
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Message
from engine.core.specs import LIVE, TrainSpec
from engine.core.text import clipped, isolated, say_after, say_epoch
from engine.model.training import messages
from engine.model.training.courses import Course, beyond_seed, differing
from engine.model.training.epochs import Epochs
from engine.model.training.health import diagnose
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import RunsTogether
from engine.studies.sweep.messages import RunGathered
from gui.look.percents import accuracy_words, fine_percent, span, spread

MOST_CHANGES = 10_000  # maximum number of live changes of a run that was read from a file: the last ones
SHORT = 14  # maximum number of letters of a title that is shown in place of the run's letter
LONGEST_TAG = 22  # maximum number of letters of a group's name at its curve


@dataclass(frozen=True, slots=True)
class RunLook:
    """Name, title and colour of a run, and whether it is pinned."""

    name: str
    title: str = ""
    color: int = 0  # number of its colour in the theme's `classes`
    pinned: bool = False  # whether its curves stay in the plots, behind those of the current run

    @property
    def label(self) -> str:
        """Letter and title: `B · no dropout`."""
        return f"{self.name} · {isolated(self.title)}" if self.title else self.name

    @property
    def tag(self) -> str:
        """The title if it is short, otherwise the letter."""
        return isolated(self.title) if 0 < len(self.title) <= SHORT else self.name


class LiveChange(NamedTuple):
    """A setting that was changed during a run: after which step, which one, from what to what."""

    step: int
    setting: str
    before: float
    after: float


@dataclass(slots=True, kw_only=True, eq=False)
class Run(messages.Trained):
    """A run, which the engine's messages change and views only read: look, settings, kept moments and tests."""

    look: RunLook
    spec: TrainSpec  # its settings at the start
    steps_per_epoch: int
    dataset: str = ""  # summary of the data that it learned from and was tested with
    # Names of the classes that it tells apart, as its session keeps them; empty if unknown.
    classes: tuple[str, ...] = ()
    fingerprint: str = ""  # identifies these data; empty if unknown
    parent: messages.Parent | None = None
    taught_from: messages.Parent | None = None
    # Current values of live settings that were changed during the run.
    live: dict[str, float] = field(default_factory=dict)
    # All such changes: after which step, which setting, to what.
    changes: list[tuple[int, str, float]] = field(default_factory=list)
    newest: int = 0  # the newest step; at or after the last of `steps`
    steps: list[int] = field(default_factory=list)  # the kept moments, rising: the steps after which weights were kept
    bookmarks: dict[int, str] = field(default_factory=dict)  # names of moments, by step
    member: messages.Member | None = None  # its place in a group
    losses: Array = field(default_factory=lambda: np.zeros(0, np.float32))  # of every step, (steps,), read-only
    epochs: Epochs = field(default_factory=Epochs)
    tested: dict[int, messages.Score] = field(default_factory=dict)  # the tests of moments within an epoch, by step
    # The best epoch, chosen on the validation images, or on the test images if there are none.
    best: messages.EpochDone | None = None
    diagnosis: messages.Diagnosis | None = None
    # Whether it started in this window: then its first moment is still to come if there is none.
    is_beginning: bool = False

    @classmethod
    def started_by(cls, message: messages.RunStarted) -> Self:
        """Return a run that has just started, or continues from another one's snapshot."""
        if message.resumed is not None:
            run = cls.of(message.resumed)
            run.spec, run.is_beginning = message.spec, True
            return run
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
    def of(cls, summary: messages.RunSummary) -> Self:
        """Return a run from its summary, as if its training had been observed."""
        run = cls(
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
        run.replace(summary.moments, summary.bookmarks)
        for done in summary.epochs:
            run.take_test(done)
        run.newest = max(run.newest, len(summary.losses))
        if summary.epochs:
            finite = all(done.finite for done in summary.epochs) and bool(np.isfinite(summary.losses).all())
            run.diagnosis = diagnose(
                summary.name, summary.spec, run.epochs, changes=summary.changes, finite=finite, moments=summary.moments
            )
        return run

    @property
    def name(self) -> str:
        """Its letter, which never changes."""
        return self.look.name

    @property
    def begins_on_the_way(self) -> bool:
        """Whether its first weights were those of another run, which it continues or was taught from."""
        return bool(self.parent or self.taught_from)

    @property
    def broke(self) -> bool:
        """Whether its last loss is NaN or infinite."""
        return bool(len(self.losses)) and not math.isfinite(self.losses[-1])

    @property
    def end(self) -> int:
        """The last step by its settings, or the newest one if that is later; at least 1."""
        return max(1, self.spec.epochs * self.steps_per_epoch, self.newest)

    @property
    def position(self) -> float:
        """The newest step, in epochs."""
        return self.newest / self.steps_per_epoch

    def take_steps(self, losses: Array) -> None:
        self.losses = losses
        self.newest = max(self.newest, len(losses))

    def take_test(self, done: messages.EpochDone) -> None:
        self.epochs.append(done)
        self.newest = max(self.newest, done.step)
        self.best = messages.better(self.best, done)

    def replace(self, steps: Iterable[int], bookmarks: Mapping[int, str]) -> None:
        self.steps, self.bookmarks = sorted(steps), dict(bookmarks)
        self.newest = max([self.newest, *self.steps[-1:]])

    def keep(self, step: int) -> None:
        if not self.holds(step):
            insort(self.steps, step)
        self.newest = max(self.newest, step)

    def holds(self, step: int) -> bool:
        place = bisect_left(self.steps, step)
        return place < len(self.steps) and self.steps[place] == step

    def kept_at(self, step: int | None) -> int:
        """Return the last moment at or before `step`, the newest for `None`; the first if all are later."""
        return self.steps[-1 if step is None else max(0, bisect_right(self.steps, step) - 1)]

    def nearest(self, step: float) -> int | None:
        place = bisect_left(self.steps, step)
        around = self.steps[max(0, place - 1) : place + 1]
        return min(around, key=lambda moment: abs(moment - step), default=None)

    def beside(self, step: int, count: int) -> int | None:
        """Return the moment `count` places after `step` (before, if negative), or the last one in that direction.

        `step` itself need not be kept. `None` if there is no moment in that direction.
        """
        if count < 0:
            earlier = self.steps[: bisect_left(self.steps, step)]
            return earlier[max(count, -len(earlier))] if earlier else None
        later = self.steps[bisect_right(self.steps, step) :]
        return later[min(count, len(later)) - 1] if later else None

    def bookmark_beside(self, step: int, *, forwards: bool) -> int | None:
        """Return the nearest moment with a name after `step`, or before it; `None` if there is none."""
        if forwards:
            return min((moment for moment in self.bookmarks if moment > step), default=None)
        return max((moment for moment in self.bookmarks if moment < step), default=None)

    def looked_at(self, step: int) -> int:
        """Return the step of the weights that a view of `step` shows: the newest moment until then."""
        return self.kept_at(step) if self.steps else step

    def test_at(self, step: float) -> messages.Score | None:
        """Return the newest test at or before `step`; `None` before the first."""
        return messages.test_at(self.epochs, self.tested, step)

    def shown_test(self, step: int) -> messages.Score | None:
        """Return the test of the weights that a view of `step` shows, else the newest test before `step`."""
        test = self.test_at(self.looked_at(step))
        return test if test and test.step == self.looked_at(step) else self.test_at(step)

    def lacks_test(self, step: int) -> bool:
        test = self.shown_test(step)
        return test is None or test.step not in (step, self.looked_at(step))

    def spec_from(self, step: int) -> TrainSpec:
        """Return the settings of a run that continues this one from a step, with epochs left."""
        spec = self.spec.but(**{name: value for when, name, value in self.changes if when <= step})
        return with_epochs_left(spec, step / self.steps_per_epoch)

    def titles(self) -> dict[int, str]:
        """Return the titles of its moments, by step: their names, else their epochs."""
        return {
            step: tr("the start") if step == 0 else isolated(self.bookmarks.get(step, "")) or self.say_epoch(step)
            for step in self.steps
        }

    def say_epoch(self, step: int) -> str:
        """Return `step` in epochs: `epoch 1.6`."""
        return say_epoch(step, self.steps_per_epoch)

    @property
    def ending(self) -> Literal["broke", "done", "reached", "stopped"]:
        """How the run ended, or stands."""
        if self.broke or (self.epochs and not self.epochs[-1].finite):
            return "broke"
        if self.newest >= self.spec.epochs * self.steps_per_epoch:
            return "done"
        return "reached" if self.epochs and 0 < self.spec.stop_at <= self.epochs[-1].judged else "stopped"

    def say_end(self) -> str:
        """Return how the run ended, to follow its name: `is done`, `stopped at epoch 1.6 of 40`."""
        # Translators: “run A” or “run A:” stands before how it ended.
        match self.ending:
            case "broke":
                return tr("broke: its weights are NaN or infinite")
            case "done":
                return tr("is done")
            case "reached":
                return tr("reached its accuracy")
        if not self.dataset and not self.newest:
            return tr("was opened from a file")
        epoch = self.say_epoch(self.newest)
        return tr("stopped at {epoch} of {epochs:,}", epoch=epoch, epochs=self.spec.epochs)

    def say_share(self, step: int) -> str:
        """Return the test accuracy of the weights that a view of `step` shows: `97.41 %`.

        If they were not tested, that of earlier ones: `97.20 % after epoch 14`. Empty before the first test.
        """
        if (test := self.shown_test(step)) is None:
            return ""
        share = fine_percent(test.accuracy, self.test_images)
        return f"{share} {self.say_after(test)}" if self.lacks_test(step) else share

    def say_short(self, step: int) -> str:
        """Return the same in short: `97.41 % of 10,000`, or `97.20 %, epoch 14`."""
        if (test := self.shown_test(step)) is None:
            return ""
        share = fine_percent(test.accuracy, self.test_images)
        if self.lacks_test(step):
            return f"{share}, {say_epoch(test.step, self.steps_per_epoch, short=True)}"
        if self.test_images is None:
            return tr("{share} accuracy", share=share)
        return tr("{share} of {images:,}", share=share, images=self.test_images)

    def say_accuracy(self, step: int) -> str:
        """Return the same with the number of images: `97.41 % of 10,000 test images`."""
        if (test := self.shown_test(step)) is None:
            return ""
        words = accuracy_words(test.accuracy, self.test_images)
        return f"{words} {self.say_after(test)}" if self.lacks_test(step) else words

    def say_after(self, test: messages.Score) -> str:
        """Return which weights were tested: `after epoch 14`."""
        return say_after(test.step, self.steps_per_epoch)

    def say_best(self) -> str:
        """Return the best epoch with its test accuracy: `best, epoch 32, chosen on the test images: 98.08 %`."""
        if self.best is None:
            return ""
        return f"{messages.say_best(self.best)}: {fine_percent(self.best.test_accuracy, self.test_images)}"

    def say(self, step: int) -> str:
        """Return all in one line, with its bookmark: `epoch 7.0 · step 3,850 · 97.41 % of 10,000 test images`."""
        name, accuracy = isolated(self.bookmarks.get(step, "")), self.say_accuracy(step)
        return " · ".join(filter(None, (name, self.say_epoch(step), tr("step {step:,}", step=step), accuracy)))


@dataclass(frozen=True)
class Group:
    """Two or more runs of a sweep or an experiment, in the order of their numbers there.

    It is derived from what its runs say they are members of: the file and the engine know no groups, so deleting,
    restoring and copying runs need not either.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def color(self) -> int:
        return self.runs[0].look.color

    @property
    def pinned(self) -> bool:
        return any(run.look.pinned for run in self.runs)

    @property
    def tag(self) -> str:
        return isolated(clipped(self.name, LONGEST_TAG - 1))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(run.name for run in self.runs)

    @property
    def over(self) -> Mapping[str, Sequence[Course]]:
        """The settings in which its runs differ, by name, each with its courses in the order of the runs."""
        return differing(self.runs)


class FinalAccuracy(NamedTuple):
    """The test accuracy of several runs at their end."""

    said: str  # mean and standard deviation of repetitions, `98.02 ± 0.11 %`; the range of others, `97.02 to 98.30 %`
    span: str  # the range; empty if no run was tested
    # What those runs differ in besides their seed, in words: then they are no repetitions, and have no mean.
    unlike: Sequence[str]


def final_accuracy(runs: Iterable[Run]) -> FinalAccuracy:
    """Return the last test accuracy of the runs that were tested."""
    tested = [(run, test.accuracy) for run in runs if (test := run.last_test)]
    shares = np.array([share for _, share in tested])
    unlike, reach = beyond_seed([run for run, _ in tested]), span(shares)
    return FinalAccuracy(reach if unlike else spread(shares), reach, unlike)


def say_test_images(run: Run) -> str:
    """Return the number of a run's test images: `10,000 test images`."""
    if run.test_images is None:
        return tr("the test images")
    return tr_plural("{count:,} test image", "{count:,} test images", run.test_images)


def age(run: Run) -> tuple[int, str]:
    """Return a sort key from the oldest to the newest run: A, B, ... Z, AA."""
    return len(run.name), run.name


def with_epochs_left(spec: TrainSpec, behind: float) -> TrainSpec:
    """Return settings with more epochs than `behind`: their epochs are added to those unless they are more already."""
    if spec.epochs > behind:
        return spec
    most = int(knobs(TrainSpec)["epochs"].maximum or spec.epochs)
    return spec.but(epochs=min(most, math.ceil(behind) + spec.epochs))


def trains_alike(run: Run, other: Run) -> bool:
    """Return whether a run that has just started comes out as `other`, which was trained from its start to its end."""
    if run.begins_on_the_way or other.begins_on_the_way or other.changes:
        return False
    is_whole = other.ending != "stopped"
    return is_whole and (run.spec, run.fingerprint, run.dataset) == (other.spec, other.fingerprint, other.dataset)


def what_differs(one: Run | messages.RunSummary, other: Run | messages.RunSummary) -> str:
    """Return why the weights of two runs cannot be mixed, to follow `they have different`; empty if they can.

    The engine decides by the weights themselves (`are_alike`), and may find more if classes are unknown.
    """
    if as_text(one.spec.network) != as_text(other.spec.network):
        return tr("layers")
    counts = {len(run.classes) for run in (one, other) if run.classes}
    return tr("numbers of classes") if len(counts) > 1 else ""


class RunsChanged(Frozen):
    """Which runs a message changed, by name, and how. Another session removes all runs and adds its own."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()  # another title or colour, pinned or not, in a group or not
    # Moments or their names were replaced, or the first one was kept: `MomentKept` reports those after it.
    moments: frozenset[str] = frozenset()
    first_moments: frozenset[str] = frozenset()  # those of `moments` that have weights for the first time
    # A moment within an epoch was tested: `EpochDone` reports tests at an epoch's end.
    tested: frozenset[str] = frozenset()

    @property
    def appeared(self) -> frozenset[str]:
        """Runs that can be selected now, and could not before."""
        return self.added | self.first_moments

    @property
    def listed(self) -> frozenset[str]:
        return self.added | self.removed | self.looks | self.tested


class Listen(Protocol):
    """The bridge's `listen`, without the bridge, which makes the runs."""

    def __call__[M: Message](self, message_class: type[M], listener: Callable[[M], None], /) -> None: ...


class Runs(QObject):
    """The runs of the session by name, in the order in which they came; removed ones can still be named.

    Steps, epochs and moments after the first are not signalled, because they come many times a second: a view that
    follows them listens to their messages, and finds them here then.
    """

    changed = Signal(object)  # carries `RunsChanged`, before the message is passed to any view

    def __init__(self, parent: QObject, listen: Listen) -> None:
        super().__init__(parent)
        self._runs: dict[str, Run] = {}
        self._by_age: list[Run] | None = None
        self._groups: dict[str, Group] | None = None  # a cache of `groups`
        # Names and settings of removed runs: a lens may still show one, and results are named after it.
        self._removed: dict[str, Run] = {}
        self.sessions = 0  # number of sessions opened so far
        listen(SessionOpened, self._take_session)
        listen(messages.RunStarted, lambda message: self._add(Run.started_by(message)))
        listen(RunGathered, lambda message: self._add(Run.of(message.summary)))
        listen(RunsTogether, self._take_together)
        listen(messages.RunChanged, lambda message: self._take_together(RunsTogether(changed=(message,))))
        listen(messages.MomentKept, self._take_moment)
        listen(messages.StepsDone, self._take_steps)
        listen(messages.EpochDone, self._take_epoch)
        listen(messages.MomentTested, self._take_tested)
        listen(messages.Diagnosis, self._take_diagnosis)
        listen(messages.RunFinished, self._take_finish)

    def __contains__(self, run: str) -> bool:
        return run in self._runs

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs.values())

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, run: str) -> Run:
        return self._runs[run]

    def get(self, run: str) -> Run | None:
        return self._runs.get(run)

    def by_age(self) -> list[Run]:
        if self._by_age is None:
            self._by_age = sorted(self._runs.values(), key=age)
        return list(self._by_age)

    def newest(self) -> Run | None:
        runs = self.by_age()
        return runs[-1] if runs else None

    def pinned(self) -> list[Run]:
        return [run for run in self.by_age() if run.look.pinned]

    def groups(self) -> Mapping[str, Group]:
        if self._groups is None:
            members = defaultdict[str, list[tuple[int, Run]]](list)
            for run in self.by_age():
                if run.member:
                    members[run.member.sweep].append((run.member.number, run))
            self._groups = {
                name: Group(name, tuple(run for _, run in sorted(runs, key=itemgetter(0))))
                for name, runs in members.items()
                if len(runs) > 1
            }
        return self._groups

    def group_of(self, run: Run | None) -> Group | None:
        return self.groups().get(run.member.sweep) if run and run.member else None

    def look(self, run: str) -> RunLook:
        """Return the look of a run, also of a removed one; an unknown one has only its letter."""
        known = self._known(run)
        return known.look if known else RunLook(run)

    def label(self, run: str) -> str:
        return self.look(run).label

    def looks(self) -> dict[str, RunLook]:
        return {name: run.look for name, run in self._runs.items()}

    def live_changes(self, run: Run) -> list[LiveChange]:
        """Return the live settings' changes up to a run's end, by step: its own after those of the run it continues."""
        line, known = [run], {run.name}
        while (parent := line[-1].parent) and parent.run in self._runs and parent.run not in known:
            known.add(parent.run)
            line.append(self._runs[parent.run])
        line.reverse()
        ends = [child.parent.step for child in line[1:] if child.parent] + [line[-1].end]
        now = {name: float(getattr(line[0].spec, name)) for name in LIVE}
        changes: list[LiveChange] = []
        begin = 0
        for part, end in zip(line, ends, strict=True):
            settings = [(begin, name, float(getattr(part.spec, name))) for name in LIVE]
            own = sorted((change for change in part.changes if change[0] <= end), key=itemgetter(0))
            for step, name, value in (*settings, *own):
                if now[name] != value:
                    changes.append(LiveChange(max(step, begin), name, now[name], value))
                    now[name] = value
            begin = end
        return changes

    def seen(self, lens: Lens | None) -> Run | None:
        return self._runs.get(lens.run) if lens else None

    def is_known(self, lens: Lens | None) -> bool:
        return lens is not None and self._known(lens.run) is not None

    def content(self, lens: Lens | None) -> Lens | None:
        """Return the lens with each snapshot by its step, and without changes and networks that have no effect.

        Lenses with the same content show the same network: *Latest*, say, and a snapshot at the same step. Results for
        one hold for the other, and only a name is new. `None` if there are no weights.
        """
        run = self.seen(lens)
        if lens is None or run is None or not run.steps:
            return None
        others = [(share, other) for share in lens.mixed if share.weight and (other := self.get(share.run))]
        return Lens(
            run.name,
            run.kept_at(lens.moment),
            lens.silenced,
            frozenset(change for change in lens.adjusted if Neuron(change.layer, change.number) not in lens.silenced),
            tuple(share._replace(moment=other.kept_at(share.moment)) for share, other in others if other.steps),
        )

    def is_unborn(self, lens: Lens | None) -> bool:
        run = self.seen(lens)
        return run is not None and run.is_beginning and not run.steps

    def hidden(self, lens: Lens | None) -> tuple[HiddenLayer, ...]:
        run = self._known(lens.run) if lens else None
        return run.spec.hidden if run else ()

    def width(self, lens: Lens | None, layer: int) -> int:
        """Return the number of neurons in a hidden layer; 0 if there is no such layer."""
        layers = self.hidden(lens)
        return layers[layer].width if layer < len(layers) else 0

    def has(self, lens: Lens | None, neuron: Neuron) -> bool:
        return neuron.number < self.width(lens, neuron.layer)

    def is_map(self, lens: Lens | None, neuron: Neuron | None) -> bool:
        layers = self.hidden(lens)
        return neuron is not None and neuron.layer < len(layers) and isinstance(layers[neuron.layer], ConvLayer)

    def _take_finish(self, message: messages.RunFinished) -> None:
        if message.reason == "taught" and (run := self._runs.get(message.run)):
            run.spec = run.spec.but(epochs=message.epoch)  # nothing is left to learn

    def signal_all(self) -> None:
        """Signal the runs again, for views that were added after they had come."""
        self._tell(RunsChanged(added=frozenset(self._runs)))

    def note_live(self, run: str, changes: Mapping[str, float]) -> None:
        """Set live settings that were sent to the engine, before it reports that it uses them."""
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

    def _remove(self, name: str) -> bool:
        if (run := self._runs.pop(name, None)) is None:
            return False
        self._removed[name] = Run(look=run.look, spec=run.spec, steps_per_epoch=run.steps_per_epoch)
        return True

    def _take_together(self, message: RunsTogether) -> None:
        for summary in message.restored:
            self._runs[summary.name] = Run.of(summary)
        removed = frozenset(filter(self._remove, message.removed))
        looks, moments, first_moments = set[str](), set[str](), set[str]()
        for change in message.changed:
            run = self._runs.get(change.run)
            if run is None:
                continue
            before = run.look, run.member, run.steps, run.bookmarks
            run.look = replace(run.look, title=change.title, color=change.color, pinned=change.pinned)
            run.member = change.member
            run.replace(change.moments, change.bookmarks)
            if (run.look, run.member) != before[:2]:
                looks.add(run.name)
            if (run.steps, run.bookmarks) != before[2:]:
                moments.add(run.name)
                if not before[2]:
                    first_moments.add(run.name)
        changes = RunsChanged(
            added=frozenset(summary.name for summary in message.restored),
            removed=removed,
            looks=frozenset(looks),
            moments=frozenset(moments),
            first_moments=frozenset(first_moments),
        )
        if changes != RunsChanged():
            self._tell(changes)

    def _tell(self, changes: RunsChanged) -> None:
        if changes.added or changes.removed:
            self._by_age = None
        if changes.listed:
            self._groups = None
        self.changed.emit(changes)

    def _take_moment(self, message: messages.MomentKept) -> None:
        if run := self._runs.get(message.run):
            is_first = not run.steps
            run.keep(message.step)
            if is_first:
                name = frozenset({message.run})
                self._tell(RunsChanged(moments=name, first_moments=name))

    def _take_steps(self, message: messages.StepsDone) -> None:
        if run := self._runs.get(message.run):
            run.take_steps(message.so_far)
            run.changes += message.changes
            run.live |= {name: value for _, name, value in message.changes}

    def _take_epoch(self, message: messages.EpochDone) -> None:
        if run := self._runs.get(message.run):
            run.take_test(message)

    def _take_tested(self, message: messages.MomentTested) -> None:
        if run := self._runs.get(message.run):
            run.tested[message.tested.step] = message.tested
            self._tell(RunsChanged(tested=frozenset({message.run})))

    def _take_diagnosis(self, message: messages.Diagnosis) -> None:
        if run := self._runs.get(message.run):
            run.diagnosis = message
