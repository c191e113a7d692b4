"""How an answer came about: the classes' probabilities, stacked, over the strokes or over the moments of a training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.analysis.probes.answers_over_training import AnswersOverTraining, answers_over_training
from engine.core.array import Array
from engine.core.lens import Lens
from engine.model.training.messages import MomentKept
from engine.session.jobs.files import SessionOpened
from gui.look.class_marks import lines_of
from gui.look.class_names import brief_name, class_cells, class_name, fitted_name, names_room
from gui.look.fonts import font, set_font
from gui.look.layout import hbox, vbox
from gui.look.line_width import thick
from gui.look.named import named
from gui.look.percents import probability_text
from gui.look.text_size import scaled, sized
from gui.look.theme import class_token, theme
from gui.look.words import words
from gui.state.link.query import Request
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.painted import Painted, hatch
from gui.widgets.plots.time_scale import TimeScale
from gui.widgets.tab import Tab

# A band lower than that, in pixels, has no room for its digit; nor has one that is not almost as long.
LEAST_BAND = 16

# Room for the words of the axes, and half a line above the highest of them.
LEFT, RIGHT, TOP, BOTTOM = 38, 2, 6, 18

NAMED = 0.1  # the legend names classes that were at least once so probable
MOST_KEY = 70
KEY_WIDTH, KEY_HEIGHT = 30, 17  # room for one class in the legend

type Tick = tuple[float, str]
"""How far along the axis, 0 to 1, and what stands there."""

HELP = "How probable each class was at the snapshots of the training; click to go to one."

# Pixels between two epochs on the axis, and how much of its end the last one takes.
TICK_GAP, LAST_TICK = 26, 80

KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -(10**6), Qt.Key.Key_End: 10**6}


class StackedChart(Painted):
    """Bands of the classes from left to right; what has not happened yet is empty."""

    sharesChanged = Signal()

    def __init__(self, name: str, empty: str = "") -> None:
        """`empty` is the sentence that stands there as long as nothing is shown."""
        super().__init__(name, "The answer over time", size=(200, 110))
        self._empty = empty
        self.setToolTip("How probable each class was while the strokes were drawn, from left to right")
        self.parts: list[float] = []  # where the moments lie across the chart, 0 to 1
        self._shares: list[Array] = []

    @property
    def shares(self) -> Array:
        """Probabilities so far (times, classes)."""
        return np.array(self._shares)

    def clear(self) -> None:
        """Show nothing."""
        self.parts, self._shares = [], []
        self._show()

    def add(self, part: float, probabilities: Array) -> None:
        """Add probabilities (classes,) after so large a part of the time, 0 to 1; never earlier than the last."""
        self.parts.append(part)
        self._shares.append(np.nan_to_num(probabilities))
        self._show()

    def show_shares(self, parts: Array, shares: Array) -> None:
        """Show probabilities (times, classes) after such parts of the time (times,), rising from 0 to 1."""
        self.parts, self._shares = parts.tolist(), list(np.nan_to_num(shares))
        self._show()

    @property
    def main_classes(self) -> list[int]:
        """The classes that were ever likely, those with the largest bands first."""
        if not self._shares:
            return []
        shares = self.shares
        named = np.flatnonzero(shares.max(axis=0) >= NAMED)
        return sorted(named.tolist(), key=lambda label: -shares[:, label].sum())

    def plot(self) -> QRectF:
        """Return where the bands are, between the axes."""
        return QRectF(self.rect()).adjusted(scaled(LEFT), scaled(TOP), -RIGHT, -scaled(BOTTOM))

    def x_of(self, part: float) -> float:
        """Return where a part of the time, 0 to 1, lies on the widget."""
        return self.plot().left() + part * self.plot().width()

    def table(self) -> Table | None:
        """Return the probability of each class after parts of the time, from 0 to 1."""
        if not self._shares:
            return None
        return matrix_table(
            self.shares, self.parts, class_cells(self.shares.shape[1], answer=True), "part of the time"
        )

    def ticks(self) -> list[Tick]:
        """Return what stands below the bands."""
        return [(0.0, "start"), (1.0, "end")]

    def _show(self) -> None:
        self.update()
        self.sharesChanged.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        frame = self.plot().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(frame, colors.color("raised"))
        self._draw_axes(painter)
        if not self._shares:
            painter.setFont(font("caption"))
            words = frame.adjusted(12, 4, -12, -4)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
        if len(self.parts) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_bands(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)

    def _draw_axes(self, painter: QPainter) -> None:
        plot, middle = self.plot(), Qt.AlignmentFlag.AlignVCenter
        wide, line = scaled(80), scaled(16)
        painter.setFont(font("axis", numbers=True))
        painter.setPen(theme().current.color("faint"))
        for share in (0.0, 0.5, 1.0):
            row = QRectF(0, plot.bottom() - share * plot.height() - line / 2, plot.left() - 4, line)
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, f"{100 * share:.0f} %")
        for part, text in self.ticks():
            below = QRectF(self.x_of(part) - wide / 2, plot.bottom() + 2, wide, line)
            where = Qt.AlignmentFlag.AlignHCenter
            if part <= 0.0:
                below.moveLeft(plot.left())
                where = Qt.AlignmentFlag.AlignLeft
            elif part >= 1.0:
                below.moveRight(plot.right())
                where = Qt.AlignmentFlag.AlignRight
            painter.drawText(below, where | middle, text)

    def _draw_bands(self, painter: QPainter) -> None:
        colors, plot = theme().current, self.plot()
        xs = plot.left() + np.array(self.parts) * plot.width()
        shares = np.vstack([np.zeros(len(xs)), np.cumsum(self.shares, axis=1).T])
        edges = plot.top() + shares * plot.height()
        for number, (top, bottom) in enumerate(pairwise(edges)):
            if not (bottom - top >= 0.5).any():
                continue
            shape = [QPointF(x, y) for x, y in zip(xs.tolist(), top.tolist(), strict=True)]
            back = zip(xs[::-1].tolist(), bottom[::-1].tolist(), strict=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color(class_token(number), 0.75))
            band = QPolygonF(shape + [QPointF(x, y) for x, y in back])
            painter.drawPolygon(band)
            hatch(painter, colors.color("surface"), lines_of(number))
            painter.drawPolygon(band)
            wide = np.flatnonzero(bottom - top >= 0.95 * (bottom - top).max())
            widest = int(wide[len(wide) // 2])
            least = scaled(LEAST_BAND)
            high = xs[bottom - top >= least]
            if len(high) and high[-1] - high[0] >= 0.75 * least:
                self._draw_digit(painter, number, xs[widest], (top[widest] + bottom[widest]) / 2)

    def _draw_digit(self, painter: QPainter, number: int, x: float, y: float) -> None:
        painter.setFont(font("small_value", numbers=True))
        painter.setPen(theme().current.color("text"))
        plot, side, edge = self.plot(), scaled(16), scaled(10)
        place = QRectF(0, 0, side, side)
        place.moveCenter(QPointF(min(max(x, plot.left() + edge), plot.right() - edge), y))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, brief_name(number, answer=True))


class ClassLegend(QWidget):
    """Which colour with which lines is which class, for those that have a band that can be seen."""

    def __init__(self, name: str, chart: StackedChart) -> None:
        super().__init__()
        named(self, name, title="Classes", tip="The colours of the likeliest classes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        sized(self.setFixedHeight, KEY_HEIGHT)
        self._chart = chart
        chart.sharesChanged.connect(self._show)
        theme().changed.connect(self.update)

    @property
    def classes(self) -> list[int]:
        """The classes that are named, as many as there is room for."""
        return self._chart.main_classes[: max(1, self.width() // self._wide())]

    def _wide(self) -> int:
        """Return how much room a class takes."""
        letters = font("label", numbers=True)
        count = self._chart.shares.shape[1] if len(self._chart.shares) else 0
        return round(names_room(count, letters, 0, scaled(MOST_KEY), answer=True)) + scaled(KEY_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        painter.setFont(font("label", numbers=True))
        named, wide, side = self.classes, self._wide(), scaled(9)
        for number, label in enumerate(named):
            left = self.width() - wide * (len(named) - number) + 6
            square = QRectF(left, scaled(4), side, side)
            painter.fillRect(square, colors.color(class_token(label), 0.75))
            painter.setPen(Qt.PenStyle.NoPen)
            hatch(painter, colors.color("surface"), lines_of(label))
            painter.drawRect(square)
            painter.setPen(colors.color("muted"))
            room = QRectF(left + side + 3, 0, wide, self.height())
            name = fitted_name(label, wide - side - 12, painter.font(), answer=True)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _show(self) -> None:
        self.setAccessibleDescription(", ".join(class_name(label, answer=True) for label in self.classes))
        self.update()


# Over the training --------------------------------------------------------------------------------------------------


class TrainingChart(StackedChart):
    """Bands of the classes over the time slider's own scale, with a line at the moment that is looked at."""

    stepChosen = Signal(int)  # a person wants to see the moment after this step
    told = Signal(str)  # what there is to say of the moment that is looked at

    def __init__(self, name: str) -> None:
        super().__init__(name, "Draw something to see how its answer came about in the training.")
        self.setAccessibleName("The answer over the training")
        self.setToolTip("")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._answers: AnswersOverTraining | None = None
        self._moment: int | None = None

    @property
    def place(self) -> int | None:
        """Which of the answers belongs to the moment that is looked at; `None` without answers."""
        if self._answers is None:
            return None
        steps = self._answers.steps
        if self._moment is None:
            return len(steps) - 1
        return max(0, int(np.searchsorted(steps, self._moment, side="right")) - 1)

    def show_answers(self, message: AnswersOverTraining | None) -> None:
        """Show the answers at all moments; nothing for `None`."""
        self._answers = message
        if message is None:
            self.clear()
        else:
            scale = TimeScale(message.end, 1.0)
            self.show_shares(np.array([scale.place(step) for step in message.steps]), message.probabilities)
        self._tell()

    def table(self) -> Table | None:
        """Return the probability of each class at each snapshot, by its step."""
        if self._answers is None:
            return None
        shares = self._answers.probabilities
        return matrix_table(shares, self._answers.steps, range(shares.shape[1]), "step")

    def ticks(self) -> list[Tick]:
        """Return epochs on the time slider's scale, as many as there is room for."""
        if self._answers is None:
            return []
        per_epoch, end = self._answers.steps_per_epoch, self._answers.end
        scale, last = TimeScale(end, 1.0), end / per_epoch
        found: list[Tick] = [(0.0, "0")]
        width = self.plot().width()
        for epoch in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
            place = width * scale.place(epoch * per_epoch)
            has_room = width * found[-1][0] + scaled(TICK_GAP) <= place <= width - scaled(LAST_TICK)
            if epoch < last and has_room:
                found.append((place / width, f"{epoch:,}"))
        return [*found, (1.0, f"epoch {last:,.4g}")]

    def set_moment(self, step: int | None) -> None:
        """Mark the moment that is looked at, `None` for now."""
        if step != self._moment:
            self._moment = step
            self._tell()
            self.update()

    def say(self, place: int | None) -> str:
        """Return the answer number `place` in words: `epoch 7.0: 8, 99.98 %`; empty for none."""
        if self._answers is None or place is None:
            return ""
        shares = np.nan_to_num(self._answers.probabilities[place])
        epoch = self._answers.steps[place] / self._answers.steps_per_epoch
        when = f"{epoch:.3f}" if 0 < epoch < 0.1 else f"{epoch:,.1f}"
        likeliest = class_name(int(shares.argmax()), answer=True)
        return f"epoch {when}: {likeliest}, {probability_text(float(shares.max()))}"

    def tip_at(self, place: QPointF) -> str:
        return f"{self.say(self._nearest(place.x()))}\n{HELP}".strip()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(self._nearest(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the moment before or after, the first or the last."""
        count, place = KEYS.get(Qt.Key(event.key())), self.place
        if count is None or place is None or self._answers is None:
            super().keyPressEvent(event)
        else:
            self._choose(min(max(place + count, 0), len(self._answers.steps) - 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, accent = QPainter(self), theme().current.color("accent")
        place = self.place
        if place is not None:
            plot = self.plot()
            x = min(max(round(self.x_of(self.parts[place])), plot.left() + 1), plot.right() - 1)
            painter.setPen(QPen(accent, thick(2)))
            painter.drawLine(QPointF(x, plot.top() + 1), QPointF(x, plot.bottom() - 1))
        if self.hasFocus():
            painter.setPen(QPen(accent, 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _tell(self) -> None:
        self.setAccessibleDescription(self.say(self.place))
        self.told.emit(self.say(self.place))

    def _nearest(self, x: float) -> int | None:
        if self._answers is None:
            return None
        return int(np.abs(np.array([self.x_of(part) for part in self.parts]) - x).argmin())

    def _choose(self, place: int | None) -> None:
        if self._answers is not None and place is not None and place != self.place:
            self.stepChosen.emit(int(self._answers.steps[place]))


class TrainingPage(QWidget):
    """The chart, and in words what the network answered at the moment that is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.training")
        self.chart = TrainingChart("draw.training.chart")
        self.said = named(words("", "label"), "draw.training.said")
        set_font(self.said, "label", numbers=True)
        self.legend = ClassLegend("draw.training.legend", self.chart)
        vbox((self.chart, 1), hbox(self.said, (self.legend, 1)), gap="tight", on=self)
        self.chart.told.connect(self.said.setText)


class OverTraining(QObject):
    """Keeps the chart true to drawing and lens. It asks only when it is told to."""

    def __init__(self, tab: Tab, chart: TrainingChart) -> None:
        super().__init__(tab)
        self._selection, self._chart = tab.selection, chart
        self._query = tab.query(lambda: self._request, every_ms=0, patience_ms=0)
        self._request: Request[...] | None = None
        # What the chart shows, or is about to show: a lens at no moment, and the picture.
        self._asked: tuple[Lens, bytes] | None = None
        self._query.listen(AnswersOverTraining, chart.show_answers)
        tab.listen(MomentKept, lambda _: self._ask_anew())
        tab.listen(SessionOpened, lambda _: self.forget())
        tab.selection.changed.connect(self._show_selection)
        chart.stepChosen.connect(self._go_to)

    def ask(self, lens: Lens, picture: Array) -> None:
        """Show how the answer to `picture` (rows, columns) came about, unless that is shown already."""
        question = lens.at(None), picture.tobytes()
        if question == self._asked:
            return
        if self._asked is None or question[0].run != self._asked[0].run:
            self._chart.show_answers(None)
        self._asked = question
        self._request = Request(answers_over_training, lens, picture)
        self._query.refresh()

    def forget(self) -> None:
        """Show nothing."""
        if self._asked is None:
            return
        self._query.drop()
        self._asked = None
        self._chart.show_answers(None)

    def _ask_anew(self) -> None:
        """A run has one more moment: the same question has another answer now."""
        if self._asked is not None:
            self._asked = self._asked[0], b""

    def _go_to(self, step: int) -> None:
        if self._selection.lens:
            self._selection.change(lens=self._selection.lens.at(step))

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens = self._selection.lens
        if "lens" in changed and lens:
            self._chart.set_moment(lens.moment)
