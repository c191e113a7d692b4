"""One curve of a plot: its points, its looks, and how they become a line on the screen."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from gui.look.fonts import font
from gui.look.theme import theme
from gui.widgets.series import Series

TAG_GROUND = 0.6
"""Opacity of the ground on which a curve's name is written, so that other curves do not strike it out."""

DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)
"""What tells curves of one plot apart beside their colours: on paper, and for those who see few of these."""


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
    """A short name that tells it from others of its title; empty for none."""
    marked: bool = True
    """Whether the name is written at its end."""
    shown: bool = True
    item: Any = field(init=False)
    dot: Any = field(init=False)
    text: Any = field(init=False)
    drawn: tuple[object, ...] = field(default=(), init=False)
    end: tuple[float, float] | None = field(default=None, init=False)
    """Where the name belongs, in the plot's numbers; `None` where it is not to be seen."""

    def __post_init__(self) -> None:
        self.item = pg.PlotCurveItem(antialias=not self.stroke.fine)
        self.dot = pg.ScatterPlotItem(size=6, pen=None)
        self.text = pg.TextItem(anchor=(1, 1))
        self.text.setZValue(1)  # over all curves
        self.items = (self.item, self.dot, self.text)
        self.restyle()

    items: tuple[Any, ...] = field(default=(), init=False)

    def set_stroke(self, stroke: Stroke, scale: float) -> None:
        """Be drawn otherwise from now on; `scale` as in `restyle`."""
        self.stroke = stroke
        self.item.opts["antialias"] = not stroke.fine
        self.restyle(scale)

    def restyle(self, scale: float = 1.0) -> None:
        """Take the theme's colours and letters, and a width to match `scale`, the screen's device pixels to the pixel.

        A fine curve stays one device pixel wide: it shows noise, and Qt draws wider ones many times slower.
        """
        pen = self.stroke.pen()
        if not self.stroke.fine:
            pen.setWidthF(scale * self.stroke.width)
        self.item.setPen(pen)
        self.dot.setBrush(pen.color())
        self.text.setFont(font("axis"))
        self._write_tag(pen.color().name())

    def _write_tag(self, color: str) -> None:
        colors = theme().current
        # A dot says whose name it is: in its own colour a word could not always be read.
        dot = f"<span style='color: {color}'>●</span>"
        self.text.setHtml(f"<span style='color: {colors.muted}'>{dot} {html.escape(self.tag)}</span>")
        self.text.fill = pg.mkBrush(colors.color("surface", TAG_GROUND))

    def draw(self, left: float, right: float, columns: int, log: bool) -> None:
        """Put the points between `left` and `right` on the screen, unless they are there already."""
        state = (len(self.series), left, right, columns, log, self.shown)
        if state == self.drawn:
            return
        self.drawn, self.end = state, None
        for item in (self.item, self.dot):
            item.setVisible(self.shown)
        self.text.setVisible(False)  # until it has found its place
        if not self.shown:
            return
        x, y = self.series.extremes(left, right, columns)
        y = displayed(y, log)
        known = np.isfinite(y)
        self.item.setData(x, y, connect="all" if known.all() else "finite", skipFiniteCheck=bool(known.all()))
        alone = len(x) == 1 and bool(known[0])
        self.dot.setData(x if alone else [], y if alone else [])
        if self.tag and self.marked and known.any():
            self.end = float(x[known][-1]), float(y[known][-1])


def displayed(y: np.ndarray[Any, Any], log: bool) -> np.ndarray[Any, Any]:
    """Return where `y` stands on the axis; NaN for what has no place there."""
    if not log:
        return np.where(np.isfinite(y), y, np.nan)
    return np.log10(y, out=np.full(len(y), np.nan), where=np.isfinite(y) & (y > 0))
