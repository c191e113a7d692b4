"""What a panel shows while there is nothing to show: a faint picture, one sentence, and the buttons that help."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.look.fonts import metrics
from gui.look.theme import theme
from gui.look.words import words
from gui.widgets.network_offer import NetworkOffer


class EmptyState(QWidget):
    """A sentence and the ways to a network in the middle, over falling curves as they will be."""

    def __init__(self, name: str, sentence: str, button: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.offer = NetworkOffer(name, button)
        self.button = self.offer.start
        self._label = label = words(sentence)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setSpacing(metrics()["space"]["medium"])
        column.addStretch(1)
        column.addWidget(label)
        column.addWidget(self.offer)
        column.addStretch(1)
        theme().changed.connect(self.update)

    def say(self, sentence: str) -> None:
        """Say something else."""
        self._label.setText(sentence)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the faint picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(46, 12, -14, -26)
        colors = theme().current
        painter.setPen(QPen(colors.color("line"), 1))
        for part in (0.15, 0.5, 0.85):
            height = round(area.top() + part * area.height()) + 0.5
            painter.drawLine(QPointF(area.left(), height), QPointF(area.right(), height))
        for color, floor in (("curve_1", 0.95), ("curve_2", 0.72)):
            painter.setPen(QPen(colors.color(color, 0.22), 2))
            painter.drawPolyline(_falling(area, floor))


def _falling(area: QRectF, floor: float) -> QPolygonF:
    points = []
    for number in range(81):
        part = number / 80
        height = floor - (floor - 0.05) * math.exp(-6 * part)
        points.append(QPointF(area.left() + part * area.width(), area.top() + height * area.height()))
    return QPolygonF(points)
