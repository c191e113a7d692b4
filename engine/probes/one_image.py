"""What does one of the test images look like?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from engine.base.messages import Job, Message, read_only

if TYPE_CHECKING:
    import numpy as np

    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class OneImage(Message):
    """A test image by its number, with its label and its picture (rows, columns), uint8."""

    latest_only: ClassVar[bool] = True
    number: int
    label: int
    picture: np.ndarray[Any, Any]


def one_image(session: Session, number: int) -> Job:
    """Answer with `OneImage`; nothing where the data set, which may just have changed, has no such image."""
    data = session.data()
    if 0 <= number < len(data.test_images):
        picture = read_only(data.test_images[number])
        yield OneImage(number=number, label=int(data.test_labels[number]), picture=picture)
