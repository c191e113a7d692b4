"""The warm-up's job as the window steers it: what it tells, and the buttons' wishes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse
from engine.warmup.spec import WarmupSpec
from gui.state.controlled_job import AUTOMATIC, ONE, ControlledJob

if TYPE_CHECKING:
    import numpy as np

    from gui.state.bridge import Bridge


class Descent(ControlledJob):
    """It begins by resting: the matrix is told, nothing is learned."""

    started = Signal(object)
    """Carries the `WarmupStarted`."""
    stepped = Signal(object)
    """Carries a `WarmupSteps`."""
    finished = Signal(object)
    """Carries the `WarmupFinished`."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(bridge, parent)
        self.pace: float | None = None
        """Slow motion, in steps a second; `None` for full speed."""
        bridge.listen(WarmupStarted, self.started.emit, self.job)
        bridge.listen(WarmupSteps, self.stepped.emit, self.job)
        bridge.listen(WarmupFinished, self.finished.emit, self.job)

    def begin(self, spec: WarmupSpec, matrix: np.ndarray[Any, Any] | None) -> None:
        """Begin anew, with a matrix (size, size) or with the one that the spec draws; goes on if one was going on."""
        goes_on = self.state == "running"
        self._stop()
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

    def step(self) -> None:
        """Take one step, then rest."""
        if self._job is not None:
            self._bridge.runner.pace(self._job, None)
            self._bridge.runner.change(self._job, ONE)
            self._bridge.runner.step(self._job, WarmupSteps)

    def set_pace(self, steps_per_second: float | None) -> None:
        """Set the number of steps a second; `None` for full speed."""
        self.pace = steps_per_second
        if self.state == "running":
            self._apply_pace()

    def _apply_pace(self) -> None:
        assert self._job is not None
        self._bridge.runner.change(self._job, ONE if self.pace else AUTOMATIC)
        self._bridge.runner.pace(self._job, self.pace)
