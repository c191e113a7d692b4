"""Numbers on their way into a compiled function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.lazy import np, tf

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


def scalar(number: float, kind: DTypeLike | None = None) -> tf.Tensor:
    """Return a number as a tensor: a whole one as int32, another as float32, unless `kind` says otherwise.

    TensorFlow keeps each of Python's own numbers that `tf.constant` was ever given, 700 bytes a time, so that long runs
    would grow with every turn. It keeps none of NumPy's.
    """
    usual = np.int32 if isinstance(number, int | np.integer) else np.float32
    return tf.constant(np.array(number, kind or usual))
