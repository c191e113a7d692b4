"""Jobs that only tell a person something, on the line of notices."""

from __future__ import annotations

from typing import Any

from engine.core.errors import UserError
from engine.core.messages import Job, Notice


def tell(session: Any, sentence: str, hint: str = "", topic: str = "") -> Job:
    """Say one sentence; it takes the place of an earlier one about the same topic, also where it is empty."""
    yield Notice(sentence=sentence, hint=hint, topic=topic)


def refuse(session: Any, error: UserError) -> Job:
    """Say what cannot be done."""
    yield None
    raise error
