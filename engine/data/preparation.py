"""MNIST's preparation of a picture of any size for a network, in NumPy, and whether a data set's images lie like that.

MNIST's digits were scaled into a box of 20x20 pixels, keeping their proportions, and moved by whole pixels until their
centre of mass was in the middle of 28x28. An enlarged digit of MNIST becomes the original again.
"""

import functools
import math
from typing import Any

from engine.core.lazy import Array, frozen, np
from engine.data.dataset import Dataset, remembered

SIDE = 28
BOX = 20 / SIDE  # the length of the ink's longer side as a share of the image's
FAINTEST = 0.03  # the least ink that counts for its bounding box

# Ink that is paler on average is made darker, by raising it to this power at least. One in a thousand of MNIST's digits
# is as pale; so is a line finer than a pixel, once it is scaled into 20 pixels.
LEAST_DEPTH, LEAST_POWER = 0.65, 0.2

NOTHING = 1e-6  # tolerance for rounding, in pixels


def prepared(picture: Array, *, raw: bool = False, shape: tuple[int, int] = (SIDE, SIDE)) -> Array:
    """Return the network's input for a picture, float32 of `shape` (rows, columns), 0 (background) to 1 (ink).

    The ink of `picture` (rows, columns) is scaled into the inner box, placed by its centre of mass, and darkened until
    its maximum is 1 and its mean is not pale. With `raw`, the whole picture is only scaled into `shape`.
    """
    ink = picture if raw else _cropped(picture)
    if 0 in ink.shape:
        return np.zeros(shape, np.float32)
    ink = np.fmin(np.fmax(ink, 0), 1)  # unlike np.clip, NaN becomes 0
    if raw:
        return _placed(_fitted(ink, shape), shape, by_mass=False)
    small = _fitted(ink, inner_box(shape))
    return _placed(_deepened(small / small.max()), shape, by_mass=True)


def inner_box(shape: tuple[int, int]) -> tuple[int, int]:
    """Return the box (rows, columns) into which ink is scaled, in an image of `shape`: MNIST's 20 of 28."""
    return max(1, round(BOX * shape[0])), max(1, round(BOX * shape[1]))


def area_averaged(picture: Array, shape: tuple[int, int], size: tuple[float, float] | None = None) -> Array:
    """Return the exact area means of a picture scaled to a fractional `size`, in the middle of `shape`."""
    rows, columns = size or shape
    vertical = _shares(picture.shape[0], shape[0], rows, picture.dtype)
    horizontal = _shares(picture.shape[1], shape[1], columns, picture.dtype)
    return vertical @ picture @ horizontal.T


@functools.lru_cache(8)
def _shares(before: int, after: int, length: float, kind: Any) -> Array:
    """Return the share of each of `after` pixels that each of `before` covers, whose total length is `length`."""
    edges = (after - length) / 2 + np.arange(before + 1) * (length / before)
    pixels = np.arange(after)[:, None]
    return frozen(np.maximum(np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels), 0).astype(kind))


def _cropped(picture: Array) -> Array:
    """Return the smallest part with all ink in it; an array without rows where there is none."""
    inked = picture >= FAINTEST
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not rows.size:
        return picture[:0]
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted(picture: Array, box: tuple[int, int]) -> Array:
    """Return the picture scaled to fit `box`, keeping its proportions, on as few pixels as necessary."""
    scale = min(box[0] / picture.shape[0], box[1] / picture.shape[1])
    rows, columns = (scale * side for side in picture.shape)
    shape = max(1, math.ceil(rows - NOTHING)), max(1, math.ceil(columns - NOTHING))
    return area_averaged(picture, shape, (rows, columns))


def _deepened(small: Array) -> Array:
    """Return the ink with at least `LEAST_DEPTH`: pale parts become darker, the darkest stay as they are."""
    if _depth(small) >= LEAST_DEPTH:
        return small
    low, high = LEAST_POWER, 1.0
    for _ in range(10):
        power = (low + high) / 2
        low, high = (low, power) if _depth(small**power) < LEAST_DEPTH else (power, high)
    return small**low


def _depth(small: Array) -> float:
    """Return the mean darkness of the ink, weighted by the ink itself."""
    return float((small * small).sum() / small.sum())


def _placed(small: Array, shape: tuple[int, int], *, by_mass: bool) -> Array:
    """Return `small` within zeros of `shape`, its centre (of mass) in the middle up to whole pixels, nothing cut."""
    whole = np.zeros(shape, np.float32)
    places = []
    for axis, (before, after) in enumerate(zip(small.shape, shape, strict=True)):
        mass = small.sum(axis=1 - axis)
        wanted = after / 2 - (mass @ np.arange(before) / mass.sum() if by_mass else before / 2)
        places.append(min(max(math.floor(wanted + 0.5), 0), after - before))
    top, left = places
    whole[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.clip(whole, 0, 1)


# Maximum number of images and of pixels that are prepared for the comparison: some 30 ms.
MOST_COMPARED, MOST_COMPARED_PIXELS = 50, 60_000

SAME = 0.25  # the share of the ink up to which an image counts as unchanged


@remembered(count=2)
def is_mnist_style(data: Dataset) -> bool:
    """Return whether the preparation leaves at least half of a sample unchanged, but for a shift by one pixel."""
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
