"""Which ten neurons of which hidden layer: a choice of layers, and the number of the first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QToolButton, QWidget

from engine.base.lens import Neuron
from gui.look.fonts import font, metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import words
from gui.widgets.choice_field import Choice

COUNT, LAYER_WIDTH = 10, 118
"""Maximum number that are chosen at a time."""


class LayerRange(QWidget):
    """Ten neurons, or as many as the layer has from the first on."""

    changed = Signal()
    """A person chose others."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._widths: Sequence[int] = ()
        self.layer = named(Choice(), f"{prefix}.layer")
        self.layer.setFont(font("body"))
        self.layer.setAccessibleName("Hidden layer")
        self.layer.setToolTip("The hidden layer of the neurons, with how many it has")
        self.layer.setMinimumWidth(LAYER_WIDTH)
        self.first = named(_First(), f"{prefix}.first")
        self.first.setFont(font("value", numbers=True))
        self.first.setAccessibleName("First neuron")
        self.first.setToolTip(
            "The number of the first of ten neurons, from 0; the up and down keys show others"
        )
        self.first.setFixedWidth(64)
        self.first.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.first.setSingleStep(COUNT)
        self.first.setKeyboardTracking(False)
        self.back = self._make_button(f"{prefix}.back", "Ten neurons before", -COUNT)
        self.on = self._make_button(f"{prefix}.on", "The next ten neurons", COUNT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(metrics()["space"]["tight"])
        for each in (self.layer, words("from", "label", names=self.first), self.first, self.back, self.on):
            row.addWidget(each)
        self.layer.currentIndexChanged.connect(self._take_layer)
        self.first.valueChanged.connect(self._take_first)

    def set_widths(self, widths: Sequence[int]) -> None:
        """Offer the neurons of these layers; what was chosen stays where it is still there."""
        if tuple(widths) == tuple(self._widths):
            return
        place = max(0, self.layer.currentIndex())
        self._widths = tuple(widths)
        with QSignalBlocker(self.layer):
            self.layer.clear()
            for number, width in enumerate(widths, 1):
                self.layer.addItem(f"Layer {number}: {width}")
            if widths:
                self.layer.setCurrentIndex(min(place, len(widths) - 1))
        self._fit()

    def neurons(self) -> tuple[Neuron, ...]:
        """Return those that are chosen; none where the network has no hidden layer."""
        layer = self.layer.currentIndex()
        if not 0 <= layer < len(self._widths):
            return ()
        first = self.first.value()
        return tuple(Neuron(layer, each) for each in range(first, min(first + COUNT, self._widths[layer])))

    def show_neuron(self, neuron: Neuron) -> bool:
        """Choose ten with this one among them, if it is there; return whether that changed anything."""
        before = self.neurons()
        if neuron.layer < len(self._widths) and neuron not in before:
            with QSignalBlocker(self.layer), QSignalBlocker(self.first):
                self.layer.setCurrentIndex(neuron.layer)
                self._fit()
                self.first.setValue(neuron.number // COUNT * COUNT)
            self._fit()
        return self.neurons() != before

    def _fit(self) -> None:
        layer = self.layer.currentIndex()
        width = self._widths[layer] if 0 <= layer < len(self._widths) else 1
        with QSignalBlocker(self.first):
            self.first.setRange(0, max(0, width - 1))
        self.back.setEnabled(self.first.value() > 0)
        self.on.setEnabled(self.first.value() + COUNT < width)

    def _take_layer(self) -> None:
        with QSignalBlocker(self.first):
            self.first.setValue(0)
        self._take_first()

    def _take_first(self) -> None:
        self._fit()
        self.changed.emit()

    def _make_button(self, name: str, title: str, by: int) -> QToolButton:
        button = named(QToolButton(), name)
        button.setIcon(icon("chevron-right" if by > 0 else "chevron-left", "muted"))
        button.setFixedSize(26, 26)
        button.setAccessibleName(title)
        button.setToolTip(title)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.first.setValue(max(0, self.first.value() + by)))
        return button


class _First(QSpinBox):
    """A number that Return hands in and leaves alone."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
