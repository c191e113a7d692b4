"""What do some of the test images look like?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.base.lazy import np
from engine.base.messages import Job, Message, read_only

if TYPE_CHECKING:
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeImages(Message):
    """Test images by their numbers (n,), with labels (n,) and pictures (n, rows, columns), both uint8."""

    latest_only: ClassVar[bool] = True
    numbers: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]
    pictures: np.ndarray[Any, Any]


def some_images(session: Session, numbers: Sequence[int] | np.ndarray[Any, Any]) -> Job:
    """Answer with `SomeImages` in that order; numbers that the data set, which may have changed, lacks are left out."""
    data = session.data()
    wanted = np.asarray(numbers, np.int64).reshape(-1)
    wanted = wanted[(wanted >= 0) & (wanted < len(data.test_images))]
    yield SomeImages(
        numbers=read_only(wanted),
        labels=read_only(data.test_labels[wanted]),
        pictures=read_only(data.test_images[wanted]),
    )
