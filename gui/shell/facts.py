"""The muted words at the right of the menu bar: data set, device, run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy

from engine.data.jobs import DatasetOpened, EngineReady
from gui.look.elided import Elided
from gui.state.bridge import Bridge
from gui.state.selection import Selection

TIP = "The data set with its training and test images, what computes, and the run."


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
