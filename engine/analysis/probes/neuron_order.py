"""Orders of neurons and of images that reveal the pattern in a picture of activations; several probes share them."""

from typing import Literal

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import Turns
from engine.model.network.plain import softmax
from engine.model.network.summary import Summary, product_over_rows

type NeuronKey = Literal["index", "class", "similar", "mean"]

type ImageKey = Literal["index", "probability", "similar"]

# Maximum number of test images by whose outputs neurons are compared, and of values in these.
MOST_COMPARED, MOST_FLOATS = 2_000, 700_000
# Images of a class, and rounds of the power method for their main direction.
MOST_LEARNED_FROM, ROUNDS = 512, 20
MOST_OPTIMAL = 400  # maximum number of leaves that are ordered optimally: the time grows with their cube
SMALL = 200_000  # number of sums made at once; more are faster one by one, as they then fit into the cache
MOST_IN_A_TREE = 1500  # SciPy holds Python's lock while it builds the tree: 30 ms for these, 0.5 s for 4,096
TURN = 2_000_000  # number of sums in a turn: some 10 ms
# Sample size, and rounds of orthogonal iteration for the axes of thousands of vectors.
WIDEST, SWEEPS = 256, 20


def ordered(activations: Array, layer_summary: Summary, key: NeuronKey) -> Turns[Array]:
    """Return the neurons (neurons,) int in the order of `key`, for activations (images, neurons) and their summary.

    `index` is their own order; `mean` the largest mean output first; `class` groups them by the class with their
    highest mean output, the most selective first; `similar` puts correlated neurons next to each other: see
    `leaf_order`. Neurons that are 0 for all images come last in these two.
    """
    if key == "index":
        return np.arange(activations.shape[1])
    if key == "mean":
        return np.argsort(-layer_summary.average, kind="stable")
    fires = (layer_summary.highest > 0) | (layer_summary.lowest < 0)
    living, silent = np.flatnonzero(fires), np.flatnonzero(~fires)
    if key == "class":
        favourite, index = selectivity(layer_summary)
        order = np.lexsort((-index, favourite))
    else:
        order = yield from _by_similarity(activations, living)
    return np.concatenate([order[fires[order]], silent])


def selectivity(layer_summary: Summary) -> tuple[Array, Array]:
    """Return each neuron's class with the highest mean output (neurons,) int, and its selectivity for it (neurons,).

    The index of Morcos et al. (2018): (m - r) / (m + r), with m the mean output over that class and r the mean of those
    over the others: 1 if it fires for one class only, 0 if for all equally or never. Outputs that can be negative are
    counted from the neuron's lowest one.
    """
    means = layer_summary.means - np.minimum(layer_summary.lowest, 0)
    classes = np.isfinite(means).any(axis=1).sum()
    filled = np.where(np.isfinite(means), means, -np.inf)
    favourite = filled.argmax(axis=0)
    most = filled.max(axis=0)
    rest = (np.nansum(means, axis=0) - most) / max(classes - 1, 1)
    both = most + rest
    return favourite, np.divide(most - rest, both, out=np.zeros_like(both), where=both > 0)


def image_order(logits: Array, hidden: Array, members: Array, key: ImageKey, label: int) -> Array:
    """Return `members`, test images of class `label` (k,) int, by `key`: `index`, `probability`, or `similar`.

    `similar` follows their first principal component. `logits` and `hidden` are of all test images.
    """
    if key == "index" or len(members) < 2:
        return members
    if key == "probability":
        along = -softmax(logits[members].astype(np.float64))[:, label]
    else:
        along = _along_the_widest(hidden, members)
    return members[np.argsort(along, kind="stable")]


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
    """Return the images' coordinates along their first principal component (k,), by the power method."""
    count = min(len(members), MOST_LEARNED_FROM, max(2, MOST_FLOATS // max(hidden.shape[1], 1)))
    some = members[np.linspace(0, len(members) - 1, count).astype(int)]
    sample = hidden[some].astype(np.float32)
    middle = sample.mean(axis=0)
    sample -= middle
    direction = sample[np.linalg.norm(sample, axis=1).argmax()]
    for _ in range(ROUNDS):
        direction = sample.T @ (sample @ direction)
        direction /= np.linalg.norm(direction) or 1
    if middle @ direction < 0:  # either sign is valid; this choice is the same in every call
        direction = -direction
    # hidden[members] @ direction, without copying all of it.
    parts = np.array_split(members, max(1, members.size * direction.size // MOST_FLOATS))
    return np.concatenate([hidden[part].astype(np.float32) @ direction for part in parts])


def leaf_order(vectors: Array) -> Turns[Array]:
    """Return an order (n,) int of unit vectors (n, length), in turns, by average linkage with distance 1 - product.

    The tree leaves the order of its branches open. Up to `MOST_OPTIMAL` vectors the sum of the distances between
    neighbours is minimal (Bar-Joseph, Gifford and Jaakkola, 2001); above, branches are only turned so that their
    nearest ends meet (Gruvaeus and Wainer, 1972). Above `MOST_IN_A_TREE` there is no tree: vectors are ordered on a
    circle by their angle in the plane of the first two principal axes, cut at the widest gap (Friendly,
    Corrgrams, 2002).
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
    for _ in range(SWEEPS):
        axes = product_over_rows((vectors @ axes).T, vectors).T
        axes = np.linalg.qr(axes)[0].astype(np.float32)
        yield None
    along = vectors @ axes
    angles = np.arctan2(along[:, 1], along[:, 0])
    order = np.argsort(angles, kind="stable")
    gaps = np.diff(angles[order], append=angles[order[0]] + 2 * np.pi)
    return np.roll(order, -int(gaps.argmax()) - 1)


def average_linkage(distances: Array) -> list[tuple[int, int]]:
    """Return the pairs of branches that meet, in order: leaf i is branch i, the result of pair k is branch n + k."""
    from scipy.cluster.hierarchy import linkage  # its import takes a tenth of a second: only on demand

    count = len(distances)
    condensed = np.concatenate([distances[row, row + 1 :] for row in range(count)]).astype(np.float64)
    return [(int(one), int(other)) for one, other, *_ in linkage(condensed, "average")]


def _turned(distances: Array, merges: list[tuple[int, int]]) -> list[int]:
    """Return the leaves, each branch turned so that it meets the other with its nearest end."""
    branches = {leaf: [leaf] for leaf in range(len(distances))}
    for number, (one, other) in enumerate(merges, len(distances)):
        left, right = branches.pop(one), branches.pop(other)
        ends = distances[np.ix_((left[0], left[-1]), (right[0], right[-1]))]
        nearest = int(ends.argmin())
        left = left[::-1] if nearest < 2 else left  # its first leaf comes to lie inside
        right = right[::-1] if nearest % 2 else right
        branches[number] = left + right
    return branches[number]


# NumPy, not SciPy's `optimal_leaf_ordering`: that holds Python's lock for a tenth of a second, in which the window
# stands still, and its order is not always optimal.


def _optimal(distances: Array, merges: list[tuple[int, int]]) -> Turns[list[int]]:
    """Return the best order: the least cost of each branch and pair of outermost leaves, then the way back down."""
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
        if first >= size:  # the second branch is on the left
            one, other, first, last = other, one, first - size, last + len(leaves[other])
        last -= len(leaves[one])
        between = distances[np.ix_(leaves[one], leaves[other])]
        sums = costs[one][first][:, None] + between + costs[other][:, last]
        inner = np.unravel_index(sums.argmin(), sums.shape)
        waiting += [(other, int(inner[1]), last), (one, first, int(inner[0]))]
    return order


def _least_sums(one: Array, other: Array) -> Array:
    """Return for one (a, b) and other (b, c) the minimum of one[i, k] + other[k, j] over k, (a, c)."""
    if one.size * other.shape[1] <= SMALL:
        return (one[:, :, None] + other).min(axis=1)
    least = np.full((len(one), other.shape[1]), np.inf)
    for column, row in zip(one.T, other, strict=True):
        np.minimum(least, column[:, None] + row, out=least)
    return least
