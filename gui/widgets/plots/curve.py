"""A curve of a plot: its points, its stroke, and the items that draw it."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from engine.core.frozen import Frozen
from engine.core.language import tr
from engine.core.lazy import Array
from gui.look.fonts import font
from gui.look.theme import theme, thick
from gui.look.words import escaped
from gui.widgets.plots.series import Band, Series

# Opacity of the background of a curve's name, so that other curves do not cross it out.
TAG_GROUND = 0.6

DOT = 6
BAND_OPACITY = 0.18  # of the area between the lowest and the highest of several curves
GROUND = -0.25  # z value of that area: under all curves, over the grid

# They distinguish curves besides colours: on paper, and for colour-blind people. Those of points are pyqtgraph's.
DOTS = "o", "t1", "s", "d", "t"
DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)


class Stroke(Frozen):
    """How a curve is drawn: the token of its colour, width in pixels, opacity, dashes; with `dots` as points alone.

    Thin ones stay thin in presenter mode: they show noise, and wide ones are drawn many times slower.
    """

    color: str = "curve_1"
    width: float = 2.0
    opacity: float = 1.0
    dashes: Qt.PenStyle = Qt.PenStyle.SolidLine
    dots: str = ""  # the shape of its points, of `DOTS`; empty for a line

    def pen(self) -> QPen:
        width = self.width if self.fine else thick(self.width)
        pen = QPen(theme().current.sign(self.color, self.opacity), width, self.dashes)
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    @property
    def fine(self) -> bool:
        """Whether it is thin and so drawn without antialiasing, which is many times faster."""
        return self.width <= 1


@dataclass(slots=True, eq=False)
class Curve:
    """A curve in a plot, which reads its series when it is drawn; `restyle` gives it its looks."""

    title: str
    series: Series
    stroke: Stroke
    tag: str = ""  # a short name among curves with the same title, or empty
    marked: bool = True  # whether the name is shown at its end
    spoken: str = ""  # its title for a screen reader, where that is not the same: `test loss`
    # The curves whose mean the series is; the area between their lowest and highest is tinted. Without a mean the
    # series is empty, only the area is drawn, and the name is at the end of its upper edge.
    band: Band | None = None
    shown: bool = True
    item: Any = field(init=False)
    dot: Any = field(init=False)
    text: Any = field(default=None, init=False)  # its name, if it has a tag
    drawn: tuple[object, ...] = field(default=(), init=False)
    # The place of the name in the plot's coordinates; `None` if it is not visible.
    end: tuple[float, float] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.item = pg.PlotCurveItem(antialias=not self.stroke.fine)
        self.dot = pg.ScatterPlotItem(size=DOT, pen=None)
        self.items = (self.item, self.dot)
        if self.band is not None:
            self.area = pg.PlotCurveItem(pen=None, fillLevel="enclosed", antialias=True)
            self.area.setZValue(GROUND)
            self.items = (self.area, *self.items)
        if self.tag:
            self.text = pg.TextItem(anchor=(1, 1))
            self.text.setZValue(1)  # over all curves
            self.items = (*self.items, self.text)

    items: tuple[Any, ...] = field(default=(), init=False)
    area: Any = field(default=None, init=False)  # the tinted area of a band

    @property
    def extents(self) -> tuple[Series, ...]:
        return (self.series,) if self.band is None else (self.band.low, self.band.high)

    @property
    def edge(self) -> Series:
        """The series at which the name is placed: of a band without a mean, its upper edge."""
        return self.series if self.band is None or len(self.series) else self.band.high

    @property
    def heard(self) -> str:
        """Its name in a sentence: `test loss of B`."""
        title = self.spoken or self.title
        if self.band is not None:
            title = tr("mean {curve}", curve=title) if len(self.series) else tr("highest {curve}", curve=title)
        return tr("{curve} of {run}", curve=title, run=self.tag) if self.tag else title

    def set_series(self, series: Series) -> None:
        """Set the series for the next drawing, and show no points until then."""
        self.series, self.drawn, self.end = series, (), None
        for item in (self.item, self.dot):
            item.setData([], [])
        self._hide_text()

    def set_stroke(self, stroke: Stroke, scale: float) -> None:
        self.stroke = stroke
        self.item.opts["antialias"] = not stroke.fine
        self.restyle(scale)

    def restyle(self, scale: float = 1.0) -> None:
        """Apply the theme's colours and fonts, and the width for `scale`, the device pixels of a pixel.

        A fine curve stays one device pixel wide.
        """
        pen = self.stroke.pen()
        if not self.stroke.fine:
            pen.setWidthF(scale * pen.widthF())
        self.item.setPen(pen)
        if self.area is not None:
            self.area.setBrush(theme().current.color(self.stroke.color, BAND_OPACITY))
        self.dot.setSymbol(self.stroke.dots or DOTS[0])
        self.dot.setSize(thick(DOT))
        self.dot.setBrush(pen.color())
        if self.text is not None:
            self.text.setFont(font("axis"))
            self._write_tag(pen.color().name())

    def _hide_text(self) -> None:
        if self.text is not None:
            self.text.setVisible(False)

    def _write_tag(self, color: str) -> None:
        colors = theme().current
        # A dot in the curve's colour before the name, which would not always be readable in that colour.
        dot = f"<span style='color: {color}'>●</span>"
        self.text.setHtml(f"<span style='color: {colors.muted}'>{dot} {escaped(self.tag)}</span>")
        self.text.fill = pg.mkBrush(colors.color("surface", TAG_GROUND))

    def draw(self, left: float, right: float, columns: int, log: bool) -> None:
        """Draw the points between `left` and `right`, unless nothing has changed.

        The number of extremes is that of lines of this width side by side in `columns` pixels: more would not be
        visible, and Qt never frees the memory of the longest outline.
        """
        room = () if self.stroke.dots else (left, right, columns)  # points are drawn once, wherever a person looks
        state = (len(self.series), room, log, self.shown, self.stroke.dots)
        if state == self.drawn:
            return
        self.drawn, self.end = state, None
        for item in self.items:
            item.setVisible(self.shown)
        self._hide_text()
        if not self.shown:
            return
        if self.stroke.dots:
            known = np.isfinite(y := displayed(self.series.y, log))
            self.item.setData([], [])
            self.dot.setData(self.series.x[known], y[known])
            return
        x, y = self.series.extremes(left, right, math.ceil(columns / max(1.0, self.stroke.width)))
        y = displayed(y, log)
        known = np.isfinite(y)
        self.item.setData(x, y, connect="all" if known.all() else "finite", skipFiniteCheck=bool(known.all()))
        alone = len(x) == 1 and bool(known[0])
        self.dot.setData(x if alone else [], y if alone else [])
        self._draw_area(left, right, log)
        if self.tag and self.marked and self.band is not None and not len(self.series):
            x = self.edge.x
            y = displayed(self.edge.y, log)
            known = np.isfinite(y) & (x >= left) & (x <= right)
        if self.tag and self.marked and known.any():
            self.end = float(x[known][-1]), float(y[known][-1])

    def _draw_area(self, left: float, right: float, log: bool) -> None:
        if self.band is None:
            return
        x = self.band.low.x
        first, last = np.searchsorted(x, (left, right))
        part = slice(max(first - 1, 0), last + 1)
        low, high = (displayed(series.y[part], log) for series in (self.band.low, self.band.high))
        is_known = np.isfinite(low) & np.isfinite(high)
        x, low, high = x[part][is_known], low[is_known], high[is_known]
        self.area.setData(np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]))


def displayed(y: Array, log: bool) -> Array:
    """Return the positions of `y` on the axis; NaN for infinite values, and for values up to 0 on a log axis."""
    if not log:
        return np.where(np.isfinite(y), y, np.nan)
    return np.log10(y, out=np.full(len(y), np.nan), where=np.isfinite(y) & (y > 0))
