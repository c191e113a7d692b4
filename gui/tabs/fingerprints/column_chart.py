"""A small chart of columns that stand on zero, or hang from it, with words below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font
from gui.look.plain import show_tip
from gui.look.theme import theme

WORDS, RADIUS, WIDEST = 17, 2, 0.68
"""The height of the words below, the corners' radius, and how much of its room a column takes."""

STRONG = 1
"""The step of the signed colours, from either end, that columns have."""


class ColumnChart(QWidget):
    """Numbers as columns, in one colour or, `signed`, in those of the signed pictures."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 44)
        self._values: np.ndarray[Any, Any] = np.zeros(0)
        self._below: Sequence[str] = ()
        self._tips: Sequence[str] = ()
        self._touching = self._signed = False
        theme().changed.connect(self.update)

    @property
    def values(self) -> np.ndarray[Any, Any]:
        """What is shown (columns,)."""
        return self._values

    @property
    def tips(self) -> tuple[str, ...]:
        """What there is to say of each column."""
        return tuple(self._tips)

    def show_values(
        self,
        values: np.ndarray[Any, Any],
        below: Sequence[str],
        tips: Sequence[str] = (),
        *,
        touching: bool = False,
        signed: bool = False,
    ) -> None:
        """Show `values` (columns,) with words below, spread over the width; `touching`: without gaps."""
        self._values, self._below, self._tips = np.nan_to_num(values), below, tips
        self._touching, self._signed = touching, signed
        self.setAccessibleDescription(", ".join(tips))
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.show_values(np.zeros(0), ())

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(260, 90)

    def event(self, event: QEvent) -> bool:
        """Describe the column under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and len(self._tips):
            place = int(event.pos().x() / max(1, self.width()) * len(self._tips))
            show_tip(event.globalPos(), self._tips[min(max(place, 0), len(self._tips) - 1)], self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw base line, columns and words."""
        painter, colors, count = QPainter(self), theme().current, len(self._values)
        box = QRectF(0, 2, self.width(), self.height() - WORDS - 2)
        low, high = (float(end) for end in (self._values.min(initial=0), self._values.max(initial=0)))
        scale = box.height() / (high - low) if high > low else 0.0
        base = round(box.bottom() + low * scale) if scale else round(box.bottom())
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawLine(QPointF(0, base + 0.5), QPointF(self.width(), base + 0.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not self._touching)
        for number, value in enumerate(self._values.tolist()):
            sign = colors.signed[STRONG if value < 0 else -1 - STRONG]
            painter.setBrush(QColor(sign) if self._signed else colors.color("accent"))
            place = self._column(number, count, base, value * scale)
            if self._touching:
                painter.drawRect(place)
            elif abs(value * scale) >= 0.5:
                painter.drawRoundedRect(place, RADIUS, RADIUS)
        self._draw_words(painter)

    def _column(self, number: int, count: int, base: float, height: float) -> QRectF:
        room = self.width() / count
        width = room if self._touching else room * WIDEST
        left = (number + 0.5) * room - width / 2
        return QRectF(left, base - max(height, 0), width, abs(height))

    def _draw_words(self, painter: QPainter) -> None:
        painter.setFont(font("axis", numbers=True))
        painter.setPen(theme().current.color("faint"))
        count, top = len(self._below), self.height() - WORDS
        if self._touching:  # the ends of an axis, and what lies evenly between them
            sides = [Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight]
            for words, side in zip(self._below, sides, strict=False):
                painter.drawText(
                    QRectF(0, top, self.width(), WORDS), side | Qt.AlignmentFlag.AlignBottom, words
                )
            return
        for number, words in enumerate(self._below):
            room = self.width() / count
            place = QRectF(number * room, top, room, WORDS)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, words)
