"""The experiment that is going on, for the bottom line: how far it is, stopping it, and the news of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.core.messages import JobEnded
from engine.core.numbers import plural
from engine.core.text import printable
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.state.training.run_progress import duration

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.state.notices import Notices

TOPIC = "experiment"


class ExperimentWork(QObject):
    """What the window shows of a running experiment in every tab, wherever it was started."""

    changed = Signal()

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = ""
        """Which one is running and how far it is; empty if none is."""
        self._bridge, self._notices = bridge, notices
        self._job: int | None = None
        self._title = ""
        bridge.listen(ExperimentStarted, self._take_start)
        bridge.listen(ExperimentProgress, self._take_progress, self.job)
        bridge.listen(ExperimentResult, self._take_result, self.job)
        bridge.listen(JobEnded, lambda _: self._end(), self.job)

    def job(self) -> int | None:
        """Return the number of its job; `None` if none is running."""
        return self._job

    def give_up(self) -> None:
        """Stop it: the runs that it has made stay."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)

    def _take_start(self, message: ExperimentStarted) -> None:
        self._job, self._title = self._bridge.told_by, printable(message.group)
        self._say(self._title)

    def _take_progress(self, message: ExperimentProgress) -> None:
        left = "" if message.seconds_left is None else f" · {duration(message.seconds_left)} left"
        self._say(f"{self._title}: {100 * message.share:.0f} %{left}")

    def _take_result(self, message: ExperimentResult) -> None:
        if not message.is_whole:
            return
        from engine.studies.experiments.parts.experiment import say_standings  # by now it is there

        self._notices.tell(
            f"{self._title}: {say_standings(message.rows)}, with {plural(len(message.seeds), 'seed')}.",
            "The Experiments tab shows them.",
            TOPIC,
        )

    def _end(self) -> None:
        self._job = None
        self._say("")

    def _say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.changed.emit()
