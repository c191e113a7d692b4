"""The hand-out that is being written: its progress, and cancelling it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from engine.core.messages import JobEnded
from engine.core.text import isolated
from engine.export.handout.messages import HandoutWriting
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices
from gui.state.training.ongoing import Ongoing


class Handouts(Ongoing):
    """Writes one hand-out at a time: a newer one replaces one that is not finished."""

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(bridge, notices, parent)
        self._file = ""
        bridge.listen(HandoutWriting, self._take_progress, self.job)
        bridge.listen(JobEnded, lambda _: self._forget(), self.job)

    def write(self, job: Any, *args: Any) -> None:
        """Start a job that reports its progress by `HandoutWriting`."""
        self._stop()
        self._file = ""
        self._job = self._bridge.submit(job, *args)

    def give_up(self) -> None:
        """Stop the job; a file that was there before stays."""
        if self._file:
            self._notices.tell(f"{isolated(self._file)} was not written.")
        self._stop()

    def _stop(self) -> None:
        super().give_up()
        self._forget()

    def _take_progress(self, message: HandoutWriting) -> None:
        self._file = message.file
        self._say(f"Writing {isolated(message.file)}… {100 * message.share:.0f} %")

    def _forget(self) -> None:
        self._job = None
        self._say("")
