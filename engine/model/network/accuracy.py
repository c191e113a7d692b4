"""The accuracy of a network, over all images and per class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array


class Accuracy(NamedTuple):
    """Shares of correct answers, of all images and per class (classes,), and the classes' image counts (classes,)."""

    whole: float
    of_classes: Array
    counts: Array


def accuracy(logits: Array, labels: Array) -> Accuracy:
    """Return the accuracy of the likeliest classes; `logits` are (images, classes). NaN for a class without images."""
    classes = logits.shape[1]
    right = labels[logits.argmax(axis=1) == labels]
    hits, counts = (np.bincount(answers, minlength=classes) for answers in (right, labels))
    shares = np.divide(hits, counts, out=np.full(classes, np.nan), where=counts > 0)
    return Accuracy(right.size / max(labels.size, 1), shares, counts)
