"""The data of the selected run: the open data follow it, and a search tells whether its own are available.

Data that follow a taught run include its examples and their classes.
"""

from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.core.messages import Job
from engine.model.training.messages import DataLookedFor
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.examples import follow_run
from gui.state.link.bridge import Bridge
from gui.state.selection import Selection


def look_for_data(session: Any, run: str) -> Job:
    """Return the job that looks for the data of a run; imported late, as all that trains."""
    from engine.session.jobs.train import look_for_data as make

    return make(session, run)


class RunData(QObject):
    """Requests the data of the run whenever another run is selected or other data are opened."""

    found = Signal(object)  # carries the `DataLookedFor` of the latest search

    def __init__(self, bridge: Bridge, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._selection = bridge, selection
        self._run = ""  # the run of the latest request
        self._sought = ""  # the run whose own data are searched
        self._job: int | None = None
        selection.changed.connect(self._follow_selection)
        bridge.listen(DatasetOpened, lambda _: self._follow_data())
        bridge.listen(DataLookedFor, self.found.emit, lambda: self._job)

    def look_for(self, run: str) -> None:
        """Search the data that `run` learned from, now and whenever others are opened; send `found`.

        An empty name ends the search.
        """
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
