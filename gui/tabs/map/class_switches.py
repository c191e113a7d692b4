"""The classes as switches in a row, or in rows: each shows its colour and turns its points on and off."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from gui.look.fonts import font
from gui.look.theme import class_token, theme

WIDTH, HEIGHT, DOT = 32, 26, 9

MOST_IN_A_ROW = 13
"""More classes than that stand in several rows, all about as long."""


class ClassSwitches(QWidget):
    """One switch per class."""

    switched = Signal(object)
    """Carries a frozenset with the numbers of the classes that are off."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._rows = QGridLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.switches: list[ClassSwitch] = []

    def set_classes(self, classes: int) -> None:
        """Set the number of classes, all on."""
        if classes == len(self.switches):
            return
        for switch in self.switches:
            self._rows.removeWidget(switch)
            switch.hide()
            switch.setObjectName("")
            switch.deleteLater()
        self.switches = [ClassSwitch(f"{self.objectName()}.{number}", number) for number in range(classes)]
        for number, switch in enumerate(self.switches):
            self._rows.addWidget(switch, *divmod(number, math.ceil(classes / self.rows)))
            switch.toggled.connect(self._tell)

    @property
    def rows(self) -> int:
        """In how many rows they stand."""
        return max(1, math.ceil(len(self.switches) / MOST_IN_A_ROW))

    @property
    def off(self) -> frozenset[int]:
        """The classes that are off."""
        return frozenset(number for number, switch in enumerate(self.switches) if not switch.isChecked())

    def _tell(self) -> None:
        self.switched.emit(self.off)


class ClassSwitch(QToolButton):
    """A dot in the colour of the class, and the class."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setText(str(number))
        self.setAccessibleName(f"Class {number}")
        self.setToolTip(f"Show the images of class {number}, or leave them out.")
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._number = number
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for dot and number."""
        return QSize(WIDTH, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, dot and number."""
        painter, colors = QPainter(self), theme().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("raised"))
            painter.drawRoundedRect(frame, 6, 6)
        dot = QRectF(5, (self.height() - DOT) / 2, DOT, DOT)
        color = colors.color(class_token(self._number))
        painter.setPen(QPen(color if self.isChecked() else colors.color("line"), 1.5))
        painter.setBrush(color if self.isChecked() else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(dot)
        painter.setPen(colors.color("text" if self.isChecked() else "faint"))
        painter.setFont(font("small_value", numbers=True))
        words = QRectF(dot.right() + 3, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
