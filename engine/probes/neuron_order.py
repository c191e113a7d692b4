"""Orders of neurons and of images in which a picture of activations shows its pattern. Probes may share them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.base.turns import run_through
from engine.network.leaf_order import leaf_order
from engine.network.plain import softmax
from engine.network.product import times_vector
from engine.network.summary import Summary, summary

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

type NeuronKey = Literal["index", "class", "similar", "mean"]
type ImageKey = Literal["index", "confidence", "similar"]

NEURON_KEYS: tuple[NeuronKey, ...] = ("index", "class", "similar", "mean")

MOST_COMPARED, MOST_FLOATS = 2_000, 700_000
"""Maximum number of test images by whose outputs neurons are compared; fewer where that is many numbers."""

MOST_LEARNED_FROM, ROUNDS = 512, 20
"""Maximum number of images of a class, and rounds, to find the direction in which they differ most."""


def neuron_order(activations: Array, labels: Array, key: NeuronKey, classes: int = 10) -> Array:
    """Return the neurons (neurons,) int in the order that `key` says, for activations (images, neurons).

    `index` is their own; `mean` the largest mean output first; `class` groups them by the class to whose images they
    answer most on average, the most selective first; `similar` lets neurons with correlated outputs be neighbours, by
    hierarchical clustering or, of more than 1,500, by a cheaper way: see `leaf_order`. Neurons that are 0 for all
    images come last in these two.
    """
    found = run_through(summary(activations, labels, classes))
    return run_through(ordered(activations, found, key))


def ordered(activations: Array, found: Summary, key: NeuronKey) -> Generator[None, Any, Array]:
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

    `index` is their own; `confidence` has those first for which the probability of `label` is highest; `similar` goes
    along the direction in which their activations differ most, their first principal component. `logits` (images,
    classes) and `hidden` (images, neurons) are of all test images.
    """
    if key == "index" or len(members) < 2:
        return members
    if key == "confidence":
        along = -softmax(logits[members].astype(np.float64))[:, label]
    else:
        along = _along_the_widest(hidden, members)
    return members[np.argsort(along, kind="stable")]


def _by_class(found: Summary) -> Array:
    favourite, index = selectivity(found)
    return np.lexsort((-index, favourite))


def _by_similarity(activations: Array, living: Array) -> Generator[None, Any, Array]:
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
        direction = times_vector(sample.T, times_vector(sample, direction))
        direction /= np.linalg.norm(direction) or 1
    if middle @ direction < 0:  # either sign would do; this one does not change from call to call
        direction = -direction
    return _times(hidden, members, direction)


def _times(hidden: Array, members: Array, direction: Array) -> Array:
    """Return hidden[members] @ direction without a copy of all of it."""
    parts = np.array_split(members, max(1, members.size * direction.size // MOST_FLOATS))
    return np.concatenate([times_vector(hidden[part].astype(np.float32), direction) for part in parts])
