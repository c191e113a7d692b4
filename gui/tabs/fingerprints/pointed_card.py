"""A small card beside the mouse: the picture that a column stands for, and in words what lies there."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gui.look.fonts import metrics
from gui.look.words import words
from gui.widgets.pixels import Pixels

SIDE, AWAY = 86, 18


class PointedCard(QFrame):
    """Lies over its parent, lets the mouse through, and stays within."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("fingerprints.pointed")
        self.setProperty("look", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        space = metrics()["space"]
        self.picture = Pixels("fingerprints.pointed.picture", "Test image")
        self.picture.setFixedSize(SIDE, SIDE)
        self.text = words("", "label")
        self.text.setObjectName("fingerprints.pointed.text")
        row = QHBoxLayout(self)
        row.setContentsMargins(space["small"], space["small"], space["small"], space["small"])
        row.setSpacing(space["small"])
        row.addWidget(self.picture)
        row.addWidget(self.text)
        self.hide()

    def show_at(self, place: QPoint, lines: list[str], *, pictured: bool) -> None:
        """Show these lines beside `place` in the parent; `pictured`: with room for a picture."""
        self.text.setText("\n".join(lines))
        self.picture.setVisible(pictured)
        self.adjustSize()
        parent = self.parentWidget()
        assert parent is not None
        around = parent.rect()
        left, top = place.x() + AWAY, place.y() + AWAY
        if left + self.width() > around.right():
            left = place.x() - AWAY - self.width()
        if top + self.height() > around.bottom():
            top = place.y() - AWAY - self.height()
        self.move(max(left, 0), max(top, 0))
        self.show()
        self.raise_()

    def show_picture(self, picture: np.ndarray[Any, Any] | None) -> None:
        """Show the picture (rows, columns), uint8, or an empty frame until it is there."""
        self.picture.set_numbers(picture, 255)
