"""Numbers as colours: bytes, and a table of 256 colours made from the theme's seven steps."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from PySide6.QtGui import QColor, QImage

from gui.theme import contrast, theme

type Numbers = np.ndarray[Any, Any]


def magnitude_image(numbers: Numbers, most: float = 1.0) -> QImage:
    """Return `numbers` (rows, columns), 0 to `most`, as an image: nothing has the colour of the panel."""
    return _image(np.abs(numbers) / most if most else numbers * 0, theme().current.magnitude)


def signed_image(numbers: Numbers, most: float) -> QImage:
    """Return `numbers` (rows, columns), -`most` to `most`, as an image: zero has the colour of the panel."""
    return _image(0.5 + 0.5 * numbers / most if most else numbers * 0 + 0.5, theme().current.signed)


def takes_light_words(numbers: Numbers, most: float, *, signed: bool) -> Numbers:
    """Return where the colour of `numbers` (rows, columns) is so far from the panel's that words take that one."""
    steps = theme().current.signed if signed else theme().current.magnitude
    shares = 0.5 + 0.5 * numbers / most if signed else np.abs(numbers) / most
    found: Numbers = _far(steps)[_indices(shares if most else numbers * 0)]
    return found


def _image(shares: Numbers, steps: tuple[str, ...]) -> QImage:
    indices = _indices(shares)
    rows, columns = indices.shape
    image = QImage(indices.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(_table(steps))
    return image


def _indices(shares: Numbers) -> Numbers:
    return np.ascontiguousarray(np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 254).astype(np.uint8))


@functools.cache
def _far(steps: tuple[str, ...]) -> Numbers:
    """Return for each of the 256 colours whether the panel's colour stands out from it more than the words' colour."""
    current = theme().current
    names = [QColor.fromRgb(color).name() for color in _table(steps)]
    return np.array(
        [contrast(name, current.surface) > contrast(name, current.text) for name in names], dtype=bool
    )


@functools.cache
def _table(steps: tuple[str, ...]) -> list[int]:
    """Return 256 colours on the straight lines between `steps`; number 127 is the middle one."""
    channels = np.array([(QColor(step).red(), QColor(step).green(), QColor(step).blue()) for step in steps])
    places = np.minimum(np.arange(256) / 254, 1) * (len(steps) - 1)
    mixed = [np.interp(places, np.arange(len(steps)), channel) for channel in channels.T]
    colors = np.rint(np.stack(mixed, axis=1)).astype(int)
    return [0xFF000000 | (red << 16) | (green << 8) | blue for red, green, blue in colors.tolist()]
