"""Python numbers as arguments of compiled functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.lazy import np, tf

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


def scalar(number: float, kind: DTypeLike | None = None) -> tf.Tensor:
    """Return a number as a tensor: int32 for an integer, otherwise float32, unless `kind` says otherwise."""
    usual = np.int32 if isinstance(number, int | np.integer) else np.float32
    # TensorFlow caches each Python number that `tf.constant` ever gets, 700 bytes a time, so long runs would grow with
    # every turn. It caches no NumPy arrays.
    return tf.constant(np.array(number, kind or usual))
