"""A slider whose handle moves to a click."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle


class PlaceSlider(QSlider):
    """Qt's own would move by a page towards the mouse."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle under the mouse, from where it can be dragged."""
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            place, room = round(event.position().x() - handle / 2), self.width() - handle
            value = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, room)
            self.setValue(value)
        super().mousePressEvent(event)
