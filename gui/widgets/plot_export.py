"""A plot as a file: a picture of pixels, a picture of lines, or its numbers.

A picture shows what is seen: the panel's title, figure and legends in their places, and the plot; the buttons stay out.
Pixels and lines are drawn by the same code, in the panel's own pixels, so that both agree.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPicture, QPixmap, QPolygonF, QRegion
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from gui.look.fonts import font
from gui.look.theme import theme
from gui.state.file_content import png_of, svg_of
from gui.widgets.curve_switch import CurveSwitch
from gui.widgets.panel import Panel
from gui.widgets.series import Series

if TYPE_CHECKING:
    from gui.widgets.curve_plot import CurvePlot

type Points = np.ndarray[Any, Any]

FILTERS = {
    ".png": "Picture (*.png)",
    ".svg": "Drawing (*.svg)",
    ".csv": "Numbers (*.csv)",
}
PIXELS_PER_POINT = 2
"""A saved picture has twice the screen's pixels, so that it can be printed."""


def content(plot: CurvePlot, path: Path) -> bytes:
    """Return what a file of that suffix holds: PNG, SVG or CSV; PNG for any other suffix."""
    if path.suffix.lower() == ".svg":
        return drawing(plot)
    if path.suffix.lower() == ".csv":
        return table(plot.numbers(), plot.across).encode()
    return pixels(plot)


def picture(plot: CurvePlot) -> QPixmap:
    """Return the plot as pixels, sharper than on the screen."""
    frame = frame_of(plot)
    made = QPixmap(frame.size() * PIXELS_PER_POINT)
    made.setDevicePixelRatio(PIXELS_PER_POINT)
    made.fill(theme().current.color("surface"))
    painter = QPainter(made)
    paint(plot, painter)
    painter.end()
    return made


def pixels(plot: CurvePlot) -> bytes:
    """Return the plot as a PNG file."""
    return png_of(picture(plot).toImage())


def drawing(plot: CurvePlot) -> bytes:
    """Return the plot as an SVG file."""
    return svg_of(frame_of(plot), plot.accessibleName(), lambda painter: paint(plot, painter))


def table(curves: Mapping[str, Series], across: str = "epoch") -> str:
    """Return the numbers of all curves as CSV, one point a line; `across` is what x counts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("curve", across, "value"))
    for title, series in curves.items():
        writer.writerows((title, x, y) for x, y in zip(series.x.tolist(), series.y.tolist(), strict=True))
    return text.getvalue()


def frame_of(plot: CurvePlot) -> QWidget:
    """Return what a picture of the plot shows: its panel, or the plot itself where it has none."""
    above = plot.parentWidget()
    while above is not None and not isinstance(above, Panel):
        above = above.parentWidget()
    return above or plot


def paint(plot: CurvePlot, painter: QPainter) -> None:
    """Draw the plot with its title, figure and legends, in pixels of the frame."""
    frame = frame_of(plot)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if isinstance(frame, Panel):
        _paint_head(plot, frame, painter)
    painter.save()
    painter.translate(plot.mapTo(frame, QPoint()))
    _paint_plot(plot, painter)
    painter.restore()


def _paint_head(plot: CurvePlot, panel: Panel, painter: QPainter) -> None:
    labels = [
        label
        for label in panel.findChildren(QLabel)
        if label.isVisibleTo(panel) and label.text() and not plot.isAncestorOf(label)
    ]
    labels = [label for label in labels if not isinstance(label.parentWidget(), QAbstractButton)]
    for label in labels:
        label.render(painter, label.mapTo(panel, QPoint()), QRegion(), QWidget.RenderFlag.DrawChildren)
    for switch in panel.findChildren(CurveSwitch):
        if switch.isVisibleTo(panel):
            painter.save()
            painter.translate(switch.mapTo(panel, QPoint()))
            switch.draw(painter)
            painter.restore()
    if not any(label.property("look") == "title" for label in labels):
        # Where the panel's own title makes room for buttons, they are not in the picture, but the title has to be.
        column = panel.layout()
        assert column is not None
        room = QRectF(panel.contentsRect().marginsRemoved(column.contentsMargins()))
        painter.setFont(font("title"))
        painter.setPen(theme().current.color("text"))
        room.setHeight(max(painter.fontMetrics().height(), plot.mapTo(panel, QPoint()).y() - room.top()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, plot.accessibleName())


# The plot itself --------------------------------------------------------------------------------------------------


def _paint_plot(plot: CurvePlot, painter: QPainter) -> None:
    """Draw axes and everything in the view, from the back to the front; lines stay lines, in the plot's pixels.

    pyqtgraph's own drawing is not used: its pens are as wide at any size, it scales words by the resolutions of screen
    and file, and in an SVG file nothing cuts off what lies beyond the axes.
    """
    plot.scene().prepareForPaint()  # the places of words follow from the view's range only then
    painter.save()
    painter.setTransform(plot.viewportTransform(), True)
    left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
    _paint_axis(left, painter)
    box = plot.getPlotItem().getViewBox()
    items = [each for each in box.childGroup.childItems() if each.isVisible()]
    for item in sorted(items, key=lambda each: each.zValue()):
        if item is not plot.crosshair_line:
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


def _places(box: Any, x: Points, y: Points) -> Points:
    """Return where points (n,) of the view's numbers lie in the scene, (n, 2); what is no number stays none."""
    (left, right), (low, high) = box.viewRange()
    room = box.sceneBoundingRect()
    across = room.left() + (np.asarray(x, float) - left) / (right - left) * room.width()
    return np.stack(
        [across, room.bottom() - (np.asarray(y, float) - low) / (high - low) * room.height()], axis=1
    )


def clipped(points: Points, room: QRectF) -> Iterator[Points]:
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
    line: list[Points] = []
    for number in np.flatnonzero(seen):
        first = start[number] + enters[number] * along[number] if enters[number] > 0 else start[number]
        last = start[number] + leaves[number] * along[number] if leaves[number] < 1 else end[number]
        if line and not np.array_equal(line[-1], first):
            yield np.array(line)
            line = []
        line = [*line, last] if line else [first, last]
    if line:
        yield np.array(line)
