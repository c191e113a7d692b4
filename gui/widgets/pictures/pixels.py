"""A small picture drawn large: each of its pixels is a square of whole pixels of the screen."""

import math
from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QRectF
from PySide6.QtGui import QAccessible, QPaintEvent

from engine.core.language import tr
from engine.core.lazy import Array
from engine.data.formats.checks import as_grey
from gui.look.color_maps import magnitude_image, picture_image, signed_image
from gui.widgets.figures.table import Table, pixel_table
from gui.widgets.heard import HeardPart
from gui.widgets.painted import Frame, Painted, draw, draw_waiting
from gui.widgets.pictures.heard_pixels import heard_rows, say_picture


class Pixels(Painted):
    """Numbers (rows, columns), or colours (rows, columns, 3), as squares, at the upper left, as large as fits."""

    heard_role: ClassVar = QAccessible.Role.Graphic

    def __init__(self, name: str, title: str, *, signed: bool = False) -> None:
        super().__init__(name, title, size=(3 * 28 + 2, 3 * 28 + 2), opaque=True)
        self.setMinimumSize(86, 86)
        self._signed = signed
        self._shape = (28, 28)
        self.numbers: Array | None = None  # what is shown (rows, columns)
        self.most = 1.0  # the number that has the strongest colour

    def set_numbers(self, numbers: Array | None, most: float = 1.0) -> None:
        """Show `numbers` (rows, columns); `most` has the strongest colour, and nothing that of the panel."""
        self.numbers, self.most = numbers, most
        if numbers is not None:
            rows, columns = numbers.shape[:2]
            if self._shape != (rows, columns):
                self._shape = rows, columns
                self.updateGeometry()  # as wide as what lies around it gives, which may go by the shape
        self.update()

    def place(self) -> QRectF:
        """Return where the picture is, in a frame of one pixel, with whole screen pixels unless it exceeds its room."""
        rows, columns = self._shape
        scale = self._scale(self.width(), self.height())
        return QRectF(1, 1, columns * scale, rows * scale)

    @property
    def _grey(self) -> Array | None:
        """What is shown as one number for each pixel (rows, columns)."""
        return as_grey(self.numbers) if self.numbers is not None and self.numbers.ndim == 3 else self.numbers

    def table(self) -> Table | None:
        return None if (shown := self._grey) is None else pixel_table(shown)

    def finding(self) -> str:
        return (
            tr("There is no picture yet.") if (shown := self._grey) is None else say_picture(shown, signed=self._signed)
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        return [] if (shown := self._grey) is None else heard_rows(shown, self.place(), signed=self._signed)

    def width_at(self, height: int) -> int:
        """Return the width of the picture with its frame that is as large as a height lets it be."""
        return self.width_in(math.inf, height)

    def width_in(self, width: float, height: int) -> int:
        """Return the width of the picture with its frame that is as large as a room lets it be."""
        return math.ceil(self._shape[1] * self._scale(width, height)) + 2

    def _scale(self, width: float, height: float) -> float:
        """Return the side of a square in so much room, frame included."""
        ratio = self.devicePixelRatioF()
        rows, columns = self._shape
        fitting = min((width - 2) * ratio / columns, (height - 2) * ratio / rows)
        return (int(fitting) or fitting) / ratio

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, place = self.painter(event), self.place()
        if self.numbers is not None:
            if self.numbers.ndim == 3:
                image = picture_image(self.numbers)
            else:
                image = (signed_image if self._signed else magnitude_image)(self.numbers, self.most)
            painter.drawImage(place, image)
        draw(painter, Frame(place.adjusted(-0.5, -0.5, 0.5, 0.5)))
        if self.numbers is None and self.is_waiting:
            draw_waiting(painter, place)
