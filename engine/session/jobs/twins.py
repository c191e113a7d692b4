"""The job `split`: two runs that differ in one setting are trained in turns, as one job.

Each is an ordinary training, which knows nothing of the other: a run has the same figures, bit for bit, with a twin and
alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.core.errors import NotYetError
from engine.core.knobs import in_sentence
from engine.core.machine.device import Choice
from engine.core.messages import Changes, Job, Message
from engine.core.runner import failure_of
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.model.training.changed import Changed
from engine.model.training.learner import Learner
from engine.model.training.messages import (
    EpochDone,
    Member,
    MemoryAsked,
    Parent,
    RunFinished,
    RunStarted,
    StepsDone,
    TwinsStepped,
    TwinsTested,
)
from engine.model.training.room import question_of_both
from engine.model.training.run import Run
from engine.session.jobs.train import Beginning, FromInitialWeights, Training, learned_from, origin

if TYPE_CHECKING:
    from engine.session.session import Session


def split(
    session: Session,
    spec: TrainSpec,
    changed: Changed,
    parent: Parent | None = None,
    on: Choice = "auto",
    *,
    of: str = "",
    large: bool = False,
) -> Job:
    """Train two new runs, one with `spec` and its twin with one setting changed: the same seed, the same batches.

    They begin with initial weights, or with `parent` at that moment of another run, as in `train`. `of` names the run
    that they are twins of: they learn from its data, otherwise from those that are open, and without `parent` they
    begin as it did. They are one group of runs.

    The run that is behind, in epochs, has the next turn. Yields what `train` does, of both, as `TwinsStepped` and
    `TwinsTested` where the other one has come as far. Takes in what `train` does, and hands it to both; a new value of
    the changed setting to the changed twin alone. One that ends or fails does not end the other one: then a `JobFailed`
    and a `RunFinished` are told.
    Raises what `train` and `Changed.check` raise. The memory that is asked about is that of both.
    """
    trainings, asked = _trainings(session, spec, changed, parent, on, of)
    if asked and not large:
        return _ask(asked, spec, changed, parent, on, of)
    return _Turns(trainings, changed.setting).run()


def ask_first(
    session: Session,
    spec: TrainSpec,
    changed: Changed,
    parent: Parent | None = None,
    on: Choice = "auto",
    *,
    of: str = "",
) -> Job:
    """Do what `split` does before it begins, while another run is in memory, as `train.ask_first` does."""
    _, asked = _trainings(session, spec, changed, parent, on, of, is_only_asked=True)
    if asked:
        yield from _ask(asked, spec, changed, parent, on, of)


def _ask(asked: str, spec: TrainSpec, changed: Changed, parent: Parent | None, on: Choice, of: str) -> Job:
    yield MemoryAsked(sentence=asked, spec=spec, parent=parent, on=on, changed=changed, of=of)


def _trainings(
    session: Session,
    spec: TrainSpec,
    changed: Changed,
    parent: Parent | None,
    on: Choice,
    of: str,
    *,
    is_only_asked: bool = False,
) -> tuple[list[Training], str]:
    """Return both trainings, and what a person is to be asked about their memory: empty for nothing."""
    if parent is None and of:
        parent = beginning_of(session.run(of))
    changed.check(spec, on_the_way=parent is not None)
    group = _group(session, changed, of or (parent.run if parent else ""))
    trainings = []
    for number, each in enumerate((spec, changed.applied(spec))):
        if parent is not None:
            beginning: Beginning = origin(session, each, parent)
        else:
            beginning = FromInitialWeights(learned_from(session, session.run(of)) if of else session.data())
        twin = Twin(beginning, changed.title(each), Member(group, number))
        # Only asked: that one of them alone is too large is said of both together.
        trainings.append(Training(session, each, twin, on, large=True, is_only_asked=True))
    return trainings, question_of_both([each.needs for each in trainings], on, refuses=not is_only_asked)


def beginning_of(run: Run) -> Parent | None:
    """Return the moment that a run began with, where it went on from another one or was taught; else `None`."""
    if run.parent is not None:
        return Parent(run.name, run.step_at(run.parent.step))
    return Parent(run.name, min(run.moments)) if run.taught_from is not None else None


def _group(session: Session, changed: Changed, of: str) -> str:
    """Return a name that no other group of runs of the session has."""
    runs = (*session.runs.values(), *session.deleted.values())
    taken = {run.member.sweep for run in runs if run.member}
    name = f"Split{f' of {of}' if of else ''}: {in_sentence(changed.knob.title)}"
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(each for each in names if each not in taken)


@dataclass(frozen=True, slots=True)
class Twin:
    """Where a twin begins; its run gets a title and its place in the group, and its curves stay in the plots."""

    beginning: Beginning
    title: str
    member: Member

    @property
    def data(self) -> Dataset:
        """The data that it learns from."""
        return self.beginning.data

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has; 0: as many as the images fill."""
        return self.beginning.steps_per_epoch

    @property
    def step(self) -> int:
        """How many steps lie behind it."""
        return self.beginning.step

    @property
    def parent(self) -> Parent | None:
        """The moment that it goes on from."""
        return self.beginning.parent

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Let `run` begin, and be one of two."""
        self.beginning.hand_over(run, learner)
        run.title, run.member, run.pinned = self.title, self.member, True

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Nothing but the settings ends it."""
        return self.beginning.is_reached(learner, epoch)


@dataclass(slots=True, eq=False)
class _Going:
    """One of the two on its way."""

    job: Job
    run: str = ""
    is_on: bool = True
    is_begun: bool = False
    step: int = 0
    steps_per_epoch: int = 1
    tested: int = 0  # the last epoch that was tested
    changes: dict[str, float | str] = field(default_factory=dict)  # what it has not yet received

    @property
    def place(self) -> tuple[float, int]:
        """How far it is: epochs, and whether the last one was tested."""
        return self.step / self.steps_per_epoch, self.tested

    def next(self) -> Message | None:
        """Take a turn; raises what it raises."""
        changes, self.changes = (self.changes, {}) if self.is_begun else (None, self.changes)
        self.is_begun = True
        message = self.job.send(changes or None)
        if isinstance(message, RunStarted):
            self.run, self.steps_per_epoch = message.run, message.steps_per_epoch
        elif isinstance(message, StepsDone):
            self.step = message.last_step
        elif isinstance(message, EpochDone):
            self.tested = message.epoch
        return message


def _values(message: Message) -> dict[str, Any]:
    return {each.name: getattr(message, each.name) for each in dataclasses.fields(message)}


class _Turns:
    """Both trainings, and whose turn it is."""

    def __init__(self, trainings: Sequence[Training], setting: str) -> None:
        self._twins = [_Going(each.run()) for each in trainings]
        self._setting = setting
        self._steps_per_turn = 0.0
        self._turned: set[_Going] = set()
        """Which of them took steps since both did."""

    @property
    def _on(self) -> list[_Going]:
        return [twin for twin in self._twins if twin.is_on]

    def run(self) -> Job:
        with contextlib.ExitStack() as at_end:
            for twin in self._twins:
                at_end.callback(twin.job.close)
            for twin in self._twins:  # both are there before the first one is compiled, which takes a while
                yield from self._advance(twin, (RunStarted,))
            while self._on:
                yield from self._advance(self._next(), (StepsDone, EpochDone))

    def _next(self) -> _Going:
        """Return the one that is behind; where steps are taken singly, each takes one in turn."""
        on = self._on
        if self._steps_per_turn and self._turned:
            on = [twin for twin in on if twin not in self._turned] or on
        return min(on, key=lambda twin: twin.place)

    def _advance(self, twin: _Going, until: tuple[type[Message], ...]) -> Generator[Any, Any, None]:
        """Let one take turns until it has told that."""
        message = None
        while twin.is_on and not isinstance(message, until):
            try:
                message = twin.next()
            except (StopIteration, NotYetError):
                twin.is_on = False
            except Exception as error:
                twin.is_on = False
                if not self._on:
                    raise
                self._take((yield failure_of(error)))
                if twin.run:
                    self._take((yield RunFinished(run=twin.run, reason="failed", epoch=twin.tested)))
            else:
                self._take((yield self._leveled(twin, message)))

    def _leveled(self, twin: _Going, message: Message | None) -> Message | None:
        """Return what a twin tells, as what it is for both where each has done so by now."""
        if isinstance(message, StepsDone):
            self._turned.add(twin)
            if self._turned.issuperset(self._on):
                self._turned.clear()
                return TwinsStepped(**_values(message))
        elif isinstance(message, EpochDone) and all(each.tested >= message.epoch for each in self._on):
            return TwinsTested(**_values(message))
        return message

    def _take(self, changes: Changes | None) -> None:
        for name, value in (changes or {}).items():
            if name == "steps_per_turn":
                self._steps_per_turn = float(value)
            for twin in self._twins[1:] if name == self._setting else self._twins:
                twin.changes[name] = value
