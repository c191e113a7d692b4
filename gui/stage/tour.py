"""Takes the pictures of the README and of docs/tour.md, of the bundled session, small enough for a repository."""

import dataclasses
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from engine.core.lazy import Array
from engine.core.machine.atomic import atomic_write
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from gui.look.theme import Choice, theme
from gui.stage.screenshots import code_sheet, stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.file_content import png_of

SIZE = (1280, 720)
COLOURS, COMMONEST = 256, 96


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


def take_tour(folder: Path) -> None:
    """Save the pictures in `folder`, created if needed; with all of MNIST if that is found, else with the sample."""
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(bundled=BUNDLED)
    try:
        stage.application.settings.lesson_offered = True  # the tour shows the tabs
        stage.open(None)
        stage.window.resize(*SIZE)
        for shot in TOUR:
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
        save_small(widget.grab(), file)


def save_small(picture: QPixmap, file: Path) -> None:
    """Save a picture with at most 256 colours, which look the same because the application has few hues."""
    image = Image.open(io.BytesIO(png_of(picture.toImage()))).convert("RGB")
    pixels = np.asarray(image)
    colours, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    counts = np.bincount(places.ravel(), minlength=len(colours))
    palette = _palette(colours[np.argsort(-counts, kind="stable")])
    far = ((colours[:, None].astype(int) - palette[None].astype(int)) ** 2).sum(axis=2)
    small = Image.fromarray(far.argmin(axis=1).astype(np.uint8)[places].reshape(pixels.shape[:2]))
    small.putpalette(palette.tobytes())
    atomic_write(file, lambda opened: small.save(opened, "png", optimize=True))


def _palette(colours: Array) -> Array:
    """Return 256 colours of these (n, 3), sorted by frequency: the commonest, and the centres of groups of the others.

    The groups do not depend on frequency, so rare hues keep a colour of their own.
    """
    commonest, rest = colours[:COMMONEST], colours[COMMONEST:]
    if not len(rest):
        return commonest
    few = Image.fromarray(rest[None]).quantize(COLOURS - COMMONEST, method=Image.Quantize.MAXCOVERAGE)
    others = np.asarray(few.getpalette(), np.uint8).reshape(-1, 3)[: COLOURS - COMMONEST]
    return np.concatenate([commonest, others])
