"""Data of one's own in the true window: every tab shows them, and calls their classes by names that can be read."""

import re

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QComboBox, QGraphicsView, QLabel, QWidget

from gui.look.fonts import USUAL
from gui.look.theme import theme
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.training.run_controls import train
from tests.gui.room import crowded, cut_off, painted_words, squeezed
from tests.gui.stage.test_references import paint_few_steps
from tests.hundred_classes import write_hundred_classes

ANIMALS = [
    *("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay", "kiwi", "lynx", "mole", "newt", "owl"),
    *("pig", "quail", "rat", "seal", "toad", "urial", "vole", "wasp", "xerus", "yak", "zebu"),
]

WORLDS = {
    "26 classes": (ANIMALS, (28, 28)),
    "2 classes": (["circle", "square"], (20, 20)),
    "colours": (["frog", "plane", "truck"], (32, 32, 3)),
}

NAMED = ("Draw", "Fingerprints", "Mistakes", "Activations", "Map")  # they name all classes at once
SCENES_NAMING = {"draw", "fingerprints", "ideal", "mistakes", "activations", "weights", "map", "data"}
ONE_OF_HUNDRED = re.compile(r"Kl\w*[ …]+\d\d")  # a name of a class, whole or shortened: its end is there


@pytest.fixture
def stage(qapp):
    def quick(session, spec, *what, **how):
        return train(session, spec.but(epochs=4, layers="24", batch=50), *what, **how)

    with Stage(quick) as stage:
        yield stage


def learn(stage, data):
    stage.open(str(data))
    paint_few_steps(stage)
    stage.controls.start()
    stage.wait_for(lambda: stage.progress.finished, 200)
    stage.widget(QAbstractButton, "draw.image").click()


def words_in(tab):
    """All that is written in a tab: on labels, buttons and in choices, and what is painted."""
    written = []
    for widget in tab.findChildren(QWidget):
        if isinstance(widget, QComboBox):
            written += [widget.itemText(place) for place in range(widget.count())]
        if widget.isVisible() and widget.width() > 4 and widget.height() > 4:
            if isinstance(widget, QLabel | QAbstractButton):
                written.append(widget.text())
            if not isinstance(widget, QGraphicsView):  # pyqtgraph draws it in its own way
                written += [text for text, *_ in painted_words(widget)]
    return written


@pytest.mark.parametrize(
    "kind", ["26 classes", *(pytest.param(each, marks=pytest.mark.slow) for each in ("2 classes", "colours"))]
)
def test_every_tab_shows_own_data_and_names_their_classes(stage, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)  # no name waits for a map to be finer
    (names, shape), generator = WORLDS[kind], np.random.default_rng(4)
    for label, name in enumerate(names):
        folder = tmp_path / "mine" / name
        folder.mkdir(parents=True)
        for number in range(max(12, 240 // len(names))):
            image = generator.integers(0, 60, shape, np.uint8)
            image[:2] = image[-2:] = image[:, :2] = image[:, -2:] = 0
            image[4 + label // 6 * 3, 4 + label % 6 * 2] = 255
            Image.fromarray(image).save(folder / f"{number}.png")
    learn(stage, tmp_path / "mine")
    data = stage.application.bridge.dataset
    assert data.names == tuple(names) and data.shape == shape[:2]
    lacks = {}
    for tab in stage.window.all_tabs():
        stage.window.tabs.setCurrentWidget(tab)
        stage.settle(tab)
        if tab.TITLE in NAMED:
            written = words_in(tab)
            lacks[tab.TITLE] = [name for name in names if name not in written]
    assert not any(lacks.values()), lacks
    assert not [line.text for line in stage.application.notices.history if line.failure]


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_of_a_hundred_classes_no_name_is_cut_none_lies_on_another_and_all_differ_in_any_tab(stage, tmp_path):
    learn(stage, write_hundred_classes(tmp_path))
    wrong, named = {}, set()
    for percent in (150, USUAL):
        theme().choose_text_size(percent)
        for tab in stage.window.all_tabs():
            stage.window.resize(1280, 720)
            stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
            written = words_in(tab)
            if any(ONE_OF_HUNDRED.search(words) for words in written):
                named.add(tab.objectName())
            found = cut_off(stage.window) + squeezed(stage.window) + crowded(tab)
            found += [words for words in written if "Kl" in ONE_OF_HUNDRED.sub("", words)]  # its end is missing
            if found:
                wrong[tab.objectName(), percent] = found[:5]
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())
    assert named >= SCENES_NAMING
