"""A few small pictures in three rows of three: to be looked at, chosen, and sent elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.color_maps import magnitude_image
from gui.look.plain import show_tip
from gui.look.theme import theme

ABREAST, GAP = 3, 4
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -ABREAST,
    Qt.Key.Key_Down: ABREAST,
}


class Thumbnails(QWidget):
    """Pictures as large as there is room, in whole pixels of the screen."""

    chosen = Signal(int)
    """Carries the place of the picture that was clicked, or chosen by Return."""
    sent = Signal(int)
    """Carries the place of the picture that was double-clicked."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pictures: np.ndarray[Any, Any] = np.zeros((0, 28, 28), np.uint8)
        self._tips: Sequence[str] = ()
        self._cursor = 0
        theme().changed.connect(self.update)

    @property
    def tips(self) -> tuple[str, ...]:
        """What there is to say of each picture."""
        return tuple(self._tips)

    def show_pictures(self, pictures: np.ndarray[Any, Any], tips: Sequence[str]) -> None:
        """Show the first of `pictures` (n, rows, columns), uint8."""
        self._pictures, self._tips = pictures[: ABREAST**2], tips[: ABREAST**2]
        self._cursor = 0
        self.setAccessibleDescription(", ".join(self._tips))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for pictures a little larger than their pixels."""
        return QSize(112, 112)

    def place_of(self, number: int) -> QRectF:
        """Return where picture `number` lies."""
        side = min(self.width(), self.height()) + GAP
        row, column = divmod(number, ABREAST)
        ratio = self.devicePixelRatioF()
        step = side // ABREAST
        size = round((step - GAP) * ratio) / ratio
        return QRectF(column * step, row * step, size, size)

    def event(self, event: QEvent) -> bool:
        """Describe the picture under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self._at(QPointF(event.pos()))
            show_tip(event.globalPos(), self.toolTip() if place is None else self._tips[place], self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what lies under the mouse."""
        place = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._cursor = place
            self.chosen.emit(place)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Send what lies under the mouse."""
        place = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.sent.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from picture to picture with the arrows, choose one with Return."""
        key, count = Qt.Key(event.key()), len(self._pictures)
        if key in STEPS and count:
            self._cursor = min(max(self._cursor + STEPS[key], 0), count - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and count:
            self.chosen.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures, and the cursor where the keys are."""
        painter = QPainter(self)
        for number, picture in enumerate(self._pictures):
            place = self.place_of(number)
            painter.drawImage(place, magnitude_image(picture, 255))
            if number == self._cursor and self.hasFocus():
                painter.setPen(QPen(theme().current.color("accent"), 2))
                painter.drawRect(place.adjusted(1, 1, -1, -1))

    def _at(self, position: QPointF) -> int | None:
        places = range(len(self._pictures))
        return next((number for number in places if self.place_of(number).contains(position)), None)
