"""Writing a file that a person asked for, where a slow disk stops nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.atomic import atomic_write
from engine.errors import UserError
from engine.messages import Job, Notice


def save_file(session: Any, path: Path, content: bytes) -> Job:
    """Write a file on the engine's thread, so that a slow disk does not stop the window; tells that it is there."""
    try:
        atomic_write(path, content)
    except OSError as error:
        raise UserError(f"{path.name} cannot be saved: {error.strerror or error}.") from None
    yield Notice(sentence=f"Saved {path}.")
