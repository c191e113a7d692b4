"""The bar of the run: start and pause, single steps, stop, slow motion; at its right the time machine."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from gui.look.icons import icon
from gui.look.named import named
from gui.shell.actions import Actions, plain
from gui.shell.time.bar import TimeBar
from gui.state.run_controls import RunControls
from gui.state.timeline import Timeline
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
    """Buttons that follow the actions of the Run menu, and the way through the run's moments."""

    def __init__(self, actions: Actions, controls: RunControls, timeline: Timeline) -> None:
        super().__init__()
        self.setObjectName("transport")
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._controls = controls
        self._pace = self._make_pace()
        self.time = TimeBar(actions, timeline)
        self._lay_out(actions)
        controls.paceChanged.connect(self._show_pace)
        self._show_pace()

    def _lay_out(self, actions: Actions) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        start = ActionButton(actions["run.start"], "run.start", look="primary")
        row.addWidget(start)
        for name in ("run.step", "run.epoch", "run.stop"):
            row.addWidget(ActionButton(actions[name], name, look="icon"))
        row.addWidget(self._pace)
        row.addWidget(self.time, 1)

    def _make_pace(self) -> Choice:
        box = named(Choice(), "run.pace")
        for pace, words in PACES.items():
            box.addItem(words, pace)
        box.setToolTip("How fast to train: at full speed, or in slow motion, one step at a time.")
        box.setAccessibleName("Speed of training")
        box.setMinimumWidth(142)
        box.activated.connect(lambda _: self._controls.set_pace(box.currentData()))
        return box

    def _show_pace(self) -> None:
        self._pace.setCurrentIndex(list(PACES).index(self._controls.pace))


class ActionButton(QPushButton):
    """A button that does what an action does, and is named, enabled and explained like it.

    The one that matters most says its name; the others are icons, and say it in their tooltips.
    """

    def __init__(self, action: QAction, name: str, *, look: Literal["primary", "icon"]) -> None:
        super().__init__()
        self.setObjectName(name)
        self._action = action
        self.setProperty("look", look)
        self._primary = look == "primary"
        self.setIconSize(QSize(16, 16))
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Return a size with room for the widest of the main button's three names, so that nothing moves."""
        hint = super().sizeHint()
        return hint.expandedTo(QSize(PRIMARY_WIDTH, 0)) if self._primary else hint

    def _follow(self) -> None:
        if self._primary:
            self.setText(plain(self._action.text()))
        self.setIcon(icon(self._action.property("icon name"), "on_accent" if self._primary else "text"))
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(plain(self._action.text()))
        self.setAccessibleDescription(self._action.toolTip())
