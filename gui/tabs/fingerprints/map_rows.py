"""What all maps share: which neuron is in which row, which rows are marked or pointed at, and what is in view."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.analysis.probes.fingerprints import Fingerprints
from engine.core.language import mark, tr
from engine.core.lazy import Array

NOTHING: frozenset[int] = frozenset()


class Pointed(NamedTuple):
    """What is under the mouse: a neuron's number, a class, and the share of its columns, where it has any."""

    neuron: int
    label: int | None = None
    share: float | None = None


def are_maps(answer: Fingerprints) -> bool:
    """Return whether a row is a feature map, and not a neuron."""
    return answer.kind != "neurons"


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
        groups = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
        return [(int(group[0]), int(group[-1]) + 1) for group in groups]

    @property
    def folding_end(self) -> float:
        """The share of rows above those that never fire, where all those are at the end; else 1."""
        count, total = len(self.silent), len(self.order)
        if not count or count >= total or not self.silent.issuperset(self.order[total - count :].tolist()):
            return 1.0
        return 1.0 - count / total


ROUNDING = 1e-6  # a share this close to a whole row or column means that
FEWEST_ROWS, FEWEST_COLUMNS = 4, 8  # the deepest zoom


class MapWindow(QObject):
    """A rectangle in maps of any size, 0 to 1 from the upper left. It stays within them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.top, self.bottom, self.left, self.right = 0.0, 1.0, 0.0, 1.0
        self.end = 1.0  # rows below that share are folded away
        self._rows = self._columns = 1

    @property
    def is_fitted(self) -> bool:
        return (self.top, self.bottom, self.left, self.right) == (0.0, self.end, 0.0, 1.0)

    @property
    def seen(self) -> str:
        """The part in view, as `rows 1 to 80 of 300, columns 5 to 50 of 100`; empty where that is all."""
        if self.is_fitted:
            return ""
        parts = []
        for text, first, last, count in (
            (mark("rows {first:,} to {last:,} of {count:,}"), self.top, self.bottom, self._rows),
            (mark("columns {first:,} to {last:,} of {count:,}"), self.left, self.right, self._columns),
        ):
            begin, end = math.floor(first * count + ROUNDING) + 1, math.ceil(last * count - ROUNDING)
            if (begin, end) != (1, count):
                parts.append(tr(text, first=begin, last=end, count=count))
        return ", ".join(parts) or tr("a part of a row")

    def set_size(self, rows: int, columns: int) -> None:
        self._rows, self._columns = max(1, rows), max(1, columns)

    def set_end(self, end: float) -> None:
        """Fold the rows below the share `end` away; where all was in view, all still is."""
        if end != self.end:
            was_at_end, self.end = self.bottom == self.end, end
            bottom = end if was_at_end else min(self.bottom, end)
            self._show(min(self.top, max(0.0, bottom - self._least_height())), bottom, self.left, self.right)

    def fit(self) -> None:
        self._show(0.0, self.end, 0.0, 1.0)

    def zoom(self, factor: float, x: float = 0.5, y: float = 0.5, *, rows: bool = True, columns: bool = True) -> None:
        """Show `factor` times as much, while the point (x, y), in shares of the view, stays where it is."""
        top, bottom, left, right = self.top, self.bottom, self.left, self.right
        if rows:
            height = min(max((bottom - top) * factor, self._least_height()), self.end)
            top, bottom = _within(top + y * (bottom - top - height), height, self.end)
        if columns:
            width = min(max((right - left) * factor, min(1.0, FEWEST_COLUMNS / self._columns)), 1.0)
            left, right = _within(left + x * (right - left - width), width, 1.0)
        self._show(top, bottom, left, right)

    def pan(self, x: float, y: float) -> None:
        """Pan by shares of the view; positive: to the right, down."""
        height, width = self.bottom - self.top, self.right - self.left
        rows = _within(self.top + y * height, height, self.end)
        self._show(*rows, *_within(self.left + x * width, width, 1.0))

    def reveal(self, top: float, bottom: float) -> None:
        """Pan up or down just as far as shows the rows between these shares."""
        below, above = bottom - self.bottom, top - self.top
        way = max(0.0, below) or min(0.0, above)
        self._show(*_within(self.top + way, self.bottom - self.top, self.end), self.left, self.right)

    def _least_height(self) -> float:
        return min(self.end, FEWEST_ROWS / self._rows)

    def _show(self, top: float, bottom: float, left: float, right: float) -> None:
        new = top, bottom, left, right
        if new != (self.top, self.bottom, self.left, self.right):
            self.top, self.bottom, self.left, self.right = new
            self.changed.emit()


def _within(first: float, length: float, end: float) -> tuple[float, float]:
    """Return a stretch moved into 0 to `end`."""
    first = min(max(first, 0.0), end - length)
    return (0.0, end) if length >= end else (max(first, 0.0), first + length)
