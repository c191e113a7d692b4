"""The chosen neuron: its weights large, with their scale and figures, and what it says to the classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout

from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.words import figure, set_figure, set_tone, words
from gui.tabs.weights.signed_bars import SignedBars
from gui.widgets.panel import Panel
from gui.widgets.pixels import Pixels
from gui.widgets.scale_bar import WEIGHTS_TIP, ScaleBar, signed

if TYPE_CHECKING:
    from engine.probes.weight_pictures import WeightPictures

NOTHING = "Click a picture to look closely at its neuron."
WIDE, NARROW = 392, 330
DIRECT = "To the classes"
PRODUCT = "Through to the classes"
DIRECT_HELP = (
    "The neuron's weights to the ten classes: how much each class' logit rises when it fires by 1 more"
)
PRODUCT_HELP = (
    "How much each class' logit rises when it fires by 1 more (a feature map: at all of its places), through all "
    "layers between, their activations left out"
)
FIGURES = {
    "bias": ("Bias", "What is added to the weighted sum before the activation"),
    "lowest": ("Smallest", "The most negative of the weights"),
    "norm": ("Norm", "The root of the sum of the weights' squares"),
    "highest": ("Largest", "The most positive of the weights"),
}


@dataclass(frozen=True, slots=True)
class Neuron:
    """What is shown of a neuron. `outgoing` is (classes,), empty where nothing goes out."""

    title: str
    picture: np.ndarray[Any, Any]
    bias: float
    norm: float
    outgoing: np.ndarray[Any, Any]
    is_direct: bool
    state: str
    """What the lens does to it, in a word; empty when nothing."""
    is_change: bool

    @classmethod
    def of(cls, found: WeightPictures, number: int, *, state: str) -> Neuron:
        """Return what there is to show of a neuron of a layer."""
        is_class = found.layer == len(found.layers) - 1
        is_map = found.layers[found.layer].kind == "convolution"
        word = "Class" if is_class else "Feature map" if is_map else "Neuron"
        return cls(
            title=f"{word} {number}",
            picture=found.pictures[number],
            bias=float(found.biases[number]),
            norm=float(found.norms[number]),
            outgoing=found.outgoing[number],
            is_direct=found.layer == len(found.layers) - 2 and not is_map,
            state=state,
            is_change=found.against is not None,
        )


class NeuronPanel(Panel):
    """Fixed places: only pictures, bars and figures change."""

    def __init__(self) -> None:
        super().__init__("Neuron", "weights.neuron")
        self.state = named(self.add_figure(), "weights.neuron.state")
        self.pixels = Pixels("weights.neuron.picture", "The neuron's weights", signed=True)
        self.scale = ScaleBar("weights.neuron.scale", WEIGHTS_TIP)
        self.bars = SignedBars("weights.neuron.outgoing", "What the neuron says to the classes")
        self.caption = named(words(DIRECT, "caption"), "weights.neuron.caption")
        self.hint = named(words(NOTHING, "caption", wrapped=True), "weights.neuron.hint")
        self.figures = {name: figure("", "small value") for name in FIGURES}
        self._arrange()
        self.setMinimumWidth(NARROW)
        self.setMaximumWidth(WIDE)
        self._fit_picture()
        self.show_neuron(None)

    def show_neuron(self, neuron: Neuron | None) -> None:
        """Show a neuron, or how to choose one."""
        self.set_title(neuron.title if neuron else "Neuron")
        self.hint.setVisible(neuron is None)
        self.caption.setVisible(neuron is not None and bool(len(neuron.outgoing)))
        picture = np.nan_to_num(neuron.picture) if neuron else None
        reach = float(np.abs(picture).max(initial=0)) if picture is not None else None
        self.pixels.set_numbers(picture, reach or 1.0)
        self.scale.set_reach(reach)
        self.bars.setVisible(neuron is None or bool(len(neuron.outgoing)))
        self.bars.set_values(neuron.outgoing if neuron and len(neuron.outgoing) else None)
        self._show_words(neuron)

    def sizeHint(self) -> QSize:
        """As wide as is good for it; in a small window it may be narrower."""
        return QSize(WIDE, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the picture the room there is, in whole multiples."""
        super().resizeEvent(event)
        self._fit_picture()

    def _fit_picture(self) -> None:
        side = (7 if self.width() >= WIDE else 6) * 28 + 2
        self.pixels.setFixedSize(side, side)
        self.scale.setFixedWidth(side)

    def _show_words(self, neuron: Neuron | None) -> None:
        state = neuron.state if neuron else ""
        self.state.setText(state or ("change" if neuron and neuron.is_change else ""))
        set_tone(self.state, "warn" if state else "muted")
        direct = neuron is None or neuron.is_direct
        self.caption.setText(DIRECT if direct else PRODUCT)
        self.caption.setToolTip(DIRECT_HELP if direct else PRODUCT_HELP)
        self.bars.setToolTip(DIRECT_HELP if direct else PRODUCT_HELP)
        picture = neuron.picture[~np.isnan(neuron.picture)] if neuron else np.zeros(0)
        values = {name: float("nan") for name in FIGURES}
        if neuron and picture.size:
            values = {
                "bias": neuron.bias,
                "lowest": float(picture.min()),
                "highest": float(picture.max()),
                "norm": neuron.norm,
            }
        for name, label in self.figures.items():
            text = signed(values[name]) if neuron else ""
            set_figure(label, text.lstrip("+") if name == "norm" else text)

    def _arrange(self) -> None:
        space = metrics()["space"]
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space["medium"])
        grid.setVerticalSpacing(space["tight"])
        grid.addWidget(self.pixels, 0, 0, 2, 1)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        right = QVBoxLayout()
        right.setSpacing(space["tight"])
        right.addWidget(self.caption)
        right.addWidget(self.hint)
        right.addWidget(self.bars, 1)
        grid.addLayout(right, 0, 1, 2, 1)
        grid.addWidget(self.scale, 2, 0)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)
        self.body.addLayout(self._figures_grid())
        self.body.addStretch(1)

    def _figures_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(metrics()["space"]["small"])
        for number, (name, (title, help_)) in enumerate(FIGURES.items()):
            label: QLabel = words(title, "label")
            label.setToolTip(help_)
            self.figures[name].setObjectName(f"weights.neuron.{name}")
            self.figures[name].setToolTip(help_)
            row, column = divmod(number, 2)
            grid.addWidget(label, row, 3 * column)
            grid.addWidget(self.figures[name], row, 3 * column + 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnMinimumWidth(2, metrics()["space"]["medium"])
        for column in (1, 4):
            grid.setColumnStretch(column, 1)
        return grid
