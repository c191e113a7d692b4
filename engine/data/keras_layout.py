"""Four arrays in Keras' layout become a data set; MNIST is recognised by its checksums."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.base.errors import UserError
from engine.base.text import printable
from engine.data.checks import CHECK, Array, Shape, as_classes, as_grey, blocks, check_shapes
from engine.data.dataset import Dataset
from engine.data.reading import Progress, Reading

IMAGES, LABELS = ("x_train", "x_test"), ("y_train", "y_test")
ARRAYS = ("x_train", "y_train", "x_test", "y_test")

SET_ASIDE = 5_000
"""How many of 60,000 training images the old TensorFlow reader kept for validation."""

MNIST = {"y_train": 3121080559, "y_test": 4001760473, "x_test": 3838467927, "x_train": 4083391318}
"""CRC-32 of MNIST's arrays as uint8, without their headers; the quick ones first."""


def check_layout(shapes: Mapping[str, Shape], path: Path) -> None:
    """Raise `UserError` unless the arrays called `ARRAYS` fit together by their shapes as `dataset_from` takes them."""
    images, labels = ({name: shapes[name] for name in part} for part in (IMAGES, LABELS))
    check_shapes(images, labels, path.name)


def dataset_from(arrays: Mapping[str, Array], path: Path, progress: Progress) -> Reading[Dataset]:
    """Make a data set of the arrays called `ARRAYS`, read from `path`; raise `UserError` if they are none.

    It takes the arrays over: they are changed where that saves a copy.

    Images have the shape (images, rows, columns), (images, rows, columns, 1) or (images, side * side), and
    are whole numbers in 0..255, or any numbers in 0..1, which are stretched to 0..255, or in 0..255, which
    are rounded. Labels are whole numbers of shape (images,) or (images, 1).

    With exactly 60,000 training images, as MNIST and Fashion-MNIST have, the first 5,000 are set aside: they
    were the validation part of the old TensorFlow reader. So training uses images 5,000 to 60,000.
    """
    file = path.name
    check_layout({name: arrays[name].shape for name in ARRAYS}, path)
    images = yield from as_grey({name: arrays[name] for name in IMAGES}, progress)
    labels = yield from as_classes({name: arrays[name] for name in LABELS}, progress)
    is_mnist = yield from _is_mnist({**images, **labels}, progress)
    name = "MNIST" if is_mnist else printable(path.stem)
    start = SET_ASIDE if len(images["x_train"]) == 60_000 else 0
    train_labels = labels["y_train"][start:]
    if train_labels.min() == train_labels.max():
        sentence = f"All training images in {file} are of the class {train_labels[0]}."
        raise UserError(sentence, hint="Put images of two classes or more into x_train.")
    classes = 1 + int(max(train_labels.max(), labels["y_test"].max()))
    return Dataset(
        name=name,
        train_images=_frozen(images["x_train"][start:]),
        train_labels=_frozen(train_labels),
        test_images=_frozen(images["x_test"]),
        test_labels=_frozen(labels["y_test"]),
        classes=tuple(map(str, range(classes))),
        source=path.absolute(),
    )


def _is_mnist(arrays: Mapping[str, Array], progress: Progress) -> Reading[bool]:
    if (arrays["x_train"].shape, arrays["x_test"].shape) != ((60_000, 28, 28), (10_000, 28, 28)):
        return False
    for name, checksum in MNIST.items():
        found = 0
        for part in blocks(arrays[name]):
            found = zlib.crc32(arrays[name][part], found)
            yield from progress.did(CHECK * arrays[name][part].nbytes)
        if found != checksum:
            return False
    return True


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
