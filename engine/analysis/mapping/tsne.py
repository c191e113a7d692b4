"""t-SNE: points on a map such that neighbouring vectors are close together.

Method: van der Maaten and Hinton, Visualizing data using t-SNE, JMLR 9 (2008): 2579-2605; start and learning rate after
Kobak and Berens, The art of using t-SNE, Nature Communications 10 (2019): 5416; the repulsion by interpolation on a
grid after Linderman et al., Nature Methods 16 (2019): 243."""

import functools
from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.mapping.pca import principal
from engine.analysis.mapping.settings import MapSpec, moved_iterations
from engine.core.lazy import Array
from engine.core.messages import WithResult, run_through, slices

ROWS = 250  # number of vectors whose neighbours are searched in a turn
HALVINGS, CLOSE = 64, 1e-5


class Pairs(NamedTuple):
    """Neighbours: numbers `first` < `second`, and the probability of each pair; those of all pairs sum to 1/2.

    They are sorted by `first`; each of the numbers `heads` has its pairs from its place in `starts` on.
    """

    first: Array
    second: Array
    shares: Array
    starts: Array
    heads: Array


def nearest(vectors: Array, count: int) -> Generator[float, Any, tuple[Array, Array]]:
    """Return numbers and squared distances (images, count) of each vector's nearest others; yield the done share."""
    vectors = vectors.astype(np.float32, copy=False)
    vectors = vectors - vectors.mean(axis=0)  # smaller numbers lose less precision in their squares
    squares = np.einsum("ij,ij->i", vectors, vectors)
    numbers = np.empty((len(vectors), count), np.int32)
    distances = np.empty((len(vectors), count), np.float32)
    for rows in slices(len(vectors), ROWS):
        ranks = squares - 2 * (vectors[rows] @ vectors.T)
        ranks[np.arange(len(ranks)), np.arange(rows.start, rows.stop)] = np.inf
        numbers[rows] = _smallest(ranks, count)
        distances[rows] = np.take_along_axis(ranks, numbers[rows], 1) + squares[rows, None]
        yield rows.stop / len(vectors)
    return numbers, np.maximum(distances, 0)


def _smallest(ranks: Array, count: int) -> Array:
    """Return the places (rows, count) of the smallest numbers of each row."""
    limits = np.partition(ranks, count - 1, axis=1)[:, count - 1]  # twice as fast as argpartition
    places = np.flatnonzero(ranks <= limits[:, None])
    if len(places) != len(ranks) * count:  # several are equally far
        return np.argpartition(ranks, count - 1, axis=1)[:, :count]
    return places.reshape(len(ranks), count) % ranks.shape[1]


def affinities(distances: Array, perplexity: float) -> Array:
    """Return the probability (images, k) of each neighbour: a Gaussian whose entropy is log(perplexity)."""
    apart = (distances - distances.min(axis=1, keepdims=True)).astype(np.float64)
    goal = np.log(min(perplexity, apart.shape[1] * 0.999))
    low, high = np.zeros(len(apart)), np.full(len(apart), np.inf)
    sharpness = 1 / np.maximum(apart.mean(axis=1), 1e-12)
    bells = np.ones_like(apart)
    for _ in range(HALVINGS):
        bells = np.exp(-apart * sharpness[:, None])
        sums = bells.sum(axis=1)
        entropy = np.log(sums) + sharpness * (apart * bells).sum(axis=1) / sums
        wide = entropy > goal
        low, high = np.where(wide, sharpness, low), np.where(wide, high, sharpness)
        sharpness = np.where(np.isinf(high), sharpness * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
        if np.abs(entropy - goal).max() < CLOSE:
            break
    return bells / bells.sum(axis=1, keepdims=True)


def pairs(numbers: Array, shares: Array) -> Pairs:
    """Return all pairs of which one is a neighbour of the other, with the mean of both probabilities."""
    count, width = numbers.shape
    here = np.repeat(np.arange(count, dtype=np.int64), width)
    there = numbers.ravel().astype(np.int64)
    keys, places = np.unique(np.minimum(here, there) * count + np.maximum(here, there), return_inverse=True)
    sums = np.bincount(places, shares.ravel()) / (2 * count)
    first, second = keys // count, keys % count
    heads, starts = np.unique(first, return_index=True)
    return Pairs(first.astype(np.int32), second.astype(np.int32), sums.astype(np.float32), starts, heads)


EXAGGERATION = 12.0  # early exaggeration: how much more neighbours attract each other in the first third
EARLY, LATE = 0.5, 0.8  # momentum: the share of a point's last step in the next one
# The map's initial spread, and how much the seed perturbs it: equal vectors would never separate.
START, SHAKE = 1e-4, 1e-5
# The grid's spacing, as the repulsion falls off within 1, and the minimum and maximum number of cells.
FINEST, FEWEST, MOST = 0.5, 60, 1000
REACH = 2  # number of nodes beyond the points on each side
# Fast sides of an FFT.
_SIZES = sorted(2**a * 3**b * 5**c for a in range(5, 13) for b in range(3) for c in range(3))


class Progress(NamedTuple):
    """The share of the neighbours that are found, iterations done and in total, and the points."""

    found: float
    done: int
    total: int
    points: Array | None
    motion: Array | None = None  # the last steps of the points and their gains, (2, images, 2), to continue from


def tsne(
    vectors: Array, spec: MapSpec, former: Array | None = None, part: Progress | None = None
) -> Generator[Progress]:
    """Yield the progress of a map of vectors (images, n) in turns of some hundredths of a second, at last the result.

    `former`, points (images, 2) of a map of the same images, is a start that needs a fifth of the iterations. A map is
    determined by vectors and settings, also if continued from a `part`.
    """
    if part is None:
        part = Progress(0.0, 0, spec.iterations if former is None else moved_iterations(spec.iterations), None)
    near = yield from _neighbours(vectors, spec, part)
    if part.points is not None and part.motion is not None:
        moving = _Moving(near, part.points, len(vectors), part.motion)
    else:
        start = start_of(vectors, spec.seed) if former is None else former
        moving = _Moving(near, start - start.mean(axis=0), len(vectors))
    early = spec.iterations // 3 if former is None else 0
    for done in range(part.done, part.total):
        moving.step(early=done < early)
        yield Progress(1.0, done + 1, part.total, moving.points, moving.motion)


def _neighbours(vectors: Array, spec: MapSpec, part: Progress) -> Generator[Progress, Any, Pairs]:
    search = WithResult(nearest(vectors, min(int(3 * spec.perplexity), len(vectors) - 1)))
    for found in search:
        yield part._replace(found=found)
    numbers, distances = search.result
    return pairs(numbers, affinities(distances, spec.perplexity))


def start_of(vectors: Array, seed: int) -> Array:
    """Return the initial points: the principal components, very small, and perturbed by the seed."""
    points = run_through(principal(vectors)).place(vectors)
    noise = np.random.default_rng(seed).normal(0, SHAKE, points.shape)
    return (points * (START / max(float(points[:, 0].std()), 1e-12)) + noise).astype(np.float32)


class _Moving:
    """The points and their motion: gradient descent with momentum and a gain for each coordinate (Jacobs, 1988)."""

    def __init__(self, near: Pairs, points: Array, count: int, motion: Array | None = None) -> None:
        self.points = points
        self._near = near
        self._rate = np.float32(count / EXAGGERATION)
        still = np.stack([np.zeros_like(points), np.ones_like(points)])
        self._speed, self._gains = still if motion is None else motion

    @property
    def motion(self) -> Array:
        """The last step of each point and its gains, (2, points, 2)."""
        return np.stack([self._speed, self._gains])

    def step(self, *, early: bool) -> None:
        push, normaliser = repulsion(self.points)
        slope = 4 * ((EXAGGERATION if early else 1) * attraction(self._near, self.points) - push / normaliser)
        is_steady = self._speed * slope < 0  # the coordinate continues in its direction
        self._gains = np.maximum(np.where(is_steady, self._gains + 0.2, self._gains * 0.8), 0.01)
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
    """Return for each pair its distance along both axes, and 1 / (1 + d²)."""
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    across, down = x[near.first] - x[near.second], y[near.first] - y[near.second]
    return across, down, 1 / (1 + across * across + down * down)


def repulsion(points: Array) -> tuple[Array, float]:
    """Return for points (n, 2) the sums of (own - other) / (1 + d²)² over all others, and that of all 1 / (1 + d²)."""
    low = points.min(axis=0)
    extent = max(float((points - low).max()), 1e-12)
    step = extent / min(max(extent / FINEST, FEWEST), MOST)
    side = round(extent / step) + 2 * REACH + 1
    size = next(size for size in _SIZES if size >= 2 * side)
    cells, weights = _spread((points - low) / step + 1, side)
    # Each point adds 1, x and y to the nodes around it; x and y from the middle of the map, where they are small.
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
    """Return the 16 nodes around each place (n, 16) and their weights: cubic Lagrange polynomials."""
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
    """Return the transforms of 1 / (1 + d²) and of its square, and the multiplicity of each of their numbers."""
    apart = (np.minimum(np.arange(size), size - np.arange(size)) * step) ** 2
    near = 1 / (1 + apart[:, None] + apart[None, :])
    counts = np.full(size // 2 + 1, 2.0, np.float32)
    counts[0] = counts[-1] = 1
    first, second = (np.fft.rfft2(kernel).real.astype(np.float32) for kernel in (near, near**2))
    return first, second, counts


@functools.lru_cache(4)
def _own(step: float) -> Array:
    """Return 1 / (1 + d²) between each two of 16 nodes: the closeness of a point to itself by way of the grid."""
    rows, columns = np.divmod(np.arange(16), 4)
    squares = (rows[:, None] - rows) ** 2 + (columns[:, None] - columns) ** 2
    return (1 / (1 + step**2 * squares)).astype(np.float32)
