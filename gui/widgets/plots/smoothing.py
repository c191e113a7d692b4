"""Smoothing by an exponential moving average, with one weight for all plots."""

import math

import numpy as np
from PySide6.QtWidgets import QApplication

from engine.core.lazy import Array
from gui.widgets.plots.series import EvenSeries, Floats

LAST = "weight of the last smoothing"  # property of the application, for all parts of the window
MOST = 0.999  # maximum weight: about the last thousand points count

# Minimum power of a weight in a block of points, and maximum number of its points.
LEAST_POWER, MOST_POINTS = 1e-60, 4096


def last_smoothing() -> float:
    """Return the weight chosen last; 0 for none."""
    app = QApplication.instance()
    return float((app.property(LAST) if app else None) or 0.0)


def remember_smoothing(weight: float) -> None:
    """Set `last_smoothing`."""
    if app := QApplication.instance():
        app.setProperty(LAST, weight)


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
            self._add(self._smoothed(raw[self._length :]))

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
