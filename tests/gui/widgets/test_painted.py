"""What widgets that are painted by hand share."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from gui.widgets.painted import hatch

WIDTH = 64


def lines_crossed(scale):
    """How many slanting lines lie side by side in so many pixels of the window, on a screen of that scale."""
    image = QImage(WIDTH * scale, 40 * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    hatch(painter, QColor("black"))
    painter.drawRect(QRectF(0, 0, WIDTH, 40))
    painter.end()
    row = [image.pixelColor(x, 20 * scale).lightness() < 128 for x in range(WIDTH * scale)]
    return sum(now and not before for before, now in zip([False, *row], row, strict=False))


@pytest.mark.usefixtures("qapp")
def test_hatching_is_as_coarse_on_a_screen_of_any_scale():
    assert lines_crossed(1) == pytest.approx(WIDTH / 8, abs=1)
    for scale in (2, 3):
        assert lines_crossed(scale) == pytest.approx(lines_crossed(1), abs=1)
