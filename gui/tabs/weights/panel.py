"""The grid of weights with its settings: layer, order, scale, and the moment to subtract."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton

from engine.analysis.probes.weight_pictures import LayerShape, WeightPictures
from engine.core.language import mark, tr, tr_plural
from gui.look.first_look import rarely
from gui.look.fonts import sized
from gui.look.icons import set_icon
from gui.look.layout import SPRING, add, hbox
from gui.look.words import Elided, figure, named
from gui.tabs.weights.grid import WeightGrid
from gui.widgets.forms.controls import Choice, Segments
from gui.widgets.panel import Panel
from gui.widgets.plots.scale_bar import WEIGHTS_TIP, ScaleBar

ORDERS = {
    "index": (mark("Index"), mark("In the order of their numbers")),
    "class": (mark("By class"), mark("By the class to which each answers most, as the fingerprints are ordered")),
    "similar": (mark("Similar"), mark("Neurons that answer alike are neighbours, as the fingerprints are ordered")),
    "size": (
        mark("Size"),
        mark("The neurons with the largest weights first (by the root of the sum of their squares)"),
    ),
}

SCALES = {
    "shared": (
        mark("Shared scale"),
        mark("The same colour is the same weight in all pictures; one weight in a thousand may lie beyond"),
    ),
    "own": (
        mark("Own"),
        mark("Each picture has the strongest colours at its own largest weight, so that small weights are seen too"),
    ),
}

VIEWS = {
    "pixels": (
        mark("Pixels"),
        mark("What the neuron looks for in the picture: the product of the weights through to the pixels"),
    ),
    "inputs": (mark("Neurons before"), mark("The neuron's own weights over the neurons of the layer before")),
}

# What a picture shows, and what with the weights of another snapshot taken off.
MEANINGS = {
    "pixels": (
        mark("Each picture: the weights from the {rows} × {columns} pixels into one neuron."),
        mark("Each picture: the change of the weights from the {rows} × {columns} pixels into one neuron."),
    ),
    "classes": (
        mark("Each picture: the weights from the {rows} × {columns} pixels into one class."),
        mark("Each picture: the change of the weights from the {rows} × {columns} pixels into one class."),
    ),
    "places": (
        mark("Each picture: the weights from the {rows} × {columns} places of the maps before (mean of the maps)."),
        mark(
            "Each picture: the change of the weights from the {rows} × {columns} places of the maps before (mean "
            "of the maps)."
        ),
    ),
    "product": (
        mark("Each picture: the weights multiplied through to the {rows} × {columns} pixels, activations left out."),
        mark(
            "Each picture: the change of the weights multiplied through to the {rows} × {columns} pixels, "
            "activations left out."
        ),
    ),
    "product places": (  # no text
        mark(
            "Each picture: the weights multiplied through to the {rows} × {columns} places (mean of the maps), "
            "activations left out."
        ),
        mark(
            "Each picture: the change of the weights multiplied through to the {rows} × {columns} places (mean "
            "of the maps), activations left out."
        ),
    ),
    "inputs": (
        mark("Each picture: the weights from the {before} neurons before, row by row; neighbours mean nothing."),
        mark(
            "Each picture: the change of the weights from the {before} neurons before, row by row; neighbours "
            "mean nothing."
        ),
    ),
    "values": (
        mark("Each picture: the weights from the {before} values before, row by row; neighbours mean nothing."),
        mark(
            "Each picture: the change of the weights from the {before} values before, row by row; neighbours mean "
            "nothing."
        ),
    ),
    "kernels": (
        mark("Each picture: the {rows} × {columns} weights that a feature map slides over the image."),
        mark("Each picture: the change of the {rows} × {columns} weights that a feature map slides over the image."),
    ),
    "own kernels": (  # no text
        mark("Each picture: the {rows} × {columns} weights that a map slides over a single map before."),
        mark("Each picture: the change of the {rows} × {columns} weights that a map slides over a single map before."),
    ),
    "mean kernels": (  # no text
        mark(
            "Each picture: the {rows} × {columns} weights that a map slides over the {before} maps that it reads, "
            "averaged over these."
        ),
        mark(
            "Each picture: the change of the {rows} × {columns} weights that a map slides over the {before} maps that "
            "it reads, averaged over these."
        ),
    ),
    "all kernels": (  # no text
        mark(
            "Each picture: the kernels of {rows} × {columns} weights that a map slides over the {before} maps that it "
            "reads, row by row."
        ),
        mark(
            "Each picture: the change of the kernels of {rows} × {columns} weights that a map slides over the {before} "
            "maps that it reads, row by row."
        ),
    ),
}

# What the two views are called in front of dense layers, and of convolutions.
TITLES = {False: (mark("Pixels"), mark("Neurons before")), True: (mark("Mean"), mark("Maps before"))}

LAYER_WIDTH, MOMENT_WIDTH = (112, 186), (104, 230)  # least and greatest width of the two fields, in pixels


class WeightsPanel(Panel):
    """Shows what it is given, and signals what a person chooses."""

    momentChosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(tr("Weights"), "weights.pictures")
        self.grid = WeightGrid("weights.grid")
        self.layer = named(Choice(), "weights.layer", title=tr("Layer"), tip=tr("The layer whose neurons are shown"))
        self.view = Segments("weights.view", VIEWS, narrow=True)
        self.order = Segments("weights.order", ORDERS, narrow=True)
        self.scale = Segments("weights.scale", SCALES, narrow=True)
        self.moments = MomentChoice("weights.against", tr("What is taken off"), tr("The weights"))
        self.bar = ScaleBar("weights.bar", WEIGHTS_TIP)
        self.readout = named(figure(), "weights.readout")
        self.meaning = Elided("weights.meaning")
        self._tools = [
            self._tool("away", "−", tr("Away (− or the wheel)"), lambda: self.grid.zoom(-1)),
            self._tool("nearer", "+", tr("Nearer (+ or the wheel)"), lambda: self.grid.zoom(1)),
            self._tool("fit", "", tr("Show all (0, or double-click the pictures)"), self.grid.fit),
        ]
        set_icon(self._tools[-1], "zoom-reset", "muted")
        for choice, width in ((self.layer, LAYER_WIDTH), (self.moments, MOMENT_WIDTH)):
            sized(choice.setMinimumWidth, width[0])
            sized(choice.setMaximumWidth, width[1])
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.moments.setToolTip(tr("The weights as they are, or how they changed since another snapshot of the run"))
        self.view.hide()
        # Its words never push anything aside.
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        add(self.head, "small", (self.layer, 2), self.view, (self.readout, 3))
        tools = hbox((self.moments, 100), SPRING, hbox(*self._tools, gap=0), gap="small")
        head = hbox(hbox(self.order, self.scale, gap="small"), (tools, 1), gap="small")
        add(self.body, head, "tight", (self.grid, 1), hbox((self.meaning, 1), self.bar, gap="medium"))
        rarely(self.order, self.scale, self.moments, *self._tools)
        self.moments.momentChosen.connect(self.momentChosen)
        self.grid.fittedChanged.connect(self._show_fitted)

    def show_layers(self, layers: Sequence[LayerShape], chosen: int) -> None:
        self.layer.offer({number: say_layer(number + 1, layer) for number, layer in enumerate(layers)}, chosen)

    def show_moments(self, moments: Mapping[int, str], chosen: int | None) -> None:
        self.moments.show_moments({step: tr("Change since {title}", title=title) for step, title in moments.items()})
        self.moments.choose(chosen)

    def show_meaning(self, pictures: WeightPictures | None) -> None:
        if pictures is None:
            self.meaning.set_words("")
            return
        rows, columns = pictures.kernel or pictures.pictures.shape[1:]
        meaning: str = pictures.meaning
        if meaning == "pixels" and pictures.layer == len(pictures.layers) - 1:
            meaning = "classes"
        text = MEANINGS[meaning][pictures.against is not None]
        self.meaning.set_words(tr(text, rows=rows, columns=columns, before=pictures.reads))
        is_convolution = pictures.layers[pictures.layer].kind == "convolution"
        for key, title in zip(VIEWS, TITLES[is_convolution], strict=True):
            self.view.set_title(key, tr(title))
        self.view.setVisible(pictures.has_views)

    def _tool(self, name: str, text: str, help_: str, do: object) -> QToolButton:
        button = named(QToolButton(), f"weights.{name}", title=help_, tip=help_)
        button.setText(text)
        sized(button.setFixedSize, 26, 26)
        button.clicked.connect(do)
        return button

    def _show_fitted(self, fitted: bool) -> None:
        for button in (self._tools[0], self._tools[-1]):
            button.setEnabled(not fitted)


def say_layer(number: int, layer: LayerShape) -> str:
    """Return the name of a layer: `Layer 1 · 300`, `Layer 2 · 16 maps`, `The 10 classes`."""
    if layer.kind == "classes":
        return tr_plural("The {count} class", "The {count} classes", layer.width)
    if layer.kind == "convolution":
        return tr_plural("Layer {layer} · {count:,} map", "Layer {layer} · {count:,} maps", layer.width, layer=number)
    return tr("Layer {layer} · {count:,}", layer=number, count=layer.width)


class MomentChoice(Choice):
    """A combo box of moments by step, below a first entry for none."""

    momentChosen = Signal(object)  # the step, or `None`

    def __init__(self, name: str, title: str, none: str) -> None:
        super().__init__()
        named(self, name, title=title)
        self.addItem(none, None)
        self._shown: dict[int, str] = {}
        self.activated.connect(lambda _: self.momentChosen.emit(self.moment))

    @property
    def moment(self) -> int | None:
        step = self.currentData()
        return None if step is None else int(step)

    def show_moments(self, moments: Mapping[int, str]) -> None:
        """Offer these moments by step, with their names; the choice stays, if it is still there."""
        known, items, before = list(self._shown.items()), list(moments.items()), self.moment
        if items[: len(known)] != known:  # a run that trains only adds some
            known = []
            while self.count() > 1:
                self.removeItem(self.count() - 1)
        for step, title in items[len(known) :]:
            self.addItem(title, step)
        self.choose(before)
        self._shown = dict(moments)

    def choose(self, step: int | None) -> None:
        """Choose a moment without a signal; none where it is not offered."""
        self.setCurrentIndex(max(0, self.findData(step)) if step is not None else 0)
