"""Jobs that bring a picture into the window: from a file that was dropped, from the clipboard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.messages import Job, Message, read_only

if TYPE_CHECKING:
    import numpy as np

    from engine.data.pictures import Layout
    from engine.session.session import Session

# Pillow is imported when a picture comes: nobody waits for it at the start.


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRead(Message):
    """A picture as ink on ground: float32 (rows, columns), 0 to 1. `name` is the file's."""

    name: str
    ink: np.ndarray[Any, Any]


def read_picture_file(session: Session, path: str) -> Job:
    """Answer with `PictureRead`; raises `UserError` when it cannot be read. One turn, of seconds for 64 megapixels."""
    from engine.data.pictures import read_picture

    file = Path(path)
    yield PictureRead(name=file.name, ink=read_only(read_picture(file)))


def read_picture_pixels(session: Session, pixels: bytes, columns: int, layout: Layout, name: str) -> Job:
    """Answer with `PictureRead` for pixels as they lie in memory, in rows; otherwise as `read_picture_file`."""
    from engine.data.pictures import read_pixels

    yield PictureRead(name=name, ink=read_only(read_pixels(pixels, columns, layout, name)))
