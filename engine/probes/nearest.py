"""Which training images does the network take for the most alike?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from engine.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestImages(Message):
    """Training images by number, with pictures (images, rows, columns) uint8, labels and distances, nearest first."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    numbers: np.ndarray[Any, Any]
    pictures: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]
    distances: np.ndarray[Any, Any]
