"""A matrix with its numbers written in, made as one picture in NumPy from words that were drawn once.

Each call into Qt lets the engine's Python in between and then has to wait for it: with a call for every number the
window stuttered while the engine was busy.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from gui.look.fonts import font
from gui.widgets.cell_words import MOST

type Numbers = np.ndarray[Any, Any]

KEPT = 2000
"""Maximum number of words in the cache; when there are more, all are forgotten."""

WHOLE_BITS = 7
"""A pixel that is covered wholly counts as 128: times a difference of colours that is still a number of 16 bits."""


def written_image(
    grounds: Numbers,
    inks: Numbers,
    words: Sequence[str],
    cell: tuple[int, int],
    ratio: float,
    role: str = "cell",
) -> QImage:
    """Return cells with words in their middles, `cell` (height, width) in pixels of the screen, in the font `role`.

    `grounds` and `inks` (rows, columns, 3) are the colours of cells and words, uint8; `words` go row by row.
    """
    rows, columns, _ = grounds.shape
    height, width = cell
    canvas = np.empty((rows, height, columns, width, 4), np.uint8)
    ground, ink = (each[:, None, :, None, ::-1] for each in (grounds, inks))  # Qt has blue first
    canvas[..., :3] = ground
    tiles = word_tiles(ratio, role).shares(words, cell)
    high, wide = tiles.shape[1:]
    share = tiles.reshape(rows, columns, high, wide).transpose(0, 2, 1, 3)[..., None]
    down, across = (height - high) // 2, (width - wide) // 2
    mixed = (ink.astype(np.int16) - ground) * share
    mixed >>= WHOLE_BITS
    mixed += ground
    canvas[:, down : down + high, :, across : across + wide, :3] = mixed
    high, wide = rows * height, columns * width
    return QImage(canvas.data, wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


class WordTiles:
    """Words in a font of cells: how much of each pixel they cover."""

    def __init__(self, ratio: float, role: str) -> None:
        self._ratio, self._font = ratio, font(role, numbers=True)
        metrics = QFontMetricsF(self._font)
        self._width = math.ceil((MOST * metrics.horizontalAdvance("0") + 4) * ratio)
        self._height = math.ceil(metrics.height() * ratio)
        # What stands in the middle are the digits, not the room for what hangs below the line.
        self._drop = (metrics.capHeight() - metrics.ascent() + metrics.descent()) / 2
        self._tiles: dict[str, Numbers] = {}

    def shares(self, words: Sequence[str], cell: tuple[int, int]) -> Numbers:
        """Return how much the words cover (words, height, width), 0 to 128, no larger than `cell` (height, width)."""
        if len(self._tiles) > KEPT:
            self._tiles.clear()
        for word in set(words) - self._tiles.keys():
            self._tiles[word] = self._draw(word)
        cut_y, cut_x = (max(0, -(-(size - room) // 2)) for size, room in zip(self._size, cell, strict=True))
        height, width = (size - 2 * cut for size, cut in zip(self._size, (cut_y, cut_x), strict=True))
        return np.stack([self._tiles[word][cut_y : cut_y + height, cut_x : cut_x + width] for word in words])

    @property
    def _size(self) -> tuple[int, int]:
        return self._height, self._width

    def _draw(self, word: str) -> Numbers:
        image = QImage(self._width, self._height, QImage.Format.Format_Grayscale8)
        image.fill(Qt.GlobalColor.black)
        painter = QPainter(image)
        painter.scale(self._ratio, self._ratio)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.setFont(self._font)
        room = QRectF(0, self._drop, self._width / self._ratio, self._height / self._ratio)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, word)
        painter.end()
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(self._height, image.bytesPerLine())
        return ((lines[:, : self._width].astype(np.int16) << WHOLE_BITS) + 127) // 255


@functools.lru_cache(4)
def word_tiles(ratio: float, role: str) -> WordTiles:
    """Return the words for a number of device pixels to the pixel, in a font of the type scale."""
    return WordTiles(ratio, role)
