"""A data set as tensors on the device, copied there once."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.lazy import ALIGNMENT, Array, tf
from engine.core.machine.device import Device, device
from engine.data.dataset import DataCache, Dataset


class Tensors(NamedTuple):
    """Images are uint8 (images, rows, columns), labels int64 (images,)."""

    # Not int32: TensorFlow keeps such tensors in host memory on any device and would copy them for every call.

    train_images: tf.Tensor
    train_labels: tf.Tensor
    test_images: tf.Tensor
    test_labels: tf.Tensor
    validation_images: tf.Tensor | None = None  # `None`, like the labels, where no images are held out
    validation_labels: tf.Tensor | None = None


_copies: DataCache[tuple[Dataset, str], Tensors] = DataCache(count=2)  # the last data set, on each device
_learned: DataCache[tuple[Dataset, Dataset, str], Tensors] = DataCache(count=1)  # the last `learned`


def tensors_of(data: Dataset, on: Device | None = None, learned: Dataset | None = None) -> Tensors:
    """Return a data set on the device `on`, by default the usual one; the last ones are cached.

    With `learned` (`learned_data`), it has the training images of these and shares the test images.
    """
    on = on or device()
    whole = _copies.get((data, on.place))
    if whole is None:
        if any(known is not data for known, _ in _copies):
            _copies.clear()  # frees their memory first
            _learned.clear()
        whole = _copies.put((data, on.place), on_device(data, on))
    if learned is None or learned is data:
        return whole
    tensors = _learned.get((data, learned, on.place))
    if tensors is None:
        _learned.clear()
        tensors = _learned.put((data, learned, on.place), on_device(learned, on, whole))
    return tensors


def on_device(dataset: Dataset, device: Device, tests: Tensors | None = None) -> Tensors:
    """Copy the data set to the device; `tests` has its test images there already."""
    validation = dataset.validation_images
    with device.scope():
        return Tensors(
            _tensor(dataset.train_images, device),
            tf.constant(dataset.train_labels, tf.int64),
            tests.test_images if tests else _tensor(dataset.test_images, device),
            tests.test_labels if tests else tf.constant(dataset.test_labels, tf.int64),
            None if validation is None else _tensor(validation, device),
            None if validation is None else tf.constant(dataset.validation_labels, tf.int64),
        )


def _tensor(images: Array, device: Device) -> tf.Tensor:
    """Return images as a tensor on the device; on the CPU it shares their memory where that is `aligned` and whole."""
    is_whole = images.flags.c_contiguous and getattr(images.base, "flags", images.flags).writeable
    if device.is_gpu or images.ctypes.data % ALIGNMENT or not is_whole:
        return tf.constant(images)
    images.flags.writeable = True  # DLPack as TensorFlow knows it has no arrays that are read-only
    tensor = tf.experimental.dlpack.from_dlpack(images.__dlpack__())
    images.flags.writeable = False
    return tensor


def pixels(images: tf.Tensor) -> tf.Tensor:
    """Return uint8 images as float32 between 0 and 1."""
    return tf.cast(images, tf.float32) / 255
