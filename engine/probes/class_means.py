"""How much does each hidden neuron fire for each class, on average?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeans(Message):
    """Mean activations of the test images of each class (classes, neurons) in a hidden layer."""

    run: str
    step: int
    layer: int
    means: np.ndarray[Any, Any]
