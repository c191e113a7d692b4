"""The line that says what silencing neurons costs, and how they come back: told once a hand rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine.base.numbers import plural
from gui.look.percents import fine_percent
from gui.state.clock import CLOCK, Clock
from gui.state.tell import tell

if TYPE_CHECKING:
    from engine.probes.class_accuracy import ClassAccuracy
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.silencing import Silencing

TOPIC = "silenced neurons"

REST_MS = 600
"""A hand that drags is not told of each place that it passes."""


class SilencingNews(QObject):
    """Hears each accuracy and tells it when the neurons that are changed are others than before.

    Where nobody asks for accuracies, as while the tab is hidden, what was told before is taken back at least.
    """

    def __init__(
        self,
        bridge: Bridge,
        selection: Selection,
        silencing: Silencing,
        parent: QObject,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._silencing = bridge, silencing
        self._found: ClassAccuracy | None = None
        self._told: frozenset[Any] = frozenset()
        self._stands = False
        """Whether what was told may still be read."""
        self._rest = clock.timer(self, self._tell)
        self._void = clock.timer(self, self._take_back)
        selection.changed.connect(self._show_selection)

    def take(self, found: ClassAccuracy) -> None:
        """Take in what the engine told now, and say it soon."""
        self._found = found
        if self._changes() != self._told:
            self._rest.start(REST_MS)

    def _changes(self) -> frozenset[Any]:
        return self._silencing.silenced | frozenset(self._silencing.adjusted.values())

    def _tell(self) -> None:
        changed, found = self._silencing.changed, self._found
        if found is None or self._changes() == self._told:
            return
        self._told, self._stands = self._changes(), True
        images = int(found.counts.sum())
        before, now = (fine_percent(share, images) for share in (found.before_accuracy, found.accuracy))
        word = "changed" if self._silencing.adjusted else "silenced"
        of = f"of these {images:,} test images"
        cost = f"{before} → {now} {of}" if before != now else f"{now} {of}, as before"
        sentence = f"{plural(len(changed), 'neuron')} {word}: {cost}."
        hint = "Undo brings it back." if len(changed) == 1 else "Undo brings them back." if changed else ""
        told = sentence if changed else f"All neurons are as trained: {now} {of}."
        self._bridge.submit(tell, told, hint, topic=TOPIC)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed and self._stands:
            self._void.start(REST_MS)

    def _take_back(self) -> None:
        changes = self._changes()
        if self._stands and changes != self._told and not self._rest.isActive():
            self._stands = False
            if not changes:
                self._told = changes  # that all are as trained is no news when somebody comes back
            self._bridge.submit(tell, "", topic=TOPIC)
