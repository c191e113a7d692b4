"""What do the test images of each class look like on average?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.base.messages import Job, Message
from engine.data.means import mean_images

if TYPE_CHECKING:
    import numpy as np

    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanImages(Message):
    """The mean test image of each class (classes, rows, columns), float32, 0 to 1; empty for a class without any."""

    latest_only: ClassVar[bool] = True
    means: np.ndarray[Any, Any]


def tell_mean_images(session: Session) -> Job:
    """Answer with `MeanImages` of the session's data; raises `UserError` where there are none."""
    yield MeanImages(means=mean_images(session.data()))
