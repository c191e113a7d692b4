"""Work that takes long, whichever tab is shown: what the status line says of it, and stopping it."""

from typing import Any

from PySide6.QtCore import Signal

from engine.core.language import mark, tr, tr_plural
from engine.core.messages import JobEnded
from engine.core.text import in_percent, isolated, printable
from engine.data.formats.reading import OPENING, DatasetReading
from engine.export.messages import FileWriting
from engine.session.jobs.data import DatasetOpened
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.link.steered import OneJob
from gui.state.notices import Notices
from gui.state.training.run_progress import say_left


class Ongoing(OneJob):
    """One job and its progress in words."""

    KEPT = (*OneJob.KEPT, "words")
    changed = Signal()  # the words are others now

    def __init__(self, bridge: Bridge, notices: Notices) -> None:
        super().__init__(bridge, bridge)
        self.words = ""  # what is running and how far it is; empty if nothing is
        self._notices = notices

    def give_up(self) -> None:
        self._stop_job()

    def _say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.changed.emit()

    def _forget(self) -> None:
        self._job = None
        self._say("")


class Handouts(Ongoing):
    """Writes one hand-out or teacher’s sheet at a time: a newer one replaces one that is not finished."""

    KEPT = (*Ongoing.KEPT, "_file")

    def __init__(self, bridge: Bridge, notices: Notices) -> None:
        super().__init__(bridge, notices)
        self._file = ""
        bridge.listen(FileWriting, self._take_progress, self.job)
        bridge.listen(JobEnded, lambda _: self._forget(), self.job)

    def write(self, job: Any, *args: Any) -> None:
        self._stop()
        self._file = ""
        self._job = self._bridge.submit(job, *args)

    def give_up(self) -> None:
        """Stop the job; a file that was there before stays."""
        if self._file:
            self._notices.tell(tr("{file} was not written.", file=isolated(self._file)))
        self._stop()

    def _stop(self) -> None:
        super().give_up()
        self._forget()

    def _take_progress(self, message: FileWriting) -> None:
        self._file = message.file
        self._say(tr("Writing {file}… {share}", file=isolated(message.file), share=in_percent(message.share)))


TOPIC = "experiment"


class ExperimentWork(Ongoing):
    """The running experiment as every tab shows it, wherever it was started. A stop keeps the runs that it has made."""

    KEPT = (*Ongoing.KEPT, "_title")

    def __init__(self, bridge: Bridge, notices: Notices) -> None:
        super().__init__(bridge, notices)
        self._title = ""
        bridge.listen(ExperimentStarted, self._take_start)
        bridge.listen(ExperimentProgress, self._take_progress, self.job)
        bridge.listen(ExperimentResult, self._take_result, self.job)
        bridge.listen(JobEnded, lambda _: self._forget(), self.job)

    def _take_start(self, message: ExperimentStarted) -> None:
        self._job, self._title = self._bridge.sending_job, printable(tr(message.group))
        self._say(self._title)

    def _take_progress(self, message: ExperimentProgress) -> None:
        words = f"{self._title}: {in_percent(message.share)}"
        self._say(words if message.seconds_left is None else f"{words} · {say_left(message.seconds_left)}")

    def _take_result(self, message: ExperimentResult) -> None:
        if not message.is_whole:
            return
        # The job has imported it by now; at a start it would take 60 ms with all experiments.
        from engine.studies.experiments.parts.experiment import say_standings

        self._notices.tell(
            tr(
                "{experiment}: {standings}, with {seeds}.",
                experiment=self._title,
                standings=say_standings(message.rows),
                seeds=tr_plural("{count:,} seed", "{count:,} seeds", len(message.seeds)),
            ),
            tr("The Experiments tab shows them."),
            TOPIC,
        )


QUIET_MS = 500  # time in ms; data that are read faster are not mentioned
GIVEN_UP = "data given up"  # no text: topic of the notice that a data set was not opened


class DataReading(Ongoing):
    """Data that take long to read, whichever job reads them. Of several jobs the newest is shown."""

    KEPT = (*Ongoing.KEPT, "_jobs", "_given_up")

    def __init__(self, bridge: Bridge, notices: Notices, clock: Clock = CLOCK) -> None:
        super().__init__(bridge, notices)
        self._jobs: dict[int, DatasetReading] = {}  # the jobs that read, each with its last message
        self._given_up: int | None = None
        self._quiet = clock.timer(self, self._show)
        bridge.listen(DatasetReading, lambda message: self.follow(bridge.sending_job, message))
        bridge.listen(DatasetOpened, lambda _: self._drop(bridge.sending_job))
        bridge.listen(JobEnded, self._take_end)

    def follow(self, job: int, reading: DatasetReading) -> None:
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

    def _take_end(self, message: JobEnded) -> None:
        job = self._bridge.sending_job
        if job == self._given_up and message.outcome == "stopped" and job in self._jobs:
            reading, is_fetched = self._jobs[job], self._jobs[job].act != OPENING
            hints = (
                tr("The data that were open stay.") if self._bridge.dataset else "",
                tr("What has come is kept for the next time.") if is_fetched else "",
            )
            sentence = mark("{file} was not downloaded.") if is_fetched else mark("{file} was not opened.")
            self._notices.tell(tr(sentence, file=isolated(reading.file)), " ".join(filter(None, hints)), GIVEN_UP)
        self._drop(job)

    def _drop(self, job: int) -> None:
        self._jobs.pop(job, None)
        self._show()

    def _show(self) -> None:
        words = ""
        if self._jobs and not self._quiet.isActive():
            reading = self._jobs[max(self._jobs)]
            share = f" {in_percent(reading.share)}" if reading.share else ""
            left = f" · {say_left(reading.left)}" if reading.left is not None else ""
            words = f"{reading.begin(isolated(reading.file))}{share}{left}"
        self._say(words)
