"""How often a view may follow a training: so that its questions take a small part of the training's time."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from gui.state.one_shot import one_shot

REST = 10
"""After it has followed, a view rests so many times as long. Its answers take turns with the training, of which they so
cost a good half of their time: a sixteenth of all of it, and the painting."""


class LivePace(QObject):
    """Tells when it is time to ask, after new weights were told of and the view has rested."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._free, self._begun = 0.0, 0.0
        """When the rest ends, and when the view began to ask; 0 while it does not."""
        self._timer = one_shot(self, self._go)

    @property
    def rest(self) -> float:
        """For how many seconds nothing should be asked."""
        return max(0.0, self._free - time.monotonic())

    def want(self) -> None:
        """Tell as soon as it is time, once for all that want it until then; what was asked then has to end first."""
        if not self._timer.isActive() and not self._begun:
            self._timer.start(round(1000 * self.rest))

    def end(self) -> None:
        """Take in that all is answered that was asked when it was due; what a person asks for does not count."""
        if self._begun:
            now = time.monotonic()
            self._free, self._begun = now + REST * (now - self._begun), 0.0

    def _go(self) -> None:
        self._begun = time.monotonic()
        self.due.emit()
