"""A figure of each run as a dot, over the setting that the runs differ in, or over the runs."""

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPaintEvent, QPen, QPolygonF

from engine.core.lazy import Array
from engine.core.text import plural, written
from gui.look.fonts import font, scaled
from gui.look.percents import percent
from gui.look.theme import run_token, theme, thick
from gui.widgets.painted import CENTER, RIGHT, Mark, Rule, Words, draw, smooth_painter
from gui.widgets.plots.axis import round_ticks
from gui.widgets.plots.chart import Chart, Datum

# Diameters of a dot and of the ring around the current one; reach of the mouse, in pixels.
DOT, RING, REACH = 7, 13, 14

# Room for the words at the left, below and above; between two ticks, and between two words below.
AT_LEFT, FOOT, TOP, APART, BETWEEN = 58, 40, 10, 44, 8

AIR = 0.08  # gap above and below the dots, as a share of their height
WIDE = 0.6  # share of a column that its dots spread over
GOLDEN = 0.6180339887  # multiples of it are spread evenly, however many there are


class Strip(Chart):
    """Shows the figures of runs, and signals which run was chosen."""

    runChosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__(name, "Final figures", size=(420, 300), follows_mouse=True, takes_keys=True)
        self._names: Sequence[str] = ()
        self._labels: Sequence[str] = ()
        self._values: Array = np.zeros(0)
        self._places: Array = np.zeros(0, int)
        self._colors: Array = np.zeros(0, int)
        self._columns: Sequence[str] = ()
        self._means: Sequence[Sequence[int]] = ()
        self._looked, self._title, self._across, self._is_share = "", "", "", True

    def show_figures(
        self,
        names: Sequence[str],
        labels: Sequence[str],
        values: Array,
        places: Array,
        columns: Sequence[str],
        colors: Array,
        means: Sequence[Sequence[int]],
        *,
        title: str,
        across: str,
        is_share: bool,
    ) -> None:
        """Show `values` of runs (runs,), each in its column; NaN is not shown.

        `labels` are the runs' names, `title` and `across` the axes'. The mean of the runs of each of `means`, by
        number, is drawn over their columns.
        """
        self._names, self._labels, self._values = names, labels, values
        self._places, self._columns, self._colors = places, columns, colors
        self._means, self._title, self._across, self._is_share = means, title, across, is_share
        self.heads = "run", across, title.lower()
        cells = zip(names, (columns[place] for place in places.tolist()), values.tolist(), strict=True)
        self.show_data(list(map(Datum, cells)))
        known = values[np.isfinite(values)]
        span = f"{self.say(known.min())} to {self.say(known.max())}" if len(known) else "nothing yet"
        self.setAccessibleDescription(f"{title} of {plural(len(names), 'run')} by {across}: {span}")

    def look_at(self, run: str) -> None:
        if run != self._looked:
            self._looked = run
            self.update()

    def say(self, value: float) -> str:
        return percent(value, 2) if self._is_share else written(value, ".4g")

    def run_at(self, place: QPointF) -> str:
        """Return the run of the nearest dot; empty where none is near."""
        number = self._number_at(place)
        return "" if number is None else self._names[number]

    def dot(self, run: str) -> QPointF:
        return QPointF(*self._points()[list(self._names).index(run)].tolist())

    def tip_at(self, place: QPointF) -> str | None:
        if (number := self._number_at(place)) is None:
            return None
        return f"{self._labels[number]}: {self.say(self._values[number])}. Click to look at it."

    def _number_at(self, place: QPointF) -> int | None:
        points = self._points()
        known = np.flatnonzero(np.isfinite(points[:, 1]))
        if not len(known):
            return None
        far = np.hypot(points[known, 0] - place.x(), points[known, 1] - place.y())
        nearest = int(far.argmin())
        return int(known[nearest]) if far[nearest] <= scaled(REACH) else None

    def _room(self) -> QRectF:
        left, top = scaled(AT_LEFT), scaled(TOP)
        return QRectF(left, top, max(1, self.width() - left - 8), max(1, self.height() - top - scaled(FOOT)))

    def _span(self) -> tuple[float, float]:
        known = self._values[np.isfinite(self._values)]
        if not len(known):
            return 0.0, 1.0
        low, high = float(known.min()), float(known.max())
        air = AIR * (high - low) or max(abs(high), 1e-3) * 0.01
        return low - air, min(high + air, 1.0) if self._is_share and high < 1 else high + air

    def _points(self) -> Array:
        """Return the places of the dots, (runs, 2) in pixels; NaN for unknown figures."""
        room, (low, high) = self._room(), self._span()
        wide = room.width() / max(1, len(self._columns))
        crowd = np.bincount(self._places, minlength=len(self._columns)) if len(self._places) else np.zeros(0)
        beside = np.zeros(len(self._places))
        if len(self._places):
            order = np.argsort(self._places, kind="stable")
            first = np.searchsorted(self._places[order], self._places[order])
            nth = np.empty(len(order))
            nth[order] = np.arange(len(order)) - first
            several = crowd[self._places] > 1
            beside[several] = ((nth[several] * GOLDEN) % 1 - 0.5) * WIDE * wide
        x = room.left() + (self._places + 0.5) * wide + beside
        y = room.bottom() - (self._values - low) / (high - low) * room.height()
        return np.stack([x, y], axis=1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        draw(painter, *self._grid(), *self._column_words(), *self._mean_rules())
        points = self._points()
        is_known = np.isfinite(points[:, 1])
        for color in np.unique(self._colors[is_known]).tolist():
            chosen = points[is_known & (self._colors == color)]
            pen = QPen(theme().current.color(run_token(color)), scaled(DOT))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(QPolygonF([QPointF(*point) for point in chosen.tolist()]))
        if self._looked in self._names and is_known[number := list(self._names).index(self._looked)]:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().current.color("text"), thick(2)))
            painter.drawEllipse(QPointF(*points[number].tolist()), scaled(RING) / 2, scaled(RING) / 2)

    def _grid(self) -> Iterator[Mark]:
        room, (low, high), scale = self._room(), self._span(), 100 if self._is_share else 1
        ticks = round_ticks(low * scale, high * scale, max(2, int(room.height() // scaled(APART))))
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        for tick in ticks:
            y = room.bottom() - (tick / scale - low) / (high - low) * room.height()
            if room.top() <= y <= room.bottom():
                yield Rule(QPointF(room.left(), y), QPointF(room.right(), y))
                text = f"{tick:.{digits}f} %" if self._is_share else written(tick, ".4g")
                place = QRectF(0, y - scaled(8), room.left() - 8, scaled(16))
                yield Words(place, text, "faint", "axis", RIGHT, numbers=True)

    def _column_words(self) -> Iterator[Mark]:
        """Yield the labels of the columns, as many as fit."""
        room, line, end = self._room(), scaled(16), -1.0
        wide = room.width() / max(1, len(self._columns))
        measure = QFontMetricsF(font("axis", numbers=True)).horizontalAdvance
        for number, words in enumerate(self._columns):
            middle, half = room.left() + (number + 0.5) * wide, measure(words) / 2
            if middle - half >= end and middle + half <= self.width():
                end = middle + half + scaled(BETWEEN)
                place = QRectF(middle - half - 1, room.bottom() + 3, 2 * half + 2, line)
                yield Words(place, words, "faint", "axis", CENTER, numbers=True)
        below = QRectF(room.left(), room.bottom() + 3 + line, room.width(), line)
        yield Words(below, self._across, "faint", "axis", CENTER, numbers=True)

    def _mean_rules(self) -> Iterator[Mark]:
        room, (low, high) = self._room(), self._span()
        wide = room.width() / max(1, len(self._columns))
        for first, last, mean in self.means():
            y = room.bottom() - (mean - low) / (high - low) * room.height()
            left, right = room.left() + wide * (first + 0.1), room.left() + wide * (last + 0.9)
            yield Rule(QPointF(left, y), QPointF(right, y), "muted", thick(1.5))

    def means(self) -> list[tuple[int, int, float]]:
        """Return the means, each with the first and the last column that it is of."""
        known = [[run for run in runs if np.isfinite(self._values[run])] for runs in self._means]
        return [
            (int(self._places[runs].min()), int(self._places[runs].max()), float(self._values[runs].mean()))
            for runs in known
            if len(runs) > 1
        ]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and (run := self.run_at(event.position())):
            self.runChosen.emit(run)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = self.run_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        known = np.flatnonzero(np.isfinite(self._values))
        if not by or not len(known):
            super().keyPressEvent(event)
            return
        order = [self._names[number] for number in known[np.argsort(self._places[known], kind="stable")].tolist()]
        at = order.index(self._looked) + by if self._looked in order else 0
        self.runChosen.emit(order[min(max(at, 0), len(order) - 1)])
