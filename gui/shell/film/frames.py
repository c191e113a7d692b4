"""One frame of a film: the figure of a panel or a tab, in the size of the film."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from gui.look.theme import theme
from gui.widgets.figures.figure import image_of


def frame_of(view: QWidget, width: int) -> QImage:
    """Return the figure of what a widget shows, `width` pixels wide: four bytes a pixel, row by row.

    A larger one is drawn larger, a smaller one made smaller: a widget cannot leave out pixels of its own.
    """
    image = image_of(view, ratio=max(1.0, width / view.width()))
    image.setDevicePixelRatio(1)
    if image.width() != width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def fitted(image: QImage, size: QSize) -> QImage:
    """Return a frame in the size of the film.

    Small print of more or fewer lines is cut off or leaves room below; where somebody has changed the window's size
    meanwhile, the picture is made smaller.
    """
    if image.size() == size:
        return image
    made = QImage(size, QImage.Format.Format_RGB32)
    made.fill(theme().current.color("window"))
    painter = QPainter(made)
    if abs(image.height() - size.height()) > size.height() // 10:
        whole, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(size, whole, smooth)
    painter.drawImage((size.width() - image.width()) // 2, 0, image)
    painter.end()
    return made
