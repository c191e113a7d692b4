"""The two ways to a network where there is none: train one, or open the session that comes along."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QPushButton, QWidget

from gui.look.fonts import metrics
from gui.look.named import named

BUNDLED = "Open the bundled session"
BUNDLED_TIP = (
    "Look at the networks that come with Layerlight: the blog post's, and one that reads handwriting best."
)


class NetworkOffer(QWidget):
    """Two buttons side by side, or one below the other in little room."""

    def __init__(self, name: str, title: str = "Start", *, narrow: bool = False) -> None:
        super().__init__()
        self.start = named(QPushButton(title), f"{name}.button")
        self.start.setAccessibleName(title)
        self.start.setProperty("look", "primary")
        self.bundled = named(QPushButton("Bundled session" if narrow else BUNDLED), f"{name}.bundled")
        self.bundled.setAccessibleName(BUNDLED)
        self.bundled.setToolTip(BUNDLED_TIP)
        if narrow:
            self.bundled.setProperty("look", "small")
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        row = QBoxLayout(way, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(metrics()["space"]["small"])
        row.addStretch(1)
        for button in (self.start, self.bundled):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        row.addStretch(1)
