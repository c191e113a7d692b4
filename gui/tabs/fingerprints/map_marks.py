"""Drawing what is to be said of rows over a map: silenced, changed, marked, never firing, looked at, pointed at."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF

from gui.look.theme import theme
from gui.tabs.fingerprints.map_rows import MapRows
from gui.tabs.fingerprints.map_window import MapWindow

LEAST_BAND = 3.0
"""The band that a hand marks is drawn at least so high, in pixels, or it would not be seen."""

MARGIN, SIGN, LEAST_SIGN = 6, 3, 2.0
"""Room left of the rows; in it changed rows have a sign so wide and at least so high. Over the rows themselves a sign
could not be lower than a pixel, and many of them would cover the rows between, which are the point."""

LEAST_HATCHED = 6.0
"""In a lower band lines would be no pattern."""

BRACKET = 2
"""How far from the rows a bracket is; what is changed has its sign further out."""

MARKER = 4.0
"""Half the height of the mark beside the row that is looked at."""


def draw_marks(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    """Draw all marks into `field`, where the rows that `window` shows lie."""
    painter.save()
    painter.setClipRect(field.adjusted(-MARGIN, 0, 1, 0))
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


def bands(
    field: QRectF, rows: MapRows, window: MapWindow, neurons: frozenset[int], least: float = 0.0
) -> Iterator[QRectF]:
    """Yield where bands of rows lie, each at least so high; those that then overlap are one.

    Of thousands of rows as many as fit are drawn: a few hundred bands in ten maps would take as long as a picture may.
    """
    scale, end = field.height() / (window.bottom - window.top) / max(len(rows.order), 1), -math.inf
    begin = field.top() - window.top * field.height() / (window.bottom - window.top)
    top = end
    for first, last in rows.bands(neurons):
        missing = max(0.0, least - (last - first) * scale) / 2
        above, below = begin + first * scale - missing, begin + last * scale + missing
        if below < field.top() or above > field.bottom():
            continue
        if above > end:
            if end > top:
                yield QRectF(field.left(), top, field.width(), end - top)
            top = above
        end = max(end, below)
    if end > top:
        yield QRectF(field.left(), top, field.width(), end - top)


def _draw_silent(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(theme().current.color("line"), Qt.BrushStyle.BDiagPattern))
    for place in bands(field, rows, window, rows.silent - rows.silenced):
        painter.drawRect(place)


def _draw_changed(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    """Blank what is silenced, just as high as it is, and put the signs of all that is changed beside the rows."""
    colors = theme().current
    painter.setPen(Qt.PenStyle.NoPen)
    for place in bands(field, rows, window, rows.silenced):
        painter.setBrush(colors.color("surface"))
        painter.drawRect(place)
        if place.height() >= LEAST_HATCHED:
            painter.setBrush(QBrush(colors.color("curve_2", 0.45), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(place)
    for neurons, opacity in ((rows.adjusted - rows.silenced, 0.45), (rows.silenced, 1.0)):
        painter.setBrush(colors.color("curve_2", opacity))
        for place in bands(field, rows, window, neurons, LEAST_SIGN):
            sign = place & field
            painter.drawRect(QRectF(field.left() - MARGIN, sign.top(), SIGN, sign.height()))


def _draw_marked(painter: QPainter, field: QRectF, rows: MapRows, window: MapWindow) -> None:
    colors = theme().current
    painter.setPen(QPen(colors.color("curve_2"), 1))
    painter.setBrush(colors.color("curve_2", 0.18))
    for place in bands(field, rows, window, rows.marked, LEAST_BAND):
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


def draw_bracket(painter: QPainter, field: QRectF, group: QRectF) -> None:
    """Draw a bracket beside a group of rows, as far as they are seen."""
    seen, color = group & field, theme().current.color("muted")
    if not seen.isEmpty():
        left, top, bottom = field.left() - BRACKET, round(seen.top()), round(seen.bottom())
        painter.fillRect(QRectF(left, top, 1, max(1, bottom - top)), color)
        for end, is_seen in (
            (top, group.top() >= field.top()),
            (bottom - 1, group.bottom() <= field.bottom()),
        ):
            if is_seen:
                painter.fillRect(QRectF(left, end, BRACKET, 1), color)


def draw_column(painter: QPainter, field: QRectF, column: QRectF) -> None:
    """Draw hairlines beside the column of the selected image, which stays visible between them, and a mark above."""
    for left in (round(column.left()) - 1, round(column.right())):
        if field.left() - 1 <= left <= field.right():
            painter.fillRect(
                QRectF(left, field.top(), 1, field.height()), theme().current.color("accent", 0.6)
            )
    middle, tip = column.center().x(), field.top() - 1
    back = tip - MARKER * 1.2
    corners = [QPointF(middle, tip), QPointF(middle - MARKER, back), QPointF(middle + MARKER, back)]
    _draw_marker(painter, corners, "accent")


def _draw_marker(painter: QPainter, corners: list[QPointF], color: str) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().current.color(color))
    painter.drawPolygon(QPolygonF(corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


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
    tip, back = field.right() + 1, field.right() + 1 + MARKER * 1.3
    corners = [QPointF(tip, middle), QPointF(back, middle - MARKER), QPointF(back, middle + MARKER)]
    _draw_marker(painter, corners, color)
