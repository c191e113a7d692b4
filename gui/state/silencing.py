"""Silencing hidden neurons, boosting them, setting them to their mean: in the lens, undoable, for any tab."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.numbers import plural

if TYPE_CHECKING:
    from gui.state.history import History
    from gui.state.selection import Selection

FACTORS = (0.5, 10.0)
"""A neuron is boosted by a factor between these."""


class Silencing(QObject):
    """Changes what the neurons of the network that is looked at pass on. Undo goes back to the run it was done in.

    `knows` says whether the session has a run: nothing can be undone in one that was deleted since. `label` returns
    what a run is called.
    """

    def __init__(
        self,
        selection: Selection,
        parent: QObject | None = None,
        history: History | None = None,
        knows: Callable[[str], bool] = lambda _: True,
        label: Callable[[str], str] = str,
    ) -> None:
        super().__init__(parent)
        self._knows, self._label = knows, label
        self._selection = selection
        self.history = history or selection.history
        self._tried: tuple[str, _Changes] | None = None
        """The run in which something is being tried, and what was changed there before."""

    @property
    def silenced(self) -> frozenset[Neuron]:
        """The neurons that pass nothing on."""
        return self._selection.lens.silenced if self._selection.lens else frozenset()

    @property
    def adjusted(self) -> dict[Neuron, Adjusted]:
        """The neurons that are boosted or set to their mean."""
        lens = self._selection.lens
        return {Neuron(each.layer, each.number): each for each in lens.adjusted} if lens else {}

    @property
    def changed(self) -> frozenset[Neuron]:
        """All neurons that are not as the training left them."""
        return self.silenced | self.adjusted.keys()

    def silence(self, neurons: Iterable[Neuron]) -> None:
        """Let neurons pass nothing on."""
        new = frozenset(neurons) - self.silenced
        self._do(
            f"silence {plural(len(new), 'neuron')}", new, lambda lens: (lens.silenced | new, lens.adjusted)
        )

    def restore(self, neurons: Iterable[Neuron]) -> None:
        """Let neurons be as the training left them."""
        back = frozenset(neurons) & self.changed
        self._do(f"restore {plural(len(back), 'neuron')}", back, lambda lens: _without(lens, back))

    def restore_all(self) -> None:
        """Let all neurons be as the training left them."""
        self.restore(self.changed)

    def boost(self, neurons: Iterable[Neuron], factor: float) -> None:
        """Let neurons pass on `factor` times their output; 1 is nothing new. What was silenced passes on again."""
        changes = {neuron: Adjusted(*neuron, factor=factor) for neuron in neurons}
        self._adjust(f"boost {plural(len(changes), 'neuron')} × {factor:g}", changes)

    def freeze(self, means: Mapping[Neuron, float]) -> None:
        """Let neurons pass on their mean output, as measured with the lens as it is, whatever they see.

        Neurons that are silenced or set to their mean already stay so: their mean would tell nothing.
        """
        adjusted = self.adjusted
        changes = {}
        for neuron, mean in means.items():
            before = adjusted.get(neuron, Adjusted(*neuron))
            if neuron not in self.silenced and before.factor:
                own = (mean - before.offset) / before.factor
                changes[neuron] = Adjusted(*neuron, factor=0.0, offset=own)
        self._adjust(f"set {plural(len(changes), 'neuron')} to mean", changes)

    def put(self, text: str, silenced: Iterable[Neuron], adjusted: Iterable[Adjusted]) -> None:
        """Let just these neurons be silenced, boosted or set to their mean."""
        changes = frozenset(silenced), frozenset(adjusted)
        neurons = changes[0] | {Neuron(each.layer, each.number) for each in changes[1]}
        self._do(text, neurons, lambda _: changes)

    def try_out(self, layer: int, neurons: Iterable[Neuron]) -> None:
        """Let just these neurons of a layer be silenced for now, until `keep_tried` ends the gesture."""
        lens = self._selection.lens
        if lens is None:
            return
        if self._tried is None or self._tried[0] != lens.run:
            self._tried = lens.run, (lens.silenced, lens.adjusted)
        others = {each for each in lens.silenced if each.layer != layer}
        self._selection.change(lens=dataclasses.replace(lens, silenced=frozenset({*others, *neurons})))

    def keep_tried(self, text: str) -> None:
        """Make one step, which can be undone, of all that was tried out since the last time."""
        lens, tried = self._selection.lens, self._tried
        self._tried = None
        if lens is None or tried is None or tried[0] != lens.run:
            return
        before, now = tried[1], (lens.silenced, lens.adjusted)
        if now != before:
            self._remember(text, lens.run, now, before)

    def _adjust(self, text: str, changes: Mapping[Neuron, Adjusted]) -> None:
        neurons = frozenset(changes)
        real = {each for each in changes.values() if (each.factor, each.offset) != (1.0, 0.0)}

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
        blocked = partial(self._blocked, run)
        self.history.do(text, partial(show, now), partial(show, before), blocked=blocked)

    def _blocked(self, run: str) -> str:
        gone = f"Run {self._label(run)}, whose neurons were changed, was deleted. Undo that first, in the Train tab."
        return "" if self._knows(run) else gone

    def _show(self, run: str, changes: _Changes) -> None:
        lens = self._selection.lens
        if lens is None or lens.run != run:
            lens = Lens(run)  # the neurons' numbers mean nothing in another run
        self._selection.change(lens=dataclasses.replace(lens, silenced=changes[0], adjusted=changes[1]))


type _Changes = tuple[frozenset[Neuron], frozenset[Adjusted]]


def _without(lens: Lens, neurons: frozenset[Neuron]) -> _Changes:
    adjusted = frozenset(each for each in lens.adjusted if Neuron(each.layer, each.number) not in neurons)
    return lens.silenced - neurons, adjusted


def changes_of(lens: Lens | None) -> str:
    """Say what a lens changes in the network: `23 silenced`, `2 boosted, 1 set to mean`; empty where none is."""
    if lens is None:
        return ""
    others = [each for each in lens.adjusted if Neuron(each.layer, each.number) not in lens.silenced]
    fixed = sum(each.factor == 0 for each in others)
    counts = {"silenced": len(lens.silenced), "boosted": len(others) - fixed, "set to mean": fixed}
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
