"""What the answer rests on, page by page: the nearest images, the receipt, the strokes again, the training."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui.look.fonts import metrics
from gui.look.named import named
from gui.tabs.draw.nearest_grid import NearestGrid
from gui.tabs.draw.receipt_table import ReceiptTable
from gui.tabs.draw.stacked_chart import ClassLegend, StackedChart
from gui.tabs.draw.training_chart import TrainingPage
from gui.widgets.panel import Panel
from gui.widgets.segments import Segments


class ReplayPage(QWidget):
    """The answer over the time of the strokes, and the button that makes them once more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.replay")
        self.chart = StackedChart(
            "draw.replay.chart", "Replay the strokes to see how their answer came about."
        )
        self.button = named(QPushButton("Replay the strokes"), "draw.replay.button")
        self.button.setAccessibleName("Replay the strokes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics()["space"]["small"])
        column.addWidget(self.chart, 1)
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        self.legend = ClassLegend("draw.replay.legend", self.chart)
        row.addWidget(self.legend, 1)
        column.addLayout(row)
        self.set_possible(False)

    def set_possible(self, possible: bool) -> None:
        """Say whether there is something to replay."""
        self.button.setEnabled(possible)
        self.button.setToolTip(
            "Draw the strokes once more and watch the answer change."
            if possible
            else "No stroke is drawn yet."
        )


PAGES = {"nearest": "Nearest", "receipt": "Receipt", "replay": "Replay", "training": "Epochs"}
TIPS = {
    "nearest": "The training images that the hidden neurons find most like your drawing",
    "receipt": "The arithmetic of the answer: how much each neuron adds to its score",
    "replay": "Draw your strokes once more, and see how the answer came about",
    "training": "What the network would have read at each moment of its training",
}


class EvidencePanel(Panel):
    """Switches in place between its pages."""

    def __init__(self) -> None:
        super().__init__("", "draw.evidence")
        self.setAccessibleName("What the answer rests on")
        self.page = Segments("draw.page", PAGES, TIPS, narrow=True)
        self.nearest = NearestGrid("draw.nearest")
        self.receipt = ReceiptTable("draw.receipt")
        self.replay, self.training = ReplayPage(), TrainingPage()
        self._pages = named(QStackedWidget(), "draw.pages")
        for page in (self.nearest, self.receipt, self.replay, self.training):
            self._pages.addWidget(page)
        self.head.addWidget(self.page)
        self.head.addStretch(1)
        self.body.addWidget(self._pages, 1)
        self.page.chosen.connect(lambda key: self._pages.setCurrentWidget(getattr(self, key)))

    @property
    def shows_receipt(self) -> bool:
        """Whether the receipt is the page that is shown."""
        return self._pages.currentWidget() is self.receipt

    @property
    def shows_training(self) -> bool:
        """Whether the answer over the training is the page that is shown."""
        return self._pages.currentWidget() is self.training
