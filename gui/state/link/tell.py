"""Jobs that only show a notice."""

from typing import Any

from engine.core.errors import UserError
from engine.core.messages import Job, Notice


def tell(session: Any, sentence: str, hint: str = "", topic: str = "") -> Job:
    """Show a notice in place of an earlier one of the same topic; an empty sentence only removes that."""
    yield Notice(sentence=sentence, hint=hint, topic=topic)


def refuse(session: Any, sentence: str, hint: str = "") -> Job:
    """Show an error."""
    yield None
    raise UserError(sentence, hint=hint)
