"""The line below the maps: what can be done with the marked rows, those that never fire, and the colour scale."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QPushButton, QSizePolicy, QSlider, QToolButton

from gui.look.icons import icon
from gui.look.named import named
from gui.look.words import figure, set_figure, words
from gui.state.silencing import FACTORS
from gui.tabs.fingerprints.row_field import HANDS
from gui.tabs.fingerprints.set_chip import SetChip
from gui.tabs.fingerprints.two_groups import TwoGroups
from gui.widgets.chip import chip

HALF_WAY, DECADE = 50, 50
"""The slider's middle, where the scale is the engine's, and its steps to ten times as much."""


class MapTools(TwoGroups):
    """Passive: buttons tell what a person wants. Everything keeps its place whatever it says."""

    silenceWanted, boostWanted, freezeWanted, restoreWanted = Signal(), Signal(float), Signal(), Signal()
    foldToggled, panToggled, fitWanted = Signal(bool), Signal(bool), Signal()
    boundChanged = Signal(object)
    """Carries what shall have the strongest colour, or `None` for what the engine thinks right."""

    def __init__(self) -> None:
        super().__init__("fingerprints.tools")
        self.marked = words("", "label")
        self.marked.setObjectName("fingerprints.marked")
        self.marked.setToolTip(HANDS)
        self.silence = _button(
            "silence",
            "Silence",
            "Let the marked neurons, or else the selected one, pass nothing on (Delete).",
        )
        self.factor = self._make_factor()
        self.boost = _button("boost", "Boost", "Let the marked neurons pass on so many times their output.")
        self.freeze = _button(
            "freeze", "Freeze", "Let the marked neurons pass on their mean, whatever they see."
        )
        self.restore = _button("restore", "Restore all", "Let all neurons be as the training left them.")
        self.sets = SetChip("fingerprints.sets")
        pan_tip = "Let the left button move the maps instead of marking rows."
        self.pan = chip("fingerprints.pan", "Move", pan_tip, checkable=True)
        self.fit = named(QToolButton(), "fingerprints.fit")
        self.fit.setIconSize(QSize(16, 16))
        self.fit.setFixedSize(26, 26)
        self.fit.setAccessibleName("Show everything")
        self.fold = chip("fingerprints.fold", "", "", checkable=True)
        self.scale = named(QSlider(Qt.Orientation.Horizontal), "fingerprints.scale")
        self.scale.setAccessibleName("Upper end of the colour scale")
        self.scale.setToolTip("Which activation has the strongest colour, in all maps alike")
        self.scale.setRange(0, 2 * HALF_WAY)
        self.scale.setValue(HALF_WAY)
        self.scale.setFixedWidth(64)
        self.scale.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.bound = figure("", "small value")
        self.automatic = chip(
            "fingerprints.scale.auto",
            "Auto",
            "Choose the upper end so that 99.5 % of what fires lies below it.",
            checkable=True,
        )
        self.automatic.setChecked(True)
        self._reference = 1.0
        self._arrange()
        self._connect()
        self.show_marked("", all_changed=False)
        self.show_changed(0)
        self.show_zoom("")
        self.show_silent(0, 0, folded=False, possible=False)

    def show_marked(self, what: str, *, all_changed: bool) -> None:
        """Say which rows the buttons act on, as `3 marked`, and offer what can be done; empty: there are none."""
        self.marked.setText(what or "Drag over rows")
        for button in (self.silence, self.boost, self.freeze, self.factor):
            button.setEnabled(bool(what))
        title = "Bring back" if all_changed else "Silence"
        if title != self.silence.text():
            self.silence.setText(title)
            self.silence.setAccessibleName(title)

    def show_changed(self, count: int) -> None:
        """Say whether there are neurons to be brought back."""
        self.restore.setEnabled(count > 0)

    def show_zoom(self, seen: str) -> None:
        """Say which part of the maps is seen, as `rows 1 to 80 of 300`, and offer the way back; empty: all is seen."""
        self.fit.setEnabled(bool(seen))
        self.fit.setIcon(icon("zoom-reset", "accent" if seen else "faint"))
        self.fit.setToolTip(f"Zoomed: {seen}. Show everything (F)." if seen else "Everything is shown.")

    def show_silent(self, count: int, images: int, *, folded: bool, possible: bool) -> None:
        """Say how many neurons never fire on the test images, and whether they are folded away."""
        text = f"{count:,} never fire{'s' if count == 1 else ''}"
        self.fold.setText(text)
        self.fold.setAccessibleName(f"Fold away: {text}")
        self.fold.setToolTip(
            f"Show the neurons that never fire on these {images:,} test images again."
            if folded
            else f"Fold the neurons that never fire on these {images:,} test images away."
            if possible
            else f"All neurons fire on some of these {images:,} test images, or none does."
        )
        if count:
            self.fold.setToolTip(f"{self.fold.toolTip()} Train counts them on the run's own test images.")
        self.fold.setEnabled(possible)
        self.fold.blockSignals(True)
        self.fold.setChecked(folded and possible)
        self.fold.blockSignals(False)

    def show_most(self, automatic: float) -> None:
        """Take in what the engine thinks right for the upper end; shown unless a person chose otherwise."""
        if self.automatic.isChecked():
            self._reference = automatic
        self._say_bound()

    def _make_factor(self) -> QDoubleSpinBox:
        made = named(QDoubleSpinBox(), "fingerprints.factor")
        made.setAccessibleName("Factor of the boost")
        made.setToolTip("How many times its output a boosted neuron passes on")
        made.setRange(*FACTORS)
        made.setDecimals(1)
        made.setSingleStep(0.5)
        made.setValue(3.0)
        made.setPrefix("× ")
        made.setAlignment(Qt.AlignmentFlag.AlignCenter)
        made.setFixedWidth(60)
        return made

    def _arrange(self) -> None:
        self.marked.setFixedWidth(self.marked.fontMetrics().horizontalAdvance("Drag over rows") + 4)
        for widget in (
            self.marked,
            self.silence,
            self.boost,
            self.factor,
            self.freeze,
            self.restore,
            self.sets,
        ):
            self.first.addWidget(widget)
        for part in (
            self.fit,
            self.pan,
            self.fold,
            words("Up to", "label", names=self.scale),
            self.scale,
            self.bound,
            self.automatic,
        ):
            self.second.addWidget(part)
        _reserve(self.silence, "Bring back")
        _reserve(self.fold, "9,999 never fire")
        set_figure(self.bound, "99.99")

    def _connect(self) -> None:
        self.silence.clicked.connect(self.silenceWanted)
        self.boost.clicked.connect(lambda: self.boostWanted.emit(self.factor.value()))
        self.freeze.clicked.connect(self.freezeWanted)
        self.restore.clicked.connect(self.restoreWanted)
        self.fold.toggled.connect(self.foldToggled)
        self.pan.toggled.connect(self.panToggled)
        self.fit.clicked.connect(self.fitWanted)
        self.scale.valueChanged.connect(self._take_scale)
        self.automatic.toggled.connect(self._take_automatic)

    def _bound(self) -> float:
        return self._reference * 10 ** ((self.scale.value() - HALF_WAY) / DECADE)

    def _say_bound(self) -> None:
        set_figure(self.bound, f"{self._bound():.3g}")

    def _take_scale(self) -> None:
        self.automatic.blockSignals(True)
        self.automatic.setChecked(False)
        self.automatic.blockSignals(False)
        self._say_bound()
        self.boundChanged.emit(self._bound())

    def _take_automatic(self, on: bool) -> None:
        if on:
            self.scale.blockSignals(True)
            self.scale.setValue(HALF_WAY)
            self.scale.blockSignals(False)
        self._say_bound()
        self.boundChanged.emit(None if on else self._bound())


def _button(name: str, title: str, tip: str) -> QPushButton:
    made = named(QPushButton(title), f"fingerprints.{name}")
    made.setProperty("look", "small")
    made.setAccessibleName(title)
    made.setToolTip(tip)
    return made


def _reserve(button: QPushButton, title: str) -> None:
    """Keep room for a title that may come."""
    shown = button.text()
    button.setText(title)
    button.ensurePolished()
    button.setFixedWidth(button.sizeHint().width())
    button.setText(shown)
