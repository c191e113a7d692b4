"""What is drawn on the canvas besides ink: the grid, the keys' cross, the faint example, the caption."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from engine.base.drawing import SIDE
from gui.look.fonts import font
from gui.look.theme import theme

FAINTNESS = 0.45
"""Of what is to be seen on an empty sheet."""

CROSS_WIDTH = 0.12
"""In the units of points."""


def draw_grid(painter: QPainter, square: QRectF) -> None:
    """Draw the borders of the 28 x 28 pixels that the sheet becomes."""
    painter.setPen(QPen(theme().current.color("line"), 1))
    step = square.width() / SIDE
    for number in range(1, round(SIDE)):
        across, down = (round(start + number * step) + 0.5 for start in (square.left(), square.top()))
        painter.drawLine(QPointF(across, square.top()), QPointF(across, square.bottom()))
        painter.drawLine(QPointF(square.left(), down), QPointF(square.right(), down))


def draw_cross(painter: QPainter, cross: QPointF) -> None:
    """Draw the keys' cross, in the units of points."""
    painter.setPen(QPen(theme().current.color("accent"), CROSS_WIDTH))
    for arm in (QPointF(1, 0), QPointF(0, 1)):
        painter.drawLine(cross - arm, cross + arm)


def draw_example(painter: QPainter, way: QPainterPath, width: float) -> None:
    """Draw faintly what could be drawn here, in the units of points, with a pen so wide."""
    pen = QPen(theme().current.color("line", FAINTNESS), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.strokePath(way, pen)


def draw_caption(painter: QPainter, square: QRectF, caption: str) -> None:
    """Say in the corner what lies there, on a ground of its own: ink or grey may lie below it."""
    if not caption:
        return
    colors, letters = theme().current, font("caption")
    painter.setFont(letters)
    measure = QFontMetricsF(letters)
    text = measure.elidedText(caption, Qt.TextElideMode.ElideRight, square.width() - 32)
    place = QRectF(0, 0, measure.horizontalAdvance(text) + 12, measure.height() + 4)
    place.moveBottomLeft(square.bottomLeft() + QPointF(6, -6))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.color("surface"))
    painter.drawRoundedRect(place, 4, 4)
    painter.setPen(colors.color("muted"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
