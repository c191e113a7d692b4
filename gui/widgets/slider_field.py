"""A field for a number that one drags: a logarithmic slider and the exact number."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider

from engine.base.knobs import Knob
from gui.widgets.text_field import TextField

TICKS_PER_DECADE = 40
FIELD_WIDTH = 84


class SliderField(TextField):
    """A slider over the knob's whole range and the exact number beside it; each follows the other."""

    def __init__(self, knob: Knob, name: str) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(f"{name}.slider")
        self.slider.setAccessibleName(f"{knob.title}, slider")
        self.slider.setToolTip(knob.help)
        self.slider.setRange(_tick(knob.minimum), _tick(knob.maximum))
        self.slider.setSingleStep(TICKS_PER_DECADE // 10)
        self.slider.setPageStep(TICKS_PER_DECADE)
        super().__init__(knob, name)
        self.slider.valueChanged.connect(self._take_slider)

    def _arrange(self) -> None:
        super()._arrange()
        self.line.insertWidget(0, self.slider, 1)
        self.editor.setFixedWidth(FIELD_WIDTH)

    def _check(self) -> None:
        super()._check()
        value = self.value()
        if value is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(_tick(float(value)))
            self.slider.blockSignals(False)

    def _take_slider(self, tick: int) -> None:
        # Two significant digits: nobody means 0.1059.
        rate = float(f"{10 ** (tick / TICKS_PER_DECADE):.2g}")
        self.editor.setText(self._real(min(max(rate, self.knob.minimum), self.knob.maximum)))
        super()._check()
        self.edited.emit()


def _tick(value: float) -> int:
    return round(math.log10(value) * TICKS_PER_DECADE)
