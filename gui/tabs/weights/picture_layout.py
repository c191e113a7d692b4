"""Many small pictures in rows: where each lies, which part is seen how large, and all of them as one image of bytes.

Lengths here are in the pictures' own pixels, those of a view in pixels of the screen.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage

from engine.core.lazy import Array
from gui.look.color_maps import signed_table
from gui.look.theme import theme
from gui.widgets.pictures.camera import Camera

SPREAD = 4  # a gap is at most a picture's width divided by this
WHOLE = 0.75  # pixels are whole multiples of the screen's unless that makes the pictures smaller than by this
LARGEST_SCALE = 96
# The sizes of a pixel that zooming in goes through.
SCALES = (0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, LARGEST_SCALE)


class Place(NamedTuple):
    """A pixel of a picture: the picture's place among the others, row and column in it."""

    position: int
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of `across` pictures of `rows` x `columns` pixels, each with a gap at its right and below."""

    count: int
    rows: int
    columns: int
    across: int
    gap_right: int
    gap_below: int

    @property
    def down(self) -> int:
        return -(-self.count // self.across)

    @property
    def cell(self) -> tuple[int, int]:
        """Width and height of a picture with its gap."""
        return self.columns + self.gap_right, self.rows + self.gap_below

    @property
    def size(self) -> tuple[int, int]:
        width, height = self.cell
        return self.across * width, self.down * height

    @property
    def inset(self) -> tuple[int, int]:
        """How far right and down in its cell a picture is; more of the gap is below, for its number."""
        return self.gap_right // 2, self.gap_below // 4

    def corner(self, position: int) -> tuple[int, int]:
        """Return the upper left corner of the picture at `position`: x, y."""
        (width, height), (right, below) = self.cell, self.inset
        down, across = divmod(position, self.across)
        return across * width + right, down * height + below

    def at(self, x: float, y: float) -> Place | None:
        """Return the pixel at (x, y); `None` between the pictures."""
        (width, height), (right, below) = self.cell, self.inset
        column, row = math.floor(x % width) - right, math.floor(y % height) - below
        position = math.floor(y / height) * self.across + math.floor(x / width)
        inside = 0 <= column < self.columns and 0 <= row < self.rows and 0 <= x < self.across * width
        return Place(position, row, column) if inside and 0 <= position < self.count else None


def fitting(count: int, shape: tuple[int, int], room: tuple[int, int]) -> tuple[Layout, float]:
    """Return the layout in which `count` pictures of `shape` (rows, columns) fill the room best, and its scale.

    A scale above 1 is a whole number unless that makes the pictures much smaller. Gaps are narrow where that makes
    pictures larger; the room that is left over widens them.
    """
    rows, columns = shape
    wide = max(1, columns // 10), max(1, math.ceil(rows / 8))
    chosen, scale = _largest(count, shape, room, wide)
    gap_right, gap_below = wide
    if scale >= 1 and (tight := _largest(count, shape, room, (1, 1)))[1] > scale:
        (chosen, scale), (gap_right, gap_below) = tight, (1, 1)
    if 1 <= scale < WHOLE * (exact := _largest(count, shape, room, wide, whole=False))[1]:
        (chosen, scale), (gap_right, gap_below) = exact, wide
    down = -(-count // chosen)
    wider = min(int(room[0] / (chosen * scale)) - columns, wide[0] + columns // SPREAD)
    higher = min(int(room[1] / (down * scale)) - rows, wide[1] + rows // SPREAD)
    return Layout(count, rows, columns, chosen, max(gap_right, wider), max(gap_below, higher)), scale


def _largest(
    count: int, shape: tuple[int, int], room: tuple[int, int], gap: tuple[int, int], *, whole: bool = True
) -> tuple[int, float]:
    """Return how many pictures in a row are largest with such gaps (right, below), and how large."""
    across = np.arange(1, count + 1)
    scales = np.minimum(room[0] / (across * (shape[1] + gap[0])), room[1] / (-(-count // across) * (shape[0] + gap[1])))
    most = np.minimum(scales, LARGEST_SCALE)
    chosen = np.where(scales >= 1, np.floor(most), scales) if whole else most
    best = np.flatnonzero(chosen == chosen.max())
    place = int(best[scales[best].argmax()])
    return int(across[place]), float(chosen[place])


class View:
    """The part of a layout that is seen: it stays within, or in the middle of the room where it is smaller."""

    def __init__(self) -> None:
        self.layout = Layout(0, 1, 1, 1, 0, 0)
        self.room = 1, 1
        self.scale = self.least = 1.0
        # How much of the whole is outside at the left and above; negative where there is room.
        self.left = self.top = 0

    @property
    def camera(self) -> Camera:
        """The camera for that part: whole pixels are outside."""
        return Camera(self.scale, QPointF(self.left, self.top) / self.scale)

    @property
    def is_fitted(self) -> bool:
        return self.scale == self.least

    def set_room(self, count: int, shape: tuple[int, int], room: tuple[int, int]) -> None:
        """Lay `count` pictures out for a room (width, height); the middle stays there."""
        was_fitted, middle = self.is_fitted, self._in_the_middle()
        same = (self.layout.count, self.layout.rows, self.layout.columns) == (count, *shape)
        self.room = max(1, room[0]), max(1, room[1])
        self.layout, self.least = fitting(count, shape, self.room)
        if was_fitted or not same or self.scale <= self.least:
            self.fit()
        else:
            self._center(middle)

    def fit(self) -> None:
        self.scale = self.least
        self._move(0, 0)

    def zoom(self, steps: int, x: float, y: float) -> None:
        """Zoom in by `steps` (out if negative); what is at (x, y) of the room stays there."""
        scales = [self.least, *(scale for scale in SCALES if scale > 1.2 * self.least)]
        now = scales.index(self.scale) if self.scale in scales else 0
        scale = scales[min(max(0, now + steps), len(scales) - 1)]
        origin = self.camera.zoomed(scale, QPointF(x, y)).origin
        self.scale = scale
        self._move(origin.x() * scale, origin.y() * scale)

    def pan(self, right: float, down: float) -> None:
        self._move(self.left - right, self.top - down)

    def show(self, position: int) -> None:
        """Pan to the picture at `position`, as little as possible."""
        (x, y), (width, height) = self.layout.corner(position), self.layout.cell
        left, right = x * self.scale, (x + width) * self.scale
        top, bottom = y * self.scale, (y + height) * self.scale
        self._move(min(max(self.left, right - self.room[0]), left), min(max(self.top, bottom - self.room[1]), top))

    def content(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the whole at (x, y) of the room."""
        return self.camera.to_plane(QPointF(x, y)).toTuple()

    def seen(self) -> range:
        """Return the positions of the pictures in sight, perhaps with some more."""
        height = self.layout.cell[1] * self.scale
        first = max(0, math.floor(self.top / height))
        last = min(self.layout.down, math.floor((self.top + self.room[1]) / height) + 1)
        return range(first * self.layout.across, min(self.layout.count, max(first, last) * self.layout.across))

    def _in_the_middle(self) -> int:
        x, y = self.content(self.room[0] / 2, self.room[1] / 2)
        width, height = self.layout.cell
        return math.floor(y / height) * self.layout.across + math.floor(x / width)

    def _center(self, position: int) -> None:
        x, y = self.layout.corner(min(max(0, position), self.layout.count - 1))
        width, height = self.layout.cell
        self._move((x + width / 2) * self.scale - self.room[0] / 2, (y + height / 2) * self.scale - self.room[1] / 2)

    def _move(self, left: float, top: float) -> None:
        width, height = (side * self.scale for side in self.layout.size)
        self.left, self.top = _within(left, width, self.room[0]), _within(top, height, self.room[1])


def _within(start: float, length: float, room: int) -> int:
    spare = round(length) - room
    return min(max(0, round(start)), spare) if spare > 0 else -(-spare // 2)


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
        image.setColorTable([*signed_table()[:NO_NUMBER], QColor(theme().current.line).rgb()])
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
