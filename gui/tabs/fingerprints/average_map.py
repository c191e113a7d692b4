"""The average columns of all classes side by side as one picture: a row for each neuron, a column for each class."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.fingerprints.map_field import MapField, stretched
from gui.tabs.fingerprints.map_marks import MARGIN, draw_marks
from gui.tabs.fingerprints.map_rows import MapRows, Pointed
from gui.tabs.fingerprints.map_window import MapWindow
from gui.tabs.fingerprints.row_field import RING

HEAD, MARKER_ROOM = 22, 10


class AverageMap(MapField):
    """The classes' digits above, their means below, in the order and the window of the maps."""

    def __init__(self, rows: MapRows, window: MapWindow) -> None:
        super().__init__("fingerprints.averages.map", "Average of each class", rows, window)

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(600, 400)

    def field(self) -> QRectF:
        """Return where the rows lie: below the digits."""
        width, height = self.width() - MARGIN - MARKER_ROOM, self.height() - HEAD - RING
        return QRectF(MARGIN, HEAD, max(1, width), max(1, height))

    def pointed_at(self, position: QPointF, neuron: int) -> Pointed:
        """Return neuron and class."""
        classes = len(self.answer.means) if self.answer else 0
        field = self.field()
        label = math.floor((position.x() - field.left()) / field.width() * classes)
        return Pointed(neuron, label) if 0 <= label < classes else Pointed(neuron)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw digits, picture and marks."""
        painter, field = QPainter(self), self.field()
        if self.answer is not None and len(self.rows.order):
            self._draw_picture(painter, field)
            self._draw_digits(painter, field, len(self.answer.means))
            draw_marks(painter, field, self.rows, self.window_)
        self.draw_focus(painter, field)

    def _draw_picture(self, painter: QPainter, field: QRectF) -> None:
        assert self.answer is not None
        window, pixels = self.window_, max(1, round(field.height() * self.devicePixelRatioF()))
        columns = np.nan_to_num(self.answer.means[:, self.rows.order])
        shown = np.stack([stretched(column, window.top, window.bottom, pixels) for column in columns], axis=1)
        painter.drawImage(field, self.colored(shown))

    def _draw_digits(self, painter: QPainter, field: QRectF, classes: int) -> None:
        painter.setFont(font("value", numbers=True))
        painter.setPen(theme().current.color("text"))
        width = field.width() / classes
        for label in range(classes):
            place = QRectF(field.left() + label * width, 0, width, HEAD - 2)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(label))
