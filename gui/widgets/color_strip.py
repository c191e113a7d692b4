"""What colours mean: a strip of all of them with the numbers at its ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.fonts import font, metrics
from gui.theme import theme
from gui.widgets.color_maps import magnitude_image, signed_image

HEIGHT, WIDTH = 8, 76
STEPS = np.linspace(-1, 1, 101)[None, :]
WIDEST = "−0.000"


class ColorStrip(QWidget):
    """Signed from `-most` to `most`, or from 0 to `most`."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip(tip)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._most, self._signed = 1.0, True
        theme().changed.connect(self.update)

    @property
    def words(self) -> tuple[str, str]:
        """What stands at the two ends."""
        text = f"{self._most:.2f}" if self._most < 1000 else f"{self._most:.0e}"
        return (f"−{text}", f"+{text}") if self._signed else ("0", f"{self._most:g}")

    def show_scale(self, most: float, *, signed: bool) -> None:
        """Say which number has the strongest colour."""
        if (most, signed) != (self._most, self._signed):
            self._most, self._signed = most, signed
            self.setAccessibleName("Colours from {} to {}".format(*self.words))
            self.update()

    def sizeHint(self) -> QSize:
        """Room for strip and numbers."""
        return QSize(WIDTH + 2 * self._room(), 16)

    def _room(self) -> int:
        measure = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance
        return round(measure(WIDEST)) + int(metrics()["space"]["small"])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the strip between the words."""
        painter, colors, room = QPainter(self), theme().current, self._room()
        painter.setFont(font("caption", numbers=True))
        painter.setPen(colors.color("faint"))
        gap, middle = metrics()["space"]["tight"] + 2, Qt.AlignmentFlag.AlignVCenter
        low, high = (
            QRectF(0, 0, room - gap, self.height()),
            QRectF(self.width() - room + gap, 0, room, self.height()),
        )
        painter.drawText(low, Qt.AlignmentFlag.AlignRight | middle, self.words[0])
        painter.drawText(high, Qt.AlignmentFlag.AlignLeft | middle, self.words[1])
        strip = QRectF(room, (self.height() - HEIGHT) // 2, self.width() - 2 * room, HEIGHT)
        image = signed_image(STEPS, 1.0) if self._signed else magnitude_image((STEPS + 1) / 2)
        painter.drawImage(strip, image)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawRect(strip.adjusted(-0.5, -0.5, 0.5, 0.5))
