"""What the answer rests on, page by page: the nearest training images, the receipt, and how it came about."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.fonts import metrics
from gui.named import named
from gui.widgets.nearest_grid import NearestGrid
from gui.widgets.panel import Panel
from gui.widgets.receipt_table import ReceiptTable
from gui.widgets.segments import Segments
from gui.widgets.stacked_chart import StackedChart


class ReplayPage(QWidget):
    """The answer over the time of the strokes, and the button that makes them once more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.replay")
        self.chart = StackedChart("draw.replay.chart")
        self.button = named(QPushButton("Replay the strokes"), "draw.replay.button")
        self.button.setAccessibleName("Replay the strokes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics()["space"]["small"])
        column.addWidget(self.chart, 1)
        column.addWidget(self.button)
        self.set_possible(False)

    def set_possible(self, possible: bool) -> None:
        """Say whether there is something to replay."""
        self.button.setEnabled(possible)
        self.button.setToolTip(
            "Draw the strokes once more and watch the answer change."
            if possible
            else "No stroke is drawn yet."
        )


class EvidencePanel(Panel):
    """Switches in place between its pages."""

    def __init__(self) -> None:
        super().__init__("", "draw.evidence")
        self.setAccessibleName("What the answer rests on")
        self.page = Segments("draw.page", {"nearest": "Nearest", "receipt": "Receipt", "replay": "Replay"})
        self.page.setToolTip(
            "The training images most alike, the arithmetic of the answer, or how it came about."
        )
        self.nearest = NearestGrid("draw.nearest")
        self.receipt = ReceiptTable("draw.receipt")
        self._pages = named(QStackedWidget(), "draw.pages")
        self._pages.addWidget(self.nearest)
        self._pages.addWidget(self.receipt)
        self.replay = ReplayPage()
        self._pages.addWidget(self.replay)
        self.head.addWidget(self.page)
        self.head.addStretch(1)
        self.body.addWidget(self._pages, 1)
        self.page.chosen.connect(lambda key: self._pages.setCurrentWidget(getattr(self, key)))

    @property
    def shows_receipt(self) -> bool:
        """Whether the receipt is the page that is shown."""
        return self._pages.currentWidget() is self.receipt
