"""The panels beside the grid: the chosen neuron with its weights large, and the distribution of all layers' weights."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QSizePolicy

from engine.analysis.probes.weight_histograms import LayerHistogram
from engine.analysis.probes.weight_pictures import WeightPictures
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.class_names import class_cell, class_name, fitted_name, names_room
from gui.look.fonts import keep, scaled, sized
from gui.look.layout import SPRING, add, gridbox, holder, pixels, scrolling, vbox
from gui.look.words import figure, for_hands, named, set_figure, set_tone, words
from gui.widgets.figures.table import Table, together
from gui.widgets.panel import Panel
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.plots.bars import BarRows
from gui.widgets.plots.chart import Places, most
from gui.widgets.plots.histogram import Histogram
from gui.widgets.plots.scale_bar import WEIGHTS_TIP, ScaleBar, signed

NOTHING = mark("Click a picture to look closely at its neuron.")
LARGE, SMALL = 7 * 28 + 2, 6 * 28 + 2  # side of the picture, in a wide panel and in a narrow one
WIDE, NARROW = 194, 160  # width of a panel without the picture: words and bars, and the edges
DIRECT = mark("To the classes")
PRODUCT = mark("Through to the classes")

DIRECT_HELP = mark("The neuron's weights to the ten classes: how much each class' logit rises when it fires by 1 more")

PRODUCT_HELP = mark(
    "How much each class' logit rises when it fires by 1 more (a feature map: at all of its places), through all "
    "layers between, their activations and the edges of images left out"
)

NO_PRODUCT = mark(
    "What it says to the classes is no sum of weights: a normalisation, a block of layers or another step lies between."
)

FIGURES = {
    "bias": (mark("Bias"), mark("What is added to the weighted sum before the activation")),
    "lowest": (mark("Min"), mark("The most negative of the weights")),
    "norm": (mark("Norm"), mark("The root of the sum of the weights' squares")),
    "highest": (mark("Max"), mark("The most positive of the weights")),
}

GLYPH_ROOM = 18
LEAST_ROWS = 36  # height of the histograms' rows that is always seen
MOST_ROWS = 16  # rows that it prefers to have at most
LEAST_ROW, FEW = 12, 10  # with lower rows, in pixels, only some classes have one; of ten each has
ONE = {"dense": mark("Neuron {name}"), "convolution": mark("Map {name}"), "classes": mark("Class {name}")}


class NeuronPanel(Panel):
    """Everything has a fixed place: only pictures, bars and figures change."""

    def __init__(self) -> None:
        super().__init__(tr("Neuron"), "weights.neuron", shortens=True)
        self.state = named(self.add_figure(), "weights.neuron.state")
        self.pixels = Pixels("weights.neuron.picture", tr("The neuron's weights"), signed=True)
        self.scale = ScaleBar("weights.neuron.scale", WEIGHTS_TIP)
        self.bars = SignedBars("weights.neuron.outgoing", tr("What the neuron says to the classes"))
        self.caption = named(words(tr(DIRECT), "caption"), "weights.neuron.caption")
        self.hint = named(words(for_hands(tr(NOTHING)), "caption", wrapped=True), "weights.neuron.hint")
        self.figures = {name: figure("", "small value") for name in FIGURES}  # no text
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        side = vbox(self.caption, self.hint, (self.bars, 1), gap="tight")
        cells = (self.pixels, 0, 0, 2, 1), (side, 0, 1, 2, 1), (self.scale, 2, 0)
        grid = gridbox(*cells, columns={1: 1}, gap=("medium", "tight"))
        figures = gridbox(columns={1: 1, 4: 1}, gap=("small", None))
        for number, (name, (title, help_)) in enumerate(FIGURES.items()):
            label: QLabel = words(tr(title), "label")
            label.setToolTip(tr(help_))
            named(self.figures[name], f"weights.neuron.{name}", tip=tr(help_))
            row, column = divmod(number, 2)
            figures.addWidget(label, row, 3 * column)
            figures.addWidget(self.figures[name], row, 3 * column + 1, Qt.AlignmentFlag.AlignRight)
        figures.setColumnMinimumWidth(2, pixels("medium"))
        add(self.body, grid, figures, SPRING)
        keep(self, lambda panel: panel.setMinimumWidth(SMALL + scaled(NARROW)))
        keep(self, lambda panel: panel.setMaximumWidth(LARGE + scaled(WIDE)))
        self._fit()
        self.clear()

    def show_neuron(self, pictures: WeightPictures, number: int, state: str) -> None:
        """Show a neuron of a layer; `state` is what the lens does to it, in a word, empty for nothing."""
        kind, outgoing = pictures.layers[pictures.layer].kind, pictures.outgoing[number]
        called = class_name(number, answer=True) if kind == "classes" else number
        self.set_title(tr(mark("Feature map {name}") if kind == "convolution" else ONE[kind], name=called))
        self.hint.setText(tr(NO_PRODUCT))
        self.hint.setVisible(kind != "classes" and not len(outgoing))
        for part in (self.caption, self.bars):
            part.setVisible(bool(len(outgoing)))
        picture = pictures.pictures[number]
        self._show_picture(np.nan_to_num(picture))
        self._show_outgoing(outgoing, direct=pictures.layer == len(pictures.layers) - 2 and kind != "convolution")
        self._show_state(state, tr("change") if pictures.against is not None else "")
        weights, values = picture[~np.isnan(picture)], (math.nan,) * len(FIGURES)
        if weights.size:
            values = pictures.biases[number], weights.min(), pictures.norms[number], weights.max()
        for (name, label), value in zip(self.figures.items(), values, strict=True):
            text = signed(float(value))
            set_figure(label, text.lstrip("+") if name == "norm" else text)

    def clear(self) -> None:
        """Show nothing, and say how to choose a neuron."""
        self.set_title(tr("Neuron"))
        self.caption.hide()
        self.hint.setText(for_hands(tr(NOTHING)))
        for part in (self.hint, self.bars):
            part.show()
        self._show_picture(None)
        self._show_outgoing(None, direct=True)
        self._show_state("")
        for label in self.figures.values():
            set_figure(label, "")

    def sizeHint(self) -> QSize:
        return QSize(LARGE + scaled(WIDE), super().sizeHint().height())

    def _fit(self) -> None:
        """Give the picture the room there is, in whole multiples of its pixels."""
        side = LARGE if self.width() >= LARGE + scaled(WIDE) else SMALL
        self.pixels.setFixedSize(side, side)
        self.scale.setFixedWidth(side)

    def _show_picture(self, picture: Array | None) -> None:
        reach = None if picture is None else float(np.abs(picture).max(initial=0))
        self.pixels.set_numbers(picture, reach or 1.0)
        self.scale.set_reach(reach)

    def _show_outgoing(self, outgoing: Array | None, *, direct: bool) -> None:
        self.bars.set_values(outgoing)
        self.caption.setText(tr(DIRECT if direct else PRODUCT))
        for part in (self.caption, self.bars):
            part.setToolTip(tr(DIRECT_HELP if direct else PRODUCT_HELP))

    def _show_state(self, state: str, otherwise: str = "") -> None:
        self.state.setText(state or otherwise)
        set_tone(self.state, "warn" if state else "muted")


class SignedBars(BarRows):
    """A row for each class; the bars begin at zero, in the middle."""

    heads = mark("class"), mark("value")

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title)
        self.classes = 10

    def set_classes(self, classes: int) -> None:
        """Set the number of rows while nothing is shown."""
        if not len(self.values) and classes != self.classes:
            self.classes = classes
            self.updateGeometry()
            self.update()

    def set_values(self, values: Array | None) -> None:
        """Show numbers (classes,), or empty rows."""
        numbers = [] if values is None else values.tolist()
        self.classes = len(numbers) or self.classes
        largest = float(np.abs(np.nan_to_num(numbers)).max(initial=0.0))
        decimals = min(4, max(0, 2 - math.floor(math.log10(largest)))) if largest else 0
        texts = [same_length(number, decimals) for number in numbers]
        names = [class_name(label, answer=True) for label in range(len(numbers))]
        cells = [class_cell(label, answer=True) for label in range(len(numbers))]
        self.show_bars(np.asarray(numbers, float), names, texts, cells)

    def finding(self) -> str:
        if not len(self.values):
            return ""
        ends = int(self.values.argmax()), int(self.values.argmin())
        most, least = (class_name(label, answer=True) for label in ends)
        return tr(
            "Most for {most}, {highest}; most against {least}, {lowest}.",
            most=most,
            highest=self.texts[ends[0]],
            least=least,
            lowest=self.texts[ends[1]],
        )

    def places(self) -> Places:
        room = max(1, self.height() // scaled(LEAST_ROW))
        shown: Sequence[int] = range(self.classes)
        if self.classes > max(room, FEW):
            shown = most(np.abs(self.values), room) if len(self.values) else range(room)
        height = self.height() / max(1, len(shown))
        return [(label, QRectF(0, row * height, self.width(), height)) for row, label in enumerate(shown)]

    def sizeHint(self) -> QSize:
        return QSize(scaled(140), scaled(16) * min(self.classes, MOST_ROWS))

    def names_room(self, letters: QFont) -> float:
        return names_room(self.classes, letters, scaled(GLYPH_ROOM), 0.4 * self.width(), answer=True)

    def fitted(self, number: int, room: float, letters: QFont) -> str:
        return fitted_name(number, room, letters, answer=True)


def same_length(number: float, decimals: int) -> str:
    """Return a number with its sign, a true minus and `decimals` decimals, so that a column of them lines up."""
    if number != number:
        return tr("no number")
    return written(number, f"+.{decimals}f") if number else "0"


class LayerSpreads(Panel):
    """A histogram for each layer, one below the other."""

    def __init__(self) -> None:
        super().__init__(tr("Weights of each layer"), "weights.spreads")
        add(self.head, SPRING, words(tr("line: at the start"), "caption"))
        self._grid = gridbox(columns={1: 1}, gap=("small", "tight"))
        rows = scrolling(holder(self._grid), "weights.spreads.rows")  # of up to 65 layers
        sized(rows.setMinimumHeight, LEAST_ROWS)
        self.body.addWidget(rows, 1)
        self.histograms: list[Histogram] = []
        self._titles: list[QLabel] = []

    def show_layers(self, layers: Sequence[LayerHistogram]) -> None:
        if len(layers) != len(self.histograms):
            self._make_rows([layer.title for layer in layers])
        for histogram, layer in zip(self.histograms, layers, strict=True):
            histogram.set_shares(layer.edges, layer.start, layer.now)

    def table(self) -> Table | None:
        titled = zip(self._titles, self.histograms, strict=True)
        tables = [(title.text(), table) for title, panel in titled if (table := panel.table())]
        return together(tables, mark("layer")) if tables else None

    def clear(self) -> None:
        for histogram in self.histograms:
            histogram.clear()

    def _make_rows(self, titles: Sequence[str]) -> None:
        for widget in (*self.histograms, *self._titles):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.setParent(None)  # at once, so that its name is free for the new row
        self.histograms = [Histogram(f"weights.spreads.{number}") for number in range(1, len(titles) + 1)]
        self._titles = [words(title, "label") for title in titles]
        for row, (title, histogram) in enumerate(zip(self._titles, self.histograms, strict=True)):
            self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(histogram, row, 1)


def say_all(pictures: WeightPictures, silenced: int) -> str:
    """Return a number of neurons: `300 neurons, 2 silenced`."""
    count = len(pictures.pictures)
    match pictures.layers[pictures.layer].kind:
        case "convolution":
            neurons = tr_plural("{count:,} feature map", "{count:,} feature maps", count)
        case "classes":
            neurons = tr_plural("{count:,} class", "{count:,} classes", count)
        case _:
            neurons = tr_plural("{count:,} neuron", "{count:,} neurons", count)
    return tr("{neurons}, {silenced:,} silenced", neurons=neurons, silenced=silenced) if silenced else neurons


def say_weight(pictures: WeightPictures, number: int, row: int, column: int) -> str:
    """Return a weight with its place: `Neuron 17 · row 5, column 9 · +0.123`."""
    kind = pictures.layers[pictures.layer].kind
    who = tr(ONE[kind], name=class_name(number, answer=True) if kind == "classes" else number)
    value = float(pictures.pictures[number, row, column])
    weight = signed(value)
    if pictures.meaning not in ("inputs", "values", "all kernels"):  # no text
        return tr("{neuron} · row {row}, column {column} · {weight}", neuron=who, row=row, column=column, weight=weight)
    columns = pictures.pictures.shape[2]
    if math.isnan(value):  # a gap, or beyond the last one
        return who
    if pictures.meaning == "inputs":
        return tr(
            "{neuron} · from neuron {before} · {weight}", neuron=who, before=row * columns + column, weight=weight
        )
    if pictures.meaning == "values":
        return tr("{neuron} · from value {before} · {weight}", neuron=who, before=row * columns + column, weight=weight)
    high, wide = (side + 1 for side in pictures.kernel or (1, 1))  # from one kernel to the next, with a gap between
    (down, row), (across, column) = divmod(row, high), divmod(column, wide)
    before = down * ((columns + 1) // wide) + across
    before += number * pictures.groups // len(pictures.pictures) * pictures.reads  # the maps of its group
    return tr(
        "{neuron} · from map {before} · row {row}, column {column} · {weight}",
        neuron=who,
        before=before,
        row=row,
        column=column,
        weight=weight,
    )
