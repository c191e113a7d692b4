"""Training images that the network takes for alike, nearest first, with their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.color_maps import magnitude_image
from gui.look.fonts import font
from gui.look.plain import show_tip
from gui.look.theme import theme
from gui.widgets.waiting import draw_waiting

if TYPE_CHECKING:
    from engine.probes.nearest import NearestImages

COLUMNS, ROWS = 4, 2
LABEL_HEIGHT = 17


class NearestGrid(QWidget):
    """Eight places; a label that is not the answer stands out."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Nearest training images")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._found: NearestImages | None = None
        self._answer: int | None = None
        self.is_waiting = False
        theme().changed.connect(self.update)

    @property
    def labels(self) -> list[int]:
        """The labels that are shown."""
        return [] if self._found is None else [int(label) for label in self._found.labels]

    def show_images(self, found: NearestImages | None, answer: int | None = None) -> None:
        """Show what was found, beside the answer (a class); empty places for `None`."""
        self._found, self._answer = found, answer
        self.setAccessibleDescription(", ".join(map(str, self.labels)))
        self.update()

    def show_answer(self, answer: int | None) -> None:
        """Take in another answer, of which the same images were found."""
        if answer != self._answer:
            self._answer = answer
            self.update()

    def set_waiting(self, waiting: bool) -> None:
        """Say, as long as nothing is shown, that something will come."""
        if waiting != self.is_waiting:
            self.is_waiting = waiting
            self.update()

    def sizeHint(self) -> QSize:
        """Room for pictures of twice their pixels."""
        return QSize(COLUMNS * 62, ROWS * (56 + LABEL_HEIGHT + 4))

    def event(self, event: QEvent) -> bool:
        """Describe the image under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            show_tip(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tip_at(self, place: QPointF) -> str:
        """Return what there is to say of the image at `place`; nothing where there is none."""
        for number in range(len(self.labels)):
            if self._found is not None and self.place_of(number).contains(place):
                image, label = int(self._found.numbers[number]), self.labels[number]
                return f"Training image {image:,}, a {label}, at distance {self._found.distances[number]:.2f}"
        return "The training images whose last hidden layer fires most like that of your drawing"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw pictures and labels."""
        painter, colors = QPainter(self), theme().current
        for number in range(COLUMNS * ROWS):
            place = self.place_of(number)
            if self._found is None or number >= len(self.labels):
                painter.fillRect(place, colors.color("raised"))
                continue
            picture = np.asarray(self._found.pictures[number], np.float32) / 255
            painter.drawImage(place, magnitude_image(picture))
            label = self.labels[number]
            painter.setFont(font("caption", numbers=True))
            painter.setPen(colors.color("faint" if label == self._answer else "curve_2_text"))
            below = QRectF(place.left(), place.bottom(), place.width(), LABEL_HEIGHT)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, str(label))
        if self._found is None and self.is_waiting:
            draw_waiting(painter, QRectF(self.rect()))

    def place_of(self, number: int) -> QRectF:
        """Return where a picture lies."""
        """Return where picture `number` is: a whole multiple of the screen's pixels where there is room."""
        ratio, room = self.devicePixelRatioF(), self.height() / ROWS - LABEL_HEIGHT - 2
        scale = max(1, int(min((self.width() / COLUMNS - 2) * ratio // 28, room * ratio // 28)))
        side = 28 * scale / ratio
        row, column = divmod(number, COLUMNS)
        across = (self.width() - side) / (COLUMNS - 1)
        down = min(self.height() / ROWS, side + 2 * LABEL_HEIGHT)
        return QRectF(round(column * across), round(row * down), side, side)
