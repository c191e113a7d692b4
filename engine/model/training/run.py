"""A run: its settings, its history, and the moments that were kept of it."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Collection, Iterator, KeysView, Mapping, MutableMapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.core.errors import NotYetError, UserError
from engine.core.example import Example
from engine.core.growing import Growing
from engine.core.lens import Weights
from engine.core.messages import read_only
from engine.core.numbers import accuracy_words, say_epoch
from engine.core.specs import TrainSpec
from engine.core.text import isolated
from engine.data.dataset import count_test_images
from engine.model.training.epochs import Epochs
from engine.model.training.messages import Member, Parent, RunChanged, RunSummary, Score, test_at

ENDED_EARLY = "Run {} was ended before its first snapshot, so there is nothing of it to look at."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The network and its optimiser as they stood after `step` steps. Arrays are read-only."""

    step: int
    weights: Weights
    optimizer: Weights

    @property
    def bytes(self) -> int:
        """How much room it takes."""
        return sum(array.nbytes for array in (*self.weights, *self.optimizer))


class LostMomentError(UserError):
    """A moment's weights in a file are no longer what they were. `moment` is the one, `file` is where it lies."""

    def __init__(self, sentence: str, *, moment: Unread | None = None, file: Path = Path()) -> None:
        super().__init__(sentence, hint="Look at another snapshot.")
        self.moment, self.file = moment, file


class Unread(Protocol):
    """A moment that lies in a file."""

    def read(self) -> Moment:
        """Return it; raise `UserError` when it cannot be read now, `LostMomentError` when it is damaged."""


class Moments(MutableMapping[int, Moment]):
    """The moments kept of a run, by step, in rising order. Those that lie in a file are read when asked for."""

    def __init__(self, kept: Mapping[int, Moment | Unread] | None = None) -> None:
        self._kept = dict(sorted((kept or {}).items()))
        self._in_memory = {step for step, each in self._kept.items() if isinstance(each, Moment)}

    def __getitem__(self, step: int) -> Moment:
        kept = self._kept[step]
        return kept if isinstance(kept, Moment) else kept.read()

    def __setitem__(self, step: int, moment: Moment | Unread) -> None:
        is_in_order = not self._kept or step in self._kept or step > self.newest
        self._kept[step] = moment
        if isinstance(moment, Moment):
            self._in_memory.add(step)
        else:
            self._in_memory.discard(step)
        if not is_in_order:
            self._kept = dict(sorted(self._kept.items()))

    def __delitem__(self, step: int) -> None:
        del self._kept[step]
        self._in_memory.discard(step)

    def __contains__(self, step: object) -> bool:
        return step in self._kept

    def __iter__(self) -> Iterator[int]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def keys(self) -> KeysView[int]:
        """Return the steps. They are compared before each write, so they are the dictionary's own."""
        return self._kept.keys()

    @property
    def in_memory(self) -> Set[int]:
        """The steps of those that are held here, not only by a file."""
        return self._in_memory

    @property
    def newest(self) -> int:
        """The last step of all; raises `StopIteration` when there is none."""
        return next(reversed(self._kept))

    def kept(self, step: int) -> Moment | Unread:
        """Return what is kept for `step`, without reading it."""
        return self._kept[step]


@dataclass(slots=True, kw_only=True)
class Run:
    """One training, from its first step on. Only the engine thread touches it."""

    name: str
    spec: TrainSpec
    steps_per_epoch: int
    title: str = ""
    color: int = 0
    pinned: bool = False
    """Whether its curves are shown behind those of the run that is looked at: only where a person wants that."""
    dataset: str = ""  # summary of the data that it learns from,
    fingerprint: str = ""  # ... what tells whether other data are the same,
    source: str = ""  # ... where they were: a path; empty for the embedded sample,
    shape: tuple[int, int] = (28, 28)  # ... the rows and columns of their images,
    classes: tuple[str, ...] = ()
    """... and the names of their classes; none where an older file does not tell them."""
    examples: tuple[Example, ...] = ()  # what a person brought into the data that it learns from,
    base: str = ""
    """... what tells whether data are those that they were added to; empty where there are no others, ..."""
    taught_from: Parent | None = None
    """... and the moment that it was taught from, whose network its first moment holds: with new outputs, perhaps."""
    parent: Parent | None = None
    optimizers: tuple[tuple[int, str], ...] = ()
    """Of the moments that it took over: up to which step they hold which optimiser's state."""
    started: float = field(default_factory=time.time)
    losses: Growing = field(init=False, repr=False)  # loss of every step, (steps,)
    norms: Growing = field(init=False, repr=False)  # gradient norms of the measured steps, (measured, layers)
    epochs: Epochs = field(default_factory=Epochs)
    tested: dict[int, Score] = field(default_factory=dict)
    """What tests of moments within an epoch found, by step: of the last one, where it was stopped there."""
    changes: list[tuple[int, str, float]] = field(default_factory=list)
    """Live knobs that were changed on the way: after which step, which one, to what."""
    moments: Moments = field(default_factory=Moments)
    bookmarks: dict[int, str] = field(default_factory=dict)  # names of moments, by step
    moment_bytes: int = 0  # how much room one of its moments takes
    deleted: bool = False
    member: Member | None = None  # where it belongs to a group: that of a sweep, or of an experiment
    is_beginning: bool = False
    """Whether a job of this session began it. A run that was read from a file without moments never gets any."""

    def __post_init__(self) -> None:
        self.losses, self.norms = Growing(), Growing(len(self.spec.hidden) + 1)

    @property
    def label(self) -> str:
        """Letter and title, as sentences name it: `B · no dropout`."""
        return f"{self.name} · {isolated(self.title)}" if self.title else self.name

    def moment(self, step: int | None) -> Moment:
        """Return the newest moment at or before `step`; the newest of all for `None`."""
        return self.moments[self.step_at(step)]

    def step_at(self, step: int | None) -> int:
        """Return the step of the newest moment at or before `step`, without reading it; the last for `None`.

        Where all are later, because earlier ones were given up, it is the first. Raises `NotYetError` where the first
        one is to come, and `UserError` where the run was ended before it.
        """
        if not self.moments:
            if self.is_beginning:
                raise NotYetError(f"Run {self.label} has no weights yet.")
            raise UserError(ENDED_EARLY.format(self.label), hint="Look at another run.")
        return max((kept for kept in self.moments if step is None or kept <= step), default=min(self.moments))

    def spec_at(self, step: int) -> TrainSpec:
        """Return the settings with which it went on after `step` steps: with the live ones changed by then."""
        changed = {name: value for when, name, value in self.changes if when <= step}
        return self.spec.but(**changed)

    def optimizer_at(self, step: int) -> str:
        """Return the optimiser whose state the moment at `step` holds: that of the run that has trained up to there."""
        return next((name for last, name in self.optimizers if step <= last), self.spec.optimizer)

    def optimizers_up_to(self, step: int) -> tuple[tuple[int, str], ...]:
        """Return the `optimizers` of a run that takes over the moments up to `step`."""
        before = tuple((last, name) for last, name in self.optimizers if last < step)
        return (*before, (step, self.optimizer_at(step)))

    def test_of(self, step: int) -> Score | None:
        """Return what a test of the network after exactly `step` steps found; `None` where there was none."""
        found = test_at(self.epochs, self.tested, step)
        return found if found and found.step == step else None

    @property
    def last_test(self) -> Score | None:
        """What the newest test found: at the last epoch's end, or where the run was stopped after it."""
        return test_at(self.epochs, self.tested)

    @property
    def test_images(self) -> int | None:
        """How many images it is tested on; `None` where nobody knows."""
        return count_test_images(self.dataset)

    def say_test(self) -> str:
        """Say what the newest test found: `97.41 % of 10,000 test images`, of earlier weights `... after epoch 14`."""
        found = self.last_test
        if found is None:
            return ""
        said = accuracy_words(found.accuracy, self.test_images)
        if found.step == max([len(self.losses), *self.moments]):
            return said
        return f"{said} after {say_epoch(found.step, self.steps_per_epoch).removesuffix('.0')}"

    def summary(self) -> RunSummary:
        """Return all that can be told of the run without its weights."""
        return RunSummary(
            name=self.name,
            title=self.title,
            color=self.color,
            pinned=self.pinned,
            spec=self.spec,
            dataset=self.dataset,
            fingerprint=self.fingerprint,
            classes=self.classes,
            steps_per_epoch=self.steps_per_epoch,
            parent=self.parent,
            taught_from=self.taught_from,
            started=self.started,
            epochs=tuple(self.epochs),
            tested=dict(self.tested),
            losses=read_only(self.losses.so_far),
            changes=tuple(self.changes),
            moments=tuple(self.moments),
            bookmarks=dict(self.bookmarks),
            member=self.member,
        )

    def changed(self) -> RunChanged:
        """Return the message that tells how the run is listed now."""
        return RunChanged(
            run=self.name,
            title=self.title,
            color=self.color,
            pinned=self.pinned,
            moments=tuple(self.moments),
            bookmarks=dict(self.bookmarks),
            member=self.member,
        )


class Runs(Protocol):
    """Where runs are found by name: a session."""

    def run(self, name: str) -> Run:
        """Return the run of that name; raise `NotYetError` when there is none."""


def is_kept(step: int, steps_per_epoch: int) -> bool:
    """Whether the moment after `step` steps is kept: 0, Fibonacci numbers in the first epoch, and every epoch's end.

    A network changes fastest in its first hundred steps, so there the moments stand closest.
    """
    if step % steps_per_epoch == 0:
        return True
    if step > steps_per_epoch:
        return False
    before, fibonacci = 1, 1
    while fibonacci < step:
        before, fibonacci = fibonacci, before + fibonacci
    return fibonacci == step


def thinned(runs: Mapping[str, Run], budget: int) -> list[tuple[str, int]]:
    """Return the moments, as (run, step), that have to be given up so that all take at most `budget` bytes.

    Those go first that leave the smallest gap on the time slider, whose scale is the square root of the step, so what
    remains stands evenly there. Never a run's first or last moment, nor one with a bookmark, nor one from which
    another run went on. What a run took over from its parent takes no room of its own.
    """
    if sum(run.moment_bytes * len(run.moments) for run in runs.values()) <= budget:
        return []
    needed: dict[str, set[int]] = {name: set(run.bookmarks) for name, run in runs.items()}
    for parent in (each for run in runs.values() for each in (run.parent, run.taught_from)):
        if parent and parent.run in needed:
            needed[parent.run].add(parent.step)
    own = {name: _Row(run, needed) for name, run in runs.items()}
    room = sum(runs[name].moment_bytes * len(row.after) for name, row in own.items())
    gaps = [(gap, name, step) for name, row in own.items() for step, gap in row.gaps()]
    heapq.heapify(gaps)
    given_up: list[tuple[str, int]] = []
    while room > budget and gaps:
        gap, name, step = heapq.heappop(gaps)
        if own[name].gap(step) != gap:
            continue  # it has grown since, and lies in the heap once more
        for neighbour in own[name].give_up(step):
            heapq.heappush(gaps, (own[name].gap(neighbour), name, neighbour))
        given_up.append((name, step))
        room -= runs[name].moment_bytes
    return given_up


class _Row:
    """The moments of a run that are its own, each linked to its neighbours."""

    def __init__(self, run: Run, needed: Mapping[str, Collection[int]]) -> None:
        """`needed`: the steps that must stay, by run."""
        shared = run.parent.step if run.parent and run.parent.run in needed else -1
        steps = [step for step in run.moments if step > shared]
        self._before = dict(zip(steps[1:], steps, strict=False))
        self.after = dict(itertools.zip_longest(steps, steps[1:]))
        self._protected = {*steps[:1], *steps[-1:], *needed[run.name]}

    def gap(self, step: int) -> float:
        """Return how large a gap it leaves, on the scale of the time slider; no number for one that is given up."""
        if step not in self.after:
            return math.nan
        after = self.after[step]
        assert after is not None  # the last one is protected
        return math.sqrt(after) - math.sqrt(self._before[step])

    def gaps(self) -> Iterator[tuple[int, float]]:
        """Yield each step that may be given up, with its gap."""
        return ((step, self.gap(step)) for step in self.after if step not in self._protected)

    def give_up(self, step: int) -> Iterator[int]:
        """Take a step out; yield those beside it that may be given up as well: their gaps have grown."""
        before, after = self._before.pop(step), self.after.pop(step)
        assert after is not None
        self._before[after], self.after[before] = before, after
        return (each for each in (before, after) if each not in self._protected)
