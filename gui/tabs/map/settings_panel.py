"""How a map is made: method, layer, number of images, t-SNE's parameters; and the progress."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from engine.analysis.mapping.settings import FEWEST, METHODS, MOST, MapSpec
from engine.core.knobs import knobs
from gui.look.fonts import sized
from gui.look.layout import SPRING, add, gridbox, hbox, holder, vbox
from gui.look.words import named, words
from gui.widgets.forms.choice_field import Choice
from gui.widgets.forms.segments import Segments
from gui.widgets.forms.text_field import TextField
from gui.widgets.panel import Panel

COUNTS = (1_000, 2_500, 5_000, MOST)  # numbers of images to choose from
NUMBERS = ("perplexity", "seed")  # settings that are typed, for t-SNE
STEPS = 1000  # of the progress bar

METHOD_TIPS = {
    "pca": "A shadow of the layer from the side on which most is seen; it is there at once.",
    "tsne": "Keeps images together that excite the same neurons; it takes up to half a minute.",
}


class MapSettingsPanel(Panel):
    """Fields, three buttons, a bar and a line of words."""

    shows_lens = False

    changed = Signal()  # another map is wanted

    def __init__(self) -> None:
        super().__init__("How it is made", "map.settings")
        self.method = Segments("map.method", METHODS, METHOD_TIPS)
        self.layer, self.images = _choice("map.layer", "Layer"), _choice("map.images", "Images")
        self.layer.setToolTip("Which layer's activations the map is made of")
        self.images.setToolTip("How many of the test images, evenly picked")
        self.fields = {name: TextField(knobs(MapSpec)[name], f"map.{name}") for name in NUMBERS}
        self.all = named(QPushButton("All snapshots"), "map.all", title="Make the maps of all snapshots")
        self.all.setProperty("look", "icon")  # less room beside the words
        self.all.setToolTip("Make the maps of all snapshots of the run, so that playback shows them.")
        self.stop = named(QPushButton("Cancel"), "map.stop", title="Cancel the map in the making")
        self.stop.setToolTip("End the map in the making; what is there stays.")
        tip = "Make the map of what is looked at now."
        self.again = named(QPushButton("Run"), "map.again", title="Make the map", tip=tip)
        sized(self.again.setMinimumWidth, 64)
        self.bar = named(QProgressBar(), "map.progress", title="How far the map is")
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.words = named(words("", "caption", wrapped=True), "map.progress.words")
        self.layer_number: int | None = None  # that a person chose; `None` for the last hidden layer
        self.set_images(MOST)
        add(self.head, SPRING, self.method)
        grid = gridbox(
            (_labelled("Layer", self.layer), 0, 0),
            (_labelled("Images", self.images), 0, 1),
            (self.fields["perplexity"], 1, 0),
            (self.fields["seed"], 1, 1),
            columns={0: 3, 1: 2},
            gap=("small", "tight"),
        )
        add(
            self.body,
            grid,
            "tight",
            hbox(self.again, self.stop, (self.all, 1), gap="small"),
            "tight",
            self.bar,
            self.words,
        )
        self.method.chosen.connect(lambda _: self._fit_method())
        self.method.chosen.connect(lambda _: self.changed.emit())
        self.layer.activated.connect(self._take_layer)
        self.images.activated.connect(lambda _: self.changed.emit())
        for field in self.fields.values():
            field.editor.editingFinished.connect(self._take_number)
        self.again.clicked.connect(self.changed)
        self._told = self.spec()
        self._fit_method()

    def spec(self) -> MapSpec | None:
        numbers = {name: field.value() for name, field in self.fields.items()}
        if None in numbers.values():
            return None
        images = max(FEWEST, int(self.images.currentData() or MOST))  # if there are fewer, the engine says so
        spec = MapSpec(method=self.method.key, images=images)
        return spec.but(**numbers).relevant()

    def error(self) -> str:
        return next((field.error for field in self.fields.values() if field.error), "")

    def set_images(self, there: int) -> None:
        """Offer numbers of images up to how many there are."""
        counts = [count for count in COUNTS if count < there] + [min(there, MOST)]
        with QSignalBlocker(self.images):
            self.images.clear()
            for count in counts:
                self.images.addItem(f"{'all ' if count == there else ''}{count:,}", count)
            self.images.setCurrentIndex(len(counts) - 1)

    def show_layers(self, layers: Sequence[str], layer: int) -> None:
        there = [self.layer.itemText(place) for place in range(self.layer.count())]
        with QSignalBlocker(self.layer):
            if there != list(layers):
                self.layer.clear()
                self.layer.addItems(list(layers))
            self.layer.setCurrentIndex(layer)

    def show_progress(self, part: float, text: str) -> None:
        """Show a progress of 0 to 1, and in words."""
        self.bar.setValue(round(STEPS * part))
        self.words.setText(text)

    def offer(self, *, again: bool, stop: bool) -> None:
        self.again.setEnabled(again)
        self.all.setEnabled(again)
        self.stop.setEnabled(stop)

    def _fit_method(self) -> None:
        for field in self.fields.values():
            field.setEnabled(self.method.key == "tsne")

    def _take_layer(self, number: int) -> None:
        self.layer_number = number
        self.changed.emit()

    def _take_number(self) -> None:
        spec = self.spec()
        if spec is not None and spec != self._told:
            self._told = spec
            self.changed.emit()


def _choice(name: str, title: str) -> Choice:
    choice = named(Choice(), name, title=title)
    choice.setMinimumContentsLength(6)
    choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return choice


def _labelled(title: str, widget: QWidget) -> QWidget:
    return holder(vbox(words(title, "label", names=widget), widget, gap=2))
