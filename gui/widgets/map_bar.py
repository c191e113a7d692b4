"""The bar over the maps: in which order rows and columns stand, averages alone, which layer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from engine.specs import ConvLayer, HiddenLayer
from gui.fonts import metrics
from gui.named import named
from gui.widgets.choice_field import Choice
from gui.widgets.segments import Segments
from gui.widgets.words import words

ROWS = {"index": "index", "class": "by class", "similar": "similar", "mean": "mean"}
COLUMNS = {"index": "index", "confidence": "confidence", "similar": "similar"}

ROWS_TIP = (
    "How the neurons stand, in all maps alike: by number; by the class that they answer to most (selectivity); "
    "alike ones side by side (hierarchical clustering); by their mean activation."
)
COLUMNS_TIP = (
    "How the test images stand: by number; the surer the network is of the right class the further left; alike ones "
    "side by side."
)


def chip(name: str, title: str, tip: str, *, checkable: bool = False) -> QPushButton:
    """Return a small round button."""
    made = named(QPushButton(title), name)
    made.setProperty("look", "chip")
    made.setAccessibleName(title)
    made.setToolTip(tip)
    made.setCheckable(checkable)
    return made


class MapBar(QWidget):
    """Passive: tells what is chosen."""

    changed = Signal()
    """Another order or layer is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fingerprints.bar")
        self._rows, self._columns = "class", "confidence"
        self.rows = Segments("fingerprints.rows", ROWS)
        self.rows.setToolTip(ROWS_TIP)
        self.columns = Segments("fingerprints.columns", COLUMNS)
        self.columns.setToolTip(COLUMNS_TIP)
        self.keep = chip(
            "fingerprints.keep",
            "Keep this order",
            "Let the rows stand as they stand now, also at other moments and in other runs.",
            checkable=True,
        )
        self.averages = chip(
            "fingerprints.averages",
            "Averages only",
            "Show the average column of each class, side by side as one picture.",
            checkable=True,
        )
        self.layers = named(Choice(), "fingerprints.layer")
        self.layers.setAccessibleName("Layer")
        self.layers.setToolTip(
            "Which hidden layer; feature maps of a convolution are averaged over their places."
        )
        self.layers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
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
        return max(0, self.layers.currentIndex())

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers; where there is but one plain one, there is nothing to choose or say."""
        titles = [_title(number, layer) for number, layer in enumerate(layers, 1)]
        if titles != [self.layers.itemText(place) for place in range(self.layers.count())]:
            chosen = min(self.layer, max(0, len(titles) - 1))
            self.layers.blockSignals(True)
            self.layers.clear()
            self.layers.addItems(titles)
            self.layers.setCurrentIndex(chosen if titles else -1)
            self.layers.blockSignals(False)
        self.layers.setVisible(len(layers) > 1 or any(isinstance(layer, ConvLayer) for layer in layers))

    def choose_layer(self, layer: int) -> None:
        """Choose a hidden layer, if there is such."""
        if 0 <= layer < self.layers.count():
            self.layers.setCurrentIndex(layer)

    def _arrange(self) -> None:
        space, row = metrics()["space"], QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space["small"])
        row.addWidget(words("Rows", "label"))
        row.addWidget(self.rows)
        row.addSpacing(space["small"])
        row.addWidget(words("Columns", "label"))
        row.addWidget(self.columns)
        row.addSpacing(space["small"])
        row.addWidget(self.keep)
        row.addWidget(self.averages)
        row.addStretch(1)
        row.addWidget(self.layers)
        self.setFixedHeight(metrics()["height"]["button"])

    def _connect(self) -> None:
        self.rows.chosen.connect(lambda key: self._choose(rows=key))
        self.columns.chosen.connect(lambda key: self._choose(columns=key))
        self.layers.currentIndexChanged.connect(self.changed)

    def _choose(self, rows: str = "", columns: str = "") -> None:
        self._rows, self._columns = rows or self._rows, columns or self._columns
        self.changed.emit()


def _title(number: int, layer: HiddenLayer) -> str:
    if isinstance(layer, ConvLayer):
        return f"Layer {number}: {layer.width:,} feature maps, averaged"
    return f"Layer {number}: {layer.width:,} neurons"
