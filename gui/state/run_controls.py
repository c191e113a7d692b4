"""What the window knows of the training job: one state, shared by the transport bar, the menus and the Train tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.base.messages import Job, JobEnded, JobPaused, JobResumed, JobStarted
from engine.base.specs import PRESETS, TrainSpec
from engine.data.jobs import DatasetOpened, EngineReady
from engine.training.messages import EpochDone, MemoryAsked, MomentKept, Parent, StepsDone
from gui.state.planned import Planned

if TYPE_CHECKING:
    from engine.system.device import Choice
    from gui.state.bridge import Bridge

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
    from engine.training.job import train as make

    return make(session, spec, parent, on, large=large)


def ask(session: Any, spec: TrainSpec, parent: Parent | None = None, on: Choice = "auto") -> Job:
    """Make the job that only asks what is asked before a run begins; imported late as well."""
    from engine.training.job import ask_first as make

    return make(session, spec, parent, on)


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
    refused = Signal()
    """A run was wanted, but the settings of the next run are not valid."""

    def __init__(
        self,
        bridge: Bridge,
        parent: QObject | None = None,
        *,
        train: Callable[..., Job] = train,
        ask: Callable[..., Job] = ask,
    ) -> None:
        super().__init__(parent)
        self.state: State = "starting"
        self.pace: float | None = None
        """Slow motion, in steps a second; `None` for full speed."""
        self.is_stepping = False
        """Whether the run goes step by step, so that each can be watched: by hand, or in slow motion."""
        self.planned = Planned(self)
        """The settings of the next run, for views beside the form."""
        self._bridge = bridge
        self._train, self._ask = train, ask
        self._job: int | None = None
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
        self._begin(self._apply_pace, spec, parent, on)

    def start_large(self, asked: MemoryAsked) -> None:
        """Start the run that was asked about, as far as was wanted: one step, say."""
        self._submit(asked.spec, asked.parent, asked.on, large=True)

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
        turn() if self._job is not None else self._begin(turn)

    def step_epoch(self) -> None:
        """Train to the end of the epoch at full speed, then rest."""
        turn = partial(self._advance, AUTOMATIC, EpochDone)
        if self._job is None:
            self._begin(turn)
            return
        turn()
        if self.state == "paused":
            self._set_state("running")  # it takes a while, and the engine tells only that it rests again

    def reset(self) -> None:
        """Begin anew with the next seed, so with other initial weights, and rest at step 0."""
        spec = self.next_spec() if self.state != "starting" else None
        if spec is not None:
            spec = spec.but(seed=(spec.seed + 1) % SEEDS)
            self.seedChosen.emit(spec.seed)
            self._begin(partial(self._advance, AUTOMATIC, MomentKept), spec)

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

    def _begin(
        self,
        turn: Callable[[], None],
        spec: TrainSpec | None = None,
        parent: Parent | None = None,
        on: Choice = "auto",
    ) -> None:
        """Begin a run; `turn` says how far it is to go. One that is going on is stopped once nothing speaks against."""
        spec = None if self.state == "starting" else spec or self.next_spec()
        if spec is None:
            return
        self._turn = turn
        begin = partial(self._submit, spec, parent, on)
        if self._job is None:
            begin()
        else:
            self._begin_asked = begin
            self._asked = self._bridge.submit(self._ask, spec, *([parent] if parent else []), on=on)

    def _submit(self, spec: TrainSpec, parent: Parent | None, on: Choice, *, large: bool = False) -> None:
        self.stop()
        more = {"large": True} if large else {}
        self._job = self._bridge.submit(self._train, spec, *([parent] if parent else []), on=on, **more)
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
        runner.step(self._job, until)
        # Once all is ordered: until then the engine goes on at full speed.
        self._set_stepping(turn is ONE)

    def _apply_pace(self) -> None:
        if self._job is not None:
            self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
            self._bridge.runner.pace(self._job, self.pace)
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
        self._job = None
        self._set_stepping(False)
        self._set_state("idle")

    def _set_stepping(self, stepping: bool) -> None:
        if stepping != self.is_stepping:
            self.is_stepping = stepping
            self.steppingChanged.emit(stepping)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
