"""A bar for each class, to the right above zero and to the left below."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.base.numbers import written
from gui.look.fonts import font
from gui.look.theme import theme

BAR_HEIGHT = 10
GLYPH_ROOM = 18
STRENGTH = {False: 5, True: 1}
"""Which of the seven steps of the signed colours a bar has: above zero, below."""


class SignedBars(QWidget):
    """Rows of fixed places, on one scale that is symmetric around zero."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes = 10
        self._values: np.ndarray[Any, Any] | None = None
        theme().changed.connect(self.update)

    @property
    def texts(self) -> list[str]:
        """What stands behind the bars."""
        if self._values is None:
            return []
        most = float(np.abs(np.nan_to_num(self._values)).max())
        decimals = min(4, max(0, 2 - math.floor(math.log10(most)))) if most else 0
        return [same_length(each, decimals) for each in self._values.tolist()]

    def set_classes(self, classes: int) -> None:
        """Set the number of rows while nothing is shown."""
        if self._values is None and classes != self.classes:
            self.classes = classes
            self.updateGeometry()
            self.update()

    def set_values(self, values: np.ndarray[Any, Any] | None) -> None:
        """Show numbers (classes,), or empty rows."""
        self._values = values
        if values is not None:
            self.classes = len(values)
        rows = [f"{number}: {text}" for number, text in enumerate(self.texts)]
        self.setAccessibleDescription(", ".join(rows))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a row's letters for each class."""
        return QSize(140, 16 * self.classes)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one row for each class, and the line of zero."""
        painter, colors = QPainter(self), theme().current
        numbers = font("small_value", numbers=True)
        room = QFontMetricsF(numbers).horizontalAdvance("−0.000") + 4
        track = QRectF(GLYPH_ROOM, 0, self.width() - GLYPH_ROOM - room, self.height())
        height = self.height() / max(1, self.classes)
        for number in range(self.classes):
            row = QRectF(0, number * height, self.width(), height)
            self._draw_row(painter, row, track, number)
        middle = round(track.center().x()) + 0.5
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawLine(round(middle), 0, round(middle), self.height())

    def _draw_row(self, painter: QPainter, row: QRectF, track: QRectF, number: int) -> None:
        colors, middle = theme().current, Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("small_value", numbers=True))
        painter.setPen(colors.color("muted"))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | middle, str(number))
        if self._values is None:
            return
        value = float(np.nan_to_num(self._values[number]))
        most = float(np.abs(np.nan_to_num(self._values)).max()) or 1.0
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, self.texts[number])
        long = abs(value) / most * track.width() / 2
        bar = QRectF(
            track.center().x() - (long if value < 0 else 0), 0, long, min(BAR_HEIGHT, row.height() - 3)
        )
        bar.moveTop(round(row.center().y() - bar.height() / 2))
        painter.fillRect(bar, QColor(colors.signed[STRENGTH[value < 0]]))


def same_length(number: float, decimals: int) -> str:
    """Return a number with its sign, a true minus and `decimals` decimals, so that a column of them lines up."""
    if number != number:
        return "no number"
    return written(number, f"+.{decimals}f") if number else "0"
