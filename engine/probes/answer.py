"""What does the network answer to a picture?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Message):
    """Picture (rows, columns), logits and probabilities (classes,), and per hidden layer its activations."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    picture: np.ndarray[Any, Any]
    logits: np.ndarray[Any, Any]
    probabilities: np.ndarray[Any, Any]
    hidden: tuple[np.ndarray[Any, Any], ...]
