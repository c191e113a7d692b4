"""Which files are pictures, by the ends of their names."""

from __future__ import annotations

from engine.data.formats.files import PICTURES as READ

NOT_READ = (".svg",)
"""Pictures whose kind the engine refuses with a sentence of its own; all others in `READ` it reads."""

PICTURES = " ".join(f"*{end}" for end in READ)
"""What a dialog offers."""


def is_picture(file: str) -> bool:
    """Whether a file is a picture by its name; others, as sessions, are for the window."""
    return file.lower().endswith(READ + NOT_READ)
