"""Getting the engine ready and opening data sets: what was there stays until the new one is read."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.base.errors import UserError
from engine.base.messages import Job, JobEnded, JobFailed
from engine.data.jobs import DatasetOpened, EngineReady, open_data, prepare
from engine.data.reading import DatasetReading
from engine.data.sources import SAMPLE
from engine.session.session_jobs import open_session
from gui.state.bridge import Bridge
from gui.state.data_reading import DataReading

log = logging.getLogger(__name__)


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

    def prepare(self, file: str | None) -> None:
        """Load TensorFlow and `file`, or the data there is; a file that cannot be read gives way to that data."""
        self._stop()
        self._file = file
        self._job = self._bridge.submit(prepare, file)

    def prepare_with_session(self, session: Path) -> None:
        """Open a session with its data, then load TensorFlow; one that cannot be opened gives way to a new one."""
        self._file = None
        self._job = self._bridge.submit(prepare_with_session, str(session))

    def open(self, file: Path) -> None:
        """Open a data set instead of the present one."""
        if self.device:
            self._stop()
            self._file = None
            self._job = self._bridge.submit(open_data, str(file))
        else:
            self.prepare(str(file))
        if self._job is not None:
            self._reading.follow(self._job, DatasetReading(file=file.name, share=0.0))

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
