"""Means of the rows of a picture that is too fine for the pixels there are."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

AT_ONCE = 2_000_000
"""Number of values in a turn: some 10 ms."""

ROUNDING = 1e-9
"""An edge that lies so close to a row's end is meant to lie there."""


def binned(
    numbers: Array, rows: Array, columns: Array, height: int, width: int
) -> Generator[None, Any, Array]:
    """Return numbers[rows][:, columns] shrunk to at most height x width, float32, in turns.

    Each pixel is the mean of what falls into it; what falls into two counts for each by its part. Never are there
    more pixels than numbers. `numbers` may be half floats; of a large array only a part is copied at a time.
    """
    height, width = min(height, len(rows)), min(width, len(columns))
    found = np.empty((height, width), np.float32)
    in_order = len(columns) == numbers.shape[1]
    first, at_once = 0, max(1, AT_ONCE * height // max(len(rows) * len(columns), 1))
    while first < height:
        last = min(first + at_once, height)
        # Only this part of the rows, where its bins begin and end in it.
        begin, end = first * len(rows) // height, -(-last * len(rows) // height)
        chosen = rows[begin:end]
        part = numbers[chosen] if in_order else numbers[np.ix_(chosen, columns)]
        edges = np.arange(first, last + 1) * (len(rows) / height) - begin
        shrunk = _shrunk(part.astype(np.float32, copy=False), edges)
        if in_order:
            shrunk = shrunk[:, columns]
        edges = np.arange(width + 1) * (len(columns) / width)
        found[first:last] = _shrunk(np.ascontiguousarray(shrunk.T), edges).T
        first = last
        yield None
    return found


def _shrunk(part: Array, edges: Array) -> Array:
    """Return the means of `part` (rows, columns) from each edge to the next, (edges - 1, columns).

    The edges stand at least 1 apart, and may cut rows.
    """
    if len(edges) - 1 == len(part):
        return part
    whole = np.floor(edges + ROUNDING).astype(int)
    cut = np.where(edges - whole > ROUNDING, edges - whole, 0).astype(np.float32)[:, None]
    inner = whole if whole[-1] < len(part) else whole[:-1]
    sums = np.add.reduceat(part, inner, axis=0)[: len(edges) - 1]
    # Of the row that an edge cuts, the share before it belongs to the bin before.
    shares = part[np.minimum(whole, len(part) - 1)] * cut
    sums += shares[1:] - shares[:-1]
    return sums / np.diff(edges).astype(np.float32)[:, None]
