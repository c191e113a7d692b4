"""How the points of a map push each other away: all by all, by way of a grid and the Fourier transform.

Method: Linderman et al., Fast interpolation-based t-SNE, Nature Methods 16 (2019): 243-245.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

type Array = np.ndarray[Any, Any]

FINEST, FEWEST, MOST = 0.5, 60, 1000
"""The grid's step, as the push falls off within 1, and the minimum and maximum number of steps."""

REACH = 2
"""Number of nodes needed beyond the points on each side."""

_SIZES = sorted(2**a * 3**b * 5**c for a in range(5, 13) for b in range(3) for c in range(3))
"""Sides that the transform is fast for."""


def repulsion(points: Array) -> tuple[Array, float]:
    """Return for each of the points (n, 2) the sum of (own - other) / (1 + d²)² over all others, and the normaliser.

    That is the sum of 1 / (1 + d²) over all ordered pairs. Both are right within some hundredths.
    """
    low = points.min(axis=0)
    extent = max(float((points - low).max()), 1e-12)
    step = extent / min(max(extent / FINEST, FEWEST), MOST)
    side = round(extent / step) + 2 * REACH + 1
    size = next(size for size in _SIZES if size >= 2 * side)
    places = (points - low) / step + 1
    cells, weights = _spread(places, side)
    # Each point puts 1, x and y onto the nodes around it; x and y from the middle of the map, where they are small.
    middle = points - (low + np.float32(extent / 2))
    charges = np.empty((3, side * side), np.float32)
    for number, charge in enumerate((None, middle[:, :1], middle[:, 1:])):
        put = weights if charge is None else weights * charge
        charges[number] = np.bincount(cells.ravel(), put.ravel(), side * side)
    near, far, counts = _kernels(size, step)
    spectra = np.fft.rfft2(charges.reshape(3, side, side), (size, size))
    everything = float((np.abs(spectra[0]) ** 2 * near * counts).sum(dtype=np.float64)) / size**2
    normaliser = everything - float(((weights @ _own(step)) * weights).sum(dtype=np.float64))
    fields = np.fft.irfft2(spectra * far, (size, size))[:, :side, :side].reshape(3, -1)
    read = np.stack([np.einsum("ij,ij->i", field[cells], weights) for field in fields], axis=1)
    return middle * read[:, :1] - read[:, 1:], max(normaliser, 1e-12)


def _spread(places: Array, side: int) -> tuple[Array, Array]:
    """Return the 16 nodes around each place (n, 16) and what part each has: cubic Lagrange polynomials."""
    corner = places.astype(np.int32)
    across, down = _cubic(places[:, 0] - corner[:, 0]), _cubic(places[:, 1] - corner[:, 1])
    offsets = np.arange(-1, 3, dtype=np.int32)
    rows, columns = corner[:, :1] + offsets, corner[:, 1:] + offsets
    cells = (rows[:, :, None] * side + columns[:, None, :]).reshape(len(places), 16)
    return cells, (across[:, :, None] * down[:, None, :]).reshape(len(places), 16)


def _cubic(part: Array) -> Array:
    before, behind, last = part + 1, part - 1, part - 2
    first, second = -part * behind * last / 6, before * behind * last / 2
    third, fourth = -before * part * last / 2, before * part * behind / 6
    return np.stack((first, second, third, fourth), axis=1).astype(np.float32)


@functools.lru_cache(4)
def _kernels(size: int, step: float) -> tuple[Array, Array, Array]:
    """Return the transforms of 1 / (1 + d²) and of its square, and how often each of their numbers counts."""
    apart = (np.minimum(np.arange(size), size - np.arange(size)) * step) ** 2
    near = 1 / (1 + apart[:, None] + apart[None, :])
    counts = np.full(size // 2 + 1, 2.0, np.float32)
    counts[0] = counts[-1] = 1
    return _transformed(near), _transformed(near**2), counts


@functools.lru_cache(4)
def _own(step: float) -> Array:
    """Return 1 / (1 + d²) between each two of 16 nodes: so each point sees itself through the grid."""
    rows, columns = np.divmod(np.arange(16), 4)
    squares = (rows[:, None] - rows) ** 2 + (columns[:, None] - columns) ** 2
    return (1 / (1 + step**2 * squares)).astype(np.float32)


def _transformed(kernel: Array) -> Array:
    return np.fft.rfft2(kernel).real.astype(np.float32)
