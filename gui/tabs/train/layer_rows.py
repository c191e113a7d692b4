"""How a run's layers are: one row each, with its weights' histogram, its silent neurons and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from engine.training.health import MANY_DEAD
from engine.training.messages import EpochDone
from gui.look.words import figure, set_figure, set_tone, words
from gui.widgets.histogram import Histogram

if TYPE_CHECKING:
    from engine.probes.weight_histograms import LayerHistogram

MOST_WITH_HISTOGRAM = 3
"""More layers than that stand in two columns, without room for their weights."""

ROOMY = 320
"""Less wide, there is no room for their weights either."""

DEAD_HELP = "Neurons that fire for none of the run's {images}test images"
GRADIENT_HELP = "Norm of the loss' gradient in this layer's weights, mean over the epoch's steps"


@dataclass(slots=True)
class _Row:
    histogram: Histogram | None
    dead: QLabel
    gradient: QLabel


class LayerRows(QWidget):
    """Rows that share the height; empty until a run begins."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._rows: list[_Row] = []
        self._weights_title: QLabel | None = None
        self._images: int | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the weights out where they have no room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = [self._weights_title, *(row.histogram for row in self._rows)]
        for each in shown:
            if each is not None:
                each.setVisible(self.width() >= ROOMY)

    def begin(self, layers: int, images: int | None = None) -> None:
        """Make rows for this number of layers, the last one included, of a run tested on this number of images."""
        self._images = images
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(child)
            child.hide()
            child.setParent(None)  # at once, so that its name is free for the new row
            child.deleteLater()
        wide = layers <= MOST_WITH_HISTOGRAM
        self._grid.setHorizontalSpacing(12 if wide else 8)
        self._grid.setVerticalSpacing(4 if wide else 0)
        height = layers if wide else (layers + 1) // 2
        self._rows = [
            self._add_row(number, 1 + number % height, 4 * (number // height), wide)
            for number in range(layers)
        ]
        for left in (0,) if wide else (0, 4):
            self._add_captions(left, wide)
        for line in range(self._grid.rowCount()):
            self._grid.setRowStretch(line, 1 if 1 <= line <= height else 0)
        for column in (1, 5):
            self._grid.setColumnStretch(column, 1 if column == 1 or not wide else 0)
        self._fit()

    def show_epoch(self, message: EpochDone | None) -> None:
        """Show how the layers are after an epoch; nothing for `None`."""
        if message is None:
            for row in self._rows:
                set_figure(row.gradient, "")
                set_figure(row.dead, "")
            return
        for row, norm in zip(self._rows, message.gradient_norms, strict=False):
            set_figure(row.gradient, f"{norm:#.2g}")
        for row, dead, width in zip(self._rows, message.dead, message.widths, strict=False):
            set_figure(row.dead, f"{dead} of {width}")
            set_tone(row.dead, "warn" if dead > MANY_DEAD * width else "")

    def show_weights(self, layers: Sequence[LayerHistogram]) -> None:
        """Show how the layers' weights are spread."""
        for row, layer in zip(self._rows, layers, strict=False):
            if row.histogram:
                row.histogram.set_shares(layer.edges, layer.start, layer.now)

    def _add_captions(self, left: int, wide: bool) -> None:
        never = f"never fire\non {self._images:,}" if wide and self._images else "never fire"
        captions = ("", "weights, start and now" if wide else "", never, "gradient")
        for column, title in enumerate(captions):
            side = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            label = words(title, "caption")
            if column == 2:
                label.setToolTip(self._dead_help())
            if column == 1:
                self._weights_title = label if wide else None
            label.setAlignment(side)
            self._grid.addWidget(label, 0, left + column, side | Qt.AlignmentFlag.AlignBottom)

    def _dead_help(self) -> str:
        return DEAD_HELP.format(images=f"{self._images:,} " if self._images else "")

    def _add_row(self, number: int, line: int, left: int, wide: bool) -> _Row:
        prefix, place = self.objectName(), number + 1
        row = _Row(
            Histogram(f"{prefix}.weights.{place}") if wide else None,
            figure("", "small value"),
            figure("", "small value"),
        )
        title = words(f"Layer {place}" if wide else str(place), "label")
        title.setToolTip(f"Layer {place}")
        title.setContentsMargins(16 if left else 0, 0, 0, 0)
        row.dead.setObjectName(f"{prefix}.dead.{place}")
        row.dead.setToolTip(self._dead_help())
        row.gradient.setObjectName(f"{prefix}.gradient.{place}")
        row.gradient.setToolTip(GRADIENT_HELP)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._grid.addWidget(title, line, left)
        if row.histogram:
            self._grid.addWidget(row.histogram, line, left + 1)
        self._grid.addWidget(row.dead, line, left + 2, right)
        self._grid.addWidget(row.gradient, line, left + 3, right)
        row.dead.setMinimumWidth(72 if wide else 60)
        row.gradient.setMinimumWidth(52)
        return row
