"""How the run is: one row per layer, what ails it, and the remedy as a button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

from engine.training.messages import DeviceFull, Diagnosis, EpochDone
from gui.look.icons import icon, picture
from gui.look.theme import theme
from gui.look.words import Tone, figure, set_figure, set_tone, words
from gui.tabs.train.layer_rows import LayerRows
from gui.widgets.panel import Panel

if TYPE_CHECKING:
    from engine.probes.weight_histograms import LayerHistogram

LAYERS_SHOWN_FAINTLY = 2
"""Without a run there is a faint picture of what will be there."""

FIRST_EPOCH = "Health is judged after the first epoch."
EARLY = "Health is judged after the first epoch; this is an earlier moment."
NOTHING_YET = "Once a run starts, this shows how its layers are, and what would help."
BAD: Tone = "bad"
TONES: dict[str, Tone] = {
    "healthy": "good",
    **dict.fromkeys(("not finite", "at chance", "collapsed", "diverging"), BAD),
}


class HealthPanel(Panel):
    """Rows for the layers, a sentence, a remedy. All have their places, so nothing moves when figures come."""

    remedyWanted = Signal(object)
    """The `Diagnosis` whose remedy is to be applied."""
    cpuWanted = Signal()
    """A run for which a GPU has too little memory shall go on on the CPU."""
    smallerBatchWanted = Signal()
    """Such a run shall start again with a smaller batch."""

    def __init__(self) -> None:
        super().__init__("Health", "train.health.panel")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._diagnosis: Diagnosis | None = None
        self._marked: tuple[str, str, int, float] | None = None
        """Icon, colour, size and pixel ratio of the sign that is shown."""
        self._verdict, self._mark = self.add_figure(), QLabel()
        self._verdict.setObjectName("train.health.verdict")
        self.head.insertWidget(1, self._mark)
        self.layers = LayerRows("train.health")
        self.sentence = words(NOTHING_YET, "label", wrapped=True)
        self.sentence.setObjectName("train.health.sentence")
        self.sentence.setFixedHeight(34)
        self.remedy = self._link("train.health.remedy", "Apply this with one click", self._want_remedy)
        policy = self.remedy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.remedy.setSizePolicy(policy)
        self.on_cpu = self._link(
            "train.health.cpu",
            "The CPU uses the computer’s memory; it is slower",
            lambda: self.cpuWanted.emit(),
        )
        self.smaller = self._link(
            "train.health.batch",
            "A new run with the same settings but the batch",
            lambda: self.smallerBatchWanted.emit(),
        )
        for button, name in (
            (self.on_cpu, "Train on the CPU"),
            (self.smaller, "Start again with a smaller batch"),
        ):
            button.setAccessibleName(name)  # a reader of the screen also meets it before it has its words
        self.finite = figure("", "small value")
        self.finite.setObjectName("train.health.finite")

        self.body.addWidget(self.layers, 1)
        line = QHBoxLayout()
        self._finite_label = words("Weights finite", "label")
        line.addWidget(self._finite_label)
        line.addStretch(1)
        line.addWidget(self.finite)
        self.body.addLayout(line)
        self.body.addWidget(self.sentence)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute  # the button itself runs backwards
        for button in (self.remedy, self.on_cpu, self.smaller):
            self.body.addWidget(button, 0, left)
        theme().changed.connect(self._show_mark)
        self.layers.begin(LAYERS_SHOWN_FAINTLY)
        self._show_diagnosis(None)

    def begin(self, layers: int | None, images: int | None = None) -> None:
        """Be ready for a run with this number of layers, the last one included, tested on this number of images.

        Both are `None` when there is no run.
        """
        self.layers.begin(LAYERS_SHOWN_FAINTLY if layers is None else layers, images)
        self.finite.setText("")
        self.sentence.setText(NOTHING_YET if layers is None else FIRST_EPOCH)
        self._show_diagnosis(None)

    def show_epoch(self, message: EpochDone | None) -> None:
        """Show how the layers are after an epoch; nothing for `None`."""
        self.layers.show_epoch(message)
        finite = message is None or message.finite
        set_figure(self.finite, "" if message is None else "yes" if finite else "no")
        set_tone(self.finite, "" if finite else "bad")

    def show_early(self) -> None:
        """Say why nothing is known of the moment that is looked at."""
        self._show_diagnosis(None)
        self.sentence.setText(EARLY)

    def show_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Say what ails the run, and offer the remedy."""
        self._show_diagnosis(diagnosis)
        self.sentence.setText(diagnosis.sentence)

    def show_device_full(self, message: DeviceFull) -> None:
        """Say that the device has too little memory for a run, and offer what can be done."""
        self._show_diagnosis(None)
        self.sentence.setText(message.sentence)
        self.remedy.setVisible(False)
        self.on_cpu.setText("Go on on the CPU" if message.parent else "Train on the CPU")
        self.smaller.setText(f"Start again with a batch of {message.smaller_batch:,}")
        for button, is_possible in ((self.on_cpu, message.on_gpu), (self.smaller, message.smaller_batch > 0)):
            button.setAccessibleName(button.text())
            button.setVisible(is_possible)

    def show_weights(self, layers: Sequence[LayerHistogram]) -> None:
        """Show how the layers' weights are spread."""
        self.layers.show_weights(layers)

    def _show_diagnosis(self, diagnosis: Diagnosis | None) -> None:
        self._diagnosis = diagnosis
        self._verdict.setText(diagnosis.ailment if diagnosis else "")
        set_tone(self._verdict, TONES.get(diagnosis.ailment, "warn") if diagnosis else "")
        self._show_mark()
        self.remedy.setText(diagnosis.remedy if diagnosis else "")
        self.remedy.setAccessibleName(f"Remedy: {diagnosis.remedy}" if diagnosis else "Remedy")
        self.remedy.setVisible(bool(diagnosis and diagnosis.remedy))
        self.on_cpu.hide()
        self.smaller.hide()

    def _show_mark(self) -> None:
        """Never colour alone: the verdict has a sign as well."""
        if self._diagnosis is None:
            self._mark.clear()
            self._marked = None
            return
        tone = TONES.get(self._diagnosis.ailment, "warn")
        name = {"good": "good", "bad": "bad"}.get(tone, "warning")
        wanted = name, theme().current.code(tone), 16, self.devicePixelRatioF()
        # Each epoch is judged. Qt keeps every new picture in its cache, so the same verdict keeps the one it has.
        if wanted != self._marked:
            self._marked = wanted
            self._mark.setPixmap(picture(*wanted))

    def _link(self, name: str, tip: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setAccessibleName(tip)  # until there is something to be done
        button.setProperty("look", "link")
        button.setIcon(icon("arrow-right", "accent"))
        button.setIconSize(QSize(14, 14))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.setToolTip(tip)
        button.clicked.connect(do)
        return button

    def _want_remedy(self) -> None:
        if self._diagnosis is not None:
            self.remedyWanted.emit(self._diagnosis)
