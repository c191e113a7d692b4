"""What colours mean: a strip of all of them with the numbers at its ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.core.numbers import written
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.fonts import font, metrics
from gui.look.named import named
from gui.look.text_size import keep, scaled
from gui.look.theme import theme

STRIP_HEIGHT = 8
STEPS = np.linspace(-1, 1, 101)[None, :]
WIDEST = "−0.0000"

WEIGHTS_TIP = "The colours of the weights: blue below zero, orange above, the panel's own colour at zero"


class ScaleBar(QWidget):
    """Signed numbers from the most negative over zero to the most positive, or sizes from nothing on."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        named(self, name, tip=tip)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._words, self._signed, self._from_zero = ("", ""), True, False
        theme().changed.connect(self.update)
        keep(self, ScaleBar.updateGeometry)

    @property
    def words(self) -> tuple[str, str]:
        """What stands at the two ends."""
        return self._words

    def set_reach(self, reach: float | None) -> None:
        """Let the strip reach so far from zero; `None`: each picture has a scale of its own."""
        self._words = ("", "") if reach is None else (signed(-reach), signed(reach))
        self.setAccessibleName(f"Colours from {self._words[0]} to {self._words[1]}" if reach else "Colours")
        self.update()

    def set_words(self, low: str, high: str, *, signed: bool = True, from_zero: bool = False) -> None:
        """Have words at the ends instead of numbers; without `signed` the colours are those of sizes.

        `from_zero` shows only the positive half of the signed colours, no wider than its own words need.
        """
        if ((low, high), signed, from_zero) == (self._words, self._signed, self._from_zero):
            return
        self._words, self._signed, self._from_zero = (low, high), signed, from_zero
        self.setAccessibleName(f"Colours: {low} to {high}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(scaled(170), scaled(16))

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(130), scaled(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        letters = font("caption", numbers=True)
        measure = QFontMetricsF(letters).horizontalAdvance
        widest = self._words if self._from_zero else (WIDEST, *self._words)
        room = max(measure(text) for text in widest) + metrics()["space"]["tight"]
        painter.setFont(letters)
        painter.setPen(colors.color("faint"))
        middle = Qt.AlignmentFlag.AlignVCenter
        low, high = QRectF(0, 0, room, self.height()), QRectF(self.width() - room, 0, room, self.height())
        painter.drawText(low.adjusted(0, 0, -4, 0), Qt.AlignmentFlag.AlignRight | middle, self._words[0])
        painter.drawText(high.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | middle, self._words[1])
        top = (self.height() - STRIP_HEIGHT) // 2
        strip = QRectF(room, top, self.width() - 2 * room, STRIP_HEIGHT)
        shares = (STEPS + 1) / 2
        if self._signed:
            colors_shown = signed_image(shares if self._from_zero else STEPS, 1.0)
        else:
            colors_shown = magnitude_image(shares)
        painter.drawImage(strip, colors_shown)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawRect(strip.adjusted(-0.5, -0.5, 0.5, 0.5))


def signed(number: float, digits: int = 3) -> str:
    """Return a number with its sign, in `digits` significant digits and with a true minus: `+0.123`, `−1.25`."""
    if number != number:
        return "no number"
    return written(number, f"+.{digits}g")
