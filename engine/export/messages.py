"""The progress message of a file that takes long to write, and why a hand-out cannot be written."""

from typing import ClassVar

from engine.core.language import mark
from engine.core.messages import Message

# Why a hand-out of a run cannot be.
PLAIN_ALONE = mark(
    "A hand-out holds networks of dense layers, or of convolutions of 3x3 with pooling and dense layers, and no others."
)


class FileWriting(Message):
    """The progress of a hand-out or a teacher’s sheet, 0 to 1."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
