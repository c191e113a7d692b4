"""The experiment that is running: its progress, stopping it, and the news of its end."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.core.messages import JobEnded
from engine.core.numbers import plural
from engine.core.text import printable
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult, ExperimentStarted
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices
from gui.state.training.ongoing import Ongoing
from gui.state.training.run_progress import duration

TOPIC = "experiment"


class ExperimentWork(Ongoing):
    """The running experiment as every tab shows it, wherever it was started. A stop keeps the runs that it has made."""

    def __init__(self, bridge: Bridge, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(bridge, notices, parent)
        self._title = ""
        bridge.listen(ExperimentStarted, self._take_start)
        bridge.listen(ExperimentProgress, self._take_progress, self.job)
        bridge.listen(ExperimentResult, self._take_result, self.job)
        bridge.listen(JobEnded, lambda _: self._end(), self.job)

    def _take_start(self, message: ExperimentStarted) -> None:
        self._job, self._title = self._bridge.told_by, printable(message.group)
        self._say(self._title)

    def _take_progress(self, message: ExperimentProgress) -> None:
        left = "" if message.seconds_left is None else f" · {duration(message.seconds_left)} left"
        self._say(f"{self._title}: {100 * message.share:.0f} %{left}")

    def _take_result(self, message: ExperimentResult) -> None:
        if not message.is_whole:
            return
        # The job has imported it by now; at a start it would take 60 ms with all experiments.
        from engine.studies.experiments.parts.results import say_standings

        self._notices.tell(
            f"{self._title}: {say_standings(message.rows)}, with {plural(len(message.seeds), 'seed')}.",
            "The Experiments tab shows them.",
            TOPIC,
        )

    def _end(self) -> None:
        self._job = None
        self._say("")
