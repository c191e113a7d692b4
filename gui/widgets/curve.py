"""One curve of a plot: its points, its looks, and how they become a line on the screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from gui.fonts import font
from gui.theme import theme
from gui.widgets.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How a curve is drawn: the token of its colour, width in pixels, opacity, dashes."""

    color: str = "curve_1"
    width: float = 2.0
    opacity: float = 1.0
    dashes: Qt.PenStyle = Qt.PenStyle.SolidLine

    def pen(self) -> QPen:
        """Return the pen in the colours of the theme."""
        pen = QPen(theme().current.color(self.color, self.opacity), self.width, self.dashes)
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    @property
    def fine(self) -> bool:
        """Whether it is thin; such a curve is drawn without antialiasing, which is many times faster."""
        return self.width <= 1


@dataclass(slots=True, eq=False)
class Curve:
    """A curve in a plot. It reads its series when it is drawn; nobody has to hand it points."""

    title: str
    series: Series
    stroke: Stroke
    tag: str = ""
    """A short name written at its end; empty for none."""
    shown: bool = True
    item: Any = field(init=False)
    dot: Any = field(init=False)
    text: Any = field(init=False)
    drawn: tuple[object, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.item = pg.PlotCurveItem(antialias=not self.stroke.fine)
        self.dot = pg.ScatterPlotItem(size=6, pen=None)
        self.text = pg.TextItem(self.tag, anchor=(1, 1))
        self.text.setFont(font("axis"))
        self.items = (self.item, self.dot, self.text)
        self.restyle()

    items: tuple[Any, ...] = field(default=(), init=False)

    def restyle(self, scale: float = 1.0) -> None:
        """Take the colours of the theme, and on a screen with `scale` device pixels to the pixel a width to match.

        A fine curve stays one device pixel wide: it shows noise, and Qt draws wider ones many times slower.
        """
        pen = self.stroke.pen()
        if not self.stroke.fine:
            pen.setWidthF(scale * self.stroke.width)
        self.item.setPen(pen)
        self.dot.setBrush(pen.color())
        self.text.setColor(theme().current.color("faint"))

    def draw(self, left: float, right: float, columns: int, log: bool) -> None:
        """Put the points between `left` and `right` on the screen, unless they are there already."""
        state = (len(self.series), left, right, columns, log, self.shown)
        if state == self.drawn:
            return
        self.drawn = state
        for item in self.items:
            item.setVisible(self.shown)
        if not self.shown:
            return
        x, y = self.series.extremes(left, right, columns)
        y = displayed(y, log)
        known = np.isfinite(y)
        self.item.setData(x, y, connect="all" if known.all() else "finite", skipFiniteCheck=bool(known.all()))
        alone = len(x) == 1 and bool(known[0])
        self.dot.setData(x if alone else [], y if alone else [])
        if self.tag:
            self._place_tag(x[known], y[known])

    def _place_tag(self, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> None:
        self.text.setVisible(bool(len(x)))
        if len(x):
            self.text.setPos(float(x[-1]), float(y[-1]))


def displayed(y: np.ndarray[Any, Any], log: bool) -> np.ndarray[Any, Any]:
    """Return where `y` stands on the axis; NaN for what has no place there."""
    if not log:
        return np.where(np.isfinite(y), y, np.nan)
    return np.log10(y, out=np.full(len(y), np.nan), where=np.isfinite(y) & (y > 0))
