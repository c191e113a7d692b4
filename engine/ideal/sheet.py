"""Ideal images on a sheet of paper, as PNG: one scale of colours, each with its name and probability below."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from engine import paper
from engine.errors import UserError
from engine.export import export_content
from engine.messages import Job

if TYPE_CHECKING:
    from engine.session import Session

PIXEL, IN_A_ROW = 6, 5
"""Pixels of the sheet for one of an image; images in a row."""


def export_sheet(
    session: Session, path: Path, images: np.ndarray[Any, Any], names: Sequence[str], figures: Sequence[str]
) -> Job:
    """Write signed images (n, rows, columns) as PNG and tell that the file is there; raise `UserError` if it fails."""
    if path.suffix.lower() != ".png":
        raise UserError(f"{path.name} does not end in .png.", hint="Name a PNG file.")
    sheet = drawn_sheet(images, names, figures)
    yield from export_content(session, path, lambda file: sheet.save(file, "png"))


def drawn_sheet(images: np.ndarray[Any, Any], names: Sequence[str], figures: Sequence[str]) -> Image.Image:
    """Return the sheet: zero has the colour of the paper, the largest size of all images the strongest colours."""
    gap, line = (
        paper.SCALE * paper.measures()[kind][size] for kind, size in (("space", "large"), ("height", "chip"))
    )
    rows, columns = (side * PIXEL for side in images.shape[1:])
    across, down = min(IN_A_ROW, len(images)), -(-len(images) // IN_A_ROW)
    size = gap + across * (columns + gap), gap + down * (rows + line + gap)
    sheet = Image.new("RGB", size, paper.colors()["surface"])
    pen, most = ImageDraw.Draw(sheet), float(np.abs(images).max(initial=0))
    for number, image in enumerate(images):
        left = gap + number % IN_A_ROW * (columns + gap)
        top = gap + number // IN_A_ROW * (rows + line + gap)
        large = paper.signed(image, most).repeat(PIXEL, axis=0).repeat(PIXEL, axis=1)
        sheet.paste(Image.fromarray(large), (left, top))
        pen.rectangle((left - 1, top - 1, left + columns, top + rows), outline=paper.colors()["line"])
        base = top + rows + line // 2
        pen.text((left, base), names[number], paper.colors()["text"], paper.type_face("title"), anchor="lm")
        pen.text(
            (left + columns, base),
            figures[number],
            paper.colors()["muted"],
            paper.type_face("label"),
            anchor="rm",
        )
    return sheet
