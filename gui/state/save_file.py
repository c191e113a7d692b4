"""Saves a file on the engine's thread, so that a slow disk does not block the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.core.messages import Job, Notice
from engine.session.jobs.export import write_file


def save_file(session: Any, path: Path, content: bytes) -> Job:
    """Write a file, and show a notice that it is there."""
    write_file(session, path, content)
    yield Notice(sentence=f"Saved {path}.")
