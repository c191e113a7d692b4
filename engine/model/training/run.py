"""A run: its settings, its history, and its moments."""

import heapq
import itertools
import math
import time
from collections.abc import Collection, Iterator, KeysView, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.core.errors import NotYetError, UserError
from engine.core.example import Example
from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.layers.plan import Plan
from engine.core.lens import Weights
from engine.core.messages import read_only
from engine.core.specs import TrainSpec
from engine.core.text import accuracy_words, isolated, say_after
from engine.model.training.epochs import Epochs, Growing
from engine.model.training.messages import Member, Parent, RunChanged, RunSummary, Score, Trained, test_at

ENDED_EARLY = mark("Run {run} was ended before its first snapshot, so there is nothing of it to look at.")


class Moment(Frozen):
    """The network and its optimiser after `step` steps. Arrays are read-only."""

    step: int
    weights: Weights
    optimizer: Weights

    @property
    def bytes(self) -> int:
        """Its size in memory."""
        return sum(array.nbytes for array in (*self.weights, *self.optimizer))


class Unread(Protocol):
    """A moment in a file."""

    def read(self) -> Moment:
        """Return it; raise `UserError` when it cannot be read now, `LostMomentError` when it is damaged."""


class LostMomentError(UserError):
    """The weights of a `moment` in a `file` are damaged."""

    def __init__(self, sentence: str, *, moment: Unread | None = None, file: Path = Path()) -> None:
        super().__init__(sentence, hint=tr("Look at another snapshot."))
        self.moment, self.file = moment, file


class Moments(MutableMapping[int, Moment]):
    """The moments of a run by step, ascending. Those in a file are read on access."""

    def __init__(self, moments: Mapping[int, Moment | Unread] | None = None) -> None:
        self._kept = dict(sorted((moments or {}).items()))
        # The steps of the moments in memory, not only in a file.
        self.in_memory = {step for step, moment in self._kept.items() if isinstance(moment, Moment)}

    def __getitem__(self, step: int) -> Moment:
        moment = self._kept[step]
        return moment if isinstance(moment, Moment) else moment.read()

    def __setitem__(self, step: int, moment: Moment | Unread) -> None:
        is_in_order = not self._kept or step in self._kept or step > self.newest
        self._kept[step] = moment
        if isinstance(moment, Moment):
            self.in_memory.add(step)
        else:
            self.in_memory.discard(step)
        if not is_in_order:
            self._kept = dict(sorted(self._kept.items()))

    def __delitem__(self, step: int) -> None:
        del self._kept[step]
        self.in_memory.discard(step)

    def __contains__(self, step: object) -> bool:
        return step in self._kept

    def __iter__(self) -> Iterator[int]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def keys(self) -> KeysView[int]:
        """Return the steps: the dictionary's own view, as they are compared before each write."""
        return self._kept.keys()

    @property
    def newest(self) -> int:
        """The last step; raises `StopIteration` when there is none."""
        return next(reversed(self._kept))

    def kept(self, step: int) -> Moment | Unread:
        """Return the moment at `step` without reading it."""
        return self._kept[step]


@dataclass(slots=True, kw_only=True)
class Run(Trained):
    """One training, from its first step on. Only the engine thread touches it."""

    name: str
    spec: TrainSpec
    steps_per_epoch: int
    title: str = ""
    color: int = 0
    pinned: bool = False  # whether its curves stay in the plots, behind the current run's
    dataset: str = ""  # of the data that it learns from: their summary,
    fingerprint: str = ""  # ... their fingerprint,
    source: str = ""  # ... their path, empty for the embedded sample,
    shape: tuple[int, int] = (28, 28)  # ... the rows and columns of their images,
    classes: tuple[str, ...] = ()  # ... and the names of their classes; older files have none
    examples: tuple[Example, ...] = ()  # a person's examples in these data,
    base: str = ""  # ... the fingerprint of the data that they were added to; empty for none,
    taught_from: Parent | None = None  # ... and the moment whose network, perhaps with new outputs, is its first
    parent: Parent | None = None
    # Of the moments that it took over: (last step, optimiser whose state they have).
    optimizers: tuple[tuple[int, str], ...] = ()
    started: float = field(default_factory=time.time)
    losses: Growing = field(init=False, repr=False)  # of every step, (steps,)
    norms: Growing = field(init=False, repr=False)  # gradient norms of the measured steps, (measured, layers)
    epochs: Epochs = field(default_factory=Epochs)
    tested: dict[int, Score] = field(default_factory=dict)  # tests of moments within an epoch, by step
    changes: list[tuple[int, str, float]] = field(default_factory=list)  # live: (step, setting, value)
    moments: Moments = field(default_factory=Moments)
    bookmarks: dict[int, str] = field(default_factory=dict)  # names of moments, by step
    moment_bytes: int = 0  # size of one of its moments
    deleted: bool = False
    member: Member | None = None  # its place in a group
    # Whether a job of this session started it: a run from a file without moments never gets any.
    is_beginning: bool = False

    def __post_init__(self) -> None:
        self.losses, self.norms = Growing(), Growing(len(self.spec.hidden) + 1)

    @property
    def label(self) -> str:
        """Letter and title, as sentences name it: `B · no dropout`."""
        return f"{self.name} · {isolated(self.title)}" if self.title else self.name

    def plan_of(self, weights: Weights) -> Plan:
        """Return the plan of its network with these weights, which say how many classes there are."""
        return self.spec.plan(self.shape, len(weights[-1]))

    def moment(self, step: int | None) -> Moment:
        """Return the newest moment at or before `step`; for `None`, the newest of all."""
        return self.moments[self.step_at(step)]

    def check_kept(self, step: int) -> None:
        """Raise `UserError` without a moment at exactly that step."""
        if step not in self.moments:
            raise UserError(
                tr("Run {run} has no snapshot at step {step:,}.", run=self.label, step=step),
                hint=tr("Choose another snapshot."),
            )

    def step_at(self, step: int | None) -> int:
        """Return the step of the newest moment at or before `step`, or the first; without reading it. `None`: the last.

        Raises `NotYetError` if the first one is still to come, and `UserError` if the run was ended before it.
        """
        if step is not None and step in self.moments:  # nearly always, and a long run has thousands of others
            return step
        if not self.moments:
            if self.is_beginning:
                raise NotYetError(tr("Run {run} has no weights yet.", run=self.label))
            raise UserError(tr(ENDED_EARLY, run=self.label), hint=tr("Look at another run."))
        return max((moment for moment in self.moments if step is None or moment <= step), default=min(self.moments))

    def spec_at(self, step: int) -> TrainSpec:
        """Return the settings after `step` steps, with the live ones as changed by then."""
        return self.spec.but(**{name: value for when, name, value in self.changes if when <= step})

    def optimizer_at(self, step: int) -> str:
        """Return the optimiser whose state the moment at `step` has: that of the run that trained it."""
        return next((name for last, name in self.optimizers if step <= last), self.spec.optimizer)

    def optimizers_up_to(self, step: int) -> tuple[tuple[int, str], ...]:
        """Return the `optimizers` of a run that takes over the moments up to `step`."""
        before = tuple((last, name) for last, name in self.optimizers if last < step)
        return (*before, (step, self.optimizer_at(step)))

    def test_of(self, step: int) -> Score | None:
        """Return the test of the network after exactly `step` steps; `None` where there is none."""
        test = test_at(self.epochs, self.tested, step)
        return test if test and test.step == step else None

    def say_test(self) -> str:
        """Return the newest test in words: `97.41 % of 10,000 test images`, perhaps with `after epoch 14`."""
        test = self.last_test
        if test is None:
            return ""
        words = accuracy_words(test.accuracy, self.test_images)
        if test.step == max([len(self.losses), *self.moments]):
            return words
        return f"{words} {say_after(test.step, self.steps_per_epoch)}"

    def summary(self) -> RunSummary:
        """Return the run without its weights."""
        own = {name: getattr(self, name) for name in RunSummary.__dataclass_fields__}
        # Copied, because they grow.
        copies = {
            **{name: tuple(own[name]) for name in ("epochs", "changes", "moments")},
            **{name: dict(own[name]) for name in ("tested", "bookmarks")},
            "losses": read_only(self.losses.so_far),
        }
        return RunSummary(**own | copies)

    def changed(self) -> RunChanged:
        """Return the message with the run's current entry in lists."""
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
    """Runs by name: a session."""

    def run(self, name: str) -> Run:
        """Return the run of that name; raise `NotYetError` when there is none."""


def is_kept(step: int, steps_per_epoch: int) -> bool:
    """Whether the moment after `step` steps is kept: 0, Fibonacci numbers in the first epoch, and every epoch's end."""
    # A network changes most in its first hundred steps, so the moments are densest there.
    if step % steps_per_epoch == 0:
        return True
    if step > steps_per_epoch:
        return False
    before, fibonacci = 1, 1
    while fibonacci < step:
        before, fibonacci = fibonacci, before + fibonacci
    return fibonacci == step


def thinned(runs: Mapping[str, Run], budget: int) -> list[tuple[str, int]]:
    """Return the moments, as (run, step), that have to be dropped so that all take at most `budget` bytes.

    Those with the smallest gap on the time slider go first, whose scale is the square root of the step. A run's first
    and last moment stays, and so does one with a bookmark or from which another run continued. Moments that a run took
    over from its parent take no memory.
    """
    if sum(run.moment_bytes * len(run.moments) for run in runs.values()) <= budget:
        return []
    needed: dict[str, set[int]] = {name: set(run.bookmarks) for name, run in runs.items()}
    for parent in (parent for run in runs.values() for parent in (run.parent, run.taught_from)):
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
            continue  # the gap has grown since, and is in the heap again
        for neighbour in own[name].give_up(step):
            heapq.heappush(gaps, (own[name].gap(neighbour), name, neighbour))
        given_up.append((name, step))
        room -= runs[name].moment_bytes
    return given_up


class _Row:
    """The moments of a run that are its own, as a linked list."""

    def __init__(self, run: Run, needed: Mapping[str, Collection[int]]) -> None:
        """`needed` are the steps that must stay, by run."""
        shared = run.parent.step if run.parent and run.parent.run in needed else -1
        steps = [step for step in run.moments if step > shared]
        self._before = dict(zip(steps[1:], steps, strict=False))
        self.after = dict(itertools.zip_longest(steps, steps[1:]))
        self._protected = {*steps[:1], *steps[-1:], *needed[run.name]}

    def gap(self, step: int) -> float:
        """Return the gap that its removal leaves on the scale of the time slider; NaN for a removed one."""
        if step not in self.after:
            return math.nan
        after = self.after[step]
        assert after is not None  # the last one is protected
        return math.sqrt(after) - math.sqrt(self._before[step])

    def gaps(self) -> Iterator[tuple[int, float]]:
        """Yield each step that may be removed, with its gap."""
        return ((step, self.gap(step)) for step in self.after if step not in self._protected)

    def give_up(self, step: int) -> Iterator[int]:
        """Remove a step; yield its neighbours that may be removed as well, whose gaps have grown."""
        before, after = self._before.pop(step), self.after.pop(step)
        assert after is not None
        self._before[after], self.after[before] = before, after
        return (neighbour for neighbour in (before, after) if neighbour not in self._protected)
