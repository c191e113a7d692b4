"""Going through a graph with the data: one node after the other, by hand or by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from gui.state.clock import Clock

PLAY_MS = 900
"""So long each node is looked at."""


class Flow(QObject):
    """Knows the order in which data flow, and where one is in it."""

    reached = Signal(str)
    """The key of the node that is looked at now."""
    changed = Signal()
    """The place, the order, or whether it plays."""

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._order: tuple[str, ...] = ()
        self._place: int | None = None
        self._timer = clock.timer(self, self._play_on)

    @property
    def place(self) -> int | None:
        """Where one is, from 0; `None` before the first step."""
        return self._place

    @property
    def order(self) -> tuple[str, ...]:
        """The keys of the nodes on the way."""
        return self._order

    @property
    def count(self) -> int:
        """How many nodes there are on the way."""
        return len(self._order)

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def set_order(self, order: Sequence[str], current: str) -> None:
        """Go through these nodes from now on, from the one that is looked at."""
        self._order = tuple(order)
        self._place = self._order.index(current) if current in self._order else None
        if not self._order:
            self.play(False)
        self.changed.emit()

    def stand_at(self, key: str) -> None:
        """Go on from here: a person looked at another node."""
        if key in self._order and (place := self._order.index(key)) != self._place:
            self._place = place
            self.changed.emit()

    def step(self, by: int) -> None:
        """Go on by one node, or back; at both ends nothing happens."""
        place = (0 if by > 0 else None) if self._place is None else self._place + by
        if place is not None and 0 <= place < len(self._order):
            self._place = place
            self.reached.emit(self._order[place])
            self.changed.emit()

    def play(self, playing: bool) -> None:
        """Go on by itself, from the start where it is at the end; or rest."""
        if playing == self.is_playing:
            return
        if playing and self._order:
            if self._place == len(self._order) - 1:
                self._place = None
            self._timer.start(PLAY_MS)
            self.step(1)
        else:
            self._timer.stop()
        self.changed.emit()

    def _play_on(self) -> None:
        self._timer.start(PLAY_MS)
        self.step(1)
        if self._place is None or self._place >= len(self._order) - 1:
            self.play(False)
