"""The camera over a plane, for graphs, maps and sheets of pictures: the visible part, the scale, the zoom keys."""

from typing import NamedTuple, Self

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

# Factors of the scale for each eighth of a degree that the wheel turns, and for a step of a key or a menu.
WHEEL, KEY_ZOOM = 1.0015, 1.25

# Steps of zoom by key.
ZOOM_KEYS = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Equal: 1, Qt.Key.Key_Minus: -1, Qt.Key.Key_Underscore: -1}


class Camera(NamedTuple):
    """Pixels of the screen for a unit of the plane, and the point of the plane in the upper left corner."""

    scale: float
    origin: QPointF

    @classmethod
    def at(cls, middle: QPointF, scale: float, room: QSizeF) -> Self:
        """Return a camera with a point of the plane in the centre of the screen."""
        return cls(scale, middle - QPointF(room.width(), room.height()) / 2 / scale)

    def to_screen(self, point: QPointF) -> QPointF:
        return (point - self.origin) * self.scale

    def to_plane(self, point: QPointF) -> QPointF:
        return point / self.scale + self.origin

    def seen(self, room: QSizeF) -> QRectF:
        return QRectF(self.origin, room / self.scale)

    def zoomed(self, scale: float, at: QPointF) -> Self:
        """Return a camera with another scale and the same point of the plane at a point of the screen."""
        return self._replace(scale=scale, origin=self.to_plane(at) - at / scale)

    def moved(self, by: QPointF) -> Self:
        """Return a camera that shows everything moved by that many pixels."""
        return self._replace(origin=self.origin - by / self.scale)
