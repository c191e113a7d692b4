"""What every tab shows: the data set, the device and the run, and a chip with what the lens changes in the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy

from engine.data.jobs import DatasetOpened, EngineReady
from gui.look.elided import Elided
from gui.state.bridge import Bridge
from gui.state.selection import Selection
from gui.state.silencing import Silencing, changes_of

if TYPE_CHECKING:
    from gui.state.runs import Runs

TIP = "The data set with its training and test images, what computes, and the run."

PLACE = "Fingerprints"
"""The tab in which neurons are changed, and that is undone."""


class Facts(Elided):
    """Says what the window is about: the run is the one that is looked at."""

    def __init__(self, bridge: Bridge, selection: Selection) -> None:
        super().__init__("menu.facts", "label", Qt.TextElideMode.ElideMiddle, tip=TIP)
        self._selection, self._runs = selection, bridge.runs
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setContentsMargins(0, 0, 16, 0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._parts = {"data": "", "device": "", "run": ""}
        bridge.listen(DatasetOpened, lambda message: self._set("data", message.summary))
        bridge.listen(EngineReady, lambda message: self._set("device", message.device))
        selection.changed.connect(lambda changed: self._show_run() if "lens" in changed else None)
        bridge.runs.changed.connect(lambda changes: self._show_run() if changes.listed else None)

    def _show_run(self) -> None:
        lens = self._selection.lens
        self._set("run", f"Run {self._runs.label(lens.run)}" if lens else "")

    def _set(self, name: str, words: str) -> None:
        self._parts[name] = words
        self.set_words("   ·   ".join(filter(None, self._parts.values())))


# The chip -----------------------------------------------------------------------------------------------------------


class SilencingChip(QPushButton):
    """Hidden while all neurons are as trained. A click restores all of them.

    Whatever tab is shown, that change goes into the history of `PLACE`, where the changes that it takes back are: in
    another history it would leave them there to be undone once more.
    """

    def __init__(self, selection: Selection, runs: Runs) -> None:
        super().__init__()
        self.setObjectName("lens.changes")
        self.setProperty("look", "chip")
        self.setProperty("tone", "changed")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._selection = selection
        self._runs = runs
        self.clicked.connect(self._restore)
        selection.changed.connect(self._show_selection)
        self._show()

    def _restore(self) -> None:
        # Asked for only now: the tabs come later than the chip, in their own order.
        history = self._selection.history.of(PLACE)
        Silencing(self._selection, self, history, self._runs.__contains__, self._runs.label).restore_all()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show()

    def _show(self) -> None:
        changes = changes_of(self._selection.lens)
        if changes != self.text() or not self.toolTip():
            self.setText(changes)
            self.setAccessibleName(f"Restore all neurons: {changes or 'none is changed'}")
            self.setToolTip(
                f"All tabs show the network with {changes}. Click to restore all neurons; "
                f"undo in {PLACE} changes them again."
                if changes
                else "All neurons are as trained."
            )
        self.setVisible(bool(changes))
