"""A label of one line that ends in an ellipsis where it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui.look.named import named
from gui.look.plain import plain_tip
from gui.look.words import Look


class Elided(QLabel):
    """A label that never widens its layout; the tooltip has the whole text, unless `tip` is another one."""

    def __init__(
        self, name: str, look: Look = "caption", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, *, tip: str = ""
    ) -> None:
        self.words = ""  # the whole text
        super().__init__()
        named(self, name, tip=tip, look=look)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._mode, self._has_tip = mode, bool(tip)

    def set_words(self, words: str) -> None:
        self.words = words
        if not self._has_tip:
            self.setToolTip(plain_tip(words))
        self.setAccessibleName(words)
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        room = self.fontMetrics().horizontalAdvance(self.words) + 2 + self.width() - self.contentsRect().width()
        return QSize(room, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return no width: words never widen the window."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Elide the text again when the font changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.words:
            self._elide()
            self.updateGeometry()

    def _elide(self) -> None:
        self.ensurePolished()
        room = max(0, self.contentsRect().width())
        self.setText(self.fontMetrics().elidedText(self.words, self._mode, room))
