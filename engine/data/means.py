"""The mean test image of each class."""

from __future__ import annotations

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import read_only
from engine.data.dataset import Dataset, remembered


@remembered(2)
def mean_images(data: Dataset) -> Array:
    """Return the mean test image of each class (classes, rows, columns), float32, 0 to 1; zeros for an empty class."""
    means = np.zeros((len(data.classes), *data.shape), np.float32)
    for label in range(len(means)):
        members = data.test_images[data.test_labels == label]
        if len(members):
            means[label] = members.mean(axis=0, dtype=np.float64) / 255
    return read_only(means)
