"""The Weights tab: each neuron's incoming weights as a picture, the chosen one large, and their distribution."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedLayout

from engine.analysis.probes.neuron_order import NeuronKey
from engine.analysis.probes.weight_histograms import WeightHistograms
from engine.analysis.probes.weight_pictures import View, WeightPictures
from engine.analysis.probes.weight_reading import NeuronsSorted, read_weights, sort_neurons
from engine.core.language import mark, tr
from engine.core.lens import Neuron
from engine.model.training.messages import EpochDone, MomentKept, RunChanged
from gui.look.layout import PAGE, hbox, holder, vbox
from gui.state.link.query import Request
from gui.state.training.runs import RunsChanged
from gui.tabs.weights.grid import Pointed
from gui.tabs.weights.neuron_panel import LayerSpreads, NeuronPanel, say_all, say_weight
from gui.tabs.weights.panel import WeightsPanel
from gui.tabs.weights.picture_layout import own_reaches
from gui.widgets.empty_state import EmptyState, empty_frames
from gui.widgets.reflow import ACROSS, DOWN, Reflow, Turn
from gui.widgets.tab import Tab

NO_NETWORK = mark("Train a network, and each neuron's weights are a picture here.")
SOON = mark("The weights are being read.")
LIVE_MS = 300  # shortest interval in ms between two requests that follow a training

# Once the time slider rests this long the neurons are put in order; before, each keeps its place.
REST_MS = 400

MOMENTS_PERIOD_MS = 1000  # shortest interval at which new moments of a run that trains are offered

# The orders that depend on the activations of the test images: the engine finds them.
BY_ACTIVATIONS: dict[str, NeuronKey] = {"class": "class", "similar": "similar"}


class WeightsTab(Tab):
    """Asks for one layer at a time and shows its pictures under the lens."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Weights"), "Inside", 50, "Ctrl+7"  # no text
    FOCUS = ("weights.grid",)
    LEAST_HEIGHT, LEAST_WIDTH, FIXED_WIDTH = 448, 950, 316
    HAS_SCALE = True
    HELP = mark("See what each neuron looks for: its weights as a picture, and how they changed.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.pictures, self.neuron, self.spreads = WeightsPanel(), NeuronPanel(), LayerSpreads()
        self.grid = self.pictures.grid
        self.empty = EmptyState("weights.empty", tr(NO_NETWORK), empty_frames)
        self._runs = self.bridge.runs
        self._found: WeightPictures | None = None
        # What the neurons were put in order for; at another moment they keep their places.
        self._kind: tuple[Any, ...] | None = None
        self._order = np.zeros(0, np.int64)
        self._layer = 0
        self._against: int | None = None
        # The range of the shared colours while a film is made; `None`: that of the shown weights.
        self._held: float | None = None
        self._run = ""
        self._reading = self.query(
            self._ask_pictures, live_ms=LIVE_MS, refused=self._refuse, shows=lambda _: [self._page], reads_data=False
        )
        self._sorting = self.query(self._ask_order, every_ms=0, patience_ms=0)
        self._moments = self.clock.timer(self, self._show_moments)
        side = vbox(self.neuron, (self.spreads, 1), gap="medium")
        columns = hbox((self.pictures, 1), side, gap="medium", edges=PAGE)
        self._page = holder(columns)
        self.reflow = Reflow(Turn(columns, DOWN, (1, 1)), Turn(side, ACROSS, (1, 1)))
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._page)
        self._pages.addWidget(self.empty)
        self.grid.chosen.connect(self._choose)
        self.grid.pointed.connect(self._show_pointed)
        self.pictures.layer.currentIndexChanged.connect(self._choose_layer)
        self.pictures.view.chosen.connect(self._reading.refresh)
        self.pictures.order.chosen.connect(self._sorting.refresh)
        self.pictures.scale.chosen.connect(self._draw)
        self.pictures.momentChosen.connect(self._choose_against)
        self.offer_network(self.empty.offer)
        self._runs.changed.connect(self._show_runs)
        self.controls.stateChanged.connect(self._show_state)
        self.selection.changed.connect(self._show_selection)
        self.selection.layerWanted.connect(self._choose_layer)
        self._reading.listen(WeightPictures, self._show_pictures)
        self._reading.listen(WeightHistograms, self._show_spreads)
        self._reading.ended.connect(self._show_end)
        self._sorting.listen(NeuronsSorted, self._show_order)
        self.follow(self._reading, EpochDone, MomentKept, RunChanged)  # a run that was stopped has kept a moment
        self.listen(MomentKept, self._take_moment)
        self._show_state(self.controls.state)
        self._show_nothing()

    def _show_pictures(self, message: WeightPictures) -> None:
        lens, kind = self.selection.lens, _kind(message)
        if lens is not None and message.run == lens.run:
            self._found = message
            self._pages.setCurrentWidget(self._page)
            self.pictures.show_layers(message.layers, message.layer)
            self.pictures.show_meaning(message)
            if kind != self._kind:
                self._kind = kind
                self._order = self._order_so_far()
                self._sorting.refresh()
            self._draw()
        self._reading.answered()

    def _show_order(self, message: NeuronsSorted) -> None:
        pictures, key = self._found, self.pictures.order.key
        if pictures and (message.run, message.layer, message.key) == (pictures.run, pictures.layer, key):
            self._put_in_order(message.order)

    def _show_spreads(self, message: WeightHistograms) -> None:
        if self.selection.lens and message.run == self.selection.lens.run:
            self.spreads.show_layers(message.layers)

    def _refuse(self, sentence: str) -> None:
        self._clear()
        self.empty.say(sentence, with_offer=False)

    def _show_end(self) -> None:
        """Show nothing of another run where the answer about this one has not come."""
        lens = self.selection.lens
        if self._found and not self._reading.is_pending and (lens is None or lens.run != self._found.run):
            self._clear()

    def _ask_pictures(self) -> Request[...] | None:
        if (lens := self.selection.lens) is None:
            return None
        if self._runs.is_known(lens):
            self._layer = min(self._layer, len(self._runs.hidden(lens)))
        self.empty.say(tr(SOON), with_offer=False)
        return Request(read_weights, lens, self._layer, cast("View", self.pictures.view.key), self._against)

    def _ask_order(self) -> Request[...] | None:
        """Ask for an order that only the engine can find; put the neurons into any other at once."""
        pictures, lens, key = self._found, self.selection.lens, BY_ACTIVATIONS.get(self.pictures.order.key)
        if pictures is None or lens is None:
            return None
        if key is not None and not self._shows_classes():
            return Request(sort_neurons, lens, pictures.layer, key)
        self._put_in_order(self._order_so_far())
        return None

    def hideEvent(self, event: QHideEvent) -> None:
        """Put the next pictures in order again: the moment may be another one."""
        super().hideEvent(event)
        self._kind = None

    def _draw(self) -> None:
        if (pictures := self._found) is None:
            return
        is_own = self.pictures.scale.key == "own"
        reach = pictures.reach if self._held is None else self._held
        self.grid.show_pictures(pictures.pictures, own_reaches(pictures.pictures) if is_own else reach, self._order)
        if is_own:
            self.pictures.bar.set_words(tr("below 0"), tr("above 0"))
        else:
            self.pictures.bar.set_reach(reach)
        self._show_marks()
        self._show_pointed(None)

    def _show_marks(self) -> None:
        """Mark the chosen and the silenced neurons, and show the chosen one large."""
        pictures, lens = self._found, self.selection.lens
        if pictures is None:
            return
        layer = pictures.layer
        silenced = {number for at, number in lens.silenced if at == layer} if lens else set[int]()
        chosen = self._chosen()
        self.grid.set_silenced(silenced)
        self.grid.set_marked(chosen)
        if chosen is None:
            self.neuron.clear()
            if pictures.outgoing.size:
                self.neuron.bars.set_classes(pictures.outgoing.shape[1])
            return
        adjusted = {number for at, number, *_ in lens.adjusted if at == layer} if lens else set[int]()
        state = tr("silenced") if chosen in silenced else tr("adjusted") if chosen in adjusted else ""
        self.neuron.show_neuron(pictures, chosen, state)

    def _chosen(self) -> int | None:
        pictures, neuron = self._found, self.selection.neuron
        if pictures is None:
            return None
        number = neuron.number if neuron and neuron.layer == pictures.layer else None
        if self._shows_classes():
            number = self.selection.label
        return number if number is not None and number < len(pictures.pictures) else None

    def _shows_classes(self) -> bool:
        return self._found is not None and self._found.layer == len(self._found.layers) - 1

    def _show_nothing(self) -> None:
        self._reading.drop()
        self._sorting.drop()
        self._clear()

    def _clear(self) -> None:
        self._found = self._kind = None
        self._run = ""
        self.grid.clear()
        self.neuron.clear()
        self.spreads.clear()
        self.empty.say(tr(NO_NETWORK))
        self._pages.setCurrentWidget(self.empty)

    def _show_pointed(self, pointed: Pointed | None) -> None:
        pictures = self._found
        if pictures is None:
            text = ""
        elif pointed is None or pointed.neuron >= len(pictures.pictures):
            text = say_all(pictures, len(self.grid.silenced))
        else:
            text = say_weight(pictures, *pointed)
        self.pictures.readout.setText(text)

    def _order_so_far(self) -> Any:
        """Return the numbers of the neurons in the wanted order, as far as it needs no engine (neurons,)."""
        if (pictures := self._found) is None:
            return np.zeros(0, np.int64)
        if self.pictures.order.key == "size":
            return np.argsort(-pictures.norms, kind="stable")
        if self.pictures.order.key in BY_ACTIVATIONS and len(self._order) == len(pictures.pictures):
            return self._order  # until the engine has found it
        return np.arange(len(pictures.pictures))

    def _put_in_order(self, order: Any) -> None:
        if not np.array_equal(order, self._order):
            self._order = order
            self._draw()

    def _show_moments(self) -> None:
        run = self._runs.seen(self.selection.lens)
        titles = run.titles() if run else {}
        if self._against is not None and self._against not in titles:
            self._against = None
            self._reading.refresh()
        self.pictures.show_moments(titles, self._against)

    def _choose(self, number: int | None) -> None:
        if self._found is None:
            return
        if self._shows_classes():
            self.selection.change(label=number)
        else:
            self.selection.change(neuron=None if number is None else Neuron(self._found.layer, number))

    def _choose_layer(self, layer: int) -> None:
        self._layer = layer
        self._reading.refresh()

    def _choose_against(self, moment: int | None) -> None:
        self._against = moment
        self._reading.refresh()

    def hold_scale(self) -> Callable[[], object] | None:
        if self._found is None or self.pictures.scale.key != "shared":
            return None
        self._held = self._found.reach
        return self._let_go

    def _let_go(self) -> None:
        self._held = None
        self._draw()

    def code_settings(self) -> dict[str, Any]:
        against = -1 if self._against is None else self._against
        return {"layer": self._layer + 1, "view": self.pictures.view.key, "against": against}

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            run = self.selection.lens.run if self.selection.lens else ""
            if run != self._run:
                self._run = run
                self._show_moments()
            if run:
                self._reading.refresh()
                if self.pictures.order.key != "index":
                    self._sorting.refresh_after(REST_MS)
            else:
                self._show_nothing()
        neuron = self.selection.neuron
        if "neuron" in changed and neuron and neuron.layer != self._layer:
            self._choose_layer(neuron.layer)
        elif changed & {"neuron", "label"}:
            self._show_marks()

    def _show_state(self, state: str) -> None:
        if state == "idle":
            self._sorting.refresh_after(REST_MS)

    def _show_runs(self, changes: RunsChanged) -> None:
        lens = self.selection.lens
        if lens and lens.run in changes.added | changes.removed:
            self._show_moments()
            self._reading.refresh()
        elif lens and lens.run in changes.moments:
            self._offer_moments_soon()

    def _take_moment(self, message: MomentKept) -> None:
        lens = self.selection.lens
        if lens and message.run == lens.run:
            self._offer_moments_soon()

    def _offer_moments_soon(self) -> None:
        if not self._moments.isActive():
            self._moments.start(MOMENTS_PERIOD_MS)


def _kind(pictures: WeightPictures) -> tuple[Any, ...]:
    """Return what pictures of the same layer have in common at all moments."""
    return pictures.run, pictures.layer, pictures.meaning, pictures.against, pictures.pictures.shape
