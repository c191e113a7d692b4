"""Work that takes long, whichever tab is shown: what the status line says of it, and stopping it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gui.state.link.bridge import Bridge
from gui.state.notices import Notices


class Ongoing(QObject):
    """One job and its progress in words."""

    changed = Signal()  # the words are others now

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = ""  # what is running and how far it is; empty if nothing is
        self._bridge, self._notices = bridge, notices
        self._job: int | None = None

    def job(self) -> int | None:
        """Return the number of the job; `None` if there is none."""
        return self._job

    def give_up(self) -> None:
        """Stop the job."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)

    def _say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.changed.emit()
