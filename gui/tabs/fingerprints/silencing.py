"""Silencing, boosting and setting to their mean the marked rows; and the notice of what that costs."""

from typing import Any

from PySide6.QtCore import QObject

from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.core.language import mark, tr, tr_plural
from engine.core.lens import Neuron
from gui.look.percents import fine_percent
from gui.look.words import arrow
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.notices import tell
from gui.state.selection import Selection
from gui.state.silencing import Silencing
from gui.tabs.fingerprints.map_bars import MapBar, MapTools
from gui.tabs.fingerprints.more_panel import MorePanel
from gui.tabs.fingerprints.neuron_maps import NeuronMaps

TOPIC = "silenced neurons"  # no text
REST_MS = 600  # while something is dragged no notice comes


class MarkedNeurons(QObject):
    """Connects marks and buttons with the lens; the marks stay, so that one band can be changed in several ways."""

    def __init__(self, bar: MapBar, maps: NeuronMaps, tools: MapTools, more: MorePanel, silencing: Silencing) -> None:
        super().__init__(silencing)
        self._bar, self._maps, self._rows = bar, maps, maps.rows
        self._tools, self._more, self._silencing = tools, more, silencing
        maps.rows.marksChanged.connect(self.show)
        maps.rows.silenceWanted.connect(self._silence)
        tools.silence.clicked.connect(self._silence)
        tools.restore.clicked.connect(silencing.restore_all)
        more.boost.clicked.connect(lambda: silencing.boost(self.neurons, more.factor.value()))
        more.freeze.clicked.connect(self._freeze)

    @property
    def neurons(self) -> list[Neuron]:
        selected = self._rows.selected
        numbers = sorted(self._rows.marked) or ([] if selected is None else [selected])
        return [Neuron(self._bar.layers.layer, number) for number in numbers]

    def show(self) -> None:
        """Show in maps and buttons what is marked, and what the lens changes."""
        layer, neurons, changed = self._bar.layers.layer, self.neurons, self._silencing.changed
        self._rows.set_changed(
            (neuron.number for neuron in self._silencing.silenced if neuron.layer == layer),
            (neuron.number for neuron in self._silencing.adjusted if neuron.layer == layer),
        )
        self._tools.show_changed(len(changed))
        marked = len(self._rows.marked)
        what = tr("Neuron {number:,}", number=neurons[0].number) if neurons else ""
        if marked:
            what = tr_plural("{count:,} marked", "{count:,} marked", marked)
        is_changed = bool(neurons) and changed.issuperset(neurons)
        self._tools.show_marked(what, all_changed=is_changed, is_marked=bool(marked))
        self._more.show_marked(bool(neurons))

    def _silence(self) -> None:
        marked = self.neurons
        if self._silencing.changed.issuperset(marked):
            self._silencing.restore(marked)
        else:
            self._silencing.silence(marked)

    def _freeze(self) -> None:
        marked, answer = self.neurons, self._maps.answer
        if answer is not None and len(answer.hidden):
            outputs = answer.hidden[:, [neuron.number for neuron in marked]]
            means = outputs.mean(axis=0, dtype=float).tolist()
            self._silencing.freeze(dict(zip(marked, means, strict=True)))


class SilencingNews(QObject):
    """Writes a notice with the accuracy whenever other neurons are changed.

    While nobody asks for accuracies, as in a hidden tab, the former notice is at least withdrawn.
    """

    def __init__(
        self, bridge: Bridge, selection: Selection, silencing: Silencing, parent: QObject, clock: Clock = CLOCK
    ) -> None:
        super().__init__(parent)
        self._bridge, self._silencing = bridge, silencing
        self._found: ClassAccuracy | None = None
        self._reported: frozenset[Any] = frozenset()
        self._stands = False  # whether the notice may still be shown
        self._rest = clock.timer(self, self._tell)
        self._void = clock.timer(self, self._take_back)
        selection.changed.connect(self._show_selection)

    def take(self, accuracy: ClassAccuracy) -> None:
        self._found = accuracy
        if self._changes() != self._reported:
            self._rest.start(REST_MS)

    def _changes(self) -> frozenset[Any]:
        return self._silencing.silenced | frozenset(self._silencing.adjusted.values())

    def _tell(self) -> None:
        changed, accuracy = self._silencing.changed, self._found
        if accuracy is None or self._changes() == self._reported:
            return
        self._reported, self._stands = self._changes(), True
        images = int(accuracy.counts.sum())
        before, now = (fine_percent(share, images) for share in (accuracy.before_accuracy, accuracy.accuracy))
        share = f"{before} {arrow()} {now}" if changed and before != now else now
        cost = tr("{share} of these {images:,} test images", share=share, images=images)
        if not changed:
            self._bridge.submit(tell, tr("All neurons are as trained: {accuracy}.", accuracy=cost), "", topic=TOPIC)
            return
        if self._silencing.adjusted:
            neurons = tr_plural("{count:,} neuron changed", "{count:,} neurons changed", len(changed))
        else:
            neurons = tr_plural("{count:,} neuron silenced", "{count:,} neurons silenced", len(changed))
        sentence = mark("{neurons}: {accuracy}.") if before != now else mark("{neurons}: {accuracy}, as before.")
        hint = tr_plural("Undo brings it back.", "Undo brings them back.", len(changed))
        self._bridge.submit(tell, tr(sentence, neurons=neurons, accuracy=cost), hint, topic=TOPIC)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed and self._stands:
            self._void.start(REST_MS)

    def _take_back(self) -> None:
        changes = self._changes()
        if self._stands and changes != self._reported and not self._rest.isActive():
            self._stands = False
            if not changes:
                self._reported = changes  # "all as trained" is no news when somebody comes back
            self._bridge.submit(tell, "", topic=TOPIC)
