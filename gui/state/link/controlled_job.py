"""A job that the window starts, pauses and stops."""

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.core.messages import JobEnded, JobPaused, JobResumed
from gui.state.link.bridge import Bridge

type ControlledState = Literal["none", "resting", "running", "over"]

# Live settings: one step in each turn, to see every step; or as many as the job chooses, about 20 ms of them.
ONE, AUTOMATIC = {"steps_per_turn": 1.0}, {"steps_per_turn": 0.0}


class ControlledJob(QObject):
    """One job at a time: a newer one replaces it. Only the engine's messages change the state."""

    stateChanged = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.state: ControlledState = "none"
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(JobPaused, lambda _: self._show_paused(), self.job)
        bridge.listen(JobResumed, lambda _: self._set_state("running"), self.job)
        bridge.listen(JobEnded, lambda _: self._show_ended(), self.job)

    def job(self) -> int | None:
        return self._job

    def pause(self) -> None:
        if self._job is not None:
            self._bridge.runner.pause(self._job)

    def change_live(self, changes: Mapping[str, float | str]) -> None:
        """Send new values of live knobs to the job; a paused one takes them with its next step."""
        if self._job is not None:
            self._bridge.runner.change(self._job, changes)

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)

    def _show_paused(self) -> None:
        self._set_state("resting")

    def _show_ended(self) -> None:
        self._job = None
        self._set_state("over")

    def _set_state(self, state: ControlledState) -> None:
        if state != self.state:
            self.state = state
            self.stateChanged.emit()
