"""How alike two pictures of a panel are."""

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage


def gray(image, size=None):
    """Brightness (height, width), 0 to 255; at another size the mean of the pixels that come together."""
    if size is not None:
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(float)


def likeness(one, other):
    """How alike two pictures are, 0 to 1: blurred, as half a pixel is nothing; 1 where both are plain."""
    one, other = _blurred(one), _blurred(other)
    if min(one.std(), other.std()) < 2:
        return 1.0 if np.abs(one - other).mean() < 4 else 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _blurred(picture):
    for axis in (0, 1):
        picture = sum(np.roll(picture, shift, axis) for shift in (-1, 0, 1)) / 3
    return picture


def place_in(panel, widget):
    return QRect(widget.mapTo(panel, QPoint()), widget.size())


def part_of(picture, area):
    """The part of a picture (height, width) that lies in a rectangle."""
    return picture[area.top() : area.bottom() + 1, area.left() : area.right() + 1]
