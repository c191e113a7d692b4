"""A chip that says which hidden layer is looked at, and offers all of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from engine.base.numbers import plural
from engine.base.specs import ConvLayer, HiddenLayer
from gui.look.icons import icon

TIP = "Which hidden layer is shown"
AVERAGED = "Of each feature map the mean over its places is shown."


class LayerChip(QPushButton):
    """Hidden where there is but one plain layer: then there is nothing to choose, nor to say."""

    chosen = Signal(int)
    """Carries the layer, from 0."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Hidden layer")
        self.setToolTip(f"{TIP}.")
        self.setProperty("look", "accent chip")
        self.setIcon(icon("chevron-down", "accent"))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        self.layer = 0
        self.titles: list[str] = []
        """What the layers are called in the menu."""
        self._layers: tuple[HiddenLayer, ...] = ()
        menu = QMenu(self)
        menu.setObjectName(f"{name}.menu")
        self.setMenu(menu)
        self.hide()

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers; the one that was chosen stays so, if it is there."""
        if tuple(layers) == self._layers:
            return
        self._layers = tuple(layers)
        self.layer = min(self.layer, max(0, len(layers) - 1))
        self.titles = [title(number, layer) for number, layer in enumerate(layers, 1)]
        self.menu().clear()
        for number, text in enumerate(self.titles):
            action = self.menu().addAction(text)
            action.setObjectName(f"{self.objectName()}.{number}")
            action.triggered.connect(lambda _=False, number=number: self.choose(number))
        self._say()

    def choose(self, layer: int) -> None:
        """Look at a layer, if it is there."""
        if layer != self.layer and 0 <= layer < len(self._layers):
            self.layer = layer
            self._say()
            self.chosen.emit(layer)

    def _say(self) -> None:
        layers = self._layers
        is_averaged = bool(layers) and isinstance(layers[self.layer], ConvLayer)
        self.setVisible(len(layers) > 1 or is_averaged)
        if layers:
            text = f"Layer {self.layer + 1}{', averaged' if is_averaged else ''}"
            self.setText(text)
            self.setAccessibleName(f"Hidden layer: {self.titles[self.layer]}")
            self.setToolTip(f"{TIP}. {AVERAGED if is_averaged else ''}".strip())


def title(number: int, layer: HiddenLayer) -> str:
    """Return what a layer is called, with its number from 1."""
    if isinstance(layer, ConvLayer):
        return f"Layer {number}: {layer.width:,} feature maps, averaged"
    return f"Layer {number}: {plural(layer.width, 'neuron')}"
