"""Curves and points over any two numbers, with levels across, below the names of the curves."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from engine.core.charts import Level, Picture
from engine.core.language import headed, mark, tr
from engine.core.text import MINUS, isolated, shortened, written
from gui.look.fonts import font
from gui.look.layout import vbox
from gui.look.percents import percent
from gui.look.theme import theme
from gui.look.words import Elided
from gui.widgets.figures.table import Table
from gui.widgets.plots.axis import accuracy_extent, loss_extent, say_number, say_power, share_extent
from gui.widgets.plots.curve import DASHES, DOTS, TAG_GROUND, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.series import Floats, SharedSeries

HELP = mark("Drag to move, turn the wheel to zoom, double-click to show everything.")
COLORS = ("curve_1", "curve_2", "curve_3", "mark", "text")
BASELINE = Stroke(color="faint", dashes=Qt.PenStyle.DashLine)  # what is only there for comparison
LARGE, MOST_WHOLE = 100, 1e9  # numbers from here on have more digits, whole ones below have all
HALF = 0.5  # if all shares are below, the axis ends below 100 %
MOST_LETTERS = 72  # of a name over the plot
FLAT = 0.25  # curves that rise by less than this part of their height are flat
LEAST_SPAN = 1e-9  # a range that is smaller, as a part of its ends, is too small for an axis
FARTHEST = 1e150  # numbers beyond have no place on an axis
AIR = 0.05  # gap beside the data, as a share of their extent


class PictureView(QWidget):
    """The plot of a picture, with the names of its curves above and what it is over below; `tools` go elsewhere."""

    def __init__(self, name: str, title: str, *, from_zero: bool = True) -> None:
        """The parts are called `name` and `.plot`, `.legend`, `.across`; for the rest see `PicturePlot`."""
        super().__init__()
        self.plot = PicturePlot(f"{name}.plot", title, from_zero=from_zero)
        self.legend = Legend(f"{name}.legend", wraps=True)
        self.across = Elided(f"{name}.across", mode=Qt.TextElideMode.ElideMiddle)
        self.across.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tools = PlotTools(self.plot, log=False)
        vbox(self.legend, (self.plot, 1), self.across, gap=0, on=self)
        self.legend.switched.connect(self.plot.set_shown)
        self._names: tuple[tuple[str, Stroke], ...] = ()

    def hasHeightForWidth(self) -> bool:
        """Have one height at any width: more lines of names take from the plot."""
        return False

    def show_picture(self, picture: Picture) -> None:
        self.across.set_words(axis_words(picture))
        self.plot.show_picture(picture)
        self._show_names()

    def forget(self) -> None:
        self.plot.forget()
        self._show_names()

    def _show_names(self) -> None:
        """Name the curves as they come; a switched off one stays off."""
        names = tuple((curve.title, curve.stroke) for curve in self.plot.curves.values())
        if names[: len(self._names)] != self._names:
            self.legend.clear()
            self._names = ()
        for key, (title, stroke) in list(zip(self.plot.curves, names, strict=True))[len(self._names) :]:
            self.legend.add(key, title, stroke, shown=self.plot.curves[key].shown)
        self._names = names


def axis_words(picture: Picture) -> str:
    """Return what a picture is over, in words."""
    axis = picture.x_label
    return tr("{axis}, on a logarithmic axis", axis=axis) if picture.log_x else axis


def called(name: str) -> str:
    """Return a name, which may be a stranger's, in so few letters that it has room over a plot."""
    return isolated(shortened(name, MOST_LETTERS))


def key_of(number: int) -> str:
    """Return the key of a picture's curve."""
    return f"curve{number}"


class PicturePlot(CurvePlot):
    """The curves of one picture over any numbers, on a logarithmic axis where the picture wants one."""

    def __init__(self, name: str, title: str, *, from_zero: bool = True) -> None:
        """`title` is its name until a picture has one; unless `from_zero`, the axis of flat curves begins near them."""
        self._title, self._from_zero = title, from_zero
        self._picture: Picture | None = None
        self._levels: list[tuple[Level, Any, Any]] = []  # each with its line and its words
        super().__init__(name, title, across="plain")
        self.setToolTip(tr(HELP))
        self.box.setLimits(xMin=None)

    def show_picture(self, picture: Picture) -> None:
        """Draw a picture, in place of another one or as its continuation."""
        before = self._picture
        if before is not None and (before.x_label, before.y_label) != (picture.x_label, picture.y_label):
            self.forget()
        self._picture = picture
        self.unit = "percent" if picture.percent_y else "plain"
        self._left.count(self.unit)
        self._bottom.set_log(picture.log_x)
        self.setAccessibleName(picture.y_label or self._title)
        for number, curve in enumerate(picture.curves):
            self._show_curve(key_of(number), called(curve.label), *self._placed(curve.x, curve.y), self._stroke(number))
        for key in list(self.curves)[len(picture.curves) :]:
            self.remove_curve(key)
        self._show_levels()
        self.setAccessibleDescription("; ".join(map(self._level_words, picture.levels)))
        self.schedule()

    def forget(self) -> None:
        self._picture = None
        for key in list(self.curves):
            self.remove_curve(key)
        self._show_levels()
        self.fit()

    def say_level(self, level: Level) -> str:
        if self.unit == "percent" and not level.upright:
            return percent(level.at)
        return _written(level.at)

    def say(self, value: float) -> str:
        """Return a value in words; of shares beyond 0 and 1 too, with a true minus."""
        if self.unit == "percent" and value < 0:
            return f"{MINUS}{percent(-value, 2)}"
        return super().say(value)

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words: `step: 1,200`."""
        point = self._nearest_point(x)
        at = x if point is None else point
        value = 10**at if self._is_log else at
        return headed(called(self._picture.x_label), _written(value)) if self._picture else _written(value)

    def table(self) -> Table | None:
        if (picture := self._picture) is None:
            return None
        shown = [curve.shown for curve in self.curves.values()]
        rows: list[tuple[str, float | None, float | None]] = [
            (curve.label, x, y)
            for curve, is_shown in zip(picture.curves, shown, strict=True)
            if is_shown
            for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)
        ]
        for level in picture.levels:
            rows.append((level.label, *((level.at, None) if level.upright else (None, level.at))))
        return Table((mark("curve"), picture.x_label, picture.y_label), rows)

    @property
    def _is_log(self) -> bool:
        return self._picture is not None and self._picture.log_x

    def redraw(self) -> None:
        """Draw the curves, then move the words to the levels, which may have moved."""
        super().redraw()
        (left, right), (bottom, top) = self.box.viewRange()
        for level, line, text in self._levels:
            at = self._across(level.at) if level.upright else level.at
            line.setValue(at)
            text.setPos(*((at, bottom) if level.upright else (right, at)))
            text.setVisible(left <= at <= right if level.upright else bottom <= at <= top)

    def _placed(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        across = np.log10(x, out=np.full(len(x), np.nan), where=x > 0) if self._is_log else x
        known = np.flatnonzero(np.abs(across) <= FARTHEST)
        order = known[np.argsort(across[known], kind="stable")]
        return across[order], np.where(np.abs(y[order]) <= FARTHEST, y[order], np.nan)

    def _level_words(self, level: Level) -> str:
        return headed(called(level.label), self.say_level(level))

    def _has_place(self, level: Level) -> bool:
        return abs(level.at) <= FARTHEST and (level.at > 0 or not (level.upright and self._is_log))

    def _across(self, x: float) -> float:
        return math.log10(x) if self._is_log and x > 0 else x

    def _stroke(self, number: int) -> Stroke:
        assert self._picture is not None
        style, color = self._picture.curves[number].style, COLORS[number % len(COLORS)]
        if style == "dashes":
            return BASELINE
        if style == "points":
            return Stroke(color=color, dots=DOTS[number % len(DOTS)])
        return Stroke(color=color, dashes=DASHES[number % len(DASHES)])

    def _show_curve(self, key: str, title: str, x: Floats, y: Floats, stroke: Stroke) -> None:
        known = self.curves.get(key)
        is_known = known is not None and (known.title, known.stroke) == (title, stroke)
        if known and is_known and _goes_on(known.series, x, y):
            known.series.show(x, y)  # type: ignore[attr-defined]
            return
        series = SharedSeries()
        series.show(x, y)
        if is_known:
            self.set_series(key, series)
            return
        self.add_curve(key, title, series, stroke)
        self.curves[key].shown = known.shown if known and known.title == title else True

    def _show_levels(self) -> None:
        levels = tuple(filter(self._has_place, self._picture.levels)) if self._picture else ()
        if levels == tuple(level for level, *_ in self._levels):
            return
        for _, line, text in self._levels:
            self.box.removeItem(line)
            self.box.removeItem(text)
        self._levels = []
        for level in levels:
            line = pg.InfiniteLine(angle=90 if level.upright else 0, movable=False)
            text = pg.TextItem(anchor=(0, 1) if level.upright else (1, 1))
            line.setZValue(-0.5)
            text.setZValue(1)
            for item in (line, text):
                self.box.addItem(item, ignoreBounds=True)
            self._levels.append((level, line, text))
        self._restyle_levels()

    def _restyle_levels(self) -> None:
        colors = theme().current
        for level, line, text in self._levels:
            pen = QPen(colors.color("muted"), 1, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            line.setPen(pen)
            text.setFont(font("axis"))
            text.setText(self._level_words(level), colors.color("muted"))
            text.fill = pg.mkBrush(colors.color("surface", TAG_GROUND))

    def _apply_theme(self) -> None:
        super()._apply_theme()
        self._restyle_levels()

    def _fit_range(self) -> None:
        shown = [curve for curve in self.curves.values() if curve.shown]
        seen, levels = [curve.series for curve in shown], [level for level, *_ in self._levels]
        upright = [self._across(level.at) for level in levels if level.upright]
        level = [level.at for level in levels if not level.upright]
        ends = [float(series.x[end]) for series in seen if len(series) for end in (0, -1)]
        across = [*ends, *upright]
        low = min([series.lowest for series in seen if math.isfinite(series.lowest)] + level, default=0.0)
        high = max([series.highest for series in seen if math.isfinite(series.highest)] + level, default=1.0)
        if high in level:
            high += AIR * (high - min(low, 0.0))  # its name is above it
        left, right = min(across, default=0.0), max(across, default=1.0)
        if not right - left > LEAST_SPAN * max(abs(left), abs(right)):
            half = HALF * max(1.0, abs(left))
            left, right = left - half, right + half
        bottom, top = self._heights(low, high)
        if any(curve.stroke.dots for curve in shown):  # those at the ends are seen whole
            aside, above = AIR * (right - left), AIR * (top - bottom)
            left, right = left - aside, right + aside
            bottom, top = (bottom and bottom - above), top + (above if self.unit == "plain" else 0)
        self.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    def _heights(self, low: float, high: float) -> tuple[float, float]:
        """Return the range of the vertical axis for data between two heights."""
        if self.unit == "percent" and low >= 0 and high <= 1:
            return accuracy_extent(low, high, False) if high > HALF else share_extent(low, high, False)
        span = high - low
        if not self._from_zero and LEAST_SPAN * abs(high) < span < FLAT * max(abs(low), abs(high)):
            return low - AIR * span, high + AIR * span
        bottom, top = loss_extent(low, high, False)
        if bottom < 0:
            bottom -= AIR * (top - bottom)
        return bottom, top


def _written(value: float) -> str:
    if not math.isfinite(value):
        return say_number(value)
    if abs(value) < LARGE:
        return written(value, ".3g")
    is_whole = abs(value - round(value)) < LEAST_SPAN * abs(value) and abs(value) < MOST_WHOLE
    return written(value, ",.0f") if is_whole else say_power(value) or written(value, ",.6g")


def _goes_on(series: Any, x: Floats, y: Floats) -> bool:
    """Return whether a curve has its former points, and perhaps further ones."""
    count = len(series)
    if count > len(x):
        return False
    return np.array_equal(series.x, x[:count]) and np.array_equal(series.y, y[:count], equal_nan=True)
