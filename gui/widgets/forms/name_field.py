"""A small field for a name, which floats in the window and is not modal."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPushButton, QWidget

from engine.core.language import mark, tr
from gui.look.fonts import metrics, sized
from gui.look.layout import SPRING, hbox, vbox
from gui.look.words import named, set_tone, words

WIDTH, MOST_LETTERS = 240, 60


def ask_name(
    of: QWidget,
    name: str,
    title: str,
    tip: str,
    then: Callable[[str], object],
    *,
    above: QPoint | None = None,
    text: str = "",
    placeholder: str = mark("Name"),
    check: Callable[[str], str] = lambda _: "",
    delete_tip: str = "",
) -> None:
    """Ask for a name above a point of the window, by default above the middle of `of`, and pass it to `then`.

    Object names begin with `name`, `title` is the label, and `text` the name at first. `check` returns what is wrong
    with a name, which replaces the label, or an empty text. With `delete_tip` a button takes the name away: `then`
    gets an empty one.
    """
    window = of.window()
    field = window.findChild(NameField, f"{name}.field", Qt.FindChildOption.FindDirectChildrenOnly)
    field = field or NameField(window, name, tip)
    if above is None:
        above = of.mapTo(window, QPoint(of.width() // 2, -metrics()["space"]["tight"]))
    field.then, field.check = then, check
    field.delete.setToolTip(delete_tip)
    field.delete.setVisible(bool(delete_tip))
    field.open_above(above, title, text, tr(placeholder))


class NameField(QFrame):
    """A label, a line edit and buttons. OK and Enter send the name; Cancel, Esc and a click elsewhere close it."""

    def __init__(self, window: QWidget, name: str, tip: str) -> None:
        super().__init__(window)
        self.then: Callable[[str], object]  # receives the name
        self.check: Callable[[str], str]
        named(self, f"{name}.field", look="panel")
        self.line = named(QLineEdit(), f"{name}.name", tip=tip)
        self.label = words("", "label", names=self.line, wrapped=True)
        self.line.setMaxLength(MOST_LETTERS)
        self.line.returnPressed.connect(self._give)
        self.ok = self._make_button(name, "ok", tr("OK"), tr("Take this name (Enter)."))
        self.cancel = self._make_button(name, "cancel", tr("Cancel"), tr("Leave it as it is (Esc)."))
        self.delete = self._make_button(name, "delete", tr("Delete"), tr("Delete"))
        self.ok.clicked.connect(self._give)
        self.cancel.clicked.connect(self._leave)
        self.delete.clicked.connect(self._delete)
        self._before: QWidget | None = None
        for part in (self.line, self.ok, self.cancel, self.delete):
            part.installEventFilter(self)
        buttons = hbox(self.delete, SPRING, self.cancel, self.ok, gap="tight")
        vbox(self.label, self.line, buttons, gap="tight", edges="small", on=self)
        self.hide()

    def open_above(self, point: QPoint, title: str, text: str, placeholder: str) -> None:
        self._before = self.window().focusWidget()
        self.line.setText(text)
        self.line.setPlaceholderText(placeholder)
        self._say(title)
        self.line.selectAll()
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
        button = named(QPushButton(text), f"{name}.{key}", title=text, tip=tip, look="small")
        sized(button.setMinimumWidth, 56)
        return button

    def _give(self) -> None:
        text = self.line.text().strip()
        if wrong := self.check(text):
            self._say(wrong, is_wrong=True)
            self.line.selectAll()
            self.line.setFocus()
        else:
            self._leave()
            self.then(text)

    def _say(self, sentence: str, *, is_wrong: bool = False) -> None:
        bottom = self.geometry().bottom()
        self.label.setText(sentence)
        self.line.setAccessibleName(sentence)
        set_tone(self.label, "bad" if is_wrong else "")
        self.adjustSize()
        self.move(self.x(), bottom + 1 - self.height())

    def _delete(self) -> None:
        self._leave()
        self.then("")

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()
