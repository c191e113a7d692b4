"""The small field in which a moment gets its name; it floats above the time slider and stops nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from gui.fonts import metrics

WIDTH, MOST_LETTERS = 240, 60


class BookmarkField(QFrame):
    """A line to write in. Enter gives the name (an empty one takes it away), Esc and a click elsewhere leave."""

    given = Signal(int, str)
    """The moment's step and its name."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("time.bookmark.field")
        self.setProperty("look", "panel")
        self.line = QLineEdit()
        self.line.setObjectName("time.bookmark.name")
        self.line.setMaxLength(MOST_LETTERS)
        self.line.setAccessibleName("Name of the moment")
        self.line.setToolTip(
            "Enter gives the moment this name, Esc leaves it as it is. An empty name takes it away."
        )
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self._give)
        self._step = 0
        self._before: QWidget | None = None
        space = metrics()["space"]["small"]
        row = QHBoxLayout(self)
        row.setContentsMargins(space, space, space, space)
        row.addWidget(self.line)
        self.hide()

    def open_at(self, point: QPoint, step: int, name: str, moment: str) -> None:
        """Ask for the name of the moment at `step`, called `moment` in words, above `point` of the window."""
        self._step = step
        self._before = self.window().focusWidget()
        self.line.setText(name)
        self.line.setPlaceholderText(f"Name for {moment}")
        self.line.selectAll()
        self.setFixedWidth(WIDTH)
        self.adjustSize()
        margin = metrics()["space"]["small"]
        left = min(max(point.x() - self.width() // 2, margin), self.window().width() - self.width() - margin)
        self.move(left, point.y() - self.height())
        self.show()
        self.raise_()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave at Esc, and when something else gets the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        elif event.type() == QEvent.Type.FocusOut and self.window().isActiveWindow():
            self.hide()
        return False

    def _give(self) -> None:
        self._leave()
        self.given.emit(self._step, self.line.text().strip())

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()
