"""The progress message of a hand-out."""

from typing import ClassVar

from engine.core.messages import Message


class HandoutWriting(Message):
    """The progress of a hand-out, 0 to 1."""

    latest_only: ClassVar[bool] = True
    file: str
    share: float
