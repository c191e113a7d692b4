"""The lines above and below the maps: order, layer, what the side shows; marked rows, and what differs from the
defaults.
"""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from engine.core.language import mark, tr, tr_plural
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from gui.look.first_look import plainly, rarely
from gui.look.fonts import font, keep, metrics, sized
from gui.look.layout import Part, hbox, pixels
from gui.look.words import Elided, for_hands, named, reserve, set_title, words
from gui.tabs.fingerprints.more_panel import small_button
from gui.tabs.fingerprints.row_field import HANDS
from gui.widgets.forms.controls import ChoiceChip, MenuChip, add_entry, chip

ROWS = {
    "class": (
        mark("by class"),
        mark("Neurons in groups by the class that they answer to most; a map's bracket marks its own when clicked"),
    ),
    "index": (mark("index"), mark("The rows, one for each neuron, by the neurons' numbers")),
    "similar": (mark("similar"), mark("Neurons that answer alike side by side (hierarchical clustering)")),
    "mean": (mark("mean"), mark("Neurons that fire most at the top")),
}

TIP = mark("Which hidden layer is shown.")
NONE = mark("None marked")
HINT = mark("Drag over rows, or click a bracket for its class. The wheel zooms.")
AVERAGED = mark("Of each feature map the mean over its places is shown.")


class LayerChip(MenuChip):
    """The choice of the layer. Hidden where the network has a single plain one."""

    chosen = Signal(int)  # the layer, from 0

    def __init__(self, name: str) -> None:
        super().__init__(name, look="accent chip", tone="accent")  # no text
        self.setAccessibleName(tr("Hidden layer"))
        self.setToolTip(tr(TIP))
        self.layer = 0
        self.titles: list[str] = []  # the layers' names in the menu
        self._layers: tuple[HiddenLayer, ...] = ()
        self.hide()

    def set_layers(self, layers: Sequence[HiddenLayer]) -> None:
        """Offer these hidden layers, and keep the choice where it is still possible."""
        if tuple(layers) == self._layers:
            return
        self._layers = tuple(layers)
        self.layer = min(self.layer, max(0, len(layers) - 1))
        self.titles = [title(number, layer) for number, layer in enumerate(layers, 1)]
        self.menu().clear()
        for number, text in enumerate(self.titles):
            add_entry(self.menu(), f"{self.objectName()}.{number}", text, partial(self.choose, number))
        self._say()

    def choose(self, layer: int) -> None:
        if layer != self.layer and 0 <= layer < len(self._layers):
            self.layer = layer
            self._say()
            self.chosen.emit(layer)

    def _say(self) -> None:
        layers = self._layers
        is_averaged = bool(layers) and isinstance(layers[self.layer], ConvLayer)
        self.setVisible(len(layers) > 1 or is_averaged)
        if layers:
            text = tr(mark("Layer {layer}, averaged") if is_averaged else mark("Layer {layer}"), layer=self.layer + 1)
            tip = f"{tr(TIP)} {tr(AVERAGED)}" if is_averaged else tr(TIP)
            set_title(self, text, tr("Hidden layer: {layer}", layer=self.titles[self.layer]), tip)


def title(number: int, layer: HiddenLayer) -> str:
    """Return the name of a layer; its number counts from 1."""
    if isinstance(layer, ConvLayer):
        return tr_plural(
            "Layer {layer}: {count:,} feature map, averaged",
            "Layer {layer}: {count:,} feature maps, averaged",
            layer.width,
            layer=number,
        )
    return tr_plural("Layer {layer}: {count:,} neuron", "Layer {layer}: {count:,} neurons", layer.width, layer=number)


LINE: int = metrics()["height"]["button"]
SEARCH_WIDTH = 130


class MapBar(QWidget):
    """Signals what is chosen. `fewer` and `more` open panels; the words between say what differs from the defaults."""

    changed = Signal()  # another order or layer was chosen

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fingerprints.bar")
        self.rows = ChoiceChip("fingerprints.rows", tr("Rows"), ROWS, tr("The order of the neurons"))
        tip = tr("Show at the right how few neurons and weights are enough, instead of the chosen neuron.")
        self.fewer = chip("fingerprints.fewer.show", tr("Prune"), tip, checkable=True)
        tip = tr(
            "Show at the right what is rarely wanted: "
            "boost, set to mean, sets, dead neurons, columns, averages, colours."
        )
        self.more = chip("fingerprints.more.show", tr("More"), tip, checkable=True)
        self.layers = LayerChip("fingerprints.layer")
        self.search = named(QLineEdit(), "fingerprints.classes", title=tr("Find classes"))
        self.search.setPlaceholderText(tr("Find classes"))
        self.search.setToolTip(tr("Show the maps of the classes that have these words in their names: 17, 18, 4"))
        sized(self.search.setFixedWidth, SEARCH_WIDTH)
        self.found = Elided("fingerprints.classes.found", "label")
        self.say_classes(0, 0)
        self.deviations = Elided("fingerprints.deviations", "label")
        self.deviations.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._in_words = plainly(Elided("fingerprints.in_words", "label"))
        self.say_columns(are_classes=False)
        order = words(tr("Rows"), "label", names=self.rows)
        rarely(order, self.rows)
        choices = order, self.rows, self.layers, self.search
        _line(self, (self._in_words, 4), *choices, (self.found, 1), (self.deviations, 1), self.fewer, self.more)
        self.rows.chosen.connect(self.changed)
        self.layers.chosen.connect(self.changed)
        for one, other in ((self.fewer, self.more), (self.more, self.fewer)):
            one.toggled.connect(partial(_give_way, other))
        self.layers.set_layers(())

    def say_columns(self, are_classes: bool) -> None:
        """Say in the first look what the maps show: test images, or averages of classes."""
        self._in_words.set_words(
            tr("A row is a hidden neuron, a column a class.")
            if are_classes
            else tr("A row is a hidden neuron, a column a test image.")
        )

    def say_classes(self, shown: int, classes: int) -> None:
        """Show how many classes have their maps in view; where all have, there is nothing to search."""
        self.search.setVisible(bool(self.search.text()) or shown < classes)
        self.found.setVisible(not self.search.isHidden())
        self.found.set_words(
            tr("{shown} of {classes}", shown=shown, classes=classes) if shown else tr("None is called so.")
        )


def _give_way(other: QPushButton, on: bool) -> None:
    if on:
        other.setChecked(False)


class MapTools(QWidget):
    """Buttons for the marked rows. Each keeps its place, whatever it says."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fingerprints.tools")
        self.marked = named(words("", "label"), "fingerprints.marked", tip=tr(HANDS))
        self.silence = small_button(
            "silence",
            tr("Silence"),
            tr("Let the marked neurons, or else the selected one, pass on 0: zero ablation (Delete)."),
        )
        self.restore = small_button("restore", tr("Restore all"), tr("Let all neurons be as the training left them."))
        keep(
            self.marked, lambda marked: marked.setFixedWidth(QFontMetrics(font("body")).horizontalAdvance(tr(NONE)) + 4)
        )
        reserve(self.silence, tr("Silence"), tr("Restore"), fixed=True)
        self.hint = Elided("fingerprints.hint")
        _line(self, hbox(self.marked, self.silence, self.restore, gap=pixels("small") - 2), (self.hint, 1))
        self.show_marked("", all_changed=False)
        self.show_changed(0)

    def show_marked(self, what: str, *, all_changed: bool, is_marked: bool = False) -> None:
        """Show which rows the buttons act on (`3 marked`), or, while nothing `is_marked`, how to mark some."""
        self.marked.setText(what or for_hands(tr(NONE)))
        self.silence.setEnabled(bool(what))
        self.hint.set_words("" if is_marked else for_hands(tr(HINT)))
        title = tr("Restore") if all_changed else tr("Silence")
        if title != self.silence.text():
            set_title(self.silence, title)

    def show_changed(self, count: int) -> None:
        """Enable the button that restores neurons."""
        self.restore.setEnabled(count > 0)


def _line(bar: QWidget, *parts: Part) -> None:
    """Return a line of buttons."""
    hbox(*parts, gap=pixels("small") - 2, on=bar)
    sized(bar.setFixedHeight, LINE)
