"""t-SNE: points on a map such that vectors that are neighbours lie together.

Method: van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9 (2008): 2579-2605; start and learning rate after
Kobak and Berens, The art of using t-SNE, Nature Communications 10 (2019): 5416.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from engine.base.turns import run_through
from engine.mapping.neighbours import Pairs, affinities, nearest, pairs
from engine.mapping.pca import principal
from engine.mapping.repulsion import repulsion
from engine.mapping.settings import MapSpec, moved_iterations

type Array = np.ndarray[Any, Any]

EXAGGERATION = 12.0
"""Early exaggeration: factor by which neighbours attract each other more in the first third."""

EARLY, LATE = 0.5, 0.8
"""How much of its last step a point keeps."""

START, SHAKE = 1e-4, 1e-5
"""The map's spread at its start, and how much the seed shakes it: equal vectors would never part."""


class Progress(NamedTuple):
    """How far it is: what part of the neighbours is found, how many iterations are done of how many, the points."""

    found: float
    done: int
    total: int
    points: Array | None


def tsne(vectors: Array, spec: MapSpec, former: Array | None = None) -> Generator[Progress]:
    """Make a map of vectors (images, n), telling of it in turns of some hundredths of a second.

    With `former`, points (images, 2) of a map of the same images, it starts from there and takes a fifth of the
    iterations. The last one told is the finished map. The same vectors and settings give the same map.
    """
    total = spec.iterations if former is None else moved_iterations(spec.iterations)
    near = yield from _neighbours(vectors, spec, total)
    moving = _Moving(near, start_of(vectors, spec.seed) if former is None else former, len(vectors))
    early = spec.iterations // 3 if former is None else 0
    for done in range(total):
        moving.step(early=done < early)
        yield Progress(1.0, done + 1, total, moving.points)


def _neighbours(vectors: Array, spec: MapSpec, total: int) -> Generator[Progress, Any, Pairs]:
    looking = nearest(vectors, min(int(3 * spec.perplexity), len(vectors) - 1))
    while True:
        try:
            part = next(looking)
        except StopIteration as end:
            numbers, distances = end.value
            return pairs(numbers, affinities(distances, spec.perplexity))
        yield Progress(part, 0, total, None)


def start_of(vectors: Array, seed: int) -> Array:
    """Return where the points begin: the principal components, very small, and shaken a little."""
    points = run_through(principal(vectors)).place(vectors)
    shaken = np.random.default_rng(seed).normal(0, SHAKE, points.shape)
    return (points * (START / max(float(points[:, 0].std()), 1e-12)) + shaken).astype(np.float32)


def divergence(near: Pairs, points: Array) -> float:
    """Return the Kullback-Leibler divergence that the map tries to make small."""
    _, _, closeness = _apart(near, points)
    _, normaliser = repulsion(points)
    shares = near.shares.astype(np.float64)
    return float(2 * (shares * np.log(np.maximum(shares, 1e-30) * normaliser / closeness)).sum())


class _Moving:
    """The points, and how each moves: gradient descent with momentum and a gain for each number (Jacobs, 1988)."""

    def __init__(self, near: Pairs, start: Array, count: int) -> None:
        self.points = start - start.mean(axis=0)
        self._near = near
        self._rate = np.float32(count / EXAGGERATION)
        self._speed = np.zeros_like(self.points)
        self._gains = np.ones_like(self.points)

    def step(self, *, early: bool) -> None:
        push, normaliser = repulsion(self.points)
        slope = 4 * ((EXAGGERATION if early else 1) * attraction(self._near, self.points) - push / normaliser)
        turns = self._speed * slope < 0  # it goes on in its direction
        self._gains = np.maximum(np.where(turns, self._gains + 0.2, self._gains * 0.8), 0.01)
        self._speed = (EARLY if early else LATE) * self._speed - self._rate * self._gains * slope
        points = self.points + self._speed
        self.points = (points - points.mean(axis=0)).astype(np.float32)


def attraction(near: Pairs, points: Array) -> Array:
    """Return for each point the sum of share x (own - other) / (1 + d²) over its neighbours."""
    across, down, closeness = _apart(near, points)
    pull = near.shares * closeness
    total = np.zeros_like(points)
    for axis, apart in enumerate((across, down)):
        force = pull * apart
        total[near.heads, axis] = np.add.reduceat(force, near.starts)
        total[:, axis] -= np.bincount(near.second, force, len(points))
    return total


def _apart(near: Pairs, points: Array) -> tuple[Array, Array, Array]:
    """Return for each pair how far it lies apart along both axes, and 1 / (1 + d²)."""
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    across, down = x[near.first] - x[near.second], y[near.first] - y[near.second]
    return across, down, 1 / (1 + across * across + down * down)
