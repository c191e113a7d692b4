"""What the answer rests on, as one of two pages: the nearest training images, or the receipt."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from gui.named import named
from gui.widgets.nearest_grid import NearestGrid
from gui.widgets.panel import Panel
from gui.widgets.receipt_table import ReceiptTable
from gui.widgets.segments import Segments


class EvidencePanel(Panel):
    """Switches in place between its pages."""

    def __init__(self) -> None:
        super().__init__("", "draw.evidence")
        self.setAccessibleName("What the answer rests on")
        self.page = Segments("draw.page", {"nearest": "Nearest", "receipt": "Receipt"})
        self.page.setToolTip("The training images most alike, or the arithmetic of the answer.")
        self.nearest = NearestGrid("draw.nearest")
        self.receipt = ReceiptTable("draw.receipt")
        self._pages = named(QStackedWidget(), "draw.pages")
        self._pages.addWidget(self.nearest)
        self._pages.addWidget(self.receipt)
        self.head.addWidget(self.page)
        self.head.addStretch(1)
        self.body.addWidget(self._pages, 1)
        self.page.chosen.connect(lambda key: self._pages.setCurrentWidget(getattr(self, key)))

    @property
    def shows_receipt(self) -> bool:
        """Whether the receipt is the page that is shown."""
        return self._pages.currentWidget() is self.receipt
