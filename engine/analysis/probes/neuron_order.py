"""Orders of neurons and of images in which a picture of activations shows its pattern. Probes may share them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from engine.core.array import Array
from engine.core.turns import Turns, run_through
from engine.model.network.plain import softmax
from engine.model.network.product import product_over_rows
from engine.model.network.summary import Summary, summary

type NeuronKey = Literal["index", "class", "similar", "mean"]

type ImageKey = Literal["index", "probability", "similar"]

NEURON_KEYS: tuple[NeuronKey, ...] = ("index", "class", "similar", "mean")

MOST_COMPARED, MOST_FLOATS = 2_000, 700_000
"""Maximum number of test images by whose outputs neurons are compared; fewer where that is many numbers."""

MOST_LEARNED_FROM, ROUNDS = 512, 20
"""Maximum number of images of a class, and rounds, to find the direction in which they differ most."""

MOST_OPTIMAL = 400
"""Maximum number of leaves for the best order that the tree allows; its time grows with their cube."""

SMALL = 200_000
"""Number of sums made at once; more are faster one by one, as they then fit into the cache."""

MOST_IN_A_TREE = 1500
"""SciPy holds Python's lock while it builds the tree: 30 ms for this number of leaves, half a second for 4,096."""

TURN = 2_000_000
"""Number of sums in a turn: some 10 ms."""

WIDEST, SWEEPS = 256, 20
"""Sample size and rounds to find the axes of thousands of vectors."""


def neuron_order(activations: Array, labels: Array, key: NeuronKey, classes: int = 10) -> Array:
    """Return the neurons (neurons,) int in the order that `key` says, for activations (images, neurons).

    `index` is their own; `mean` the largest mean output first; `class` groups them by the class to whose images they
    answer most on average, the most selective first; `similar` lets neurons with correlated outputs be neighbours, by
    hierarchical clustering or, of more than 1,500, by a cheaper way: see `leaf_order`. Neurons that are 0 for all
    images come last in these two.
    """
    found = run_through(summary(activations, labels, classes))
    return run_through(ordered(activations, found, key))


def ordered(activations: Array, found: Summary, key: NeuronKey) -> Turns[Array]:
    """Return the same order in turns, where the layer's summary is known already."""
    if key == "index":
        return np.arange(activations.shape[1])
    if key == "mean":
        return np.argsort(-found.average, kind="stable")
    fires = (found.highest > 0) | (found.lowest < 0)
    living, silent = np.flatnonzero(fires), np.flatnonzero(~fires)
    order = _by_class(found) if key == "class" else (yield from _by_similarity(activations, living))
    return np.concatenate([order[fires[order]], silent])


def selectivity(found: Summary) -> tuple[Array, Array]:
    """Return the class that each neuron answers most to (neurons,) int, and how selective it is for it (neurons,).

    The index of Morcos et al. (On the importance of single directions for generalization, 2018): (m - r) / (m + r),
    where m is the mean output over that class and r the mean of those over the other classes. It is 1 for a neuron
    that answers to one class only, 0 for one that answers to all alike or never fires. Where a neuron's outputs can
    be negative they are counted from its lowest one.
    """
    means = found.means - np.minimum(found.lowest, 0)
    classes = np.isfinite(means).any(axis=1).sum()
    filled = np.where(np.isfinite(means), means, -np.inf)
    favourite = filled.argmax(axis=0)
    most = filled.max(axis=0)
    rest = (np.nansum(means, axis=0) - most) / max(classes - 1, 1)
    both = most + rest
    index = np.divide(most - rest, both, out=np.zeros_like(both), where=both > 0)
    return favourite, index


def image_order(logits: Array, hidden: Array, members: Array, key: ImageKey, label: int) -> Array:
    """Return `members`, the numbers of the test images of class `label` (k,) int, in the order that `key` says.

    `index` is their own; `probability` has those first for which the probability of `label` is highest; `similar` goes
    along the direction in which their activations differ most, their first principal component. `logits` (images,
    classes) and `hidden` (images, neurons) are of all test images.
    """
    if key == "index" or len(members) < 2:
        return members
    if key == "probability":
        along = -softmax(logits[members].astype(np.float64))[:, label]
    else:
        along = _along_the_widest(hidden, members)
    return members[np.argsort(along, kind="stable")]


def _by_class(found: Summary) -> Array:
    favourite, index = selectivity(found)
    return np.lexsort((-index, favourite))


def _by_similarity(activations: Array, living: Array) -> Turns[Array]:
    """Return the living neurons so that neighbours are correlated."""
    count = min(MOST_COMPARED, max(1, MOST_FLOATS // max(len(living), 1)), len(activations))
    images = np.linspace(0, len(activations) - 1, count).astype(int)
    outputs = activations[images][:, living].T.astype(np.float32)
    outputs -= outputs.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(outputs, axis=1, keepdims=True)
    outputs /= np.where(lengths > 0, lengths, 1)
    yield None
    return living[(yield from leaf_order(np.nan_to_num(outputs)))]


def _along_the_widest(hidden: Array, members: Array) -> Array:
    """Return the images' places along their first principal component (k,), found by the power method."""
    count = min(len(members), MOST_LEARNED_FROM, max(2, MOST_FLOATS // max(hidden.shape[1], 1)))
    some = members[np.linspace(0, len(members) - 1, count).astype(int)]
    sample = hidden[some].astype(np.float32)
    middle = sample.mean(axis=0)
    sample -= middle
    direction = sample[np.linalg.norm(sample, axis=1).argmax()]
    for _ in range(ROUNDS):
        direction = sample.T @ (sample @ direction)
        direction /= np.linalg.norm(direction) or 1
    if middle @ direction < 0:  # either sign would do; this one does not change from call to call
        direction = -direction
    return _times(hidden, members, direction)


def _times(hidden: Array, members: Array, direction: Array) -> Array:
    """Return hidden[members] @ direction without a copy of all of it."""
    parts = np.array_split(members, max(1, members.size * direction.size // MOST_FLOATS))
    return np.concatenate([hidden[part].astype(np.float32) @ direction for part in parts])


# The order of leaves ------------------------------------------------------------------------------------------------


def leaf_order(vectors: Array) -> Turns[Array]:
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


def _round_a_circle(vectors: Array) -> Turns[Array]:
    vectors = np.ascontiguousarray(vectors[:, :: max(1, vectors.shape[1] // WIDEST)])
    axes = np.random.default_rng(0).normal(size=(vectors.shape[1], 2)).astype(np.float32)
    for _ in range(SWEEPS):  # of orthogonal iteration
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


def _optimal(distances: Array, merges: list[tuple[int, int]]) -> Turns[list[int]]:
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
