"""Silences hidden neurons, boosts them, sets them to their mean: in the lens, undoable, for any tab."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject

from engine.core.language import tr, tr_plural
from engine.core.lens import Adjusted, Lens, Neuron
from gui.state.history import History
from gui.state.selection import Selection
from gui.state.training.runs import Runs

FACTORS = (0.5, 10.0)  # minimum and maximum factor of a boost


type _Changes = tuple[frozenset[Neuron], frozenset[Adjusted]]


class Silencing(QObject):
    """Changes what the neurons of the selected network pass on. Undo selects the run in which that was done.

    `runs` are those of the session: in a deleted one nothing can be undone.
    """

    def __init__(self, selection: Selection, runs: Runs, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._selection, self._runs, self.history = selection, runs, history
        # The run and its changes before the current gesture, see `try_out`.
        self._tried: tuple[str, _Changes] | None = None

    @property
    def silenced(self) -> frozenset[Neuron]:
        return self._selection.lens.silenced if self._selection.lens else frozenset()

    @property
    def adjusted(self) -> dict[Neuron, Adjusted]:
        lens = self._selection.lens
        return {Neuron(change.layer, change.number): change for change in lens.adjusted} if lens else {}

    @property
    def changed(self) -> frozenset[Neuron]:
        return self.silenced | self.adjusted.keys()

    def silence(self, neurons: Iterable[Neuron]) -> None:
        new = frozenset(neurons) - self.silenced
        text = tr_plural("silence {count:,} neuron", "silence {count:,} neurons", len(new))
        self._do(text, new, lambda lens: (lens.silenced | new, lens.adjusted))

    def restore(self, neurons: Iterable[Neuron]) -> None:
        back = frozenset(neurons) & self.changed
        text = tr_plural("restore {count:,} neuron", "restore {count:,} neurons", len(back))
        self._do(text, back, lambda lens: _without(lens, back))

    def restore_all(self) -> None:
        """Reset all neurons to what was trained."""
        self.restore(self.changed)

    def boost(self, neurons: Iterable[Neuron], factor: float) -> None:
        """Make neurons, silenced ones too, pass on `factor` times their output; 1 is their output as trained."""
        changes = {neuron: Adjusted(*neuron, factor=factor) for neuron in neurons}
        text = tr_plural(
            "boost {count:,} neuron × {factor:g}", "boost {count:,} neurons × {factor:g}", len(changes), factor=factor
        )
        self._adjust(text, changes)

    def freeze(self, means: Mapping[Neuron, float]) -> None:
        """Make neurons that are not changed yet pass on their mean output with the current lens for every image."""
        adjusted = self.adjusted
        changes = {}
        for neuron, mean in means.items():
            before = adjusted.get(neuron, Adjusted(*neuron))
            if neuron not in self.silenced and before.factor:
                own = (mean - before.offset) / before.factor
                changes[neuron] = Adjusted(*neuron, factor=0.0, offset=own)
        self._adjust(tr_plural("set {count:,} neuron to mean", "set {count:,} neurons to mean", len(changes)), changes)

    def put(self, text: str, silenced: Iterable[Neuron], adjusted: Iterable[Adjusted]) -> None:
        changes = frozenset(silenced), frozenset(adjusted)
        neurons = changes[0] | {Neuron(change.layer, change.number) for change in changes[1]}
        self._do(text, neurons, lambda _: changes)

    def try_out(self, layer: int, neurons: Iterable[Neuron]) -> None:
        """Silence exactly these neurons of a layer until `keep_tried` ends the gesture."""
        if (lens := self._selection.lens) is None:
            return
        if self._tried is None or self._tried[0] != lens.run:
            self._tried = lens.run, (lens.silenced, lens.adjusted)
        others = {neuron for neuron in lens.silenced if neuron.layer != layer}
        self._selection.change(lens=dataclasses.replace(lens, silenced=frozenset({*others, *neurons})))

    def keep_tried(self, text: str) -> None:
        lens, tried = self._selection.lens, self._tried
        self._tried = None
        if lens is None or tried is None or tried[0] != lens.run:
            return
        before, now = tried[1], (lens.silenced, lens.adjusted)
        if now != before:
            self._remember(text, lens.run, now, before)

    def _adjust(self, text: str, changes: Mapping[Neuron, Adjusted]) -> None:
        neurons = frozenset(changes)
        real = {change for change in changes.values() if (change.factor, change.offset) != (1.0, 0.0)}

        def after(lens: Lens) -> _Changes:
            silenced, adjusted = _without(lens, neurons)
            return silenced, adjusted | real

        self._do(text, neurons, after)

    def _do(self, text: str, neurons: frozenset[Neuron], after: Callable[[Lens], _Changes]) -> None:
        lens = self._selection.lens
        if lens is None or not neurons:
            return
        before, now = (lens.silenced, lens.adjusted), after(lens)
        if now != before:
            self._remember(text, lens.run, now, before)

    def _remember(self, text: str, run: str, now: _Changes, before: _Changes) -> None:
        show = partial(self._show, run)
        self.history.do(text, partial(show, now), partial(show, before), blocked=partial(self._blocked, run))

    def _blocked(self, run: str) -> str:
        if run in self._runs:
            return ""
        label = self._runs.label(run)
        return tr("Run {run}, whose neurons were changed, was deleted. Undo that first, in the Train tab.", run=label)

    def _show(self, run: str, changes: _Changes) -> None:
        lens = self._selection.lens
        if lens is None or lens.run != run:
            lens = Lens(run)  # numbers of neurons mean nothing in another run
        self._selection.change(lens=dataclasses.replace(lens, silenced=changes[0], adjusted=changes[1]))


def _without(lens: Lens, neurons: frozenset[Neuron]) -> _Changes:
    rest = (change for change in lens.adjusted if Neuron(change.layer, change.number) not in neurons)
    return lens.silenced - neurons, frozenset(rest)


def changes_of(lens: Lens | None) -> str:
    """Return what a lens changes in the network: `23 silenced`, `2 boosted, 1 set to mean`; empty for nothing."""
    if lens is None:
        return ""
    others = [change for change in lens.adjusted if Neuron(change.layer, change.number) not in lens.silenced]
    fixed = sum(change.factor == 0 for change in others)
    silenced, boosted = len(lens.silenced), len(others) - fixed
    changes = (
        tr_plural("{count:,} silenced", "{count:,} silenced", silenced) if silenced else "",
        tr_plural("{count:,} boosted", "{count:,} boosted", boosted) if boosted else "",
        tr_plural("{count:,} set to mean", "{count:,} set to mean", fixed) if fixed else "",
    )
    return ", ".join(filter(None, changes))
