"""How the weights of each layer are spread, now and at the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from gui.look.fonts import metrics
from gui.look.words import words
from gui.widgets.histogram import Histogram
from gui.widgets.panel import Panel

if TYPE_CHECKING:
    from engine.probes.weight_histograms import LayerHistogram


class LayerSpreads(Panel):
    """A histogram for each layer, one below the other."""

    def __init__(self) -> None:
        super().__init__("Weights of each layer", "weights.spreads")
        key = words("line: at the start", "caption")
        self.head.addStretch(1)
        self.head.addWidget(key)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(metrics()["space"]["small"])
        self._grid.setVerticalSpacing(metrics()["space"]["tight"])
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid, 1)
        self.histograms: list[Histogram] = []
        self._titles: list[QLabel] = []

    def show_layers(self, layers: Sequence[LayerHistogram]) -> None:
        """Show the layers, of whatever number there are."""
        if len(layers) != len(self.histograms):
            self._make_rows([layer.title for layer in layers])
        for histogram, layer in zip(self.histograms, layers, strict=True):
            histogram.set_shares(layer.edges, layer.start, layer.now)

    def clear(self) -> None:
        """Show nothing."""
        for histogram in self.histograms:
            histogram.clear()

    def _make_rows(self, titles: Sequence[str]) -> None:
        for widget in (*self.histograms, *self._titles):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.setParent(None)  # at once, so that its name is free for the new row
        self.histograms = [Histogram(f"weights.spreads.{number}") for number in range(1, len(titles) + 1)]
        self._titles = [words(title, "label") for title in titles]
        for row, (title, histogram) in enumerate(zip(self._titles, self.histograms, strict=True)):
            self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(histogram, row, 1)
