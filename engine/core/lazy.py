"""TensorFlow, Keras and NumPy, imported at their first use: `from engine.core.lazy import keras, np, tf` costs nothing.

The imports take seconds, NumPy's a tenth of one: `--help` and the window's first picture must not wait for them. What
TensorFlow and Keras print below Python goes to the log file: see `engine.core.machine.logs`. Also the type of an array.
"""

from __future__ import annotations

import functools
import importlib
import math
from typing import TYPE_CHECKING, Any

from engine.core.preload import import_tensorflow

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class _Lazy:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if self._name != "numpy":
            import_tensorflow()
        module = importlib.import_module(self._name)
        if self._name == "keras":
            _set_up(module)
        return getattr(module, attribute)


@functools.cache
def _set_up(keras: Any) -> None:
    """Reset what a person's `keras.json` has set: it would change the networks."""
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")


if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
else:
    tf = _Lazy("tensorflow")
    keras = _Lazy("keras")
    np = _Lazy("numpy")


type Array = np.ndarray[Any, Any]  # an array of any shape and any type of numbers


ALIGNMENT = 64  # bytes: TensorFlow shares the memory of arrays that begin at a multiple, and copies others


def aligned(shape: tuple[int, ...], kind: DTypeLike, order: Any = "C") -> Array:
    """Return an array of undefined content whose memory TensorFlow can share."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    room = np.empty(size + ALIGNMENT, np.uint8)
    return room[-room.ctypes.data % ALIGNMENT :][:size].view(kind).reshape(shape, order=order)


def frozen(array: Array) -> Array:
    """Return `array` in C order, itself if possible, and read-only."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def scalar(number: float, kind: DTypeLike | None = None) -> tf.Tensor:
    """Return a number as a tensor: int32 for an integer, otherwise float32, unless `kind` says otherwise."""
    usual = np.int32 if isinstance(number, int | np.integer) else np.float32
    # TensorFlow caches each Python number that `tf.constant` ever gets, 700 bytes a time, so long runs would grow with
    # every turn. It caches no NumPy arrays.
    return tf.constant(np.array(number, kind or usual))
