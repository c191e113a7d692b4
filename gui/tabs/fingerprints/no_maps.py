"""What stands in place of the maps while there is no network: their faint outline, a sentence, and a button."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from gui.look.fonts import metrics
from gui.look.theme import theme
from gui.widgets.empty_state import EmptyState

ABREAST, DOWN, GAP = 5, 2, 10
GROUND = 580, 110
"""So much is left free for the words."""

BANDS = (0.08, 0.13, 0.2, 0.31, 0.34, 0.47, 0.58, 0.61, 0.74, 0.88)


class NoMaps(EmptyState):
    """Ten empty panels with a few bands, behind the words."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the faint picture."""
        painter, colors = QPainter(self), theme().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = (self.width() - (ABREAST - 1) * GAP) / ABREAST
        height = (self.height() - (DOWN - 1) * GAP) / DOWN
        radius = metrics()["radius"]["panel"]
        for number in range(ABREAST * DOWN):
            row, column = divmod(number, ABREAST)
            panel = QRectF(column * (width + GAP), row * (height + GAP), width, height)
            painter.setPen(QPen(colors.color("line", 0.7), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            for place, share in enumerate(BANDS):
                painter.setBrush(colors.color("accent", 0.03 + 0.09 * ((place * 3 + number) % 4 == 0)))
                painter.drawRect(QRectF(panel.left() + 12, panel.top() + share * height, width - 24, 4))
        ground = QRectF(0, 0, *GROUND)
        ground.moveCenter(QRectF(self.rect()).center())
        painter.setBrush(colors.color("window"))
        painter.drawRect(ground)
