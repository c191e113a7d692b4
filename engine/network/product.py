"""Matrix products in NumPy that are not left to OpenBLAS as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

QUIET = 260_000
"""Multiplications per part."""


def product_over_rows(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c) for a large b, a part of it at a time, summed in double precision."""
    found = np.zeros((len(one), other.shape[1]))
    step = max(1, QUIET // max(len(one) * other.shape[1], 1))
    for first in range(0, one.shape[1], step):
        found += one[:, first : first + step] @ other[first : first + step]
    return found


def times_vector(one: Array, vector: Array) -> Array:
    """Return one (a, b) @ vector (b,), without OpenBLAS, which shares out even small ones where it can."""
    found: Array = np.einsum("ij,j->i", one, vector)
    return found
