"""Matrix products in NumPy, a part at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

QUIET = 260_000
"""Multiplications per part: OpenBLAS does them on one thread even where it has more than `engine.ONE_THREAD` gives."""

TILE = 32
"""So many rows are multiplied at a time where the other matrix is too large to be multiplied whole."""


def product(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c), a part at a time."""
    inner, columns = other.shape
    found = np.zeros((len(one), columns), np.result_type(one, other))
    depth = max(1, QUIET // (TILE * max(columns, 1)))
    height = TILE if depth < inner else max(1, QUIET // max(other.size, 1))
    for top in range(0, len(one), height):
        rows = one[top : top + height]
        for first in range(0, inner, depth if height == TILE else inner):
            last = first + depth if height == TILE else inner
            found[top : top + height] += rows[:, first:last] @ other[first:last]
    return found


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
