"""How often a view may follow a training: so that its questions take a small part of the training's time."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

REST = 15
"""After a question the training has so many times as long for itself: the view costs a sixteenth of its time."""


class LivePace(QObject):
    """Tells when it is time to ask, after new weights were told of and what was spent has been made up for."""

    due = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._free = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.due)

    @property
    def rest(self) -> float:
        """For how many seconds nothing should be asked."""
        return max(0.0, self._free - time.monotonic())

    def spend(self, seconds: float) -> None:
        """Take in that a question took so long."""
        self._free = max(self._free, time.monotonic()) + REST * seconds

    def want(self) -> None:
        """Tell as soon as it is time, once for all that want it until then."""
        if not self._timer.isActive():
            self._timer.start(round(1000 * self.rest))

    def forget(self) -> None:
        """Tell nothing of what was wanted."""
        self._timer.stop()
