"""A plot of growing curves: themed, zoomable, with a crosshair, and cheap to redraw."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QMetaMethod, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QGraphicsGridLayout, QLabel

from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.fonts import keep, scaled, set_font, sized
from gui.look.percents import percent
from gui.look.theme import theme, thick
from gui.look.words import escaped, named
from gui.state.link.clock import one_shot
from gui.widgets.figures.plot_figure import paint_plot
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.pictures.camera import KEY_ZOOM
from gui.widgets.plots.axis import NAMES, WHOLE, Extent, QuietAxis, Unit, loss_extent, room_for_names, say_power
from gui.widgets.plots.curve import Curve, Stroke
from gui.widgets.plots.curve_words import columns_of, places_to_read, say_way
from gui.widgets.plots.marks import APART, REACH, Group, Mark, Spot, SpotMark, grouped
from gui.widgets.plots.series import Band, EvenSeries, Points, Series

# A stream of points is drawn at most every `FRAME_MS`, and so rarely that drawing takes `DRAWING_SHARE` of the time:
# training keeps every core busy and waits for its slowest one, so drawing costs twice, and at 30
# frames a second it took 20 % of the speed. A person's moves of the plot are drawn at once.
FRAME_MS, SLOWEST_FRAME_MS, DRAWING_SHARE = 33, 200, 0.03

HOW_TO = mark("Click to look at that snapshot. Drag to move, turn the wheel to zoom, double-click to show everything.")

MOST_ROWS = 9  # maximum number of curves read out at the crosshair; more would cover the plot
MARGIN = 10
MOST_SAID = 3  # number of curves of which a screen reader says how they go
GAP = 4.0
TRIES = 6
LINE_OPACITY = 0.5

# If the first points are `STEEP` times as high as all later ones, a linear axis ends at `ROOM` times those.
STEEP, ROOM = 2.0, 1.5

AIR, LEAST_ROOM = (0.08, 0.01)  # room above and below followed points, as a share of their range, and its minimum

# How far the lines at marks reach beyond the view, in heights of it, so that they need not follow each pan.
BEYOND = 10.0

# Units of the horizontal axis with few points, of which the crosshair reads the nearest.
BY_POINTS = ("epoch", "road", "plain")

AXIS_WIDTH, AXIS_HEIGHT = 50, 26  # width of the left axis, and height of the bottom one


class CurvePlot(pg.GraphicsView):
    """Curves over epochs. A drag pans, the wheel zooms, a double click shows everything again.

    After points were added to a series call `schedule`: the plot draws when it can afford it, never while hidden.
    `drawing` asks for points that are added only then.

    A screen reader gets how its curves go, and all their values at each point in view.
    """

    heard_role: ClassVar = QAccessible.Role.Chart
    part_role: ClassVar = QAccessible.Role.ListItem

    drawing = Signal()  # the curves are about to be drawn
    # Carries whether the plot chooses its ranges itself, as it does until a person zooms or pans.
    fittedChanged = Signal(bool)
    logChanged = Signal(bool)
    menuWanted = Signal(object)  # carries the position on the screen of a right click
    placeClicked = Signal(float)  # carries the epoch of a single left click

    def __init__(
        self, name: str, title: str, unit: Unit = "plain", extent: Extent = loss_extent, across: Unit = "epoch"
    ) -> None:
        self._left, self._bottom = QuietAxis("left", unit), QuietAxis("bottom", across)
        self.axes = {"left": self._left, "bottom": self._bottom}
        self.box = _Box(enableMenu=False)  # what the curves are in, between the axes
        super().__init__()
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time is the same in every language
        self.enableMouse(False)  # of the view; the box has its own
        self.setCentralItem(_Frame(self.box, self._left, self._bottom))
        named(self, name, title=title, tip=tr(HOW_TO))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.unit: Unit = unit
        self.across: Unit = across  # the unit of the horizontal axis
        self.curves: dict[str, Curve] = {}
        self.log, self.fitted = False, True
        self._extent, self._end = extent, 1.0
        self._followed: EvenSeries | None = None
        self._points = 0
        self._marks: Sequence[Mark] = ()
        self.groups: list[Group] = []  # the marks as they are grouped
        keep(self, CurvePlot._make_room)
        sized(self._bottom.setHeight, AXIS_HEIGHT)
        self.box.setBorder(None)
        self.box.setLimits(xMin=0)
        self.box.disableAutoRange()
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        self.box.addItem(self._cursor, ignoreBounds=True)
        self._lines = pg.PlotCurveItem(connect="finite")
        self._lines.setZValue(-0.5)  # under the curves
        self.box.addItem(self._lines, ignoreBounds=True)
        self.best = SpotMark()  # a marked point with a text
        for item in self.best.items:
            self.box.addItem(item, ignoreBounds=True)

        self._timer = one_shot(self, self.redraw)
        self._spent, self._scale = 0.0, 1.0
        self._cursor_at: float | None = None
        # A single click is sent when it can no longer become a double click.
        self._clicked_at = 0.0
        self._click_timer = one_shot(self, lambda: self.placeClicked.emit(self._clicked_at))
        self.crosshair = Crosshair(self)
        self.box.sigRangeChangedManually.connect(lambda _: self._set_fitted(False))
        self.box.sigXRangeChanged.connect(self.schedule)
        self.box.clicked.connect(self._show_click)
        theme().changed.connect(self._apply_theme)
        self._apply_theme()

    def add_curve(
        self,
        key: str,
        title: str,
        series: Series | Band,
        stroke: Stroke,
        tag: str = "",
        *,
        marked: bool = True,
        spoken: str = "",
    ) -> None:
        """Add `series` as the curve `key`, which replaces an earlier one of that key.

        `spoken` is the title for a screen reader, where that is not the same. A band is an area from the lowest to the
        highest value, with the mean, if it has one, as a curve.
        """
        self.remove_curve(key)
        band = series if isinstance(series, Band) else None
        curve = Curve(title, series.mean if isinstance(series, Band) else series, stroke, tag, marked, spoken, band)
        self.curves[key] = curve
        curve.restyle(self._scale)
        for item in curve.items:
            self.box.addItem(item, ignoreBounds=True)
        self.schedule()

    def set_series(self, key: str, series: Series) -> None:
        """Draw another series as the curve `key`; a new curve would take ten times as long."""
        self.curves[key].set_series(series)
        self.schedule()

    def remove_curve(self, key: str) -> None:
        curve = self.curves.pop(key, None)
        for item in curve.items if curve else ():
            self.box.removeItem(item)
        self.schedule()

    def arrange(self, keys: Sequence[str]) -> None:
        """Draw the curves in this order, later ones above; `keys` are those of all curves."""
        self.curves = {key: self.curves[key] for key in keys}
        for place, curve in enumerate(self.curves.values()):
            for item in (curve.item, curve.dot):
                item.setZValue(place / (1 + len(keys)))  # below the names

    def set_shown(self, key: str, shown: bool) -> None:
        self.curves[key].shown = shown
        self.schedule()

    def set_stroke(self, key: str, stroke: Stroke) -> None:
        self.curves[key].set_stroke(stroke, self._scale)
        self.schedule()

    def set_end(self, epochs: float) -> None:
        """Set the end of the horizontal axis, which does not depend on the curves."""
        self._end = max(epochs, 1.0)
        self.schedule()

    def follow(self, series: EvenSeries | None, points: int = 0) -> None:
        """Show only the last `points` of `series` until a person zooms or wants everything, which `None` shows."""
        self._followed, self._points = series, points
        self.schedule()

    @property
    def is_following(self) -> bool:
        """Whether it shows only the last points of a series."""
        return self._followed is not None and self.fitted

    def set_log(self, on: bool) -> None:
        if on != self.log:
            self.log = on
            self._left.set_log(on)
            self.fit()
            self.logChanged.emit(on)

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Mark changes, with ascending x, by thin lines, with a text when the mouse is near."""
        self._marks = marks
        self._describe()
        self.schedule()

    def set_best(self, spot: Spot | None) -> None:
        """Mark a point of a curve with a text; `None` for none."""
        if spot != self.best.spot:
            self.best.show(spot)
            self._describe()
            self.schedule()

    def set_cursor(self, x: float | None, *, at_once: bool = False) -> None:
        """Mark a snapshot with a dashed line, with the next drawing or `at_once`; `None` for none."""
        if x == self._cursor_at:
            return
        self._cursor_at = x
        if at_once:
            self._place_cursor()
        else:
            self.schedule()

    @property
    def cursor_at(self) -> float | None:
        """The position of the dashed line, if it is visible."""
        return self._cursor.value() if self._cursor.isVisible() else None

    @property
    def is_scheduled(self) -> bool:
        return self._timer.isActive()

    @property
    def is_click_waiting(self) -> bool:
        """Whether a click is not sent yet, as it may become a double click."""
        return self._click_timer.isActive()

    def fit(self) -> None:
        """Show everything from now on."""
        self._followed = None
        self._set_fitted(True)
        self.redraw()

    def zoom_by(self, steps: int) -> None:
        """Zoom into the middle by that many steps, or out."""
        self._set_fitted(False)
        self.box.scaleBy((KEY_ZOOM**-steps, KEY_ZOOM**-steps))

    def schedule(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(round(min(max(1000 * self._spent / DRAWING_SHARE, FRAME_MS), SLOWEST_FRAME_MS)))

    def redraw(self) -> None:
        begin = time.perf_counter()
        self.drawing.emit()
        self._timer.stop()
        if self._scale != self.devicePixelRatioF():
            self._scale = self.devicePixelRatioF()
            self._apply_theme()
        if self.fitted:
            self._fit_range()
        per = self._followed.per_unit if self._followed and self.is_following else 0
        self._bottom.count("step" if per else self.across, per or 1.0)
        left, right = self.box.viewRange()[0]
        columns = max(1, round(self.box.width() * self._scale))
        for curve in self.curves.values():
            curve.draw(left, right, columns, self.log)
        place_tags(self.curves.values(), self.box, self._height)
        self.best.place(self.box, self.log)
        self._place_marks(left, right)
        self._place_cursor()
        self.crosshair.refresh()
        self._spent = time.perf_counter() - begin

    def hideEvent(self, event: QHideEvent) -> None:
        """Draw nothing while hidden, or while the window is destroyed."""
        self._timer.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        begin = time.perf_counter()
        super().paintEvent(event)
        self._spent += time.perf_counter() - begin

    def readout(self, x: float) -> "list[ReadoutRow]":
        """Return the values of the shown curves at `x`, over epochs at their nearest points."""
        rows: list[ReadoutRow] = []
        for curve in self._by_rank():
            value = self._value_at(curve.edge, x)
            if value is not None:
                title = f"{curve.title} · {curve.tag}" if curve.tag else curve.title
                rows.append(ReadoutRow(title, self._say_at(curve, x, value), curve.stroke))
        return rows[:MOST_ROWS]

    def _make_room(self) -> None:
        """Leave room left of the curves for the numbers there, and for the name of the axis below."""
        self._left.setWidth(max(scaled(AXIS_WIDTH), room_for_names() if self.across in NAMES else 0))

    def _by_rank(self) -> list[Curve]:
        """Return the shown curves: first the current run's, which have no tag, then others, the newest first."""
        shown = [curve for curve in self.curves.values() if curve.shown]
        return [curve for curve in shown if not curve.tag] + [curve for curve in reversed(shown) if curve.tag]

    def finding(self) -> str:
        """Return how each of the first curves goes, as far as it is in view, and what is marked."""
        left, right = self.box.viewRange()[0]
        ranked = self._by_rank()
        ranked.sort(key=lambda curve: curve.stroke.fine)  # single steps are noise
        ways = [way for curve in ranked if (way := self._say_way(curve, curve.edge.within(left, right)))]
        others = len(ways) - MOST_SAID
        more = tr_plural("{count:,} more curve.", "{count:,} more curves.", others) if others > 0 else ""
        return " ".join(filter(None, [*ways[:MOST_SAID], more, self.accessibleDescription()])) if ways else ""

    def _say_way(self, curve: Curve, points: Points) -> str:
        # Steps lie between the points at which the crosshair stands.
        where = self._place_in_words if isinstance(curve.series, EvenSeries) else self.where
        return say_way(curve.heard, points, self.say, lambda x: where(x).partition(" · ")[0])

    @property
    def can_press(self) -> bool:
        """Whether a click on it does something."""
        return self.isSignalConnected(QMetaMethod.fromSignal(self.placeClicked))

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return all values at each point in view, or within an epoch and of many epochs at even distances."""
        places, press = self._read_places(), self.can_press
        chosen = self._stand(places) if self.crosshair.is_shown and places else -1
        area = QRectF(self.mapFromScene(self.box.sceneBoundingRect()).boundingRect())
        left, right = self.box.viewRange()[0]
        columns = columns_of(places, left, right, area)
        return [
            HeardPart(self._say_values(x), column, number == chosen, press)
            for number, (x, column) in enumerate(zip(places, columns, strict=True))
        ]

    def _read_places(self) -> list[float]:
        left, right = self.box.viewRange()[0]
        edges = [curve.edge for curve in self._by_rank()]
        whole = [edge for edge in edges if not isinstance(edge, EvenSeries) and not self.is_following]
        places = places_to_read([edge.within(left, right)[0] for edge in whole])
        return places or places_to_read([edge.within(left, right)[0] for edge in edges])

    def _stand(self, places: Sequence[float]) -> int:
        """Return the number of the position that is nearest to the crosshair."""
        return min(range(len(places)), key=lambda number: abs(places[number] - self.crosshair.x))

    def _say_values(self, x: float) -> str:
        """Return what the crosshair says at `x`."""
        values = ", ".join(f"{row.title} {row.value}" for row in self.readout(x))
        return "; ".join([f"{self.where(x)}: {values}", *self.notes(x)]).replace(" · ", ", ")

    def where(self, x: float) -> str:
        """Return the position of the readout at `x` in words: `epoch 15 · step 8,020`."""
        if self._followed is not None and self.is_following:
            return self._place_in_words(x)
        point = self._nearest_point(x)
        steps = [
            tr("step {step:,}", step=round(near[0] * series.per_unit))
            for series in self._stepwise()
            if (near := series.near(x)) is not None
        ]
        if self.across == "road":
            return self._place_in_words(x if point is None else point)
        return " · ".join(
            [self._place_in_words(x) if point is None else tr("epoch {epoch:g}", epoch=point), *steps[:1]]
        )

    def stands_at(self, x: float) -> float:
        """Return the position of the crosshair for `x`: at a point, unless single steps are shown."""
        point = self._nearest_point(x)
        return x if point is None or any(len(series) for series in self._stepwise()) else point

    def _value_at(self, series: Series, x: float) -> float | None:
        if self.across not in BY_POINTS:
            return series.at(x)  # constant between its points
        near = series.near(x)
        return near[1] if near else None

    def _say_at(self, curve: Curve, x: float, value: float) -> str:
        if curve.band is None:
            return self.say(value)
        ends = [self._value_at(series, x) for series in (curve.band.low, curve.band.high)]
        low, high = (value if end is None else end for end in ends)
        reach = f"{self.say(low).removesuffix(' %')}–{self.say(high)}"
        return f"{self.say(value)}, {reach}" if len(curve.series) else reach

    def _place_in_words(self, x: float) -> str:
        if self._followed is not None and self.is_following:
            return tr("step {step:,}", step=round(x * self._followed.per_unit))
        if self.across == "road":
            return tr("{share} of the way", share=percent(x, 0))
        return tr("epoch {epoch:.2f}", epoch=x)

    def _stepwise(self) -> list[EvenSeries]:
        shown = [curve.series for curve in self.curves.values() if curve.shown]
        return [series for series in shown if isinstance(series, EvenSeries)]

    def _nearest_point(self, x: float) -> float | None:
        if self.across not in BY_POINTS:
            return None
        shown = [curve.edge for curve in self.curves.values() if curve.shown]
        points = [series.near(x) for series in shown if not isinstance(series, EvenSeries)]
        return min((point[0] for point in points if point), key=lambda at: abs(at - x), default=None)

    def notes(self, x: float) -> list[str]:
        reach = REACH * self._pixel
        near = min(self.groups, key=lambda group: abs(group.x - x), default=None)
        if near is None or abs(near.x - x) > reach:
            return []
        return [self._say_mark(mark) for mark in near.marks]

    def say(self, value: float) -> str:
        if self.unit == "percent":
            return percent(value, 2)
        return say_power(value, 4) or written(value, ",.0f" if abs(value) >= WHOLE else "#.4g")

    def show_crosshair(self, x: float | None) -> None:
        self.crosshair.point_at(x)

    def draw_figure(self, painter: QPainter) -> None:
        paint_plot(self, painter, without=self.crosshair.line)

    def table(self) -> Table | None:
        rows = [
            (title, x, y)
            for title, series in self.numbers().items()
            for x, y in zip(series.x.tolist(), series.y.tolist(), strict=True)
        ]
        return Table((mark("curve"), self.across, mark("value")), rows) if rows else None

    def numbers(self) -> Mapping[str, Series]:
        series_of: dict[str, Series] = {}
        for curve in self.curves.values():
            title = f"{curve.title} {curve.tag}".strip()
            if curve.shown and curve.band is not None:
                series_of |= {f"{title}, {what}": series for what, series in curve.band.curves.items()}
            elif curve.shown:
                series_of[title] = curve.series
        return series_of

    def resizeEvent(self, event: QtGui.QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None and hasattr(self, "_timer"):  # the base class's constructor resizes it
            self.schedule()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.redraw()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.crosshair.point_at(None)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self.crosshair.is_shown:
            return True
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair to the point beside it."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        places = self._read_places() if way else []
        if way is None or not places:
            super().keyPressEvent(event)
            return
        beside = 0 if way > 0 else len(places) - 1
        if self.crosshair.is_shown:
            beside = min(max(self._stand(places) + way, 0), len(places) - 1)
        self.crosshair.point_at(places[beside])
        say_part(self, beside)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.closed:  # pyqtgraph deletes what is drawn first, then the focus goes
            self.crosshair.point_at(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menuWanted.emit(self.mapToGlobal(self.rect().center()))
        event.accept()

    @property
    def _pixel(self) -> float:
        left, right = self.box.viewRange()[0]
        return float(right - left) / max(1.0, self.box.width())

    def _say_mark(self, mark: Mark) -> str:
        place = self._place_in_words(mark.x)
        change = {"setting": mark.what, "before": mark.before, "after": mark.after}
        return tr("{setting} {before} → {after} at {place}", **change, place=place)

    def _describe(self) -> None:
        texts = [self._say_mark(mark) for mark in self._marks[:MOST_ROWS]]
        if self.best.spot:
            texts.append(self.best.spot.words)
        self.setAccessibleDescription("; ".join(texts))

    def _place_marks(self, left: float, right: float) -> None:
        self.groups = grouped([mark for mark in self._marks if left <= mark.x <= right], APART * self._pixel)
        places = [group.x for group in self.groups]
        self._bottom.set_marks(places)
        self._lines.setVisible(bool(places))
        if places:
            low, high = self.box.viewRange()[1]
            more = BEYOND * (high - low)
            self._lines.setData(np.repeat(places, 3), np.tile([low - more, high + more, np.nan], len(places)))

    def _height(self, curve: Curve, x: float) -> float | None:
        value = curve.edge.at(x)
        if value is None or (self.log and value <= 0):
            return None
        return math.log10(value) if self.log else value

    def _vertical_range(self) -> tuple[float, float]:
        drawn = [curve for curve in self.curves.values() if curve.shown]
        seen = [series for curve in drawn if not curve.stroke.fine for series in curve.extents]
        # Single steps are noise, which counts only before the first epoch, or on a log axis, where it fits in.
        if self.log or not any(len(series) for series in seen):
            seen = [series for curve in drawn for series in curve.extents]
        low = min((series.least_positive if self.log else series.lowest for series in seen), default=math.inf)
        high = max((series.highest for series in seen), default=-math.inf)
        if not self.log and self.unit == "plain":
            # A steep fall at first would leave too little height for the rest.
            lasting = max((series.lasting_high() for series in seen), default=high)
            high = ROOM * lasting if high > STEEP * lasting > 0 else high
        if not (low <= high and (high > 0 or not self.log)):
            low, high = 0.1, 1.0
        bottom, top = self._extent(low, high, self.log)
        if self.log:
            bottom, top = math.log10(bottom), math.log10(top)
        return (bottom, top) if top > bottom else (bottom - 0.5, bottom + 0.5)

    def _fit_range(self) -> None:
        if self._followed is None:
            self.box.setRange(xRange=(0, self._end), yRange=self._vertical_range(), padding=0)
            return
        span = self._points / self._followed.per_unit
        right = max(self._followed.last, span)
        self.box.setRange(xRange=(right - span, right), yRange=self._local_range(right - span, right), padding=0)

    def _local_range(self, left: float, right: float) -> tuple[float, float]:
        """Return the vertical range between two positions, of the curves without a tag."""
        seen: list[Array] = []
        for curve in self.curves.values():
            if curve.shown and not curve.tag:
                x, y = curve.series.extremes(left, right, 2 * self._points)
                seen.append(y[(x >= left) & (x <= right) & np.isfinite(y)].astype(float))
        values = np.concatenate([*seen, np.zeros(0)])
        values = values[values > 0] if self.log else values
        if not len(values):
            return self._vertical_range()
        low, high = float(values.min()), float(values.max())
        if self.log:
            low, high = math.log10(low), math.log10(high)
        room = max(LEAST_ROOM, AIR * (high - low))
        return low - room, high + room

    def _set_fitted(self, fitted: bool) -> None:
        if fitted != self.fitted:
            self.fitted = fitted
            self.fittedChanged.emit(fitted)

    def _place_cursor(self) -> None:
        self._cursor.setVisible(self._cursor_at is not None)
        if self._cursor_at is not None:
            self._cursor.setValue(self._cursor_at)

    def _show_click(self, button: Qt.MouseButton, double: bool, place: QPointF) -> None:
        if button == Qt.MouseButton.RightButton:
            self.menuWanted.emit(place.toPoint())
        elif double:
            self._click_timer.stop()
            self.fit()
        elif button == Qt.MouseButton.LeftButton:
            inside = self.mapToScene(self.mapFromGlobal(place.toPoint()))
            self._clicked_at = max(0.0, self.box.mapSceneToView(inside).x())
            self._click_timer.start(QGuiApplication.styleHints().mouseDoubleClickInterval())

    def _apply_theme(self) -> None:
        colors = theme().current
        self.setBackground(colors.color("surface"))
        self._left.restyle()
        self._bottom.restyle()
        pen = QPen(colors.color("accent"), thick(1), Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self._cursor.setPen(pen)
        pen = QPen(colors.color("curve_2", LINE_OPACITY), 1)
        pen.setCosmetic(True)
        self._lines.setPen(pen)
        self.crosshair.restyle()
        self.best.restyle()
        for curve in self.curves.values():
            curve.restyle(self._scale)


class _Frame(pg.GraphicsWidget):
    """Lays out a view box and its axes.

    Not pyqtgraph's `PlotItem`: with each comes a menu of 43 widgets, never shown here, that takes 10 ms to make.
    """

    def __init__(self, box: pg.ViewBox, left: pg.AxisItem, bottom: pg.AxisItem) -> None:
        super().__init__()
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setContentsMargins(0, 8, 14, 0)
        layout = QGraphicsGridLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        for item, row, column in ((box, 0, 1), (left, 0, 0), (bottom, 1, 1)):
            layout.addItem(item, row, column)
        for axis in (left, bottom):
            axis.linkToView(box)
        box.setZValue(0)  # pyqtgraph has view boxes below axes: the grid would be over the curves
        left.setZValue(-1)
        bottom.setZValue(0.5)


class _Box(pg.ViewBox):
    """A view box without menus that signals clicks."""

    clicked = Signal(object, bool, QPointF)

    def mouseClickEvent(self, event: Any) -> None:
        event.accept()
        self.clicked.emit(event.button(), event.double(), QPointF(event.screenPos()))


class ReadoutRow(NamedTuple):
    """A curve's title, its value in words, and its stroke."""

    title: str
    value: str
    stroke: Stroke


class Crosshair(QObject):
    """A vertical line that follows the mouse over a plot, with the values of the curves there."""

    def __init__(self, plot: CurvePlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.x = float("nan")  # where it is, NaN while it is hidden
        self.stands_low = False  # whether the text is at the bottom, where some plots have more room
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.line.setVisible(False)
        plot.box.addItem(self.line, ignoreBounds=True)
        self._label = QLabel(plot)
        self._label.setProperty("look", "readout")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        set_font(self._label, "label", numbers=True)
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()
        plot.scene().sigMouseMoved.connect(self._follow)

    @property
    def text(self) -> str:
        return self._label.text()

    @property
    def is_shown(self) -> bool:
        return self._label.isVisible()

    def point_at(self, x: float | None) -> None:
        self.x = float("nan") if x is None else x
        self.refresh()

    def refresh(self) -> None:
        rows = self._plot.readout(self.x) if self.x == self.x else []
        self.line.setVisible(bool(rows))
        self._label.setVisible(bool(rows))
        if rows:
            self.line.setValue(self._plot.stands_at(self.x))
            self._label.setText(_table(self._plot.where(self.x), rows, self._plot.notes(self.x)))
            self._label.adjustSize()
            self._place()

    def restyle(self) -> None:
        pen = QPen(theme().current.color("faint"), 1)
        pen.setCosmetic(True)
        self.line.setPen(pen)

    def _follow(self, place: QPointF) -> None:
        box = self._plot.box
        inside = box.sceneBoundingRect().contains(place)
        self.point_at(box.mapSceneToView(place).x() if inside else None)

    def _place(self) -> None:
        """Move the text right of the line, or left if there is no room."""
        box = self._plot.box
        across = self._plot.mapFromScene(box.mapViewToScene(QPointF(self.x, 0))).x()
        right = across + MARGIN
        if right + self._label.width() > self._plot.width() - MARGIN:
            right = across - MARGIN - self._label.width()
        foot = self._plot.mapFromScene(box.sceneBoundingRect().bottomLeft()).y()
        self._label.move(max(right, 0), foot - MARGIN - self._label.height() if self.stands_low else MARGIN)


def _table(where: str, rows: list[ReadoutRow], notes: list[str]) -> str:
    colors = theme().current
    lines = [
        f"<tr><td><span style='color:{colors.code(row.stroke.color)}'>●</span>&nbsp;{escaped(row.title)}"  # no text
        f"&nbsp;&nbsp;</td><td align='right'><b>{row.value}</b></td></tr>"
        for row in rows
    ]
    texts = "".join(f"<div style='color:{colors.curve_2_text}'>{escaped(note)}</div>" for note in notes)
    return f"<span style='color:{colors.muted}'>{escaped(where)}</span><table>{''.join(lines)}</table>{texts}"


def place_tags(curves: Iterable[Curve], box: pg.ViewBox, height: Callable[[Curve, float], float | None]) -> None:
    """Place the tags of the drawn curves without overlaps, those of later curves first, and hide those without room.

    `height` returns the position of a curve on the vertical axis at an epoch; `None` if it has none there.
    """
    taken: list[QRectF] = []
    for curve in reversed([curve for curve in curves if curve.end is not None]):
        place = _free_place(curve, taken, box, height)
        curve.text.setVisible(place is not None)
        if place is not None:
            curve.text.setPos(*place)
            taken.append(_area(curve, box, *place))


def _free_place(
    curve: Curve, taken: list[QRectF], box: pg.ViewBox, height: Callable[[Curve, float], float | None]
) -> tuple[float, float] | None:
    x, y = curve.end or (0.0, 0.0)
    for _ in range(TRIES):
        area = _area(curve, box, x, y)
        if area.left() < 0:  # a short curve: after its end
            area.moveLeft(area.right() + GAP)
            x = float(box.mapToView(QPointF(area.right(), 0)).x())
        if area.top() < 0:  # a high curve: below it
            area.moveTop(area.bottom() + GAP)
            y = float(box.mapToView(QPointF(0, area.bottom())).y())
        in_the_way = next((other for other in taken if other.intersects(area)), None)
        if in_the_way is None:
            return x, y
        x = float(box.mapToView(QPointF(in_the_way.left() - GAP, 0)).x())
        if (there := height(curve, x)) is None:
            return None
        y = there
    return None


def _area(curve: Curve, box: Any, x: float, y: float) -> QRectF:
    """Return the area of the tag in pixels of the box, with its lower right corner at (x, y)."""
    corner, size = box.mapFromView(QPointF(x, y)), curve.text.boundingRect()
    return QRectF(corner.x() - size.width(), corner.y() - size.height(), size.width(), size.height())
