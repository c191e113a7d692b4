"""What stands beside the map: how it is made, its progress, and the images within the lasso."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from engine.analysis.mapping.settings import FEWEST, METHODS, MOST, MapSpec
from engine.analysis.probes.images import SomeImages
from engine.core.knobs import knobs
from engine.core.language import mark, tr, tr_context, with_marks
from gui.look.class_names import class_name, one_of_class
from gui.look.fonts import measured, scaled
from gui.look.layout import SPRING, add, gridbox, hbox, holder, vbox
from gui.look.words import named, words
from gui.widgets.forms.controls import Choice, Segments
from gui.widgets.forms.knob_field import TextField
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid

COUNTS = (1_000, 2_500, 5_000, MOST)  # numbers of images to choose from
NUMBERS = ("perplexity", "seed")  # settings that are typed, for t-SNE
STEPS, BAR = 1000, 4  # of the progress bar; its height in pixels, whether or not it is shown

METHOD_TIPS = {
    "pca": mark("A shadow of the layer from the side on which most is seen; it is there at once."),
    "tsne": mark("Keeps images together that excite the same neurons; it takes up to half a minute."),
}


class MapSettingsPanel(Panel):
    """Fields, three buttons, a bar and a line of words."""

    shows_lens = False

    changed = Signal()  # another map is wanted

    def __init__(self) -> None:
        super().__init__(tr("How it is made"), "map.settings")
        self.method = Segments("map.method", {key: (title, METHOD_TIPS[key]) for key, title in METHODS.items()})
        self.layer = named(Choice(6), "map.layer", title=tr("Layer"))
        self.images = named(Choice(6), "map.images", title=tr("Images"))
        self.layer.setToolTip(tr("Which layer's activations the map is made of"))
        self.images.setToolTip(tr("How many of the test images, evenly picked"))
        self.fields = {name: TextField(knobs(MapSpec)[name], f"map.{name}") for name in NUMBERS}
        self.all = named(QPushButton(tr("All snapshots")), "map.all", title=tr("Make the maps of all snapshots"))
        self.all.setProperty("look", "icon")  # less room beside the words
        self.all.setToolTip(tr("Make the maps of all snapshots of the run, so that playback shows them."))
        self.stop = named(QPushButton(tr("Cancel")), "map.stop", title=tr("Cancel the map in the making"))
        self.stop.setToolTip(tr("End the map in the making; what is there stays."))
        tip = tr("Make the map of what is looked at now.")
        self.again = named(QPushButton(tr_context("verb", "Run")), "map.again", title=tr("Make the map"), tip=tip)
        measured(self.again, lambda again: again.setMinimumWidth(max(scaled(64), again.sizeHint().width())))
        self.bar = named(QProgressBar(), "map.progress", title=tr("How far the map is"))
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.words = named(words("", "caption", wrapped=True), "map.progress.words")
        self.layer_number: int | None = None  # that a person chose; `None` for the last hidden layer
        self.set_images(MOST)
        add(self.head, SPRING, self.method)
        above = (_labelled(tr("Layer"), self.layer), 0, 0), (_labelled(tr("Images"), self.images), 0, 1)
        below = (self.fields["perplexity"], 1, 0), (self.fields["seed"], 1, 1)
        grid = gridbox(*above, *below, columns={0: 3, 1: 2}, gap=("small", "tight"))
        buttons = hbox(self.again, self.stop, (self.all, 1), gap="small")
        bar = holder(hbox(self.bar))
        bar.setFixedHeight(BAR)
        add(self.body, grid, "tight", buttons, "tight", bar, self.words)
        self.method.chosen.connect(lambda _: self._fit_method())
        self.method.chosen.connect(lambda _: self.changed.emit())
        self.layer.activated.connect(self.choose_layer)
        self.images.activated.connect(lambda _: self.changed.emit())
        for field in self.fields.values():
            field.editor.editingFinished.connect(self._take_number)
        self.again.clicked.connect(self.changed)
        self._sent = self.spec()
        self._fit_method()

    def spec(self) -> MapSpec | None:
        numbers = {name: field.value() for name, field in self.fields.items()}
        if None in numbers.values():
            return None
        images = max(FEWEST, int(self.images.currentData() or MOST))  # if there are fewer, the engine says so
        return MapSpec(method=self.method.key, images=images).but(**numbers).relevant()

    def error(self) -> str:
        return next((field.error for field in self.fields.values() if field.error), "")

    def set_images(self, there: int) -> None:
        """Offer numbers of images up to how many there are."""
        counts = [count for count in COUNTS if count < there] + [min(there, MOST)]
        titles = {count: with_marks(f"{count:,}") for count in counts}
        if there in titles:
            titles[there] = tr("all {count:,}", count=there)
        self.images.offer(titles, counts[-1])

    def show_layers(self, layers: Sequence[str], layer: int) -> None:
        self.layer.offer(dict(enumerate(layers)), layer)

    def choose_layer(self, number: int) -> None:
        """Make the map of this hidden layer, from 0; the number after the last one means the output."""
        self.layer_number = number
        self.changed.emit()

    def show_progress(self, part: float, text: str) -> None:
        """Show a progress of 0 to 1, and in words."""
        self.bar.setValue(round(STEPS * part))
        self.bar.setVisible(part > 0)
        self.words.setText(text)

    def offer(self, *, again: bool, stop: bool) -> None:
        self.again.setEnabled(again)
        self.all.setEnabled(again)
        self.stop.setEnabled(stop)

    def _fit_method(self) -> None:
        for field in self.fields.values():
            field.setEnabled(self.method.key == "tsne")

    def _take_number(self) -> None:
        if (spec := self.spec()) is not None and spec != self._sent:
            self._sent = spec
            self.changed.emit()


def _labelled(title: str, widget: QWidget) -> QWidget:
    return holder(vbox(words(title, "label", names=widget), widget, gap=2))


MOST_IMAGES = 500  # shown as pictures, evenly chosen
NOTHING = mark("Hold Shift and drag around points: their images are shown here.")


class LassoPanel(Panel):
    """Counts, pictures, and the button that sends one to the canvas."""

    imageChosen = Signal(int)  # the number of the test image that was clicked
    sendWanted = Signal(object, str)  # a picture (rows, columns), uint8, and what it is

    def __init__(self) -> None:
        super().__init__(tr("Selected images"), "map.lasso")
        self.figure = self.add_figure()
        self.counts = named(words(tr(NOTHING), "label", wrapped=True), "map.lasso.counts")
        self.grid = ImageGrid("map.lasso.images", tr("Images within the lasso"), scale=1, grows=True)
        self.grid.setToolTip(tr("Click an image to look at it in all tabs."))
        self.send = named(QPushButton(tr("To Draw")), "map.send", title=tr("Draw on the selected image"))
        self.send.setToolTip(tr("Put the image that is marked onto the canvas."))
        self.send.setEnabled(False)
        self._shown: SomeImages | None = None
        self._one: SomeImages | None = None
        self._answer: int | None = None  # the network's answer to the image in `_one`
        add(self.body, self.counts, (self.grid, 1), self.send)
        self.grid.chosen.connect(self._choose)
        self.send.clicked.connect(self._send)

    def hasHeightForWidth(self) -> bool:
        """Say no: with words that wrap, Qt would take the preferred height for the least one."""
        return False

    def show_counts(self, labels: Sequence[int]) -> None:
        """Show how many images of which class there are, or what to do where there are none."""
        counts = np.bincount(np.asarray(labels, np.int64))
        figures = [(label, with_marks(f"{count:,}")) for label, count in enumerate(counts.tolist()) if count]
        parts = [tr("{name}: {value}", name=class_name(label), value=count) for label, count in figures]
        self.figure.setText(with_marks(f"{len(labels):,}") if len(labels) else "")
        if parts:
            self.counts.setText("   ".join(parts))
        else:
            self.show_images(None, {})

    def show_images(self, images: SomeImages | None, answers: Mapping[int, int]) -> None:
        """Show pictures; `answers` are the network's, by image number."""
        self._shown = images
        if images is None:
            self._show_alone()
        else:
            self._show_pictures(images, answers)

    def show_one(self, image: SomeImages | None, answer: int | None = None) -> None:
        """Offer the selected image for drawing on, with the network's answer, by itself or marked within a lasso."""
        self._one = image if image is not None and len(image.numbers) else None
        self._answer = answer
        self.send.setEnabled(self._one is not None)
        if self._shown is None:
            self._show_alone()
            return
        numbers = self._shown.numbers.tolist()
        number = int(self._one.numbers[0]) if self._one is not None else None
        self.grid.mark(numbers.index(number) if number in numbers else None)

    def _show_alone(self) -> None:
        one = self._one
        if one is None:
            self.counts.setText(tr(NOTHING))
            self.grid.show_images(np.zeros((0, 28, 28), np.uint8), [])
            return
        number = int(one.numbers[0])
        self.counts.setText(f"{describe(number, int(one.labels[0]), self._answer)}.")
        self._show_pictures(one, {} if self._answer is None else {number: self._answer})
        self.grid.mark(0)

    def _show_pictures(self, images: SomeImages, answers: Mapping[int, int]) -> None:
        pairs = list(zip(images.numbers.tolist(), images.labels.tolist(), strict=True))
        self.grid.show_images(
            images.pictures,
            [class_name(label) for _, label in pairs],
            [describe(number, label, answers.get(number)) for number, label in pairs],
            warned=frozenset(
                place for place, (number, label) in enumerate(pairs) if answers.get(number, label) != label
            ),
        )

    def _choose(self, place: int) -> None:
        if self._shown is not None:
            self.imageChosen.emit(int(self._shown.numbers[place]))

    def _send(self) -> None:
        if self._one is not None:
            number, label = int(self._one.numbers[0]), int(self._one.labels[0])
            self.sendWanted.emit(
                self._one.pictures[0], tr("Test image {number:,}, {label}", number=number, label=one_of_class(label))
            )


def describe(number: int, label: int, answer: int | None) -> str:
    """Return an image in a few words."""
    one = one_of_class(label)
    if answer is None:
        return tr("Test image {number:,}, {label}", number=number, label=one)
    read = class_name(answer, answer=True)
    return tr("Test image {number:,}, {label}, predicted {answer}", number=number, label=one, answer=read)
