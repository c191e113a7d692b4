"""The small pictures that points on a map are drawn with, in one large one: a dot and a digit for each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyqtgraph.Qt import internals
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap, qRgba

from gui.look.fonts import font
from gui.look.theme import class_token, theme

type Array = np.ndarray[Any, Any]

CLASSES = 10
"""Number of colours; then they come again."""

SIDE, DOT, DIGIT = 20, 5.0, 12
"""Room of a sprite, width of a dot and height of a digit, in pixels of the screen."""

CUT = 7
"""Empty pixels on each side of a dot."""

DOT_OPACITY = 0.8

FIELDS = 10
"""Numbers of a fragment: place (x, y), source (x, y, width, height), scale (x, y), rotation, opacity."""


class Sprites:
    """Draws points quickly: one call of Qt for all of them."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.key = theme().current.name, ratio
        self._side = round(SIDE * ratio)
        self._atlas = self._draw()
        self._fragments = internals.PrimitiveArray(QPainter.PixmapFragment, FIELDS)

    def paint(self, painter: QPainter, points: Array, classes: Array, *, digits: bool, wrong: Array) -> None:
        """Draw points (n, 2), in device pixels, in the colours of their classes (n,); `wrong` ones (n,) are ringed."""
        if not len(points):
            return
        side = self._side
        self._fragments.resize(len(points))
        numbers = self._fragments.ndarray()
        numbers[:, :2] = points
        # Of a dot only its middle is copied: most of a sprite is empty, and so it takes a tenth of the time.
        cut = np.where(wrong | digits, 0, round(CUT * self.ratio))
        numbers[:, 2] = (2 * wrong + digits) * side + cut
        numbers[:, 3] = (classes % CLASSES) * side + cut
        numbers[:, 4] = numbers[:, 5] = side - 2 * cut
        numbers[:, 6:8] = 1
        numbers[:, 8] = 0
        numbers[:, 9] = 1
        fragments, count = self._fragments.drawargs()
        painter.drawPixmapFragments(fragments, count, self._atlas)

    def _draw(self) -> QPixmap:
        atlas = QPixmap(4 * self._side, CLASSES * self._side)
        atlas.fill(Qt.GlobalColor.transparent)
        painter = QPainter(atlas)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(self.ratio, self.ratio)
        letters = font("caption", numbers=True)
        letters.setPixelSize(DIGIT)
        letters.setBold(True)
        painter.setFont(letters)
        true_side = self._side / self.ratio
        for number in range(CLASSES):
            for column in range(4):
                place = QRectF(column * true_side, number * true_side, true_side, true_side)
                self._draw_one(painter, place, number, digits=column % 2 == 1, wrong=column >= 2)
        painter.end()
        return atlas

    def _draw_one(self, painter: QPainter, place: QRectF, number: int, *, digits: bool, wrong: bool) -> None:
        colors, middle = theme().current, place.center()
        color = colors.color(class_token(number))
        if digits:
            painter.setPen(color)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))
        else:
            color.setAlphaF(1.0 if wrong else DOT_OPACITY)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(middle, DOT / 2, DOT / 2)
        if wrong:
            reach = 8.0 if digits else 4.5
            painter.setPen(QPen(colors.color("text"), 1.25))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(middle), reach, reach)


def inked(picture: Array, number: int) -> QImage:
    """Return a picture (rows, columns), uint8, drawn in the colour of class `number` on nothing."""
    color = theme().current.color(class_token(number))
    rows, columns = picture.shape
    image = QImage(columns, rows, QImage.Format.Format_Indexed8)
    image.setColorTable([qRgba(color.red(), color.green(), color.blue(), alpha) for alpha in range(256)])
    content = np.ascontiguousarray(picture)
    made = QImage(content.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
    made.setColorTable(image.colorTable())
    return made.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
