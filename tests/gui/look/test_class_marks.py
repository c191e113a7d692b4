"""Classes are told apart in plots by more than their ten colours: by shapes, and in areas by lines."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from engine.data.formats.checks import MOST_CLASSES
from gui.look.class_names import REACH, SHAPES, draw_mark, lines_of
from gui.look.theme import class_token


def drawn(number, radius=2.5):
    """A mark on a small picture, as its pixels."""
    image = QImage(16, 16, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("black"))
    draw_mark(painter, QPointF(8, 8), radius, number)
    painter.end()
    return bytes(image.constBits())


def test_as_many_classes_as_data_may_have_look_different_as_points_and_as_areas(qapp):
    every = range(MOST_CLASSES)
    assert len({(class_token(number), drawn(number)) for number in every}) == MOST_CLASSES
    assert len({(class_token(number), lines_of(number)) for number in every}) == MOST_CLASSES


def test_the_first_ten_are_plain(qapp):
    assert len({drawn(number) for number in range(10)}) == 1
    assert {lines_of(number) for number in range(10)} == {Qt.BrushStyle.NoBrush}


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_shape_covers_about_as_much_as_a_dot_and_reaches_no_farther_than_is_said(shape):
    corners = np.array([each.toTuple() for each in shape])
    x, y = corners.T
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    assert 0.9 < area / np.pi < 1.5
    assert np.abs(corners).max() <= REACH
