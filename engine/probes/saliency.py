"""Which pixels speak for an answer, and which against it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from engine.messages import Message

type Method = Literal["gradient", "integrated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saliency(Message):
    """Signed heat over the pixels (rows, columns), for `label` or for `label` and not `against`."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    picture: np.ndarray[Any, Any]
    heat: np.ndarray[Any, Any]
    method: Method
    label: int
    against: int | None
    difference: float
    total: float
