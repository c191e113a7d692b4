"""The progress message of a file that takes long to write."""

from typing import ClassVar

from engine.core.messages import Message


class FileWriting(Message):
    """The progress of a hand-out or a teacher’s sheet, 0 to 1."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
