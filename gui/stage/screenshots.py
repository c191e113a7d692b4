"""Takes pictures: of all scenes of every tab, during and after a real training; those of README and docs/tour.md."""

import dataclasses
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QWidget

from engine.core.lazy import Array
from engine.core.machine.atomic import atomic_write
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import Job
from engine.model.training.messages import RunStarted, StepsDone
from gui.look.theme import Choice, theme
from gui.stage.stage import Stage, scenes_of
from gui.state.file_content import png_of
from gui.state.training.run_controls import train
from gui.widgets.figures.figure import image_of
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
    if (lens := stage.application.selection.lens) is not None:
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


SIZE = (1280, 720)
COLOURS, COMMONEST = 256, 96
PANEL_RATIO = 1.5  # pixels of a panel's picture for one of the screen


class Shot(NamedTuple):
    """A picture of a scene, of one of its widgets by name, or of the sheet with its code."""

    file: str
    tab: str
    scene: str
    widget: str = "window"
    step: int | None = None  # a snapshot; `None` is the end of the training
    look: Choice = "light"
    run: str = BLOG


TOUR = (
    Shot("warmup", "warmup", "finished"),
    Shot("graph", "graph", ""),
    Shot("train", "train", ""),
    Shot("fingerprints", "fingerprints", ""),
    Shot("ideal-none", "ideal", "none", "ideal.images"),
    Shot("ideal-l1", "ideal", "l1", "ideal.images"),
    Shot("ideal-l2", "ideal", "l2", "ideal.images"),
    Shot("ideal-robust", "ideal", "robust", "ideal.images"),
    Shot("draw", "draw", "why"),
    Shot("silenced", "fingerprints", "silenced"),
    Shot("time", "draw", "epochs", step=144, look="dark"),
    Shot("mistakes", "mistakes", ""),
    Shot("activations", "activations", "", run=SHARP),
    Shot("weights", "weights", ""),
    Shot("map", "map", "lasso"),
    Shot("code", "warmup", "finished", "code"),
)

# Figures of panels that a lesson may mark, by name and scene, for its teacher's sheet.
PANELS = tuple(
    Shot(name, name.partition(".")[0], scene, name)
    for name, scene in (
        *(("draw.answer", "why"), ("train.loss.panel", ""), ("fingerprints.maps", "")),
        *(("fingerprints.accuracy", "silenced"), ("ideal.images", "l2"), ("mistakes.matrix", "")),
        *(("warmup.equation", "finished"), ("graph.panel", "")),
    )
)


def take_tour(folder: Path) -> None:
    """Save the pictures in `folder`, created if needed; with all of MNIST if that is found, else with the sample."""
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(bundled=BUNDLED)
    try:
        stage.application.settings.lesson_offered = True  # the tour shows the tabs
        stage.open(None)
        stage.window.resize(*SIZE)
        for shot in (*TOUR, *PANELS):
            _take(stage, shot, folder)
    finally:
        stage.finish()
        theme().choose("system")


def _take(stage: Stage, shot: Shot, folder: Path) -> None:
    theme().choose(shot.look)
    tab = next(tab for tab in stage.window.all_tabs() if tab.objectName() == shot.tab)
    selection = stage.application.selection
    if selection.lens is not None:
        selection.change(lens=dataclasses.replace(selection.lens, run=shot.run, moment=shot.step))
    stage_scene(stage, tab, scenes_of(tab)[shot.scene])
    file = folder / f"{shot.file}.png"
    if shot.widget == "code":
        for sheet in code_sheet(stage):
            save_small(sheet.grab(), file)
    elif shot.widget == "window":
        save_small(stage.window.grab(), file)
    else:
        widget = tab.findChild(QWidget, shot.widget)
        assert isinstance(widget, QWidget), shot.widget
        save_small(QPixmap.fromImage(image_of(widget, ratio=PANEL_RATIO)) if shot in PANELS else widget.grab(), file)


def save_small(picture: QPixmap, file: Path) -> None:
    """Save a picture with at most 256 colours, which look the same because the application has few hues."""
    pixels = np.asarray(Image.open(io.BytesIO(png_of(picture.toImage()))).convert("RGB"))
    colours, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    counts = np.bincount(places.ravel(), minlength=len(colours))
    palette = _palette(colours[np.argsort(-counts, kind="stable")])
    far = ((colours[:, None].astype(int) - palette[None].astype(int)) ** 2).sum(axis=2)
    small = Image.fromarray(far.argmin(axis=1).astype(np.uint8)[places].reshape(pixels.shape[:2]))
    small.putpalette(palette.tobytes())
    atomic_write(file, lambda opened: small.save(opened, "png", optimize=True))


def _palette(colours: Array) -> Array:
    """Return 256 colours of these (n, 3) by frequency: the commonest, and centres of groups, which keep rare hues."""
    commonest, rest = colours[:COMMONEST], colours[COMMONEST:]
    if not len(rest):
        return commonest
    few = Image.fromarray(rest[None]).quantize(COLOURS - COMMONEST, method=Image.Quantize.MAXCOVERAGE)
    others = np.asarray(few.getpalette(), np.uint8).reshape(-1, 3)[: COLOURS - COMMONEST]
    return np.concatenate([commonest, others])
