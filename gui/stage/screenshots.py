"""Takes pictures of all scenes of every tab in both themes, during and after a real training."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog, QWidget

from engine.core.machine.atomic import atomic_write
from engine.core.messages import Job
from engine.model.training.messages import RunStarted, StepsDone
from gui.look.theme import Choice, theme
from gui.stage.stage import Stage, scenes_of
from gui.state.file_content import png_of
from gui.state.training.run_controls import train
from gui.widgets.tab import Scene, Tab

SIZES = ((1280, 720), (1920, 1080))
THEMES: tuple[Choice, ...] = ("light", "dark")
HOLD_EPOCH = 14.2
LOOK_SECONDS = 0.15  # time for the layout of a sheet
CODE_OF = "ideal"  # the tab whose code is pictured


def take_screenshots(folder: Path) -> None:
    """Train with the default settings on the available data, and save the pictures in `folder`, created if needed."""
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
    """A training that waits at a given epoch while the window shows it as running."""

    def __init__(self, epoch: float) -> None:
        self.holding = False
        self._epoch = epoch
        self._released = False

    def release(self) -> None:
        self._released = True

    def train(self, *what: Any, **how: Any) -> Job:
        """Return the job of training, with the same arguments, which waits once."""
        job = train(*what, **how)
        started = next(job)
        assert isinstance(started, RunStarted)
        changes = yield started
        try:
            while True:
                message = job.send(changes)
                changes = yield message
                if isinstance(message, StepsDone) and message.last_step >= self._epoch * started.steps_per_epoch:
                    while not self._released:
                        self.holding = True
                        time.sleep(0.002)  # on the engine's thread, for the time of a step
                        yield None
        except StopIteration:
            return
        finally:
            job.close()


def stage_scene(stage: Stage, tab: Tab, scene: Scene) -> None:
    """Arrange a tab for a scene, without changes to the network, and wait until all is shown."""
    lens = stage.application.selection.lens
    if lens is not None:
        untouched = dataclasses.replace(lens, silenced=frozenset(), adjusted=frozenset(), mixed=())
        stage.application.selection.change(lens=untouched)
    stage.window.tabs.setCurrentWidget(tab)
    stage.settle(tab)
    for _ in scene():
        stage.settle(tab)


def code_sheet(stage: Stage) -> Iterator[QDialog]:
    """Yield the sheet with the code of the current tab, and close it afterwards."""
    stage.application.actions["view.code"].trigger()
    stage.wait_for(lambda: stage.window.findChild(QDialog, "code"))
    sheet = stage.window.findChild(QDialog, "code")
    assert isinstance(sheet, QDialog)
    stage.live(LOOK_SECONDS)
    yield sheet
    sheet.reject()


def _picture_all(stage: Stage, folder: Path, moment: str) -> None:
    """Take pictures of all scenes of every tab, in all themes and sizes."""
    # Themes in the outer loop, because applying one to hundreds of widgets takes long.
    for look in THEMES:
        theme().choose(look)
        for tab in stage.window.all_tabs():
            title = tab.TITLE.lower().replace(" ", "-")
            for name, scene in scenes_of(tab).items():
                stage.window.resize(*SIZES[0])
                stage_scene(stage, tab, scene)
                _picture(stage, tab, folder, "-".join(filter(None, (title, name, moment, look))))
            if tab.objectName() == CODE_OF:
                for sheet in code_sheet(stage):
                    _save(sheet, folder / f"code-{moment}-{look}.png")


def _picture(stage: Stage, tab: Tab, folder: Path, name: str) -> None:
    """Take pictures of the window in all sizes."""
    for width, height in SIZES:
        if (width, height) != stage.window.size().toTuple():
            stage.window.resize(width, height)
            stage.settle(tab)
        _save(stage.window, folder / f"{name}-{width}x{height}.png")


def _save(widget: QWidget, file: Path) -> None:
    atomic_write(file, png_of(widget.grab().toImage()))
