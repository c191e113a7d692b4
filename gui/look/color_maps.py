"""Colour maps of numbers: tables of 256 colours, interpolated from the theme's seven steps."""

import functools

import numpy as np
from PySide6.QtGui import QColor, QImage

from engine.core.lazy import Array
from gui.look.theme import contrast, theme

ENHANCED = 7.0  # contrast of words that WCAG 2 calls enhanced (AAA)


def magnitude_image(numbers: Array, most: float = 1.0) -> QImage:
    """Return `numbers` (rows, columns), 0 to `most`, as an image; 0 has the colour of the panel."""
    return _image(_shares(numbers, most, signed=False), theme().current.magnitude)


def picture_image(picture: Array) -> QImage:
    """Return a picture, uint8, as an image: a grey one (rows, columns) in the colours of magnitudes, RGB unchanged."""
    if picture.ndim == 2:
        return magnitude_image(picture, 255)
    content = np.ascontiguousarray(picture)
    rows, columns = picture.shape[:2]
    return QImage(content.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )


def signed_image(numbers: Array, most: float) -> QImage:
    """Return `numbers` (rows, columns), -`most` to `most`, as an image; 0 has the colour of the panel."""
    return _image(_shares(numbers, most, signed=True), theme().current.signed)


def color_words(numbers: Array, most: float, *, signed: bool) -> Array:
    """Return the colours of numbers of any shape as 32-bit words of Qt's `Format_RGB32`."""
    colors: Array = _colors(_steps(signed))[_indices(_shares(numbers, most, signed))]
    return colors


def cell_colors(numbers: Array, most: float, *, signed: bool) -> Array:
    """Return the colours (rows, columns, 3), uint8, that `magnitude_image` or `signed_image` would have."""
    pixels = color_words(numbers, most, signed=signed)
    return (pixels[..., None] >> np.array((16, 8, 0), np.uint32) & 255).astype(np.uint8)


def takes_light_words(numbers: Array, most: float, *, signed: bool) -> Array:
    """Return where text over the colours of `numbers` (rows, columns) needs the panel's colour to be readable."""
    current = theme().current
    is_far: Array = _far(_steps(signed), current.surface, current.text)[_indices(_shares(numbers, most, signed))]
    return is_far


def signed_table() -> list[int]:
    """Return the colours of `signed_image`, from most negative through zero (index 127) to most positive (254)."""
    return [int(color) for color in _colors(theme().current.signed)]


def _steps(signed: bool) -> tuple[str, ...]:
    return theme().current.signed if signed else theme().current.magnitude


def _shares(numbers: Array, most: float, signed: bool) -> Array:
    """Return the positions of numbers in the table of colours, 0 to 1."""
    if signed:
        return 0.5 + 0.5 * numbers / most if most else numbers * 0 + 0.5
    return np.abs(numbers) / most if most else numbers * 0


def _image(shares: Array, steps: tuple[str, ...]) -> QImage:
    # RGB and not indexed colours: Qt would convert an indexed image each time it is drawn.
    pixels = _colors(steps)[_indices(shares)]
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def _indices(shares: Array) -> Array:
    # `fmax` and `fmin` replace NaN by 0 or 1, in a quarter of the time of `nan_to_num`.
    return np.ascontiguousarray(np.rint(np.fmin(np.fmax(shares, 0), 1) * 254).astype(np.uint8))


def _colors(steps: tuple[str, ...]) -> Array:
    current = theme().current
    return _readable(steps, current.surface, current.text) if current.high else _table(steps)


def _contrasts(table: Array, *inks: str) -> Array:
    """Return the contrasts of each of the 256 colours with some inks (256, inks)."""
    names = [QColor.fromRgb(int(color)).name() for color in table]
    return np.array([[contrast(name, ink) for ink in inks] for name in names])


@functools.cache
def _far(steps: tuple[str, ...], surface: str, text: str) -> Array:
    """Return for each of the 256 colours whether the panel's colour contrasts more with it than the text's."""
    near, far = _contrasts(_colors(steps), text, surface).T
    return far > near


@functools.cache
def _readable(steps: tuple[str, ...], surface: str, text: str) -> Array:
    """Return the 256 colours, with the nearest of 7:1 in place of those on which neither ink has that."""
    can_be = np.flatnonzero(_contrasts(_table(steps), surface, text).max(axis=1) >= ENHANCED)
    nearest = np.abs(np.arange(256)[:, None] - can_be).argmin(axis=1)
    colors: Array = _table(steps)[can_be[nearest]]
    return colors


@functools.cache
def _table(steps: tuple[str, ...]) -> Array:
    """Return 256 colours, interpolated linearly between `steps`; index 127 is the middle one."""
    channels = np.array([(QColor(step).red(), QColor(step).green(), QColor(step).blue()) for step in steps])
    positions = np.minimum(np.arange(256) / 254, 1) * (len(steps) - 1)
    mixed = [np.interp(positions, np.arange(len(steps)), channel) for channel in channels.T]
    colors = np.rint(np.stack(mixed, axis=1)).astype(int)
    return (colors @ (1 << 16, 1 << 8, 1) + 0xFF000000).astype(np.uint32)
