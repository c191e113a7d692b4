"""A field for a knob: its title, its editor, and a sentence on what is wrong."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.core.errors import UserError
from engine.core.knobs import Knob, Value
from gui.look.layout import hbox, vbox
from gui.look.words import set_look, set_tone, words


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
        self.editor.setObjectName(name)
        self.editor.setAccessibleName(knob.title)
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

    def mark_changed(self, changed: bool) -> None:
        set_tone(self.label, "accent" if changed else "")

    def _make_editor(self) -> QWidget:
        raise NotImplementedError

    def _read(self) -> Value:
        """Return the value in the editor; raise the knob's `UserError` if it is wrong."""
        raise NotImplementedError

    def _write(self, value: Value) -> None:
        raise NotImplementedError

    def _arrange(self) -> None:
        vbox(self.label, self.line, gap=2, on=self)

    def _take_edit(self) -> None:
        self._check()
        self.edited.emit()

    def _check(self) -> None:
        before = self.error
        self._value, self.error = None, ""
        try:
            value = self._read()
            self._check_more(value)
            self._value = value
        except UserError as wrong:
            self.error = wrong.sentence
        except OverflowError:  # a number of hundreds of digits
            self.error = f"{self.knob.title} must be between {self.knob.range_text()}."
        set_look(self.editor, "wrong", "true" if self.error else "false")
        for part in (self.label, self.editor):
            part.setToolTip(self.error or self.knob.help)
        if self.error != before:
            self.checked.emit()
