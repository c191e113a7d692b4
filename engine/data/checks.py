"""Numbers of any kind become grey pictures and classes; those that cannot are named with their place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.base.errors import UserError

type Array = np.ndarray[Any, Any]
type Shape = tuple[int, ...]

MOST_CLASSES = 100
MOST_IMAGES = 10_000_000
"""Labels and the order of an epoch take 8 bytes an image each, however small it is."""
LONGEST_SIDE = 256
"""In pixels. A first layer of 300 neurons then has 20 million weights."""

BLOCK = 2**22
"""How many pixels are converted at a time, so that no second copy of all in floating point is needed."""


def as_grey(images: Mapping[str, Array], file: str) -> dict[str, Array]:
    """Return the arrays, by name, as uint8 of shape (images, rows, columns), all on the same scale.

    Where nothing is above 1 (a thousandth is forgiven as rounding) the values are stretched to 0..255. Arrays of one
    byte a number are changed where they lie: images may take gigabytes, and no second copy of them is made.
    """
    pictures = {name: array.reshape(picture_shape(array.shape, name, file)) for name, array in images.items()}
    largest = max(_largest(array, name, file) for name, array in pictures.items())
    scale = 255 if largest <= 1.001 else 1
    return {name: _as_bytes(array, scale) for name, array in pictures.items()}


def as_classes(labels: Mapping[str, Array], file: str) -> dict[str, Array]:
    """Return the arrays, by name, as uint8 of shape (images,)."""
    return {name: _as_classes(array, name, file) for name, array in labels.items()}


def picture_shape(shape: Shape, name: str, file: str) -> tuple[int, int, int]:
    """Return images, rows and columns of an array of that shape; raise `UserError` when it can hold no images."""
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    side = math.isqrt(shape[1]) if len(shape) == 2 else 0
    if side and side * side == shape[1]:
        shape = (shape[0], side, side)
    if len(shape) != 3:
        raise _wrong_shape(shape, name, file)
    count, rows, columns = shape
    if max(rows, columns) > LONGEST_SIDE:
        sentence = f"The images of {name} in {file} are too large: {rows:,} × {columns:,} pixels."
        raise UserError(sentence, hint=f"Shrink them to {LONGEST_SIDE} × {LONGEST_SIDE} pixels or fewer.")
    if count > MOST_IMAGES:
        sentence = f"{name} in {file} has {count:,} images, and at most {MOST_IMAGES:,} are opened."
        raise UserError(sentence, hint="Save fewer images.")
    return count, rows, columns


def label_count(shape: Shape, name: str, file: str) -> int:
    """Return how many labels an array of that shape holds; raise `UserError` when it can hold none."""
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return shape[0]
    hint = f"Save one number for each image; {name}.argmax(axis=1) makes such of rows with a single 1."
    raise UserError(f"{name} in {file} has the shape {shape}, which are no labels.", hint=hint)


def check_shapes(images: Mapping[str, Shape], labels: Mapping[str, Shape], file: str) -> None:
    """Raise `UserError` unless arrays of these shapes are one label for each image, and images of one size."""
    pictures = {name: picture_shape(shape, name, file) for name, shape in images.items()}
    counts = {name: label_count(shape, name, file) for name, shape in labels.items()}
    for x, y in zip(pictures, counts, strict=True):
        if pictures[x][0] != counts[y]:
            raise UserError(
                f"{x} in {file} has {pictures[x][0]:,} images and {y} has {counts[y]:,} labels.",
                hint="Save as many labels as images, in the same order.",
            )
    sizes = {name: shape[1:] for name, shape in pictures.items()}
    if len(set(sizes.values())) > 1:
        told = " and ".join(f"{rows} × {columns} pixels in {name}" for name, (rows, columns) in sizes.items())
        raise UserError(f"The images in {file} are of {told}.", hint="Bring all images to one size.")


def _wrong_shape(shape: Shape, name: str, file: str) -> UserError:
    hint = "The shape must be (images, rows, columns), or (images, pixels) with square images."
    if len(shape) == 4 and shape[3] in (3, 4):
        hint = (
            f"Only grey images can be opened: turn the colours into grey with {name}[..., :3].mean(axis=3)."
        )
    return UserError(f"{name} in {file} has the shape {shape}, which are no grey images.", hint=hint)


def _largest(pictures: Array, name: str, file: str) -> float:
    """Return the largest value; raise `UserError` when one is outside 0..255."""
    with np.errstate(invalid="ignore"):
        low, high = pictures.min(), pictures.max()
        if low >= 0 and high <= 255:  # not so with a NaN either
            return float(high)
        image, row, column = next(_outside(pictures))
    value = pictures[image, row, column]
    raise UserError(
        f"{name} in {file} has the value {value:g} in image {image}, row {row}, column {column}.",
        hint="All values must be numbers from 0 to 255, or all from 0 to 1.",
    )


def _outside(pictures: Array) -> Iterator[tuple[int, ...]]:
    """Yield where values outside 0..255 stand: image, row, column."""
    for part in _blocks(pictures):
        fine = (pictures[part] >= 0) & (pictures[part] <= 255)
        if not fine.all():
            image, row, column = (int(number) for number in np.unravel_index(np.argmin(fine), fine.shape))
            yield part.start + image, row, column


def _as_bytes(pictures: Array, scale: int) -> Array:
    if pictures.dtype.itemsize == 1:
        grey = np.ascontiguousarray(pictures).view(np.uint8)
        return grey if scale == 1 else np.multiply(grey, np.uint8(scale), out=grey)
    grey = np.empty(pictures.shape, np.uint8)
    for part in _blocks(pictures):
        grey[part] = np.rint(pictures[part] * float(scale))
    return grey


def _blocks(pictures: Array) -> Iterator[slice]:
    """Yield slices of the images, each of about `BLOCK` pixels."""
    step = max(1, BLOCK // math.prod(pictures.shape[1:]))
    return (slice(start, start + step) for start in range(0, len(pictures), step))


def _as_classes(array: Array, name: str, file: str) -> Array:
    labels = array.reshape(label_count(array.shape, name, file))
    with np.errstate(invalid="ignore"):
        fine = (labels >= 0) & (labels < MOST_CLASSES) & (np.trunc(labels) == labels)
    if not fine.all():
        first = int(np.argmin(fine))
        raise UserError(
            f"{name} in {file} has the label {labels[first]:g} for image {first}.",
            hint=f"Labels must be whole numbers from 0, for at most {MOST_CLASSES} classes.",
        )
    return labels.astype(np.uint8)
