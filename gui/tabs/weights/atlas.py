"""All pictures of a grid as one image of bytes, from which any part is coloured."""

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from engine.core.lazy import Array
from gui.look.color_maps import signed_table
from gui.look.theme import theme
from gui.tabs.weights.picture_layout import Layout

# The bytes of weight zero, of the largest weight, and of a place without a weight.
ZERO, MOST, NO_NUMBER = 127, 254, 255


def as_bytes(pictures: Array, most: Array | float) -> Array:
    """Return weights (neurons, rows, columns) as bytes; `most`, one or one for each neuron, has the strongest colour.

    NaN has a byte of its own.
    """
    reach = np.broadcast_to(np.asarray(most, np.float32), (len(pictures),))
    steps = np.divide(ZERO, reach, out=np.zeros(len(pictures), np.float32), where=reach > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        shares = pictures * steps[:, None, None]
        shares += ZERO + 0.5
        np.clip(shares, 0, MOST, out=shares)
        strange = np.isnan(shares)
        if strange.any():
            shares[strange] = NO_NUMBER
        return shares.astype(np.uint8)


def own_reaches(pictures: Array) -> Array:
    """Return the largest absolute weight of each neuron (neurons,)."""
    sizes = np.abs(pictures)
    return np.where(np.isfinite(sizes), sizes, 0).max(axis=(1, 2), initial=0)


class WeightAtlas:
    """The pictures in their order and layout. Parts of it are coloured only when they are drawn."""

    def __init__(self, cells: Array, layout: Layout) -> None:
        """Lay out `cells`: bytes (neurons, rows, columns) in the shown order."""
        (width, height), (right, below) = layout.cell, layout.inset
        whole = np.full((layout.down * layout.across, height, width), ZERO, np.uint8)
        whole[: layout.count, below : below + layout.rows, right : right + layout.columns] = cells
        rows = whole.reshape(layout.down, layout.across, height, width).swapaxes(1, 2)
        self._bytes = rows.reshape(layout.down * height, layout.across * width)
        self._averaged: tuple[tuple[tuple[str, ...], int, int], QImage] | None = None

    def part(self, left: int, top: int, right: int, bottom: int) -> QImage:
        part = np.ascontiguousarray(self._bytes[top:bottom, left:right])
        rows, columns = part.shape
        image = QImage(part.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(_table())
        return image.convertToFormat(QImage.Format.Format_RGB32)

    def averaged(self, width: int, height: int) -> QImage:
        """Return the whole at this size: each pixel is the mean of what it covers, so that a zoom does not flicker."""
        key = theme().current.signed, width, height
        if self._averaged is None or self._averaged[0] != key:
            rows, columns = self._bytes.shape
            whole = self.part(0, 0, columns, rows)
            if (times := max(math.ceil(width / columns), math.ceil(height / rows))) > 1:
                whole = whole.scaled(times * columns, times * rows)  # else it would be between its pixels, blurred
            smooth = Qt.TransformationMode.SmoothTransformation
            ignore = Qt.AspectRatioMode.IgnoreAspectRatio
            self._averaged = key, whole.scaled(max(1, width), max(1, height), ignore, smooth)
        return self._averaged[1]


def _table() -> list[int]:
    return [*signed_table()[:NO_NUMBER], QColor(theme().current.line).rgb()]
