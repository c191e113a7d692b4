"""The frames of a film: figures of a panel or a tab, in the size of the film."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from gui.look.theme import theme
from gui.widgets.figures.figure import image_of


def frame_of(view: QWidget, width: int) -> QImage:
    """Return the figure of a widget, `width` pixels wide, with four bytes a pixel.

    A wider one than on the screen is painted in that size; a narrower one is scaled down afterwards.
    """
    image = image_of(view, ratio=max(1.0, width / view.width()))
    image.setDevicePixelRatio(1)
    if image.width() != width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def fitted(image: QImage, size: QSize) -> QImage:
    """Return a frame in the size of the film.

    Small print with another number of lines is cut off or leaves room below; if the window was resized meanwhile, the
    picture is scaled down.
    """
    if image.size() == size:
        return image
    frame = QImage(size, QImage.Format.Format_RGB32)
    frame.fill(theme().current.color("window"))
    painter = QPainter(frame)
    if abs(image.height() - size.height()) > size.height() // 10:
        whole, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(size, whole, smooth)
    painter.drawImage((size.width() - image.width()) // 2, 0, image)
    painter.end()
    return frame
