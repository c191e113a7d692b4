"""What the runs of the session are called, which colours they have and which are pinned, for who draws them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.session.run_jobs import RunRemoved, RunRestored
from engine.session.session_jobs import SessionOpened
from engine.training.messages import RunChanged, RunStarted, RunSummary

if TYPE_CHECKING:
    from gui.state.bridge import Bridge

SHORT = 14
"""Maximum number of letters of a title that stands in place of the letter."""


@dataclass(frozen=True, slots=True)
class RunLook:
    """One run."""

    name: str
    title: str = ""
    color: int = 0
    pinned: bool = False

    @property
    def label(self) -> str:
        """Letter and title: `B · no dropout`."""
        return f"{self.name} · {self.title}" if self.title else self.name

    @property
    def tag(self) -> str:
        """A short name: the title if it is short, otherwise the letter."""
        return self.title if 0 < len(self.title) <= SHORT else self.name


class RunLooks(QObject):
    """Follows what the engine tells of runs."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._looks: dict[str, RunLook] = {}
        self._removed: dict[str, RunLook] = {}
        """What was deleted is still named where it is asked for."""
        bridge.listen(SessionOpened, self._show_session)
        bridge.listen(RunStarted, self._show_start)
        bridge.listen(RunChanged, self._show_change)
        bridge.listen(RunRemoved, self._show_removal)
        bridge.listen(RunRestored, lambda message: self._add(message.summary))

    def knows(self, run: str) -> bool:
        """Return whether the session has such a run."""
        return run in self._looks

    def look(self, run: str) -> RunLook:
        """Return how a run looks, or looked; one that nothing was told of has its letter alone."""
        return self._looks.get(run) or self._removed.get(run) or RunLook(run)

    def label(self, run: str) -> str:
        """Return letter and title of a run."""
        return self.look(run).label

    def all(self) -> dict[str, RunLook]:
        """Return how all runs look, by name."""
        return dict(self._looks)

    def pinned(self) -> list[RunLook]:
        """Return the pinned runs, the oldest first."""
        return sorted(
            (look for look in self._looks.values() if look.pinned),
            key=lambda look: (len(look.name), look.name),
        )

    def _show_session(self, message: SessionOpened) -> None:
        self._looks.clear()
        self._removed.clear()
        for summary in message.runs:
            self._looks[summary.name] = _look_of(summary)
        self.changed.emit()

    def _show_start(self, message: RunStarted) -> None:
        self._looks[message.run] = RunLook(message.run, color=message.color)
        self.changed.emit()

    def _show_change(self, message: RunChanged) -> None:
        if look := self._looks.get(message.run):
            self._looks[message.run] = replace(
                look, title=message.title, color=message.color, pinned=message.pinned
            )
            self.changed.emit()

    def _show_removal(self, message: RunRemoved) -> None:
        if look := self._looks.pop(message.run, None):
            self._removed[message.run] = look
        self.changed.emit()

    def _add(self, summary: RunSummary) -> None:
        self._looks[summary.name] = _look_of(summary)
        self.changed.emit()


def _look_of(summary: RunSummary) -> RunLook:
    return RunLook(summary.name, summary.title, summary.color, summary.pinned)
