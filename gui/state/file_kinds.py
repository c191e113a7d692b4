"""Which files are pictures, by the ends of their names."""

from __future__ import annotations

READ = (".png", ".jpg", ".jpeg", ".bmp")
"""Those that the engine reads, ..."""

NOT_READ = (".gif", ".webp", ".svg", ".tif", ".tiff")
"""... and pictures whose kind it refuses with a sentence of its own."""

PICTURES = " ".join(f"*{end}" for end in READ)
"""What a dialog offers."""


def is_picture(file: str) -> bool:
    """Whether a file is a picture by its name; others, as sessions, are for the window."""
    return file.lower().endswith(READ + NOT_READ)
