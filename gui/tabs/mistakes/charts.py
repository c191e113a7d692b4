"""Charts between fixed axes: the area of a plot, its axes, a readout; and a chart of a few lines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPolygonF

from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import in_percent, written
from gui.look.fonts import font, metrics, scaled
from gui.look.theme import thick
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart
from gui.widgets.painted import CENTER, RIGHT, Dot, Frame, Mark, Painted, Rule, Words, around, draw
from gui.widgets.plots.axis import round_ticks
from gui.widgets.plots.curve import Stroke

# Room for the words of the axes, and beyond the ends of the plot.
HEAD = mark("line")  # of the column of lines in a table
AT_LEFT, AT_BOTTOM, AT_TOP, AT_RIGHT = 48, 38, 24, 18

MARK = 5.5  # radius of the dot
MOST_HEARD = 12  # points of a line that a screen reader is given

type Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Span:
    """One axis: its ends, how a number is written on it, and what it is about, in English."""

    low: float
    high: float
    say: Say
    title: str = ""

    def ticks(self, count: int) -> list[float]:
        """Return round numbers, at most about `count`."""
        return round_ticks(self.low, self.high, count)

    def part(self, value: float) -> float:
        """Return the position of a number on the axis, 0 to 1."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0


@dataclass(frozen=True, slots=True)
class ChartArea:
    """A plot's rectangle with its two axes."""

    place: QRectF
    x: Span
    y: Span

    def at(self, x: float, y: float) -> QPointF:
        """Return the point of a pair of numbers, in pixels of the widget."""
        across = self.place.left() + self.x.part(x) * self.place.width()
        return QPointF(across, self.place.bottom() - self.y.part(y) * self.place.height())

    def x_at(self, across: float) -> float:
        """Return the number of the horizontal axis at an x coordinate, clamped to the ends."""
        part = (across - self.place.left()) / max(self.place.width(), 1)
        return self.x.low + min(max(part, 0.0), 1.0) * (self.x.high - self.x.low)

    def axes(self) -> Iterator[Mark]:
        """Yield horizontal lines and the words of both axes."""
        line, low, wide = scaled(18), scaled(16), scaled(80)
        left, top, width = self.place.left(), self.place.top(), self.place.width()
        for value in self.y.ticks(max(2, int(self.place.height() / scaled(44)))):
            y = round(self.at(self.x.low, value).y()) + 0.5
            yield Rule(QPointF(left, y), QPointF(self.place.right(), y))
            beside = QRectF(0, y - line / 2, left - 8, line)
            yield Words(beside, self.y.say(value), "faint", "axis", RIGHT, numbers=True)
        for value in self.x.ticks(max(2, int(width / scaled(70)))):
            below = QRectF(self.at(value, self.y.low).x() - wide / 2, self.place.bottom() + 3, wide, low)
            yield Words(below, self.x.say(value), "faint", "axis", CENTER, numbers=True)
        below = QRectF(left, self.place.bottom() + scaled(20), width, low)
        yield Words(below, tr(self.x.title), "faint", side=CENTER)
        yield Words(QRectF(left, top - scaled(AT_TOP), width, low), tr(self.y.title), "faint")

    def draw_readout(self, painter: QPainter, x: float, lines: Sequence[tuple[str, str]]) -> None:
        """Draw a line at `x`, and a box of words beside it: (colour of the dot, or empty for none; text) each."""
        across = round(self.at(x, self.y.low).x()) + 0.5
        draw(painter, Rule(QPointF(across, self.place.top()), QPointF(across, self.place.bottom()), "faint"))
        measure = QFontMetricsF(font("label", numbers=True))
        widest = max(measure.horizontalAdvance(text) + (14 if token else 0) for token, text in lines)
        step, radius = measure.height() + 2, metrics()["radius"]["field"]
        box = QRectF(across + 10, self.place.top() + 4, widest + 20, step * len(lines) + 10)
        if box.right() > self.place.right():
            box.moveRight(across - 10)
        box.moveLeft(max(box.left(), self.place.left() + 2))
        draw(painter, Frame(box, radius=radius, fill="surface"))
        for number, (token, text) in enumerate(lines):
            row = QRectF(box.left() + 10, box.top() + 5 + number * step, widest + 2, step)
            if token:
                draw(painter, Dot(QPointF(row.left() + 4, row.center().y()), 3.5, token))
                row.adjust(14, 0, 0, 0)
            draw(painter, Words(row, text, role="label", numbers=True))


def percents(value: float) -> str:
    """Return a share as an axis writes it."""
    return f"{written(100 * value, '.4g')} %"


@dataclass(frozen=True, slots=True)
class Line:
    """Numbers (points,) over others, rising; NaN where nothing is known."""

    title: str
    x: Array
    y: Array
    stroke: Stroke
    dots: bool = False  # whether each point has a dot, because between them nothing was measured


class LineChart(Painted):
    """Lines, the last one on top. The mouse shows a readout; a click chooses a place."""

    placeChosen = Signal(float)  # carries the number of the horizontal axis where the mouse was pressed or drawn to

    def __init__(self, name: str, title: str, x: Span, y: Span) -> None:
        super().__init__(name, title, size=(320, 220), follows_mouse=True)
        self.lines: Sequence[Line] = ()
        self._x, self._y = x, y
        self.mark: tuple[float, float] | None = None  # the place that is marked
        self._pointed: float | None = None
        self._say_place: Callable[[float], str] = x.say

    def set_axes(self, x: Span, y: Span, say_place: Callable[[float], str] | None = None) -> None:
        """Set the axes; `say_place` gives the title of the readout at a number of the horizontal axis."""
        self._x, self._y, self._say_place = x, y, say_place or x.say
        self.update()

    def set_lines(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.update()

    def finding(self) -> str:
        """Return where each line begins and ends, and the place that is marked."""
        says = []
        for line in self.lines:
            if not len(known := np.flatnonzero(np.isfinite(line.y))):
                continue
            ends = [
                tr("{share} at {place}", share=_share(line.y[at]), place=self._say_place(float(line.x[at])))
                for at in np.unique(known[[0, -1]])
            ]
            says.append(tr("{name}: {value}.", name=line.title, value=", ".join(ends)))
        if self.mark is not None:
            x, y = self.mark
            place = self._say_place(x)
            marked = tr("Marked: {place}, {share}.", place=place, share=_share(y))
            says.append(marked if np.isfinite(y) else tr("Marked: {place}.", place=place))
        return " ".join(says)

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return of each line points that are evenly apart, its first and its last among them."""
        area, parts = self.area(), list[HeardPart]()
        for line in self.lines:
            known = np.isfinite(line.y)
            x, y = line.x[known], line.y[known]
            wanted = np.linspace(x.min(), x.max(), MOST_HEARD) if len(x) else x
            for at in dict.fromkeys(int(np.abs(x - each).argmin()) for each in wanted):
                across, share = float(x[at]), float(y[at])
                value = " ".join((line.title, _share(share)))
                text = tr("{name}: {value}", name=self._say_place(across), value=value)
                is_marked = self.mark is not None and across == self.mark[0]
                place = around(area.at(across, share), 2 * MARK, 2 * MARK)
                parts.append(HeardPart(text, place, is_chosen=is_marked, can_press=True))
        return parts

    def table(self) -> Table | None:
        rows = [
            (line.title, x, y)
            for line in self.lines
            for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)
            if y == y
        ]
        return Table((HEAD, self._x.title or "x", self._y.title or "y"), rows) if rows else None

    def set_mark(self, mark: tuple[float, float] | None) -> None:
        """Mark a place with a dashed line and a dot; NaN as height: without the dot; `None`: no mark."""
        self.mark = mark
        self.update()

    def area(self) -> ChartArea:
        place = QRectF(self.rect()).adjusted(scaled(AT_LEFT), scaled(AT_TOP), -scaled(AT_RIGHT), -scaled(AT_BOTTOM))
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
        """Return the measured place nearest to `x`, and the lines of the readout there, see `draw_readout`."""
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
                rows.append((line.stroke.color, f"{line.title} {_share(line.y[at[-1]])}"))
        return nearest, rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = QPainter(self), self.area()
        draw(painter, *area.axes())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(area.place.adjusted(-5, -5, 5, 5))
        for line in self.lines:
            known = np.isfinite(line.y)
            points = [area.at(x, y) for x, y in zip(line.x[known].tolist(), line.y[known].tolist(), strict=True)]
            pen = line.stroke.pen()
            pen.setCosmetic(False)  # so that it has its width on every screen
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            if line.dots:
                draw(painter, *(Dot(point, pen.widthF() + 1, pen.color()) for point in points))
        painter.restore()
        if self.mark is not None:
            x, y = self.mark
            across = area.at(x, area.y.low).x()
            ends = QPointF(across, area.place.top()), QPointF(across, area.place.bottom())
            draw(painter, Rule(*ends, "accent", thick(1), Qt.PenStyle.DashLine))
            if np.isfinite(y):
                draw(painter, Dot(area.at(x, y), thick(MARK), "accent", "surface", 2))
        if self._pointed is not None:
            x, rows = self.readout(self._pointed)
            if rows:
                area.draw_readout(painter, x, rows)


def _share(value: float) -> str:
    return in_percent(float(value), 2)


SHARE = Span(0.0, 1.0, percents, mark("test accuracy"))  # an axis from nothing to all
