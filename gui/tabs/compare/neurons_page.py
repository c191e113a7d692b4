"""The page of the neurons: class means and weights of one network, less those of the other."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.analysis.probes.comparison import Comparison
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Neuron
from gui.look.class_names import class_cells, class_name, fitted_name, names_room
from gui.look.color_maps import signed_image
from gui.look.fonts import font, scaled, sized
from gui.look.layout import SPRING, add, holder, stack, vbox
from gui.look.words import for_hands, named, words
from gui.tabs.compare.other import Names
from gui.widgets.empty_state import EmptyState, empty_maps
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.forms.controls import Choice, Segments
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import RIGHT, Frame, Image, Mark, Rule, Words, draw
from gui.widgets.panel import Panel
from gui.widgets.pictures.cell_words import rounded_up
from gui.widgets.pictures.picture_grid import ImageGrid, PictureGrid
from gui.widgets.plots.scale_bar import ScaleBar, signed

MOST_PICTURES = 36  # the neurons whose weights differ most are shown
SCALE_WIDE = 200
ORDERS = {
    "number": (mark("by number"), mark("The neurons by number")),
    "difference": (mark("by difference"), mark("First those whose means differ most")),
}
NOT_ALIKE = mark(
    "These networks have different {what}, so their neurons cannot be subtracted.\n"
    "Answers, Layers and Settings compare them all the same."
)
HOW_TO = mark("Click a neuron to pick it out in all tabs.")


class NeuronsPage(QWidget):
    """Differences by neuron; a click selects one."""

    neuronChosen = Signal(object)  # the `Neuron`

    def __init__(self) -> None:
        super().__init__()
        self.means, self.weights = MeansMap(), WeightDifferences()
        self.order = Segments("compare.order", ORDERS)
        self.layer = named(Choice(), "compare.layer", title=tr("Hidden layer"))
        self.scale = ScaleBar("compare.means.scale", tr("Blue: more in the other network, orange: more in this one"))
        self.reach = ScaleBar("compare.weights.scale", tr("Differences of weights: blue below zero, orange above"))
        self.empty = EmptyState("compare.neurons.empty", "", empty_maps)
        self._found: Comparison | None = None
        self._names = Names()
        self._neuron: Neuron | None = None
        self._means = Panel(tr("Class means"), "compare.means.panel", shortens=True)
        self.layer.setToolTip(tr("The hidden layer whose class means are compared"))
        for scale in (self.scale, self.reach):
            sized(scale.setFixedWidth, SCALE_WIDE)
        add(self._means.head, "small", SPRING, self.scale, words(tr("Neurons"), "label"), self.order, self.layer)
        self._means.body.addWidget(self.means, 1)
        self._weights = Panel(tr("Weights"), "compare.weights.panel", shortens=True)
        add(self._weights.head, "small", SPRING, self.reach)
        for shown in (self.weights, self.means):
            shown.setToolTip(for_hands(tr(HOW_TO)))
        self._weights.body.addWidget(self.weights, 1)
        self._inner = holder(vbox((self._means, 1), (self._weights, 1), gap="medium"))
        self._pages = stack(self._inner, self.empty)
        vbox(self._pages, on=self)
        self.order.chosen.connect(lambda _: self._show_means())
        self.layer.activated.connect(lambda _: self._show_means())
        self.means.chosen.connect(
            lambda number: self.neuronChosen.emit(Neuron(self._layer, self.means.neuron_at(number)))
        )
        self.weights.chosen.connect(self._choose_weights)

    def show_comparison(self, comparison: Comparison, names: Names, differing: str) -> None:
        """Show how two networks' neurons differ; `differing` says what prevents that."""
        self._found, self._names = comparison, names
        self.empty.say(tr(NOT_ALIKE, what=differing or tr("layers or numbers of classes")), with_offer=False)
        self._pages.setCurrentWidget(self._inner if comparison.weights else self.empty)
        self._means.setVisible(bool(comparison.means))
        titles = {
            layer: tr("Layer {layer} ({width})", layer=layer + 1, width=means.shape[1])
            for layer, means in enumerate(comparison.means)
        }
        self.layer.offer(titles, self.layer.currentData())
        self.layer.setVisible(self.layer.count() > 1)
        self._show_means()
        self._show_weights()

    def pick(self, neuron: Neuron | None) -> None:
        self._neuron = neuron
        self.means.mark(neuron.number if neuron and neuron.layer == self._layer else None)
        self.weights.mark(self.weights.place_of_neuron(neuron.number) if neuron and not neuron.layer else None)

    @property
    def _layer(self) -> int:
        return max(0, self.layer.currentIndex())

    def _show_means(self) -> None:
        comparison = self._found
        if comparison is None or not comparison.means:
            return
        means = comparison.means[self._layer]
        size = np.nan_to_num(np.abs(means)).max(axis=0, initial=0)
        order = np.argsort(-size, kind="stable") if self.order.key == "difference" else np.arange(len(size))
        reach = rounded_up(float(size.max(initial=0)))
        names = self._names
        self.means.show_means(means, comparison.means_before[self._layer], order, reach, names)
        self._means.set_title(tr("Class means: {one} less {other}", one=names.one, other=names.other))
        self.scale.set_reach(reach)
        self.pick(self._neuron)

    def _show_weights(self) -> None:
        comparison = self._found
        if comparison is None or not comparison.weights:
            return
        kernel, names, shape = comparison.weights[0], self._names, comparison.reads
        neurons = comparison.means[0].shape[1] if comparison.means else kernel.shape[-1]
        if kernel.ndim == 4:
            shape = kernel.shape[:2]
        elif len(shape) == 1:  # row by row
            columns = math.ceil(math.sqrt(len(kernel)))
            shape = -(-len(kernel) // columns), columns
            kernel = np.pad(kernel, ((0, math.prod(shape) - len(kernel)), (0, 0)))
        parts = kernel.reshape(*shape[:2], -1, neurons)  # those of all maps that a neuron reads
        norms = np.sqrt(np.nan_to_num(np.square(parts, dtype=np.float64)).sum(axis=(0, 1, 2)))
        pictures = parts.mean(axis=2).transpose(2, 0, 1)
        self.weights.show_weights(pictures, norms, are_classes=not comparison.means)
        title = mark("First layer's weights: {one} less {other}")
        if parts.shape[2] > 1:
            title = mark("First layer's weights, mean of the maps: {one} less {other}")
        self._weights.set_title(tr(title, one=names.one, other=names.other))
        self.reach.set_reach(self.weights.reach)
        self.pick(self._neuron)

    def _choose_weights(self, place: int) -> None:
        if self._found is not None and self._found.means:
            self.neuronChosen.emit(Neuron(0, self.weights.neurons[place]))


LEAST_NAME, WIDEST_NAME, LEAST_ROW = 18, 90, 12


class MeansMap(PictureGrid):
    """A row for each class, a column for each neuron; a cell is a picture of one pixel, so that keys reach it."""

    def __init__(self) -> None:
        size, least = (900, 200), (240, 6 * LEAST_ROW)
        title = tr("Differences of class means")
        super().__init__("compare.means", title, size=size, least=least, follows_mouse=True, takes_keys=True)
        self._means: Array = np.zeros((0, 0))
        self._before: Array = np.zeros((0, 0))
        self._order: Array = np.zeros(0, np.int64)
        self._reach = 1.0
        self._names = Names()
        self._marked: int | None = None

    def show_means(self, means: Array, before: Array, order: Array, reach: float, names: Names) -> None:
        """Show differences (classes, neurons) in an order (neurons,); `before` are the first network's own means."""
        self._means, self._before, self._order = means, before, order
        self._reach, self._names = reach, names
        self.set_current(None)
        self.update()

    def finding(self) -> str:
        """Return the largest difference."""
        if not self.count():
            return ""
        return tr(
            "Largest difference: {neuron}. The arrows go to the others.",
            neuron=self.tip_of(int(self._sizes().argmax())),
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return each class with its largest difference, and last the neuron that the keys are on."""
        if not self.count():
            return []
        wide = self.columns()
        largest = [row * wide + int(at) for row, at in enumerate(self._sizes().argmax(axis=1))]
        shown = largest if self.current is None else [*largest, self.current]
        return [
            HeardPart(self.heard_text(number), self.place_of(number), is_chosen=place == len(largest), can_press=True)
            for place, number in enumerate(shown)
        ]

    def say_current(self) -> None:
        say_part(self, len(self._means))

    def _sizes(self) -> Array:
        """Return how large the differences are, as they are shown (classes, neurons)."""
        return np.nan_to_num(np.abs(self._means[:, self._order]))

    def mark(self, neuron: int | None) -> None:
        self._marked = neuron
        self.update()

    def neuron_at(self, number: int) -> int:
        return int(self._order[number % self.columns()])

    def table(self) -> Table | None:
        if not self._means.size:
            return None
        return matrix_table(
            self._means[:, self._order], class_cells(len(self._means)), self._order.tolist(), mark("class")
        )

    def count(self) -> int:
        return int(self._means.size)

    def columns(self) -> int:
        return max(1, self._means.shape[1])

    def place_of(self, number: int) -> QRectF:
        area = self._area()
        row, column = divmod(number, self.columns())
        wide, high = area.width() / self.columns(), area.height() / max(1, len(self._means))
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def number_at(self, position: QPointF) -> int | None:
        area = self._area()
        if not self._means.size or not area.contains(position):
            return None
        row = int((position.y() - area.top()) / area.height() * len(self._means))
        column = int((position.x() - area.left()) / area.width() * self.columns())
        return min(row, len(self._means) - 1) * self.columns() + min(column, self.columns() - 1)

    def tip_of(self, number: int) -> str | None:
        label, neuron, names = number // self.columns(), self.neuron_at(number), self._names
        one = float(self._before[label, neuron])
        return tr(
            "Neuron {neuron}, mean over {label}: {here:.3g} in {the_one}, {there:.3g} in {the_other}",
            neuron=neuron,
            label=class_name(label),
            here=one,
            the_one=names.the_one,
            there=one - float(self._means[label, neuron]),
            the_other=names.the_other,
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.set_current(self.number_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.set_current(None)

    def _area(self) -> QRectF:
        room = names_room(len(self._means), font("value"), scaled(LEAST_NAME), scaled(WIDEST_NAME))
        return QRectF(self.rect()).adjusted(room, 3, -3, -3)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._means.size:
            painter = QPainter(self)
            is_shrunk = self._area().width() * self.devicePixelRatioF() < self.columns()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_shrunk)
            draw(painter, *self._marks())

    def _marks(self) -> Iterator[Mark]:
        area, classes = self._area(), len(self._means)
        yield Image(area, signed_image(np.nan_to_num(self._means[:, self._order]), self._reach))
        high = area.height() / classes
        skip = max(1, -(-scaled(LEAST_ROW) // max(1, int(high))))
        role = "value" if high >= scaled(16) else "caption"
        for label in range(0, classes, skip):
            place = QRectF(0, area.top() + label * high, area.left() - scaled(6), high)
            name = fitted_name(label, place.width(), font(role))
            yield Words(place, name, role=role, side=RIGHT | Qt.TextFlag.TextDontClip)
        for label in range(1, classes if skip == 1 else 0):  # lines between narrower rows would cover them
            top = area.top() + label * high
            yield Rule(QPointF(area.left(), top), QPointF(area.right(), top))
        yield Frame(area)
        firsts = np.flatnonzero(self._order == self._marked).tolist() if self._marked is not None else []
        for first in firsts:
            column = self.place_of(first).united(self.place_of(first + (classes - 1) * self.columns()))
            yield Frame(column.adjusted(-1, 0, 1, 0), "accent", 2)
        if self.current is not None and self.current < self.count():
            yield Frame(self.place_of(self.current).adjusted(-1, -1, 1, 1), "faint")


class WeightDifferences(ImageGrid):
    """The neurons whose weights differ most, in that order: pictures of the differences."""

    def __init__(self) -> None:
        super().__init__("compare.weights", tr("Differences of weights"), scale=2, grows=True)
        self.neurons: Sequence[int] = ()
        self.reach = 1.0  # the number of the strongest colour

    def show_weights(self, pictures: Array, norms: Array, *, are_classes: bool) -> None:
        """Show differences (neurons, rows, columns), the largest by `norms` (neurons,).

        Without hidden layers they are those of the classes.
        """
        chosen = np.argsort(-norms, kind="stable")[:MOST_PICTURES]
        self.neurons = chosen.tolist()
        shown = np.nan_to_num(pictures[chosen])
        self.reach = float(np.abs(shown).max(initial=0)) or 1.0
        called = [class_name(neuron, answer=True) if are_classes else f"{neuron}" for neuron in self.neurons]
        tip = (
            mark("Class {name}: its weights differ by {difference} (root of the sum of squares)")
            if are_classes
            else mark("Neuron {name}: its weights differ by {difference} (root of the sum of squares)")
        )
        tips = [
            tr(tip, name=name, difference=signed(float(norms[neuron])).lstrip("+"))
            for name, neuron in zip(called, self.neurons, strict=True)
        ]
        self.show_images(shown, called, tips)

    def place_of_neuron(self, number: int) -> int | None:
        return list(self.neurons).index(number) if number in self.neurons else None

    def paint_picture(self, painter: QPainter, number: int, place: QRectF) -> None:
        picture = Image(place, signed_image(self._pictures[number], self.reach))
        draw(painter, picture, Frame(place.adjusted(-0.5, -0.5, 0.5, 0.5)))
