"""Which files are pictures, by their suffixes."""

from __future__ import annotations

from engine.data.formats.files import PICTURES as READ

NOT_READ = (".svg",)  # pictures that the engine refuses with a sentence of its own
PICTURES = " ".join(f"*{suffix}" for suffix in READ)  # the filter of a file dialog


def is_picture(file: str) -> bool:
    """Return whether a file is a picture by its name."""
    return file.lower().endswith(READ + NOT_READ)
