"""A small histogram of weights: filled as they are now, outlined as they were at the start."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.core.array import Array
from gui.look.line_width import thick
from gui.look.theme import theme
from gui.widgets.figures.table import Table

NOTHING: Array = np.zeros(0)


class Histogram(QWidget):
    """Two distributions on one axis that is symmetric around zero."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(60, 16)
        self._now, self._start = NOTHING, NOTHING
        self._edges = NOTHING
        theme().changed.connect(self.update)

    @property
    def now(self) -> Array:
        """What is filled (bins,)."""
        return self._now

    def set_shares(self, edges: Array, start: Array, now: Array) -> None:
        """Show shares per bin (bins,) between `edges` (bins + 1,)."""
        self._start, self._now = np.nan_to_num(start), np.nan_to_num(now)
        self._edges = edges
        reach = float(edges[-1]) if len(edges) else 0.0
        self.setToolTip(
            f"How the layer's weights are spread from −{reach:.2g} to {reach:.2g}: filled now, the line at the start."
        )
        self.setAccessibleName(f"Weights between {-reach:.2g} and {reach:.2g}")
        self.update()

    def table(self) -> Table | None:
        """Return the share of each bin, at the start and now."""
        if not len(self._now):
            return None
        ends = self._edges.tolist()
        rows = zip(ends, ends[1:], self._start.tolist(), self._now.tolist(), strict=False)
        return Table(("from", "to", "start", "now"), list(rows))

    def clear(self) -> None:
        """Show nothing."""
        self._now, self._start = NOTHING, NOTHING
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme().current, QPainter(self)
        painter.setPen(QPen(colors.color("line"), 1))
        base = self.height() - 1
        painter.drawLine(0, base, self.width(), base)
        if not (self._now.size and self._start.size):
            return
        # The root keeps the tails visible beside a sharp peak: a start at N(0, 0.03) is thirty times as high.
        highest = float(np.sqrt(max(self._now.max(), self._start.max()))) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("accent", 0.35))
        # All edges are level or upright: smoothed, they would be blurred and take ten times as long.
        painter.drawPolygon(self._outline(self._now, highest))  # bars of their own would leave gaps
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.color("faint"), thick(1)))
        painter.drawPolyline(self._outline(self._start, highest))

    def _outline(self, shares: Array, highest: float) -> QPolygonF:
        width, base = self.width() / len(shares), self.height() - 1.0
        heights = base - np.sqrt(shares) / highest * (base - 2)
        points = [QPointF(0, base)]
        for number, top in enumerate(heights.tolist()):
            points += [QPointF(number * width, top), QPointF((number + 1) * width, top)]
        points.append(QPointF(self.width(), base))
        return QPolygonF(points)
