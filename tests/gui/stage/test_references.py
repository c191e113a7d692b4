"""Every tab looks as it did: a scene of each, in both themes and two sizes of letters, beside a small reference.

A cell of a reference is the mean colour of 8 × 8 pixels. Where another machine smooths letters otherwise, cells change
by a few levels; where a label is shifted, a word is cut or a colour is lost, some change by dozens. `make references`
writes them again.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from engine.analysis.ideal.spec import PRESETS
from engine.core.machine.bundled import BUNDLED
from engine.session.jobs.data import EngineReady
from gui.look.theme import theme
from gui.look.words import WIDEST
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.tabs.ideal.tab import IdealTab
from tests.gui.stage.test_words import old_words, texts_of
from tests.gui.worlds import tell

FOLDER = Path(__file__).with_name("references")
IS_WRITING = "WRITE_REFERENCES" in os.environ
OTHER_LOOKS = [("light", 150), ("dark", 100), ("dark", 150)]
SIZE, CELL = (1280, 720), 8
STEPS = 20  # of ideal images
LEVELS = 8  # the colours of a reference are multiples of it, which halves the files
TOLERANCE, FEWEST = 24, 2  # levels that a cell may differ by; number of cells that differ by more elsewhere


@pytest.fixture
def stage(qapp, monkeypatch, choice, percent):
    """The window in this look with the bundled session and the sample; nothing in it depends on the machine."""
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)
    monkeypatch.setattr("gui.widgets.plots.curve_plot.SLOWEST_FRAME_MS", 33)  # a plot draws within the quiet time
    with Stage(bundled=BUNDLED) as stage:
        stage.application.settings.lesson_offered = True
        stage.open("sample")
        paint_few_steps(stage)
        stage.open_bundled()
        tell(stage.application, EngineReady(device="CPU, 2 threads"))
        theme().choose(choice)
        theme().choose_text_size(percent)
        yield stage


def scene_of(tab):
    """Return what arranges a tab for its picture, in a moment."""
    special = {"ideal": without_speed, "graph": whole_graph}
    if tab.objectName() in special:
        return lambda: special[tab.objectName()](tab)
    scenes = scenes_of(tab)
    return scenes.get("") or scenes["breakdown"]


def whole_graph(tab):
    """Show all of the graph: how far a part of it is scrolled depends on when its room was known."""
    yield from scenes_of(tab)[""]()
    tab.view.fit_all()
    yield


def paint_few_steps(stage):
    """Let ideal images be painted in a moment, as soon as their tab is shown; those of the presets take seconds."""
    stage.widget(IdealTab, "ideal").settings.set_values(PRESETS["l2"].spec.but(steps=STEPS).as_dict())


def without_speed(tab):
    """Leave out at how many steps a second ideal images were painted, which is this machine's."""
    tab.settings.show_progress(STEPS, STEPS, 0.0)
    yield


def picture_of(window):
    """Return the window as it is seen, uint8 (rows, columns, 3)."""
    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def cells_of(picture):
    """Return the mean colours of its cells, rounded, uint8."""
    rows, columns = (side // CELL for side in picture.shape[:2])
    means = picture.reshape(rows, CELL, columns, CELL, 3).mean((1, 3))
    return (np.minimum(np.rint(means / LEVELS), 255 // LEVELS) * LEVELS).astype(np.uint8)


def pictures_of(stage):
    pictures = {}
    for tab in stage.window.all_tabs():
        stage.window.resize(*SIZE)
        stage_scene(stage, tab, scene_of(tab))
        for label in stage.window.findChildren(QLabel):
            if label.property(WIDEST):  # it only grows, and what it said on the way depends on the machine
                label.setFixedWidth(label.fontMetrics().horizontalAdvance(label.text()) + 2)
        pictures[tab.TITLE] = picture_of(stage.window)
    return pictures


def differences(pictures, references, folder):
    """Say for each picture that is not as its reference where, and save it with both beside it."""
    for (title, picture), reference in zip(pictures.items(), references, strict=True):
        marked = (np.abs(cells_of(picture).astype(int) - reference) > TOLERANCE).any(axis=2)
        if marked.sum() >= FEWEST:
            (top, *_, bottom), (left, *_, right) = (np.flatnonzero(marked.any(axis=axis)).repeat(2) for axis in (1, 0))
            file = folder / f"{title}.png"
            where = np.where(marked[..., None], reference, 255)
            beside = [np.kron(part, np.ones((CELL, CELL, 1), int)) for part in (reference, where)]
            Image.fromarray(np.concatenate([picture, *beside], axis=1).astype(np.uint8)).save(file)
            place = f"{CELL * left}, {CELL * top} to {CELL * right + CELL}, {CELL * bottom + CELL}"
            yield f"{title}: {marked.sum()} cells between {place}; now, before and where: {file}"


@pytest.mark.parametrize(
    ("choice", "percent"), [("light", 100), *(pytest.param(*other, marks=pytest.mark.slow) for other in OTHER_LOOKS)]
)
def test_every_tab_looks_as_its_reference_and_says_no_old_word(stage, tmp_path, choice, percent):
    pictures, file = pictures_of(stage), FOLDER / f"{choice}-{percent}.webp"
    if IS_WRITING:
        Image.fromarray(np.concatenate([*map(cells_of, pictures.values())])).save(file, lossless=True, method=6)
    with Image.open(file) as references:
        before = np.split(np.asarray(references.convert("RGB")), len(pictures))
    wrong = list(differences(pictures, before, tmp_path))
    assert wrong == [], "\n".join(wrong)

    for sheet in ("help.shortcuts", "help.about", "edit.preferences", "file.unsaved"):
        stage.application.actions[sheet].trigger()
    texts = texts_of(stage.window)
    assert len(texts) > 600
    for known in ("Latest", "&First snapshot", "Sessions without a name", "Augmentation", "Disk space for snapshots"):
        assert known in texts, "this walk would see it"
    assert sorted(old_words(texts)) == []
