"""A data set on the device, where a chunk of steps finds it without copying."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.lazy import tf
from engine.core.machine.device import Device, device
from engine.data.dataset import Dataset
from engine.data.kept import DataCache


class Tensors(NamedTuple):
    """Images are uint8 (images, rows, columns), labels int64 (images,).

    TensorFlow keeps int32 tensors in the computer's memory whatever the device, and would copy them for every call.
    """

    train_images: tf.Tensor
    train_labels: tf.Tensor
    test_images: tf.Tensor
    test_labels: tf.Tensor
    validation_images: tf.Tensor | None = None  # `None`, as the labels, where no images are held out
    validation_labels: tf.Tensor | None = None


_copies: DataCache[tuple[Dataset, str], Tensors] = DataCache(count=2)
"""Of the data set that was asked for last, on each device."""
_learned: DataCache[tuple[Dataset, Dataset, str], Tensors] = DataCache(count=1)
"""Of the training images that were asked for last, with the data set that they are of."""


def tensors_of(data: Dataset, on: Device | None = None, learned: Dataset | None = None) -> Tensors:
    """Return a data set on the device `on` (`None`: the one that is used by itself), copied there once.

    With `learned`, what a run learns from (`learned_data`), those training images instead; the test images are the
    same ones.
    """
    on = on or device()
    whole = _copies.get((data, on.place))
    if whole is None:
        if any(known is not data for known, _ in _copies):
            _copies.clear()  # their memory is free first
            _learned.clear()
        whole = _copies.put((data, on.place), on_device(data, on))
    if learned is None or learned is data:
        return whole
    found = _learned.get((data, learned, on.place))
    if found is None:
        _learned.clear()
        found = _learned.put((data, learned, on.place), on_device(learned, on, whole))
    return found


def on_device(dataset: Dataset, device: Device, tests: Tensors | None = None) -> Tensors:
    """Copy the data set to the device; `tests` has its test images there already."""
    with device.scope():
        return Tensors(
            tf.constant(dataset.train_images),
            tf.constant(dataset.train_labels, tf.int64),
            tests.test_images if tests else tf.constant(dataset.test_images),
            tests.test_labels if tests else tf.constant(dataset.test_labels, tf.int64),
            *_validation(dataset),
        )


def _validation(dataset: Dataset) -> tuple[tf.Tensor, tf.Tensor] | tuple[()]:
    if dataset.validation_images is None:
        return ()
    return tf.constant(dataset.validation_images), tf.constant(dataset.validation_labels, tf.int64)


def pixels(images: tf.Tensor) -> tf.Tensor:
    """Return uint8 images as float32 between 0 and 1."""
    return tf.cast(images, tf.float32) / 255
