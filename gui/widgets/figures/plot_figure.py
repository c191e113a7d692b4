"""A plot in a figure: its axes and all that is in its view, from the back to the front; lines stay lines.

pyqtgraph's own drawing is not used: its pens are as wide at any size, it scales words by the resolutions of screen and
file, and in an SVG file nothing cuts off what lies beyond the axes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPicture, QPolygonF

from engine.core.array import Array


def paint_plot(plot: pg.PlotWidget, painter: QPainter, without: pg.GraphicsObject) -> None:
    """Draw the plot in its own pixels, all its items but `without`."""
    plot.scene().prepareForPaint()  # the places of words follow from the view's range only then
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(plot.viewportTransform(), True)
    left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
    _paint_axis(left, painter)
    box = plot.getPlotItem().getViewBox()
    items = [each for each in box.childGroup.childItems() if each.isVisible()]
    for item in sorted(items, key=lambda each: each.zValue()):
        if item is not without:
            _paint_item(item, box, painter, plot.devicePixelRatioF())
    _paint_axis(bottom, painter)
    painter.restore()


def _paint_axis(axis: Any, painter: QPainter) -> None:
    # Measured as on the screen: with the parts of pixels that a larger painter knows, pyqtgraph would leave out words.
    measuring = QPicture()
    on_screen = QPainter(measuring)
    specs = axis.generateDrawSpecs(on_screen)
    on_screen.end()
    painter.save()
    painter.translate(axis.scenePos())
    if specs is not None:
        axis.drawPicture(painter, *specs)
    painter.restore()


def _paint_item(item: Any, box: Any, painter: QPainter, ratio: float) -> None:
    """Draw one item of the view; `ratio` is how many device pixels make a pixel, in which pens are measured."""
    room = box.sceneBoundingRect()
    if isinstance(item, pg.PlotCurveItem):
        x, y = item.getData()
        if x is None or not len(x):
            return
        if item.opts["fillLevel"] is not None:
            _paint_area(item, _places(box, x, y), painter, room)
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(item.opts["pen"], ratio))
        for line in clipped(_places(box, x, y), room):
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in line.tolist()]))
    elif isinstance(item, pg.ScatterPlotItem):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(item.opts["brush"])
        half = item.opts["size"] / 2
        for point in _places(box, *item.getData()).tolist():
            if room.contains(QPointF(*point)):
                painter.drawEllipse(QPointF(*point), half, half)
    elif isinstance(item, pg.InfiniteLine):
        _paint_line(item, box, painter, ratio)
    elif isinstance(item, pg.TextItem):
        painter.save()
        painter.translate(item.textItem.sceneTransform().map(QPointF(0, 0)))
        painter.fillRect(item.textItem.boundingRect(), item.fill)
        item.textItem.document().drawContents(painter)
        painter.restore()
    else:
        raise TypeError(f"A saved plot cannot show {type(item).__name__}.")


def _paint_area(item: Any, points: Array, painter: QPainter, room: QRectF) -> None:
    """Fill the ground of a band, as far as it lies inside `room`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(item.opts["brush"])
    shape = QPolygonF([QPointF(*point) for point in points.tolist()])
    painter.drawPolygon(shape.intersected(QPolygonF(room)))


def _paint_line(item: Any, box: Any, painter: QPainter, ratio: float) -> None:
    """Draw a line across the whole view, upright or level."""
    room = box.sceneBoundingRect()
    ((across, high),) = _places(box, np.array([item.value()]), np.array([item.value()])).tolist()
    painter.setPen(_pen(item.pen, ratio))
    if item.angle == 90 and room.left() <= across <= room.right():
        painter.drawLine(QPointF(across, room.top()), QPointF(across, room.bottom()))
    elif item.angle == 0 and room.top() <= high <= room.bottom():
        painter.drawLine(QPointF(room.left(), high), QPointF(room.right(), high))


def _pen(pen: QPen, ratio: float) -> QPen:
    """Return the pen as wide as on a coarse screen, and so that its width grows with the picture.

    A pen of one pixel is as thin as can be on any screen; wider ones are measured in device pixels.
    """
    made = QPen(pen)
    made.setWidthF(max(1.0, pen.widthF() / ratio))
    made.setCosmetic(False)
    return made


def _places(box: Any, x: Array, y: Array) -> Array:
    """Return where points (n,) of the view's numbers lie in the scene, (n, 2); what is no number stays none."""
    (left, right), (low, high) = box.viewRange()
    room = box.sceneBoundingRect()
    across = room.left() + (np.asarray(x, float) - left) / (right - left) * room.width()
    return np.stack(
        [across, room.bottom() - (np.asarray(y, float) - low) / (high - low) * room.height()], axis=1
    )


def clipped(points: Array, room: QRectF) -> Iterator[Array]:
    """Yield the parts of a line through `points` (n, 2) that lie inside `room`, each (m, 2); gaps are at NaN.

    Each piece between two points is cut by the four edges (Liang and Barsky), all pieces at once.
    """
    start, end = points[:-1], points[1:]
    along = end - start
    enters, leaves = np.zeros(len(along)), np.ones(len(along))
    for axis, low, high in ((0, room.left(), room.right()), (1, room.top(), room.bottom())):
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (low - start[:, axis]) / along[:, axis], (high - start[:, axis]) / along[:, axis]
        level = along[:, axis] == 0
        outside = level & ((start[:, axis] < low) | (start[:, axis] > high))
        enters = np.where(level, enters, np.maximum(enters, np.minimum(one, other)))
        leaves = np.where(outside, -1.0, np.where(level, leaves, np.minimum(leaves, np.maximum(one, other))))
    seen = np.isfinite(along).all(axis=1) & (enters < leaves)
    line: list[Array] = []
    for number in np.flatnonzero(seen):
        first = start[number] + enters[number] * along[number] if enters[number] > 0 else start[number]
        last = start[number] + leaves[number] * along[number] if leaves[number] < 1 else end[number]
        if line and not np.array_equal(line[-1], first):
            yield np.array(line)
            line = []
        line = [*line, last] if line else [first, last]
    if line:
        yield np.array(line)
