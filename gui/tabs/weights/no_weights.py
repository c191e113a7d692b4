"""The Weights tab before there is a network: a sentence, the button that helps, and faint pictures behind."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from gui.look.theme import theme
from gui.widgets.empty_state import EmptyState

SIDE, GAP = 56, 12
NO_NETWORK = "Train a network, and each neuron's weights are a picture here."
SOON = "The weights are being read."


class NoWeights(EmptyState):
    """Empty frames in rows, as the pictures will stand."""

    def __init__(self) -> None:
        super().__init__("weights.empty", NO_NETWORK, "Start")

    def show_network(self, there_is: bool) -> None:
        """Say what helps where there is no network, and that pictures are on their way where there is one."""
        self.say(SOON if there_is else NO_NETWORK)
        self.offer.setHidden(there_is)

    def refuse(self, sentence: str) -> None:
        """Say why there are no pictures, although there is a network."""
        self.say(sentence)
        self.offer.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frames, but none behind sentence and button."""
        painter = QPainter(self)
        painter.setPen(QPen(theme().current.color("line"), 1))
        middle = QRectF(0, 0, 480, 150)
        middle.moveCenter(QRectF(self.rect()).center())
        across, down = (self.width() - GAP) // (SIDE + GAP), (self.height() - GAP) // (SIDE + GAP)
        left = (self.width() - across * (SIDE + GAP) + GAP) // 2
        top = (self.height() - down * (SIDE + GAP) + GAP) // 2
        for number in range(max(0, across) * max(0, down)):
            row, column = divmod(number, across)
            frame = QRectF(left + column * (SIDE + GAP) + 0.5, top + row * (SIDE + GAP) + 0.5, SIDE, SIDE)
            if not frame.intersects(middle):
                painter.drawRect(frame)
