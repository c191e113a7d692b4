"""Tests the selected snapshot if its accuracy is not known: that of a stop within an epoch, say."""

from PySide6.QtCore import QObject

from engine.analysis.probes.moment_test import moment_test
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import RunControls

# Time until a selected snapshot is tested, so that a drag of the slider tests none on its way.
RESTED_MS = 300


class MomentTests(QObject):
    """Requests `MomentTested`, once for each snapshot and the open data."""

    def __init__(
        self,
        bridge: Bridge,
        timeline: Timeline,
        controls: RunControls,
        parent: QObject | None = None,
        *,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._timeline, self._controls = bridge, timeline, controls
        self._asked = set[tuple[str, int]]()
        self._timer = clock.timer(self, self._ask)
        for event in (DatasetOpened, SessionOpened):
            bridge.listen(event, lambda _: self._restart())
        timeline.changed.connect(self._ask_soon)

    def _restart(self) -> None:
        self._asked.clear()
        self._ask_soon()

    def _ask_soon(self) -> None:
        if self._untested() is not None:
            self._timer.start(RESTED_MS)

    def _untested(self) -> tuple[str, int] | None:
        """Return run and step of the snapshot to test; `None` for none."""
        run, state = self._timeline.run, self._controls.state
        is_new = state == "running" and self._timeline.is_live  # the end of the epoch tests it
        if run is None or not run.steps or self._timeline.mixture or state == "starting" or is_new:
            return None
        moment = run.name, run.looked_at(self._timeline.position)
        is_known = moment in self._asked or not run.lacks_test(moment[1])
        return None if is_known else moment

    def _ask(self) -> None:
        if moment := self._untested():
            self._asked.add(moment)
            self._bridge.submit(moment_test, *moment)
