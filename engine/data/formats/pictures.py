"""Conversion of untrusted picture files of any size, colours and lighting to ink on a background.

Only the listed formats are decoded, and only after the first bytes have shown that the picture is not too large."""

import warnings
from pathlib import Path
from typing import IO, Literal

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array
from engine.data.formats.checks import as_grey
from engine.data.formats.ranges import depth
from engine.data.formats.reading import MOST_PIXELS, opened, refusing, too_large, too_many_pixels
from engine.data.preparation import prepared

# The order of a pixel's bytes in memory: X is unused, A is opacity, a is opacity with premultiplied colours.
type Layout = Literal["BGRX", "BGRA", "BGRa"]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # what Pillow may decode; suffixes: `files.PICTURES`
LONGEST_SIDE = 1600  # in pixels; larger pictures are shrunk by an integer factor
STRIP = 1_000_000  # pixels from memory that are converted at a time, about
ROUGH = 0.2  # the strength of JPEG artefacts around ink
BORDER = 0.04  # width of the border that shows the background's brightness, as a share of the shorter side
LEAST_CONTRAST = 0.06  # with less contrast between ink and background there is nothing to read
EVEN = 0.1  # a background that varies more than this along the border is that of a photo
SMALL = 128  # the longer side in pixels at which light and shade are estimated, as they have no details
PAPER = 6  # radius of the blur that leaves only light and shade, in pixels of the small picture
FAINT = 0.35  # on a photo, less ink than this is paper
PALE = 127  # a lighter background than this is paper

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# Up to twice as many pixels, Pillow only warns.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Pillow's remarks on oddities of a readable picture help nobody.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def read_picture(path: Path) -> Array:
    """Return a picture as float32 (rows, columns), 0 (background) to 1 (ink), at most 1600 pixels long.

    It may be dark on light or light on dark, transparent, or a photo of paper. Raises only `UserError`.
    """
    with opened(path) as file:
        grey, opacity, is_rough = _decoded(file, path)
        return ink_of(_on_ground(grey, opacity), least=ROUGH if is_rough else 0.0)


def image_of_data(path: Path, shape: tuple[int, int], *, mnist_style: bool = False) -> Array | None:
    """Return a file that is an image of a data set, uint8 of `shape` (rows, columns); `None` for any other picture.

    It has exactly that size and, for `mnist_style` data, a dark background. Raises what `read_picture` raises.
    """
    damaged = tr("{path} is damaged, or only a part of a picture.", path=path.name)
    with (
        opened(path) as file,
        refusing(damaged, hint=tr("Copy or download it again.")),
        first_bytes_read(file, path.name) as picture,
    ):
        if picture.mode not in ("L", "RGB") or (picture.height, picture.width) != shape:
            return None
        pixels = np.array(picture)
    image = pixels if pixels.ndim == 2 else as_grey(pixels)
    return None if mnist_style and np.median(_border(image)) > PALE else image


def network_input(path: Path, shape: tuple[int, int], *, mnist_style: bool) -> Array:
    """Return a picture file as a network's input, float32 of `shape`, 0 to 1; images of the data are unchanged."""
    image = image_of_data(path, shape, mnist_style=mnist_style)
    if image is not None:
        return image / np.float32(255)
    return prepared(read_picture(path), raw=not mnist_style, shape=shape)


def read_pixels(pixels: bytes, columns: int, layout: Layout, name: str) -> Array:
    """Return what `read_picture` returns for a file with these pixels, row by row; `name` is for sentences."""
    rows = len(pixels) // 4 // columns
    if rows * columns > MOST_PIXELS:
        raise too_many_pixels(name)
    mode, factor = "RGB" if layout == "BGRX" else "RGBA", _factor((columns, rows))
    grey: list[Array] = []
    opacity: list[Array] = []
    height = factor * max(1, STRIP // (factor * columns))  # in strips, as Pillow converts with the GIL held
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
    damaged = tr("{path} is damaged, or only a part of a picture.", path=path.name)
    with refusing(damaged, hint=tr("Copy or download it again.")), first_bytes_read(file, path.name) as picture:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # lets a JPEG be decoded at a smaller size
        is_rough = picture.format == "JPEG"
        turned = ImageOps.exif_transpose(picture)
        return (*_channels(turned, _factor(turned.size)), is_rough)


def first_bytes_read(file: IO[bytes], name: str) -> Image.Image:
    """Return a picture of which only the header was read; raise `UserError` for a file that is none, or too large."""
    try:
        picture = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise too_many_pixels(name) from problem
    except UnidentifiedImageError as problem:
        sentence = tr("{path} is no picture that can be read.", path=name)
        raise UserError(sentence, hint=tr("Save it as PNG, JPEG, GIF, WebP, TIFF or BMP.")) from problem
    if picture.width * picture.height > MOST_PIXELS:
        raise too_many_pixels(name)
    return picture


def _factor(size: tuple[int, int]) -> int:
    """Return the factor by which a picture of that size, in columns and rows, is shrunk."""
    return max(1, -(-max(size) // LONGEST_SIDE))


def _channels(picture: Image.Image, factor: int) -> tuple[Array, Array | None]:
    if picture.mode.startswith(("I", "F")):  # more than 8 bits per pixel: 12, for example, or floats from 0 to 1
        numbers = picture.convert("F")
        high = float(np.nan_to_num(np.asarray(numbers)).max())
        return _numbers(numbers, depth(max(high, 255)) if high > 1 else 1, factor), None
    if picture.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info:
        grey, opacity = picture.convert("RGBA").convert("LA").split()
        return _numbers(grey, 255, factor), _numbers(opacity, 255, factor)
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    return _numbers(picture.convert("L"), 255, factor), None


def _numbers(picture: Image.Image, most: int, factor: int) -> Array:
    """Return a picture of one channel as float32, 0 to 1, shrunk by a factor; `most` is the value of white."""
    return np.clip(np.asarray(picture.reduce(factor), np.float32) / most, 0, 1)


def _on_ground(grey: Array, opacity: Array | None) -> Array:
    """Put a picture with transparent parts on a background with contrast."""
    if opacity is None or opacity.min() == 1:
        return grey
    seen = opacity.sum()
    if not seen:
        return np.ones_like(grey)
    if seen > opacity.size / 2:  # a card with something on it: its own colour is extended
        ground = float(np.median(grey[opacity > 0.5])) if (opacity > 0.5).any() else 1.0
    else:
        ground = 0.0 if (grey * opacity).sum() / seen > 0.5 else 1.0
    return grey * opacity + np.float32(ground) * (1 - opacity)


def ink_of(grey: Array, *, least: float = 0.0) -> Array:
    """Return the ink, float32 (rows, columns), 0 to 1, of brightness, dark on light or reverse; 0 up to `least`."""
    border = _border(grey)
    ground = float(np.median(border))
    if ground - grey.min() < grey.max() - ground:
        grey, border, ground = 1 - grey, 1 - border, 1 - ground  # now dark on light
    low, high = np.quantile(border, (0.1, 0.9))
    if high - low > EVEN:
        return _from_photo(grey)
    return _from_even(grey, ground, max(least, 2 * float(high - low)))


def _border(grey: Array) -> Array:
    width = max(1, round(BORDER * min(grey.shape)))
    parts = (grey[:width], grey[-width:], grey[:, :width], grey[:, -width:])
    return np.concatenate([part.ravel() for part in parts])


def _from_even(grey: Array, ground: float, noise: float) -> Array:
    depth = ground - float(grey.min())
    if depth < LEAST_CONTRAST:
        return np.zeros(grey.shape, np.float32)
    ink = np.clip((ground - grey) / depth, 0, 1)
    noise = min(noise / depth, 0.5) if noise else 0.0
    return np.where(ink > noise, ink, 0).astype(np.float32)


def _from_photo(grey: Array) -> Array:
    """Divide by the paper's brightness; ink is what is darker than Otsu's threshold."""
    reflected = np.clip(grey / np.maximum(_paper(grey), 0.02), 0, 1)
    threshold = otsu(reflected)
    is_dark = reflected <= threshold
    if not is_dark.any() or is_dark.all():
        return np.zeros(grey.shape, np.float32)
    dark, light = float(reflected[is_dark].mean()), float(np.median(reflected[~is_dark]))
    if light - dark < 2 * LEAST_CONTRAST:
        return np.zeros(grey.shape, np.float32)
    ink = np.clip((light - reflected) / (light - dark), 0, 1)
    return np.where(ink > FAINT, ink, 0).astype(np.float32)


def _paper(grey: Array) -> Array:
    """Return the brightness of the paper alone: the maximum of the neighbourhood, blurred."""
    whole = Image.fromarray(np.asarray(grey * 255, np.uint8))
    small = whole.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    small = small.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.MaxFilter(2 * PAPER + 1))
    small = small.filter(ImageFilter.GaussianBlur(PAPER))
    return np.asarray(small.resize(whole.size, Image.Resampling.BILINEAR)) / np.float32(255)


def otsu(values: Array) -> float:
    """Return the threshold between 0 and 1 with the largest variance between the two groups: Otsu (1979)."""
    counts, edges = np.histogram(values, 256, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * middles)
    above = counts.sum() - below
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    between = np.nan_to_num(below * above * apart**2, posinf=0.0)
    return float(edges[1:-1][between.argmax()])
