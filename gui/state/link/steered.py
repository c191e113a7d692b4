"""Jobs that a view steers: one at a time, which pauses and resumes, or many, each after the one before."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import ClassVar, Literal, Self

from PySide6.QtCore import QObject, Signal

from engine.core.messages import JobEnded, JobPaused, JobResumed
from gui.state.link.bridge import Bridge

type ControlledState = Literal["none", "resting", "running", "over"]

# Live settings: one step in each turn, to see every step; or as many as the job chooses, about 20 ms of them.
ONE, AUTOMATIC = {"steps_per_turn": 1.0}, {"steps_per_turn": 0.0}


class OneJob(QObject):
    """Has one job of the engine at a time, or none."""

    KEPT: ClassVar[tuple[str, ...]] = ("_job",)  # the attributes that `take_over` copies

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None

    def take_over(self, before: Self) -> None:
        """Continue with the job of this part of the window that stood here before."""
        for name in self.KEPT:
            setattr(self, name, getattr(before, name))

    def job(self) -> int | None:
        return self._job

    def pause(self) -> None:
        if self._job is not None:
            self._bridge.runner.pause(self._job)
            self._bridge.hurry()

    def change_live(self, changes: Mapping[str, float | str]) -> None:
        """Send new values of live knobs to the job, if there is one; a paused one takes them with its next step."""
        if self._job is not None:
            self._bridge.runner.change(self._job, changes)

    def _stop_job(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._bridge.hurry()


class ControlledJob(OneJob):
    """A newer job replaces the one before. Only the engine's messages change the state."""

    stateChanged = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(bridge, parent)
        self.state: ControlledState = "none"
        bridge.listen(JobPaused, lambda _: self._show_paused(), self.job)
        bridge.listen(JobResumed, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobEnded, lambda _: self._show_ended(), self.job)

    def _show_paused(self) -> None:
        self._set_state("resting")

    def _show_ended(self) -> None:
        self._job = None
        self._set_state("over")

    def _set_state(self, state: ControlledState) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit()


class InOrder(QObject):
    """A queue of jobs in the window. Of jobs that wait in the engine it runs the newest first."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: deque[Callable[[], int]] = deque()
        self._job: int | None = None
        bridge.listen(JobEnded, lambda _: self._go_on(), job=lambda: self._job)

    def do(self, submit: Callable[[], int]) -> None:
        """Call `submit`, which submits a job and returns its number, after all earlier ones have ended."""
        self._wanted.append(submit)
        if self._job is None:
            self._go_on()

    def forget(self) -> None:
        self._wanted.clear()

    def _go_on(self) -> None:
        self._job = self._wanted.popleft()() if self._wanted else None
