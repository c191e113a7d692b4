"""Small pictures on a sheet of paper, as PNG: each with its name and a figure below, and a common colour scale."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from PIL.ImageFont import FreeTypeFont

from engine.core.errors import UserError
from engine.core.language import tr, with_marks
from engine.core.lazy import Array
from engine.core.machine import print_theme
from engine.core.messages import Job
from engine.core.text import written
from engine.session.jobs.export import save_file
from engine.session.session import Session

PIXEL, IN_A_ROW = 6, 5  # pixels of the sheet for one of an image; images in a row
SCALE_WIDTH = 160  # pixels of the sheet for the colour scale


def probability_words(probability: float) -> str:
    """Return a probability in three digits; never as 0 or 1, which a softmax never quite is."""
    if probability >= 0.9995:
        return f"p > {with_marks('0.999')}"
    if probability < 0.0005:
        return f"p < {with_marks('0.001')}"
    return f"p {written(probability, '.3f')}"


def png(sheet: Image.Image) -> bytes:
    """Return a picture as the content of a PNG file, for notebooks."""
    content = io.BytesIO()
    sheet.save(content, "png")
    return content.getvalue()


def export_sheet(session: Session, path: Path, sheet: Image.Image) -> Job:
    """Write a sheet as PNG and report it; raise `UserError` on failure."""
    if path.suffix.lower() != ".png":
        raise UserError(tr("{path} does not end in .png.", path=path.name), hint=tr("Name a PNG file."))
    yield from save_file(session, path, png(sheet))


def drawn_sheet(
    images: Array,
    names: Sequence[str],
    figures: Sequence[str],
    *,
    signed: bool = True,
    most: float | None = None,
    foot: str = "",
    pixel: int = PIXEL,
) -> Image.Image:
    """Return images (n, rows, columns), signed or from 0 up, on a sheet with their scale and the small print `foot`.

    A pixel of an image is `pixel` pixels wide, and zero has the surface colour. The strongest colours stand for `most`,
    by default the largest absolute value, or 1 if the images are not signed.
    """
    gap, line = print_theme.measure("space", "large"), print_theme.measure("height", "chip")
    rows, columns = (side * pixel for side in images.shape[1:])
    across, down = min(IN_A_ROW, len(images)), -(-len(images) // IN_A_ROW)
    size = gap + across * (columns + gap), gap + down * (rows + line + gap) + line * (2 if foot else 1)
    sheet = Image.new("RGB", size, print_theme.colors()["surface"])
    pen = ImageDraw.Draw(sheet)
    if most is None:
        most = largest(images) if signed else 1.0
    colored = print_theme.signed if signed else print_theme.magnitudes
    for number, image in enumerate(images):
        left = gap + number % IN_A_ROW * (columns + gap)
        top = gap + number // IN_A_ROW * (rows + line + gap)
        large = colored(image, most).repeat(pixel, axis=0).repeat(pixel, axis=1)
        sheet.paste(Image.fromarray(large), (left, top))
        pen.rectangle((left - 1, top - 1, left + columns, top + rows), outline=print_theme.colors()["line"])
        base, title, label = (top + rows + line // 2, print_theme.type_face("title"), print_theme.type_face("label"))
        pen.text((left, base), names[number], print_theme.colors()["text"], title, anchor="lm")
        muted = print_theme.colors()["muted"]
        pen.text((left + columns, base), figures[number], muted, label, anchor="rm")
    middle = size[1] - gap - line // 2
    if foot:
        muted, letters = print_theme.colors()["muted"], print_theme.type_face("label")
        pen.text((gap, middle), _shortened(foot, size[0] - 2 * gap, letters), muted, letters, anchor="lm")
        middle -= line
    _draw_scale(sheet, gap, middle, most, signed=signed)
    return sheet


def largest(images: Array) -> float:
    """Return the largest absolute value of the pixels."""
    return float(np.abs(np.nan_to_num(images)).max(initial=0))


def _draw_scale(sheet: Image.Image, left: int, middle: int, most: float, *, signed: bool) -> None:
    """Draw the colour scale with the numbers at its ends, from `left` on, centred at the height `middle`."""
    pen, letters = ImageDraw.Draw(sheet), print_theme.type_face("label")
    reach = written(most, ".3g")
    low, high = (f"−{reach}", f"+{reach}") if signed else ("0", reach)
    gap = print_theme.measure("space", "small")
    pen.text((left, middle), low, print_theme.colors()["muted"], letters, anchor="lm")
    left += round(pen.textlength(low, letters)) + gap
    shares = np.linspace(-1 if signed else 0, 1, SCALE_WIDTH)[None].repeat(gap, axis=0)
    strip = Image.fromarray((print_theme.signed if signed else print_theme.magnitudes)(shares, 1.0))
    sheet.paste(strip, (left, middle - gap // 2))
    box = (left - 1, middle - gap // 2 - 1, left + SCALE_WIDTH, middle - gap // 2 + gap)
    pen.rectangle(box, outline=print_theme.colors()["line"])
    pen.text((left + SCALE_WIDTH + gap, middle), high, print_theme.colors()["muted"], letters, anchor="lm")


def _shortened(words: str, room: float, letters: FreeTypeFont) -> str:
    """Return the words, cut with an ellipsis if they are wider than `room`."""
    if letters.getlength(words) <= room:
        return words
    while words and letters.getlength(f"{words}…") > room:
        words = words[:-1]
    return f"{words}…"
