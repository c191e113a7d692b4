"""TensorFlow, Keras and NumPy, imported at their first use: `from engine.lazy import keras, np, tf` costs nothing.

The imports take seconds, NumPy's a tenth of one: `--help` and the window's first picture must not wait for them. What
TensorFlow and Keras print below Python goes to the log file: see `engine.logs`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from engine.preload import set_environment, wait_for_import


class _Lazy:
    """A module that is imported when something in it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if self._name != "numpy":
            set_environment()
            wait_for_import()
        return getattr(importlib.import_module(self._name), attribute)


if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf
else:
    tf = _Lazy("tensorflow")
    keras = _Lazy("keras")
    np = _Lazy("numpy")
