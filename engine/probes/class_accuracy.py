"""How many test images of each class does the network read rightly, and how many before anything was silenced?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.messages import Job, Message

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Lens
    from engine.session import Session

    type Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAccuracy(Message):
    """Shares of right answers through the lens, and of the untouched network at the same moment."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    accuracy: float
    class_accuracy: Array
    """Of each class' images, (classes,) float64; NaN for a class without images."""
    counts: Array
    """Test images of each class, (classes,) int."""
    before_accuracy: float
    before_class_accuracy: Array
    """The same of the untouched network."""


def class_accuracy(session: Session, lens: Lens) -> Job:
    """Answer with `ClassAccuracy`, in turns."""
    raise NotImplementedError
    yield None
