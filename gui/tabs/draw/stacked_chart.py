"""How an answer came about: the classes' probabilities over time, stacked, so that their bands fill the height."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font
from gui.look.theme import class_token, theme
from gui.widgets.painted import Painted

LEAST_BAND = 16
"""A band lower than that, in pixels, has no room for its digit; nor has one that is not almost as long."""

LEFT, RIGHT, TOP, BOTTOM = 38, 2, 6, 18
"""Room for the words of the axes, and half a line above the highest of them."""

NAMED = 0.1
"""The legend names classes that were at least once so probable."""

KEY_WIDTH, KEY_HEIGHT = 30, 17
"""Room for one class in the legend."""

type Tick = tuple[float, str]
"""How far along the axis, 0 to 1, and what stands there."""


class StackedChart(Painted):
    """Bands of the classes from left to right; what has not happened yet is empty."""

    sharesChanged = Signal()

    def __init__(self, name: str, empty: str = "") -> None:
        """`empty` is the sentence that stands there as long as nothing is shown."""
        super().__init__(name, "The answer over time", size=(200, 110))
        self._empty = empty
        self.setToolTip("How probable each class was while the strokes were drawn, from left to right")
        self._parts: list[float] = []
        self._shares: list[np.ndarray[Any, Any]] = []

    @property
    def shares(self) -> np.ndarray[Any, Any]:
        """Probabilities so far (times, classes)."""
        return np.array(self._shares)

    def clear(self) -> None:
        """Show nothing."""
        self._parts, self._shares = [], []
        self._show()

    def add(self, part: float, probabilities: np.ndarray[Any, Any]) -> None:
        """Add probabilities (classes,) after so large a part of the time, 0 to 1; never earlier than the last."""
        self._parts.append(part)
        self._shares.append(np.nan_to_num(probabilities))
        self._show()

    def show_shares(self, parts: np.ndarray[Any, Any], shares: np.ndarray[Any, Any]) -> None:
        """Show probabilities (times, classes) after such parts of the time (times,), rising from 0 to 1."""
        self._parts, self._shares = parts.tolist(), list(np.nan_to_num(shares))
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
        return QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)

    def x_of(self, part: float) -> float:
        """Return where a part of the time, 0 to 1, lies on the widget."""
        return self.plot().left() + part * self.plot().width()

    def ticks(self) -> list[Tick]:
        """Return what stands below the bands."""
        return [(0.0, "start"), (1.0, "end")]

    def _show(self) -> None:
        self.update()
        self.sharesChanged.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, bands and their digits."""
        painter, colors = QPainter(self), theme().current
        frame = self.plot().adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(frame, colors.color("raised"))
        self._draw_axes(painter)
        if not self._shares:
            painter.setFont(font("caption"))
            words = frame.adjusted(12, 4, -12, -4)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
        if len(self._parts) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_bands(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)

    def _draw_axes(self, painter: QPainter) -> None:
        plot, middle = self.plot(), Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("axis", numbers=True))
        painter.setPen(theme().current.color("faint"))
        for share in (0.0, 0.5, 1.0):
            row = QRectF(0, plot.bottom() - share * plot.height() - 8, plot.left() - 4, 16)
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, f"{100 * share:.0f} %")
        for part, text in self.ticks():
            below = QRectF(self.x_of(part) - 40, plot.bottom() + 2, 80, 16)
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
        xs = plot.left() + np.array(self._parts) * plot.width()
        shares = np.vstack([np.zeros(len(xs)), np.cumsum(self.shares, axis=1).T])
        edges = plot.top() + shares * plot.height()
        for number, (top, bottom) in enumerate(pairwise(edges)):
            if not (bottom - top >= 0.5).any():
                continue
            shape = [QPointF(x, y) for x, y in zip(xs.tolist(), top.tolist(), strict=True)]
            back = zip(xs[::-1].tolist(), bottom[::-1].tolist(), strict=True)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color(class_token(number), 0.75))
            painter.drawPolygon(QPolygonF(shape + [QPointF(x, y) for x, y in back]))
            wide = np.flatnonzero(bottom - top >= 0.95 * (bottom - top).max())
            widest = int(wide[len(wide) // 2])
            high = xs[bottom - top >= LEAST_BAND]
            if len(high) and high[-1] - high[0] >= 0.75 * LEAST_BAND:
                self._draw_digit(painter, number, xs[widest], (top[widest] + bottom[widest]) / 2)

    def _draw_digit(self, painter: QPainter, number: int, x: float, y: float) -> None:
        painter.setFont(font("small_value", numbers=True))
        painter.setPen(theme().current.color("text"))
        place = QRectF(0, 0, 16, 16)
        plot = self.plot()
        place.moveCenter(QPointF(min(max(x, plot.left() + 10), plot.right() - 10), y))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))


class ClassLegend(QWidget):
    """Which colour is which class, for those that have a band that can be seen."""

    def __init__(self, name: str, chart: StackedChart) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Classes")
        self.setToolTip("The colours of the likeliest classes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(KEY_HEIGHT)
        self._chart = chart
        chart.sharesChanged.connect(self._show)
        theme().changed.connect(self.update)

    @property
    def classes(self) -> list[int]:
        """The classes that are named, as many as there is room for."""
        return self._chart.main_classes[: max(1, self.width() // KEY_WIDTH)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a square and the digit for each class, up to the right edge."""
        painter, colors = QPainter(self), theme().current
        painter.setFont(font("label", numbers=True))
        named = self.classes
        for number, label in enumerate(named):
            left = self.width() - KEY_WIDTH * (len(named) - number) + 6
            painter.fillRect(QRectF(left, 4, 9, 9), colors.color(class_token(label), 0.75))
            painter.setPen(colors.color("muted"))
            room = QRectF(left + 12, 0, KEY_WIDTH, KEY_HEIGHT)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(label))

    def _show(self) -> None:
        self.setAccessibleDescription(", ".join(map(str, self.classes)))
        self.update()
