"""What is painted, as the content of a file: pixels or lines."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter, QPainter
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
