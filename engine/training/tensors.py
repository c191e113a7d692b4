"""A data set on the device, where a chunk of steps finds it without copying."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.base.lazy import tf

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.system.device import Device


class Tensors(NamedTuple):
    """Images are uint8 (images, rows, columns), labels int64 (images,).

    TensorFlow keeps int32 tensors in the computer's memory whatever the device, and would copy them for every call.
    """

    train_images: tf.Tensor
    train_labels: tf.Tensor
    test_images: tf.Tensor
    test_labels: tf.Tensor
    validation_images: tf.Tensor | None = None
    """`None`, as the labels, where no images are held out."""
    validation_labels: tf.Tensor | None = None


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
