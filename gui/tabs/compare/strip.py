"""A figure of each run as a dot, over the setting that the runs differ in, or over the runs."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPaintEvent, QPen, QPolygonF

from engine.core.knobs import in_sentence
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.fonts import font, scaled
from gui.look.percents import percent
from gui.look.theme import run_token, theme, thick
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, RIGHT, Dot, Mark, Rule, Words, around, draw, smooth_painter
from gui.widgets.plots.axis import round_ticks
from gui.widgets.plots.chart import Chart, Datum

# Diameters of a dot and of the ring around the current one; reach of the mouse, in pixels.
DOT, RING, REACH = 7, 13, 14

# Room for the words at the left, below and above; between two ticks, and between two words below.
AT_LEFT, FOOT, TOP, APART, BETWEEN = 58, 40, 10, 44, 8

AIR = 0.08  # gap above and below the dots, as a share of their height
WIDE = 0.6  # share of a column that its dots spread over
GOLDEN = 0.6180339887  # multiples of it are spread evenly, however many there are


class Figures(NamedTuple):
    """A figure of each run, each in a column of the horizontal axis; NaN is not shown."""

    names: Sequence[str] = ()
    labels: Sequence[str] = ()  # the runs' names for a person
    values: Array = np.zeros(0)  # (runs,)
    columns: Sequence[str] = ()  # the horizontal axis in words
    places: Array = np.zeros(0, int)  # the column of each run (runs,)
    colors: Array = np.zeros(0, int)  # the number of the colour of each run (runs,)
    means: Sequence[Sequence[int]] = ()  # over the columns of the runs of each, by number, their mean is drawn
    title: str = ""
    across: str = ""  # the title of the horizontal axis
    is_share: bool = True


class Strip(Chart):
    """Shows the figures of runs, and signals which run was chosen."""

    runChosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Final figures"), size=(420, 300), follows_mouse=True, takes_keys=True)
        self._shown, self._looked = Figures(), ""

    def show_figures(self, shown: Figures) -> None:
        self._shown = shown
        self.heads = mark("run"), shown.across, in_sentence(shown.title)
        columns = (shown.columns[place] for place in shown.places.tolist())
        self.show_data(list(map(Datum, zip(shown.names, columns, shown.values.tolist(), strict=True))))

    def finding(self) -> str:
        """Return between what the figures lie, and of which runs those are."""
        shown, count = self._shown, len(self._shown.names)
        if not np.isfinite(shown.values).any():
            return tr_plural(
                "{figure} of {count:,} run by {setting}: nothing yet.",
                "{figure} of {count:,} runs by {setting}: nothing yet.",
                count,
                figure=shown.title,
                setting=shown.across,
            )
        low, high = int(np.nanargmin(shown.values)), int(np.nanargmax(shown.values))
        return tr_plural(
            "{figure} of {count:,} run by {setting}: from {low}, {low_run}, to {high}, {high_run}.",
            "{figure} of {count:,} runs by {setting}: from {low}, {low_run}, to {high}, {high_run}.",
            count,
            figure=shown.title,
            setting=shown.across,
            low=self.say(shown.values[low]),
            low_run=shown.labels[low],
            high=self.say(shown.values[high]),
            high_run=shown.labels[high],
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the runs with their figures; those of whom none is known have no place."""
        shown, points, reach = self._shown, self._points(), scaled(RING)
        parts = []
        for number, (x, y) in enumerate(points.tolist()):
            is_known = y == y
            text = f"{shown.labels[number]}: {self.say(shown.values[number]) if is_known else tr('nothing yet')}"
            place = around(QPointF(x, y), reach, reach) if is_known else None
            is_looked = shown.names[number] == self._looked
            parts.append(HeardPart(text, place, is_chosen=is_looked, can_press=is_known))
        return parts

    def look_at(self, run: str) -> None:
        if run != self._looked:
            self._looked = run
            self.update()
            if self.hasFocus() and run in self._shown.names:
                say_part(self, list(self._shown.names).index(run))

    def say(self, value: float) -> str:
        return percent(value, 2) if self._shown.is_share else written(value, ".4g")

    def run_at(self, place: QPointF) -> str:
        """Return the run of the nearest dot; empty where none is near."""
        number = self._number_at(place)
        return "" if number is None else self._shown.names[number]

    def dot(self, run: str) -> QPointF:
        return QPointF(*self._points()[list(self._shown.names).index(run)].tolist())

    def tip_at(self, place: QPointF) -> str | None:
        if (number := self._number_at(place)) is None:
            return None
        return tr(
            "{run}: {figure}. Click to look at it.",
            run=self._shown.labels[number],
            figure=self.say(self._shown.values[number]),
        )

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
        known = self._shown.values[np.isfinite(self._shown.values)]
        if not len(known):
            return 0.0, 1.0
        low, high = float(known.min()), float(known.max())
        air = AIR * (high - low) or max(abs(high), 1e-3) * 0.01
        return low - air, min(high + air, 1.0) if self._shown.is_share and high < 1 else high + air

    def _points(self) -> Array:
        """Return the places of the dots, (runs, 2) in pixels; NaN for unknown figures."""
        places, wide = self._shown.places, self._column_width()
        order, beside = np.argsort(places, kind="stable"), np.zeros(len(places))
        nth = np.empty(len(order))
        nth[order] = np.arange(len(order)) - np.searchsorted(places[order], places[order])
        several = np.bincount(places, minlength=len(self._shown.columns))[places] > 1
        beside[several] = ((nth[several] * GOLDEN) % 1 - 0.5) * WIDE * wide
        x = self._room().left() + (places + 0.5) * wide + beside
        return np.stack([x, self._height(self._shown.values)], axis=1)

    def _column_width(self) -> float:
        return self._room().width() / max(1, len(self._shown.columns))

    def _height[N: (float, Array)](self, values: N) -> N:
        """Return the y coordinate of a figure, or of several."""
        room, (low, high) = self._room(), self._span()
        return room.bottom() - (values - low) / (high - low) * room.height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        draw(painter, *self._grid(), *self._column_words(), *self._mean_rules())
        points = self._points()
        is_known = np.isfinite(points[:, 1])
        for color in np.unique(self._shown.colors[is_known]).tolist():
            chosen = points[is_known & (self._shown.colors == color)]
            pen = QPen(theme().current.color(run_token(color)), scaled(DOT))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(QPolygonF([QPointF(*point) for point in chosen.tolist()]))
        if self._looked in self._shown.names and is_known[number := list(self._shown.names).index(self._looked)]:
            draw(painter, Dot(QPointF(*points[number].tolist()), scaled(RING) / 2, line="text", width=thick(2)))

    def _grid(self) -> Iterator[Mark]:
        room, (low, high), scale = self._room(), self._span(), 100 if self._shown.is_share else 1
        ticks = round_ticks(low * scale, high * scale, max(2, int(room.height() // scaled(APART))))
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
        for tick in ticks:
            y = self._height(tick / scale)
            if room.top() <= y <= room.bottom():
                yield Rule(QPointF(room.left(), y), QPointF(room.right(), y))
                text = f"{written(tick, f'.{digits}f')} %" if self._shown.is_share else written(tick, ".4g")
                place = QRectF(0, y - scaled(8), room.left() - 8, scaled(16))
                yield Words(place, text, "faint", "axis", RIGHT, numbers=True)

    def _column_words(self) -> Iterator[Mark]:
        """Yield the labels of the columns, as many as fit."""
        room, wide, line, end = self._room(), self._column_width(), scaled(16), -1.0
        measure = QFontMetricsF(font("axis", numbers=True)).horizontalAdvance
        for number, words in enumerate(self._shown.columns):
            middle, half = room.left() + (number + 0.5) * wide, measure(words) / 2
            if middle - half >= end and middle + half <= self.width():
                end = middle + half + scaled(BETWEEN)
                place = QRectF(middle - half - 1, room.bottom() + 3, 2 * half + 2, line)
                yield Words(place, words, "faint", "axis", CENTER, numbers=True)
        below = QRectF(room.left(), room.bottom() + 3 + line, room.width(), line)
        yield Words(below, self._shown.across, "faint", "axis", CENTER, numbers=True)

    def _mean_rules(self) -> Iterator[Mark]:
        room, wide = self._room(), self._column_width()
        for first, last, mean in self.means():
            y = self._height(mean)
            left, right = room.left() + wide * (first + 0.1), room.left() + wide * (last + 0.9)
            yield Rule(QPointF(left, y), QPointF(right, y), "muted", thick(1.5))

    def means(self) -> list[tuple[int, int, float]]:
        """Return the means, each with the first and the last column that it is of."""
        places, values = self._shown.places, self._shown.values
        known = [[run for run in runs if np.isfinite(values[run])] for runs in self._shown.means]
        return [
            (int(places[runs].min()), int(places[runs].max()), float(values[runs].mean()))
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
        shown, known = self._shown, np.flatnonzero(np.isfinite(self._shown.values))
        if not by or not len(known):
            super().keyPressEvent(event)
            return
        order = [shown.names[number] for number in known[np.argsort(shown.places[known], kind="stable")].tolist()]
        at = order.index(self._looked) + by if self._looked in order else 0
        self.runChosen.emit(order[min(max(at, 0), len(order) - 1)])
