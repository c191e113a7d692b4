"""Numbers of any kind become pictures and classes; those that cannot are named with their place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.base.errors import UserError
from engine.data.reading import Progress, Reading

type Array = np.ndarray[Any, Any]
type Shape = tuple[int, ...]

MOST_CLASSES = 100
MOST_IMAGES = 10_000_000
"""Labels and the order of an epoch take 8 bytes an image each, however small it is."""

COLOURS = 3

LUMA = (299, 587, 114)
"""Thousandths of red, green and blue that make a grey as light to the eye: ITU-R BT.601."""

LONGEST_SIDE = 256
"""In pixels. A first layer of 300 neurons then has 20 million weights."""

BLOCK = 2**19
"""How many pixels or labels are checked and converted at a time: a few milliseconds, and no second copy of all in
floating point."""

CHECK, CONVERT = 0.25, 0.75
"""What looking at the numbers, and making bytes of them, takes for each of their bytes; see `Progress`."""


def as_pixels(images: Mapping[str, Array], progress: Progress) -> Reading[dict[str, Array]]:
    """Return the arrays, by name, as uint8 of shape (images, rows, columns[, 3]), all on the same scale.

    Where nothing is above 1 (a thousandth is forgiven as rounding) the values are stretched to 0..255. Arrays of one
    byte a number are changed where they lie: images may take gigabytes, and no second copy of them is made.
    """
    file, largest, pixels = progress.file, 0.0, dict[str, Array]()
    shapes = {name: picture_shape(array.shape, name, file) for name, array in images.items()}
    rows = {
        name: array.reshape(*shapes[name][:2], -1) for name, array in images.items()
    }  # colours side by side
    for name, array in rows.items():
        largest = max(largest, (yield from _largest(array, shapes[name], name, progress)))
    for name, array in rows.items():
        each = yield from _as_bytes(array, 255 if largest <= 1.001 else 1, progress)
        pixels[name] = each.reshape(shapes[name])
    return pixels


def as_grey(colours: Array) -> Array:
    """Return pictures in colour (..., 3), uint8, as grey ones (...), uint8, as light to the eye."""
    grey = (colours.astype(np.uint32) @ np.array(LUMA, np.uint32) + 500) // 1000
    return grey.astype(np.uint8)


def as_classes(labels: Mapping[str, Array], progress: Progress) -> Reading[dict[str, Array]]:
    """Return the arrays, by name, as uint8 of shape (images,)."""
    classes = dict[str, Array]()
    for name, array in labels.items():
        classes[name] = yield from _as_classes(array, name, progress)
    return classes


def picture_shape(shape: Shape, name: str, file: str) -> Shape:
    """Return images, rows and columns of an array of that shape, for those in colour also 3.

    Raises `UserError` when it can hold no images.
    """
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    side = math.isqrt(shape[1]) if len(shape) == 2 else 0
    if side and side * side == shape[1]:
        shape = (shape[0], side, side)
    if len(shape) != 3 and not (len(shape) == 4 and shape[3] == COLOURS):
        raise _wrong_shape(shape, name, file)
    count, rows, columns = shape[:3]
    if max(rows, columns) > LONGEST_SIDE:
        sentence = f"The images of {name} in {file} are too large: {rows:,} × {columns:,} pixels."
        raise UserError(sentence, hint=f"Shrink them to {LONGEST_SIDE} × {LONGEST_SIDE} pixels or fewer.")
    if count > MOST_IMAGES:
        sentence = f"{name} in {file} has {count:,} images, and at most {MOST_IMAGES:,} are opened."
        raise UserError(sentence, hint="Save fewer images.")
    return shape


def label_count(shape: Shape, name: str, file: str) -> int:
    """Return how many labels an array of that shape holds; raise `UserError` when it can hold none."""
    if len(shape) == 1 or (len(shape) == 2 and shape[1] == 1):
        return shape[0]
    hint = f"Save one number for each image; {name}.argmax(axis=1) makes such of rows with a single 1."
    raise UserError(f"{name} in {file} has the shape {shape}: these are not labels.", hint=hint)


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
        told = " and ".join(f"{_size(size)} in {name}" for name, size in sizes.items())
        raise UserError(f"The images in {file} are of {told}.", hint="Bring all images to one size.")


def _size(size: Shape) -> str:
    return f"{size[0]} × {size[1]} pixels{' in colour' if len(size) == 3 else ''}"


def _wrong_shape(shape: Shape, name: str, file: str) -> UserError:
    hint = "The shape must be (images, rows, columns), with a 3 behind it in colour, or (images, pixels) of squares."
    if len(shape) == 4 and shape[3] == COLOURS + 1:
        hint = f"Leave the opacity out: {name}[..., :3]."
    return UserError(f"{name} in {file} has the shape {shape}: these are not images.", hint=hint)


def _largest(pictures: Array, shape: Shape, name: str, progress: Progress) -> Reading[float]:
    """Return the largest value; raise `UserError` when one is outside 0..255."""
    largest = 0.0
    for part in blocks(pictures):
        block = pictures[part]
        with np.errstate(invalid="ignore"):
            low, high = block.min(), block.max()
            if not (low >= 0 and high <= 255):  # so with a NaN too
                raise _outside(pictures, part, shape, name, progress.file)
        largest = max(largest, float(high))
        yield from progress.did(CHECK * block.nbytes)
    return largest


def _outside(pictures: Array, part: slice, shape: Shape, name: str, file: str) -> UserError:
    fine = (pictures[part] >= 0) & (pictures[part] <= 255)
    image, row, column = (int(number) for number in np.unravel_index(np.argmin(fine), fine.shape))
    image += part.start
    value = pictures[image, row, column]
    column = column * shape[2] // pictures.shape[2]
    return UserError(
        f"{name} in {file} has the value {value:g} in image {image}, row {row}, column {column}.",
        hint="All values must be numbers from 0 to 255, or all from 0 to 1.",
    )


def _as_bytes(pictures: Array, scale: int, progress: Progress) -> Reading[Array]:
    """Return the pictures as uint8 in C order: where they lie if a number is a byte, otherwise in a new array."""
    is_byte = pictures.dtype.itemsize == 1
    if is_byte and pictures.flags.c_contiguous:
        grey = pictures.view(np.uint8)
        if scale == 1:
            return grey
    else:
        grey = np.empty(pictures.shape, np.uint8)
    for part in blocks(pictures):
        if is_byte:
            np.multiply(pictures[part].view(np.uint8), np.uint8(scale), out=grey[part])
        else:
            grey[part] = np.rint(pictures[part] * float(scale))
        yield from progress.did(CONVERT * pictures[part].nbytes)
    return grey


def blocks(array: Array) -> Iterator[slice]:
    """Yield slices of the images or labels, each of about `BLOCK` pixels or labels."""
    step = max(1, BLOCK // math.prod(array.shape[1:]))
    return (slice(start, start + step) for start in range(0, len(array), step))


def _as_classes(array: Array, name: str, progress: Progress) -> Reading[Array]:
    labels = array.reshape(label_count(array.shape, name, progress.file))
    classes = np.empty(labels.shape, np.uint8)
    for part in blocks(labels):
        block = labels[part]
        with np.errstate(invalid="ignore"):
            fine = (block >= 0) & (block < MOST_CLASSES) & (np.trunc(block) == block)
        if not fine.all():
            first = int(np.argmin(fine))
            raise UserError(
                f"{name} in {progress.file} has the label {block[first]:g} for image {part.start + first}.",
                hint=f"Labels must be whole numbers from 0, for at most {MOST_CLASSES} classes.",
            )
        classes[part] = block
        yield from progress.did(CONVERT * block.nbytes)
    return classes
