"""What is painted, as NumPy sees it: to ask Qt for each pixel takes a second for a picture."""

import numpy as np
from PySide6.QtGui import QImage


def pixels_of(image):
    """Return the colours of an image (rows, columns) as numbers, as `QColor.rgb` says them."""
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width()).copy()
