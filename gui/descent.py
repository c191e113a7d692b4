"""What the window knows of the warm-up's job: it rests, goes on or is over; and the buttons' wishes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.messages import JobEnded, JobPaused, JobResumed
from engine.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse
from engine.warmup.spec import WarmupSpec

if TYPE_CHECKING:
    import numpy as np

    from gui.bridge import Bridge

type DescentState = Literal["none", "resting", "running", "over"]

ONE, AUTOMATIC = {"steps_per_turn": 1.0}, {"steps_per_turn": 0.0}


class Descent(QObject):
    """One job at a time: a newer one takes its place. It begins by resting: the matrix is told, nothing is learned."""

    stateChanged = Signal()
    started = Signal(object)
    """Carries the `WarmupStarted`."""
    stepped = Signal(object)
    """Carries a `WarmupSteps`."""
    finished = Signal(object)
    """Carries the `WarmupFinished`."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.state: DescentState = "none"
        self.pace: float | None = None
        """Slow motion, in steps a second; `None` for full speed."""
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(WarmupStarted, self.started.emit, self.job)
        bridge.listen(WarmupSteps, self.stepped.emit, self.job)
        bridge.listen(WarmupFinished, self.finished.emit, self.job)
        bridge.listen(JobPaused, lambda _: self._set_state("resting"), self.job)
        bridge.listen(JobResumed, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobEnded, self._show_ended, self.job)

    def job(self) -> int | None:
        """Return the number of the job; `None` when there is none."""
        return self._job

    def begin(self, spec: WarmupSpec, matrix: np.ndarray[Any, Any] | None) -> None:
        """Begin anew, with a matrix (size, size) or with the one that the spec draws; goes on if one was going on."""
        goes_on = self.state == "running"
        if self._job is not None:
            self._bridge.runner.stop(self._job)
        self._job = self._bridge.ask(learn_inverse, spec, matrix)
        if goes_on:
            self._apply_pace()
        else:
            self._bridge.runner.step(self._job, WarmupStarted)
            self._set_state("resting")

    def learn(self) -> None:
        """Go on, at the chosen pace."""
        if self._job is not None:
            self._apply_pace()
            self._bridge.runner.resume(self._job)

    def pause(self) -> None:
        """Rest after the turn that goes on."""
        if self._job is not None:
            self._bridge.runner.pause(self._job)

    def step(self) -> None:
        """Take one step, then rest."""
        if self._job is not None:
            self._bridge.runner.pace(self._job, None)
            self._bridge.runner.change(self._job, ONE)
            self._bridge.runner.step(self._job, WarmupSteps)

    def set_pace(self, steps_per_second: float | None) -> None:
        """Take so many steps a second; `None` for full speed."""
        self.pace = steps_per_second
        if self.state == "running":
            self._apply_pace()

    def change_live(self, changes: Mapping[str, float | str]) -> None:
        """Hand new values of live knobs to the job; one that rests takes them with its next step."""
        if self._job is not None:
            self._bridge.runner.change(self._job, changes)

    def _apply_pace(self) -> None:
        assert self._job is not None
        self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
        self._bridge.runner.pace(self._job, self.pace)

    def _show_ended(self, _: JobEnded) -> None:
        self._job = None
        self._set_state("over")

    def _set_state(self, state: DescentState) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit()
