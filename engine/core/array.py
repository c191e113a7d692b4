"""The type of NumPy arrays in annotations."""

from typing import Any

from engine.core.lazy import np

type Array = np.ndarray[Any, Any]  # an array of any shape and any type of numbers
