"""The bar over the maps: in which order rows and columns stand, averages alone, which layer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from engine.base.specs import HiddenLayer
from gui.look.fonts import metrics
from gui.look.words import words
from gui.tabs.fingerprints.layer_chip import LayerChip
from gui.tabs.fingerprints.two_groups import TwoGroups
from gui.widgets.chip import chip
from gui.widgets.segments import Segments

ROWS = {"index": "index", "class": "by class", "similar": "similar", "mean": "mean"}
COLUMNS = {"index": "index", "confidence": "confidence", "similar": "similar"}

ROW_TIPS = {
    "index": "The rows, one for each neuron, by the neurons' numbers",
    "class": "Neurons in groups by the class that they answer to most; in each map a bracket marks those of its class",
    "similar": "Neurons that answer alike side by side (hierarchical clustering)",
    "mean": "Neurons that fire most at the top",
}
COLUMN_TIPS = {
    "index": "The columns, one for each test image, by the images' numbers",
    "confidence": "The surer the network is of the right class, the further left the image",
    "similar": "Images that excite the same neurons side by side",
}


class MapBar(TwoGroups):
    """Passive: tells what is chosen."""

    changed = Signal()
    """Another order or layer is chosen."""

    def __init__(self) -> None:
        super().__init__("fingerprints.bar")
        self._rows, self._columns = "class", "confidence"
        self.rows = Segments("fingerprints.rows", ROWS, ROW_TIPS)
        self.columns = Segments("fingerprints.columns", COLUMNS, COLUMN_TIPS)
        self.keep = chip(
            "fingerprints.keep",
            "Keep order",
            "Let the rows stand as they stand now when you move the time slider or look at another run: otherwise each "
            "moment has an order of its own.",
            checkable=True,
        )
        self.averages = chip(
            "fingerprints.averages",
            "Averages only",
            "Show the average column of each class, side by side as one picture.",
            checkable=True,
        )
        self.fewer = chip(
            "fingerprints.fewer.show",
            "How few?",
            "Show at the right how few neurons and weights suffice, instead of the chosen neuron.",
            checkable=True,
        )
        self.layers = LayerChip("fingerprints.layer")
        self.rows.choose(self._rows)
        self.columns.choose(self._columns)
        self._arrange()
        self._connect()
        self.set_layers(())

    @property
    def row_key(self) -> str:
        """In which order the rows are wanted."""
        return self._rows

    @property
    def column_key(self) -> str:
        """In which order the columns are wanted."""
        return self._columns

    @property
    def layer(self) -> int:
        """Which hidden layer is wanted, from 0."""
        return self.layers.layer

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers; where there is but one plain one, there is nothing to choose or say."""
        self.layers.set_layers(layers)
        self.arrange()

    def _arrange(self) -> None:
        space = metrics()["space"]["small"]
        self.first.addWidget(words("Rows", "label"))
        self.first.addWidget(self.rows)
        self.first.addSpacing(space)
        self.first.addWidget(words("Columns", "label"))
        self.first.addWidget(self.columns)
        for widget in (self.layers, self.keep, self.averages, self.fewer):
            self.second.addWidget(widget)

    def _connect(self) -> None:
        self.rows.chosen.connect(lambda key: self._choose(rows=key))
        self.columns.chosen.connect(lambda key: self._choose(columns=key))
        self.layers.chosen.connect(lambda _: self.keep.setChecked(False))
        self.layers.chosen.connect(lambda _: self.changed.emit())

    def _choose(self, rows: str = "", columns: str = "") -> None:
        self._rows, self._columns = rows or self._rows, columns or self._columns
        if rows:
            self.keep.setChecked(False)  # who chooses an order does not want the one that is kept
        self.changed.emit()
