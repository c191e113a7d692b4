"""How the run is, in words: one row per layer, what ails it, and the remedy as a button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from engine.training.health import MANY_DEAD
from engine.training.messages import Diagnosis, EpochDone
from gui.icons import icon, picture
from gui.theme import theme
from gui.widgets.histogram import Histogram
from gui.widgets.panel import Panel
from gui.widgets.words import Tone, figure, set_tone, words

if TYPE_CHECKING:
    from engine.probes.weight_histograms import LayerHistogram

NOTHING_YET = "Once a run is on, this tells how its layers are, and what would help."
TONES: dict[str, Tone] = {"healthy": "good", "not finite": "bad", "diverging": "bad"}


@dataclass(slots=True)
class _Row:
    name: QLabel
    histogram: Histogram
    dead: QLabel
    gradient: QLabel

    def widgets(self) -> tuple[QLabel, Histogram, QLabel, QLabel]:
        return self.name, self.histogram, self.dead, self.gradient


class HealthPanel(Panel):
    """Rows for the layers, a sentence, a remedy. All rows share the height, so nothing moves when figures come."""

    remedyWanted = Signal(object)
    """The `Diagnosis` whose remedy is to be applied."""

    def __init__(self) -> None:
        super().__init__("Health", "train.health")
        self._diagnosis: Diagnosis | None = None
        self._rows: list[_Row] = []
        self._verdict, self._mark = self.add_figure(), QLabel()
        self._verdict.setObjectName("train.health.verdict")
        self.head.insertWidget(1, self._mark)
        self._grid = self._make_grid()
        self.sentence = words(NOTHING_YET, "label", wrapped=True)
        self.sentence.setObjectName("train.health.sentence")
        self.sentence.setFixedHeight(34)
        self.remedy = self._make_remedy()
        self.finite = figure("", "small value")
        self.finite.setObjectName("train.health.finite")

        self.body.addLayout(self._grid, 1)
        line = QHBoxLayout()
        self._finite_label = words("Weights finite", "label")
        line.addWidget(self._finite_label)
        line.addStretch(1)
        line.addWidget(self.finite)
        self.body.addLayout(line)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.remedy, 0, Qt.AlignmentFlag.AlignLeft)
        theme().changed.connect(self._show_mark)
        self._show_diagnosis(None)

    def begin(self, layers: int) -> None:
        """Be ready for a new run with so many layers, the last one included."""
        for row in self._rows:
            for widget in row.widgets():
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._rows = [self._add_row(number) for number in range(1, layers + 1)]
        self.finite.setText("")
        self.sentence.setText("Compiling the first step …")
        self._show_diagnosis(None)

    def show_epoch(self, message: EpochDone) -> None:
        """Show how the layers are."""
        for row, norm in zip(self._rows, message.gradient_norms, strict=False):
            row.gradient.setText(f"{norm:#.2g}")
        for row, dead, width in zip(self._rows, message.dead, message.widths, strict=False):
            row.dead.setText(f"{dead} of {width}")
            set_tone(row.dead, "warn" if dead > MANY_DEAD * width else "")
        self.finite.setText("yes" if message.finite else "no")
        set_tone(self.finite, "" if message.finite else "bad")

    def show_diagnosis(self, diagnosis: Diagnosis) -> None:
        """Say what ails the run, and offer the remedy."""
        self._show_diagnosis(diagnosis)
        self.sentence.setText(diagnosis.sentence)

    def show_weights(self, layers: Sequence[LayerHistogram]) -> None:
        """Show how the layers' weights are spread."""
        for row, layer in zip(self._rows, layers, strict=False):
            row.histogram.set_shares(layer.edges, layer.start, layer.now)

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
        self._mark.setPixmap(picture(name, getattr(theme().current, tone), 16, self.devicePixelRatioF()))

    def _make_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(2, 72)
        grid.setColumnMinimumWidth(3, 52)
        for column, title in enumerate(("", "weights, start and now", "never fire", "gradient")):
            label = words(title, "caption")
            right = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            grid.addWidget(label, 0, column, right | Qt.AlignmentFlag.AlignVCenter)
        return grid

    def _add_row(self, number: int) -> _Row:
        row = _Row(
            words(f"Layer {number}", "label"),
            Histogram(f"train.health.weights.{number}"),
            figure("", "small value"),
            figure("", "small value"),
        )
        row.dead.setObjectName(f"train.health.dead.{number}")
        row.gradient.setObjectName(f"train.health.gradient.{number}")
        row.gradient.setToolTip(
            "Norm of the loss' gradient in this layer's weights, mean over the epoch's steps"
        )
        row.dead.setToolTip("Neurons that fire for none of the test images")
        for column, widget in enumerate(row.widgets()):
            widget.setSizePolicy(widget.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Ignored)
            self._grid.addWidget(widget, number, column)
            self._grid.setRowStretch(number, 1)
        return row

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
