"""The rows that several maps share: which neuron is where, and which are marked, changed, pointed at."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.core.lazy import Array

NOTHING: frozenset[int] = frozenset()


class Pointed(NamedTuple):
    """What is under the mouse: a neuron's number, a class, and the share of its columns, where it has any."""

    neuron: int
    label: int | None = None
    share: float | None = None


class MapRows(QObject):
    """One order of neurons. A place is a row's number from above."""

    changed = Signal()  # something has to be painted again
    marksChanged = Signal()
    picked = Signal(int)  # a neuron was reached by the keys
    clicked = Signal(object)  # the `Pointed` that was clicked
    pickWithdrawn = Signal()  # the last click was the first of a double click, which picks nothing
    pointedAt = Signal(object)  # a `Pointed`, or `None`
    silenceWanted = Signal()
    foldWanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.order: Array = np.zeros(0, int)  # neurons' numbers from above (neurons,)
        self._places: Array = np.zeros(0, int)
        # Marked neurons, silenced ones, boosted ones or those set to their mean, and those that never fire.
        self.marked = self.silenced = self.adjusted = self.silent = NOTHING
        self.selected: int | None = None
        self.pointed: Pointed | None = None
        self.is_panning = False  # whether the left button pans instead of marking rows

    def set_order(self, order: Array, silent: Iterable[int]) -> None:
        """Set the order of the neurons; marks stay, unless the network has fewer neurons."""
        self.order, self.silent = order, frozenset(silent)
        self._places = np.argsort(order, kind="stable")
        if self.marked and max(self.marked) >= len(order):
            self.mark(NOTHING)
        self.changed.emit()

    def set_changed(self, silenced: Iterable[int], adjusted: Iterable[int]) -> None:
        """Set which neurons are silenced, and which are boosted or set to their mean."""
        new = frozenset(silenced), frozenset(adjusted)
        if new != (self.silenced, self.adjusted):
            self.silenced, self.adjusted = new
            self.changed.emit()

    def select(self, neuron: int | None) -> None:
        if neuron != self.selected:
            self.selected = neuron
            self.changed.emit()

    def point_at(self, pointed: Pointed | None) -> None:
        if pointed != self.pointed:
            self.pointed = pointed
            self.pointedAt.emit(pointed)
            self.changed.emit()

    def mark(self, neurons: Iterable[int]) -> None:
        new = frozenset(neurons)
        if new != self.marked:
            self.marked = new
            self.marksChanged.emit()
            self.changed.emit()

    def place_at(self, share: float) -> int | None:
        place = int(share * len(self.order)) if share >= 0 else -1
        return place if 0 <= place < len(self.order) else None

    def place_of(self, neuron: int) -> int | None:
        return int(self._places[neuron]) if 0 <= neuron < len(self._places) else None

    def between(self, one: int, other: int) -> frozenset[int]:
        """Return the neurons between two places, both included, in either direction."""
        first, last = sorted((one, other))
        return frozenset(self.order[max(0, first) : last + 1].tolist())

    def bands(self, neurons: Iterable[int]) -> list[tuple[int, int]]:
        """Return the bands of neighbours that these neurons form: first place, and the one after the last."""
        known = [neuron for neuron in neurons if 0 <= neuron < len(self._places)]
        places = np.sort(self._places[known]) if known else np.zeros(0, int)
        if not len(places):
            return []
        breaks = np.flatnonzero(np.diff(places) > 1) + 1
        groups = np.split(places, breaks)
        return [(int(group[0]), int(group[-1]) + 1) for group in groups]

    @property
    def folding_end(self) -> float:
        """The share of rows above those that never fire, where all those are at the end; else 1."""
        count, total = len(self.silent), len(self.order)
        if not count or count >= total or not self.silent.issuperset(self.order[total - count :].tolist()):
            return 1.0
        return 1.0 - count / total
