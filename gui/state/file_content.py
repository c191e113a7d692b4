"""Pictures on their way in and out: what is painted as the content of a file, what was copied or dropped as pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter, QPixmap

if TYPE_CHECKING:
    from engine.data.formats.pictures import Layout

LAYOUTS: dict[QImage.Format, Layout] = {
    QImage.Format.Format_RGB32: "BGRX",
    QImage.Format.Format_ARGB32: "BGRA",
    QImage.Format.Format_ARGB32_Premultiplied: "BGRa",
}
"""What the clipboard brings, nearly always."""


def png_of(image: QImage) -> bytes:
    """Return the content of a PNG file with this image."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.write(image)
    return bytes(data.data())


def pixels_of(image: QImage) -> tuple[bytes, int, Layout]:
    """Return a copy of the image's pixels, how many are in a row, and how they lie there.

    It takes a tenth of a second for 64 million of them, where a file's content would take seconds.
    """
    if image.format() not in LAYOUTS:
        has_opacity = image.hasAlphaChannel()
        image = image.convertToFormat(
            QImage.Format.Format_ARGB32 if has_opacity else QImage.Format.Format_RGB32
        )
    return bytes(image.constBits()), image.width(), LAYOUTS[image.format()]


def image_in(data: QMimeData) -> QImage:
    """Return the picture that was copied or dropped; an empty one where there is none.

    What this very window has copied is given back as it was, and that may be a pixmap.
    """
    held = data.imageData()
    if isinstance(held, QPixmap):
        return held.toImage()
    return held if isinstance(held, QImage) else QImage()
