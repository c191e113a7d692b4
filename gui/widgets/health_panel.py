"""How the run is: one row per layer, what ails it, and the remedy as a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy

from engine.training.messages import Diagnosis, EpochDone
from gui.icons import icon, picture
from gui.theme import theme
from gui.widgets.layer_rows import LayerRows
from gui.widgets.panel import Panel
from gui.widgets.words import Tone, figure, set_figure, set_tone, words

if TYPE_CHECKING:
    from engine.probes.weight_histograms import LayerHistogram

LAYERS_SHOWN_FAINTLY = 2
"""Without a run there is a faint picture of what will be there."""

FIRST_EPOCH = "The end of its first epoch will tell how the run is."
NOTHING_YET = "Once a run is on, this tells how its layers are, and what would help."
TONES: dict[str, Tone] = {"healthy": "good", "not finite": "bad", "diverging": "bad"}


class HealthPanel(Panel):
    """Rows for the layers, a sentence, a remedy. All have their places, so nothing moves when figures come."""

    remedyWanted = Signal(object)
    """The `Diagnosis` whose remedy is to be applied."""

    def __init__(self) -> None:
        super().__init__("Health", "train.health.panel")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._diagnosis: Diagnosis | None = None
        self._verdict, self._mark = self.add_figure(), QLabel()
        self._verdict.setObjectName("train.health.verdict")
        self.head.insertWidget(1, self._mark)
        self.layers = LayerRows("train.health")
        self.sentence = words(NOTHING_YET, "label", wrapped=True)
        self.sentence.setObjectName("train.health.sentence")
        self.sentence.setFixedHeight(34)
        self.remedy = self._make_remedy()
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
        self.body.addWidget(self.remedy, 0, left)
        theme().changed.connect(self._show_mark)
        self.layers.begin(LAYERS_SHOWN_FAINTLY)
        self._show_diagnosis(None)

    def begin(self, layers: int | None) -> None:
        """Be ready for a run with so many layers, the last one included; `None` when there is no run."""
        self.layers.begin(LAYERS_SHOWN_FAINTLY if layers is None else layers)
        self.finite.setText("")
        self.sentence.setText(NOTHING_YET if layers is None else FIRST_EPOCH)
        self._show_diagnosis(None)

    def show_epoch(self, message: EpochDone | None) -> None:
        """Show how the layers are after an epoch; nothing for `None`."""
        self.layers.show_epoch(message)
        finite = message is None or message.finite
        set_figure(self.finite, "" if message is None else "yes" if finite else "no")
        set_tone(self.finite, "" if finite else "bad")

    def show_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Say what ails the run, and offer the remedy."""
        self._show_diagnosis(diagnosis)
        self.sentence.setText(diagnosis.sentence)

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

    def _show_mark(self) -> None:
        """Never colour alone: the verdict has a sign as well."""
        if self._diagnosis is None:
            self._mark.clear()
            return
        tone = TONES.get(self._diagnosis.ailment, "warn")
        name = {"good": "good", "bad": "bad"}.get(tone, "warning")
        self._mark.setPixmap(picture(name, theme().current.code(tone), 16, self.devicePixelRatioF()))

    def _make_remedy(self) -> QPushButton:
        button = QPushButton()
        button.setObjectName("train.health.remedy")
        button.setProperty("look", "link")
        button.setIcon(icon("arrow-right", "accent"))
        button.setIconSize(QSize(14, 14))
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        button.setToolTip("Apply this with one click")
        policy = button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        button.clicked.connect(self._want_remedy)
        return button

    def _want_remedy(self) -> None:
        if self._diagnosis is not None:
            self.remedyWanted.emit(self._diagnosis)
