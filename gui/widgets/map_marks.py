"""Drawing what is to be said of rows over a map: silenced, changed, marked, never firing, looked at, pointed at."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF

from gui.theme import theme
from gui.widgets.map_rows import MapRows
from gui.widgets.map_window import MapWindow

LEAST_BAND = 3.0
"""A band is drawn at least so high, in pixels, or it would not be seen."""

LEAST_HATCHED = 6.0
"""In a lower band lines would be no pattern."""

MARKER = 4.0
"""Half the height of the mark beside the row that is looked at."""


def draw_marks(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    """Draw all marks into `field`, where the rows that `window` shows lie."""
    painter.save()
    painter.setClipRect(field.adjusted(-1, 0, 1, 0))
    _draw_silent(painter, field, rows, window)
    _draw_changed(painter, field, rows, window)
    _draw_marked(painter, field, rows, window)
    painter.restore()
    for neuron, color in ((rows.selected, "accent"), (rows.pointed and rows.pointed.neuron, "text")):
        if neuron is not None:
            _draw_row(painter, field, rows, window, neuron, color)


def band_place(field: QRectF, window: MapWindow, first: float, last: float, total: int) -> QRectF:
    """Return where the rows from place `first` to before `last`, of `total`, lie; partly outside, perhaps."""
    scale = field.height() / (window.bottom - window.top)
    top = field.top() + (first / total - window.top) * scale
    return QRectF(field.left(), top, field.width(), (last - first) / total * scale)


def _bands(field: QRectF, rows: MapRows, window: MapWindow, neurons: frozenset[int]) -> Iterator[QRectF]:
    for first, last in rows.bands(neurons):
        place = band_place(field, window, first, last, len(rows.order))
        if place.bottom() >= field.top() and place.top() <= field.bottom():
            yield place


def _at_least(place: QRectF) -> QRectF:
    missing = max(0.0, LEAST_BAND - place.height()) / 2
    return place.adjusted(0, -missing, 0, missing)


def _draw_silent(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(theme().current.color("line"), Qt.BrushStyle.BDiagPattern))
    for place in _bands(field, rows, window, rows.silent - rows.silenced):
        painter.drawRect(place)


def _draw_changed(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    colors = theme().current
    for place in _bands(field, rows, window, rows.silenced):
        band = _at_least(place).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("surface"))
        painter.drawRect(band)
        painter.setBrush(colors.color("curve_2", 0.12))
        painter.drawRect(band)
        painter.setPen(QPen(colors.color("curve_2"), 1))
        if band.height() >= LEAST_HATCHED:
            painter.setBrush(QBrush(colors.color("curve_2", 0.45), Qt.BrushStyle.BDiagPattern))
        painter.drawRect(band)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colors.color("curve_2"), 1, Qt.PenStyle.DotLine))
    for place in _bands(field, rows, window, rows.adjusted - rows.silenced):
        painter.drawRect(_at_least(place).adjusted(0.5, 0.5, -0.5, -0.5))


def _draw_marked(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    colors = theme().current
    painter.setPen(QPen(colors.color("curve_2"), 1))
    painter.setBrush(colors.color("curve_2", 0.18))
    for place in _bands(field, rows, window, rows.marked):
        painter.drawRect(_at_least(place).adjusted(0.5, 0.5, -0.5, -0.5))


def _draw_row(
    painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow, neuron: int, color: str
) -> None:
    """Draw hairlines above and below a row, which stays visible between them, and a mark beside it."""
    place = rows.place_of(neuron)
    if place is None:
        return
    row = band_place(field, window, place, place + 1, len(rows.order))
    middle = row.center().y()
    if not field.top() <= middle <= field.bottom():
        return
    for top in (round(row.top()) - 1, round(row.bottom())):
        if field.top() <= top < field.bottom():  # a line would be drawn a hundred times slower
            painter.fillRect(QRectF(field.left(), top, field.width(), 1), theme().current.color(color, 0.6))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().current.color(color))
    tip, back = field.right() + 1, field.right() + 1 + MARKER * 1.3
    corners = [QPointF(tip, middle), QPointF(back, middle - MARKER), QPointF(back, middle + MARKER)]
    painter.drawPolygon(QPolygonF(corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
