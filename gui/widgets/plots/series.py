"""The points of a growing curve: adding is cheap; a long curve is drawn by its extremes in each pixel; smoothing."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from engine.core.lazy import Array

# Relative tolerance of a position, which was rounded when it was mapped from pixels.
ROUNDING = 1e-12

type Points = tuple[Floats, Floats]  # x and y of some points, both (points,)

type Floats = np.ndarray[Any, np.dtype[np.float64]]


class Series:
    """x and y of a curve, x ascending. The buffer doubles when it is full, so adding costs O(1) per point."""

    def __init__(self) -> None:
        self._buffer: Floats = np.empty((2, 256))
        self._length = 0
        # Range of the finite values; infinite while there are none.
        self.lowest, self.highest, self.least_positive = math.inf, -math.inf, math.inf

    def __len__(self) -> int:
        return self._length

    @property
    def x(self) -> Floats:
        """All x, as a view."""
        return self._buffer[0, : self._length]

    @property
    def y(self) -> Floats:
        """All y, as a view; may contain NaN and infinities."""
        return self._buffer[-1, : self._length]

    def extend(self, *rows: Floats) -> None:
        """Add points: their x and y, (points,) each; of evenly spaced ones only y."""
        end = self._length + len(rows[0])
        if end > self._buffer.shape[1]:
            grown = np.empty((len(rows), max(end, 2 * self._buffer.shape[1])), self._buffer.dtype)
            grown[:, : self._length] = self._buffer[:, : self._length]
            self._buffer = grown
        self._buffer[:, self._length : end] = rows
        self._measure(self._buffer[-1, self._length : end])
        self._length = end

    def append(self, x: float, y: float) -> None:
        """Add one point."""
        self.extend(np.array([x]), np.array([y], dtype=float))

    def at(self, x: float) -> float | None:
        """Return y of the last point at or before `x`; `None` outside the curve, or if y is not finite."""
        if not self._length or not self._x_at(0) <= x <= self._x_at(self._length - 1):
            return None
        value = float(self.y[self._place(x + ROUNDING * abs(x), "right") - 1])
        return value if math.isfinite(value) else None

    def near(self, x: float) -> tuple[float, float] | None:
        """Return the point nearest to `x`; `None` more than half a gap outside the curve, or if y is not finite."""
        place = self._place(x, "left")
        around = range(max(place - 1, 0), min(place + 1, self._length))
        if not around:
            return None
        nearest = min(around, key=lambda point: abs(float(self._x_at(point)) - x))
        at, value = float(self._x_at(nearest)), float(self.y[nearest])
        gap = at - float(self._x_at(nearest - 1)) if nearest else at
        inside = self._x_at(0) <= x <= self._x_at(self._length - 1)
        is_reached = inside or abs(at - x) <= gap / 2
        return (at, value) if is_reached and math.isfinite(value) else None

    def lasting_high(self) -> float:
        """Return the highest finite y after the first quarter of the points; -infinity if there is none."""
        later = self.y[self._length // 4 :]
        return float(np.max(later, initial=-math.inf, where=np.isfinite(later)))

    def newest(self) -> float | None:
        """Return the last y, if any."""
        return float(self.y[-1]) if self._length else None

    def within(self, left: float, right: float) -> Points:
        """Return the points from `left` to `right`."""
        first, last = self._place(left, "left"), self._place(right, "right")
        return self._x_at(np.arange(first, last)), self.y[first:last]

    def extremes(self, left: float, right: float, columns: int) -> Points:
        """Return at most four points per column, which draw the part between `left` and `right` like all points.

        The buckets have a power of two points each, counted from the first point of all: so they stay the same when
        points are added or the view is moved, and the picture does not shimmer.
        """
        first = max(self._place(left, "left") - 1, 0)
        last = min(self._place(right, "left") + 1, self._length)
        size = 1 << max(0, math.ceil(math.log2(max(last - first, 1) / max(columns, 1))))
        if size <= 2:
            return self._x_at(np.arange(first, last)), self.y[first:last]
        starts = np.arange(first - first % size, last, size)
        y = self.y[:last]
        pairs = np.empty((len(starts), 2))
        # `fmin` and `fmax` ignore NaN, unless a bucket has nothing else.
        pairs[:, 0], pairs[:, 1] = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
        return np.repeat(self._x_at(starts), 2), pairs.ravel()

    def _x_at(self, places: Any) -> Any:
        return self.x[places]

    def _place(self, x: float, side: Literal["left", "right"]) -> int:
        """Return the number of points before `x`; with `side="right"`, before or at it."""
        return int(np.searchsorted(self.x, x, side=side))

    def _measure(self, y: Floats) -> None:
        finite = y[np.isfinite(y)]
        if finite.size:
            self.lowest = min(self.lowest, float(finite.min()))
            self.highest = max(self.highest, float(finite.max()))
            positive = finite[finite > 0]
            if positive.size:
                self.least_positive = min(self.least_positive, float(positive.min()))


class SharedSeries(Series):
    """A curve that shares its points with another object, without a copy."""

    def __init__(self) -> None:
        super().__init__()
        self._x, self._y = np.empty(0), np.empty(0)

    @property
    def x(self) -> Floats:
        """All x, as they were shown."""
        return self._x

    @property
    def y(self) -> Floats:
        """All y, as they were shown."""
        return self._y

    def show(self, x: Floats, y: Floats) -> None:
        """Set the points, both (points,), which begin with the earlier ones."""
        self._x, self._y = x, y
        self._measure(y[self._length :])
        self._length = len(y)


class EvenSeries(Series):
    """A curve with points at `1 / per_unit`, `2 / per_unit` ...; only y is stored, and shared, of millions of steps."""

    def __init__(self, per_unit: int) -> None:
        super().__init__()
        self.per_unit = per_unit
        self._buffer = np.empty((1, 0), np.float32)

    @property
    def x(self) -> Floats:
        """All x, a new array."""
        return self._x_at(np.arange(self._length))

    @property
    def last(self) -> float:
        """x of the last point; 0 if there is none."""
        return self._length / self.per_unit

    def show(self, y: Array) -> None:
        """Set the points (points,), which begin with the earlier ones, without a copy."""
        self._buffer = y.reshape(1, -1)
        self._measure(y[self._length :])
        self._length = len(y)

    def _x_at(self, places: Any) -> Any:
        return (places + 1) / self.per_unit

    def _place(self, x: float, side: Literal["left", "right"]) -> int:
        near = int(min(max(x * self.per_unit, 0), self._length))
        around = np.arange(max(near - 2, 0), min(near + 2, self._length))  # exact but for rounding
        return int(around[0] if len(around) else near) + int(np.searchsorted(self._x_at(around), x, side=side))


class Band:
    """The lowest, the highest and the mean y of several curves at each x, each as a curve.

    At each x only curves with a finite y count, so fewer after the end of shorter ones. The mean exists only where all
    have one, and only if `with_mean`: for different settings it means nothing.
    """

    def __init__(self, curves: Sequence[Points], *, with_mean: bool = True) -> None:
        self.low, self.mean, self.high = SharedSeries(), SharedSeries(), SharedSeries()
        x, y = (np.concatenate([np.zeros(0), *(curve[axis] for curve in curves)]) for axis in (0, 1))
        is_known = np.isfinite(y)
        places, where = np.unique(x[is_known], return_inverse=True)
        known = y[is_known]
        low, high = np.full(len(places), np.inf), np.full(len(places), -np.inf)
        np.minimum.at(low, where, known)
        np.maximum.at(high, where, known)
        count = np.bincount(where, minlength=len(places))
        self.low.show(places, low)
        self.high.show(places, high)
        is_whole = (count == len(curves)) & with_mean
        self.mean.show(places[is_whole], np.bincount(where, known, len(places))[is_whole] / len(curves))

    @property
    def curves(self) -> dict[str, Series]:
        """The curves by name, without an empty mean."""
        mean = {"mean": self.mean} if len(self.mean) else {}
        return {**mean, "lowest": self.low, "highest": self.high}


MOST = 0.999  # maximum weight: about the last thousand points count

# Minimum power of a weight in a block of points, and maximum number of its points.
LEAST_POWER, MOST_POINTS = 1e-60, 4096


class Smoothed(EvenSeries):
    """The debiased exponential moving average of evenly spaced points.

    After t finite points x it is s(t) / (1 - w^t) with s(t) = w s(t - 1) + (1 - w) x(t) and s(0) = 0, so the first
    value is the first point. A point that is not finite is a gap, and has no weight.
    """

    def __init__(self, per_unit: int) -> None:
        super().__init__(per_unit)
        # The share of the average that is kept at each point, 0 to `MOST`; with 0 the series stays empty.
        self.weight = 0.0
        self._sum, self._left = 0.0, 1.0

    def begin(self, weight: float) -> None:
        self.weight, self._length = weight, 0
        self._sum, self._left = 0.0, 1.0
        self._buffer = np.empty((1, 0), np.float32)
        self.lowest, self.highest, self.least_positive = math.inf, -math.inf, math.inf

    def follow(self, raw: Array) -> None:
        """Smooth `raw` (points,), which begins with the earlier points: only new ones are computed."""
        if self.weight and len(raw) > self._length:
            self.extend(self._smoothed(raw[self._length :]))

    def _smoothed(self, raw: Array) -> Floats:
        """Return the average after each of the next points, computed in blocks.

        In a block s(k) = w^k (s(0) + (1 - w) (x(1) / w + x(2) / w^2 + ... + x(k) / w^k)).
        """
        means = np.full(len(raw), np.nan)
        known = np.flatnonzero(np.isfinite(raw))
        size = max(1, min(MOST_POINTS, int(math.log(LEAST_POWER) / math.log(self.weight))))
        powers = self.weight ** np.arange(1, min(size, len(known)) + 1)
        for start in range(0, len(known), size):
            places = known[start : start + size]
            part = powers[: len(places)]
            sums = part * (self._sum + (1 - self.weight) * np.cumsum(raw[places].astype(float) / part))
            left = self._left * part
            means[places] = sums / (1 - left)
            self._sum, self._left = float(sums[-1]), float(left[-1])
        return means
