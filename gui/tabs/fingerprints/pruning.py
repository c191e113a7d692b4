"""Pruning: how few neurons and weights suffice, and a slider that silences the least useful neurons."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QSlider

from engine.analysis.probes.pruning import PruningCurve, known_pruning, needed, prune
from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.lens import Lens, Neuron
from engine.core.text import printable
from engine.model.training.messages import MomentKept
from gui.look.fonts import font, keep, scaled
from gui.look.layout import SPRING, add, gridbox, hbox
from gui.look.percents import fine_percent
from gui.look.words import Tone, figure, for_hands, named, set_figure, set_title, set_tone, start, words
from gui.state.link.clock import one_shot
from gui.state.link.query import Request
from gui.state.silencing import Silencing
from gui.widgets.panel import Panel
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.curve_plot import AXIS_WIDTH, CurvePlot
from gui.widgets.plots.series import Series
from gui.widgets.tab import Tab

OTHER = mark("The network was another one then. Run it again.")

TIP = mark(
    "Chosen on training images, measured on all test images. Neurons: {measure}. Another choice of neurons may do with "
    "fewer. Weights: the smallest of all layers are set to 0; that is only measured, the other views keep all weights."
)

DIGITS = 3  # the number of weights is known to a thousandth of all, and rounded to this many digits
CALM_MS = 400  # a gesture of keys or the wheel ends once nothing has come for so long

# How far the slider reaches beyond the plot's own edge, left, and how far from the panel's, right.
BESIDE = 12, 6

WHAT = (
    mark("What if the least useful neurons were silenced, one after the other?"),
    mark("It takes some seconds; on all of MNIST, while a network trains, half a minute."),
)
PULL = mark("Drag to silence the least useful.")
KINDS = {"neurons": mark("Neurons"), "weights": mark("Weights")}
SPOKEN = {"neurons": mark("accuracy without neurons"), "weights": mark("accuracy without weights")}

# Of the dots before the sentences, which show whose curve is which.
TONES: tuple[Tone, ...] = ("accent", "changed")

STROKES = {"neurons": Stroke(color="curve_1"), "weights": Stroke(color="curve_2", width=1.5, dashes=DASHES[1])}

HOW_TO = mark(
    "Accuracy on the test images against the share that is taken away. Drag to silence the least useful neurons."
)


class Measured(NamedTuple):
    """What curves are about: a network, as `Runs.content` gives it, and a layer."""

    lens: Lens
    layer: int

    def is_beside(self, other: "Measured") -> bool:
        return (self.lens.run, self.layer) == (other.lens.run, other.layer)


class Fewer(QObject):
    """Measures first the neurons, then the weights, of a network without the layer's own silenced neurons.

    What else is silenced or adjusted stays: it is the selected network.
    """

    def __init__(self, tab: Tab, silencing: Silencing, panel: "PruningPanel", layer: Callable[[], int]) -> None:
        super().__init__(tab)
        self._selection, self._silencing, self._panel, self._layer = tab.selection, silencing, panel, layer
        self._runs = tab.bridge.runs
        self._shown: Measured | None = None  # of the curves, ...
        # ... and of the request; while they differ, nothing is known of the latter yet.
        self._asked: Measured | None = None
        self._wanted: set[Measured | None] = set()  # what a person wants to be measured to its end
        self._curves: dict[str, PruningCurve] = {}
        self._query = tab.query(self._ask, panel, every_ms=0)
        self._query.listen(PruningCurve, self._take)
        self._query.ended.connect(self._end)
        tab.bridge.listen(MomentKept, lambda _: self.follow())
        panel.measureWanted.connect(self.measure)
        panel.cancelWanted.connect(self.cancel)
        panel.countChanged.connect(self._try_out)
        panel.countChosen.connect(self._keep)

    @property
    def is_measuring(self) -> bool:
        return self._asked in self._wanted

    def measure(self) -> None:
        """Measure the selected network, or go on where that was stopped."""
        if (content := self._looked()) is not None:
            self._wanted.add(content)
            self._show_of(content)

    def cancel(self) -> None:
        """Stop measuring, and keep what is known."""
        self._query.drop()
        self._end()

    def forget(self) -> None:
        """Show nothing: no network is selected."""
        self._query.drop()
        self._show_of(None)

    def forget_all(self) -> None:
        """Forget what was to be measured: other images are open."""
        self._wanted.clear()
        self.forget()

    def follow(self) -> None:
        """Show what is known of the selected network and layer.

        Of the same run and layer the shown curves stay until something else is known, and a measurement goes on.
        """
        content, measured = self._looked(), self._asked
        if content is None or measured is None or not content.is_beside(measured):
            if content != measured:
                self._show_of(content)
        elif content != measured and not self.is_measuring:
            self._asked = content
            self._query.refresh()
        self._show()

    def _looked(self) -> Measured | None:
        content, layer = self._runs.content(self._selection.lens), self._layer()
        if content is None:
            return None
        others = frozenset(neuron for neuron in content.silenced if neuron.layer != layer)
        return Measured(dataclasses.replace(content, silenced=others), layer)

    def _show_of(self, measured: Measured | None) -> None:
        self._shown = self._asked = measured
        self._curves.clear()
        self._panel.clear()
        if measured is not None:
            self._query.drop()  # an answer to come would be about another network
            self._query.refresh()
        self._show()

    def _ask(self) -> Request[...] | None:
        if self._asked is None:
            return None
        return Request(prune if self.is_measuring else known_pruning, *self._asked)

    def _take(self, curve: PruningCurve) -> None:
        if self._shown != self._asked:
            self._shown = self._asked
            self._curves.clear()
            self._panel.clear()
        self._curves[curve.kind] = curve
        self._panel.show_curve(curve)
        self._show()

    def _end(self) -> None:
        self._wanted.discard(self._asked)
        self.follow()

    def _try_out(self, count: int) -> None:
        if (curve := self._curves.get("neurons")) is not None and curve.layer is not None:
            chosen = {Neuron(curve.layer, number) for number in curve.order[:count].tolist()}
            self._silencing.try_out(curve.layer, chosen)

    def _keep(self) -> None:
        count = sum(neuron.layer == self._layer() for neuron in self._silencing.silenced)
        text = tr("silence none")
        if count:
            text = tr_plural(
                "silence the {count:,} neuron that is missed least",
                "silence the {count:,} neurons that are missed least",
                count,
            )
        self._silencing.keep_tried(text)

    def _show(self) -> None:
        self._panel.set_measuring(self.is_measuring)
        self._panel.show_count(self._count())
        neurons = self._curves.get("neurons")
        tip = f"{tr(TIP, measure=neurons.measure)} {printable(neurons.remark)}".strip() if neurons else ""
        first, second = [*(self._sentences() or map(tr, WHAT)), ""][:2]
        self._panel.say(first, second, tip)

    def _sentences(self) -> list[str]:
        neurons, weights = self._curves.get("neurons"), self._curves.get("weights")
        if neurons is None:
            return [tr("Running…")] if self.is_measuring else []
        if not neurons.finished:
            text = mark("Stopped after {count:,} of {total:,} neurons.")
            if self.is_measuring:
                text = mark("Running: without {count:,} of {total:,} neurons…")
            return [tr(text, count=len(neurons.order), total=neurons.total)]
        is_old = self._shown != self._looked()
        first = tr_plural(
            "{count:,} of {total:,} neurons keeps the test accuracy within 1 percentage point.",
            "{count:,} of {total:,} neurons keep the test accuracy within 1 percentage point.",
            needed(neurons),
            total=neurons.total,
        )
        if is_old:
            first = tr_plural(
                "{count:,} of {total:,} neurons kept the test accuracy within 1 percentage point.",
                "{count:,} of {total:,} neurons kept the test accuracy within 1 percentage point.",
                needed(neurons),
                total=neurons.total,
            )
        if is_old and not self.is_measuring:
            return [first, OTHER]
        return [first, self._say_weights(weights)]

    def _say_weights(self, weights: PruningCurve | None) -> str:
        if weights is not None and weights.finished:
            count = _rounded(needed(weights))
            return tr("So do about {count:,} of {total:,} weights.", count=count, total=weights.total)
        if weights is None:
            return tr("Running: the weights…") if self.is_measuring else ""
        text = mark("Stopped after {percent:.0f} % of the weights.")
        if self.is_measuring:
            text = mark("Running: without {percent:.0f} % of the weights…")
        return tr(text, percent=100 * weights.removed[-1] / weights.total)

    def _count(self) -> int | None:
        """Return how many of the least useful are silenced, if just those are."""
        if (curve := self._curves.get("neurons")) is None:
            return None
        silenced = {neuron.number for neuron in self._silencing.silenced if neuron.layer == curve.layer}
        return len(silenced) if silenced == set(curve.order[: len(silenced)].tolist()) else None


def _rounded(count: int) -> int:
    """Return a number with `DIGITS` significant digits."""
    return round(count, min(0, DIGITS - len(str(count))))


class PruningPanel(Panel):
    """Shows curves and sentences, and signals when something is to be measured or silenced."""

    measureWanted, cancelWanted = Signal(), Signal()
    countChanged = Signal(int)  # how many of the least useful are to be silenced for now, ...
    countChosen = Signal()  # ... and that the gesture has ended

    def __init__(self) -> None:
        super().__init__(tr("Pruning"), "fingerprints.fewer")
        self.measure = named(QPushButton(), "fingerprints.fewer.measure", look="chip")
        self.sentence, self.weights = (words("", "label", wrapped=True) for _ in KINDS)
        self.sentence.setObjectName("fingerprints.fewer.sentence")
        self.weights.setObjectName("fingerprints.fewer.weights")
        self._dots = {kind: words("●", "caption") for kind in KINDS}
        self.plot = PruningPlot("fingerprints.fewer.plot")
        self.slider = named(QSlider(Qt.Orientation.Horizontal), "fingerprints.fewer.count")
        self.slider.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # as the plot above it
        self.count = named(words(for_hands(tr(PULL)), "caption", wrapped=True), "fingerprints.fewer.silenced")
        self.accuracy = named(figure("", "small value"), "fingerprints.fewer.accuracy")  # no text
        self._series = {kind: Series() for kind in KINDS}
        for kind, series in self._series.items():
            self.plot.add_curve(kind, tr(KINDS[kind]), series, STROKES[kind], spoken=tr(SPOKEN[kind]))
        self._total = self._most = 0
        self._images: int | None = None
        self._is_measuring = False
        self._calm = one_shot(self, ms=CALM_MS)
        self.slider.setAccessibleName(tr("How many of the least useful neurons are silenced"))
        self.slider.setToolTip(tr("Silence this number of the least useful neurons, in all tabs."))
        self.slider.installEventFilter(self)
        for label in (self.sentence, self.weights):
            label.setAlignment(start(Qt.AlignmentFlag.AlignTop))
            keep(label, lambda label: label.setMinimumHeight(2 * _line_height() + 2))
        for dot, tone in zip(self._dots.values(), TONES, strict=True):
            set_tone(dot, tone)
            keep(dot, lambda dot: dot.setFixedHeight(_line_height()))
        add(self.head, SPRING, self.measure)
        set_figure(self.accuracy, "99.99 %")
        grid = gridbox(columns={1: 1}, gap=("tight", 0))
        top = Qt.AlignmentFlag.AlignTop
        for row, (dot, label) in enumerate(zip(self._dots.values(), (self.sentence, self.weights), strict=True)):
            grid.addWidget(dot, row, 0, top)
            grid.addWidget(label, row, 1)
        track = QHBoxLayout()
        keep(track, _below_plot)
        track.addWidget(self.slider)
        add(self.body, grid, (self.plot, 1), track, hbox((self.count, 1), self.accuracy, gap="small"))
        self.measure.clicked.connect(lambda: (self.cancelWanted if self._is_measuring else self.measureWanted).emit())
        self.slider.valueChanged.connect(self._take_value)
        self.slider.sliderReleased.connect(self._end)
        self._calm.timeout.connect(self._end)
        self.plot.pulled.connect(self._pull)
        self.plot.released.connect(self._end)
        self.clear()
        self.set_measuring(False)

    def clear(self) -> None:
        for kind in KINDS:
            self._begin(kind)
            self._dots[kind].hide()
        self._total = self._most = 0
        self.slider.setEnabled(False)
        self.show_count(None)

    def show_curve(self, curve: PruningCurve) -> None:
        """Draw a curve as far as it is known; it grows, and in the end gets points between its first ones."""
        series, x = self._series[curve.kind], curve.removed / curve.total
        known = len(series)
        if not np.array_equal(series.x, x[:known]):
            series, known = self._begin(curve.kind), 0
        series.extend(x[known:], curve.accuracies[known:])
        self._dots[curve.kind].show()
        self.plot.schedule()
        if curve.kind == "neurons":
            self._total, self._most, self._images = curve.total, len(curve.order), curve.images
            with QSignalBlocker(self.slider):
                self.slider.setRange(0, curve.total)
                self.slider.setPageStep(max(1, curve.total // 20))
            self.slider.setEnabled(self._most > 0)

    def _begin(self, kind: str) -> Series:
        self._series[kind] = Series()
        self.plot.set_series(kind, self._series[kind])
        return self._series[kind]

    def say(self, sentence: str, weights: str = "", tip: str = "") -> None:
        """Show the results for neurons and for weights, or the progress; each has room for two lines."""
        for label, text in ((self.sentence, sentence), (self.weights, weights)):
            if text != label.text():
                label.setText(text)
            label.setToolTip(tip)

    def set_measuring(self, on: bool) -> None:
        self._is_measuring = on
        if on:
            set_title(self.measure, tr("Stop"), tr("Stop pruning"), tr("Stop; what is measured so far stays."))
            return
        tip = tr(
            "Silence neurons one after the other, each time the one that is missed least on training images, and "
            "measure the accuracy on the test images; then set the smallest weights to 0, more and more."
        )
        set_title(self.measure, tr_context("verb", "Run"), tr("Run pruning"), tip)

    def show_count(self, count: int | None) -> None:
        """Show how many of the least useful are silenced; `None`: others are, or it is unknown."""
        value = count or 0
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(value)
        self.plot.set_cursor(value / self._total if count and self._total else None, at_once=True)
        tip = mark("How many of the layer's neurons are silenced, and the accuracy on {images:,} test images then")
        if self._images is None:
            tip = mark("How many of the layer's neurons are silenced, and the accuracy on the test images then")
        self.count.setToolTip(tr(tip, images=self._images))
        self.accuracy.setToolTip(self.count.toolTip())
        point = self._series["neurons"].at(value / self._total) if count and self._total else None
        text = tr("{count:,} of {total:,} silenced", count=count, total=self._total) if count else for_hands(tr(PULL))
        self.count.setText(text)
        set_figure(self.accuracy, fine_percent(point, self._images) if point is not None else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End a gesture of keys with the key, not only after a while."""
        if event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and not event.isAutoRepeat():
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


def _line_height() -> int:
    return QFontMetrics(font("label")).lineSpacing()


def _below_plot(track: QHBoxLayout) -> None:
    """Move the slider's handle below its place in the plot, which never is mirrored."""
    left, right = BESIDE
    track.setContentsMargins(scaled(AXIS_WIDTH) - left, 0, right, 0)


class PruningPlot(CurvePlot):
    """Both axes reach from 0 to 100 %, whatever the curves hold: nothing moves while they grow."""

    can_press = True

    pulled = Signal(float)  # the left button is held down at this share, 0 to 1
    released = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Accuracy against what is taken away"), "percent", lambda *_: (0.0, 1.0), "percent")
        self.setToolTip(tr(HOW_TO))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the slider below does the same by keys
        self.box.setMouseEnabled(x=False, y=False)
        # As high as there is room for, never higher: there are sentences below it.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(0, 0)
        self.crosshair.stands_low = True
        self._is_pulled = False

    def place_of(self, share: float) -> QPoint:
        """Return the place of a share in the plot's pixels, half way up."""
        return self.mapFromScene(self.box.mapViewToScene(QPointF(share, 0.5)))

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words."""
        return tr("{percent:.0f} % taken away", percent=100 * x)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_pulled = True
            self._pull(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_pulled:
            self._pull(event)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_pulled and event.button() == Qt.MouseButton.LeftButton:
            self._is_pulled = False
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Treat a double click as two clicks."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Do not zoom: all is in view."""
        event.ignore()

    def _pull(self, event: QMouseEvent) -> None:
        place = self.mapToScene(event.position().toPoint())
        share = min(max(float(self.box.mapSceneToView(place).x()), 0.0), 1.0)
        self.show_crosshair(share)
        self.pulled.emit(share)
        event.accept()
