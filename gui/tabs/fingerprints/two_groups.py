"""Two groups of controls on one line, or on two lines where one is too short."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from gui.look.fonts import metrics


class TwoGroups(QWidget):
    """The first group at the left; the second at the right, or at the left below the first."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.first, self.second = QHBoxLayout(), QHBoxLayout()
        self._line = metrics()["height"]["button"]
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(metrics()["space"]["small"])
        self._box.addLayout(self.first)
        self._box.addLayout(self.second)
        for group in (self.first, self.second):
            group.setSpacing(metrics()["space"]["small"] - 2)
        self._align(fits=True)
        self.setFixedHeight(self._line)

    def minimumSizeHint(self) -> QSize:
        """Return the size on two lines."""
        widest = max(group.sizeHint().width() for group in (self.first, self.second))
        return QSize(widest, self._line)

    def arrange(self) -> None:
        """Choose one line or two, as there is room."""
        wanted = self.first.sizeHint().width() + self.second.sizeHint().width() + self._box.spacing()
        fits = wanted <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
            self._align(fits=fits)
            self.setFixedHeight(self._line if fits else 2 * self._line + self._box.spacing())

    def _align(self, *, fits: bool) -> None:
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        self._box.setAlignment(self.first, left)
        self._box.setAlignment(self.second, right if fits else left)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew."""
        super().resizeEvent(event)
        self.arrange()
