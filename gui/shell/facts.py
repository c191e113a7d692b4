"""The muted words at the right of the menu bar: data set, device, run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from engine.data.jobs import DatasetOpened, EngineReady
from gui.state.bridge import Bridge
from gui.state.selection import Selection


class Facts(QLabel):
    """Says what the window is about: the run is the one that is looked at."""

    def __init__(self, bridge: Bridge, selection: Selection) -> None:
        super().__init__()
        self._selection, self._runs = selection, bridge.runs
        self.setObjectName("menu.facts")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", "label")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setContentsMargins(0, 0, 16, 0)
        self.setToolTip("The data set with its training and test images, what computes, and the run.")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._text = ""
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
        self._text = text = "   ·   ".join(filter(None, self._parts.values()))
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words into the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(0, self.contentsRect().width())
        self.setText(self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, room))
