"""What is done with the rows that are marked in the maps, or the selected one: silence, bring back, boost, freeze."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.base.lens import Neuron
from gui.tabs.fingerprints.map_rows import MapRows

if TYPE_CHECKING:
    from engine.probes.fingerprints import Fingerprints
    from gui.state.silencing import Silencing
    from gui.tabs.fingerprints.map_tools import MapTools


class MarkedNeurons(QObject):
    """Connects marks and buttons with what they do to the lens.

    The marks stay, so that one band can be silenced, boosted and frozen in turn, and undo finds it marked still.
    """

    def __init__(
        self,
        rows: MapRows,
        tools: MapTools,
        silencing: Silencing,
        layer: Callable[[], int],
        answer: Callable[[], Fingerprints | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._rows, self._tools, self._silencing = rows, tools, silencing
        self._layer, self._answer = layer, answer
        rows.marksChanged.connect(self.show)
        rows.silenceWanted.connect(self._silence)
        tools.silenceWanted.connect(self._silence)
        tools.boostWanted.connect(self._boost)
        tools.freezeWanted.connect(self._freeze)
        tools.restoreWanted.connect(silencing.restore_all)

    @property
    def neurons(self) -> list[Neuron]:
        """The neurons that are marked; where none is, the one that is selected."""
        selected = self._rows.selected
        numbers = sorted(self._rows.marked) or ([] if selected is None else [selected])
        return [Neuron(self._layer(), number) for number in numbers]

    def show(self) -> None:
        """Show in maps and buttons what is marked, and what is changed in the lens."""
        layer, wanted, changed = self._layer(), self.neurons, self._silencing.changed
        self._rows.set_changed(
            (each.number for each in self._silencing.silenced if each.layer == layer),
            (each.number for each in self._silencing.adjusted if each.layer == layer),
        )
        self._tools.show_changed(len(changed))
        marked = len(self._rows.marked)
        what = f"{marked:,} marked" if marked else f"Neuron {wanted[0].number:,}" if wanted else ""
        self._tools.show_marked(what, all_changed=bool(wanted) and changed.issuperset(wanted))

    def _silence(self) -> None:
        """Silence the marked neurons, or bring them back when all of them are changed already."""
        marked = self.neurons
        if self._silencing.changed.issuperset(marked):
            self._silencing.restore(marked)
        else:
            self._silencing.silence(marked)

    def _boost(self, factor: float) -> None:
        self._silencing.boost(self.neurons, factor)

    def _freeze(self) -> None:
        marked, answer = self.neurons, self._answer()
        if answer is not None and len(answer.hidden):
            outputs = answer.hidden[:, [each.number for each in marked]]
            means = outputs.mean(axis=0, dtype=float).tolist()
            self._silencing.freeze(dict(zip(marked, means, strict=True)))
