"""What is drawn over small pictures in rows: their numbers, and which are silenced or chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen

from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.weights.picture_layout import View

CAPTION_ROOM = 13
"""So high, in pixels, must the gap below a picture be for its number."""


def area_of(view: View, position: int, ratio: float) -> QRectF:
    """Return where the picture at `position` is, for a screen with `ratio` pixels to one of the widget's."""
    x, y = view.layout.corner(position)
    side = view.scale / ratio
    left, top = (x * view.scale - view.left) / ratio, (y * view.scale - view.top) / ratio
    return QRectF(left, top, view.layout.columns * side, view.layout.rows * side)


def draw_captions(painter: QPainter, view: View, order: Sequence[int], ratio: float) -> None:
    """Draw each picture's number below it, where there is room."""
    layout, letters = view.layout, font("caption", numbers=True)
    room = (layout.gap_below - layout.inset[1]) * view.scale / ratio
    widest = QFontMetricsF(letters).horizontalAdvance(str(len(order)))
    if room < CAPTION_ROOM or layout.cell[0] * view.scale / ratio < widest + 4:
        return
    painter.setFont(letters)
    painter.setPen(theme().current.color("faint"))
    for position in view.seen():
        area = area_of(view, position, ratio)
        below = QRectF(area.left() - 20, area.bottom() + 1, area.width() + 40, CAPTION_ROOM)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(order[position]))


def draw_marks(painter: QPainter, silenced: Iterable[QRectF], chosen: Iterable[QRectF]) -> None:
    """Hatch the silenced pictures, and frame the chosen ones."""
    colors = theme().current
    painter.setPen(QPen(colors.color("curve_2"), 1.5))
    painter.setBrush(QBrush(colors.color("curve_2", 0.75), Qt.BrushStyle.BDiagPattern))
    for area in silenced:
        painter.drawRect(area.adjusted(-1, -1, 1, 1))
    painter.setPen(QPen(colors.color("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for area in chosen:
        painter.drawRect(area.adjusted(-2, -2, 2, 2))
