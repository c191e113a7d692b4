"""What stands where a matrix will be: a faint one, a sentence, and the buttons that help."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.theme import theme
from gui.look.words import words
from gui.widgets.network_offer import NetworkOffer

CLASSES = 10
MIXED_UP = ((4, 9), (9, 4), (3, 5), (5, 3), (7, 2), (8, 3), (7, 9))


class MatrixEmpty(QWidget):
    """A sentence and the ways to a network in the middle, over a confusion matrix as it will be."""

    def __init__(self, name: str, sentence: str, button: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.offer = NetworkOffer(name, button)
        self.button = self.offer.start
        self.sentence = named(words(sentence), f"{name}.sentence")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setSpacing(metrics()["space"]["medium"])
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addWidget(self.offer)
        column.addStretch(1)
        theme().changed.connect(self.update)

    def say(self, sentence: str, *, with_offer: bool) -> None:
        """Say something else, with the ways to a network or without."""
        self.sentence.setText(sentence)
        self.offer.setVisible(with_offer)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the faint matrix on a panel's surface."""
        painter, colors = QPainter(self), theme().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = metrics()["radius"]["panel"]
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(colors.color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        side = (min(self.width(), self.height()) - 60) / CLASSES
        left, top = self.width() / 2 - CLASSES / 2 * side, self.height() / 2 - CLASSES / 2 * side
        painter.setPen(Qt.PenStyle.NoPen)
        for row in range(CLASSES):
            for column in range(CLASSES):
                opacity = 0.06 if row == column else 0.10 if (row, column) in MIXED_UP else 0.0
                cell = QRectF(left + column * side + 1, top + row * side + 1, side - 2, side - 2)
                painter.fillRect(cell, colors.color("raised"))
                painter.fillRect(cell, colors.color("accent", opacity))
