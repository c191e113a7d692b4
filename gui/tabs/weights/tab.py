"""The Weights tab: each neuron's incoming weights as a picture, the chosen one large, and how all are spread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from engine.base.lens import Neuron
from engine.base.messages import JobEnded
from engine.probes.neuron_order import NeuronKey
from engine.probes.weight_histograms import WeightHistograms
from engine.probes.weight_pictures import View, WeightPictures
from engine.probes.weight_reading import NeuronsSorted, read_weights
from engine.session.session_jobs import SessionOpened
from engine.training.messages import EpochDone, MomentKept, RunChanged
from gui.look.fonts import metrics
from gui.state.known_runs import KnownRuns
from gui.state.one_shot import one_shot
from gui.state.paced import Paced
from gui.tabs.weights.atlas import own_reaches
from gui.tabs.weights.grid import Pointed
from gui.tabs.weights.layer_spreads import LayerSpreads
from gui.tabs.weights.neuron_panel import Neuron as ShownNeuron
from gui.tabs.weights.neuron_panel import NeuronPanel
from gui.tabs.weights.no_weights import NoWeights
from gui.tabs.weights.panel import WeightsPanel
from gui.tabs.weights.words import say_all, say_weight
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.run_controls import RunControls
    from gui.state.selection import Selection

DRAG_PERIOD_MS = 40
"""The pictures follow a hand on the time slider that often."""

LIVE_PERIOD_MS = 300
LIVE_SHARE = 0.04
"""While a run trains the pictures come no oftener than that, and take no larger a share of the time."""

REST_MS = 400
"""When the time slider rests so long, the neurons are put in order anew; before, each stays where it is."""

MOMENTS_PERIOD_MS = 1000
"""How often new moments of a run that trains are offered."""


BY_ACTIVATIONS: dict[str, NeuronKey] = {"class": "class", "similar": "similar"}
"""The orders that follow from what the neurons make of the test images: the engine finds them."""


class WeightsTab(Tab):
    """Asks for one layer at a time and shows its pictures through the lens."""

    TITLE, ORDER = "Weights", 50
    LEAST_HEIGHT = 448
    HELP = "See what each neuron looks for: its weights as a picture, and how they changed."

    def __init__(self, bridge: Bridge, controls: RunControls, selection: Selection) -> None:
        super().__init__(bridge, controls, selection)
        self.setObjectName("weights")
        self.pictures, self.neuron, self.spreads = WeightsPanel(), NeuronPanel(), LayerSpreads()
        self.grid, self.empty = self.pictures.grid, NoWeights()
        self.known = KnownRuns(bridge, self)
        self._found: WeightPictures | None = None
        self._order = np.zeros(0, np.int64)
        self._layer = 0
        self._view: View = "pixels"
        self._against: int | None = None
        self._order_key, self._scale_key = "index", "shared"
        self._run = ""
        self._sorts_anew = self._is_sorting = self._missed = self._answered = False
        self._cost = 0.0
        """How long the last answer took, reckoned and drawn, in seconds."""

        self._paced = Paced(self._ask, DRAG_PERIOD_MS, self)
        self._live = one_shot(self, self._follow)
        self._rest = one_shot(self, self._sort_anew)
        self._moments = one_shot(self, self._show_moments)
        self._arrange()
        self._connect()
        self._listen()
        self._show_state(controls.state)
        self._show_nothing()

    # What the engine tells ----------------------------------------------------------------------------------------

    def _show_pictures(self, message: WeightPictures) -> None:
        lens, before = self.selection.lens, self._found
        self._answered = True
        if lens is None or message.run != lens.run:
            return
        kind = (message.run, message.layer, message.meaning, message.against, message.pictures.shape)
        is_same = before and kind == (
            before.run,
            before.layer,
            before.meaning,
            before.against,
            before.pictures.shape,
        )
        self._found = message
        self._pages.setCurrentWidget(self._page)
        self.pictures.show_layers(message.layers, message.layer)
        self.pictures.show_meaning(message)
        if self._sorts_anew or not is_same:
            self._sorts_anew = self._sorts_anew and self._is_sorting  # then the order comes last
            self._order = self._sorted()
        begin = time.perf_counter()
        self._draw()
        self._cost = message.seconds + time.perf_counter() - begin + self.grid.paint_seconds
        self._paced.answered()

    def _show_order(self, message: NeuronsSorted) -> None:
        found = self._found
        if found and (message.run, message.layer, message.key) == (found.run, found.layer, self._order_key):
            self._sorts_anew = self._is_sorting = False
            self._order = message.order
            self._draw()

    def _show_spreads(self, message: WeightHistograms) -> None:
        if self.selection.lens and message.run == self.selection.lens.run:
            self.spreads.show_layers(message.layers)

    def _show_new_weights(self, message: EpochDone | MomentKept | RunChanged) -> None:
        """Follow a run that trains, but take only a small share of its time."""
        lens = self.selection.lens
        if lens and lens.run == message.run and lens.moment is None and not self._live.isActive():
            self._live.start(max(LIVE_PERIOD_MS, round(1000 * self._cost / LIVE_SHARE)))

    def _follow(self) -> None:
        if self._is_sorting:
            self._live.start(LIVE_PERIOD_MS)  # a newer question would break the sorting off
        else:
            self._paced.want()

    def _show_end(self) -> None:
        self._sorts_anew = self._sorts_anew and not self._is_sorting
        self._is_sorting = False
        lens = self.selection.lens
        if not self._answered and self._found and (lens is None or lens.run != self._found.run):
            self._show_nothing()
        self._paced.answered()

    # Asking -------------------------------------------------------------------------------------------------------

    def _ask(self) -> bool:
        """Ask the one question; whether an answer will come."""
        lens = self.selection.lens
        if lens is None:
            self._show_nothing()
            return False
        if not self.isVisible():
            self._missed = True
            return False
        if layers := self.known.layers(lens.run):
            self._layer = min(self._layer, layers - 1)
        self._answered = False
        self.empty.show_network(True)
        key = BY_ACTIVATIONS.get(self._order_key) if self._sorts_anew else None
        self._is_sorting = key is not None
        self.ask(read_weights, lens, self._layer, self._view, self._against, key)
        return True

    def _want_anew(self) -> None:
        """Ask for something else than before: it is put in order when it comes."""
        self._sorts_anew = True
        self._paced.want()

    def _want_soon(self) -> None:
        """Ask when all who hear the same message have heard it: another tab may change the lens."""
        self._live.start(0)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what changed while the tab was hidden."""
        super().showEvent(event)
        if self._missed:
            self._missed = False
            self._show_moments()
            self._paced.want()

    # Showing ------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Show what was found, as it is wanted now."""
        found = self._found
        if found is None:
            return
        is_own = self._scale_key == "own"
        self.grid.show_pictures(
            found.pictures, own_reaches(found.pictures) if is_own else found.reach, self._order
        )
        if is_own:
            self.pictures.bar.set_words("below 0", "above 0")
        else:
            self.pictures.bar.set_reach(found.reach)
        self._show_marks()
        self._show_pointed(None)

    def _show_marks(self) -> None:
        """Mark what is chosen and what is silenced, and show the chosen one large."""
        found, lens = self._found, self.selection.lens
        if found is None:
            return
        layer = found.layer
        silenced = {number for at, number in lens.silenced if at == layer} if lens else set[int]()
        chosen = self._chosen()
        self.grid.set_silenced(silenced)
        self.grid.set_marked(chosen)
        if chosen is None:
            self.neuron.show_neuron(None)
            if found.outgoing.size:
                self.neuron.bars.set_classes(found.outgoing.shape[1])
            return
        adjusted = {number for at, number, *_ in lens.adjusted if at == layer} if lens else set[int]()
        state = "silenced" if chosen in silenced else "adjusted" if chosen in adjusted else ""
        self.neuron.show_neuron(ShownNeuron.of(found, chosen, state=state))

    def _chosen(self) -> int | None:
        """Return which of the pictures is chosen."""
        found, neuron = self._found, self.selection.neuron
        if found is None:
            return None
        number = neuron.number if neuron and neuron.layer == found.layer else None
        if self._shows_classes():
            number = self.selection.label
        return number if number is not None and number < len(found.pictures) else None

    def _shows_classes(self) -> bool:
        return self._found is not None and self._found.layer == len(self._found.layers) - 1

    def _show_nothing(self) -> None:
        self.drop()
        self._paced.forget()
        self._paced.answered()
        self._found = None
        self._run = ""
        self.grid.clear()
        self.neuron.show_neuron(None)
        self.spreads.clear()
        self.empty.show_network(False)
        self._pages.setCurrentWidget(self.empty)

    def _show_pointed(self, pointed: Pointed | None) -> None:
        """Tell of the weight under the mouse, else of all."""
        found = self._found
        if found is None:
            text = ""
        elif pointed is None or pointed.neuron >= len(found.pictures):
            text = say_all(found, len(self.grid.silenced))
        else:
            text = say_weight(found, *pointed)
        self.pictures.readout.setText(text)

    def _sorted(self) -> Any:
        """Return the numbers of the neurons in the order that is wanted (neurons,)."""
        found = self._found
        if found is None:
            return np.zeros(0, np.int64)
        if self._order_key == "size":
            return np.argsort(-found.norms, kind="stable")
        if self._order_key in BY_ACTIVATIONS and len(self._order) == len(found.pictures):
            return self._order  # until the engine has found it
        return np.arange(len(found.pictures))

    def _sort_anew(self) -> None:
        self._rest.stop()
        if self._order_key in BY_ACTIVATIONS and not self._shows_classes():
            if not self._is_sorting:  # otherwise it is at it, for what is looked at now
                self._want_anew()
            return
        order = self._sorted()
        if self._found is not None and not np.array_equal(order, self._order):
            self._order = order
            self._draw()

    def _show_moments(self) -> None:
        lens = self.selection.lens
        titles = self.known.titles(lens.run) if lens else {}
        if self._against is not None and self._against not in titles:
            self._against = None
            self._want_anew()
        self.pictures.show_moments(titles, self._against)

    # What a person wants ------------------------------------------------------------------------------------------

    def _choose(self, number: int | None) -> None:
        if self._found is None:
            return
        if self._shows_classes():
            self.selection.change(label=number)
        else:
            self.selection.change(neuron=None if number is None else Neuron(self._found.layer, number))

    def _choose_layer(self, layer: int) -> None:
        self._layer = layer
        self._want_anew()

    def _choose_view(self, view: str) -> None:
        self._view = "inputs" if view == "inputs" else "pixels"
        self._want_anew()

    def _choose_against(self, moment: int | None) -> None:
        self._against = moment
        self._want_anew()

    def _choose_order(self, key: str) -> None:
        self._order_key, self._is_sorting = key, False
        self._sort_anew()

    def _choose_scale(self, key: str) -> None:
        self._scale_key = key
        self._draw()

    def code_settings(self) -> dict[str, Any]:
        """Return which weights are pictured."""
        against = -1 if self._against is None else self._against
        return {"layer": self._layer + 1, "view": self._view, "against": against}

    # What others change -------------------------------------------------------------------------------------------

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            run = self.selection.lens.run if self.selection.lens else ""
            if run != self._run:
                self._run = run
                self._show_moments()
            self._rest.start(REST_MS)
            self._paced.want()
        neuron = self.selection.neuron
        if "neuron" in changed and neuron and neuron.layer != self._layer:
            self._choose_layer(neuron.layer)
        elif changed & {"neuron", "label"}:
            self._show_marks()

    def _show_state(self, state: str) -> None:
        if state == "idle":
            self._rest.start(REST_MS)

    def _hear_of_moments(self, run: str) -> None:
        lens = self.selection.lens
        if lens and run in ("", lens.run) and not self._moments.isActive():
            self._moments.start(0 if not run else MOMENTS_PERIOD_MS)

    # Putting together ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._page = QWidget()
        grid = QGridLayout(self._page)
        space = metrics()["space"]
        grid.setContentsMargins(space["large"], space["large"], space["large"], space["medium"])
        grid.setSpacing(space["medium"])
        grid.addWidget(self.pictures, 0, 0, 2, 1)
        grid.addWidget(self.neuron, 0, 1)
        grid.addWidget(self.spreads, 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(1, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._page)
        self._pages.addWidget(self.empty)

    def _connect(self) -> None:
        self.grid.chosen.connect(self._choose)
        self.grid.pointed.connect(self._show_pointed)
        self.pictures.layerChosen.connect(self._choose_layer)
        self.pictures.viewChosen.connect(self._choose_view)
        self.pictures.orderChosen.connect(self._choose_order)
        self.pictures.scaleChosen.connect(self._choose_scale)
        self.pictures.momentChosen.connect(self._choose_against)
        self.offer_network(self.empty.offer)
        self.known.changed.connect(self._hear_of_moments)
        self.controls.stateChanged.connect(self._show_state)
        self.selection.changed.connect(self._show_selection)

    def _listen(self) -> None:
        self.listen(WeightPictures, self._show_pictures)
        self.listen(NeuronsSorted, self._show_order)
        self.listen(WeightHistograms, self._show_spreads)
        self.listen(EpochDone, self._show_new_weights)
        self.listen(MomentKept, self._show_new_weights)
        self.listen(RunChanged, self._show_new_weights)  # where a run was stopped it kept a moment
        self.listen(SessionOpened, lambda _: self._want_soon())
        self.bridge.listen(JobEnded, lambda _: self._show_end(), job=lambda: self._job)


TAB = WeightsTab
