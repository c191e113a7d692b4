"""The reasons of an answer: which are asked for, shown, or missing."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.analysis.probes.breakdown import Breakdown
from engine.analysis.probes.familiarity import Familiarity
from engine.analysis.probes.nearest import NearestImages
from engine.analysis.probes.saliency import Saliency
from engine.analysis.probes.weight_pictures import WeightPicture, weight_picture
from engine.core.lens import Neuron
from engine.core.messages import Message
from gui.state.link.clock import Clock
from gui.state.link.query import Request
from gui.tabs.draw.answer_panel import AnswerPanel
from gui.tabs.draw.evidence_panel import EvidencePanel
from gui.tabs.draw.fingerprint_panel import FingerprintPanel
from gui.tabs.draw.why_panel import WhyPanel
from gui.widgets.tab import Tab

SIGN_MS = 400  # "Computing…" is shown for reasons that take longer than this; for less it would only flicker


class ShownReasons:
    """Shows reasons as they come, and clears those of an earlier request that do not come again."""

    def __init__(
        self, answer: AnswerPanel, why: WhyPanel, evidence: EvidencePanel, fingerprint: FingerprintPanel, clock: Clock
    ) -> None:
        self._due: set[type[Message]] = set()  # asked for and not here yet
        self._why, self._evidence = why, evidence
        self._show: Mapping[type[Message], Callable[[Any], object]] = {
            Saliency: why.show_saliency,
            NearestImages: lambda images: evidence.show_nearest(images, self._winner),
            Familiarity: answer.show_familiarity,
            Breakdown: evidence.breakdown.show_breakdown,
        }
        self._may_wait = (why.pixels, evidence.nearest, evidence.breakdown, fingerprint.columns)
        self._sign = clock.timer(why, lambda: self._show_waiting(waiting=True))
        self._winner: int | None = None

    def expect(self, *kinds: type[Message]) -> None:
        self._due.update(kinds)

    def show_winner(self, label: int | None) -> None:
        """Set the class that is explained; `None` while there is none."""
        if label is not None and self._winner is None:
            self._sign.start(SIGN_MS)
        self._winner = label
        self._why.show_winner(label)
        self._evidence.nearest.show_answer(label)

    def show(self, message: Message) -> None:
        self._due.discard(type(message))
        self._show[type(message)](message)

    def show_nothing(self) -> None:
        """Clear all: there is no answer."""
        self.expect(*self._show)
        self.end(*self._show)
        self.wait_no_more()
        self.show_winner(None)

    def end(self, *kinds: type[Message]) -> None:
        """Clear what came for an earlier request, and the selected network cannot give."""
        missing = self._due & set(kinds)
        self._due -= missing
        for kind in missing:
            self._show[kind](None)

    def wait_no_more(self) -> None:
        self._show_waiting(waiting=False)

    def _show_waiting(self, *, waiting: bool) -> None:
        """Say in empty panels whether something will come there."""
        self._sign.stop()
        for panel in self._may_wait:
            panel.set_waiting(waiting)


class PointedNeuron(QObject):
    """Asks for one picture at a time; an answer about an earlier neuron is ignored."""

    # The neuron and its picture (rows, columns), `None` where it has none; twice `None` for no neuron.
    pictured = Signal(object, object)

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        self._selection = tab.selection
        self._neuron: Neuron | None = None
        self._query = tab.query(self._ask, every_ms=0, patience_ms=0)
        self._query.listen(WeightPicture, self._show_picture)
        self._query.ended.connect(lambda: self.pictured.emit(self._neuron, None))

    def point_at(self, neuron: Neuron | None) -> None:
        """Ask for the weights of this neuron under the present lens; `None`: none is pointed at."""
        self._neuron = neuron
        if neuron is None:
            self._query.drop()
            self.pictured.emit(None, None)
        else:
            self._query.refresh()

    def ask_again(self) -> None:
        """Ask for the same neuron's weights, which may have changed."""
        if self._neuron is not None:
            self._query.refresh()

    def _ask(self) -> Request[...] | None:
        lens, neuron = self._selection.lens, self._neuron
        return Request(weight_picture, lens, neuron) if lens and neuron else None

    def _show_picture(self, message: WeightPicture) -> None:
        self._query.drop()  # the query ended without a picture
        self.pictured.emit(message.neuron, message.picture)
