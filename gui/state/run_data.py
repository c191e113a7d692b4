"""The open data follow the run that is looked at: those of a taught run include its examples and their classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.data.jobs import DatasetOpened
from engine.session.teaching_jobs import follow_run

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection


class RunData(QObject):
    """Asks the engine for the fitting data whenever another run is looked at or other data are opened."""

    def __init__(self, bridge: Bridge, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._selection = bridge, selection
        self._run = ""
        """The run whose data were asked for last."""
        selection.changed.connect(self._take)
        bridge.listen(DatasetOpened, lambda _: self._ask())

    def _take(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and (lens.run if lens else "") != self._run:
            self._ask()

    def _ask(self) -> None:
        lens = self._selection.lens
        self._run = lens.run if lens else ""
        if lens is not None:
            self._bridge.submit(follow_run, lens.run)
