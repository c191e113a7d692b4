"""Matrix products over many images, precise enough for sums of thousands."""

from __future__ import annotations

import numpy as np

from engine.core.array import Array
from engine.core.turns import slices

ROWS = 2048  # products that are summed in single precision; the sums are added in double precision


def product_over_rows(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c) for a large b, float64."""
    total = np.zeros((len(one), other.shape[1]))
    for rows in slices(one.shape[1], ROWS):
        total += one[:, rows] @ other[rows]
    return total
