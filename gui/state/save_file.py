"""Writing a file that a person asked for, where a slow disk stops nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.base.messages import Job, Notice
from engine.session.export import write_file


def chosen_file(name: str, chosen: str, filters: Mapping[str, str]) -> Path:
    """Return the place that a file dialog answered with; `filters` has the words of each filter by its suffix.

    A name without one of these suffixes gets that of the filter that was chosen. Not every system's dialog says which
    that was: then it is the first.
    """
    path = Path(name)
    if path.suffix.lower() in filters:
        return path
    suffix = next((suffix for suffix, words in filters.items() if words == chosen), next(iter(filters)))
    return path.with_name(path.name + suffix)


def save_file(session: Any, path: Path, content: bytes) -> Job:
    """Write a file on the engine's thread, so that a slow disk does not stop the window; tells that it is there."""
    write_file(session, path, content)
    yield Notice(sentence=f"Saved {path}.")
