"""A dot on a curve, with a text beside it."""

import html
import math
from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF

from gui.look.fonts import font
from gui.look.line_width import thick
from gui.look.theme import theme
from gui.widgets.plots.curve import TAG_GROUND

DOT, GAP = 7, 6  # diameter of the dot, and distance from its centre to the text, in pixels


class Spot(NamedTuple):
    """A point in the plot's coordinates, and the text beside it."""

    x: float
    y: float
    words: str


class SpotMark:
    """Draws a spot by items that the plot adds. The text is below the dot, at the bottom of the plot above it."""

    def __init__(self) -> None:
        self.spot: Spot | None = None  # the spot, if any
        self._dot = pg.ScatterPlotItem(size=DOT, pen=None)
        self._text = pg.TextItem()
        for item in (self._dot, self._text):
            item.setZValue(1)
            item.setVisible(False)
        self.items = (self._dot, self._text)

    @property
    def is_seen(self) -> bool:
        return bool(self._dot.isVisible())

    def show(self, spot: Spot | None) -> None:
        """Set the spot, which is placed when the plot is drawn next; `None` for none."""
        if spot != self.spot:
            self.spot = spot
            self.restyle()

    def restyle(self) -> None:
        """Apply the theme's colours and fonts."""
        colors = theme().current
        self._dot.setSize(thick(DOT))
        self._dot.setBrush(colors.color("curve_2"))
        self._text.setFont(font("axis"))
        text = html.escape(self.spot.words) if self.spot else ""
        self._text.setHtml(f"<span style='color: {colors.muted}'>{text}</span>")
        self._text.fill = pg.mkBrush(colors.color("surface", TAG_GROUND))

    def place(self, box: Any, log: bool) -> None:
        """Place dot and text in a view box."""
        spot, ((left, right), (low, high)) = self.spot, box.viewRange()
        height = math.nan
        if spot is not None:
            height = (math.log10(spot.y) if spot.y > 0 else math.nan) if log else spot.y
        seen = spot is not None and left <= spot.x <= right and low <= height <= high
        for item in self.items:
            item.setVisible(seen)
        if spot is None or not seen:
            return
        self._dot.setData([spot.x], [height])
        middle, size = box.mapFromView(QPointF(spot.x, height)), self._text.boundingRect()
        edge = min(max(middle.x() - size.width() / 2, 0.0), max(box.width() - size.width(), 0.0))
        is_low = middle.y() + GAP + size.height() > box.height()
        top = middle.y() - GAP - size.height() if is_low else middle.y() + GAP
        self._text.setPos(box.mapToView(QPointF(edge, top)))
