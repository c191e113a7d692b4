"""Charts between fixed axes: where the plot lies, its axes in quiet words, a readout; and a few lines with a mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF

from engine.core.array import Array
from gui.look.fonts import font, metrics
from gui.look.line_width import thick
from gui.look.text_size import scaled
from gui.look.theme import theme
from gui.widgets.figures.table import Table
from gui.widgets.painted import Painted
from gui.widgets.plots.axis import round_ticks
from gui.widgets.plots.curve import Stroke

LEFT, BOTTOM, TOP, RIGHT = 48, 38, 24, 18
MARK = 5.5  # room for the words of the axes, and beyond the ends of the plot

type Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Span:
    """One axis: its ends, how a number is written on it, and what it is about."""

    low: float
    high: float
    say: Say
    title: str = ""

    def ticks(self, count: int) -> list[float]:
        """Return round numbers, at most about `count`."""
        return round_ticks(self.low, self.high, count)

    def part(self, value: float) -> float:
        """Return how far along the axis a number stands, 0 to 1."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0


@dataclass(frozen=True, slots=True)
class ChartArea:
    """A plot's rectangle with its two axes."""

    place: QRectF
    x: Span
    y: Span

    def at(self, x: float, y: float) -> QPointF:
        """Return where numbers lie on the screen."""
        across = self.place.left() + self.x.part(x) * self.place.width()
        return QPointF(across, self.place.bottom() - self.y.part(y) * self.place.height())

    def x_at(self, across: float) -> float:
        """Return the number of the horizontal axis at a place of the screen, within its ends."""
        part = (across - self.place.left()) / max(self.place.width(), 1)
        return self.x.low + min(max(part, 0.0), 1.0) * (self.x.high - self.x.low)

    def draw_axes(self, painter: QPainter) -> None:
        """Draw horizontal lines and the words of both axes."""
        colors, line, low, wide = theme().current, scaled(18), scaled(16), scaled(80)
        painter.setFont(font("axis", numbers=True))
        middle = Qt.AlignmentFlag.AlignVCenter
        for value in self.y.ticks(max(2, int(self.place.height() / scaled(44)))):
            height = round(self.at(self.x.low, value).y()) + 0.5
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawLine(QPointF(self.place.left(), height), QPointF(self.place.right(), height))
            painter.setPen(colors.color("faint"))
            left = QRectF(0, height - line / 2, self.place.left() - 8, line)
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | middle, self.y.say(value))
        painter.setPen(colors.color("faint"))
        for value in self.x.ticks(max(2, int(self.place.width() / scaled(70)))):
            below = QRectF(self.at(value, self.y.low).x() - wide / 2, self.place.bottom() + 3, wide, low)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.x.say(value))
        painter.setFont(font("caption"))
        title = QRectF(self.place.left(), self.place.bottom() + scaled(20), self.place.width(), low)
        painter.drawText(title, Qt.AlignmentFlag.AlignCenter, self.x.title)
        above = QRectF(self.place.left(), self.place.top() - scaled(TOP), self.place.width(), low)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | middle, self.y.title)

    def draw_readout(self, painter: QPainter, x: float, lines: Sequence[tuple[str, str]]) -> None:
        """Draw a line at `x` and beside it words, each with the token of the colour of its dot or without one."""
        colors, across = theme().current, round(self.at(x, self.y.low).x()) + 0.5
        painter.setPen(QPen(colors.color("faint"), 1))
        painter.drawLine(QPointF(across, self.place.top()), QPointF(across, self.place.bottom()))
        letters = font("label", numbers=True)
        measure = QFontMetricsF(letters)
        widest = max(measure.horizontalAdvance(text) + (14 if token else 0) for token, text in lines)
        step = measure.height() + 2
        box = QRectF(across + 10, self.place.top() + 4, widest + 20, step * len(lines) + 10)
        if box.right() > self.place.right():
            box.moveRight(across - 10)
        box.moveLeft(max(box.left(), self.place.left() + 2))
        radius = metrics()["radius"]["field"]
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(colors.color("surface"))
        painter.drawRoundedRect(box, radius, radius)
        painter.setFont(letters)
        for number, (token, text) in enumerate(lines):
            row = QRectF(box.left() + 10, box.top() + 5 + number * step, widest + 2, step)
            if token:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.color(token))
                painter.drawEllipse(QPointF(row.left() + 4, row.center().y()), 3.5, 3.5)
                row.adjust(14, 0, 0, 0)
            painter.setPen(colors.color("text"))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def percents(value: float) -> str:
    """Return a share as an axis writes it."""
    return f"{100 * value:.4g} %"


# Lines --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers (points,) over others, rising; NaN where nothing is known."""

    title: str
    x: Array
    y: Array
    stroke: Stroke
    dots: bool = False  # whether each point has a dot, because between them nothing was measured


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

    def table(self) -> Table | None:
        """Return the points of all lines, where something is known."""
        rows = [
            (line.title, x, y)
            for line in self.lines
            for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)
            if y == y
        ]
        return Table(("line", self._x.title or "x", self._y.title or "y"), rows) if rows else None

    def set_mark(self, mark: tuple[float, float] | None) -> None:
        """Mark a place with a dashed line and a dot; `None` for no one. Without a height (NaN) there is no dot."""
        self._mark = mark
        self.update()

    def area(self) -> ChartArea:
        """Return where the plot lies."""
        place = QRectF(self.rect()).adjusted(scaled(LEFT), scaled(TOP), -scaled(RIGHT), -scaled(BOTTOM))
        return ChartArea(place, self._x, self._y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
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
            radius = pen.widthF() + 1
            for point in points:
                painter.drawEllipse(point, radius, radius)

    def _draw_mark(self, painter: QPainter, area: ChartArea) -> None:
        if self._mark is None:
            return
        colors, (x, y) = theme().current, self._mark
        across = area.at(x, area.y.low).x()
        painter.setPen(QPen(colors.color("accent"), thick(1), Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(across, area.place.top()), QPointF(across, area.place.bottom()))
        if np.isfinite(y):
            painter.setPen(QPen(colors.color("surface"), 2))
            painter.setBrush(colors.color("accent"))
            painter.drawEllipse(area.at(x, y), thick(MARK), thick(MARK))


SHARE = Span(0.0, 1.0, percents, "test accuracy")  # an axis from nothing to all
