"""Numbers of any kind become grey pictures and classes; those that cannot are named with their place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import UserError

type Array = np.ndarray[Any, Any]

MOST_CLASSES = 100
LONGEST_SIDE = 256
"""In pixels. A first layer of 300 neurons then has 20 million weights."""

BLOCK = 2**22
"""How many pixels are converted at a time, so that no second copy of all in floating point is needed."""


def as_grey(images: Mapping[str, Array], file: str) -> dict[str, Array]:
    """Return the arrays, by name, as uint8 of shape (images, rows, columns), all on the same scale.

    Where nothing is above 1 (a thousandth is forgiven as rounding) the values are stretched to 0..255.
    """
    pictures = {name: _as_pictures(array, name, file) for name, array in images.items()}
    largest = max(_largest(array, name, file) for name, array in pictures.items())
    scale = 255 if largest <= 1.001 else 1
    return {name: _as_bytes(array, scale) for name, array in pictures.items()}


def as_classes(labels: Mapping[str, Array], file: str) -> dict[str, Array]:
    """Return the arrays, by name, as uint8 of shape (images,)."""
    return {name: _as_classes(array, name, file) for name, array in labels.items()}


def check_pairs(images: Mapping[str, Array], labels: Mapping[str, Array], file: str) -> None:
    """Raise `UserError` unless each image has one label and all images are of one size."""
    for x, y in zip(images, labels, strict=True):
        if len(images[x]) != len(labels[y]):
            raise UserError(
                f"{x} in {file} has {len(images[x]):,} images and {y} has {len(labels[y]):,} labels.",
                hint="Save as many labels as images, in the same order.",
            )
    sizes = {name: array.shape[1:] for name, array in images.items()}
    if len(set(sizes.values())) > 1:
        told = " and ".join(f"{rows} × {columns} pixels in {name}" for name, (rows, columns) in sizes.items())
        raise UserError(f"The images in {file} are of {told}.", hint="Bring all images to one size.")


def _as_pictures(array: Array, name: str, file: str) -> Array:
    """Return a view of shape (images, rows, columns)."""
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    side = math.isqrt(array.shape[1]) if array.ndim == 2 else 0
    if side and side * side == array.shape[1]:
        array = array.reshape(-1, side, side)
    if array.ndim != 3:
        raise _wrong_shape(array, name, file)
    if max(array.shape[1:]) > LONGEST_SIDE:
        rows, columns = array.shape[1:]
        sentence = f"The images of {name} in {file} are too large: {rows:,} × {columns:,} pixels."
        raise UserError(sentence, hint=f"Shrink them to {LONGEST_SIDE} × {LONGEST_SIDE} pixels or fewer.")
    return array


def _wrong_shape(array: Array, name: str, file: str) -> UserError:
    hint = "The shape must be (images, rows, columns), or (images, pixels) with square images."
    if array.ndim == 4 and array.shape[3] in (3, 4):
        hint = (
            f"Only grey images can be opened: turn the colours into grey with {name}[..., :3].mean(axis=3)."
        )
    return UserError(f"{name} in {file} has the shape {array.shape}, which are no grey images.", hint=hint)


def _largest(pictures: Array, name: str, file: str) -> float:
    """Return the largest value; raise `UserError` when one is outside 0..255."""
    with np.errstate(invalid="ignore"):
        low, high = pictures.min(), pictures.max()
        if low >= 0 and high <= 255:  # not so with a NaN either
            return float(high)
        place = np.argmin((pictures >= 0) & (pictures <= 255))
    image, row, column = (int(number) for number in np.unravel_index(place, pictures.shape))
    value = pictures[image, row, column]
    raise UserError(
        f"{name} in {file} has the value {value:g} in image {image}, row {row}, column {column}.",
        hint="All values must be numbers from 0 to 255, or all from 0 to 1.",
    )


def _as_bytes(pictures: Array, scale: int) -> Array:
    if pictures.dtype == np.uint8 and scale == 1:
        return np.ascontiguousarray(pictures)
    grey = np.empty(pictures.shape, np.uint8)
    step = max(1, BLOCK // math.prod(pictures.shape[1:]))
    for start in range(0, len(pictures), step):
        grey[start : start + step] = np.rint(pictures[start : start + step] * float(scale))
    return grey


def _as_classes(array: Array, name: str, file: str) -> Array:
    labels = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if labels.ndim != 1:
        hint = f"Save one number for each image; {name}.argmax(axis=1) makes such of rows with a single 1."
        raise UserError(f"{name} in {file} has the shape {array.shape}, which are no labels.", hint=hint)
    with np.errstate(invalid="ignore"):
        fine = (labels >= 0) & (labels < MOST_CLASSES) & (np.trunc(labels) == labels)
    if not fine.all():
        first = int(np.argmin(fine))
        raise UserError(
            f"{name} in {file} has the label {labels[first]:g} for image {first}.",
            hint=f"Labels must be whole numbers from 0, for at most {MOST_CLASSES} classes.",
        )
    return labels.astype(np.uint8)
