"""A label in one line that ends in an ellipsis where there is too little room for its words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from gui.look.plain import plain_tip


class Elided(QLabel):
    """It never pushes anything aside; the tooltip has all of its words."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._words = ""

    @property
    def words(self) -> str:
        """All it says."""
        return self._words

    def set_words(self, words: str) -> None:
        """Say something else."""
        self._words = words
        self.setToolTip(plain_tip(words))
        self.setAccessibleName(words)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words into the new room."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.ensurePolished()
        right = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._words, right, self.contentsRect().width()))
