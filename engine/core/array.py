"""NumPy arrays: their type in annotations, and making them read-only."""

from typing import Any

from engine.core.lazy import np

type Array = np.ndarray[Any, Any]  # an array of any shape and any type of numbers


def frozen(array: Array) -> Array:
    """Return `array` in C order, itself if possible, and read-only."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
