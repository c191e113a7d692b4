"""Axes with few round ticks, horizontal grid lines only, and ranges that rarely change."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from engine.core.language import mark, tr, with_marks
from engine.core.text import written
from gui.look.fonts import font, keep, scaled
from gui.look.theme import theme

type Unit = Literal["plain", "percent", "epoch", "step", "road"]

# Returns the range of an axis, given the lowest and highest value and whether it is logarithmic.
type Extent = Callable[[float, float, bool], tuple[float, float]]

# Room beside the axis for its name, and how far numbers may reach beyond its ends, where they are still visible.
BESIDE, EDGE = 60, 12

# The names of axes whose numbers do not tell what they count.
NAMES: dict[str, str] = {"epoch": mark("epoch"), "step": mark("step")}

SHARES = mark("percent"), mark("road")

GAP = 13  # room between an axis' name and its first number
TICK_GAP = 8  # room between an axis and its numbers
CORNER = int(Qt.AlignmentFlag.AlignRight) | int(Qt.AlignmentFlag.AlignTop)
MARK, MARK_HEIGHT = 3.5, 6.0  # half the width, and the height, of the triangle at a mark

# Numbers in this range fit beside an axis without a power of ten.
SMALLEST_PLAIN, LARGEST_PLAIN = 0.99e-4, 1e5

RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

# Axes of fewer decades have evenly spaced round numbers, as they may contain no power of ten.
NARROW = 0.7

WHOLE = 999.95  # numbers from here on are read without decimals

PIXELS_PER_TICK = {"left": 44, "bottom": 88}


class QuietAxis(pg.AxisItem):
    """An axis without lines; the left one draws the grid."""

    def __init__(self, side: Literal["left", "bottom"], unit: Unit = "plain") -> None:
        super().__init__(side)
        self._side, self._unit, self._log = side, unit, False
        self.setStyle(tickLength=0, tickTextOffset=TICK_GAP, hideOverlappingLabels=False)
        self._marks: Sequence[float] = ()
        self._per = 1.0
        keep(self, lambda axis: axis.setStyle(tickFont=font("axis", numbers=True)))
        self.setGrid(255 if side == "left" else False)

    def set_log(self, on: bool) -> None:
        self._log = on
        self.restyle()

    def restyle(self) -> None:
        self.picture = None
        self.update()

    def count(self, unit: Unit, per: float = 1.0) -> None:
        if (unit, per) != (self._unit, self._per):
            self._unit, self._per = unit, per
            self.restyle()

    def set_marks(self, places: Sequence[float]) -> None:
        if list(places) != list(self._marks):
            self._marks = places
            self.restyle()

    def boundingRect(self) -> QRectF:
        """Return the room for grid and words; those at the ends stand half beyond the axis."""
        left = self._side == "left"
        beside, half = max(scaled(BESIDE), room_for_names()), scaled(12)
        return QRectF(super().boundingRect()).adjusted(
            0 if left else -beside, -half if left else 0, 0 if left else beside, half if left else 0
        )

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return one level of round positions, as many as have room."""
        count = max(3 if self._log else 2, int(size / scaled(PIXELS_PER_TICK[self._side])))
        if self._log:
            return [(1.0, log_ticks(low, high, count))]
        ticks = round_ticks(low * self._per, high * self._per, count, whole=self._unit in ("epoch", "step"))
        return [(1.0, [tick / self._per for tick in ticks])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        numbers = [power_of_ten(value) for value in values] if self._log else [value * self._per for value in values]
        if self._unit in SHARES:
            return [f"{written(100 * number, '.4g')} %" for number in numbers]
        if self._unit == "step":
            return [written(number, ",.0f") for number in numbers]
        return [say_power(number) or written(number, ",.6g") for number in numbers]

    def drawPicture(self, p: QPainter, axisSpec: Any, tickSpecs: Any, textSpecs: Any) -> None:
        """Draw grid lines and words; leave out the axis itself."""
        colors = theme().current
        if self._side == "left":
            p.setPen(QPen(colors.color("line"), 1))
            for _, start, end in tickSpecs:
                p.drawLine(QPointF(start.x(), round(start.y())), QPointF(end.x(), round(end.y())))
        if self._marks:
            self._draw_marks(p)
        p.setFont(self.style["tickFont"])
        p.setPen(colors.color("faint"))
        ends = QRectF(-EDGE, 0, self.size().width() + 2 * EDGE, 0)
        for rect, flags, text in textSpecs:
            place = QRectF(rect)
            if self._side == "bottom":
                half = p.fontMetrics().horizontalAdvance(text) / 2
                middle = max(ends.left() + half, min(place.center().x(), ends.right() - half))
                place = QRectF(middle - half, rect.top(), 2 * half, rect.height())
            p.drawText(place, int(flags) | int(Qt.TextFlag.TextDontClip), text)
        if self._side == "bottom" and (name := NAMES.get(self._unit)):
            # On the line of the numbers, in the corner below the other axis, where it needs no further room.
            top = textSpecs[0][0].top() if textSpecs else TICK_GAP
            beside = room_for_names()
            p.drawText(QRectF(-beside, top, beside - GAP, scaled(16)), CORNER, tr(name))

    def _draw_marks(self, p: QPainter) -> None:
        low, high = self.range
        seen = [place for place in self._marks if low <= place <= high] if high > low else []
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(theme().current.color("curve_2"))
        for place in seen:
            across = (place - low) / (high - low) * self.size().width()
            head, foot = QPointF(across, 0), MARK_HEIGHT
            p.drawPolygon(QPolygonF([head, QPointF(across - MARK, foot), QPointF(across + MARK, foot)]))
        p.setBrush(Qt.BrushStyle.NoBrush)


def room_for_names() -> int:
    """Return the width beside an axis, in pixels, in which its name has room, with the gap to the first number."""
    measure = QFontMetricsF(font("axis", numbers=True))
    return math.ceil(max(measure.horizontalAdvance(tr(name)) for name in NAMES.values())) + GAP


def round_ticks(low: float, high: float, count: int, *, whole: bool = False) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten between `low` and `high`, at most about `count`."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= count)
    if whole:
        step = max(step, 1.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """Return the logarithms of round numbers between powers of ten `low` and `high`, at most about `count`."""
    if not (math.isfinite(high - low) and high > low):
        return []
    decades = range(math.floor(low), math.ceil(high) + 1)
    if count >= 2 and high - low < NARROW:
        round_ones = round_ticks(power_of_ten(low), power_of_ten(high), count)
        return [math.log10(value) for value in round_ones if value > 0]
    # Fewer numbers per decade the more decades there are; at last only every n-th decade.
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [decade + math.log10(factor) for decade in decades for factor in factors]
        ticks = [tick for tick in ticks if low - 1e-9 <= tick <= high + 1e-9]
        if len(ticks) <= count:
            return ticks
    every = math.ceil(len(decades) / count)
    return [float(decade) for decade in decades if decade % every == 0 and low - 1e-9 <= decade <= high + 1e-9]


def say_power(value: float, digits: int = 6) -> str:
    """Return a very large or very small number as `1.5·10⁶`, with at most `digits` digits; empty for others."""
    if value == 0 or not math.isfinite(value) or SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN:
        return ""
    factor, _, power = f"{abs(value):.{digits - 1}e}".partition("e")
    factor = with_marks(factor.rstrip("0").rstrip("."))
    words = f"10{str(int(power)).translate(RAISED)}"
    sign = "−" if value < 0 else ""
    return f"{sign}{words}" if factor == "1" else f"{sign}{factor}·{words}"


def say_number(value: float) -> str:
    """Return a number in four significant digits, whole ones below 100,000 in all: `0.0123`, `12,345`, `1.5·10⁶`."""
    if math.isnan(value):
        return tr("no number")
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return say_power(value, 4) or written(value, ",.0f" if abs(value) >= WHOLE else ".4g")


def power_of_ten(exponent: float) -> float:
    """Return 10 to the power of `exponent`, limited to the range of a float."""
    return 10.0 ** min(max(exponent, -307.0), 308.0)


def loss_extent(low: float, high: float, log: bool) -> tuple[float, float]:
    """Return a range with round ends: half decades on a log axis, from 0 on a linear one."""
    if log:
        return _half_decade(low, math.floor), _half_decade(high, math.ceil)
    return min(0.0, low), _round_up(high)


def accuracy_extent(low: float, high: float, log: bool) -> tuple[float, float]:
    """Return a range from a round share below all values to 100 %."""
    return max(floor for floor in (0.0, 0.6, 0.8, 0.9, 0.95, 0.98) if floor == 0.0 or floor < low), 1.0


def share_extent(low: float, high: float, log: bool) -> tuple[float, float]:
    """Return a range from 0 to a round share above all values."""
    return 0.0, next((top for top in (0.1, 0.25, 0.5) if high < top), 1.0)


def _half_decade(value: float, rounded: Callable[[float], int]) -> float:
    return power_of_ten(rounded(2 * math.log10(value)) / 2)


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((factor * power for factor in (1, 1.5, 2, 3, 5, 7.5) if value <= factor * power), 10 * power)
