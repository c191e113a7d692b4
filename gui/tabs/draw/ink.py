"""What lies on the canvas: a sheet, and its ink, an image of any size whose opacity is how much ink there is.

The same strokes give the same image at each size, up to its pixels: all is drawn in the units of points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from engine.core.drawing import SIDE, Point, Stroke
from engine.core.language import tr
from engine.core.lazy import Array


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Strokes in the order in which they were made, over a picture (rows, columns), 0 for the ground to 1 for ink."""

    strokes: tuple[Stroke, ...] = ()
    picture: Array | None = None
    caption: str = ""  # the picture in a few words
    # Whether the picture is what the network receives, pixel for pixel, and must not be prepared again.
    as_is: bool = False
    change: Array | None = None  # added to an earlier picture to make this one, of its shape

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever put there."""
        return not self.strokes and self.picture is None

    def with_stroke(self, stroke: Stroke) -> "Sheet":
        """Return the sheet with one stroke more. The picture is another one then, so its change is dropped."""
        caption = self.caption
        if self.as_is and caption and not self.strokes:
            caption = tr("{caption}, drawn on", caption=caption)
        return replace(self, strokes=(*self.strokes, stroke), caption=caption, change=None)


LEAST_WIDTH = 0.3  # share of its width that a pen leaves which hardly touches
SMALL = 64  # up to this size in pixels pictures are drawn as squares, larger ones smoothly


class Ink:
    """A square image of ink, drawn stroke by stroke or point by point."""

    def __init__(self, pixels: int, color: QColor) -> None:
        self.image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
        self._color = color
        self.image.fill(Qt.GlobalColor.transparent)

    def set_color(self, color: QColor) -> None:
        self._color = color

    def draw_sheet(self, sheet: Sheet) -> None:
        self.image.fill(Qt.GlobalColor.transparent)
        with QPainter(self.image) as painter:
            _set_up(painter, self.image.width())
            if sheet.picture is not None:
                _draw_picture(painter, sheet.picture, self._color)
            for stroke in sheet.strokes:
                for part in range(len(stroke.points)):
                    draw_part(painter, stroke, part, self._color)
                draw_tail(painter, stroke, self._color)

    def draw_parts(self, stroke: Stroke, first: int) -> None:
        with QPainter(self.image) as painter:
            _set_up(painter, self.image.width())
            for part in range(first, len(stroke.points)):
                draw_part(painter, stroke, part, self._color)

    def finish(self, stroke: Stroke) -> None:
        with QPainter(self.image) as painter:
            _set_up(painter, self.image.width())
            draw_tail(painter, stroke, self._color)

    def copy(self) -> "Ink":
        copied = Ink(1, self._color)
        copied.image = self.image.copy()
        return copied

    def opacity(self) -> Array:
        """Return the ink, 0 to 1, as float32 (rows, columns)."""
        side = self.image.width()
        pixels = np.frombuffer(self.image.constBits(), np.uint8).reshape(side, side, 4)
        return pixels[:, :, 3] / np.float32(255)


def draw_part(painter: QPainter, stroke: Stroke, part: int, color: QColor) -> None:
    """Draw the stroke from half way before its point number `part` to half way after it, as far as it goes.

    The points are the handles of the curve, which goes through the middles between them: so it is smooth however far
    apart they are, and no further point changes what is drawn.
    """
    points = stroke.points
    if part + 1 >= len(points):
        return
    end = _middle(points[part], points[part + 1])
    path = QPainterPath(_middle(points[part - 1], points[part]) if part else _at(points[0]))
    path.quadTo(_at(points[part]), end)
    painter.strokePath(path, _pen(painter, stroke, points[part : part + 2], color))


def draw_tail(painter: QPainter, stroke: Stroke, color: QColor) -> None:
    """Draw what comes after the last middle: a straight end, or a dot where there is only one point."""
    points = stroke.points
    path = QPainterPath(_middle(points[-2], points[-1]) if len(points) > 1 else _at(points[0]))
    path.lineTo(_at(points[-1]) + (QPointF() if len(points) > 1 else QPointF(1e-3, 0)))
    painter.strokePath(path, _pen(painter, stroke, points[-1:], color))


def tinted(picture: Array, color: QColor) -> QImage:
    """Return an image of one colour whose opacity is `picture` (rows, columns), 0 to 1."""
    channels = np.array([color.blue(), color.green(), color.red(), 255])
    shades = np.rint(np.arange(256)[:, None] / 255 * channels).astype(np.uint8).view(np.uint32).ravel()
    opacity = np.fmin(np.fmax(picture, 0), 1)  # NaN is no ink
    pixels = shades[np.rint(opacity * np.float32(255)).astype(np.uint8)]
    rows, columns = picture.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, columns, rows, 4 * columns, form).copy()


def _set_up(painter: QPainter, pixels: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(pixels / SIDE, pixels / SIDE)


def _draw_picture(painter: QPainter, picture: Array, color: QColor) -> None:
    rows, columns = picture.shape
    scale = SIDE / max(rows, columns)
    place = QRectF(0, 0, columns * scale, rows * scale)
    place.moveCenter(QPointF(SIDE / 2, SIDE / 2))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, max(rows, columns) > SMALL)
    painter.drawImage(place, tinted(picture, color))


def _pen(painter: QPainter, stroke: Stroke, points: Sequence[Point], color: QColor) -> QPen:
    mode = QPainter.CompositionMode
    painter.setCompositionMode(
        mode.CompositionMode_DestinationOut if stroke.erases else mode.CompositionMode_SourceOver
    )
    pressure = sum(point.pressure for point in points) / len(points)
    width = stroke.width * (LEAST_WIDTH + (1 - LEAST_WIDTH) * pressure)
    style, cap, join = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    return QPen(color, width, style, cap, join)


def _at(point: Point) -> QPointF:
    return QPointF(point.x, point.y)


def _middle(one: Point, other: Point) -> QPointF:
    return QPointF((one.x + other.x) / 2, (one.y + other.y) / 2)
