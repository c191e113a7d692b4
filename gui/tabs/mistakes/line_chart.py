"""A chart of a few lines between fixed axes, with a mark at the place that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from gui.look.theme import theme
from gui.tabs.mistakes.chart_area import BOTTOM, LEFT, RIGHT, TOP, ChartArea, Span, percents
from gui.widgets.curve import Stroke
from gui.widgets.painted import Painted


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers (points,) over others, rising; NaN where nothing is known."""

    title: str
    x: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    stroke: Stroke
    dots: bool = False
    """Whether each point has a dot, because between them nothing was measured."""


class LineChart(Painted):
    """Lines, the last one over the others. The mouse reads them out; a click chooses a place."""

    placeChosen = Signal(float)
    """Carries the number of the horizontal axis where the mouse was pressed or drawn to."""

    def __init__(self, name: str, title: str, x: Span, y: Span) -> None:
        super().__init__(name, title, size=(320, 220), follows_mouse=True)
        self.lines: Sequence[Line] = ()
        self._x, self._y = x, y
        self._mark: tuple[float, float] | None = None
        self._pointed: float | None = None
        self._say_place: Callable[[float], str] = x.say

    @property
    def mark(self) -> tuple[float, float] | None:
        """The place that is marked."""
        return self._mark

    def set_axes(self, x: Span, y: Span, say_place: Callable[[float], str] | None = None) -> None:
        """Show these parts of the axes; `say_place` says in the readout where one points."""
        self._x, self._y, self._say_place = x, y, say_place or x.say
        self.update()

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Draw these lines instead of the ones before."""
        self.lines = lines
        self.update()

    def set_mark(self, mark: tuple[float, float] | None) -> None:
        """Mark a place with a dashed line and a dot; `None` for no one. Without a height (NaN) there is no dot."""
        self._mark = mark
        self.update()

    def area(self) -> ChartArea:
        """Return where the plot lies."""
        place = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        return ChartArea(place, self._x, self._y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the place under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.placeChosen.emit(self.area().x_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out what lies under the mouse; with the button held choose it too."""
        area = self.area()
        inside = area.place.adjusted(-4, -8, 4, 8).contains(event.position())
        self._pointed = area.x_at(event.position().x()) if inside else None
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.placeChosen.emit(area.x_at(event.position().x()))
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Read out nothing any more."""
        super().leaveEvent(event)
        self._pointed = None
        self.update()

    def readout(self, x: float) -> tuple[float, list[tuple[str, str]]]:
        """Return the measured place nearest to `x`, and what the lines say there, each with its colour's token."""
        known = [line for line in self.lines if len(line.x)]
        if not known:
            return x, []
        places = np.concatenate([line.x[np.isfinite(line.y)] for line in known])
        if not len(places):
            return x, []
        nearest = float(places[np.abs(places - x).argmin()])
        rows = [("", self._say_place(nearest))]
        for line in reversed(known):
            at = np.flatnonzero((line.x == nearest) & np.isfinite(line.y))
            if len(at):
                rows.append((line.stroke.color, f"{line.title} {100 * float(line.y[at[-1]]):.2f} %"))
        return nearest, rows

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, lines, mark and readout."""
        painter, area = QPainter(self), self.area()
        area.draw_axes(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(area.place.adjusted(-5, -5, 5, 5))
        for line in self.lines:
            self._draw_line(painter, area, line)
        painter.restore()
        self._draw_mark(painter, area)
        if self._pointed is not None:
            x, rows = self.readout(self._pointed)
            if rows:
                area.draw_readout(painter, x, rows)

    def _draw_line(self, painter: QPainter, area: ChartArea, line: Line) -> None:
        known = np.isfinite(line.y)
        points = [area.at(float(x), float(y)) for x, y in zip(line.x[known], line.y[known], strict=True)]
        pen = line.stroke.pen()
        pen.setCosmetic(False)  # so that it has its width on every screen
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if line.dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            for point in points:
                painter.drawEllipse(point, line.stroke.width + 1, line.stroke.width + 1)

    def _draw_mark(self, painter: QPainter, area: ChartArea) -> None:
        if self._mark is None:
            return
        colors, (x, y) = theme().current, self._mark
        across = area.at(x, area.y.low).x()
        painter.setPen(QPen(colors.color("accent"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(across, area.place.top()), QPointF(across, area.place.bottom()))
        if np.isfinite(y):
            painter.setPen(QPen(colors.color("surface"), 2))
            painter.setBrush(colors.color("accent"))
            painter.drawEllipse(area.at(x, y), 5.5, 5.5)


SHARE = Span(0.0, 1.0, percents, "share of test images that are read rightly")
"""An axis from nothing to all."""
