"""Matrix products in NumPy that leave the other cores alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

QUIET = 260_000
"""So many multiplications OpenBLAS does on one thread. For more it wakes others, which then wait busily for the next
product: on two cores, while TensorFlow trains, that takes ten times as long as it saves."""


def product(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c), a part of `one` at a time."""
    found = np.empty((len(one), other.shape[1]), np.result_type(one, other))
    step = max(1, QUIET // max(other.size, 1))
    for first in range(0, len(one), step):
        np.matmul(one[first : first + step], other, out=found[first : first + step])
    return found


def product_over_rows(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c) for a large b, a part of it at a time, summed in double precision."""
    found = np.zeros((len(one), other.shape[1]))
    step = max(1, QUIET // max(len(one) * other.shape[1], 1))
    for first in range(0, one.shape[1], step):
        found += one[:, first : first + step] @ other[first : first + step]
    return found
