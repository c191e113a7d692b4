"""Principal components: the two directions along which vectors differ most."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Self

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import Turns, slices

# Of more dimensions no matrix of their products is made: of 8,192 it would take 270 MB, and seconds of a turn.
WIDE = 4_096
SMALL = 400  # up to this number of dimensions all components are computed at once, in less than a turn
AT_ONCE = 400_000  # number of values in a turn
# Subspace iteration for wide vectors: number of directions, maximum number of rounds, and the change at which it ends.
GUESSES, ROUNDS, CLOSE = 12, 200, 1e-6


class Components(NamedTuple):
    """The mean (n,), the two axes (n, 2) of length 1, and the shares of the variance along them."""

    mean: Array
    axes: Array
    explained: tuple[float, float]

    def place(self, vectors: Array) -> Array:
        """Return the points (..., 2) of vectors (..., n)."""
        return (vectors @ self.axes - self.mean @ self.axes).astype(np.float32)

    def turned(self, rotation: Array) -> Self:
        """Return the components of the rotated map."""
        return self._replace(axes=(self.axes @ rotation).astype(np.float32))


def principal(vectors: Array) -> Turns[Components]:
    """Return the first two components of vectors (images, n), in turns.

    The largest weight of each axis is positive. Axes that the vectors do not have are zero.
    """
    width = vectors.shape[1]
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    yield None
    total, spread = 0.0, np.zeros((width, width if width <= WIDE else 0), np.float32)
    for centred in _centred(vectors, mean):
        if width <= WIDE:
            spread += centred.T @ centred
        else:
            total += float(np.vdot(centred, centred))
        yield None

    def spread_along(axes: Array) -> Turns[Array]:
        if width <= WIDE:
            return spread @ axes
        products = np.zeros_like(axes)
        for centred in _centred(vectors, mean):
            products += centred.T @ (centred @ axes)
            yield None
        return products

    values, axes = np.linalg.eigh(spread) if width <= SMALL else (yield from _largest(spread_along, width))
    yield None
    total = total or float(np.trace(spread, dtype=np.float64))
    two = np.zeros((width, 2), np.float32)
    two[:, : min(2, width)] = axes[:, ::-1][:, :2]
    two *= np.where(two[np.abs(two).argmax(axis=0), np.arange(2)] < 0, -1, 1)
    shares = [float(value) / total if total > 0 else 0.0 for value in values[::-1][:2]]
    return Components(mean, two, (max(0.0, shares[0]), max(0.0, shares[1]) if len(shares) > 1 else 0.0))


def _centred(vectors: Array, mean: Array) -> Iterator[Array]:
    for rows in slices(len(vectors), max(1, AT_ONCE // len(mean))):
        yield vectors[rows].astype(np.float32, copy=False) - mean


def _largest(spread_along: Callable[[Array], Turns[Array]], width: int) -> Turns[tuple[Array, Array]]:
    """Return the largest eigenvalues, ascending, and their vectors, by subspace iteration."""
    guesses = np.random.default_rng(0).normal(size=(width, GUESSES)).astype(np.float32)
    axes: Array = np.linalg.qr(guesses)[0]
    values: Array = np.zeros(GUESSES, np.float32)
    for _ in range(ROUNDS):
        former = axes[:, -2:]
        axes, _ = np.linalg.qr((yield from spread_along(axes)))
        values, mixed = np.linalg.eigh(axes.T @ (yield from spread_along(axes)))
        axes = axes @ mixed
        yield None
        if np.abs(np.abs((former * axes[:, -2:]).sum(axis=0)) - 1).max() < CLOSE:
            break
    return values, axes


def rotation_onto(points: Array, former: Array) -> Array:
    """Return the (2, 2) rotation or reflection that brings points closest to their former places (Schönemann 1966)."""
    left, _, right = np.linalg.svd((points - points.mean(axis=0)).T.astype(np.float64) @ (former - former.mean(axis=0)))
    return left @ right
