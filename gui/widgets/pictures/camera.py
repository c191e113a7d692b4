"""The camera over a plane, as graphs, maps and sheets of pictures are: which part is seen and how near; zoom keys."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

# How much larger things become for each eighth of a degree that the wheel turns, and for a step of a key or a menu.
WHEEL, KEY_ZOOM = 1.0015, 1.25

# By key: the steps nearer.
ZOOM_KEYS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1, Qt.Key.Key_Underscore: -1}


class Camera(NamedTuple):
    """Pixels of the screen for one unit of the plane, and what of the plane lies in the upper left corner."""

    scale: float
    origin: QPointF

    @classmethod
    def at(cls, middle: QPointF, scale: float, room: QSizeF) -> Camera:
        """Return one that has a point of the plane in the middle of the room."""
        return cls(scale, middle - QPointF(room.width(), room.height()) / 2 / scale)

    def to_screen(self, point: QPointF) -> QPointF:
        """Return where a point of the plane is on the screen."""
        return (point - self.origin) * self.scale

    def to_plane(self, point: QPointF) -> QPointF:
        """Return which point of the plane is at a point of the screen."""
        return point / self.scale + self.origin

    def seen(self, room: QSizeF) -> QRectF:
        """Return which part of the plane is seen."""
        return QRectF(self.origin, room / self.scale)

    def zoomed(self, scale: float, at: QPointF) -> Camera:
        """Return one of another scale; what is at a point of the screen stays there."""
        return Camera(scale, self.to_plane(at) - at / scale)

    def moved(self, by: QPointF) -> Camera:
        """Return one in which all is moved by that many pixels."""
        return self._replace(origin=self.origin - by / self.scale)
