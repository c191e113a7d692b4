"""The camera: what stays where it is when one comes nearer or moves."""

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from gui.widgets.pictures.camera import Camera

ROOM = QSizeF(300, 200)
POINTS = [QPointF(0, 0), QPointF(-12.5, 40), QPointF(1e4, -3e3)]


def test_screen_and_plane_are_each_others_inverse_and_what_is_under_the_mouse_stays_there():
    camera = Camera.at(QPointF(30, -10), 2.5, ROOM)
    assert camera.to_screen(QPointF(30, -10)) == QPointF(150, 100)
    assert camera.seen(ROOM) == QRectF(-30, -50, 120, 80)
    assert [camera.to_plane(camera.to_screen(point)) for point in POINTS] == POINTS

    mouse = QPointF(37, 181)
    for scale in (0.1, 2.5, 40.0):
        nearer = camera.zoomed(scale, mouse)
        assert nearer.scale == scale and nearer.to_plane(mouse) == camera.to_plane(mouse)
        one, other = (nearer.to_screen(point) for point in POINTS[:2])
        assert (other - one).y() == pytest.approx(40 * scale)
    moved = camera.moved(QPointF(12, -7))
    assert moved.scale == camera.scale
    assert moved.to_screen(QPointF(5, 5)) - camera.to_screen(QPointF(5, 5)) == QPointF(12, -7)
