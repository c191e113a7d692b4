"""Which values for black and white a foreign network reads, seen from what it makes of the open data's test images.

A file says nothing of what was done to the images before training. If a network gives the open data's classes, their
test images tell: scaled as in training it reads most of them right, and otherwise clearly fewer.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from engine.core.lazy import Array, np
from engine.core.messages import Turns
from engine.data.dataset import Dataset
from engine.data.location import Range
from engine.model.network.compiled_network import Architecture
from engine.model.opening.opening import ForeignNetwork

AS_HERE = Range(0.0, 1.0)  # what networks here read for black and for white

USUAL = Range(1, 0), Range(0, 255), Range(-1, 1), Range(255, 0)
MOST_IMAGES, MOST_BATCHES = 500, 10  # test images that are read, evenly picked; fewer by a network that is slow
MOST_PIXELS = 1_000_000  # of training images, evenly picked, that mean and standard deviation are taken of
DIGITS = 4  # of the standardised range
FEWEST_RIGHT = 0.5  # share of the images: with fewer it was trained on something else
CLEARLY, HARDLY = 10.8, 1.0  # of McNemar's test: 1 of 1,000 by chance, and 1 of 3


class PixelValues(NamedTuple):
    """A better range than 0 to 1, and how many of the `images` are read right with it and with 0 to 1."""

    range: Range
    right: int
    right_as_here: int
    images: int


def better_pixel_values(network: ForeignNetwork, data: Dataset) -> Turns[PixelValues | None]:
    """Return the range with which a network, whose images have the data's shape, reads most test images right.

    `None` unless it reads at least half of them right and clearly more than with 0 to 1, by the test of McNemar
    (Psychometrika 12, 1947), and for a network with another number of classes. Of ranges that are as good the usual one
    is taken. In turns.
    """
    classes = len(network.weights[-1])
    if classes != len(data.classes):
        return None
    # Imported here: the window names the job of opening, and starts without NumPy.
    from engine.model.network.lens_network import Key, LensNetwork

    key = Key("", 0.0, 0, frozenset(), frozenset())
    read = LensNetwork(key, Architecture(network.layers, network.shape, classes), network.weights)
    numbers = _evenly(len(data.test_images), min(MOST_IMAGES, MOST_BATCHES * read.at_once))
    images, labels = data.test_images[numbers] / np.float32(255), data.test_labels[numbers]

    right = dict[Range, Array]()
    for pixels in (AS_HERE, *_ranges(data)):
        low, width = np.float32(pixels.low), np.float32(pixels.high - pixels.low)
        _, logits = yield from read.outputs_in_turns(low + width * images)
        right[pixels] = logits.argmax(axis=1) == labels
        if (~right[AS_HERE]).sum() <= CLEARLY:  # too few are left to be read clearly better
            return None
    best = max(right, key=lambda pixels: right[pixels].sum())
    # With ReLU a network may read dark digits from 255 to 0 nearly as well as from 1 to 0: the first of such is taken.
    best = next(pixels for pixels in right if _gain(right[pixels], right[best]) <= HARDLY)
    if right[best].mean() < FEWEST_RIGHT or _gain(right[AS_HERE], right[best]) <= CLEARLY:
        return None
    return PixelValues(best, int(right[best].sum()), int(right[AS_HERE].sum()), len(images))


def _gain(before: Array, now: Array) -> float:
    """Return the statistic of McNemar's test of which images are read right, before and now; 0 if none differs."""
    gained, lost = int((now & ~before).sum()), int((before & ~now).sum())
    return (gained - lost) ** 2 / (gained + lost) if gained + lost else 0.0


def _ranges(data: Dataset) -> Iterator[Range]:
    """Yield the usual ranges, and that with mean 0 and standard deviation 1 over the training images."""
    yield from USUAL
    most = max(1, MOST_PIXELS // math.prod(data.shape))
    some = data.train_images[_evenly(len(data.train_images), most)] / 255
    mean, deviation = float(some.mean()), float(some.std())
    if deviation > 0:
        low, high = (float(f"{(value - mean) / deviation:.{DIGITS}g}") for value in (0, 1))
        yield Range(low, high)


def _evenly(count: int, most: int) -> Array:
    return np.linspace(0, count - 1, min(count, most)).astype(int)
