"""How many images a network classifies correctly, of all and of each class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.core.array import Array


class Accuracy(NamedTuple):
    """Shares of right answers: of all images, of each class' images (classes,), and how many those are (classes,)."""

    whole: float
    of_classes: Array
    counts: Array


def accuracy(logits: Array, labels: Array) -> Accuracy:
    """Return how right the likeliest classes are; `logits` are (images, classes). A class without images has NaN."""
    classes = logits.shape[1]
    right = labels[logits.argmax(axis=1) == labels]
    hits, counts = (np.bincount(each, minlength=classes) for each in (right, labels))
    shares = np.divide(hits, counts, out=np.full(classes, np.nan), where=counts > 0)
    return Accuracy(right.size / max(labels.size, 1), shares, counts)
