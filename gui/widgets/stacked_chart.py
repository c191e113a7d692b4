"""How an answer came about: the classes' probabilities over time, stacked, so that their bands fill the height."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.fonts import font
from gui.theme import class_token, theme

LEAST_BAND = 16
"""A band lower than that, in pixels, has no room for its digit; nor has one that is not almost as long."""


class StackedChart(QWidget):
    """Bands of the classes from left to right; what has not happened yet is empty."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("The answer over time")
        self.setToolTip("How probable each class was while the strokes were drawn, from left to right")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._parts: list[float] = []
        self._shares: list[np.ndarray[Any, Any]] = []
        theme().changed.connect(self.update)

    @property
    def shares(self) -> np.ndarray[Any, Any]:
        """Probabilities so far (times, classes)."""
        return np.array(self._shares)

    def clear(self) -> None:
        """Show nothing."""
        self._parts, self._shares = [], []
        self.update()

    def add(self, part: float, probabilities: np.ndarray[Any, Any]) -> None:
        """Add probabilities (classes,) after so large a part of the time, 0 to 1; never earlier than the last."""
        self._parts.append(part)
        self._shares.append(np.nan_to_num(probabilities))
        self.update()

    def show_shares(self, parts: np.ndarray[Any, Any], shares: np.ndarray[Any, Any]) -> None:
        """Show probabilities (times, classes) after such parts of the time (times,), rising from 0 to 1."""
        self._parts, self._shares = parts.tolist(), list(np.nan_to_num(shares))
        self.update()

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(200, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, bands and their digits."""
        painter, colors = QPainter(self), theme().current
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(frame, colors.color("raised"))
        if len(self._parts) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_bands(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)

    def _draw_bands(self, painter: QPainter) -> None:
        colors, height = theme().current, float(self.height())
        xs = np.array(self._parts) * self.width()
        edges = np.vstack([np.zeros(len(xs)), np.cumsum(self.shares, axis=1).T]) * height
        for number, (top, bottom) in enumerate(pairwise(edges)):
            if not (bottom - top >= 0.5).any():
                continue
            shape = [QPointF(x, y) for x, y in zip(xs.tolist(), top.tolist(), strict=True)]
            back = zip(xs[::-1].tolist(), bottom[::-1].tolist(), strict=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color(class_token(number), 0.75))
            painter.drawPolygon(QPolygonF(shape + [QPointF(x, y) for x, y in back]))
            wide = np.flatnonzero(bottom - top >= 0.95 * (bottom - top).max())
            widest = int(wide[len(wide) // 2])
            high = xs[bottom - top >= LEAST_BAND]
            if len(high) and high[-1] - high[0] >= 0.75 * LEAST_BAND:
                self._draw_digit(painter, number, xs[widest], (top[widest] + bottom[widest]) / 2)

    def _draw_digit(self, painter: QPainter, number: int, x: float, y: float) -> None:
        painter.setFont(font("small_value", numbers=True))
        painter.setPen(theme().current.color("text"))
        place = QRectF(0, 0, 16, 16)
        place.moveCenter(QPointF(min(max(x, 10.0), self.width() - 10.0), y))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))
