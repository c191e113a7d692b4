"""The button that unfolds a slider: how strongly the loss per step is smoothed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget, QWidgetAction

from engine.base.numbers import written
from gui.look.fonts import metrics
from gui.look.icons import icon
from gui.look.plain import plain_tip
from gui.look.text_size import sized
from gui.look.words import figure, words
from gui.widgets.smoothing import last_smoothing, remember_smoothing

PER_DECADE, DECADES = 10, 3
"""The slider's places: each tenth makes the average about ten times longer, up to a thousand steps."""

FORMULA = (
    "Exponential moving average of the loss per step, debiased: "
    "s(t) = w · s(t − 1) + (1 − w) · loss(t), drawn as s(t) / (1 − w^t). At 0 nothing is smoothed."
)

WIDTH = 180


class SmoothingButton(QToolButton):
    """Holds the slider in its menu, and is lit while something is smoothed. The choice is remembered."""

    smoothed = Signal(float)
    """The loss is to be smoothed by this weight; 0: not at all."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setIcon(icon("smooth", "muted"))
        self.setAccessibleName("Smooth the loss per step")
        self.setCheckable(True)
        sized(self.setIconSize, QSize(16, 16))
        sized(self.setFixedSize, 26, 26)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.slider")
        self.slider.setAccessibleName("Smoothing of the loss per step")
        self.slider.setToolTip(plain_tip(FORMULA))
        self.slider.setRange(0, PER_DECADE * DECADES)
        sized(self.slider.setFixedWidth, WIDTH)
        self.value = figure()
        self.value.setObjectName(f"{name}.value")
        self.setMenu(self._make_menu())
        self.slider.setValue(place_of(last_smoothing()))
        self._show_weight()
        self.slider.valueChanged.connect(self._take)

    @property
    def weight(self) -> float:
        """How much of the average stays at each step; 0: nothing is smoothed."""
        return weight_at(self.slider.value())

    def _take(self) -> None:
        self._show_weight()
        remember_smoothing(self.weight)
        self.smoothed.emit(self.weight)

    def _show_weight(self) -> None:
        weight = self.weight
        self.value.setText(say_weight(weight))
        self.setChecked(weight > 0)
        now = f"now {say_weight(weight)}" if weight else "now off"
        self.setToolTip(plain_tip(f"Smooth the loss per step ({now})"))

    def nextCheckState(self) -> None:
        """Stay lit or not: a click opens the menu, the slider decides."""

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.menu")
        page = QWidget()
        column = QVBoxLayout(page)
        space = metrics()["space"]
        column.setContentsMargins(space["medium"], space["small"], space["medium"], space["small"])
        head = QHBoxLayout()
        head.addWidget(words("Smoothing", "label", names=self.slider))
        head.addStretch(1)
        head.addWidget(self.value)
        column.addLayout(head)
        column.addWidget(self.slider)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        menu.aboutToShow.connect(self.slider.setFocus)
        return menu


def weight_at(place: int) -> float:
    """Return the weight at a place of the slider: 0, then 1 - 1 / 10^(place / 10), where two digits of that count."""
    return round(1 - float(f"{10 ** (-place / PER_DECADE):.2g}"), 6)


def place_of(weight: float) -> int:
    """Return the place of the slider that comes nearest to a weight."""
    return min(range(PER_DECADE * DECADES + 1), key=lambda place: abs(weight_at(place) - weight))


def say_weight(weight: float) -> str:
    """Return a weight and about how many steps count: `0.9 · 10 steps`."""
    if not weight:
        return "off"
    steps = round(1 / (1 - weight))
    return f"{written(weight, '.4g')} · {steps:,} {'step' if steps == 1 else 'steps'}"
