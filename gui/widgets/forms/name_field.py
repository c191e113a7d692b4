"""A small field for a name, which floats in the window and is not modal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPushButton, QWidget

from gui.look.fonts import metrics
from gui.look.layout import SPRING, hbox, vbox
from gui.look.named import named
from gui.look.text_size import sized
from gui.look.words import set_tone, words

WIDTH, MOST_LETTERS = 240, 60


class NameField(QFrame):
    """A label, a line edit and buttons. OK and Enter send the name; Cancel, Esc and a click elsewhere close it."""

    named = Signal(str)
    deleted = Signal()  # asks to delete the name or what has it, if `ask_above` has offered that

    def __init__(
        self,
        window: QWidget,
        name: str,
        title: str,
        tip: str,
        delete_tip: str = "",
        check: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Create it; object names begin with `name`, and `title` is the label.

        `check` returns what is wrong with a text, which replaces the label, or an empty text.
        """
        super().__init__(window)
        named(self, f"{name}.field", look="panel")
        self.line = named(QLineEdit(), f"{name}.name", title=title, tip=tip)
        self.label = words(title, "label", names=self.line, wrapped=True)
        self._title, self._check = title, check
        self.line.setMaxLength(MOST_LETTERS)
        self.line.returnPressed.connect(self._give)
        self.ok = self._make_button(name, "ok", "OK", "Take this name (Enter).")
        self.cancel = self._make_button(name, "cancel", "Cancel", "Leave it as it is (Esc).")
        self.delete = self._make_button(name, "delete", "Delete", delete_tip)
        self.ok.clicked.connect(self._give)
        self.cancel.clicked.connect(self._leave)
        self.delete.clicked.connect(self._delete)
        self._before: QWidget | None = None
        for part in (self.line, self.ok, self.cancel, self.delete):
            part.installEventFilter(self)
        vbox(
            self.label,
            self.line,
            hbox(self.delete, SPRING, self.cancel, self.ok, gap="tight"),
            gap="tight",
            edges="small",
            on=self,
        )
        self.hide()

    def ask_above(
        self, point: QPoint, text: str, placeholder: str, *, title: str = "", deletable: bool = False
    ) -> None:
        """Ask for a name above `point` of the window, at first `text`; `title` replaces the label for this time.

        If `deletable`, there is a button that deletes the name.
        """
        self._before = self.window().focusWidget()
        self.line.setText(text)
        self.line.setPlaceholderText(placeholder)
        self._say(title or self._title)
        self.line.selectAll()
        self.delete.setVisible(deletable)
        sized(self.setFixedWidth, WIDTH)
        self.adjustSize()
        margin = metrics()["space"]["small"]
        left = min(max(point.x() - self.width() // 2, margin), self.window().width() - self.width() - margin)
        self.move(left, max(margin, point.y() - self.height()))
        self.show()
        self.raise_()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close at Esc, and when a widget outside gets the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(watched, QPushButton):
                watched.click()
                return True
        elif event.type() == QEvent.Type.FocusOut and self.window().isActiveWindow():
            now = QApplication.focusWidget()
            if now is None or not self.isAncestorOf(now):
                self.hide()
        return False

    def _make_button(self, name: str, key: str, text: str, tip: str) -> QPushButton:
        button = named(QPushButton(text), f"{name}.{key}", title=text, tip=tip or text, look="small")
        sized(button.setMinimumWidth, 56)
        return button

    def _give(self) -> None:
        text = self.line.text().strip()
        if wrong := self._check(text):
            self._say(wrong, is_wrong=True)
            self.line.selectAll()
            self.line.setFocus()
        else:
            self._leave()
            self.named.emit(text)

    def _say(self, sentence: str, *, is_wrong: bool = False) -> None:
        bottom = self.geometry().bottom()
        self.label.setText(sentence)
        self.line.setAccessibleName(sentence)
        set_tone(self.label, "bad" if is_wrong else "")
        self.adjustSize()
        self.move(self.x(), bottom + 1 - self.height())

    def _delete(self) -> None:
        self._leave()
        self.deleted.emit()

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()
