"""An array as what suits it best: a picture, bars, one large number, or a heatmap."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.color_maps import magnitude_image, signed_image
from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.graph.value_folds import HIGH, Folded, Numbers, folded
from gui.widgets.cell_words import exact, short

type Form = Literal["nothing", "number", "bars", "picture"]

MOST_BARS = 16
WIDEST_BARS, BARS_GAP = 460, 24
BAR_LEFT, BAR_RIGHT = 20.0, 58.0
"""Room for a bar's number, and for its value."""

LEAST_BAR = 14.0
"""Where bars would be lower, they stand in more columns."""


def form_of(value: Numbers | None) -> Form:
    """Return how an array is shown."""
    if value is None or not value.size:
        return "nothing"
    if value.size == 1:
        return "number"
    return "bars" if value.size <= MOST_BARS and max(value.shape) == value.size else "picture"


def bar_words(value: float) -> str:
    """Return a number beside a bar: short, but one that is not zero never looks like it."""
    text = short(value, 6)
    return text if value == 0 or text.strip("−0.") else f"{value:.0e}".replace("-", "−")


class ValuePicture(QWidget):
    """Passive: it is handed an array."""

    refolded = Signal()
    """There is another room, and the array lies otherwise in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("graph.value")
        self.setAccessibleName("The value as a picture")
        self.setToolTip("What flowed out of this node")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._value: Numbers | None = None
        self._folded: Folded | None = None
        theme().changed.connect(self.update)

    @property
    def form(self) -> Form:
        """How the array is shown."""
        return form_of(self._value)

    @property
    def map(self) -> Numbers | None:
        """What is shown as a picture (rows, columns); `None` where something else is."""
        return self._folded.map if self._folded else None

    def show_value(self, value: Numbers | None) -> None:
        """Show an array; `None` for nothing."""
        self._value = value
        self._fold()
        self.update()

    @property
    def caption(self) -> str:
        """How the array was folded into the picture; empty where it was not."""
        return self._folded.caption if self._folded else ""

    def _fold(self) -> None:
        ratio = self.devicePixelRatioF()
        wide, high = (max(int((side - 2) * ratio), 1) for side in (self.width(), self.height()))
        has_map = self._value is not None and self.form == "picture"
        self._folded = folded(self._value, wide, high) if has_map else None  # type: ignore[arg-type]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room there is now."""
        before = self.caption
        self._fold()
        if self.caption != before:
            self.refolded.emit()

    def sizeHint(self) -> QSize:
        """Room for a digit at three pixels of the screen for each of its own."""
        return QSize(300, HIGH + 2)

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
        elif self.map is not None:
            self._draw_map(painter, self.map)

    def _draw_bars(self, painter: QPainter, values: Numbers) -> None:
        """Draw bars below each other; where they would be too low, in columns side by side."""
        finite = np.nan_to_num(values, posinf=0, neginf=0)
        across = math.ceil(len(finite) * LEAST_BAR / max(self.height(), 1))
        rows = -(-len(finite) // across)
        width = min((self.width() - (across - 1) * BARS_GAP) / across, WIDEST_BARS)
        height = self.height() / rows
        painter.setFont(font("caption", numbers=True))
        for number, value in enumerate(finite.tolist()):
            column, row = divmod(number, rows)
            place = QRectF(column * (width + BARS_GAP), row * height, width, height)
            self._draw_bar(painter, place, number, value, finite)

    def _draw_bar(self, painter: QPainter, place: QRectF, number: int, value: float, values: Numbers) -> None:
        """Draw one bar with its number and its value; all are drawn to one scale."""
        colors, middle = theme().current, Qt.AlignmentFlag.AlignVCenter
        least, most = min(0.0, float(values.min())), max(0.0, float(values.max()))
        scale = (place.width() - BAR_LEFT - BAR_RIGHT) / (most - least or 1.0)
        painter.setPen(colors.color("muted"))
        painter.drawText(QRectF(place.x(), place.y(), BAR_LEFT, place.height()), middle, str(number))
        right = QRectF(place.right() - BAR_RIGHT, place.y(), BAR_RIGHT, place.height())
        painter.drawText(right, Qt.AlignmentFlag.AlignRight | middle, bar_words(value))
        painter.setPen(Qt.PenStyle.NoPen)
        signed = QColor(colors.signed[5 if value > 0 else 1])
        painter.setBrush(signed if least < 0 else colors.color("accent"))
        begin = place.x() + BAR_LEFT + (min(0.0, value) - least) * scale
        high = max(place.height() - 3, 2)
        painter.drawRect(QRectF(begin, place.y() + 1.5, abs(value) * scale, high))

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
