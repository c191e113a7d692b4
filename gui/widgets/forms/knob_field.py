"""A field for a knob: its title, its editor, and a sentence on what is wrong; for text, numbers and named values."""

import dataclasses
from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from engine.core.errors import UserError
from engine.core.knobs import Knob, Value, plain_number
from engine.core.language import decimal_mark, tr, with_marks
from engine.core.layers.language import LayersError
from gui.look.fonts import set_font
from gui.look.layout import hbox, vbox
from gui.look.theme import theme
from gui.look.words import named, set_look, words
from gui.widgets.forms.controls import Choice


class KnobField(QWidget):
    """Title above, editor below. The field always has a value or a sentence on what is wrong."""

    edited = Signal()  # a person changed it; not sent for `set_value`
    checked = Signal()  # `error` has changed

    def __init__(self, knob: Knob, name: str) -> None:
        super().__init__()
        self.knob, self.error = knob, ""  # `error` is a sentence on what is wrong, or empty
        self._value: Value | None = knob.default
        self._check_more: Callable[[Value], object] = lambda value: None
        self.label = words(f"{knob.title}, %" if knob.percent else knob.title, "label")
        self.editor: QWidget = self._make_editor()
        named(self.editor, name, title=knob.title)
        self.editor.setAccessibleDescription(knob.help)
        self.editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.line = hbox((self.editor, 1), gap=6)  # the editor's line
        self.label.setBuddy(self.editor)
        self._arrange()
        self.set_value(knob.default)

    def value(self) -> Value | None:
        return self._value

    def set_value(self, value: Value) -> None:
        with QSignalBlocker(self.editor):
            self._write(value)
        self._check()

    def check_with(self, check: Callable[[Value], object]) -> None:
        """Set a further check, which raises a `UserError`, where more than the knob decides what is wrong."""
        self._check_more = check
        self._check()

    def _make_editor(self) -> QWidget:
        raise NotImplementedError

    def _read(self) -> Value:
        """Return the value in the editor; raise the knob's `UserError` if it is wrong."""
        raise NotImplementedError

    def _write(self, value: Value) -> None:
        raise NotImplementedError

    def _mark(self, part: tuple[int, int] | None) -> None:
        """Mark what is wrong in a text, from its first letter to its end."""

    def _arrange(self) -> None:
        vbox(self.label, self.line, gap=2, on=self)

    def _take_edit(self) -> None:
        self._check()
        self.edited.emit()

    def _check(self) -> None:
        before, wrong_part = self.error, None
        self._value, self.error = None, ""
        try:
            value = self._read()
            self._check_more(value)
            self._value = value
        except UserError as wrong:
            self.error = wrong.sentence
            if isinstance(wrong, LayersError):  # a text of many parts: which one, and what to write
                self.error, wrong_part = str(wrong), wrong.span
        except OverflowError:  # a number of hundreds of digits
            self.error = tr("{title} must be between {range}.", title=self.knob.title, range=self.knob.range_text())
        self._mark(wrong_part)
        set_look(self.editor, "wrong", "true" if self.error else "false")
        for part in (self.label, self.editor):
            part.setToolTip(self.error or self.knob.help)
        if self.error != before:
            self.checked.emit()


CLIPPED = 5  # pixels at either end of a line, in which nothing is underlined
NAMES = frozenset({"seed"})  # whole numbers that count nothing, written without marks between thousands


class TextField(KnobField):
    """A line of text; Up and Down count whole numbers, which are grouped while unfocused. A share is in percent."""

    editor: QLineEdit

    def _make_editor(self) -> QWidget:
        editor = _Line()
        editor.textEdited.connect(self._take_edit)
        editor.setPlaceholderText(self.knob.zero)
        if self.knob.kind in ("whole", "real"):
            set_font(editor, "value", numbers=True)
            editor.doubled = editor.selectAll  # because for Qt a dot ends a word
        if self.knob.kind == "whole":
            editor.counted = self._count
            editor.entered = lambda: self._group(False)
            editor.left = lambda: self._group(True)
        elif self.knob.kind == "real":
            editor.left = self._show_what_was_read
        return editor

    def _read(self) -> Value:
        text = self.editor.text()
        if not self.knob.percent:
            return self.knob.parse(text, decimal_comma=True)
        # So an error names the range as it is typed: between 0 and 100.
        value = _in_percent(self.knob).parse(text.rstrip(" %"), decimal_comma=True)
        return self.knob.check(round(float(value) / 100, 12))

    def _write(self, value: Value) -> None:
        if self.knob.zero and value == 0:
            self.editor.clear()
        elif isinstance(value, float):
            self.editor.setText(self._real(value))
        else:
            self.editor.setText(self._whole(value, grouped=not self.editor.hasFocus()))
        self.editor.setCursorPosition(0)

    def _mark(self, part: tuple[int, int] | None) -> None:
        text = self.editor.text()
        before = len(text) - len(text.lstrip())
        marked = (part[0] + before, part[1] + before) if part else (0, 0)
        if isinstance(self.editor, _Line) and marked != self.editor.marked:
            self.editor.marked = marked
            self.editor.update()

    def _real(self, value: float) -> str:
        return plain_number(float(f"{100 * value if self.knob.percent else value:.10g}"), grouped=False)

    def _whole(self, value: Value, *, grouped: bool) -> str:
        counts = isinstance(value, int) and self.knob.name not in NAMES
        return with_marks(f"{value:,}") if grouped and counts else str(value)

    def _group(self, on: bool) -> None:
        """Show the value with marks between thousands or without; a wrong text stays."""
        value = self.value()
        if isinstance(value, int):
            self.editor.setText(self._whole(value, grouped=on))

    def _show_what_was_read(self) -> None:
        """Replace another decimal mark by the language's own, as which it was read."""
        value, other = self.value(), "," if decimal_mark() == "." else "."
        if isinstance(value, float) and other in self.editor.text():
            self.editor.setText(self._real(value))

    def _count(self, by: int) -> None:
        value = self.value()
        if isinstance(value, int) and self.knob.minimum <= value + by <= self.knob.maximum:
            self.set_value(value + by)
            self._take_edit()


class _Line(QLineEdit):
    """A line edit that calls functions at the Up and Down keys, at focus changes and at a double click."""

    counted = staticmethod(lambda by: None)
    entered = left = doubled = staticmethod(lambda: None)
    marked = (0, 0)  # what is wrong, from its first letter to its end

    def paintEvent(self, event: QPaintEvent) -> None:
        """Underline what is wrong."""
        super().paintEvent(event)
        start, end = self.marked
        if start >= end:
            return
        layout = QTextLayout(self.text(), self.font(), self)
        layout.beginLayout()
        line = layout.createLine()
        layout.endLayout()
        here, left, right = (
            cast("tuple[float, int]", line.cursorToX(at))[0] for at in (self.cursorPosition(), start, end)
        )
        begin = self.cursorRect().center().x() - here
        painter = QPainter(self)
        painter.setClipRect(self.rect().adjusted(CLIPPED, 0, -CLIPPED, 0))
        painter.setPen(QPen(theme().current.color("bad"), 2, Qt.PenStyle.DotLine))
        bottom = self.cursorRect().bottom()
        painter.drawLine(round(begin + left), bottom, round(begin + right), bottom)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.entered()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.doubled()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if by := {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0):
            self.counted(10 * by if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else by)
        else:
            super().keyPressEvent(event)


def _in_percent(knob: Knob) -> Knob:
    return dataclasses.replace(knob, default=0.0, minimum=100 * knob.minimum, maximum=100 * knob.maximum, percent=False)


class ChoiceField(KnobField):
    """A combo box with the titles of the values."""

    editor: Choice

    def _make_editor(self) -> QWidget:
        editor = Choice(4)
        editor.offer(self.knob.choices)
        editor.currentIndexChanged.connect(self._take_edit)
        return editor

    def _read(self) -> Value:
        return self.knob.check(str(self.editor.currentData()))

    def _write(self, value: Value) -> None:
        self.editor.setCurrentIndex(self.editor.findData(value))
