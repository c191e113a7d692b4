"""What the window knows of the training job: one state, shared by the transport bar, the menus and the Train tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.core.messages import Job, JobEnded, JobPaused, JobResumed, JobStarted
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.messages import (
    EpochDone,
    MemoryAsked,
    MomentKept,
    Parent,
    RunFinished,
    RunStarted,
    StepsDone,
    TwinsStepped,
    TwinsTested,
)
from engine.session.jobs.data import DatasetOpened, EngineReady
from engine.session.jobs.files import SessionOpened
from gui.state.training.planned import Planned

if TYPE_CHECKING:
    from engine.core.example import Example
    from engine.core.machine.device import Choice
    from engine.core.messages import Message
    from engine.model.training.changed import Changed
    from gui.state.link.bridge import Bridge

type State = Literal["starting", "idle", "running", "paused"]

ONE, AUTOMATIC = {"steps_per_turn": 1.0}, {"steps_per_turn": 0.0}
"""How many steps the training job takes in a turn: one, or as many as take about 20 ms."""

SEEDS = 2**31
"""The number of seeds there are."""

A_RUN_IS_ON = "A run is already training; pause or stop it with the buttons below."


def train(
    session: Any, spec: TrainSpec, parent: Parent | None = None, on: Choice = "auto", *, large: bool = False
) -> Job:
    """Make the training job; imported at the first start, because the window must not wait for it."""
    from engine.session.jobs.train import train as make

    return make(session, spec, parent, on, large=large)


def ask(session: Any, spec: TrainSpec, parent: Parent | None = None, on: Choice = "auto") -> Job:
    """Make the job that only asks what is asked before a run begins; imported late as well."""
    from engine.session.jobs.train import ask_first as make

    return make(session, spec, parent, on)


def teach(session: Any, parent: Parent, examples: Sequence[Example], on: Choice = "auto") -> Job:
    """Make the job that teaches a network examples; imported late as well."""
    from engine.session.jobs.teach import teach as make

    return make(session, parent, examples, on)


def split(
    session: Any,
    spec: TrainSpec,
    changed: Changed,
    parent: Parent | None = None,
    on: Choice = "auto",
    **how: Any,
) -> Job:
    """Make the job that trains two runs which differ in one setting; imported late as well."""
    from engine.session.jobs.twins import split as make

    return make(session, spec, changed, parent, on, **how)


def ask_split(
    session: Any,
    spec: TrainSpec,
    changed: Changed,
    parent: Parent | None = None,
    on: Choice = "auto",
    **how: Any,
) -> Job:
    """Make the job that only asks what is asked before these begin; imported late as well."""
    from engine.session.jobs.twins import ask_first as make

    return make(session, spec, changed, parent, on, **how)


class Wanted(NamedTuple):
    """What is to be trained: a run, or with `changed` two that differ in that, as twins `of` a run."""

    spec: TrainSpec
    parent: Parent | None = None
    on: Choice = "auto"
    changed: Changed | None = None
    of: str = ""

    @property
    def what(self) -> tuple[Any, ...]:
        """What the jobs take, in their order."""
        settings = (self.spec,) if self.changed is None else (self.spec, self.changed)
        return settings if self.parent is None else (*settings, self.parent)

    @property
    def how(self) -> dict[str, Any]:
        """What they take by name."""
        return {"on": self.on} if self.changed is None else {"on": self.on, "of": self.of}


class RunControls(QObject):
    """Starts, pauses, steps and stops the one training job. What the engine answers sets the state, nothing else."""

    stateChanged = Signal(str)
    """`starting` (the engine is not ready), `idle`, `running` or `paused`. While starting it is sent again when the
    reason changes."""
    paceChanged = Signal()
    steppingChanged = Signal(bool)
    """The run goes step by step from now on, or no longer."""
    seedChosen = Signal(int)
    """A run begins with other initial weights than the settings say: with this seed."""
    twinsBegan = Signal(str, str)
    """Two runs begin that are trained in turns: carries the one that is as it was, and its changed twin."""
    refused = Signal()
    """A run was wanted, but the settings of the next run are not valid."""

    def __init__(
        self,
        bridge: Bridge,
        parent: QObject | None = None,
        *,
        train: Callable[..., Job] = train,
        ask: Callable[..., Job] = ask,
        teach: Callable[..., Job] = teach,
        split: Callable[..., Job] = split,
        ask_split: Callable[..., Job] = ask_split,
    ) -> None:
        super().__init__(parent)
        self.state: State = "starting"
        self.pace: float | None = None
        """Slow motion, in steps a second; `None` for full speed."""
        self.is_stepping = False
        """Whether the run goes step by step, so that each can be watched: by hand, or in slow motion."""
        self.twins: tuple[str, ...] = ()
        """The runs of the job by name, as far as they go on, where it trains two in turns."""
        self.planned = Planned(self)
        """The settings of the next run, for views beside the form."""
        self._bridge = bridge
        self._train, self._ask, self._teach = train, ask, teach
        self._split, self._ask_split = split, ask_split
        self._job: int | None = None
        self._is_split = False
        """Whether the job trains two runs in turns."""
        self._has_run = False
        """Whether the job has started a run."""
        self._asked: int | None = None
        """The job that asks whether a run may take the place of the one that is going on."""
        self._begin_asked: Callable[[], None] | None = None
        """What begins that run then; `None` where it is not to begin."""
        self._turn: Callable[[], None] = self._apply_pace
        """How far the run that was wanted last is to go."""
        self._has_data = False
        self._trouble = ""
        self._spec_source: Callable[[], TrainSpec | None] = lambda: PRESETS["blog"].spec
        bridge.listen(DatasetOpened, self._take_data)
        bridge.listen(EngineReady, self._show_ready)
        bridge.listen(JobStarted, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobPaused, lambda _: self._set_state("paused"), self.job)
        bridge.listen(JobResumed, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobEnded, self._show_ended, self.job)
        bridge.listen(RunStarted, self._take_start, self.job)
        bridge.listen(RunFinished, self._take_finish, self.job)
        bridge.listen(SessionOpened, self._leave_session)
        bridge.listen(MemoryAsked, lambda _: self._drop_asked(), lambda: self._asked)
        bridge.listen(JobEnded, self._take_place, lambda: self._asked)

    @property
    def waits_for(self) -> str:
        """What the engine waits for while it starts, in a word or two for the status line."""
        return self._trouble or ("Loading TensorFlow" if self._has_data else "Loading data")

    @property
    def why_not(self) -> str:
        """Why no run can be started now, as a sentence; empty when one can."""
        if self.state in ("running", "paused"):
            return A_RUN_IS_ON
        if self.state == "idle":
            return ""
        if self._trouble:
            return f"{self._trouble}, so nothing can be trained. Help > Notices says why."
        return f"{'TensorFlow is' if self._has_data else 'The data are'} still being loaded."

    def fail(self) -> None:
        """Say that the engine cannot be made ready: what it waits for has failed."""
        self._trouble = f"{'TensorFlow' if self._has_data else 'The data'} could not be loaded"
        self._tell_again()

    def job(self) -> int | None:
        """Return the number of the training job; `None` when there is none."""
        return self._job

    def set_spec_source(self, source: Callable[[], TrainSpec | None]) -> None:
        """Say where the settings of the next run come from; a source gives `None` while they are not valid."""
        self._spec_source = source

    def next_spec(self) -> TrainSpec | None:
        """Return the settings of the run that is to be started now; sends `refused` and returns `None` if invalid."""
        spec = self._spec_source()
        if spec is None:
            self.refused.emit()
        return spec

    def start(self, spec: TrainSpec | None = None, parent: Parent | None = None, on: Choice = "auto") -> None:
        """Start a run, instead of the one that is going on; does nothing before the engine is ready.

        With `parent` it goes on from that moment of another run; then `spec.epochs` counts the parent's as well. `on`
        is what it computes on. Where `MemoryAsked` is told instead, none begins, and the one that is going on goes on.
        """
        if spec := self._ready(spec):
            self._begin(self._apply_pace, Wanted(spec, parent, on))

    def split(self, spec: TrainSpec, changed: Changed, parent: Parent | None = None, of: str = "") -> None:
        """Start two runs that differ in one setting, as `start` does one; all that is done to them is done to both."""
        if self.state != "starting":
            self._begin(self._apply_pace, Wanted(spec, parent, "auto", changed, of))

    def teach(self, parent: Parent, examples: Sequence[Example]) -> int | None:
        """Start a run that teaches examples to the network of a moment, instead of the run that is going on.

        Returns the number of its job; `None`, and does nothing, before the engine is ready.
        """
        if self.state == "starting":
            return None
        self.stop()
        self._is_split, self.twins, self._has_run = False, (), False
        self._job = self._bridge.submit(self._teach, parent, examples)
        self._apply_pace()
        return self._job

    def start_large(self, asked: MemoryAsked) -> None:
        """Start the run that was asked about, as far as was wanted: one step, say."""
        self._submit(Wanted(asked.spec, asked.parent, asked.on, asked.changed, asked.of), large=True)

    def pause(self) -> None:
        """Let the run rest after its current turn."""
        if self._job is not None:
            self._bridge.runner.pause(self._job)

    def resume(self) -> None:
        """Let the run go on, at the chosen pace."""
        if self._job is not None:
            self._apply_pace()
            self._bridge.runner.resume(self._job)

    def toggle(self) -> None:
        """Start, pause or resume: whichever the state allows."""
        if self.state == "running":
            self.pause()
        elif self.state == "paused":
            self.resume()
        elif self._job is None:
            self.start()

    def step(self) -> None:
        """Take one step of training, then rest; without a run, start one and rest after its first step."""
        turn = partial(self._advance, ONE, StepsDone)
        if self._job is not None:
            turn()
        elif spec := self._ready():
            self._begin(turn, Wanted(spec))

    def step_epoch(self) -> None:
        """Train to the end of the epoch at full speed, then rest."""
        turn = partial(self._advance, AUTOMATIC, EpochDone)
        if self._job is None:
            if spec := self._ready():
                self._begin(turn, Wanted(spec))
            return
        turn()
        if self.state == "paused":
            self._set_state("running")  # it takes a while, and the engine tells only that it rests again

    def reset(self) -> None:
        """Start a run with the next seed, so with other initial weights, paused at step 0."""
        if spec := self._ready():
            spec = spec.but(seed=(spec.seed + 1) % SEEDS)
            self.seedChosen.emit(spec.seed)
            self._begin(partial(self._advance, AUTOMATIC, MomentKept), Wanted(spec))

    def stop(self) -> None:
        """End the run; what it learned stays."""
        self._drop_asked()
        if self._job is not None:
            self._bridge.runner.stop(self._job)

    def set_pace(self, turns_per_second: float | None) -> None:
        """Set the number of single steps a second; `None` for full speed."""
        if turns_per_second != self.pace:
            self.pace = turns_per_second
            self._apply_pace()
            self.paceChanged.emit()

    def change_live(self, changes: Mapping[str, float]) -> None:
        """Hand new values of live knobs to the run, if there is one."""
        if self._job is not None:
            self._bridge.runner.change(self._job, changes)

    def _ready(self, spec: TrainSpec | None = None) -> TrainSpec | None:
        """Return what can be started now: these settings, or those of the next run; `None` if neither can."""
        return None if self.state == "starting" else spec or self.next_spec()

    def _begin(self, turn: Callable[[], None], wanted: Wanted) -> None:
        """Begin it; `turn` says how far it is to go. What is going on is stopped once nothing speaks against."""
        self._turn = turn
        begin = partial(self._submit, wanted)
        if self._job is None:
            begin()
        else:
            ask = self._ask if wanted.changed is None else self._ask_split
            self._begin_asked = begin
            self._asked = self._bridge.submit(ask, *wanted.what, **wanted.how)

    def _submit(self, wanted: Wanted, *, large: bool = False) -> None:
        self.stop()
        self._is_split, self.twins, self._has_run = wanted.changed is not None, (), False
        make = self._split if self._is_split else self._train
        more = {"large": True} if large else {}
        self._job = self._bridge.submit(make, *wanted.what, **wanted.how, **more)
        self._turn()

    def _drop_asked(self) -> None:
        self._begin_asked = None

    def _take_place(self, ended: JobEnded) -> None:
        """Nothing was asked of a person: let the run begin that was asked about."""
        self._asked = None
        if self._begin_asked is not None and ended.outcome == "done":
            self._begin_asked()
        self._drop_asked()

    def _advance(self, turn: Mapping[str, float], until: type[StepsDone | EpochDone | MomentKept]) -> None:
        assert self._job is not None
        runner = self._bridge.runner
        runner.pace(self._job, None)
        runner.change(self._job, turn)
        both: dict[type[Message], type[Message]] = {StepsDone: TwinsStepped, EpochDone: TwinsTested}
        runner.step(self._job, both.get(until, until) if self._is_split else until)
        # After all orders: until then the engine runs at full speed.
        self._set_stepping(turn is ONE)

    def _apply_pace(self) -> None:
        if self._job is not None:
            self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
            turns = (len(self.twins) or 2) if self._is_split else 1  # a step of both is a turn of each
            self._bridge.runner.pace(self._job, self.pace and self.pace * turns)
            self._set_stepping(self.pace is not None)

    def _take_data(self, _: DatasetOpened) -> None:
        if not self._has_data:
            self._has_data, self._trouble = True, ""
            self._tell_again()

    def _tell_again(self) -> None:
        if self.state == "starting":
            self.stateChanged.emit(self.state)

    def _show_ready(self, _: EngineReady) -> None:
        if self.state == "starting":
            self._set_state("idle")

    def _show_ended(self, _: JobEnded) -> None:
        self._job, self.twins = None, ()
        self._set_stepping(False)
        self._set_state("idle")

    def _take_start(self, message: RunStarted) -> None:
        self._has_run = True
        if self._is_split:
            self.twins = (*self.twins, message.run)
            if len(self.twins) == 2:
                self.twinsBegan.emit(*self.twins)

    def _leave_session(self, _: SessionOpened) -> None:
        """Stop a run that was started in the former session after it was asked to close."""
        if self._has_run:
            self.stop()

    def _take_finish(self, message: RunFinished) -> None:
        if message.run in self.twins:
            self.twins = tuple(run for run in self.twins if run != message.run)
            if self.pace is not None and self.state == "running":
                self._apply_pace()

    def _set_stepping(self, stepping: bool) -> None:
        if stepping != self.is_stepping:
            self.is_stepping = stepping
            self.steppingChanged.emit(stepping)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
