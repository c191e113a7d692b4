"""The bar of the run: start and pause, single steps, stop, slow motion; at its right how far the run is."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from gui.actions import Actions, plain
from gui.fonts import font
from gui.icons import icon
from gui.named import named
from gui.progress_track import ProgressTrack
from gui.run_controls import RunControls
from gui.run_progress import RunProgress, percent
from gui.widgets.choice_field import Choice

HEIGHT = 48
PRIMARY_WIDTH = 112
PACES: dict[float | None, str] = {
    None: "Full speed",
    16.0: "16 steps a second",
    4.0: "4 steps a second",
    1.0: "1 step a second",
}


class Transport(QFrame):
    """Buttons that follow the actions of the Run menu, and the progress of the run."""

    def __init__(self, actions: Actions, controls: RunControls, progress: RunProgress) -> None:
        super().__init__()
        self.setObjectName("transport")
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._controls, self._progress = controls, progress
        self._track = ProgressTrack()
        self._track.setObjectName("transport.track")
        self._epoch = named(QLabel(), "transport.epoch")
        self._accuracy = named(QLabel(), "transport.accuracy")
        self._pace = self._make_pace()
        self._lay_out(actions)
        progress.changed.connect(self._show_progress)
        controls.paceChanged.connect(self._show_pace)
        self._show_progress()
        self._show_pace()

    def _lay_out(self, actions: Actions) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        start = ActionButton(actions["run.start"], "run.start", primary=True)
        row.addWidget(start)
        for name in ("run.step", "run.epoch", "run.stop"):
            row.addWidget(ActionButton(actions[name], name))
        row.addWidget(self._pace)
        row.addSpacing(16)
        row.addWidget(self._track, 1)
        row.addSpacing(16)
        for label, look, sample in (
            (self._epoch, "value", "epoch 0,000.0"),
            (self._accuracy, "label", "100.0 % test"),
        ):
            label.setProperty("look", look)
            label.setFont(font("value" if look == "value" else "body", numbers=True))
            label.setFixedWidth(label.fontMetrics().horizontalAdvance(sample) + 4)
            row.addWidget(label)

    def _make_pace(self) -> Choice:
        box = named(Choice(), "run.pace")
        for pace, words in PACES.items():
            box.addItem(words, pace)
        box.setToolTip("How fast to train: at full speed, or in slow motion, one step at a time.")
        box.setAccessibleName("Speed of training")
        box.setMinimumWidth(150)
        box.activated.connect(lambda _: self._controls.set_pace(box.currentData()))
        return box

    def _show_pace(self) -> None:
        self._pace.setCurrentIndex(list(PACES).index(self._controls.pace))

    def _show_progress(self) -> None:
        progress = self._progress
        self._track.set_progress(progress.fraction, progress.epochs)
        self._epoch.setText(f"epoch {progress.epoch:,.1f}" if progress.run else "")
        self._accuracy.setText(f"{percent(progress.accuracy)} test" if progress.accuracy is not None else "")


class ActionButton(QPushButton):
    """A button that does what an action does, and is named, enabled and explained like it."""

    def __init__(self, action: QAction, name: str, *, primary: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._action = action
        if primary:
            self.setProperty("look", "primary")
        self._tint = "on_accent" if primary else "text"
        self.setIconSize(QSize(16, 16))
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Return a size with room for the widest of the main button's three names, so that nothing moves."""
        hint = super().sizeHint()
        return hint.expandedTo(QSize(PRIMARY_WIDTH, 0)) if self._tint == "on_accent" else hint

    def _follow(self) -> None:
        self.setText(plain(self._action.text()))
        self.setIcon(icon(self._action.property("icon name"), self._tint))
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(plain(self._action.text()))
        self.setAccessibleDescription(self._action.toolTip())
