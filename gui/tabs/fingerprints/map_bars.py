"""The bars over and below the maps: orders, averages, the layer; the marked rows, those that never fire, the scale."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from engine.base.numbers import plural
from engine.base.specs import ConvLayer, HiddenLayer
from gui.look.fonts import font, metrics
from gui.look.icons import icon
from gui.look.named import named
from gui.look.text_size import keep, scaled, sized
from gui.look.theme import theme
from gui.look.words import figure, reserve, set_figure, words
from gui.state.silencing import FACTORS
from gui.tabs.fingerprints.kept_sets import SetChip
from gui.tabs.fingerprints.row_field import HANDS
from gui.widgets.chip import chip
from gui.widgets.segments import Segments

ROWS = {"index": "index", "class": "by class", "similar": "similar", "mean": "mean"}

COLUMNS = {"index": "index", "confidence": "confidence", "similar": "similar"}

ROW_TIPS = {
    "index": "The rows, one for each neuron, by the neurons' numbers",
    "class": "Neurons in groups by the class that they answer to most; in each map a bracket marks those of its class",
    "similar": "Neurons that answer alike side by side (hierarchical clustering)",
    "mean": "Neurons that fire most at the top",
}

COLUMN_TIPS = {
    "index": "The columns, one for each test image, by the images' numbers",
    "confidence": "The surer the network is of the right class, the further left the image",
    "similar": "Images that excite the same neurons side by side",
}

TIP = "Which hidden layer is shown"

AVERAGED = "Of each feature map the mean over its places is shown."

HALF_WAY, DECADE = 50, 50
"""The slider's middle, where the scale is the engine's, and its steps to ten times as much."""


# The layer ----------------------------------------------------------------------------------------------------------


class LayerChip(QPushButton):
    """Hidden where there is but one plain layer: then there is nothing to choose, nor to say."""

    chosen = Signal(int)
    """Carries the layer, from 0."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Hidden layer")
        self.setToolTip(f"{TIP}.")
        self.setProperty("look", "accent chip")
        self.setIcon(icon("chevron-down", "accent"))
        sized(self.setIconSize, QSize(16, 16))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow stands behind the word
        self.layer = 0
        self.titles: list[str] = []
        """What the layers are called in the menu."""
        self._layers: tuple[HiddenLayer, ...] = ()
        menu = QMenu(self)
        menu.setObjectName(f"{name}.menu")
        self.setMenu(menu)
        self.hide()

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers; the one that was chosen stays so, if it is there."""
        if tuple(layers) == self._layers:
            return
        self._layers = tuple(layers)
        self.layer = min(self.layer, max(0, len(layers) - 1))
        self.titles = [title(number, layer) for number, layer in enumerate(layers, 1)]
        self.menu().clear()
        for number, text in enumerate(self.titles):
            action = self.menu().addAction(text)
            action.setObjectName(f"{self.objectName()}.{number}")
            action.triggered.connect(lambda _=False, number=number: self.choose(number))
        self._say()

    def choose(self, layer: int) -> None:
        """Look at a layer, if it is there."""
        if layer != self.layer and 0 <= layer < len(self._layers):
            self.layer = layer
            self._say()
            self.chosen.emit(layer)

    def _say(self) -> None:
        layers = self._layers
        is_averaged = bool(layers) and isinstance(layers[self.layer], ConvLayer)
        self.setVisible(len(layers) > 1 or is_averaged)
        if layers:
            text = f"Layer {self.layer + 1}{', averaged' if is_averaged else ''}"
            self.setText(text)
            self.setAccessibleName(f"Hidden layer: {self.titles[self.layer]}")
            self.setToolTip(f"{TIP}. {AVERAGED if is_averaged else ''}".strip())


def title(number: int, layer: HiddenLayer) -> str:
    """Return what a layer is called, with its number from 1."""
    if isinstance(layer, ConvLayer):
        return f"Layer {number}: {layer.width:,} feature maps, averaged"
    return f"Layer {number}: {plural(layer.width, 'neuron')}"


LINE: int = metrics()["height"]["button"]


class TwoGroups(QWidget):
    """The first group at the left; the second at the right, or at the left below the first."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.first, self.second = QHBoxLayout(), QHBoxLayout()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(metrics()["space"]["small"])
        self._box.addLayout(self.first)
        self._box.addLayout(self.second)
        for group in (self.first, self.second):
            group.setSpacing(metrics()["space"]["small"] - 2)
        self._align(fits=True)
        keep(self, TwoGroups._take_height)
        theme().changed.connect(self.arrange)

    def minimumSizeHint(self) -> QSize:
        """Return the size on two lines."""
        widest = max(group.sizeHint().width() for group in (self.first, self.second))
        return QSize(widest, scaled(LINE))

    def arrange(self) -> None:
        """Choose one line or two, as there is room."""
        wanted = self.first.sizeHint().width() + self.second.sizeHint().width() + self._box.spacing()
        fits = wanted <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
            self._align(fits=fits)
            self._take_height()

    def _take_height(self) -> None:
        fits = self._box.direction() == QBoxLayout.Direction.LeftToRight
        self.setFixedHeight(scaled(LINE) if fits else 2 * scaled(LINE) + self._box.spacing())

    def _align(self, *, fits: bool) -> None:
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        self._box.setAlignment(self.first, left)
        self._box.setAlignment(self.second, right if fits else left)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange anew."""
        super().resizeEvent(event)
        self.arrange()


class MapBar(TwoGroups):
    """Passive: tells what is chosen."""

    changed = Signal()
    """Another order or layer is chosen."""

    def __init__(self) -> None:
        super().__init__("fingerprints.bar")
        self._rows, self._columns = "class", "confidence"
        self.rows = Segments("fingerprints.rows", ROWS, ROW_TIPS)
        self.columns = Segments("fingerprints.columns", COLUMNS, COLUMN_TIPS)
        self.keep = chip(
            "fingerprints.keep",
            "Keep order",
            "Let the rows stand as they stand now when you move the time slider or look at another run: otherwise each "
            "snapshot has an order of its own.",
            checkable=True,
        )
        self.averages = chip(
            "fingerprints.averages",
            "Averages only",
            "Show the average column of each class, side by side as one picture.",
            checkable=True,
        )
        self.fewer = chip(
            "fingerprints.fewer.show",
            "Prune",
            "Show at the right how few neurons and weights are enough, instead of the chosen neuron.",
            checkable=True,
        )
        self.layers = LayerChip("fingerprints.layer")
        self.rows.choose(self._rows)
        self.columns.choose(self._columns)
        self._arrange()
        self._connect()
        self.set_layers(())

    @property
    def row_key(self) -> str:
        """In which order the rows are wanted."""
        return self._rows

    @property
    def column_key(self) -> str:
        """In which order the columns are wanted."""
        return self._columns

    @property
    def layer(self) -> int:
        """Which hidden layer is wanted, from 0."""
        return self.layers.layer

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers; where there is but one plain one, there is nothing to choose or say."""
        self.layers.set_layers(layers)
        self.arrange()

    def arrange(self) -> None:
        """Have what is chosen for rows and columns closer together where one line is too short for them."""
        both = self.rows, self.columns
        wanted = self.first.sizeHint().width() + sum(each.given_up for each in both)
        for each in both:
            each.set_narrow(wanted > self.width())
        super().arrange()

    def _arrange(self) -> None:
        space = metrics()["space"]["small"]
        self.first.addWidget(words("Rows", "label"))
        self.first.addWidget(self.rows)
        self.first.addSpacing(space)
        self.first.addWidget(words("Columns", "label"))
        self.first.addWidget(self.columns)
        for widget in (self.layers, self.keep, self.averages, self.fewer):
            self.second.addWidget(widget)

    def _connect(self) -> None:
        self.rows.chosen.connect(lambda key: self._choose(rows=key))
        self.columns.chosen.connect(lambda key: self._choose(columns=key))
        self.layers.chosen.connect(lambda _: self.keep.setChecked(False))
        self.layers.chosen.connect(lambda _: self.changed.emit())

    def _choose(self, rows: str = "", columns: str = "") -> None:
        self._rows, self._columns = rows or self._rows, columns or self._columns
        if rows:
            self.keep.setChecked(False)  # who chooses an order does not want the one that is kept
        self.changed.emit()


# The line below the maps --------------------------------------------------------------------------------------------


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
            "Let the marked neurons, or else the selected one, pass on 0: zero ablation (Delete).",
        )
        self.factor = self._make_factor()
        self.boost = _button(
            "boost", "Boost", "Let the marked neurons pass on their output times this factor."
        )
        self.freeze = _button(
            "freeze",
            "Set to mean",
            "Let the marked neurons pass on their mean, whatever the image: mean ablation.",
        )
        self.restore = _button("restore", "Restore all", "Let all neurons be as the training left them.")
        self.sets = SetChip("fingerprints.sets")
        pan_tip = "Drag to pan: the left button moves the maps instead of marking rows."
        self.pan = chip("fingerprints.pan", "Drag to pan", pan_tip, checkable=True)
        self.pan.setText("")
        self.pan.setIcon(icon("hand", "text"))
        self.fit = named(QToolButton(), "fingerprints.fit")
        sized(self.fit.setIconSize, QSize(16, 16))
        sized(self.fit.setFixedSize, 26, 26)
        self.fit.setAccessibleName("Show everything")
        self.fold = chip("fingerprints.fold", "", "", checkable=True)
        self.scale = named(QSlider(Qt.Orientation.Horizontal), "fingerprints.scale")
        self.scale.setAccessibleName("Upper end of the colour scale")
        self.scale.setToolTip("Which activation has the strongest colour, in all maps alike")
        self.scale.setRange(0, 2 * HALF_WAY)
        self.scale.setValue(HALF_WAY)
        sized(self.scale.setFixedWidth, 64)
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
        title = "Restore" if all_changed else "Silence"
        if title != self.silence.text():
            self.silence.setText(title)
            self.silence.setAccessibleName(title)

    def show_changed(self, count: int) -> None:
        """Say whether there are neurons to restore."""
        self.restore.setEnabled(count > 0)

    def show_zoom(self, seen: str) -> None:
        """Say which part of the maps is seen, as `rows 1 to 80 of 300`, and offer the way back; empty: all is seen."""
        self.fit.setEnabled(bool(seen))
        self.fit.setIcon(icon("zoom-reset", "accent" if seen else "faint"))
        self.fit.setToolTip(f"Zoomed: {seen}. Show everything (F)." if seen else "Everything is shown.")

    def show_silent(self, count: int, images: int, *, folded: bool, possible: bool) -> None:
        """Say how many neurons are dead, never active on the test images, and whether they are folded away."""
        text = plural(count, "dead neuron")
        self.fold.setText(text)
        self.fold.setAccessibleName(f"Fold away: {text}")
        self.fold.setToolTip(
            f"Show the dead neurons again: never active on these {images:,} test images."
            if folded
            else f"Fold the dead neurons away: never active on these {images:,} test images."
            if possible
            else f"All neurons are active on some of these {images:,} test images, or none is."
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
        sized(made.setFixedWidth, 60)
        return made

    def _arrange(self) -> None:
        keep(self.marked, _make_room)
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
            words("Colour scale to", "label", names=self.scale),
            self.scale,
            self.bound,
            self.automatic,
        ):
            self.second.addWidget(part)
        reserve(self.silence, "Restore", fixed=True)
        reserve(self.fold, "9,999 dead neurons", fixed=True)
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


def _make_room(marked: QLabel) -> None:
    marked.setFixedWidth(QFontMetrics(font("body")).horizontalAdvance("Drag over rows") + 4)
