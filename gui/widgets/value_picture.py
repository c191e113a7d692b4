"""An array as what suits it best: a picture, bars, one large number, or a heatmap."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.fonts import font
from gui.theme import theme
from gui.widgets.cell_words import exact, short
from gui.widgets.color_maps import magnitude_image, signed_image

type Numbers = np.ndarray[Any, Any]
type Form = Literal["nothing", "number", "bars", "picture"]

MOST_BARS = 16
WIDEST_BARS = 460
MOST_SIDE = 512
"""Larger maps are averaged: the screen has no more pixels for them."""

DIGIT_PIXELS = 784
MOST_TILES, TILE_ROWS = 24, 2
"""Of weights over the pixels the strongest neurons' are shown, each as a picture."""


def form_of(value: Numbers | None) -> Form:
    """Return how an array is shown."""
    if value is None or not value.size:
        return "nothing"
    if value.size == 1:
        return "number"
    return "bars" if value.size <= MOST_BARS and max(value.shape) == value.size else "picture"


def as_map(value: Numbers) -> Numbers:
    """Return an array as rows and columns, float64.

    784 numbers of one picture are its pixels; of 784 rows the strongest columns are pictures side by side; a single row
    is broken into lines; feature maps stand side by side; what is higher than wide lies down.
    """
    numbers = np.asarray(value, np.float64)
    numbers = numbers.reshape(numbers.shape[1:]) if numbers.ndim > 1 and numbers.shape[0] == 1 else numbers
    numbers = numbers.reshape(numbers.shape[:-1]) if numbers.ndim > 2 and numbers.shape[-1] == 1 else numbers
    if numbers.ndim == 1:
        return _lines(numbers)
    if numbers.ndim == 3:
        return np.concatenate([_edged(each) for each in np.moveaxis(numbers, 2, 0)], axis=1)
    if numbers.ndim > 3:
        numbers = numbers.reshape(-1, numbers.shape[-1])
    if numbers.shape[0] == DIGIT_PIXELS:
        return _tiles(numbers)
    numbers = numbers.T if numbers.shape[0] > numbers.shape[1] else numbers
    return _averaged(numbers)


def bar_words(value: float) -> str:
    """Return a number beside a bar: short, but one that is not zero never looks like it."""
    text = short(value, 6)
    return text if value == 0 or text.strip("−0.") else f"{value:.0e}".replace("-", "−")


def strongest(numbers: Numbers) -> Numbers:
    """Return the numbers of the columns with the largest entries, at most as many as are shown, rising."""
    most = np.abs(np.nan_to_num(numbers)).max(axis=0)
    return np.sort(np.argsort(-most, kind="stable")[:MOST_TILES])


def _tiles(numbers: Numbers) -> Numbers:
    """Return the strongest columns (784 each) as pictures in two rows."""
    chosen = strongest(numbers)
    across = -(-len(chosen) // TILE_ROWS)
    made = np.zeros((TILE_ROWS, across, 29, 29))
    for place, number in enumerate(chosen):
        made[place // across, place % across, :28, :28] = numbers[:, number].reshape(28, 28)
    return made.transpose(0, 2, 1, 3).reshape(TILE_ROWS * 29, across * 29)[:-1, :-1]


def _lines(numbers: Numbers) -> Numbers:
    columns = 28 if len(numbers) == DIGIT_PIXELS else math.ceil(math.sqrt(1.6 * len(numbers)))
    rows = -(-len(numbers) // columns)
    full = np.full(rows * columns, np.nan)
    full[: len(numbers)] = numbers
    return _averaged(full.reshape(rows, columns))


def _edged(numbers: Numbers) -> Numbers:
    """Return a feature map with a column of nothing beside it."""
    return np.pad(numbers, ((0, 0), (0, 1)), constant_values=np.nan)


def _averaged(numbers: Numbers) -> Numbers:
    for axis in (0, 1):
        by = -(-numbers.shape[axis] // MOST_SIDE)
        if by > 1:
            starts = np.arange(0, numbers.shape[axis], by)
            ends = np.diff(np.append(starts, numbers.shape[axis]))
            sums = np.add.reduceat(numbers, starts, axis=axis)
            numbers = sums / (ends[:, None] if axis == 0 else ends)
    return numbers


class ValuePicture(QWidget):
    """Passive: it is handed an array."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("graph.value")
        self.setAccessibleName("The value as a picture")
        self.setToolTip("What flowed out of this node")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._value: Numbers | None = None
        self._map: Numbers | None = None
        theme().changed.connect(self.update)

    @property
    def form(self) -> Form:
        """How the array is shown."""
        return form_of(self._value)

    @property
    def map(self) -> Numbers | None:
        """What is shown as a picture (rows, columns); `None` where something else is."""
        return self._map

    def show_value(self, value: Numbers | None) -> None:
        """Show an array; `None` for nothing."""
        self._value = value
        self._map = as_map(value) if value is not None and form_of(value) == "picture" else None
        self.update()

    def sizeHint(self) -> QSize:
        """Room for a digit at five pixels of the screen for each of its own."""
        return QSize(300, 142)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._value is None:
            return
        if self.form == "number":
            painter.setFont(font("answer_small"))
            fitted = painter.font()
            text = exact(float(self._value.reshape(())))
            fitted.setPixelSize(min(46, round(46 * self.width() / max(1.0, _width(fitted, text)))))
            painter.setFont(fitted)
            painter.setPen(theme().current.color("text"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        elif self.form == "bars":
            self._draw_bars(painter, self._value.astype(np.float64).ravel())
        elif self._map is not None:
            self._draw_map(painter, self._map)

    def _draw_bars(self, painter: QPainter, values: Numbers) -> None:
        colors, finite = theme().current, np.nan_to_num(values, posinf=0, neginf=0)
        most = float(np.abs(finite).max()) or 1.0
        low = min(0.0, float(finite.min())) / most
        height, text_room, left = self.height() / len(values), 58.0, 20.0
        width = min(self.width(), WIDEST_BARS)
        room = width - left - text_room
        zero = left + room * (-low / (1 - low if finite.max() > 0 else -low or 1))
        scale = room / ((float(finite.max()) / most if finite.max() > 0 else 0.0) - low or 1.0)
        painter.setFont(font("caption", numbers=True))
        for number, value in enumerate(finite.tolist()):
            top, high = number * height, max(height - 3, 2)
            painter.setPen(colors.color("muted"))
            painter.drawText(QRectF(0, top, left, height), Qt.AlignmentFlag.AlignVCenter, str(number))
            painter.drawText(
                QRectF(width - text_room, top, text_room, height),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                bar_words(value),
            )
            painter.setPen(Qt.PenStyle.NoPen)
            is_signed = finite.min() < 0
            painter.setBrush(
                QColor(colors.signed[5 if value > 0 else 1]) if is_signed else colors.color("accent")
            )
            end = zero + value / most * scale
            painter.drawRect(QRectF(min(zero, end), top + 1.5, abs(end - zero), high))

    def _draw_map(self, painter: QPainter, numbers: Numbers) -> None:
        rows, columns = numbers.shape
        most = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)) or 1.0
        ratio = self.devicePixelRatioF()
        scale = min((self.width() - 2) * ratio / columns, (self.height() - 2) * ratio / rows)
        scale = math.floor(scale) if scale >= 1 else scale
        place = QRectF(1, 1, columns * scale / ratio, rows * scale / ratio)
        is_signed = bool((numbers < 0).any())
        clean = np.nan_to_num(numbers, posinf=most, neginf=-most)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
        painter.drawImage(place, signed_image(clean, most) if is_signed else magnitude_image(clean, most))
        painter.setPen(QPen(theme().current.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))


def _width(made: Any, text: str) -> float:
    made.setPixelSize(46)
    return QFontMetricsF(made).horizontalAdvance(text)
