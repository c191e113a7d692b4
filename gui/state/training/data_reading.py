"""The data sets that are being read: progress, and cancelling."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.core.messages import JobEnded
from engine.core.text import isolated
from engine.data.formats.reading import OPENING, DatasetReading
from engine.session.jobs.data import DatasetOpened
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.notices import Notices
from gui.state.training.ongoing import Ongoing
from gui.state.training.run_progress import duration

QUIET_MS = 500  # time in ms; data that are read faster are not mentioned
GIVEN_UP = "data given up"  # topic of the notice that a data set was not opened


class DataReading(Ongoing):
    """Data that take long to read, whichever job reads them. Of several jobs the newest is shown."""

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None, clock: Clock = CLOCK) -> None:
        super().__init__(bridge, notices, parent)
        self._jobs: dict[int, DatasetReading] = {}  # the jobs that read, each with its last message
        self._has_data = False
        self._given_up: int | None = None
        self._quiet = clock.timer(self, self._show)
        bridge.listen(DatasetReading, lambda message: self.follow(bridge.told_by, message))
        bridge.listen(DatasetOpened, lambda _: self._take_data())
        bridge.listen(JobEnded, self._take_end)

    def follow(self, job: int, reading: DatasetReading) -> None:
        """Show that `job` reads a data set, and how far it is."""
        if job not in self._jobs:
            self._notices.tell("", topic=GIVEN_UP)  # no news any more
        if not self._jobs:
            self._quiet.start(QUIET_MS)
        self._jobs[job] = reading
        self._show()

    def give_up(self) -> None:
        """Stop the job that is shown; the open data stay."""
        if self.words:
            self._given_up = max(self._jobs)
            self._bridge.runner.stop(self._given_up)

    def _take_data(self) -> None:
        self._has_data = True
        self._drop(self._bridge.told_by)

    def _take_end(self, message: JobEnded) -> None:
        job = self._bridge.told_by
        if job == self._given_up and message.outcome == "stopped" and job in self._jobs:
            reading, is_fetched = self._jobs[job], self._jobs[job].act != OPENING
            hints = (
                "The data that were open stay." if self._has_data else "",
                "What has come is kept for the next time." if is_fetched else "",
            )
            sentence = f"{isolated(reading.file)} was not {'downloaded' if is_fetched else 'opened'}."
            self._notices.tell(sentence, " ".join(filter(None, hints)), GIVEN_UP)
        self._drop(job)

    def _drop(self, job: int) -> None:
        self._jobs.pop(job, None)
        self._show()

    def _show(self) -> None:
        words = ""
        if self._jobs and not self._quiet.isActive():
            reading = self._jobs[max(self._jobs)]
            share = f" {100 * reading.share:.0f} %" if reading.share else ""
            left = f" · {duration(reading.left)} left" if reading.left is not None else ""
            words = f"{reading.act} {isolated(reading.file)}…{share}{left}"
        self._say(words)
