"""What charts that are painted by hand share: where the plot lies, its axes in quiet words, and a readout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from gui.look.fonts import font, metrics
from gui.look.theme import theme
from gui.widgets.axis import round_ticks

LEFT, BOTTOM, TOP, RIGHT = 48, 38, 24, 18
"""Room for the words of the axes, and beyond the ends of the plot."""

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
        colors = theme().current
        painter.setFont(font("axis", numbers=True))
        middle = Qt.AlignmentFlag.AlignVCenter
        for value in self.y.ticks(max(2, int(self.place.height() / 44))):
            height = round(self.at(self.x.low, value).y()) + 0.5
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawLine(QPointF(self.place.left(), height), QPointF(self.place.right(), height))
            painter.setPen(colors.color("faint"))
            left = QRectF(0, height - 9, self.place.left() - 8, 18)
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | middle, self.y.say(value))
        painter.setPen(colors.color("faint"))
        for value in self.x.ticks(max(2, int(self.place.width() / 70))):
            below = QRectF(self.at(value, self.y.low).x() - 40, self.place.bottom() + 3, 80, 16)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.x.say(value))
        painter.setFont(font("caption"))
        title = QRectF(self.place.left(), self.place.bottom() + 20, self.place.width(), 16)
        painter.drawText(title, Qt.AlignmentFlag.AlignCenter, self.x.title)
        above = QRectF(self.place.left(), self.place.top() - TOP, self.place.width(), 16)
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
