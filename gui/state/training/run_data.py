"""The data of a run: the open ones follow the run that is looked at, and whether those that it learned from are there.

The data with which a taught run is looked at include its examples and their classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.model.training.messages import DataLookedFor
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.examples import follow_run

if TYPE_CHECKING:
    from engine.core.messages import Job
    from gui.state.link.bridge import Bridge
    from gui.state.selection import Selection


def look_for_data(session: Any, run: str) -> Job:
    """Make the job that looks for the data of a run; imported late, as all that trains."""
    from engine.session.jobs.train import look_for_data as make

    return make(session, run)


class RunData(QObject):
    """Asks the engine for the fitting data whenever another run is looked at or other data are opened."""

    found = Signal(object)
    """Carries `DataLookedFor` of the run that was asked about last."""

    def __init__(self, bridge: Bridge, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._selection = bridge, selection
        self._run = ""
        """The run whose data were asked for last."""
        self._sought = ""
        """The run whose own data are looked for."""
        self._job: int | None = None
        selection.changed.connect(self._take)
        bridge.listen(DatasetOpened, lambda _: self._follow_data())
        bridge.listen(DataLookedFor, self.found.emit, lambda: self._job)

    def look_for(self, run: str) -> None:
        """Look for the data that `run` learned from, now and whenever others are opened, until it is another run.

        An empty name ends that. Sends `found`.
        """
        self._sought = run
        self._job = self._bridge.submit(look_for_data, run) if run else None

    def _follow_data(self) -> None:
        self._ask()
        if self._sought:
            self.look_for(self._sought)

    def _take(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and (lens.run if lens else "") != self._run:
            self._ask()

    def _ask(self) -> None:
        lens = self._selection.lens
        self._run = lens.run if lens else ""
        if lens is not None:
            self._bridge.submit(follow_run, lens.run)
