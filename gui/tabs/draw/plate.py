"""A picture and its words, side by side."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QWidget

from gui.look.fonts import metrics
from gui.widgets.pictures.pixels import Pixels


class Plate(QWidget):
    """The picture is as large as the room, the words are right beside it.

    Both are at the left, below their title; where several such pictures have room, in the middle.
    """

    def __init__(self, picture: Pixels, words: QLayout) -> None:
        super().__init__()
        self._picture, self._words = picture, QWidget(self)
        self._words.setLayout(words)
        words.setContentsMargins(0, 0, 0, 0)
        picture.setParent(self)

    def sizeHint(self) -> QSize:
        return self._beside(self._picture.sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._beside(self._picture.minimumSize())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def _beside(self, picture: QSize) -> QSize:
        words = self._words.minimumSizeHint()
        return QSize(
            picture.width() + metrics()["space"]["small"] + words.width(), max(picture.height(), words.height())
        )

    def _arrange(self) -> None:
        gap, words, height = metrics()["space"]["small"], self._words.minimumSizeHint().width(), self.height()
        wide = self._picture.width_in(self.width() - gap - words, height)
        spare = self.width() - wide - gap - words
        left = spare // 2 if spare > wide else 0
        self._picture.setGeometry(left, 0, wide, height)
        self._words.setGeometry(left + wide + gap, 0, words, height)
