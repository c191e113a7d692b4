"""Pictures as files: their suffixes; painted ones as the content of a file, copied or dropped ones as pixels."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter, QPixmap

from engine.data.formats.reading import PICTURES as READ

if TYPE_CHECKING:
    from engine.data.formats.pictures import Layout

NOT_READ = (".svg",)  # pictures that the engine refuses with a sentence of its own
PICTURES = " ".join(f"*{suffix}" for suffix in READ)  # the filter of a file dialog

# Formats that need no conversion; the clipboard has nearly always one of them.
LAYOUTS: dict[QImage.Format, "Layout"] = {
    QImage.Format.Format_RGB32: "BGRX",
    QImage.Format.Format_ARGB32: "BGRA",
    QImage.Format.Format_ARGB32_Premultiplied: "BGRa",
}


def is_picture(file: str) -> bool:
    """Return whether a file is a picture by its name."""
    return file.lower().endswith(READ + NOT_READ)


def png_of(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())


def pixels_of(image: QImage) -> tuple[bytes, int, "Layout"]:
    """Return a copy of an image's pixels, the number of pixels in a row, and their layout."""
    if image.format() not in LAYOUTS:
        formats = QImage.Format
        image = image.convertToFormat(formats.Format_ARGB32 if image.hasAlphaChannel() else formats.Format_RGB32)
    # 0.1 s for 64 million pixels; the way through a file's content would take seconds.
    return bytes(image.constBits()), image.width(), LAYOUTS[image.format()]


def image_in(data: QMimeData) -> QImage:
    """Return the picture that was copied or dropped; an empty one if there is none."""
    content = data.imageData()
    if isinstance(content, QPixmap):  # Qt returns what this process has copied as it was
        return content.toImage()
    return content if isinstance(content, QImage) else QImage()
