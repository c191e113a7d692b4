"""Controls the training job: one state, shared by the transport bar, the menus and the Train tab."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.core.example import Example
from engine.core.knobs import Value
from engine.core.language import mark, tr
from engine.core.machine.device import Choice
from engine.core.messages import Job, JobEnded, JobPaused, JobResumed, JobStarted, Message
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training import messages
from engine.model.training.changed import Changed
from engine.session.jobs.data import DatasetOpened, EngineReady
from engine.session.jobs.files import SessionOpened
from gui.state.link.bridge import Bridge, late
from gui.state.link.steered import AUTOMATIC, ONE, OneJob

type State = Literal["starting", "idle", "running", "paused"]

SEEDS = 2**31  # the number of possible seeds
A_RUN_IS_ON = mark("A run is already training; pause or stop it with the buttons below.")

train = late("engine.session.jobs.train", "train")
ask = late("engine.session.jobs.train", "ask_first")
moment_test = late("engine.analysis.probes.moment_test", "moment_test")
teach = late("engine.session.jobs.teach", "teach")
split = late("engine.session.jobs.twins", "split")
ask_split = late("engine.session.jobs.twins", "ask_first")


class RunRequest(NamedTuple):
    """A run to train, or with `changed` two that differ in that setting, as twins `of` a run."""

    spec: TrainSpec
    parent: messages.Parent | None = None
    on: Choice = "auto"
    changed: Changed | None = None
    of: str = ""

    @property
    def args(self) -> tuple[Any, ...]:
        settings = (self.spec,) if self.changed is None else (self.spec, self.changed)
        return settings if self.parent is None else (*settings, self.parent)

    @property
    def kwargs(self) -> dict[str, Any]:
        return {"on": self.on} if self.changed is None else {"on": self.on, "of": self.of}


class Planned(QObject):
    """The latest valid settings of the next run."""

    changed = Signal()
    edited = Signal(object)  # carries settings by name that another view has changed, for the form to show
    wanted = Signal(str)  # carries a setting that a person wants to choose, for the form to lead to

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.spec: TrainSpec = PRESETS["blog"].spec

    def take(self, spec: TrainSpec | None) -> None:
        """Set the settings of the form; `None`, which it has while they are invalid, changes nothing."""
        if spec is not None and spec != self.spec:
            self.spec = spec
            self.changed.emit()

    def edit(self, values: Mapping[str, Value]) -> None:
        self.edited.emit(dict(values))
        self.take(self.spec.but(**values))


class RunControls(OneJob):
    """Starts, pauses, steps and stops the one training job. Only the engine's messages change the state."""

    KEPT = (*OneJob.KEPT, "state", "pace", "is_stepping", "twins", "_is_split", "_run_of", "_has_data", "_trouble")

    # Carries `starting` (the engine is not ready), `idle`, `running` or `paused`; `starting` again when the reason
    # changes.
    stateChanged = Signal(str)
    paceChanged = Signal()
    steppingChanged = Signal(bool)  # carries whether the run goes step by step from now on
    seedChosen = Signal(int)  # carries the seed of a run that starts with other initial weights than the settings say
    twinsBegan = Signal(str, str)  # carries two runs that are trained in turns: the unchanged one and its twin
    refused = Signal()  # a run was requested, but the settings of the next run are invalid

    def __init__(self, bridge: Bridge, *, train: Callable[..., Job] = train, ask: Callable[..., Job] = ask) -> None:
        super().__init__(bridge, bridge)
        self.state: State = "starting"
        self.pace: float | None = None  # slow motion, in steps a second; `None` for full speed
        # Whether the run goes step by step, so that each step can be watched: by keys, or in slow motion.
        self.is_stepping = False
        self.twins: tuple[str, ...] = ()  # names of the twins that are still training
        self.planned = Planned(self)  # the settings of the next run, for views beside the form
        self._train, self._ask = train, ask
        self._is_split = False  # whether the job trains two runs in turns
        self._session = 0  # the number of the open session
        self._run_of: int | None = None  # the session in which the job has started a run
        self._asked: int | None = None  # the job that asks whether a run may replace the current one
        self._begin_asked: Callable[[], None] | None = None  # starts that run; `None` if it is not to start
        # Orders how far the run that was requested last is to go; returns whether that is step by step.
        self._turn: Callable[[], bool] = self._apply_pace
        self._has_data = False
        self._trouble = ""
        self._spec_source: Callable[[], TrainSpec | None] = lambda: PRESETS["blog"].spec
        bridge.listen(DatasetOpened, self._take_data)
        bridge.listen(EngineReady, lambda _: self._set_state("idle") if self.state == "starting" else None)
        bridge.listen(JobStarted, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobPaused, lambda _: self._set_state("paused"), self.job)
        bridge.listen(JobResumed, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobEnded, self._show_ended, self.job)
        bridge.listen(messages.RunStarted, self._take_start, self.job)
        bridge.listen(messages.RunFinished, self._take_finish, self.job)
        bridge.listen(SessionOpened, self._take_session)
        bridge.listen(messages.MemoryAsked, lambda _: self._drop_asked(), lambda: self._asked)
        bridge.listen(JobEnded, self._take_place, lambda: self._asked)

    @property
    def waits_for(self) -> str:
        """What the engine waits for while it starts, in few words for the status line."""
        return self._trouble or (tr("Loading TensorFlow") if self._has_data else tr("Loading data"))

    @property
    def why_not(self) -> str:
        """Why no run can be started now, as a sentence; empty if one can."""
        if self.state in ("running", "paused"):
            return tr(A_RUN_IS_ON)
        if self.state == "idle":
            return ""
        if self._trouble:
            return tr("{what}, so nothing can be trained. Help > Earlier notices says why.", what=self._trouble)
        return tr("TensorFlow is still being loaded.") if self._has_data else tr("The data are still being loaded.")

    def fail(self) -> None:
        """Report that the engine cannot get ready: what it waits for has failed."""
        self._trouble = tr("TensorFlow could not be loaded") if self._has_data else tr("The data could not be loaded")
        self._repeat_state()

    def set_spec_source(self, source: Callable[[], TrainSpec | None]) -> None:
        """Set what returns the settings of the next run; `None` while they are invalid."""
        self._spec_source = source

    def next_spec(self) -> TrainSpec | None:
        """Return the settings of the next run; if they are invalid, send `refused` and return `None`."""
        spec = self._spec_source()
        if spec is None:
            self.refused.emit()
        return spec

    def start(self, spec: TrainSpec | None = None, parent: messages.Parent | None = None, on: Choice = "auto") -> None:
        """Start a run in place of the current one; does nothing before the engine is ready.

        With `parent` it continues from that snapshot of another run; then `spec.epochs` counts the parent's as well.
        `on` is the device. If the engine answers `MemoryAsked`, no run starts and the current one continues.
        """
        if spec := self._ready(spec):
            self._begin(self._apply_pace, RunRequest(spec, parent, on))

    def split(self, spec: TrainSpec, changed: Changed, parent: messages.Parent | None = None, of: str = "") -> None:
        """Start two runs that differ in one setting, like `start`; pause, step and stop act on both."""
        if self.state != "starting":
            self._begin(self._apply_pace, RunRequest(spec, parent, "auto", changed, of))

    def teach(self, parent: messages.Parent, examples: Sequence[Example]) -> int | None:
        """Start a run that teaches examples to a snapshot; return its job, `None` before the engine is ready."""
        if self.state == "starting":
            return None
        self._turn = self._apply_pace
        return self._order(teach, parent, examples)

    def start_large(self, asked: messages.MemoryAsked) -> None:
        """Start the run that was asked about, as far as was requested: one step, say."""
        self._submit(RunRequest(asked.spec, asked.parent, asked.on, asked.changed, asked.of), large=True)

    def resume(self) -> None:
        if self._job is not None:
            self._set_stepping(self._apply_pace())
            self._bridge.runner.resume(self._job)
            self._bridge.hurry()

    def toggle(self) -> None:
        """Start, pause or resume, whichever the state allows."""
        if self.state == "running":
            self.pause()
        elif self.state == "paused":
            self.resume()
        elif self._job is None:
            self.start()

    def step(self) -> None:
        """Take one step of training, then pause; without a run, start one and pause after its first step."""
        turn = partial(self._advance, ONE, messages.StepsDone)
        if self._job is not None:
            self._set_stepping(turn())
        elif spec := self._ready():
            self._begin(turn, RunRequest(spec))

    def step_epoch(self) -> None:
        """Train to the end of the epoch at full speed, then pause."""
        turn = partial(self._advance, AUTOMATIC, messages.EpochDone)
        if self._job is None:
            if spec := self._ready():
                self._begin(turn, RunRequest(spec))
            return
        self._set_stepping(turn())
        if self.state == "paused":
            self._set_state("running")  # it takes a while, and the engine reports only the next pause

    def reset(self) -> None:
        """Start a run with the next seed, so with other initial weights, paused at step 0.

        A new run, because a run keeps all its snapshots: weights that were reset within it would hide where they came
        from.
        """
        if spec := self._ready():
            spec = spec.but(seed=(spec.seed + 1) % SEEDS)
            self.seedChosen.emit(spec.seed)
            self._begin(partial(self._advance, AUTOMATIC, messages.MomentKept), RunRequest(spec))

    def stop(self) -> None:
        """End the run; its snapshots stay."""
        self._begin_asked = None
        self._stop_job()

    def set_pace(self, turns_per_second: float | None) -> None:
        """Set the number of single steps a second; `None` for full speed."""
        if turns_per_second != self.pace:
            self.pace = turns_per_second
            self._set_stepping(self._apply_pace())
            self.paceChanged.emit()

    def _ready(self, spec: TrainSpec | None = None) -> TrainSpec | None:
        """Return these settings, or those of the next run; `None` if no run can be started with them now."""
        return None if self.state == "starting" else spec or self.next_spec()

    def _begin(self, turn: Callable[[], bool], request: RunRequest) -> None:
        """Start a run; `turn` says how far it is to go. A current one is stopped only after the engine has agreed."""
        self._turn = turn
        begin = partial(self._submit, request)
        if self._job is None:
            begin()
        else:
            ask = self._ask if request.changed is None else ask_split
            self._begin_asked = begin
            self._asked = self._bridge.submit(ask, *request.args, **request.kwargs)

    def _submit(self, request: RunRequest, *, large: bool = False) -> None:
        make = self._train if request.changed is None else split
        more = {"large": True} if large else {}
        self._order(make, *request.args, **request.kwargs, **more)

    def _order(self, make: Callable[..., Job], *args: Any, **kwargs: Any) -> int:
        """Start this job in place of the current one, and order how far it is to go; return its number."""
        self.stop()
        self._is_split, self.twins, self._run_of = make is split, (), None
        with self._bridge.runner.together:  # or it would take turns at full speed before it knows how far to go
            self._job = self._bridge.submit(make, *args, **kwargs)
            is_stepping = self._turn()
        self._set_stepping(is_stepping)  # after all orders, because listeners may draw
        return self._job

    def _drop_asked(self) -> None:
        self._begin_asked = None

    def _take_place(self, ended: JobEnded) -> None:
        """Start the run that the engine was asked about, unless it has asked the person."""
        self._asked = None
        if self._begin_asked is not None and ended.outcome == "done":
            self._begin_asked()
        self._begin_asked = None

    def _advance(
        self, turn: Mapping[str, float], until: type[messages.StepsDone | messages.EpochDone | messages.MomentKept]
    ) -> bool:
        assert self._job is not None
        runner = self._bridge.runner
        runner.pace(self._job, None)
        runner.change(self._job, turn)
        both: dict[type[Message], type[Message]] = {
            messages.StepsDone: messages.TwinsStepped,
            messages.EpochDone: messages.TwinsTested,
        }
        runner.step(self._job, both.get(until, until) if self._is_split else until)
        self._bridge.hurry()
        return turn is ONE

    def _apply_pace(self) -> bool:
        if self._job is None:
            return False
        self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
        turns = (len(self.twins) or 2) if self._is_split else 1  # a step of both twins is a turn of each
        self._bridge.runner.pace(self._job, self.pace and self.pace * turns)
        return self.pace is not None

    def _take_data(self, _: DatasetOpened) -> None:
        if not self._has_data:
            self._has_data, self._trouble = True, ""
            self._repeat_state()

    def _repeat_state(self) -> None:
        if self.state == "starting":
            self.stateChanged.emit(self.state)

    def _show_ended(self, _: JobEnded) -> None:
        self._job, self.twins = None, ()
        self._set_stepping(False)
        self._set_state("idle")

    def _take_start(self, message: messages.RunStarted) -> None:
        self._run_of = self._session
        if self._is_split:
            self.twins = (*self.twins, message.run)
            if len(self.twins) == 2:
                self.twinsBegan.emit(*self.twins)

    def _take_session(self, message: SessionOpened) -> None:
        """Stop a run that was started in the former session while that was closing."""
        self._session = message.number
        if self._run_of not in (None, message.number):
            self.stop()

    def _take_finish(self, message: messages.RunFinished) -> None:
        if message.run in self.twins:
            self.twins = tuple(run for run in self.twins if run != message.run)
            if self.pace is not None and self.state == "running":
                self._set_stepping(self._apply_pace())

    def _set_stepping(self, stepping: bool) -> None:
        if stepping != self.is_stepping:
            self.is_stepping = stepping
            self.steppingChanged.emit(stepping)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit(state)
