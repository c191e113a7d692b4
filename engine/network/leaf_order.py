"""Puts things in a row so that neighbours are alike: the leaves of a tree in order, or round a circle."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.network.product import product_over_rows

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

MOST_OPTIMAL = 400
"""Maximum number of leaves for the best order that the tree allows; its time grows with their cube."""

SMALL = 200_000
"""Number of sums made at once; more are faster one by one, as they then fit into the cache."""

MOST_IN_A_TREE = 1500
"""SciPy holds Python's lock while it builds the tree: 30 ms for this number of leaves, half a second for 4,096."""

TURN = 2_000_000
"""Number of sums in a turn: some 10 ms."""

WIDEST, ROUNDS = 256, 20
"""Sample size and rounds to find the axes of thousands of vectors."""


def leaf_order(vectors: Array) -> Generator[None, Any, Array]:
    """Return an order (n,) int of unit vectors (n, length), in turns, by average linkage with distance 1 - product.

    The tree leaves it open which branch comes first. Up to `MOST_OPTIMAL` vectors the sum of all distances between
    neighbours is the smallest possible (Bar-Joseph, Gifford and Jaakkola, 2001); of more each branch is only turned so
    that the nearest of its ends meet (Gruvaeus and Wainer, 1972). Of more than `MOST_IN_A_TREE` there is no tree: they
    lie round a circle, by their angle in the plane of the first two principal axes, which is cut where the gap is
    widest (Friendly, Corrgrams, 2002).
    """
    count = len(vectors)
    if count < 3:
        return np.arange(count)
    if count > MOST_IN_A_TREE:
        return (yield from _round_a_circle(vectors))
    distances = np.maximum(1 - vectors @ vectors.T, 0)
    merges = average_linkage(distances)
    yield None
    if count > MOST_OPTIMAL:
        return np.array(_turned(distances, merges))
    return np.array((yield from _optimal(distances, merges)))


def _round_a_circle(vectors: Array) -> Generator[None, Any, Array]:
    vectors = np.ascontiguousarray(vectors[:, :: max(1, vectors.shape[1] // WIDEST)])
    axes = np.random.default_rng(0).normal(size=(vectors.shape[1], 2)).astype(np.float32)
    for _ in range(ROUNDS):  # of orthogonal iteration
        axes = product_over_rows((vectors @ axes).T, vectors).T
        axes = np.linalg.qr(axes)[0].astype(np.float32)
        yield None
    along = vectors @ axes
    angles = np.arctan2(along[:, 1], along[:, 0])
    order = np.argsort(angles, kind="stable")
    gaps = np.diff(angles[order], append=angles[order[0]] + 2 * np.pi)
    return np.roll(order, -int(gaps.argmax()) - 1)


def average_linkage(distances: Array) -> list[tuple[int, int]]:
    """Return which two branches meet, one pair after the other: leaf i is branch i, what meets at k branch n + k."""
    from scipy.cluster.hierarchy import linkage  # takes a tenth of a second, so not before it is wanted

    count = len(distances)
    condensed = np.concatenate([distances[row, row + 1 :] for row in range(count)]).astype(np.float64)
    return [(int(one), int(other)) for one, other, *_ in linkage(condensed, "average")]


def _turned(distances: Array, merges: list[tuple[int, int]]) -> list[int]:
    """Return the leaves with each branch turned as it lies best when it meets the other."""
    branches = {leaf: [leaf] for leaf in range(len(distances))}
    for number, (one, other) in enumerate(merges, len(distances)):
        left, right = branches.pop(one), branches.pop(other)
        ends = distances[np.ix_((left[0], left[-1]), (right[0], right[-1]))]
        nearest = int(ends.argmin())
        left = left[::-1] if nearest < 2 else left  # its first leaf is to lie inside
        right = right[::-1] if nearest % 2 else right
        branches[number] = left + right
    return branches[number]


# SciPy's own function for the following holds Python's lock for a tenth of a second, and the window would stand still.


def _optimal(distances: Array, merges: list[tuple[int, int]]) -> Generator[None, Any, list[int]]:
    """Return the best order: for each branch and each pair of outermost leaves its least cost, then back down."""
    leaves = {leaf: np.array([leaf]) for leaf in range(len(distances))}
    costs, done = {leaf: np.zeros((1, 1)) for leaf in leaves}, 0
    for number, (one, other) in enumerate(merges, len(distances)):
        between = distances[np.ix_(leaves[one], leaves[other])].astype(np.float64)
        across = _least_sums(_least_sums(costs[one], between), costs[other])
        sizes = across.shape
        costs[number] = np.full((sum(sizes), sum(sizes)), np.inf)
        costs[number][: sizes[0], sizes[0] :] = across
        costs[number][sizes[0] :, : sizes[0]] = across.T
        leaves[number] = np.concatenate([leaves[one], leaves[other]])
        done += across.size * sum(sizes)
        if done > TURN:
            done = 0
            yield None
    ends = np.unravel_index(costs[number].argmin(), costs[number].shape)
    return _unfolded(distances, merges, leaves, costs, (number, int(ends[0]), int(ends[1])))


def _unfolded(
    distances: Array,
    merges: list[tuple[int, int]],
    leaves: dict[int, Array],
    costs: dict[int, Array],
    whole: tuple[int, int, int],
) -> list[int]:
    """Return the leaves of a branch from one end to the other; `whole` is its number and the places of both ends."""
    order: list[int] = []
    waiting = [whole]
    while waiting:
        number, first, last = waiting.pop()
        if number < len(distances):
            order.append(number)
            continue
        one, other = merges[number - len(distances)]
        size = len(leaves[one])
        if first >= size:  # the second branch lies on the left
            one, other, first, last = other, one, first - size, last + len(leaves[other])
        last -= len(leaves[one])
        between = distances[np.ix_(leaves[one], leaves[other])]
        sums = costs[one][first][:, None] + between + costs[other][:, last]
        inner = np.unravel_index(sums.argmin(), sums.shape)
        waiting += [(other, int(inner[1]), last), (one, first, int(inner[0]))]
    return order


def _least_sums(one: Array, other: Array) -> Array:
    """Return for one (a, b) and other (b, c) the least of one[i, k] + other[k, j] over k, (a, c)."""
    if one.size * other.shape[1] <= SMALL:
        return (one[:, :, None] + other).min(axis=1)
    least = np.full((len(one), other.shape[1]), np.inf)
    for column, row in zip(one.T, other, strict=True):
        np.minimum(least, column[:, None] + row, out=least)
    return least
