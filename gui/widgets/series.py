"""Points of a curve that only ever grow: adding is cheap, and a long curve is drawn by the extremes of each pixel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

ROUNDING = 1e-12
"""A place in a plot that is a point but for rounding is that point: pixels are mapped by matrices."""

type Floats = np.ndarray[Any, np.dtype[np.float64]]


class Series:
    """x and y of a curve, x rising. The buffer doubles when it is full, so adding costs O(1) per point."""

    def __init__(self) -> None:
        self._buffer: Floats = np.empty((2, 256))
        self._length = 0
        self.lowest, self.highest, self.least_positive = math.inf, -math.inf, math.inf
        """Extent of the finite values; infinite while there are none."""

    def __len__(self) -> int:
        return self._length

    @property
    def x(self) -> Floats:
        """All x, as a view."""
        return self._buffer[0, : self._length]

    @property
    def y(self) -> Floats:
        """All y, as a view; may hold NaN and infinities."""
        return self._buffer[1, : self._length]

    def extend(self, x: Floats, y: Floats) -> None:
        """Add points, `x` and `y` of shape (points,)."""
        end = self._length + len(x)
        if end > self._buffer.shape[1]:
            grown = np.empty((2, max(end, 2 * self._buffer.shape[1])))
            grown[:, : self._length] = self._buffer[:, : self._length]
            self._buffer = grown
        self._buffer[0, self._length : end] = x
        self._buffer[1, self._length : end] = y
        self._measure(self._buffer[1, self._length : end])
        self._length = end

    def append(self, x: float, y: float) -> None:
        """Add one point."""
        self.extend(np.array([x]), np.array([y], dtype=float))

    def at(self, x: float) -> float | None:
        """Return y of the newest point at or before `x`; `None` where the curve does not reach or has no number."""
        if not self._length or not self.x[0] <= x <= self.x[-1]:
            return None
        reached = x + ROUNDING * abs(x)
        value = float(self.y[int(np.searchsorted(self.x, reached, side="right")) - 1])
        return value if math.isfinite(value) else None

    def newest(self) -> float | None:
        """Return the last y; `None` when there is none."""
        return float(self.y[-1]) if self._length else None

    def extremes(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """Return at most four points per column that draw the part between `left` and `right` as all points would.

        The part is cut into buckets of a power of two points each, counted from the first point of all; so buckets
        stay as they are when points are added or the view is moved, and the picture does not shimmer.
        """
        first = max(int(np.searchsorted(self.x, left)) - 1, 0)
        last = min(int(np.searchsorted(self.x, right)) + 1, self._length)
        size = 1 << max(0, math.ceil(math.log2(max(last - first, 1) / max(columns, 1))))
        if size <= 2:
            return self.x[first:last], self.y[first:last]
        starts = np.arange(first - first % size, last, size)
        x, y = self.x[:last], self.y[:last]
        pairs = np.empty((len(starts), 2))
        # fmin and fmax pass NaN by, so a bucket is empty only where no number is in it.
        pairs[:, 0], pairs[:, 1] = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
        return np.repeat(x[starts], 2), pairs.ravel()

    def _measure(self, y: Floats) -> None:
        finite = y[np.isfinite(y)]
        if finite.size:
            self.lowest = min(self.lowest, float(finite.min()))
            self.highest = max(self.highest, float(finite.max()))
            positive = finite[finite > 0]
            if positive.size:
                self.least_positive = min(self.least_positive, float(positive.min()))
