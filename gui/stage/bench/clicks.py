"""How fast the window answers a click on the transport bar."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from engine.base.messages import JobPaused
from engine.base.specs import TrainSpec
from engine.training.messages import EpochDone
from gui.stage.stage import Stage


class Clicks:
    """Clicks on the transport bar at random moments of a run, and how long until the window shows the answer."""

    def __init__(self, stage: Stage, spec: TrainSpec) -> None:
        self._stage, self._spec = stage, spec
        self._random = random.Random(1)
        self._epochs, self._paused_at = 0, 0.0
        bridge, job = stage.application.bridge, stage.controls.job
        bridge.listen(EpochDone, self._take_epoch, job)
        bridge.listen(JobPaused, self._take_pause, job)

    def measure(self, tries: int) -> dict[str, list[float]]:
        """Return the milliseconds by kind of click."""
        found: dict[str, list[float]] = {"pause": [], "step": [], "stop": []}
        for _ in range(tries):
            self._start()
            found["pause"].append(self._time("run.start", self._has_paused))
            found["step"].append(self._time("run.step", self._has_paused))
            self._stage.button("run.start").click()
            self._live_a_while()
            found["stop"].append(self._time("run.stop", self._has_ended))
        return found

    def _start(self) -> None:
        self._epochs = 0
        self._stage.controls.start(self._spec)
        # The first epoch compiles: training at its begin, testing at its end. A click then waits for that.
        self._stage.wait_for(lambda: self._epochs > 0)
        self._live_a_while()

    def _live_a_while(self) -> None:
        self._stage.live(self._random.uniform(0.05, 0.3))

    def _time(self, button: str, answered: Callable[[], bool]) -> float:
        """Click and return the milliseconds until `answered`; it is asked as soon as the state or job says so."""
        self._paused_at = 0.0
        ended: list[float] = []
        controls = self._stage.controls

        def note(state: str) -> None:
            ended.append(time.perf_counter())

        connection = controls.stateChanged.connect(note)
        begin = time.perf_counter()
        self._stage.button(button).click()
        self._stage.wait_for(answered)
        controls.stateChanged.disconnect(connection)
        return 1000 * ((ended[-1] if button == "run.stop" else self._paused_at) - begin)

    def _has_paused(self) -> bool:
        return self._paused_at > 0

    def _has_ended(self) -> bool:
        return self._stage.controls.state == "idle"

    def _take_epoch(self, _: EpochDone) -> None:
        self._epochs += 1

    def _take_pause(self, _: JobPaused) -> None:
        self._paused_at = time.perf_counter()
