"""How a data set's images lie: as MNIST's do, so that a drawing is scaled and centred as well, or in another way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.lazy import np
from engine.data.kept import remembered
from engine.data.preparation import SIDE, prepared

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

MOST_COMPARED, MOST_COMPARED_PIXELS = 50, 60_000
"""How many images are prepared at most, and how many pixels, to see whether they are like MNIST's: some 30 ms."""

SAME = 0.25
"""The share of the ink up to which an image counts as unchanged. Of MNIST's it is 0.00, of others 0.3 and more."""


@remembered(count=2)
def is_mnist_style(data: Dataset) -> bool:
    """Return whether a data set's images lie as MNIST's do: whether preparing them changes nothing.

    Some training images are prepared, evenly picked. Half of them at least must come out as they were, but for a shift
    by a pixel of 28, which rounding can make. Then a drawing is prepared as well; otherwise it must not be.
    """
    images = data.train_images
    most = min(max(MOST_COMPARED_PIXELS // math.prod(data.shape), 10), MOST_COMPARED, len(images))
    chosen = images[np.linspace(0, len(images) - 1, most, dtype=int)]
    changes = [_change(image / np.float32(255)) for image in chosen if image.any()]
    return not changes or float(np.median(changes)) < SAME


def _change(image: Array) -> float:
    """Return by how much of its ink preparing an image (rows, columns) changes it, wherever it comes to lie nearby."""
    after = prepared(image, shape=image.shape)
    down, across = (range(-reach, reach + 1) for reach in (round(side / SIDE) for side in image.shape))
    shifted = (np.roll(after, (rows, columns), (0, 1)) for rows in down for columns in across)
    return float(min(np.abs(each - image).sum() for each in shifted) / image.sum())
