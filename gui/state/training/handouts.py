"""The hand-out that is being written: how far it is, and giving it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.core.messages import JobEnded
from engine.core.text import isolated
from engine.export.handout.messages import HandoutWriting

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.state.notices import Notices


class Handouts(QObject):
    """Has one hand-out written at a time: a newer one takes the place of one that is not done."""

    changed = Signal()

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = ""
        """Which file is being written and how far that is, to be shown; empty where none is."""
        self._bridge, self._notices = bridge, notices
        self._job: int | None = None
        self._file = ""
        bridge.listen(HandoutWriting, self._take_progress, lambda: self._job)
        bridge.listen(JobEnded, self._take_end, lambda: self._job)

    def write(self, job: Any, *given: Any) -> None:
        """Start a job that tells how far it is by `HandoutWriting`."""
        self._stop()
        self._file = ""
        self._job = self._bridge.submit(job, *given)

    def give_up(self) -> None:
        """Stop it: what lay in that place before stays."""
        if self._file:
            self._notices.tell(f"{isolated(self._file)} was not written.")
        self._stop()

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None
        self._show("")

    def _take_progress(self, message: HandoutWriting) -> None:
        self._file = message.file
        self._show(f"Writing {isolated(message.file)}… {100 * message.share:.0f} %")

    def _take_end(self, message: JobEnded) -> None:
        self._job = None
        self._show("")

    def _show(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.changed.emit()
