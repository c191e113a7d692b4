"""Whether a data set's images are scaled and centred as MNIST's are, so that drawings are prepared in the same way."""

from __future__ import annotations

import math

from engine.core.array import Array
from engine.core.lazy import np
from engine.data.dataset import Dataset
from engine.data.kept import remembered
from engine.data.preparation import SIDE, prepared

# Maximum number of images and of pixels that are prepared for the comparison: some 30 ms.
MOST_COMPARED, MOST_COMPARED_PIXELS = 50, 60_000

SAME = 0.25  # the share of the ink up to which an image counts as unchanged


@remembered(count=2)
def is_mnist_style(data: Dataset) -> bool:
    """Return whether the images are like MNIST's: the preparation must leave at least half of a sample unchanged.

    A shift by a pixel of 28 counts as no change, as rounding can cause it.
    """
    # The median change, as a share of the ink, is 0.000 for MNIST, 0.71 for scikit-learn's digits, 0.66 for negatives,
    # and 1.2 for digits shifted by up to 3 pixels.
    images = data.train_images
    most = min(max(MOST_COMPARED_PIXELS // math.prod(data.shape), 10), MOST_COMPARED, len(images))
    chosen = images[np.linspace(0, len(images) - 1, most, dtype=int)]
    changes = [_change(image / np.float32(255)) for image in chosen if image.any()]
    return not changes or float(np.median(changes)) < SAME


def _change(image: Array) -> float:
    """Return the share of its ink by which the preparation changes an image (rows, columns), up to small shifts."""
    after = prepared(image, shape=image.shape)
    down, across = (range(-reach, reach + 1) for reach in (round(side / SIDE) for side in image.shape))
    shifted = (np.roll(after, (rows, columns), (0, 1)) for rows in down for columns in across)
    return float(min(np.abs(moved - image).sum() for moved in shifted) / image.sum())
