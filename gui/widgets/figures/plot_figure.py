"""Paints a plot in a figure: its axes and the items of its view.

Not by pyqtgraph's exporters: their pens have the same width at any size, they scale texts by the resolutions of screen
and file, and in their SVG files nothing is clipped at the axes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPicture, QPolygonF, QTransform

from engine.core.lazy import Array


def paint_plot(plot: Any, painter: QPainter, without: pg.GraphicsObject) -> None:
    """Paint a plot in its own coordinates, with all items but `without`."""
    plot.scene().prepareForPaint()  # updates the positions of texts to the view's range
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(plot.viewportTransform(), True)
    left, bottom = plot.axes["left"], plot.axes["bottom"]
    _paint_axis(left, painter)
    box = plot.box
    for item in sorted(box.childGroup.childItems(), key=lambda item: item.zValue()):
        if item.isVisible() and item is not without:
            _paint_item(item, box, painter, plot.devicePixelRatioF())
    _paint_axis(bottom, painter)
    painter.restore()


def _paint_axis(axis: Any, painter: QPainter) -> None:
    # Measured with a painter of the screen's resolution: with a finer one pyqtgraph would leave out some texts.
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
    """Paint an item; `ratio` is the number of device pixels, in which pens are measured, for a pixel."""
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
        shape = QTransform.fromScale(size := item.opts["size"], size).map(Symbols[item.opts["symbol"]])
        for point in _places(box, *item.getData()).tolist():
            if room.contains(QPointF(*point)):
                painter.drawPath(shape.translated(QPointF(*point)))
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
    """Fill a band, clipped to `room`."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(item.opts["brush"])
    shape = QPolygonF([QPointF(*point) for point in points.tolist()])
    painter.drawPolygon(shape.intersected(QPolygonF(room)))


def _paint_line(item: Any, box: Any, painter: QPainter, ratio: float) -> None:
    """Paint a vertical or horizontal line across the whole view."""
    room = box.sceneBoundingRect()
    ((across, high),) = _places(box, np.array([item.value()]), np.array([item.value()])).tolist()
    painter.setPen(_pen(item.pen, ratio))
    if item.angle == 90 and room.left() <= across <= room.right():
        painter.drawLine(QPointF(across, room.top()), QPointF(across, room.bottom()))
    elif item.angle == 0 and room.top() <= high <= room.bottom():
        painter.drawLine(QPointF(room.left(), high), QPointF(room.right(), high))


def _pen(pen: QPen, ratio: float) -> QPen:
    """Return a pen whose width is in pixels and scales with the picture.

    On the screen a width of 1 is the thinnest line, and larger ones are in device pixels.
    """
    result = QPen(pen)
    result.setWidthF(max(1.0, pen.widthF() / ratio))
    result.setCosmetic(False)
    return result


def _places(box: Any, x: Array, y: Array) -> Array:
    """Return points (n,) of the view's coordinates in the scene's, (n, 2); NaN stays NaN."""
    (left, right), (low, high) = box.viewRange()
    room = box.sceneBoundingRect()
    across = room.left() + (np.asarray(x, float) - left) / (right - left) * room.width()
    return np.stack([across, room.bottom() - (np.asarray(y, float) - low) / (high - low) * room.height()], axis=1)


def clipped(points: Array, room: QRectF) -> Iterator[Array]:
    """Yield the parts (m, 2) of a line (n, 2) inside `room`, clipped at once as by Liang-Barsky; NaN makes a gap."""
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
