"""Pictures on their way in and out: what is painted as the content of a file, what was copied or dropped as pixels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from gui.theme import theme


def png_of(image: QImage, *, quality: int = -1) -> bytes:
    """Return the content of a PNG file with this image; `quality` is Qt's, 100 for one that is not compressed."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.setQuality(quality)
    writer.write(image)
    return bytes(data.data())


def svg_of(widget: QWidget, title: str, paint: Callable[[QPainter], object]) -> bytes:
    """Return the content of an SVG file of the widget's size, with what `paint` paints on a panel's ground."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setResolution(
        widget.logicalDpiX()
    )  # otherwise a pixel were a point, and words of pixels too small
    generator.setTitle(title)
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), theme().current.color("surface"))
    paint(painter)
    painter.end()
    return bytes(data.data())


def image_in(data: QMimeData) -> QImage:
    """Return the picture that was copied or dropped; an empty one where there is none.

    What this very window has copied is given back as it was, and that may be a pixmap.
    """
    held = data.imageData()
    if isinstance(held, QPixmap):
        return held.toImage()
    return held if isinstance(held, QImage) else QImage()
