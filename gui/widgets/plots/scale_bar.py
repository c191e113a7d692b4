"""What colours mean: a strip of all of them with the numbers at its ends."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QAccessible, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from engine.core.language import mark, tr
from engine.core.text import written
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.fonts import font, metrics
from gui.widgets.heard import HeardPart
from gui.widgets.painted import RIGHT, Frame, Image, Repainted, Words, draw

STRIP_HEIGHT = 8
STEPS = np.linspace(-1, 1, 101)[None, :]
WIDEST = "−0.0000"

WEIGHTS_TIP = mark("The colours of the weights: blue below zero, orange above, the panel's own colour at zero")


class ScaleBar(Repainted):
    """Signed numbers from the most negative over zero to the most positive, or sizes from nothing on."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(name, tr("Colours"), tip=tr(tip), size=(170, 16), least=(130, 16))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.words, self._signed, self._from_zero = ("", ""), True, False

    def set_reach(self, reach: float | None) -> None:
        """Let the strip reach so far from zero; `None`: each picture has a scale of its own."""
        self.set_words(*(("", "") if reach is None else (signed(-reach), signed(reach))))

    def set_words(self, low: str, high: str, *, signed: bool = True, from_zero: bool = False) -> None:
        """Have words at the ends instead of numbers; without `signed` the colours are those of sizes.

        `from_zero` shows only the positive half of the signed colours, no wider than its own words need.
        """
        if ((low, high), signed, from_zero) == (self.words, self._signed, self._from_zero):
            return
        self.words, self._signed, self._from_zero = (low, high), signed, from_zero
        self.update()

    def finding(self) -> str:
        low, high = self.words
        if not high:
            return ""
        if self._signed and not self._from_zero:
            return tr("At the blue end stands {low}, at the orange end {high}.", low=low, high=high)
        return tr("At the faint end stands {low}, at the strong end {high}.", low=low, high=high)

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return what stands at its ends."""
        half = self.width() / 2
        places = (QRectF(left, 0, half, self.height()) for left in (0, half))
        return [HeardPart(text, place) for text, place in zip(self.words, places, strict=True) if text]

    def paintEvent(self, event: QPaintEvent) -> None:
        measure, high = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance, self.height()
        widest = self.words if self._from_zero else (WIDEST, *self.words)
        room = max(map(measure, widest)) + metrics()["space"]["tight"]
        strip = QRectF(room, (high - STRIP_HEIGHT) // 2, self.width() - 2 * room, STRIP_HEIGHT)
        numbers = STEPS if self._signed and not self._from_zero else (STEPS + 1) / 2
        image = signed_image(numbers, 1.0) if self._signed else magnitude_image(numbers)
        low, most = self.words
        draw(
            QPainter(self),
            Words(QRectF(0, 0, room - 4, high), low, "faint", side=RIGHT, numbers=True),
            Words(QRectF(strip.right() + 4, 0, room - 4, high), most, "faint", numbers=True),
            Image(strip, image),
            Frame(strip.adjusted(-0.5, -0.5, 0.5, 0.5)),
        )


def signed(number: float, digits: int = 3) -> str:
    """Return a number with its sign, in `digits` significant digits and with a true minus: `+0.123`, `−1.25`."""
    if number != number:
        return tr("no number")
    return written(number, f"+.{digits}g")
