"""One frame of a film: a panel or a tab as it is seen, with the run and the snapshot in small print below."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QWidget

from gui.look.fonts import font, metrics
from gui.look.text_size import scaled
from gui.look.theme import theme

FOOT = 22
"""Height of the line of small print."""


def frame_of(view: QWidget, words: str, width: int) -> QImage:
    """Return a picture of what a widget shows, `width` pixels wide: four bytes a pixel, row by row.

    A larger one is drawn larger, a smaller one made smaller: a widget cannot leave out pixels of its own.
    """
    ratio = max(1.0, width / view.width())
    foot = scaled(FOOT)
    size = QSize(view.width(), view.height() + foot)
    image = QImage((size.toSizeF() * ratio).toSize(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme().current.color("window"))
    painter = QPainter(image)
    view.render(painter, QPoint())
    letters, edge = font("caption"), metrics()["space"]["medium"]
    room = QRect(edge, view.height(), view.width() - 2 * edge, foot)
    painter.setFont(letters)
    painter.setPen(theme().current.color("faint"))
    middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    said = QFontMetrics(letters).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(QRectF(room), middle, said)
    painter.end()
    image.setDevicePixelRatio(1)
    if image.width() != width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def fitted(image: QImage, size: QSize) -> QImage:
    """Return a frame in the size of the first one: somebody may have changed the window's meanwhile."""
    if image.size() == size:
        return image
    made = QImage(size, QImage.Format.Format_RGB32)
    made.fill(theme().current.color("window"))
    inside = image.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    painter = QPainter(made)
    painter.drawImage((size.width() - inside.width()) // 2, (size.height() - inside.height()) // 2, inside)
    painter.end()
    return made
