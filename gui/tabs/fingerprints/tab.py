"""The Fingerprints tab: how every hidden neuron answers to every test image, and what if it did not."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget

from engine.analysis.probes.class_accuracy import ClassAccuracy, class_accuracy
from engine.analysis.probes.fingerprints import Fingerprints, View, fingerprints
from engine.analysis.probes.neuron_card import NeuronCard, neuron_card
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Lens, Neuron
from engine.model.training.messages import EpochDone, MomentKept
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from gui.look.class_names import found_classes, one_of_class
from gui.look.fonts import column
from gui.look.layout import MAIN, hbox, pixels, stack, vbox
from gui.look.words import named
from gui.state.link.query import Request
from gui.state.silencing import Silencing, changes_of
from gui.state.training.runs import RunsChanged
from gui.tabs.fingerprints.accuracy_panel import AccuracyPanel
from gui.tabs.fingerprints.kept_sets import KeptSets
from gui.tabs.fingerprints.map_bars import MapBar, MapTools
from gui.tabs.fingerprints.map_rows import NOTHING, Pointed
from gui.tabs.fingerprints.more_panel import MorePanel
from gui.tabs.fingerprints.neuron_card_panel import NeuronCardPanel
from gui.tabs.fingerprints.neuron_maps import NeuronMaps
from gui.tabs.fingerprints.pointed_image import PointedImage, image_at
from gui.tabs.fingerprints.pruning import Fewer, PruningPanel
from gui.tabs.fingerprints.silencing import MarkedNeurons, SilencingNews
from gui.widgets.empty_state import EmptyState, empty_maps
from gui.widgets.reflow import ACROSS, DOWN, Reflow, Turn
from gui.widgets.tab import Tab

PERIOD_MS = 16  # the shortest interval at which the maps follow a zoom or the time slider
SIDE_WIDTH = 300
NO_NETWORK = mark("Train a network, and see here how each of its neurons answers to each test image.")
NO_LAYER = mark("This network has no hidden layer: there are no neurons to look at.")


class FingerprintsTab(Tab):
    """Asks for the maps, for the accuracies beside them, and for the card of a neuron."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Fingerprints"), "Inside", 30, "Ctrl+3"  # no text
    PLAIN = True
    FOCUS = ("fingerprints.map.0",)
    LEAST_HEIGHT = 448
    HAS_SCALE = True
    HELP = mark("See how every hidden neuron answers to every test image, and silence some.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.bar, self.maps, self.tools = MapBar(), NeuronMaps(), MapTools()
        self.neuron, self.accuracy, self.how_few = NeuronCardPanel(), AccuracyPanel(), PruningPanel()
        self.more = MorePanel()
        self.empty = EmptyState("fingerprints.empty", tr(NO_NETWORK), empty_maps)
        self.rows, self.window_ = self.maps.rows, self.maps.window_
        self._runs = self.bridge.runs
        self.silencing = Silencing(self.selection, self._runs, self.history, self)
        self.marked = MarkedNeurons(self.bar, self.maps, self.tools, self.more, self.silencing)
        self.fewer = Fewer(self, self.silencing, self.how_few, lambda: self.bar.layers.layer)
        self.pointed = PointedImage(self, self.maps)
        self.sets = KeptSets(self, self.silencing)
        self._images = 0
        self._kept: Array | None = None  # the order that a person wants to keep
        # The neuron and the image that were selected before the last click.
        self._before_pick: tuple[Neuron | None, int | None] = None, None
        self._refusal = ""  # why the selected network has no maps
        self._asked_accuracy: Lens | None = None  # of the accuracy that was asked for last
        # The lens and the step of the maps that the card was asked for with last.
        self._card_of: tuple[Lens, int] | None = None
        self._folded = False

        self._maps = self.query(self._ask_maps, every_ms=PERIOD_MS, refused=self._refuse, shows=lambda _: [self.maps])
        self._accuracy = self.query(self._ask_accuracy, every_ms=PERIOD_MS, shows=lambda _: [self.accuracy])
        self._card = self.query(self._ask_card, every_ms=PERIOD_MS, shows=lambda _: [self.neuron])
        self.news = SilencingNews(self.bridge, self.selection, self.silencing, self, self.clock)

        self._arrange()
        self._connect()
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(SessionOpened, lambda _: self._forget_measured())
        self.listen(EpochDone, lambda message: self._show_new_weights(message.run))
        self.listen(MomentKept, lambda message: self._show_new_weights(message.run))
        self._maps.listen(Fingerprints, self._show_maps)
        self._accuracy.listen(ClassAccuracy, self._show_accuracy)
        self._accuracy.listen(ClassAccuracy, self.news.take)
        self._card.listen(NeuronCard, self._show_card)
        self._show_state()

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._images = message.test_images
        self._show_other()
        self._forget_measured()

    def _forget_measured(self) -> None:
        """Ask again: the images have changed, or another run has the name."""
        self.fewer.forget_all()
        self.fewer.follow()

    def _show_other(self) -> None:
        """Forget orders and marks: the images have changed, or another run has the name."""
        self._show_state()
        self._card_of = None
        self._maps.refresh()
        if self._is_of_this_run():
            self._accuracy.refresh()

    def _show_runs(self, changes: RunsChanged) -> None:
        lens = self.selection.lens
        if lens is not None and lens.run in changes.appeared | changes.removed:
            self._show_other()

    def _show_new_weights(self, run: str) -> None:
        if self.is_live(run):
            self._maps.follow()
            if self._is_of_this_run():
                self._accuracy.follow()

    def _show_maps(self, message: Fingerprints) -> None:
        lens = self.selection.lens
        if lens is None or message.run != lens.run or message.view.layer != self.bar.layers.layer:
            return
        if self._refusal:
            self._refusal = ""
            self._show_state()
        is_first = not self._is_of_this_run()
        classes = self.maps.classes
        self.maps.show_answer(message)
        if self.maps.classes != classes:
            self._find_classes(self.bar.search.text())
        self.more.show_most(message.most)
        self._fold()
        self.pointed.show(self.rows.pointed, message)
        if is_first or self._asked_accuracy != lens:
            self._accuracy.refresh()
        if self._card_of != (lens, message.step):
            self._card_of = lens, message.step
            self._card.refresh()

    def _show_accuracy(self, message: ClassAccuracy) -> None:
        self.accuracy.show_accuracy(message, changes_of(self._asked_accuracy))

    def _show_card(self, message: NeuronCard) -> None:
        if message.neuron == self.selection.neuron:
            self.neuron.show_card(message)

    def _refuse(self, sentence: str) -> None:
        """Say why there are no maps; the shown ones are of an earlier request."""
        self._refusal = sentence
        self.fewer.forget()
        self._forget_answers()
        self._show_state()

    def _is_of_this_run(self) -> bool:
        lens, answer = self.selection.lens, self.maps.answer
        return lens is not None and answer is not None and answer.run == lens.run

    def _ask_maps(self) -> Request[...] | None:
        return Request(fingerprints, self.selection.lens, self._view()) if self._can_ask() else None

    def _ask_accuracy(self) -> Request[...] | None:
        lens = self.selection.lens
        if lens is None or not self._can_ask():
            return None
        self._asked_accuracy = lens
        return Request(class_accuracy, lens)

    def _ask_card(self) -> Request[...] | None:
        lens, neuron = self.selection.lens, self.selection.neuron
        if lens is None or neuron is None or not self._can_ask() or not self._runs.has(lens, neuron):
            return None
        return Request(neuron_card, lens, neuron)

    def hold_scale(self) -> Callable[[], object] | None:
        automatic = self.more.automatic
        if not automatic.isChecked():
            return None
        automatic.setChecked(False)
        return partial(automatic.setChecked, True)

    def code_settings(self) -> dict[str, Any]:
        return {"layer": self.bar.layers.layer + 1, "rows": self.bar.rows.key, "columns": self.more.columns.key}

    def _find_classes(self, text: str) -> None:
        classes = [label for label in found_classes(text) if label < self.maps.classes]
        if classes:
            self.maps.show_classes(classes)
        self.bar.say_classes(len(self.maps.shown) if classes else 0, self.maps.classes)

    def _view(self) -> View:
        height, width = self.maps.pixels_wanted
        window = self.window_
        return View(
            layer=self.bar.layers.layer,
            rows=self.bar.rows.key,  # type: ignore[arg-type]  # its keys are the engine's
            columns=self.more.columns.key,  # type: ignore[arg-type]
            top=window.top,
            bottom=window.bottom,
            left=window.left,
            right=window.right,
            height=height,
            width=width,
            held=self._held(),
        )

    def _held(self) -> tuple[int, ...] | None:
        """Return the order to keep; neurons that never fire go to the end only where they are folded away."""
        width, answer = self._runs.width(self.selection.lens, self.bar.layers.layer), self.maps.answer
        order = self._kept if self._kept is not None and len(self._kept) == width else None
        if self._folded and order is None and self.bar.rows.key == "index":
            order = np.arange(width)
        if order is None:
            return None
        if self._folded and answer is not None and len(answer.order) == width:
            is_silent = np.isin(order, answer.silent)
            order = np.concatenate([order[~is_silent], order[is_silent]])
        return tuple(order.tolist())

    def _is_something(self) -> bool:
        return self._images > 0 and self._runs.width(self.selection.lens, self.bar.layers.layer) > 0

    def _can_ask(self) -> bool:
        return self._is_something() and not self._runs.is_unborn(self.selection.lens)

    def _pick_cell(self, pointed: Pointed) -> None:
        """Select the neuron that was clicked, and the image where one was."""
        self._before_pick = self.selection.neuron, self.selection.image
        image = image_at(pointed, self.maps.answer) if self.maps.answer else None
        self.selection.change(
            neuron=Neuron(self.bar.layers.layer, pointed.neuron), image=self.selection.image if image is None else image
        )

    def _withdraw_pick(self) -> None:
        """Select what was selected before: the click was the first of a double click."""
        neuron, image = self._before_pick
        self.selection.change(neuron=neuron, image=image)

    def _choose_order(self) -> None:
        self.rows.mark(NOTHING)
        self._show_lens()
        self._maps.refresh()

    def _keep_order(self, on: bool) -> None:
        self._kept = self.rows.order if on and len(self.rows.order) else None
        if not on:
            self._maps.refresh()

    def _set_folded(self, on: bool) -> None:
        self._folded = on
        self._fold()
        self._maps.refresh()

    def _fold(self) -> None:
        possible = 0 < len(self.rows.silent) < len(self.rows.order)
        self.window_.set_end(self.rows.folding_end if self._folded else 1.0)
        self.more.show_silent(len(self.rows.silent), self._images, folded=self._folded, possible=possible)

    def _set_panning(self, on: bool) -> None:
        self.rows.is_panning = on

    def _show_side(self) -> None:
        """Show at the right the panel that is wanted in place of the neuron's card."""
        panel = self.how_few if self.bar.fewer.isChecked() else self.more if self.bar.more.isChecked() else None
        self._cards.setCurrentWidget(panel or self.neuron)

    def _send_image(self, place: int) -> None:
        if (shown := self.neuron.shown) is not None:
            caption = tr(
                "Test image {number:,}, {thing}",
                number=int(shown.numbers[place]),
                thing=one_of_class(int(shown.labels[place])),
            )
            self.selection.send(shown.pictures[place], caption)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            if not self._is_of_this_run():
                self.rows.mark(NOTHING)  # they were marked in another network
            self.maps.let_go()
            self._show_lens()
            self._show_state()
            follows = self._maps.is_asking
            self._maps.refresh()  # of a new run they come first, so that one refusal is enough,
            # and the card always after them. Where a hand is faster than the maps, the accuracy comes after them as
            # well: all three then ask about one network, which reads the test images once.
            if self._is_of_this_run() and not follows:
                self._accuracy.refresh()
        if "neuron" in changed:
            self._show_neuron()
            self._card.refresh()
        if "image" in changed:
            self.maps.show_image(self.selection.image)

    def _show_lens(self) -> None:
        self.fewer.follow()
        self._show_neuron()

    def _show_neuron(self) -> None:
        neuron = self.selection.neuron
        self.rows.select(neuron.number if neuron and neuron.layer == self.bar.layers.layer else None)
        self.marked.show()
        self.neuron.show_neuron(neuron, is_map=self._runs.is_map(self.selection.lens, neuron))
        is_silenced = neuron in self.silencing.silenced
        self.neuron.show_state(silenced=is_silenced, adjusted=self.silencing.adjusted.get(neuron) if neuron else None)

    def _show_state(self) -> None:
        self.bar.layers.set_layers(self._runs.hidden(self.selection.lens))
        there_is = self._is_something()
        lens = self.selection.lens
        if not there_is or self._runs.is_unborn(lens):
            self._maps.drop()
            self.fewer.forget()
            self._forget_answers()
            self.pointed.show(None, None)
            self._refusal = ""
        self._pages.setCurrentIndex(int(there_is and not self._refusal))
        is_flat = bool(self._images and self._runs.is_known(lens))
        self.empty.say(self._refusal or tr(NO_LAYER if is_flat else NO_NETWORK), with_offer=not self._refusal)

    def _forget_answers(self) -> None:
        self._accuracy.drop()
        self._card.drop()
        self._card_of = None
        self.maps.show_answer(None)
        self.accuracy.show_accuracy(None)
        self.neuron.show_card(None)

    def _arrange(self) -> None:
        page = QWidget()
        self._cards = named(stack(self.neuron, self.how_few, self.more), "fingerprints.cards")
        sides = self._cards, self.accuracy
        for panel in sides:
            column(panel, SIDE_WIDTH, grows=True)
        side = vbox((self._cards, 56), (self.accuracy, 44), gap="medium")
        maps = vbox(self.bar, (self.maps, 1), self.tools, gap="small")
        columns = hbox((maps, MAIN), (side, 1), gap="medium", on=page)
        self.reflow = Reflow(Turn(columns, DOWN, (1, 1)), Turn(side, ACROSS, (1, 1)), sides=sides)
        self._pages = named(stack(self.empty, page), "fingerprints.pages")
        vbox(self._pages, edges=("large", pixels("large") - 2, "large", "medium"), on=self)
        for before, behind in pairwise([self.bar.more, *self.more.in_order()]):
            self.setTabOrder(before, behind)

    def _connect(self) -> None:
        bar, rows, more = self.bar, self.rows, self.more
        self._runs.changed.connect(self._show_runs)
        # Who chooses an order or a layer does not want the kept order.
        bar.changed.connect(lambda: more.keep.setChecked(False))
        bar.changed.connect(self._choose_order)
        bar.search.textChanged.connect(self._find_classes)
        for button in (bar.fewer, bar.more):
            button.toggled.connect(self._show_side)
        self.window_.changed.connect(self._maps.refresh)
        self.window_.changed.connect(lambda: more.show_zoom(self.window_.seen))
        self.maps.resized.connect(lambda: self._maps.refresh_after(0))
        rows.picked.connect(lambda number: self.selection.change(neuron=Neuron(bar.layers.layer, number)))
        rows.clicked.connect(self._pick_cell)
        rows.pickWithdrawn.connect(self._withdraw_pick)
        rows.pointedAt.connect(lambda pointed: self.pointed.show(pointed, self.maps.answer))
        rows.foldWanted.connect(lambda: self._set_folded(not self._folded))
        more.columns.chosen.connect(self._choose_order)
        more.keep.toggled.connect(self._keep_order)
        more.averages.toggled.connect(self.maps.show_averages_only)
        more.averages.toggled.connect(self.bar.say_columns)
        more.fold.toggled.connect(self._set_folded)
        more.pan.toggled.connect(self._set_panning)
        more.fit.clicked.connect(self.window_.fit)
        more.boundChanged.connect(self.maps.set_bound)
        more.deviates.connect(lambda text: bar.deviations.set_words(text[:1].upper() + text[1:]))
        more.sets.offer(self.sets)
        self.neuron.imageChosen.connect(lambda number: self.selection.change(image=number))
        self.neuron.imageSent.connect(self._send_image)
        self.offer_network(self.empty.offer)
        self.selection.changed.connect(self._show_selection)
        self.selection.layerWanted.connect(bar.layers.choose)
