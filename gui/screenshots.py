"""Pictures of every tab in both themes, with all it has to show and a run that is really trained."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from engine.messages import Job
from engine.specs import TrainSpec
from engine.training.messages import RunStarted, StepsDone
from gui.run_controls import train
from gui.stage import Stage
from gui.tab import Tab
from gui.theme import Choice, theme

SIZES = ((1280, 720), (1920, 1080))
THEMES: tuple[Choice, ...] = ("light", "dark")
HOLD_EPOCH = 14.2
TAB_SECONDS, LOOK_SECONDS = 0.8, 0.15
"""How long a tab may take to fill itself, and to follow a new theme or size."""

SETTLE_SECONDS = 30.0
"""How long an answer may take, the first one above all."""


def take_screenshots(folder: Path) -> None:
    """Train the first preset on the data there is and save the pictures in `folder`, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    hold = Hold(HOLD_EPOCH)
    stage = Stage(hold.train)
    try:
        stage.open(None)
        stage.controls.start()
        stage.wait_for(lambda: hold.holding, 600)
        _picture_all(stage, folder, "running")
        hold.release()
        stage.wait_for(lambda: stage.controls.state == "idle", 600)
        _picture_all(stage, folder, "finished")
    finally:
        hold.release()
        stage.finish()


class Hold:
    """Training that waits at a given epoch while the window still shows it as running."""

    def __init__(self, epoch: float) -> None:
        self.holding = False
        self._epoch = epoch
        self._released = False

    def release(self) -> None:
        """Let the run go on."""
        self._released = True

    def train(self, session: Any, spec: TrainSpec) -> Job:
        """Return the job of training, held once."""
        job = train(session, spec)
        started = next(job)
        assert isinstance(started, RunStarted)
        changes = yield started
        try:
            while True:
                message = job.send(changes)
                changes = yield message
                if (
                    isinstance(message, StepsDone)
                    and message.last_step >= self._epoch * started.steps_per_epoch
                ):
                    while not self._released:
                        self.holding = True
                        time.sleep(0.002)  # on the engine's thread, where a step would take as long
                        yield None
        except StopIteration:
            return
        finally:
            job.close()


def _picture_all(stage: Stage, folder: Path, moment: str) -> None:
    """Picture all that every tab has to show, in all themes and sizes."""
    # The themes outside: a new one is worked into hundreds of widgets, which takes its time.
    for look in THEMES:
        theme().choose(look)
        for tab in stage.window.all_tabs():
            stage.window.tabs.setCurrentWidget(tab)
            title = tab.TITLE.lower().replace(" ", "-")
            for scene, arrange in tab.scenes().items():
                arrange()
                _settle(stage, tab)
                _picture(stage, folder, "-".join(filter(None, (title, scene, moment, look))))


def _settle(stage: Stage, tab: Tab) -> None:
    """Wait until the tab shows what it has to show."""
    stage.live(TAB_SECONDS)
    deadline = time.monotonic() + SETTLE_SECONDS
    while not tab.is_settled and time.monotonic() < deadline:
        stage.live(LOOK_SECONDS)
    stage.live(LOOK_SECONDS)


def _picture(stage: Stage, folder: Path, name: str) -> None:
    """Picture the window as it is, in all sizes."""
    for width, height in SIZES:
        stage.window.resize(width, height)
        stage.live(LOOK_SECONDS)
        file = folder / f"{name}-{width}x{height}.png"
        if not stage.window.grab().save(str(file), "PNG"):
            raise OSError(f"The picture could not be saved as {file}.")
