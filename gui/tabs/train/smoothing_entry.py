"""The smoothing of the loss per step: a slider in the menu of its plot."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSlider, QWidget, QWidgetAction

from engine.core.text import plural, written
from gui.look.fonts import sized
from gui.look.layout import SPRING, hbox, vbox
from gui.look.words import figure, named, plain_tip, words
from gui.widgets.plots.smoothing import last_smoothing, remember_smoothing

# The slider's range: ten places make the average about ten times longer, up to a thousand steps.
PER_DECADE, DECADES = 10, 3

FORMULA = (
    "Exponential moving average of the loss per step, debiased: "
    "s(t) = w · s(t − 1) + (1 − w) · loss(t), drawn as s(t) / (1 − w^t). At 0 nothing is smoothed."
)

WIDTH = 180


class Smoothing(QWidgetAction):
    """A menu entry with a slider. The choice is remembered."""

    smoothed = Signal(float)  # the weight of the average, 0 for no smoothing

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setText("Smoothing")
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.slider")
        self.slider.setAccessibleName("Smoothing of the loss per step")
        self.slider.setToolTip(plain_tip(FORMULA))
        self.slider.setRange(0, PER_DECADE * DECADES)
        sized(self.slider.setMinimumWidth, WIDTH)
        self.value = named(figure(), f"{name}.value")
        page = QWidget()
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page.setFocusProxy(self.slider)  # the menu's keys reach it as they reach any entry
        vbox(
            hbox(words("Smoothing of the loss per step", "label", names=self.slider), SPRING, self.value),
            self.slider,
            edges=("medium", "small"),
            on=page,
        )
        self.setDefaultWidget(page)
        self.slider.setValue(place_of(last_smoothing()))
        self._show_weight()
        self.slider.valueChanged.connect(self._take)

    @property
    def weight(self) -> float:
        """The share of the average that stays at each step; 0: nothing is smoothed."""
        return weight_at(self.slider.value())

    def _take(self) -> None:
        self._show_weight()
        remember_smoothing(self.weight)
        self.smoothed.emit(self.weight)

    def _show_weight(self) -> None:
        self.value.setText(say_weight(self.weight))


class _Slider(QSlider):
    """A slider in a menu: up and down go to the entries beside it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)


def weight_at(place: int) -> float:
    """Return the weight at a place of the slider: 0, then 1 - 1 / 10^(place / 10), the latter with two digits."""
    return round(1 - float(f"{10 ** (-place / PER_DECADE):.2g}"), 6)


def place_of(weight: float) -> int:
    """Return the place of the slider that comes nearest to a weight."""
    return min(range(PER_DECADE * DECADES + 1), key=lambda place: abs(weight_at(place) - weight))


def say_weight(weight: float) -> str:
    """Return a weight and the number of steps that it averages over: `0.9 · 10 steps`."""
    if not weight:
        return "off"
    steps = round(1 / (1 - weight))
    return f"{written(weight, '.4g')} · {plural(steps, 'step')}"
