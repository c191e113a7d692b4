"""Start-up: what is there when the window opens, getting the engine ready, opening data sets, and finding the tabs."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

import gui.tabs
from engine.core.errors import UserError
from engine.core.machine import folders
from engine.core.messages import Job, JobEnded, JobFailed, Message
from engine.data.download.catalogue import KnownSet
from engine.data.formats.reading import DOWNLOADING, DatasetReading
from engine.data.sources import SAMPLE
from engine.session.jobs.data import DatasetOpened, EngineReady, open_data, prepare
from engine.session.jobs.files import (
    LeftSession,
    SessionOpened,
    SessionsFound,
    find_left_sessions,
    open_session,
    set_budget,
)
from gui.state.link.bridge import Bridge
from gui.state.sessions import SUFFIX
from gui.state.settings import Settings
from gui.state.training.data_reading import DataReading
from gui.widgets.tab import Tab

type Restore = Literal["ask", "yes", "no"]
"""What to do about sessions that a crash left: ask, restore the newest, or nothing."""

log = logging.getLogger(__name__)


class Beginning(QObject):
    """Looks for sessions that were left, then lets the engine get ready with the one that is due.

    `offer` gets those that a crash left, the newest first, when a person shall decide. `bundled` is the session to open
    where there is none to go on with, as at the first start; `None`: a new one.
    """

    begun = Signal()
    """A session is open, and the tabs show it; emitted once."""

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


# Getting ready, and opening data sets -------------------------------------------------------------------------------


class Opening(QObject):
    """The job that opens something, one at a time: a data set that is wanted takes the place of one that is being read.

    One that is given up before the engine is ready gives way to the embedded sample.
    """

    failed = Signal()
    """The engine cannot be made ready; a notice says why."""

    def __init__(self, bridge: Bridge, reading: DataReading, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: DatasetOpened | None = None
        self.device = ""
        self._bridge, self._reading = bridge, reading
        self._job: int | None = None
        self._file: str | None = None
        bridge.listen(DatasetOpened, self._take_dataset)
        bridge.listen(EngineReady, self._take_device)
        bridge.listen(JobEnded, self._look_at_end, lambda: self._job)

    def prepare(self, file: str | None, *, sure: bool = False, fetch: bool = False) -> None:
        """Load TensorFlow and `file`, or the data there is; a file that cannot be read gives way to that data."""
        self._stop()
        self._file = file
        self._job = self._bridge.submit(prepare, file, **_if(sure=sure, fetch=fetch))

    def prepare_with_session(self, session: Path) -> None:
        """Open a session with its data, then load TensorFlow; one that cannot be opened gives way to a new one."""
        self._file = None
        self._job = self._bridge.submit(prepare_with_session, str(session))

    def fetch(self, known: KnownSet) -> None:
        """Open a known data set instead of the present one; download it where there is no copy of it."""
        self._open(DatasetReading(file=known.title, share=0.0, act=DOWNLOADING), known.key, fetch=True)

    def open(self, file: Path, *, sure: bool = False, wanted: str = "") -> None:
        """Open a data set instead of the present one; `sure`: also where it takes much memory.

        `wanted` is what `open_data` knows it by, where that is more than its path.
        """
        self._open(DatasetReading(file=file.name, share=0.0), wanted or str(file), sure=sure)

    def _open(self, reading: DatasetReading, wanted: str, *, sure: bool = False, fetch: bool = False) -> None:
        if self.device:
            self._stop()
            self._file = None
            self._job = self._bridge.submit(open_data, wanted, **_if(sure=sure, fetch=fetch))
        else:
            self.prepare(wanted, sure=sure, fetch=fetch)
        if self._job is not None:
            self._reading.follow(self._job, reading)

    def _stop(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)

    def _take_dataset(self, message: DatasetOpened) -> None:
        self.dataset = message

    def _take_device(self, message: EngineReady) -> None:
        self.device = message.device

    def _look_at_end(self, message: JobEnded) -> None:
        self._job = None
        if message.outcome == "done" or self.device:
            return
        if message.outcome == "stopped":
            self.prepare(None if self.dataset else SAMPLE)
        elif self._file is not None:
            self.prepare(None)
        else:
            self.failed.emit()


def _if(**said: bool) -> dict[str, bool]:
    return {name: True for name, is_so in said.items() if is_so}


def prepare_with_session(session: Any, path: str) -> Job:
    """Open the session in `path`, then make the engine ready; whatever ails the file, the engine becomes ready.

    The session comes first: to be looked at it needs no TensorFlow, whose import takes seconds.
    """
    try:
        yield from open_session(session, path)
    except UserError as error:
        yield JobFailed(sentence=error.sentence, hint=error.hint)
    except Exception:
        log.exception("The session %s cannot be opened.", path)
        yield JobFailed(sentence=f"{Path(path).name} cannot be opened.", details=traceback.format_exc())
    yield from prepare(session)


# The tabs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TabsFound(Message):
    """The tabs there are, in their order."""

    tabs: tuple[type[Tab], ...]


def find_tabs(session: Any) -> Job:
    """Import all tabs; answers `TabsFound`.

    A job, because what they import takes longer than a picture: the engine's thread does it while the window is
    already alive. Importing makes no widget.
    """
    found: list[type[Tab]] = []
    for package in pkgutil.iter_modules(gui.tabs.__path__, "gui.tabs."):
        try:
            found.append(importlib.import_module(f"{package.name}.tab").TAB)
        except Exception:  # one broken tab must not take the others along
            log.exception("The tab %s cannot be imported.", package.name)
            sentence = f"The tab {package.name.rpartition('.')[2]} cannot be loaded."
            yield JobFailed(sentence=sentence, details=traceback.format_exc())
        yield None
    yield TabsFound(tabs=tuple(sorted(found, key=lambda tab: tab.ORDER)))
