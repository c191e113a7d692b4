"""The muted words at the right of the menu bar: data set, device, run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from engine.jobs import DatasetOpened, EngineReady
from engine.session_jobs import SessionOpened
from engine.specs import PRESETS, TrainSpec
from engine.training.messages import RunStarted
from gui.bridge import Bridge
from gui.selection import Selection


class Facts(QLabel):
    """Says what the window is about: the run is the one that is looked at."""

    def __init__(self, bridge: Bridge, selection: Selection) -> None:
        super().__init__()
        self._selection = selection
        self._specs: dict[str, TrainSpec] = {}
        self.setObjectName("menu.facts")
        self.setProperty("look", "label")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setContentsMargins(0, 0, 16, 0)
        self.setToolTip("The data set with its training and test images, what computes, and the run.")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._text = ""
        self._parts = {"data": "", "device": "", "run": ""}
        bridge.listen(DatasetOpened, lambda message: self._set("data", message.summary))
        bridge.listen(EngineReady, lambda message: self._set("device", message.device))
        bridge.listen(RunStarted, lambda message: self._take_runs({message.run: message.spec}))
        bridge.listen(
            SessionOpened, lambda message: self._take_runs({run.name: run.spec for run in message.runs})
        )
        selection.changed.connect(self._show_run)

    def _take_runs(self, specs: dict[str, TrainSpec]) -> None:
        self._specs |= specs
        self._show_run(frozenset({"lens"}))

    def _show_run(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            lens = self._selection.lens
            spec = self._specs.get(lens.run) if lens else None
            title = next((preset.title for preset in PRESETS.values() if preset.spec == spec), "")
            run = f"Run {lens.run}" if lens else ""
            self._set("run", f"{run}: {title}" if title else run)

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
