"""The Fingerprints tab: how every hidden neuron answers to every test image, and what if it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.base.lens import Lens, Neuron
from engine.base.messages import JobEnded, JobFailed
from engine.data.jobs import DatasetOpened
from engine.probes.class_accuracy import ClassAccuracy, class_accuracy
from engine.probes.fingerprints import Fingerprints, View, fingerprints
from engine.probes.neuron_card import NeuronCard, neuron_card
from engine.training.messages import EpochDone, MomentKept
from gui.look.fonts import metrics
from gui.look.named import named
from gui.state.known_runs import KnownRuns
from gui.state.live_pace import LivePace
from gui.state.one_shot import one_shot
from gui.state.paced import Paced
from gui.state.questions import PacedQuestions, Question
from gui.state.run_looks import RunLooks
from gui.state.silencing import Silencing, changes_of
from gui.tabs.fingerprints.accuracy_panel import AccuracyPanel
from gui.tabs.fingerprints.fewer import Fewer
from gui.tabs.fingerprints.fewer_panel import FewerPanel
from gui.tabs.fingerprints.kept_sets import KeptSets
from gui.tabs.fingerprints.map_bar import MapBar
from gui.tabs.fingerprints.map_rows import NOTHING, Pointed
from gui.tabs.fingerprints.map_tools import MapTools
from gui.tabs.fingerprints.marked_neurons import MarkedNeurons
from gui.tabs.fingerprints.neuron_card_panel import NeuronCardPanel
from gui.tabs.fingerprints.neuron_maps import NeuronMaps
from gui.tabs.fingerprints.no_maps import NoMaps
from gui.tabs.fingerprints.pointed_image import PointedImage, image_at
from gui.tabs.fingerprints.silencing_news import SilencingNews
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.run_controls import RunControls
    from gui.state.selection import Selection

PERIOD_MS = 16
"""A hand that zooms or drags the time slider is followed picture by picture."""

SIDE_WIDTH = 300

NO_NETWORK = "Train a network, and see here how each of its neurons answers to each test image."
NO_LAYER = "This network has no hidden layer: there are no neurons to look at."


class FingerprintsTab(Tab):
    """Asks for the maps as its own question, for the card of a neuron and the accuracies beside it."""

    TITLE, ORDER = "Fingerprints", 30
    LEAST_HEIGHT = 448
    HELP = "See how every hidden neuron answers to every test image, and silence some."

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__(bridge, controls, selection)
        self.setObjectName("fingerprints")
        self.bar, self.maps, self.tools = MapBar(), NeuronMaps(), MapTools()
        self.neuron, self.accuracy, self.how_few = NeuronCardPanel(), AccuracyPanel(), FewerPanel()
        self.empty = NoMaps("fingerprints.empty", NO_NETWORK, "Start")
        self.rows, self.window_ = self.maps.rows, self.maps.window_
        looks = RunLooks(bridge, self)
        self.silencing = Silencing(selection, self, self.history, looks.knows, looks.label)
        self.marked = MarkedNeurons(
            self.rows, self.tools, self.silencing, lambda: self.bar.layer, lambda: self.maps.answer, self
        )
        self.fewer = Fewer(bridge, selection, self.silencing, self.how_few, lambda: self.bar.layer, self)
        self.pointed = PointedImage(bridge, self)
        self._known = KnownRuns(bridge, self)
        self.sets = KeptSets(bridge, selection, self.silencing, self._known, self, looks.label)
        self._images = 0
        self._kept: np.ndarray[Any, Any] | None = None
        """The order that a person wants to keep."""
        self._before_pick: tuple[Neuron | None, int | None] = None, None
        """The neuron and the image that were selected before the last click."""
        self._refusal = ""
        """Why the network that is looked at has no maps."""
        self._asked_accuracy: Lens | None = None
        """The lens that the accuracy was asked for with last."""
        self._folded = self._card_waits = self._is_asking = False

        self._paced = Paced(self._ask_maps, PERIOD_MS, self)
        self._live = LivePace(self)
        self._soon = one_shot(self, self._want_all)
        self.news = SilencingNews(bridge, selection, self.silencing, self._show_accuracy, self)
        self._accuracy = PacedQuestions(bridge, self._accuracy_question, PERIOD_MS, self)
        self._card = PacedQuestions(bridge, self._card_question, PERIOD_MS, self)

        self._arrange()
        self._connect()
        self._listen()
        self._show_state()

    # What the engine tells ----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(EpochDone, lambda message: self._show_new_weights(message.run))
        self.listen(MomentKept, lambda message: self._show_new_weights(message.run))
        self.listen(Fingerprints, self._show_maps)
        self.bridge.listen(JobFailed, self._show_failure, job=lambda: self._job)
        self.bridge.listen(JobEnded, self._show_end, job=lambda: self._job)
        self._accuracy.listen(ClassAccuracy, self.news.show)
        self._card.listen(NeuronCard, self._show_card)

    def _show_dataset(self, message: DatasetOpened) -> None:
        self._images = message.test_images
        self.fewer.forget()  # it was measured on other images
        self._soon.start()

    def _show_new_weights(self, run: str) -> None:
        lens = self.selection.lens
        if lens and lens.run == run and lens.moment is None and self.isVisible():
            self._live.want()

    def _show_maps(self, message: Fingerprints) -> None:
        lens = self.selection.lens
        if lens is None or message.run != lens.run or message.view.layer != self.bar.layer:
            return
        if self._refusal:
            self._refusal = ""
            self._show_state()
        is_first = not self._is_of_this_run()
        self.maps.show_answer(message)
        self.tools.show_most(message.most)
        self._fold()
        self.pointed.show(self.rows.pointed, message)
        if is_first:
            self._accuracy.want()
        if is_first or self._card_waits:
            self._card_waits = False
            self._card.want()

    def _show_accuracy(self, message: ClassAccuracy) -> None:
        self.accuracy.show_accuracy(message, changes_of(self._asked_accuracy))

    def _show_card(self, message: NeuronCard) -> None:
        if message.neuron == self.selection.neuron:
            self.neuron.show_card(message)

    def _show_failure(self, message: JobFailed) -> None:
        self._refusal = message.sentence
        self.fewer.forget()
        self._show_state()

    def _show_end(self, message: JobEnded) -> None:
        if message.outcome == "failed":  # what is seen is of an earlier question, and this one has no answer
            self.maps.show_answer(None)
            self.accuracy.show_accuracy(None)
            self.neuron.show_card(None)
        self._is_asking = False
        self._paced.answered()
        self._rest()

    # Asking -------------------------------------------------------------------------------------------------------

    def _want_all(self) -> None:
        self._show_state()
        self._paced.want()
        if self._is_of_this_run():  # of a new run the maps come first, so that one refusal is enough
            self._accuracy.want()
        self._card_waits = True  # until the maps are there: it is what can wait longest

    def _follow(self) -> None:
        """Ask about the newest weights of the run that trains."""
        self._want_all()
        if not self._can_ask():
            self._live.end()

    def _rest(self) -> None:
        """Begin to rest from a training when all is answered."""
        if not (self._is_asking or self._accuracy.is_asking or self._card.is_asking):
            self._live.end()

    def _is_of_this_run(self) -> bool:
        lens, answer = self.selection.lens, self.maps.answer
        return lens is not None and answer is not None and answer.run == lens.run

    def _ask_maps(self) -> bool:
        lens = self.selection.lens
        if lens is None or not self._can_ask():
            return False
        self._is_asking = True
        self.ask(fingerprints, lens, self._view())
        return True

    def _accuracy_question(self) -> Question | None:
        lens = self.selection.lens
        if lens is None or not self._can_ask():
            return None
        self._asked_accuracy = lens
        return class_accuracy, (lens,)

    def _card_question(self) -> Question | None:
        lens, neuron = self.selection.lens, self.selection.neuron
        if lens is None or neuron is None or not self._can_ask():
            return None
        return (neuron_card, (lens, neuron)) if self._known.has(lens, neuron) else None

    def code_settings(self) -> dict[str, Any]:
        """Return which layer is shown, and in which order."""
        return {"layer": self.bar.layer + 1, "rows": self.bar.row_key, "columns": self.bar.column_key}

    def _view(self) -> View:
        height, width = self.maps.pixels_wanted
        window = self.window_
        return View(
            layer=self.bar.layer,
            rows=self.bar.row_key,  # type: ignore[arg-type]  # its keys are the engine's
            columns=self.bar.column_key,  # type: ignore[arg-type]
            top=window.top,
            bottom=window.bottom,
            left=window.left,
            right=window.right,
            height=height,
            width=width,
            held=self._held(),
        )

    def _held(self) -> tuple[int, ...] | None:
        """Return the order to be kept; by number those that never fire stand below only when they are folded away."""
        width, answer = self._known.width(self.selection.lens, self.bar.layer), self.maps.answer
        kept = self._kept if self._kept is not None and len(self._kept) == width else None
        if self._folded and kept is None and self.bar.row_key == "index":
            kept = np.arange(width)
        if kept is None:
            return None
        if self._folded and answer is not None and len(answer.order) == width:
            is_silent = np.isin(kept, answer.silent)
            kept = np.concatenate([kept[~is_silent], kept[is_silent]])
        return tuple(kept.tolist())

    def _is_something(self) -> bool:
        """Return whether there are, or soon will be, maps to be shown."""
        return self._images > 0 and self._known.width(self.selection.lens, self.bar.layer) > 0

    def _can_ask(self) -> bool:
        lens = self.selection.lens
        return (
            self._is_something() and lens is not None and not self._known.is_unborn(lens) and self.isVisible()
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what changed while the tab was hidden."""
        super().showEvent(event)
        self._want_all()

    # What a person wants ------------------------------------------------------------------------------------------

    def _pick(self, number: int) -> None:
        self.selection.change(neuron=Neuron(self.bar.layer, number))

    def _pick_cell(self, pointed: Pointed) -> None:
        """Select the neuron that was clicked, and the image where one was."""
        self._before_pick = self.selection.neuron, self.selection.image
        image = image_at(pointed, self.maps.answer) if self.maps.answer else None
        self.selection.change(
            neuron=Neuron(self.bar.layer, pointed.neuron),
            image=self.selection.image if image is None else image,
        )

    def _withdraw_pick(self) -> None:
        """Select what was selected before: the click was only the first of a double click."""
        neuron, image = self._before_pick
        self.selection.change(neuron=neuron, image=image)

    def _choose_order(self) -> None:
        self.rows.mark(NOTHING)
        self._show_lens()
        self._want_all()

    def _keep_order(self, on: bool) -> None:
        self._kept = self.rows.order if on and len(self.rows.order) else None
        if not on:
            self._paced.want()

    def _set_folded(self, on: bool) -> None:
        self._folded = on
        self._fold()
        self._paced.want()

    def _fold(self) -> None:
        possible = 0 < len(self.rows.silent) < len(self.rows.order)
        self.window_.set_end(self.rows.folding_end if self._folded else 1.0)
        self.tools.show_silent(len(self.rows.silent), self._images, folded=self._folded, possible=possible)

    def _show_zoom(self) -> None:
        self.tools.show_zoom(self.window_.seen)

    def _set_panning(self, on: bool) -> None:
        self.rows.is_panning = on

    def _send_image(self, place: int) -> None:
        if (shown := self.neuron.shown) is not None:
            caption = f"Test image {int(shown.numbers[place]):,}, a {int(shown.labels[place])}"
            self.selection.send(shown.pictures[place], caption)

    def _show_pointed(self, pointed: Pointed | None) -> None:
        self.pointed.show(pointed, self.maps.answer)

    # What others change -------------------------------------------------------------------------------------------

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self.maps.let_go()
            self._show_lens()
            self._want_all()
        if "neuron" in changed:
            self._show_neuron()
            self._card.want()
        if "image" in changed:
            self.maps.show_image(self.selection.image)

    def _show_lens(self) -> None:
        self.fewer.follow()
        self._show_neuron()

    def _show_neuron(self) -> None:
        neuron = self.selection.neuron
        self.rows.select(neuron.number if neuron and neuron.layer == self.bar.layer else None)
        self.marked.show()
        self.neuron.show_neuron(neuron, is_map=self._known.is_map(self.selection.lens, neuron))
        is_silenced = neuron in self.silencing.silenced
        self.neuron.show_state(
            silenced=is_silenced, adjusted=self.silencing.adjusted.get(neuron) if neuron else None
        )

    def _show_state(self) -> None:
        """Show the maps, or say why there are none."""
        self.bar.set_layers(self._known.hidden(self.selection.lens))
        there_is = self._is_something()
        lens = self.selection.lens
        if not there_is or self._known.is_unborn(lens):
            self._show_nothing()
            self._refusal = ""
        self._pages.setCurrentIndex(int(there_is and not self._refusal))
        is_flat = bool(self._images and self._known.knows(lens))
        self.empty.say(self._refusal or (NO_LAYER if is_flat else NO_NETWORK))
        self.empty.offer.setVisible(not self._refusal)

    def _show_nothing(self) -> None:
        self.drop()
        self._is_asking = False
        self._paced.forget()
        self._paced.answered()
        self._accuracy.drop()
        self._card.drop()
        self.fewer.forget()
        self.maps.show_answer(None)
        self.accuracy.show_accuracy(None)
        self.neuron.show_card(None)
        self.pointed.show(None, None)
        self._rest()

    # Putting together ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        space = metrics()["space"]
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(space["medium"])
        grid.setVerticalSpacing(space["small"])
        side = QVBoxLayout()
        side.setSpacing(space["medium"])
        self._cards = named(QStackedWidget(), "fingerprints.cards")
        self._cards.addWidget(self.neuron)
        self._cards.addWidget(self.how_few)
        side.addWidget(self._cards, 56)
        side.addWidget(self.accuracy, 44)
        for panel in (self._cards, self.accuracy):
            panel.setFixedWidth(SIDE_WIDTH)
        grid.addWidget(self.bar, 0, 0)
        grid.addWidget(self.maps, 1, 0)
        grid.addWidget(self.tools, 2, 0)
        grid.addLayout(side, 0, 1, 3, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(1, 1)
        self._pages = named(QStackedWidget(), "fingerprints.pages")
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(space["large"], space["large"] - 2, space["large"], space["medium"])
        column.addWidget(self._pages)

    def _connect(self) -> None:
        rows, tools = self.rows, self.tools
        self._known.appeared.connect(self._soon.start)
        self._live.due.connect(self._follow)
        for question in (self._accuracy, self._card):
            question.ended.connect(self._rest)
        self.bar.changed.connect(self._choose_order)
        self.bar.keep.toggled.connect(self._keep_order)
        self.bar.fewer.toggled.connect(lambda on: self._cards.setCurrentIndex(int(on)))
        self.bar.averages.toggled.connect(self.maps.show_averages_only)
        self.window_.changed.connect(self._paced.want)
        self.window_.changed.connect(self._show_zoom)
        self.maps.resized.connect(self._soon.start)
        rows.picked.connect(self._pick)
        rows.clicked.connect(self._pick_cell)
        rows.pickWithdrawn.connect(self._withdraw_pick)
        rows.pointedAt.connect(self._show_pointed)
        rows.foldWanted.connect(lambda: self._set_folded(not self._folded))
        tools.foldToggled.connect(self._set_folded)
        tools.panToggled.connect(self._set_panning)
        tools.fitWanted.connect(self.window_.fit)
        self.sets.serve(tools.sets)
        tools.boundChanged.connect(self.maps.set_bound)
        self.neuron.imageChosen.connect(lambda number: self.selection.change(image=number))
        self.neuron.imageSent.connect(self._send_image)
        self.offer_network(self.empty.offer)
        self.selection.changed.connect(self._show_selection)


TAB = FingerprintsTab
