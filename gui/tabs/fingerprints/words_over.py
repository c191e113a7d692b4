"""Words over a picture, on a little ground of their own, so that they can be read on any pattern."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from gui.look.fonts import font, metrics
from gui.look.theme import theme


def draw_words(painter: QPainter, place: QRectF, text: str, color: str = "muted") -> None:
    """Write `text` into the middle of `place`."""
    painter.save()
    painter.setFont(font("caption"))
    measure = QFontMetricsF(painter.font())
    ground = QRectF(
        0, 0, measure.horizontalAdvance(text) + 2 * metrics()["space"]["small"], measure.height() + 2
    )
    ground.moveCenter(place.center())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().current.color("surface"))
    painter.drawRect(ground & place)
    painter.setPen(theme().current.color(color))
    painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
