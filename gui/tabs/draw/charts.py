"""Probabilities of the classes as stacked bands: over the strokes of a drawing, or over the snapshots of a training."""

import functools
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.probes.answers_over_training import AnswersOverTraining, answers_over_training
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.text import in_percent, say_epoch, written
from engine.model.training.messages import MomentKept
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import brief_name, class_cells, class_name, fitted_name, lines_of, names_room
from gui.look.fonts import font, scaled, set_font, sized, text_size
from gui.look.layout import Fitted, vbox
from gui.look.percents import probability_text
from gui.look.theme import class_token, theme, thick
from gui.look.words import named, words
from gui.state.link.query import Request
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, LEFT, RIGHT, Bar, Frame, Mark, Painted, Rule, Words, around, draw, hatch
from gui.widgets.plots.time_scale import TimeScale
from gui.widgets.tab import Tab

LEAST_BAND = 16  # a lower band, in pixels, has no room for its digit, nor has one that is hardly as long

# Room for the words of the axes, and half a line above the highest.
AT_LEFT, AT_RIGHT, AT_TOP, AT_BOTTOM = 38, 2, 6, 18

NAMED = 0.02  # the legend names classes that were at least once so probable: their bands can be seen
MOST_KEY = 70
LEAST_PAGE = 150  # a lower page of the training has no words below its legend
KEY_WIDTH, KEY_HEIGHT = 18, 17  # room for one class in the legend, without its name

type Tick = tuple[float, str]  # how far along the axis, 0 to 1, and what stands there

HELP = mark("How probable each class was at the snapshots of the training; click to go to one.")

# Pixels between two epochs on the axis, and how much of its end the last one takes.
TICK_GAP, LAST_TICK = 26, 80

KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -(10**6), Qt.Key.Key_End: 10**6}


class StackedChart(Painted):
    """Bands of the classes over time, from left to right; the time to come is empty."""

    sharesChanged = Signal()

    def __init__(self, name: str, empty: str = "") -> None:
        """`empty` is the sentence of a chart without data."""
        tip = tr("How probable each class was while the strokes were drawn, from left to right")
        super().__init__(name, tr("The answer over time"), tip=tip, size=(200, 110))
        self._empty = empty
        self.parts: list[float] = []  # where the moments lie across the chart, 0 to 1
        self._shares: list[Array] = []

    @property
    def shares(self) -> Array:
        """Probabilities so far (times, classes)."""
        return np.array(self._shares)

    def clear(self) -> None:
        if self.parts:
            self.parts, self._shares = [], []
            self._show()

    def add(self, part: float, probabilities: Array) -> None:
        """Append probabilities (classes,) at a part of the time, 0 to 1, that is not before the last one."""
        self.parts.append(part)
        self._shares.append(np.nan_to_num(probabilities))
        self._show()

    def show_shares(self, parts: Array, shares: Array) -> None:
        """Show probabilities (times, classes) at parts of the time (times,), which rise from 0 to 1."""
        self.parts, self._shares = parts.tolist(), list(np.nan_to_num(shares))
        self._show()

    @property
    def main_classes(self) -> list[int]:
        """The classes that were at least once as probable as `NAMED`, the largest bands first."""
        if not self._shares:
            return []
        shares = self.shares
        named = np.flatnonzero(shares.max(axis=0) >= NAMED)
        return sorted(named.tolist(), key=lambda label: -shares[:, label].sum())

    def plot(self) -> QRectF:
        """Return the rectangle of the bands, between the axes."""
        left = max(scaled(AT_LEFT), _room_of(in_percent(1.0), text_size()))
        return QRectF(self.rect()).adjusted(left, scaled(AT_TOP), -AT_RIGHT, -scaled(AT_BOTTOM))

    def x_of(self, part: float) -> float:
        """Return the x coordinate of a part of the time, 0 to 1."""
        return self.plot().left() + part * self.plot().width()

    def table(self) -> Table | None:
        if not self._shares:
            return None
        classes = class_cells(self.shares.shape[1], answer=True)
        return matrix_table(self.shares, self.parts, classes, mark("part of the time"))

    def ticks(self) -> list[Tick]:
        return [(0.0, tr("start")), (1.0, tr("end"))]

    def _show(self) -> None:
        self.update()
        self.sharesChanged.emit()

    def finding(self) -> str:
        if not self._shares:
            return self._empty
        last, turns = self._shares[-1], int((np.diff(self.shares.argmax(axis=1)) != 0).sum())
        name, share = class_name(int(last.argmax()), answer=True), probability_text(float(last.max()))
        return tr_plural(
            "At the end the answer is {name} with {share}; it changed {count:,} time before.",
            "At the end the answer is {name} with {share}; it changed {count:,} times before.",
            turns,
            name=name,
            share=share,
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the times of one answer after the other."""
        if not self._shares:
            return []
        best, plot = self.shares.argmax(axis=1), self.plot()
        starts = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist()]
        parts = []
        for start, end in pairwise([*starts, len(best)]):
            until = min(end, len(best) - 1)
            name = class_name(int(best[start]), answer=True)
            most = probability_text(float(self.shares[start:end, best[start]].max()))
            says = tr(
                "{start:.0f} to {end:.0f} % of the time: {name}, at most {share}",
                start=100 * self.parts[start],
                end=100 * self.parts[until],
                name=name,
                share=most,
            )
            left, right = self.x_of(self.parts[start]), self.x_of(self.parts[until])
            place = QRectF(left, plot.top(), right - left, plot.height())
            parts.append(HeardPart(says, place))
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, frame = QPainter(self), self.plot().adjusted(0.5, 0.5, -0.5, -0.5)
        draw(painter, Bar(frame, "raised"), *self._axes())
        if not self._shares:
            wrapped = CENTER | Qt.TextFlag.TextWordWrap
            draw(painter, Words(frame.adjusted(12, 4, -12, -4), self._empty, "faint", side=wrapped))
        if len(self.parts) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_bands(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        draw(painter, Frame(frame))

    def _axes(self) -> Iterator[Mark]:
        plot, wide, line = self.plot(), scaled(80), scaled(16)
        for share in (0.0, 0.5, 1.0):
            row = QRectF(0, plot.bottom() - share * plot.height() - line / 2, plot.left() - 4, line)
            yield Words(row, in_percent(share), "faint", "axis", RIGHT, numbers=True)
        for part, text in self.ticks():
            below = QRectF(self.x_of(part) - wide / 2, plot.bottom() + 2, wide, line)
            side = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
            if part <= 0.0:
                below.moveLeft(plot.left())
                side = LEFT
            elif part >= 1.0:
                below.moveRight(plot.right())
                side = RIGHT
            yield Words(below, text, "faint", "axis", side, numbers=True)

    def _draw_bands(self, painter: QPainter) -> None:
        colors, plot, least = theme().current, self.plot(), scaled(LEAST_BAND)
        side, edge = scaled(16), scaled(10)
        xs = plot.left() + np.array(self.parts) * plot.width()
        shares = np.vstack([np.zeros(len(xs)), np.cumsum(self.shares, axis=1).T])
        names: list[Words] = []  # over all bands
        for label, (top, bottom) in enumerate(pairwise(plot.top() + shares * plot.height())):
            heights = bottom - top
            if not (heights >= 0.5).any():
                continue
            across, down = np.concatenate([xs, xs[::-1]]), np.concatenate([top, bottom[::-1]])
            band = QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True)])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.sign(class_token(label), 0.75))
            painter.drawPolygon(band)
            hatch(painter, colors.color("surface"), lines_of(label))
            painter.drawPolygon(band)
            high = xs[heights >= least]
            if len(high) and high[-1] - high[0] >= 0.75 * least:
                widest = np.flatnonzero(heights >= 0.95 * heights.max())
                at = int(widest[len(widest) // 2])
                x = min(max(xs[at], plot.left() + edge), plot.right() - edge)
                place = around(QPointF(x, (top[at] + bottom[at]) / 2), side, side)
                name = brief_name(label, answer=True)
                names.append(Words(place, name, "on_class", "small_value", CENTER, numbers=True))
        draw(painter, *names)


@functools.cache
def _room_of(share: str, percent: int) -> int:
    return math.ceil(QFontMetricsF(font("axis", numbers=True)).horizontalAdvance(share)) + 4


class ClassLegend(Painted):
    """The colours and hatchings of the classes whose bands can be seen; those without room are counted at the end."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self, name: str, chart: StackedChart) -> None:
        super().__init__(name, tr("Classes"), tip=tr("The colours of the likeliest classes"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        sized(self.setFixedHeight, KEY_HEIGHT)
        self._chart = chart
        chart.sharesChanged.connect(self.update)

    @property
    def classes(self) -> list[int]:
        seen, room = self._chart.main_classes, max(1, self.width() // self._wide())
        return seen if len(seen) <= room else seen[: max(1, room - 1)]

    def _wide(self) -> int:
        """Return the width of an entry, in pixels."""
        letters = font("label", numbers=True)
        count = self._chart.shares.shape[1] if len(self._chart.shares) else 0
        return round(names_room(count, letters, 0, scaled(MOST_KEY), answer=True)) + scaled(KEY_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, surface = QPainter(self), theme().current.color("surface")
        named, wide, side, letters = self.classes, self._wide(), scaled(9), font("label", numbers=True)
        for number, label in enumerate(named):
            square = QRectF(number * wide, scaled(4), side, side)
            room = QRectF(square.right() + 3, 0, wide, self.height())
            name = fitted_name(label, wide - side - 9, letters, answer=True)
            draw(painter, Bar(square, class_token(label), 0.75))
            painter.setPen(Qt.PenStyle.NoPen)
            hatch(painter, surface, lines_of(label))
            painter.drawRect(square)
            draw(painter, Words(room, name, "muted", "label", numbers=True))
        if more := len(self._chart.main_classes) - len(named):
            room = QRectF(self.rect()).adjusted(len(named) * wide, 0, 0, 0)
            draw(painter, Words(room, f"+{more}", "muted", "label", numbers=True))

    def finding(self) -> str:
        if not (likeliest := self._chart.main_classes):
            return ""
        return tr_plural(
            "{count:,} band can be seen; the largest is that of {name}.",
            "{count:,} bands can be seen; the largest is that of {name}.",
            len(likeliest),
            name=class_name(likeliest[0], answer=True),
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        wide, named = self._wide(), len(self.classes)
        shares = self._chart.shares
        return [
            HeardPart(
                tr(
                    "{name}: {share} at the end",
                    name=class_name(label, answer=True),
                    share=probability_text(float(shares[-1, label])),
                ),
                QRectF(number * wide, 0, wide, self.height()) if number < named else None,
            )
            for number, label in enumerate(self._chart.main_classes)
        ]


class TrainingChart(StackedChart):
    """Bands of the classes on the scale of the time slider, with a line at the moment that is looked at."""

    stepChosen = Signal(int)  # the step of a moment to be looked at
    described = Signal(str)  # the words about the current moment

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Draw something to see how its answer came about in the training."))
        self.setAccessibleName(tr("The answer over the training"))
        self.setToolTip("")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._answers: AnswersOverTraining | None = None
        self._moment: int | None = None

    @property
    def place(self) -> int | None:
        """The index of the answer at the moment that is looked at; `None` without answers."""
        if self._answers is None:
            return None
        steps = self._answers.steps
        if self._moment is None:
            return len(steps) - 1
        return max(0, int(np.searchsorted(steps, self._moment, side="right")) - 1)

    def show_answers(self, message: AnswersOverTraining | None) -> None:
        self._answers = message
        if message is None:
            self.clear()
        else:
            scale = TimeScale(message.end, 1.0)
            self.show_shares(np.array([scale.place(step) for step in message.steps]), message.probabilities)
        self._tell()

    def table(self) -> Table | None:
        if self._answers is None:
            return None
        shares = self._answers.probabilities
        return matrix_table(shares, self._answers.steps, range(shares.shape[1]), mark("step"))

    def ticks(self) -> list[Tick]:
        """Return epochs on the scale of the time slider, as many as fit."""
        if self._answers is None:
            return []
        per_epoch, end = self._answers.steps_per_epoch, self._answers.end
        scale, last = TimeScale(end, 1.0), end / per_epoch
        ticks: list[Tick] = [(0.0, "0")]
        width = self.plot().width()
        for epoch in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
            place = width * scale.place(epoch * per_epoch)
            has_room = width * ticks[-1][0] + scaled(TICK_GAP) <= place <= width - scaled(LAST_TICK)
            if epoch < last and has_room:
                ticks.append((place / width, written(epoch, ",")))
        return [*ticks, (1.0, tr("epoch {number:,.4g}", number=last))]

    def set_moment(self, step: int | None) -> None:
        """Mark the moment that is looked at; `None` is the latest."""
        if step != self._moment:
            self._moment = step
            self._tell()
            self.update()
            if self.place is not None and self.hasFocus():
                say_part(self, self.place)

    def say(self, place: int | None) -> str:
        """Return the answer number `place` in words: `epoch 7.0: 8, 99.98 %`; empty for none."""
        if self._answers is None or place is None:
            return ""
        shares = np.nan_to_num(self._answers.probabilities[place])
        epoch = say_epoch(self._answers.steps[place], self._answers.steps_per_epoch)
        answer = class_name(int(shares.argmax()), answer=True), probability_text(float(shares.max()))
        return tr("{name}: {value}", name=epoch, value=", ".join(answer))

    def finding(self) -> str:
        """Return the answer at the moment that is looked at, and what it was at first."""
        if self._answers is None or self.place is None:
            return super().finding()
        return tr_plural(
            "At {now}; at the first of {count:,} snapshot, {first}.",
            "At {now}; at the first of {count:,} snapshots, {first}.",
            len(self._answers.steps),
            now=self.say(self.place),
            first=self.say(0),
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the snapshots; the one that is looked at is the chosen one."""
        plot, count = self.plot(), len(self.parts)
        xs = [self.x_of(part) for part in self.parts]
        ends = [plot.left(), *((left + right) / 2 for left, right in pairwise(xs)), plot.right()]
        places = [QRectF(left, plot.top(), right - left, plot.height()) for left, right in pairwise(ends)]
        return [
            HeardPart(self.say(place), places[place], is_chosen=place == self.place, can_press=True)
            for place in range(count)
        ]

    def tip_at(self, place: QPointF) -> str:
        return f"{self.say(self._nearest(place.x()))}\n{tr(HELP)}".strip()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(self._nearest(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count, place = KEYS.get(Qt.Key(event.key())), self.place
        if count is None or place is None or self._answers is None:
            super().keyPressEvent(event)
        else:
            self._choose(min(max(place + count, 0), len(self._answers.steps) - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, plot, place = QPainter(self), self.plot(), self.place
        if place is not None:
            x = min(max(round(self.x_of(self.parts[place])), plot.left() + 1), plot.right() - 1)
            ends = QPointF(x, plot.top() + 1), QPointF(x, plot.bottom() - 1)
            draw(painter, Rule(*ends, "accent", thick(2)))
        if self.hasFocus():
            draw(painter, Frame(QRectF(self.rect()).adjusted(1, 1, -1, -1), "focus", 2))

    def _tell(self) -> None:
        self.described.emit(self.say(self.place))

    def _nearest(self, x: float) -> int | None:
        if self._answers is None:
            return None
        return int(np.abs(np.array([self.x_of(part) for part in self.parts]) - x).argmin())

    def _choose(self, place: int | None) -> None:
        if self._answers is not None and place is not None and place != self.place:
            self.stepChosen.emit(int(self._answers.steps[place]))


class TrainingPage(Fitted, QWidget):
    """The chart, and below it the answer at the moment that is looked at, in words."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.training")
        self.chart = TrainingChart("draw.training.chart")
        self.said = named(words("", "label"), "draw.training.said")
        set_font(self.said, "label", numbers=True)
        self.legend = ClassLegend("draw.training.legend", self.chart)
        vbox((self.chart, 1), self.legend, self.said, gap="tight", on=self)
        self.chart.described.connect(self.said.setText)

    def _fit(self) -> None:
        """Leave the words out where the chart needs their room: the answer beside it and the tooltip say the same."""
        self.said.setVisible(self.height() >= scaled(LEAST_PAGE))


class OverTraining(QObject):
    """Updates the chart to a drawing and a lens, on request only."""

    def __init__(self, tab: Tab, chart: TrainingChart) -> None:
        super().__init__(tab)
        self._selection, self._chart = tab.selection, chart
        self._query = tab.query(lambda: self._request, every_ms=0, patience_ms=0)
        self._request: Request[...] | None = None
        # What the chart shows, or is about to show: a lens at no moment, and the picture.
        self._asked: tuple[Lens, bytes] | None = None
        self._query.listen(AnswersOverTraining, chart.show_answers)
        tab.listen(MomentKept, lambda _: self._ask_again())
        tab.listen(SessionOpened, lambda _: self.forget())
        tab.selection.changed.connect(self._show_selection)
        chart.stepChosen.connect(self._go_to)

    def ask(self, lens: Lens, picture: Array) -> None:
        """Request the answers to `picture` (rows, columns) at all moments, unless they are shown already."""
        question = lens.at(None), picture.tobytes()
        if question == self._asked:
            return
        if self._asked is None or question[0].run != self._asked[0].run:
            self._chart.show_answers(None)
        self._asked = question
        self._request = Request(answers_over_training, lens, picture)
        self._query.refresh()

    def forget(self) -> None:
        if self._asked is None:
            return
        self._query.drop()
        self._asked = None
        self._chart.show_answers(None)

    def _ask_again(self) -> None:
        """Let the next `ask` request again: a run has one more moment."""
        if self._asked is not None:
            self._asked = self._asked[0], b""

    def _go_to(self, step: int) -> None:
        if self._selection.lens:
            self._selection.change(lens=self._selection.lens.at(step))

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and lens:
            self._chart.set_moment(lens.moment)
