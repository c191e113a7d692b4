"""What is there when the window opens: the wanted file, what a crash left, the last session, the bundled one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from engine.base.messages import JobEnded
from engine.data.jobs import EngineReady
from engine.session.session_jobs import (
    LeftSession,
    SessionOpened,
    SessionsFound,
    find_left_sessions,
    set_budget,
)
from engine.system import folders
from gui.shell.opening import Opening
from gui.state.bridge import Bridge
from gui.state.sessions import SUFFIX
from gui.state.settings import Settings

type Restore = Literal["ask", "yes", "no"]
"""What to do about sessions that a crash left: ask, restore the newest, or nothing."""


class Beginning(QObject):
    """Looks for sessions that were left, then lets the engine get ready with the one that is due.

    `offer` gets those that a crash left, the newest first, when a person shall decide. `bundled` is the session to open
    where there is none to go on with, as at the first start; `None`: a new one.
    """

    begun = Signal()
    """A session is there, and the tabs show what it holds; told once."""

    def __init__(
        self,
        bridge: Bridge,
        opening: Opening,
        settings: Settings,
        restore: Restore,
        offer: Callable[[Sequence[LeftSession]], object],
        bundled: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._opening, self._settings = bridge, opening, settings
        self._restore, self._offer, self._bundled = restore, offer, bundled
        self._file: str | None = None
        self._left: tuple[LeftSession, ...] = ()
        self._job: int | None = None
        self._is_told = False
        bridge.listen(SessionsFound, self._take_left, lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._go_on(), lambda: self._job)

    def begin(self, file: str | None) -> None:
        """Begin, with the session or the data set `file` if there is one."""
        self._file = file
        for message in (SessionOpened, EngineReady):  # the latter alone where a session cannot be opened
            self._bridge.listen(message, lambda _: self._tell())
        self._bridge.submit(set_budget, self._settings.budget)
        if self._restore == "no" and not self._settings.session:
            self._go_on()
        else:
            self._job = self._bridge.ask(find_left_sessions)

    def _take_left(self, message: SessionsFound) -> None:
        self._left = message.sessions

    def _go_on(self) -> None:
        self._job = None
        crashed = [each for each in self._left if each.crashed]
        session = self._session(crashed)
        if session is None:
            self._opening.prepare(self._file)
            self._tell()
        else:
            self._opening.prepare_with_session(session)
        if crashed and self._restore == "ask":
            self._offer(crashed)

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            self.begun.emit()

    def _session(self, crashed: Sequence[LeftSession]) -> Path | None:
        """Return the session to open; `None` for a new one."""
        if self._file is not None:
            return Path(self._file) if Path(self._file).suffix == SUFFIX else None
        if crashed and self._restore == "yes":
            return crashed[0].path
        if not self._settings.session:
            return self._first(crashed)
        last = Path(self._settings.session)
        return last if self._is_free(last) else None

    def _first(self, crashed: Sequence[LeftSession]) -> Path | None:
        """Return the bundled session, unless somebody has to decide about another one."""
        is_there = self._bundled is not None and self._bundled.is_file()
        return self._bundled if is_there and (not crashed or self._restore == "no") else None

    def _is_free(self, last: Path) -> bool:
        """Whether the last session is still there, and nobody has to decide about it or works with it.

        One without a place of its own that is not among those that were left is open in another window.
        """
        if last.is_relative_to(folders.state()):
            return any(each.path == last and not each.crashed for each in self._left)
        return last.is_file()
