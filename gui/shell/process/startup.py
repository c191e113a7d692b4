"""Start-up: choosing the session, getting the engine ready, and opening data sets."""

import logging
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine import folders
from engine.core.messages import Job, JobEnded, JobFailed
from engine.data.download.catalogue import KnownSet
from engine.data.formats.reading import DOWNLOADING, DatasetReading
from engine.data.sources import SAMPLE
from engine.session.jobs.data import EngineReady, open_data, open_first_data, prepare
from engine.session.jobs.files import (
    LeftSession,
    SessionOpened,
    SessionsFound,
    find_left_sessions,
    open_session,
    set_budget,
)
from gui.state.link.bridge import Bridge
from gui.state.link.steered import OneJob
from gui.state.sessions import SUFFIX
from gui.state.settings import settings
from gui.state.training.ongoing import DataReading

# What to do about sessions that a crash left: ask, restore the newest, or nothing.
type Restore = Literal["ask", "yes", "no"]

type Offer = Callable[[Sequence[LeftSession]], object]  # takes the sessions that a crash left, newest first

log = logging.getLogger(__name__)


class Beginning(QObject):
    """Finds the session and opens it, then has the engine get ready with it.

    `offer` is called if a person has to decide. `bundled` is opened if there is no other session, as at the first
    start; `None` for a new one.
    """

    ready = Signal()  # the session is open; sent once

    def __init__(
        self, bridge: Bridge, opening: "Opening", restore: Restore, offer: Offer, bundled: Path | None
    ) -> None:
        super().__init__(bridge)
        self._bridge, self._opening = bridge, opening
        self._restore, self._offer, self._bundled = restore, offer, bundled
        self._file: str | None = None
        self._left: tuple[LeftSession, ...] = ()
        self._job: int | None = None  # finds sessions, then opens one
        self._is_opening = self._is_ready = self._wants_engine = False
        bridge.awaits_session = True
        bridge.listen(SessionsFound, self._take_left, lambda: self._job)
        bridge.listen(SessionOpened, lambda _: self._report(), lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._take_end(), lambda: self._job)

    def begin(self, file: str | None) -> None:
        """Open the session; `file` is that, or the data set that `get_ready` opens."""
        self._file = file
        self._bridge.submit(set_budget, settings().budget)
        if self._restore == "no" and not settings().session:
            self._open()
        else:
            self._job = self._bridge.ask(find_left_sessions)

    def get_ready(self) -> None:
        """Have the engine load TensorFlow, and data if none are open, once the session is open."""
        self._wants_engine = True
        if self._job is None and self._opening.job() is None:
            self._opening.prepare(self._file)

    def _take_left(self, message: SessionsFound) -> None:
        self._left = message.sessions

    def _take_end(self) -> None:
        self._job = None
        if self._is_opening:
            self._report()
            if self._wants_engine:
                self.get_ready()
        else:
            self._open()

    def _open(self) -> None:
        crashed = [session for session in self._left if session.crashed]
        path = self._session(crashed)
        self._is_opening = True
        if path is None:
            self._report()
        else:
            self._file = None
            self._job = self._opening.open_session(path)
        if crashed and self._restore == "ask":
            self._offer(crashed)

    def _report(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._bridge.afterwards(self._await_no_more)  # when the others know of the session, too
            self.ready.emit()

    def _await_no_more(self) -> None:
        self._bridge.awaits_session = False

    def _session(self, crashed: Sequence[LeftSession]) -> Path | None:
        if self._file is not None:
            return Path(self._file) if Path(self._file).suffix == SUFFIX else None
        if crashed and self._restore == "yes":
            return crashed[0].path
        if not settings().session:
            # The bundled one, unless a person has to decide about what a crash left.
            exists = self._bundled is not None and self._bundled.is_file()
            return self._bundled if exists and (not crashed or self._restore == "no") else None
        last = Path(settings().session)
        if not last.is_relative_to(folders.state()):
            return last if last.is_file() else None
        # An autosave that was not left is open in another window; a crashed one is for a person to decide about.
        return last if any(session.path == last and not session.crashed for session in self._left) else None


class Continuation(QObject):
    """Has the engine describe the open session for a window that is built again; used like `Beginning`."""

    ready = Signal()

    def __init__(self, bridge: Bridge, describe: Callable[[], int]) -> None:
        super().__init__(bridge)
        self._describe, self._job = describe, 0
        bridge.listen(SessionOpened, lambda _: self.ready.emit(), lambda: self._job, shared=True)

    def begin(self, file: str | None) -> None:
        """Ask for the description: there is a session already, so `file` is none."""
        self._job = self._describe()

    def get_ready(self) -> None:
        """Do nothing: the engine is ready, or about to be."""


class Opening(OneJob):
    """The job that opens data, one at a time: a newer request replaces one that is being read.

    If reading is cancelled before the engine is ready, the embedded sample is opened.
    """

    KEPT = (*OneJob.KEPT, "device", "_file")
    failed = Signal()  # the engine cannot get ready; a notice says why

    def __init__(self, bridge: Bridge, reading: DataReading) -> None:
        super().__init__(bridge, bridge)
        self.device = ""
        self._reading = reading
        self._file: str | None = None
        bridge.listen(EngineReady, self._take_device)
        bridge.listen(JobEnded, self._look_at_end, self.job)

    def prepare(self, file: str | None, *, sure: bool = False, fetch: bool = False) -> None:
        """Load TensorFlow and `file`, or the default data if there is no file or it cannot be read."""
        self._stop_job()
        self._file = file
        self._job = self._bridge.submit(prepare, file, **_if(sure=sure, fetch=fetch))

    def open_session(self, path: Path) -> int:
        """Open a session with its data, or a new one if it cannot be opened; return the job's number."""
        self._file = None
        self._job = self._bridge.submit(open_first, str(path))
        return self._job

    def fetch(self, known: KnownSet) -> None:
        """Open a known data set; download it if there is no copy."""
        self._open(DatasetReading(file=known.title, share=0.0, act=DOWNLOADING), known.key, fetch=True)

    def open(self, file: Path, *, sure: bool = False, wanted: str = "") -> None:
        """Open a data set; `sure`: even if it takes much memory; `wanted`: its address, if more than the path."""
        self._open(DatasetReading(file=file.name, share=0.0), wanted or str(file), sure=sure)

    def _open(self, reading: DatasetReading, wanted: str, *, sure: bool = False, fetch: bool = False) -> None:
        if self.device:
            self._stop_job()
            self._file = None
            self._job = self._bridge.submit(open_data, wanted, **_if(sure=sure, fetch=fetch))
        else:
            self.prepare(wanted, sure=sure, fetch=fetch)
        if self._job is not None:
            self._reading.follow(self._job, reading)

    def _take_device(self, message: EngineReady) -> None:
        self.device = message.device

    def _look_at_end(self, message: JobEnded) -> None:
        self._job = None
        if message.outcome == "done" or self.device:
            return
        if message.outcome == "stopped":
            self.prepare(None if self._bridge.dataset else SAMPLE)
        elif self._file is not None:
            self.prepare(None)
        else:
            self.failed.emit()


def _if(**flags: bool) -> dict[str, bool]:
    """Return the flags that are set."""
    return {name: True for name, is_set in flags.items() if is_set}


def open_first(session: Any, path: str) -> Job:
    """Open the session in `path`, if nothing is wrong with the file, and its data, without TensorFlow."""
    try:
        yield from open_session(session, path)
    except UserError as error:
        yield JobFailed(sentence=error.sentence, hint=error.hint)
    except Exception:
        log.exception("The session %s cannot be opened.", path)
        sentence = tr("{file} cannot be opened.", file=Path(path).name)
        yield JobFailed(sentence=sentence, details=traceback.format_exc())
    yield from open_first_data(session)
