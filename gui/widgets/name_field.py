"""The small field in which something gets its name; it floats in the window and stops nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from gui.fonts import metrics

WIDTH, MOST_LETTERS = 240, 60


class NameField(QFrame):
    """A line to write in. Enter gives the name, Esc and a click elsewhere leave."""

    named = Signal(str)

    def __init__(self, window: QWidget, name: str, title: str, tip: str) -> None:
        """Have object names `name` and, for the line, `name` with another end; `title` is for screen readers."""
        super().__init__(window)
        self.setObjectName(f"{name}.field")
        self.setProperty("look", "panel")
        self.line = QLineEdit()
        self.line.setObjectName(f"{name}.name")
        self.line.setMaxLength(MOST_LETTERS)
        self.line.setAccessibleName(title)
        self.line.setToolTip(tip)
        self.line.installEventFilter(self)
        self.line.returnPressed.connect(self._give)
        self._before: QWidget | None = None
        space = metrics()["space"]["small"]
        row = QHBoxLayout(self)
        row.setContentsMargins(space, space, space, space)
        row.addWidget(self.line)
        self.hide()

    def ask_above(self, point: QPoint, text: str, placeholder: str) -> None:
        """Ask for a name above `point` of the window, with `text` to begin with."""
        self._before = self.window().focusWidget()
        self.line.setText(text)
        self.line.setPlaceholderText(placeholder)
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
        self.named.emit(self.line.text().strip())

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()
