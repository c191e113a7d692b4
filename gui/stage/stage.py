"""The application driven by code instead of a person: for pictures, measurements and tests."""

import importlib
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from engine.core.errors import UserError
from engine.core.mailbox import Mailbox
from engine.core.messages import Job, JobEnded, JobFailed, JobPaused, JobResumed, JobStarted, Message
from gui.shell.application import SWITCH_SECONDS, Application
from gui.state.training.run_controls import train as plain_train
from gui.widgets.tab import Scene, Tab

SIZE = (1280, 720)
LOOK_MS = 4
READY_SECONDS = 120.0
QUIET_SECONDS = 0.5  # without a request for so long, all is shown; no view waits longer before it asks again
SETTLE_SECONDS = 240.0  # maximum duration of an answer: a map of ten thousand images


class WatchedMailbox(Mailbox):
    """A mailbox that records which jobs are working, and the bugs of those that failed."""

    def __init__(self) -> None:
        super().__init__()
        self.bugs: list[str] = []  # tracebacks, in order
        self.working: set[int] = set()  # numbers of the jobs that are neither paused nor ended

    def post(self, job: int, message: Message) -> None:
        super().post(job, message)
        if isinstance(message, JobFailed) and message.details:
            self.bugs.append(message.details)
        if isinstance(message, JobStarted | JobResumed):
            self.working.add(job)
        elif isinstance(message, JobEnded | JobPaused):
            self.working.discard(job)


class Stage:
    """The whole application with an engine of its own; it leaves no files except the `settings_file`.

    Every wait runs Qt's event loop, so the window works as in front of a person. `with Stage() as stage:` closes it at
    the end.
    """

    def __init__(
        self, train: Callable[..., Job] = plain_train, bundled: Path | None = None, settings_file: Path | None = None
    ) -> None:
        self.app = QApplication.instance() or QApplication([sys.argv[0]])
        self._interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._folder = tempfile.TemporaryDirectory(prefix="layerlight-")
        self._places = 0
        self.session_file = Path(self._folder.name) / "stage.layerlight"
        self.mailbox = WatchedMailbox()
        self.application = Application(
            settings_file, self.mailbox, train=train, new_place=self._new_place, bundled=bundled, size=SIZE
        )
        self.window = self.application.window
        self.controls = self.application.controls
        self.progress = self.application.progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.finish()

    def open(self, dataset: str | None) -> None:
        """Show the window and wait until a run can be started; raises `UserError` if the data cannot be read."""
        self.application.show()
        self.application.begin(dataset)
        # The lesson comes with the last of the tabs.
        self.wait_for(
            lambda: self._failed() or (self.application.lesson and self.controls.state == "idle"), READY_SECONDS
        )
        if line := self._failed():
            raise UserError(line.sentence, hint=line.hint)

    def open_bundled(self) -> None:
        self.application.sessions.open_bundled()
        self.wait_for(lambda: self.application.selection.lens is not None)

    def show_tab[T: QWidget](self, kind: type[T]) -> T:
        tab = next(tab for tab in self.window.all_tabs() if isinstance(tab, kind))
        self.window.tabs.setCurrentWidget(tab)
        return tab

    def widget[T: QWidget](self, kind: type[T], name: str) -> T:
        widget = self.window.findChild(kind, name)
        assert isinstance(widget, kind), name
        return widget

    def button(self, name: str) -> QAbstractButton:
        return self.widget(QAbstractButton, name)

    def wait_for(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Run the event loop until `condition` holds; raise `TimeoutError`, or `RuntimeError` when a job has a bug."""
        deadline = time.monotonic() + seconds
        known = len(self.mailbox.bugs)
        loop = QEventLoop()
        timer = QTimer()
        held = False

        def look() -> None:
            nonlocal held
            held = bool(condition())
            if held or time.monotonic() > deadline or len(self.mailbox.bugs) > known:
                loop.quit()

        timer.timeout.connect(look)
        timer.start(LOOK_MS)
        loop.exec()
        timer.stop()
        if not held and (bugs := self.mailbox.bugs[known:]):
            raise RuntimeError(bugs[0])
        if not held:
            raise TimeoutError(f"Waited {seconds:.0f} s in vain; the run is {self.controls.state}.")

    def live(self, seconds: float) -> None:
        """Run the event loop for some seconds."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def settle(self, tab: Tab) -> None:
        """Run the event loop until `tab` shows all it has asked for, whether or not a training is running."""
        quiet_since = time.monotonic()
        deadline = quiet_since + SETTLE_SECONDS
        while time.monotonic() < min(deadline, quiet_since + QUIET_SECONDS):
            self.live(LOOK_MS / 1000)
            if self.mailbox.working - {self.controls.job()} or not tab.is_settled:
                quiet_since = time.monotonic()

    def finish(self) -> None:
        """Close the window and end the engine."""
        self.window.close()
        self.application.finish()
        self._folder.cleanup()
        sys.setswitchinterval(self._interval)

    def _new_place(self) -> Path:
        """Return the file for a session without a name: first `session_file`, then numbered ones."""
        self._places += 1
        if self._places == 1:
            return self.session_file
        return self.session_file.with_stem(f"{self.session_file.stem}-{self._places}")

    def _failed(self) -> Any:
        return next((line for line in self.application.notices.history if line.failure), None)


def scenes_of(tab: Tab) -> dict[str, Scene]:
    """Return the functions that arrange a tab for a picture, by name; the empty name is for its usual state."""
    package = f"gui.tabs.{tab.objectName()}"
    if not all(importlib.util.find_spec(name) for name in (package, f"{package}.scene")):
        return {"": lambda: iter(())}
    scenes = importlib.import_module(f"{package}.scene").SCENES
    return {name: partial(scene, tab) for name, scene in scenes.items()}
