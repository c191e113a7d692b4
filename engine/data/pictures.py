"""Picture files become ink on ground: PNG, JPEG and BMP, whatever their size, colours and lighting; nothing is trusted.

No other format is decoded, and nothing is before the file's first bytes have shown that it is not too large.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.base.errors import UserError
from engine.data.files import MOST_PIXELS, opened, refusing, too_large, too_many_pixels
from engine.data.ink import ink_of

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

type Layout = Literal["BGRX", "BGRA", "BGRa"]
"""How a pixel's bytes lie in memory: X is nothing, A is opacity, a is opacity that the colours are multiplied by."""

FORMATS = ("PNG", "JPEG", "BMP")
LONGEST_SIDE = 1600
"""In pixels. Larger pictures are shrunk by a whole factor: a digit in them is hundreds of pixels large."""

STRIP = 1_000_000
"""About how many pixels from memory are taken at a time."""

ROUGH = 0.2
"""JPEG leaves so strong traces around ink that are none."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# Pillow itself refuses only from twice as many pixels on, before that it warns.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# What it finds odd about a picture that it can read is of no use to anybody.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def read_picture(path: Path) -> Array:
    """Return a picture file as float32 (rows, columns), 0 (ground) to 1 (ink), at most 1600 pixels long.

    It may be dark on light or light on dark, on a transparent ground, or a photo of paper. Where nothing is on it all
    is zero. Raises `UserError`, and nothing else, whatever the file holds.
    """
    with opened(path) as file:
        grey, opacity, is_rough = _decoded(file, path)
        return ink_of(_on_ground(grey, opacity), least=ROUGH if is_rough else 0.0)


def read_pixels(pixels: bytes, columns: int, layout: Layout, name: str) -> Array:
    """Return what `read_picture` returns for a file with these pixels, in rows; `name` is for sentences."""
    rows = len(pixels) // 4 // columns
    if rows * columns > MOST_PIXELS:
        raise too_many_pixels(name)
    mode, factor = "RGB" if layout == "BGRX" else "RGBA", _factor((columns, rows))
    grey: list[Array] = []
    opacity: list[Array] = []
    height = factor * max(1, STRIP // (factor * columns))  # Pillow unpacks with Python's lock held
    try:
        for first in range(0, rows, height):
            strip = pixels[4 * columns * first : 4 * columns * min(first + height, rows)]
            size = columns, len(strip) // 4 // columns
            parts = _channels(Image.frombuffer(mode, size, strip, "raw", layout, 0, 1), factor)
            grey.append(parts[0])
            opacity += [parts[1]] if parts[1] is not None else []
        return ink_of(_on_ground(np.concatenate(grey), np.concatenate(opacity) if opacity else None))
    except MemoryError as problem:
        raise too_large(Path(name)) from problem


def _decoded(file: IO[bytes], path: Path) -> tuple[Array, Array | None, bool]:
    """Return brightness and opacity (`None`: opaque), each (rows, columns), 0 to 1, and whether it is a JPEG."""
    damaged = f"{path.name} is damaged, or only a part of a picture."
    with refusing(damaged, hint="Copy or download it again."), _opened(file, path) as picture:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG may be decoded smaller than it is
        is_rough = picture.format == "JPEG"
        try:
            turned = ImageOps.exif_transpose(picture)
            return (*_channels(turned, _factor(turned.size)), is_rough)
        except MemoryError as problem:  # not damaged
            raise too_large(path) from problem


def _opened(file: IO[bytes], path: Path) -> Image.Image:
    """Return the picture of which only the beginning was read."""
    try:
        picture = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_many_pixels(path.name) from problem
    except UnidentifiedImageError as problem:
        raise UserError(
            f"{path.name} is no picture that can be read.", hint="Save it as PNG, JPEG or BMP."
        ) from problem
    if picture.width * picture.height > MOST_PIXELS:
        raise too_many_pixels(path.name)
    return picture


def _factor(size: tuple[int, int]) -> int:
    """Return the factor by which a picture of that size, in columns and rows, is shrunk."""
    return max(1, -(-max(size) // LONGEST_SIDE))


def _channels(picture: Image.Image, factor: int) -> tuple[Array, Array | None]:
    if picture.mode.startswith(("I", "F")):  # 16 bits a pixel
        return _numbers(picture.convert("F"), 65535, factor), None
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        grey, opacity = picture.convert("RGBA").convert("LA").split()
        return _numbers(grey, 255, factor), _numbers(opacity, 255, factor)
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    return _numbers(picture.convert("L"), 255, factor), None


def _numbers(picture: Image.Image, most: int, factor: int) -> Array:
    """Return a picture of one channel as float32 of 0 to 1, shrunk by a factor; `most` is its brightest value."""
    small = picture.reduce(factor)
    return np.clip(np.asarray(small, np.float32) / most, 0, 1)


def _on_ground(grey: Array, opacity: Array | None) -> Array:
    """Lay a picture with transparent parts on a ground from which it stands out."""
    if opacity is None or opacity.min() == 1:
        return grey
    seen = opacity.sum()
    if not seen:
        return np.ones_like(grey)
    if seen > opacity.size / 2:  # a card with something on it: its own colour goes on
        ground = float(np.median(grey[opacity > 0.5])) if (opacity > 0.5).any() else 1.0
    else:
        ground = 0.0 if (grey * opacity).sum() / seen > 0.5 else 1.0
    return grey * opacity + np.float32(ground) * (1 - opacity)
