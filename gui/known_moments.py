"""The runs of the session with their settings and moments, for a tab that lets one choose among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.run_jobs import RunRemoved, RunRestored
from engine.session_jobs import SessionOpened
from engine.specs import TrainSpec
from engine.training.messages import MomentKept, RunChanged, RunStarted, RunSummary
from gui.run_moments import RunMoments

if TYPE_CHECKING:
    from gui.bridge import Bridge


class KnownMoments(QObject):
    """Follows what the engine tells of runs."""

    changed = Signal(str)
    """The name of a run of which there is more to choose from, or less; empty: of all."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.runs: dict[str, RunMoments] = {}
        self.specs: dict[str, TrainSpec] = {}
        bridge.listen(RunStarted, self._take_start)
        bridge.listen(MomentKept, self._take_moment)
        bridge.listen(RunChanged, self._take_change)
        bridge.listen(RunRemoved, self._take_removal)
        bridge.listen(RunRestored, lambda message: self._take(message.summary))
        bridge.listen(SessionOpened, self._take_session)

    def layers(self, run: str) -> int | None:
        """Return how many layers the network of a run has, the classes included; `None` where that is not known."""
        return len(self.specs[run].hidden) + 1 if run in self.specs else None

    def titles(self, run: str) -> dict[int, str]:
        """Return what the moments of a run are called, by step: by their names, else by where they lie."""
        known = self.runs.get(run)
        if known is None:
            return {}
        return {
            step: "the start" if step == 0 else known.bookmarks.get(step) or known.say_epoch(step)
            for step in known.steps
        }

    def _take_start(self, message: RunStarted) -> None:
        self.runs[message.run] = RunMoments.begun(message)
        self.specs[message.run] = message.spec
        self.changed.emit(message.run)

    def _take_moment(self, message: MomentKept) -> None:
        if run := self.runs.get(message.run):
            run.keep(message.step)
            self.changed.emit(message.run)

    def _take_change(self, message: RunChanged) -> None:
        if run := self.runs.get(message.run):
            run.replace(message.moments, message.bookmarks)
            self.changed.emit(message.run)

    def _take_removal(self, message: RunRemoved) -> None:
        self.runs.pop(message.run, None)
        self.changed.emit(message.run)

    def _take(self, summary: RunSummary) -> None:
        self.runs[summary.name], self.specs[summary.name] = RunMoments.of(summary), summary.spec
        self.changed.emit(summary.name)

    def _take_session(self, message: SessionOpened) -> None:
        self.runs = {summary.name: RunMoments.of(summary) for summary in message.runs}
        self.specs = {summary.name: summary.spec for summary in message.runs}
        self.changed.emit("")
