"""Points of a curve over the logarithm of their place: crowded at the end, so thinned by where they stand."""

from __future__ import annotations

import numpy as np

from gui.widgets.series import Floats, Series

PIXELS = 2
"""A line is as wide as two pixels, so a column of its extremes is as well."""


class LogSeries(Series):
    """A series whose x are logarithms. By their number its points say nothing of how much room they have."""

    def extremes(self, left: float, right: float, columns: int) -> tuple[Floats, Floats]:
        """Return lowest and highest y of each two of the `columns` pixels between `left` and `right`.

        Columns are counted from zero, so they stay where they are when points are added.
        """
        first = max(self._place(left, "left") - 1, 0)
        last = min(self._place(right, "left") + 1, len(self))
        x, y = self.x[first:last], self.y[first:last]
        if len(x) <= columns or not right > left:
            return x, y
        places = np.floor(x * (columns / PIXELS / (right - left)))
        starts = np.flatnonzero(np.diff(places, prepend=places[0] - 1))
        pairs = np.empty((len(starts), 2))
        pairs[:, 0], pairs[:, 1] = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
        return np.repeat(x[starts], 2), pairs.ravel()
