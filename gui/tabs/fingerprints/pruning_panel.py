"""The panel on how few neurons and weights suffice: curves that grow while they are measured, and a slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSlider

from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.percents import percent
from gui.look.words import Tone, figure, set_figure, set_tone, words
from gui.state.one_shot import one_shot
from gui.tabs.fingerprints.pruning_plot import PruningPlot
from gui.widgets.curve import DASHES, Stroke
from gui.widgets.panel import Panel
from gui.widgets.series import Series

if TYPE_CHECKING:
    from engine.probes.pruning import PruningCurve

CALM_MS = 400
"""After so long without a further key or turn of the wheel a gesture is over."""

TRACK = (38, 0, 6, 0)
"""Edges of the slider, in pixels: the plot's own, less half a handle."""

WHAT = "What if the least useful neurons were silenced, one after the other? It takes some seconds."
PULL = "Drag to silence the least useful."
KINDS = {"neurons": "Neurons", "weights": "Weights"}
TONES: tuple[Tone, ...] = ("accent", "changed")
"""Of the dots before the sentences, which say whose curve is which."""
STROKES = {
    "neurons": Stroke(color="curve_1"),
    "weights": Stroke(color="curve_2", width=1.5, dashes=DASHES[1]),
}


class PruningPanel(Panel):
    """Passive: it shows curves and sentences, and tells when something is to be measured or silenced."""

    measureWanted, cancelWanted = Signal(), Signal()
    countChanged = Signal(int)
    """How many of the least useful shall be silenced for now, ..."""
    countChosen = Signal()
    """... and that was the end of the gesture."""

    def __init__(self) -> None:
        super().__init__("How few suffice?", "fingerprints.fewer")
        self.measure = named(QPushButton(), "fingerprints.fewer.measure")
        self.measure.setProperty("look", "chip")
        self.sentence, self.weights = (words("", "label", wrapped=True) for _ in KINDS)
        self.sentence.setObjectName("fingerprints.fewer.sentence")
        self.weights.setObjectName("fingerprints.fewer.weights")
        self._dots = {kind: words("●", "caption") for kind in KINDS}
        self.plot = PruningPlot("fingerprints.fewer.plot")
        self.slider = named(QSlider(Qt.Orientation.Horizontal), "fingerprints.fewer.count")
        self.count = words(PULL, "caption")
        self.count.setObjectName("fingerprints.fewer.silenced")
        self.accuracy = named(figure("", "small value"), "fingerprints.fewer.accuracy")
        self._series = {kind: Series() for kind in KINDS}
        self._total = self._most = 0
        self._is_measuring = False
        self._calm = one_shot(self, ms=CALM_MS)
        self._dress()
        self._arrange()
        self._connect()
        self.clear()
        self.set_measuring(False)

    def clear(self) -> None:
        """Show no curves."""
        for kind in KINDS:
            self._begin(kind)
            self._dots[kind].hide()
        self._total = self._most = 0
        self.slider.setEnabled(False)
        self.show_count(None)

    def show_curve(self, curve: PruningCurve) -> None:
        """Draw what is known of a curve now; it grows, and at its end gets points between those that it had."""
        series, x = self._series[curve.kind], curve.removed / curve.total
        known = len(series)
        if not np.array_equal(series.x, x[:known]):
            series, known = self._begin(curve.kind), 0
        series.extend(x[known:], curve.accuracies[known:])
        self._dots[curve.kind].show()
        self.plot.schedule()
        if curve.kind == "neurons":
            self._total, self._most = curve.total, len(curve.order)
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, curve.total)
                self.slider.setPageStep(max(1, curve.total // 20))
            self.slider.setEnabled(self._most > 0)

    def _begin(self, kind: str) -> Series:
        """Let a kind have a curve without points."""
        self._series[kind] = Series()
        for each, series in self._series.items():  # all of them, so that their order stays
            self.plot.add_curve(each, KINDS[each], series, STROKES[each])
        return self._series[kind]

    def say(self, sentence: str, weights: str = "", tip: str = "") -> None:
        """Say what was found of the neurons and of the weights, or what goes on, in two lines each at most."""
        for label, text in ((self.sentence, sentence), (self.weights, weights)):
            if text != label.text():
                label.setText(text)
            label.setToolTip(tip)

    def set_measuring(self, on: bool) -> None:
        """Offer to measure, or to leave off measuring."""
        self._is_measuring = on
        title = "Cancel" if on else "Measure"
        self.measure.setText(title)
        self.measure.setAccessibleName(f"{title}: how few neurons suffice")
        self.measure.setToolTip(
            "Leave off measuring; what is known so far stays."
            if on
            else "Silence neurons one after the other, each time the one that is missed least on training images, and "
            "measure the accuracy on the test images; then set the smallest weights to 0, more and more."
        )

    def show_count(self, count: int | None) -> None:
        """Show how many of the least useful are silenced; `None`: others are, or it is not known which."""
        value = count or 0
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(value)
        self.plot.set_cursor(value / self._total if count and self._total else None, at_once=True)
        found = self._series["neurons"].at(value / self._total) if count and self._total else None
        self.count.setText(f"{count:,} of {self._total:,} silenced" if count else PULL)
        set_figure(self.accuracy, percent(found) if found is not None else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a gesture of keys end with the key, not only after a while."""
        if (
            event.type() == QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and not event.isAutoRepeat()
        ):
            self._end()
        return False

    def _take_value(self, value: int) -> None:
        count = min(value, self._most)
        if count != value:
            with QSignalBlocker(self.slider):
                self.slider.setValue(count)
        self.countChanged.emit(count)
        if not self.slider.isSliderDown():
            self._calm.start()

    def _pull(self, share: float) -> None:
        if self._most:
            self._calm.stop()
            with QSignalBlocker(self.slider):
                self.slider.setValue(min(round(share * self._total), self._most))
            self.countChanged.emit(self.slider.value())

    def _end(self) -> None:
        self._calm.stop()
        self.countChosen.emit()

    def _dress(self) -> None:
        self.slider.setAccessibleName("How many of the least useful neurons are silenced")
        self.slider.setToolTip("Silence so many of the least useful neurons, in all tabs.")
        self.slider.installEventFilter(self)
        self.count.setToolTip("How many of the layer's neurons are silenced, and the accuracy measured then")
        self.accuracy.setToolTip(self.count.toolTip())
        self.sentence.ensurePolished()
        line = self.sentence.fontMetrics().lineSpacing()
        for label in (self.sentence, self.weights):
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            label.setFixedHeight(2 * line + 2)
        for dot, tone in zip(self._dots.values(), TONES, strict=True):
            set_tone(dot, tone)
            dot.setFixedHeight(line)

    def _arrange(self) -> None:
        self.head.addStretch(1)
        self.head.addWidget(self.measure)
        below = QHBoxLayout()
        below.setSpacing(metrics()["space"]["small"])
        below.addWidget(self.count, 1)
        below.addWidget(self.accuracy)
        set_figure(self.accuracy, "99.9 %")
        said = QGridLayout()
        said.setHorizontalSpacing(metrics()["space"]["tight"])
        said.setVerticalSpacing(0)
        said.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for row, (dot, label) in enumerate(
            zip(self._dots.values(), (self.sentence, self.weights), strict=True)
        ):
            said.addWidget(dot, row, 0, top)
            said.addWidget(label, row, 1)
        self.body.addLayout(said)
        self.body.addWidget(self.plot, 1)
        track = QHBoxLayout()
        track.setContentsMargins(*TRACK)  # so that the handle stands below its place in the plot
        track.addWidget(self.slider)
        self.body.addLayout(track)
        self.body.addLayout(below)

    def _connect(self) -> None:
        self.measure.clicked.connect(
            lambda: (self.cancelWanted if self._is_measuring else self.measureWanted).emit()
        )
        self.slider.valueChanged.connect(self._take_value)
        self.slider.sliderReleased.connect(self._end)
        self._calm.timeout.connect(self._end)
        self.plot.pulled.connect(self._pull)
        self.plot.released.connect(self._end)
