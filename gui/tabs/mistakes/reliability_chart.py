"""The reliability of answers: how often they are right against how sure they are, and how many are so sure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.mistakes.chart_area import BOTTOM, LEFT, RIGHT, TOP, ChartArea, Span, percents

if TYPE_CHECKING:
    from engine.probes.calibration import Calibration

COUNTS, BETWEEN, TITLE = 50, 20, 16
"""Heights of the strip of counts, of the room above it, and of a line of words."""
SURE = Span(0.0, 1.0, percents, "how sure the network is of its answer")
RIGHT_SHARE = Span(0.0, 1.0, percents, "how many of these answers are right")


class ReliabilityChart(QWidget):
    """Bars as high as the share of right answers; on the dashed line sureness and truth would be the same."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Reliability")
        self.setToolTip(
            "The blue line: how many of the answers that are so sure are right. Orange: how far that is from "
            "how sure they are. Below: how many answers are so sure, on a logarithmic scale."
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._found: Calibration | None = None
        self.pointed: int | None = None
        """The bin below the mouse; `None` for none."""
        theme().changed.connect(self.update)

    def show_calibration(self, found: Calibration | None) -> None:
        """Show what was found; an empty plot for `None`."""
        self._found = found
        self.setAccessibleDescription(
            "" if found is None else " ".join(map(self.say, range(len(found.counts))))
        )
        self.update()

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(360, 300)

    def area(self) -> ChartArea:
        """Return where the bars lie."""
        place = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, TITLE - BOTTOM - COUNTS - BETWEEN)
        return ChartArea(place, SURE, RIGHT_SHARE)

    def say(self, number: int) -> str:
        """Return a sentence on one bin; nothing where there are no answers."""
        found = self._found
        if found is None or not found.counts[number]:
            return ""
        low, high = number / len(found.counts), (number + 1) / len(found.counts)
        return (
            f"{100 * low:.0f} to {100 * high:.0f} % sure: {found.counts[number]:,} answers, on average "
            f"{100 * found.confidence[number]:.1f} % sure, {100 * found.accuracy[number]:.1f} % right."
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out the bin under the mouse."""
        if self._found is not None:
            bins = len(self._found.counts)
            self.pointed = min(int(self.area().x_at(event.position().x()) * bins), bins - 1)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Read out nothing any more."""
        super().leaveEvent(event)
        self.pointed = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, bars, line, counts and readout."""
        painter, area, colors = QPainter(self), self.area(), theme().current
        counts_end = area.place.bottom() + BETWEEN + COUNTS
        ChartArea(QRectF(area.place), Span(0, 1, percents), area.y).draw_axes(painter)
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        below = QRectF(area.place.left(), counts_end + 4, area.place.width(), TITLE)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, SURE.title)
        strip = QRectF(0, counts_end - 2 * TITLE, area.place.left() - 8, 2 * TITLE)
        painter.drawText(strip, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "count\n(log)")
        if self._found is not None:
            for number in range(len(self._found.counts)):
                self._draw_bar(painter, area, number)
                self._draw_count(painter, area, number, counts_end)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.color("muted"), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(area.at(0, 0), area.at(1, 1))
        self._draw_readout(painter, area)

    def _draw_bar(self, painter: QPainter, area: ChartArea, number: int) -> None:
        found, colors = self._found, theme().current
        if found is None or not found.counts[number]:
            return
        left, right = (area.at((number + more) / len(found.counts), 0).x() for more in (0, 1))
        sure, hits = (area.at(0, float(each[number])).y() for each in (found.confidence, found.accuracy))
        across, wide = round(left) + 1, round(right) - round(left) - 2
        both = max(sure, hits)  # the lower one on the screen
        painter.fillRect(
            QRectF(across, both, wide, area.place.bottom() - both), colors.color("curve_1", 0.55)
        )
        gap = QRectF(across, min(sure, hits), wide, abs(sure - hits))
        painter.fillRect(gap, colors.color("curve_2", 0.45))
        painter.fillRect(QRectF(across, hits - 1, wide, 2), colors.color("curve_1"))

    def _draw_count(self, painter: QPainter, area: ChartArea, number: int, bottom: float) -> None:
        found, colors = self._found, theme().current
        if found is None or not found.counts[number]:
            return
        count, most = int(found.counts[number]), int(found.counts.max())
        left, right = (area.at((number + more) / len(found.counts), 0).x() for more in (0, 1))
        letters = font("caption", numbers=True)
        room = COUNTS - 14
        height = max(1.0, room * math.log1p(count) / math.log1p(most))
        across, wide = round(left) + 1, round(right) - round(left) - 2
        painter.fillRect(QRectF(across, bottom - height, wide, height), colors.color("line"))
        text = f"{count:,}"
        if QFontMetricsF(letters).horizontalAdvance(text) > right - left:
            text = f"{count / 1000:.{int(count < 10_000)}f}k" if count >= 1000 else ""
        painter.setFont(letters)
        painter.setPen(colors.color("muted"))
        above = QRectF(left - 4, bottom - height - 15, right - left + 8, 14)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_readout(self, painter: QPainter, area: ChartArea) -> None:
        found, number = self._found, self.pointed
        if found is None or number is None or not found.counts[number]:
            return
        bins = len(found.counts)
        rows = [
            ("", f"{100 * number / bins:.0f} to {100 * (number + 1) / bins:.0f} % sure"),
            ("", f"{found.counts[number]:,} answers"),
            ("", f"on average {100 * found.confidence[number]:.1f} % sure"),
            ("curve_1", f"{100 * found.accuracy[number]:.1f} % right"),
        ]
        area.draw_readout(painter, (number + 0.5) / bins, rows)
