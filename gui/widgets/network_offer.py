"""The two buttons of a view without a network: train one, or open the bundled session."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from gui.look.layout import SPRING, hbox, vbox
from gui.look.words import named

BUNDLED = "Open the bundled session"
BUNDLED_TIP = "Look at the networks that come with Layerlight: the blog post's, and one that reads handwriting best."


class NetworkOffer(QWidget):
    """Two buttons side by side, or if `narrow` below each other."""

    def __init__(self, name: str, title: str = "Start", *, narrow: bool = False) -> None:
        super().__init__()
        self.start = named(QPushButton(title), f"{name}.button", title=title, look="primary")
        self.bundled = named(QPushButton("Bundled session" if narrow else BUNDLED), f"{name}.bundled")
        self.bundled.setAccessibleName(BUNDLED)
        self.bundled.setToolTip(BUNDLED_TIP)
        if narrow:
            self.bundled.setProperty("look", "small")
        arrange, centre = vbox if narrow else hbox, Qt.AlignmentFlag.AlignCenter
        arrange(SPRING, (self.start, 0, centre), (self.bundled, 0, centre), SPRING, gap="small", on=self)
