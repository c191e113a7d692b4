"""A matrix whose numbers a person changes: by a double click, or by typing where the cursor is."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit

from engine.base.errors import UserError
from engine.base.knobs import Knob
from gui.look.fonts import metrics
from gui.look.words import set_look
from gui.tabs.warmup.number_map import Cell, NumberMap
from gui.widgets.cell_words import exact, trimmed

NARROWEST, WIDEST = 64, 110
"""The editor is as wide as the cell, within these."""

OPENING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)


class EditedMap(NumberMap):
    """A matrix with an editor for one number at a time. What was typed is told; whoever listens shows it."""

    edited = Signal(object, float)
    """Carries the `Cell` and the number that it shall hold."""

    def __init__(self, name: str, title: str, help: str, knob: Knob, *, signed: bool = True) -> None:
        super().__init__(name, title, help, signed=signed)
        self._knob = knob
        self._cell: Cell | None = None
        self.editor = _Editor(self)
        self.editor.setObjectName(f"{name}.editor")
        self.editor.setAccessibleName(knob.title)
        self.editor.returnPressed.connect(self._take)
        self.editor.left.connect(self._close)
        self.editor.textEdited.connect(lambda _: self._show_wrong(""))
        self.editor.hide()
        self._show_wrong("")

    def edit(self, cell: Cell, text: str = "") -> None:
        """Open the editor at a cell, with `text` in it, or with the number that stands there."""
        if self.numbers is None:
            return
        self._cell = cell
        place = self.place_of(cell).toRect()
        width = min(max(place.width(), NARROWEST), WIDEST)
        room = QRect(0, 0, width, metrics()["height"]["field"])
        room.moveCenter(place.center())
        room.moveLeft(min(max(room.left(), 0), self.width() - room.width()))
        room.moveTop(min(max(room.top(), 0), self.height() - room.height()))
        self.editor.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.editor.setGeometry(room)
        self.editor.setText(text or exact(float(self.numbers[cell])).replace("−", "-"))
        self._show_wrong("")
        self.editor.show()
        self.editor.setFocus()
        if not text:
            self.editor.selectAll()

    def show_numbers(
        self, numbers: np.ndarray[Any, Any] | None, most: float, *, signed: bool | None = None
    ) -> None:
        """Show a matrix (rows, columns), and close the editor where it was another one's."""
        if numbers is not self.numbers:
            self._close()
        super().show_numbers(numbers, most, signed=signed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit what was clicked."""
        cell = self.at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.edit(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit the number under the cursor when somebody types."""
        typed = event.text().replace("−", "-").replace(",", ".")
        if self._pointed is not None and Qt.Key(event.key()) in OPENING_KEYS:
            self.edit(self._pointed)
        elif self._pointed is not None and typed and typed in "0123456789-.":
            self.edit(self._pointed, typed)
        else:
            super().keyPressEvent(event)

    def word(self, value: float, signs: int) -> str:
        """Return it without zeros at the end of what a person typed."""
        return trimmed(super().word(value, signs))

    def _take(self) -> None:
        try:
            value = float(self._knob.parse(self.editor.text().replace("−", "-").replace(",", ".")))
        except UserError as wrong:
            self._show_wrong(wrong.sentence)
            return
        cell = self._cell
        self._close()
        if cell is not None and self.numbers is not None and value != self.numbers[cell]:
            self.edited.emit(cell, value)

    def _close(self) -> None:
        if self._cell is not None:
            self._cell = None
            had = self.editor.hasFocus()
            self.editor.hide()
            if had:
                self.setFocus()

    def _show_wrong(self, sentence: str) -> None:
        set_look(self.editor, "wrong", "true" if sentence else "false")
        self.editor.setToolTip(sentence or f"{self._knob.help} Return takes it, Escape leaves it as it was.")


class _Editor(QLineEdit):
    """A line that says when it is left without being taken."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
