"""Picture files become ink on ground: PNG, JPEG and BMP, whatever their size, colours and lighting; nothing is trusted.

No other format is decoded, and nothing is before the file's first bytes have shown that it is not too large.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.data.files import opened, refusing, too_large
from engine.data.ink import ink_of
from engine.errors import UserError

if TYPE_CHECKING:
    type Array = np.ndarray[Any, Any]

FORMATS = ("PNG", "JPEG", "BMP")
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 1600
"""In pixels. Larger pictures are shrunk by a whole factor: a digit in them is hundreds of pixels large."""

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
        return _ink(file, path)


def read_picture_bytes(content: bytes, name: str) -> Array:
    """Return what `read_picture` returns for a file with this content; `name` is for sentences."""
    try:
        return _ink(io.BytesIO(content), Path(name))
    except MemoryError as problem:
        raise too_large(Path(name)) from problem


def _ink(file: IO[bytes], path: Path) -> Array:
    grey, opacity, is_rough = _decoded(file, path)
    return ink_of(_on_ground(grey, opacity), least=ROUGH if is_rough else 0.0)


def _decoded(file: IO[bytes], path: Path) -> tuple[Array, Array | None, bool]:
    """Return brightness and opacity (`None`: opaque), each (rows, columns), 0 to 1, and whether it is a JPEG."""
    damaged = f"{path.name} is damaged, or only a part of a picture."
    with refusing(damaged, hint="Copy or download it again."), _opened(file, path) as picture:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG may be decoded smaller than it is
        is_rough = picture.format == "JPEG"
        try:
            return (*_channels(ImageOps.exif_transpose(picture)), is_rough)
        except MemoryError as problem:  # not damaged
            raise too_large(path) from problem


def _opened(file: IO[bytes], path: Path) -> Image.Image:
    """Return the picture of which only the beginning was read."""
    too_many = UserError(
        f"{path.name} has more than {MOST_PIXELS // 1_000_000} million pixels.", hint="Make it smaller first."
    )
    try:
        picture = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_many from problem
    except UnidentifiedImageError as problem:
        raise UserError(
            f"{path.name} is no picture that can be read.", hint="Save it as PNG, JPEG or BMP."
        ) from problem
    if picture.width * picture.height > MOST_PIXELS:
        raise too_many
    return picture


def _channels(picture: Image.Image) -> tuple[Array, Array | None]:
    if picture.mode.startswith(("I", "F")):  # 16 bits a pixel
        return _numbers(picture.convert("F"), 65535), None
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        grey, opacity = picture.convert("RGBA").convert("LA").split()
        return _numbers(grey, 255), _numbers(opacity, 255)
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    return _numbers(picture.convert("L"), 255), None


def _numbers(picture: Image.Image, most: int) -> Array:
    """Return a picture of one channel as float32 of 0 to 1, shrunk where it is large; `most` is its brightest value."""
    small = picture.reduce(max(1, -(-max(picture.size) // LONGEST_SIDE)))
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
