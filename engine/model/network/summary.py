"""A summary of a layer's activations: each neuron's mean over each class, its lowest and its highest output."""

from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import Turns, slices
from engine.model.training.evaluation import is_dead

# Products that are summed in single precision; the sums are added in double precision. Few, as it depends on the
# processor in how many parts its matrix kernels add up: with 2048 equal ones, errors were 0.1 to 1.2 in a million.
ROWS = 256


def product_over_rows(one: Array, other: Array) -> Array:
    """Return one (a, b) @ other (b, c) for a large b, float64."""
    total = np.zeros((len(one), other.shape[1]))
    for rows in slices(one.shape[1], ROWS):
        total += one[:, rows] @ other[rows]
    return total


AT_ONCE = 4_000_000  # activations in a turn: some 10 ms


class Summary(NamedTuple):
    """The outputs of a layer's neurons over all test images, float32."""

    means: Array  # over the images of each class, (classes, neurons); NaN for a class without images
    average: Array  # over all images, (neurons,)
    lowest: Array  # of shape (neurons,)
    highest: Array  # of shape (neurons,)

    def never_fire(self, activation: str) -> Array:
        """Return which neurons are dead (neurons,): a ReLU is always at 0, any other always at one value."""
        return is_dead(self.highest, self.lowest, is_relu=activation == "relu")


def summary(hidden: Array, labels: Array, classes: int) -> Turns[Summary]:
    """Return the `Summary` of activations (images, neurons) in turns; `labels` are (images,)."""
    neurons = hidden.shape[1]
    sums = np.zeros((classes, neurons))
    lowest, highest = np.full(neurons, np.inf, np.float32), np.full(neurons, -np.inf, np.float32)
    for chosen in slices(len(hidden), max(1, AT_ONCE // neurons)):
        part = hidden[chosen].astype(np.float32, copy=False)
        members = np.arange(classes)[:, None] == labels[chosen]  # (classes, images)
        sums += product_over_rows(members.astype(np.float32), part)
        np.minimum(lowest, part.min(axis=0), out=lowest)
        np.maximum(highest, part.max(axis=0), out=highest)
        yield None
    counts = np.bincount(labels, minlength=classes)[:, None]
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    average = sums.sum(axis=0) / max(len(hidden), 1)
    return Summary(means.astype(np.float32), average.astype(np.float32), lowest, highest)
