"""What is asked about the run that is looked at, in the background: where its data are, how good its weights are."""

from PySide6.QtCore import QObject, Signal

from engine.model.training.messages import DataLookedFor
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.examples import follow_run
from engine.session.jobs.files import SessionOpened
from gui.state.link.bridge import Bridge, late
from gui.state.link.clock import CLOCK, Clock
from gui.state.selection import Selection
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import RunControls, moment_test

look_for_data = late("engine.session.jobs.train", "look_for_data")


class RunData(QObject):
    """Requests the data of the run whenever another run is selected or other data are opened."""

    found = Signal(object)  # carries the `DataLookedFor` of the latest search

    def __init__(self, bridge: Bridge, selection: Selection) -> None:
        super().__init__(bridge)
        self._bridge, self._selection = bridge, selection
        self._run = ""  # the run of the latest request
        self._sought = ""  # the run whose own data are searched
        self._job: int | None = None
        selection.changed.connect(self._follow_selection)
        bridge.listen(DatasetOpened, lambda _: self._follow_data())
        bridge.listen(DataLookedFor, self.found.emit, lambda: self._job)

    def look_for(self, run: str) -> None:
        """Search the data that `run` learned from, now and whenever others are opened; an empty name ends that."""
        self._sought = run
        self._job = self._bridge.submit(look_for_data, run) if run else None

    def _follow_data(self) -> None:
        self._request()
        if self._sought:
            self.look_for(self._sought)

    def _follow_selection(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and (lens.run if lens else "") != self._run:
            self._request()

    def _request(self) -> None:
        lens = self._selection.lens
        self._run = lens.run if lens else ""
        if lens is not None:
            self._bridge.submit(follow_run, lens.run)


# Time until a selected snapshot is tested, so that a drag of the slider tests none on its way.
RESTED_MS = 300


class MomentTests(QObject):
    """Requests `MomentTested`, once for each snapshot and the open data."""

    def __init__(self, bridge: Bridge, timeline: Timeline, controls: RunControls, clock: Clock = CLOCK) -> None:
        super().__init__(bridge)
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
        return None if moment in self._asked or not run.lacks_test(moment[1]) else moment

    def _ask(self) -> None:
        if moment := self._untested():
            self._asked.add(moment)
            self._bridge.submit(moment_test, *moment)
