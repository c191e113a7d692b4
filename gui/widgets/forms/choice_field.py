"""A field for a knob with a few named values."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from engine.core.knobs import Value
from gui.look.fonts import scaled
from gui.look.icons import icon
from gui.widgets.forms.knob_field import KnobField


class Choice(QComboBox):
    """A combo box with our own arrow, which the wheel changes only if it has the focus."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = scaled(12)
        place = QRect(self.width() - side - 5, (self.height() - side) // 2, side, side)
        icon("chevron-down", "muted" if self.isEnabled() else "faint").paint(painter, place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Without the focus leave the event to the page, which scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceField(KnobField):
    """A combo box with the titles of the values."""

    editor: Choice

    def _make_editor(self) -> QWidget:
        editor = Choice()
        editor.setMinimumContentsLength(4)
        editor.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, title in self.knob.choices.items():
            editor.addItem(title, value)
        editor.currentIndexChanged.connect(self._take_edit)
        return editor

    def _read(self) -> Value:
        return self.knob.check(str(self.editor.currentData()))

    def _write(self, value: Value) -> None:
        self.editor.setCurrentIndex(self.editor.findData(value))
