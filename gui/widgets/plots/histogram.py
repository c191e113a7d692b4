"""A small histogram of weights: filled as they are now, outlined as they were at the start."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF

from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import percent, written
from gui.look.theme import theme, thick
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart
from gui.widgets.painted import Repainted, Rule, draw

NOTHING: Array = np.zeros(0)


class Histogram(Repainted):
    """Two distributions on one axis that is symmetric around zero."""

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Weights"), size=(120, 40))
        self.setMinimumSize(60, 16)
        self.now, self._start, self._ends = NOTHING, NOTHING, list[float]()

    def set_shares(self, edges: Array, start: Array, now: Array) -> None:
        """Show shares per bin (bins,) between `edges` (bins + 1,)."""
        self._start, self.now, self._ends = np.nan_to_num(start), np.nan_to_num(now), edges.tolist()
        reach = self._ends[-1] if self._ends else 0.0
        self.setToolTip(
            tr(
                "How the layer's weights are spread from −{most:.2g} to {most:.2g}: filled now, the line at the start.",
                most=reach,
            )
        )
        self.update()

    def finding(self) -> str:
        if not len(self.now):
            return tr("There are no weights yet.")
        now_low, now_high, low, high = (
            written(end, ".2g")
            for shares in (self.now, self._start)
            for end in np.interp((0.25, 0.75), np.cumsum(shares), self._ends[1:]).tolist()
        )
        return tr(
            "Half of them lie between {now_low} and {now_high} now, between {low} and {high} at the start.",
            now_low=now_low,
            now_high=now_high,
            low=low,
            high=high,
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        wide = self.width() / max(1, len(self.now))
        parts = []
        for number, shares in enumerate(zip(self._start.tolist(), self.now.tolist(), strict=True)):
            start, now = map(percent, shares)
            low, high = (written(end, ".2g") for end in self._ends[number : number + 2])
            place = QRectF(number * wide, 0, wide, self.height())
            words = tr("{low} to {high}: {now} now, {start} at the start", low=low, high=high, now=now, start=start)
            parts.append(HeardPart(words, place))
        return parts

    def table(self) -> Table | None:
        if not len(self.now):
            return None
        rows = zip(self._ends, self._ends[1:], self._start.tolist(), self.now.tolist(), strict=False)
        return Table((mark("from"), mark("to"), mark("start"), mark("now")), list(rows))

    def clear(self) -> None:
        self.now, self._start = NOTHING, NOTHING
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter, base = theme().current, QPainter(self), self.height() - 1
        draw(painter, Rule(QPointF(0, base), QPointF(self.width(), base)))
        if not (self.now.size and self._start.size):
            return
        # The root keeps the tails visible beside a sharp peak: a start at N(0, 0.03) is thirty times as high.
        highest = float(np.sqrt(max(self.now.max(), self._start.max()))) or 1.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("accent", 0.35))
        # All edges are level or upright: smoothed, they would be blurred and take ten times as long.
        painter.drawPolygon(self._outline(self.now, highest))  # bars of their own would leave gaps
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
