"""An experiment's picture: its curves and levels in a plot, below their names; before it runs, a faint example."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.core.charts import Level, Picture
from engine.core.language import headed, mark, tr
from engine.core.text import written
from gui.look.fonts import font
from gui.look.layout import SPRING, add, stack, vbox
from gui.look.percents import percent
from gui.look.theme import theme
from gui.look.words import Elided, words
from gui.widgets.empty_state import falling_curves
from gui.widgets.figures.table import Table
from gui.widgets.painted import smooth_painter
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import accuracy_extent, loss_extent, share_extent
from gui.widgets.plots.curve import DASHES, TAG_GROUND, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.series import Floats, SharedSeries

TO_COME = mark("The picture is drawn here while the experiment runs.")
HELP = mark("Drag to move, turn the wheel to zoom, double-click to show everything.")
COLORS = ("curve_1", "curve_2", "curve_3", "mark", "text")
BASELINE = Stroke(color="faint", dashes=Qt.PenStyle.DashLine)  # what is only there for comparison
LARGE = 100  # numbers from here on are whole
HALF = 0.5  # if all shares are below, the axis ends below 100 %
GROUND = 6  # gap above and below words in place of the picture, in pixels
AIR = 0.05  # gap beside the data, as a share of their extent


class PicturePanel(Panel):
    """A picture that grows while an experiment runs; its title is the measured quantity."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__(tr("Picture"), "experiments.picture", shortens=True)
        # It takes the room that is left.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.plot = PicturePlot("experiments.plot")
        self.legend = Legend("experiments.legend", wraps=True)
        self.across = Elided("experiments.across", mode=Qt.TextElideMode.ElideMiddle)
        self.across.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.tools = PlotTools(self.plot, log=False)
        add(self.head, SPRING, self.tools)
        page = _Page()
        vbox(self.legend, (self.plot, 1), self.across, gap=0, on=page)
        self._drawn, self._blank = page, Blank(tr(TO_COME))
        self._pages = stack(self._blank, page)
        self.body.addWidget(self._pages, 1)
        self.legend.switched.connect(self.plot.set_shown)
        self._names: tuple[str, ...] = ()
        self.show_picture(None)

    def show_picture(self, picture: Picture | None, seed: int = 1) -> None:
        self._pages.setCurrentWidget(self._blank if picture is None else self._drawn)
        self.tools.setVisible(picture is not None)
        if picture is None:
            self.set_title(tr("Picture"))
            self._show_names(())
            self.plot.forget()
            return
        title, axis = picture.y_label, picture.x_label
        self.set_title(f"{title[:1].upper()}{title[1:]}")
        axis = tr("{axis}, on a logarithmic axis", axis=axis) if picture.log_x else axis
        self.across.set_words(tr("{axis} · seed {seed}", axis=axis, seed=seed))
        self.plot.show_picture(picture)
        self._show_names(tuple(curve.label for curve in picture.curves))

    def _show_names(self, names: tuple[str, ...]) -> None:
        """Name the curves as they come; a switched off one stays off."""
        if names[: len(self._names)] != self._names:
            self.legend.clear()
            self._names = ()
        for number in range(len(self._names), len(names)):
            key = key_of(number)
            self.legend.add(key, names[number], self.plot.curves[key].stroke)
        self._names = names


class _Page(QWidget):
    """Have one height at any width: more lines of names take from the plot."""

    def hasHeightForWidth(self) -> bool:
        return False


class Blank(_Page):
    """A faint picture of curves, with a sentence in the middle."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._label = words(sentence, "label", wrapped=True, centred=True)
        vbox(self._label, edges=None, on=self)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        falling_curves(painter, QRectF(self.rect()))
        height = self._label.heightForWidth(self._label.width()) + 2 * GROUND
        ground = QRectF(0, (self.height() - height) / 2, self.width(), height)
        painter.fillRect(ground, theme().current.color("surface"))


def key_of(number: int) -> str:
    """Return the key of a picture's curve."""
    return f"curve{number}"


class PicturePlot(CurvePlot):
    """The curves of one picture over any numbers, on a logarithmic axis where the picture wants one."""

    def __init__(self, name: str) -> None:
        self._picture: Picture | None = None
        self._levels: list[tuple[Level, Any, Any]] = []  # each with its line and its words
        super().__init__(name, tr("Picture of the experiment"), across="plain")
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
        self.setAccessibleName(picture.y_label)
        for number, curve in enumerate(picture.curves):
            self._show_curve(key_of(number), curve.label, *self._placed(curve.x, curve.y), self._stroke(number))
        for key in list(self.curves)[len(picture.curves) :]:
            self.remove_curve(key)
        self._show_levels()
        self.setAccessibleDescription("; ".join(headed(level.label, self.say_level(level)) for level in picture.levels))
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

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words: `step: 1,200`."""
        point = self._nearest_point(x)
        at = x if point is None else point
        value = 10**at if self._is_log else at
        return headed(self._picture.x_label, _written(value)) if self._picture else _written(value)

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
        known = np.flatnonzero(np.isfinite(across))
        order = known[np.argsort(across[known], kind="stable")]
        return across[order], y[order]

    def _across(self, x: float) -> float:
        return math.log10(x) if self._is_log and x > 0 else x

    def _stroke(self, number: int) -> Stroke:
        assert self._picture is not None
        if self._picture.curves[number].style == "dashes":
            return BASELINE
        return Stroke(color=COLORS[number % len(COLORS)], dashes=DASHES[number % len(DASHES)])

    def _show_curve(self, key: str, title: str, x: Floats, y: Floats, stroke: Stroke) -> None:
        known = self.curves.get(key)
        was_shown = known.shown if known and known.title == title else True
        if known and known.title == title and _goes_on(known.series, x, y):
            known.series.show(x, y)  # type: ignore[attr-defined]
            return
        series = SharedSeries()
        series.show(x, y)
        self.add_curve(key, title, series, stroke)
        self.curves[key].shown = was_shown

    def _show_levels(self) -> None:
        levels = self._picture.levels if self._picture else ()
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
            text.setText(headed(level.label, self.say_level(level)), colors.color("muted"))
            text.fill = pg.mkBrush(colors.color("surface", TAG_GROUND))

    def _apply_theme(self) -> None:
        super()._apply_theme()
        self._restyle_levels()

    def _fit_range(self) -> None:
        picture = self._picture
        seen = [curve.series for curve in self.curves.values() if curve.shown]
        upright = [self._across(level.at) for level in picture.levels if level.upright] if picture else []
        level = [level.at for level in picture.levels if not level.upright] if picture else []
        ends = [float(series.x[end]) for series in seen if len(series) for end in (0, -1)]
        across = [*ends, *upright]
        low = min([series.lowest for series in seen if math.isfinite(series.lowest)] + level, default=0.0)
        high = max([series.highest for series in seen if math.isfinite(series.highest)] + level, default=1.0)
        if high in level:
            high += AIR * (high - min(low, 0.0))  # its name is above it
        left, right = min(across, default=0.0), max(across, default=1.0)
        if not right > left:
            left, right = left - HALF, right + HALF
        self.box.setRange(xRange=(left, right), yRange=self._heights(low, high), padding=0)

    def _heights(self, low: float, high: float) -> tuple[float, float]:
        """Return the range of the vertical axis for data between two heights."""
        if self.unit == "percent" and low >= 0 and high <= 1:
            return accuracy_extent(low, high, False) if high > HALF else share_extent(low, high, False)
        bottom, top = loss_extent(low, high, False)
        if bottom < 0:
            bottom -= AIR * (top - bottom)
        return bottom, top


def _written(value: float) -> str:
    return written(value, ",.0f" if abs(value) >= LARGE else ".3g")


def _goes_on(series: Any, x: Floats, y: Floats) -> bool:
    """Return whether a curve has its former points, and perhaps further ones."""
    count = len(series)
    if count > len(x):
        return False
    return np.array_equal(series.x, x[:count]) and np.array_equal(series.y, y[:count], equal_nan=True)
