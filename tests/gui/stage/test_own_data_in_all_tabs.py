"""Data of one's own in the true window: every tab shows them, and calls their classes by their names."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QAbstractButton, QGraphicsView, QLabel, QWidget

from gui.stage.stage import Stage
from gui.state.training.run_controls import train
from tests.gui.room import painted_words

ANIMALS = [
    *("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay", "kiwi", "lynx", "mole", "newt", "owl"),
    *("pig", "quail", "rat", "seal", "toad", "urial", "vole", "wasp", "xerus", "yak", "zebu"),
]

WORLDS = {
    "26 classes": (ANIMALS, (28, 28)),
    "2 classes": (["circle", "square"], (20, 20)),
    "colours": (["frog", "plane", "truck"], (32, 32, 3)),
}

NAMED = ("Draw", "Fingerprints", "Mistakes", "Activations", "Map")
"""The tabs that name all classes at once."""


def quick(session, spec, *what, **how):
    """A short training of a small network."""
    return train(session, spec.but(epochs=2, layers="12"), *what, **how)


@pytest.fixture(
    params=["26 classes", *(pytest.param(each, marks=pytest.mark.slow) for each in ("2 classes", "colours"))]
)
def own(request, tmp_path, qapp):
    """A window in which data of one's own are open, and a run has learned from them; and the classes' names."""
    names, shape = WORLDS[request.param]
    generator = np.random.default_rng(4)
    for label, name in enumerate(names):
        folder = tmp_path / "mine" / name
        folder.mkdir(parents=True)
        for number in range(max(12, 240 // len(names))):
            image = generator.integers(0, 60, shape, np.uint8)
            image[:2] = image[-2:] = image[:, :2] = image[:, -2:] = 0
            image[4 + label // 6 * 3, 4 + label % 6 * 2] = 255
            Image.fromarray(image).save(folder / f"{number}.png")
    stage = Stage(quick)
    try:
        stage.open(str(tmp_path / "mine"))
        stage.controls.start()
        stage.wait_for(lambda: stage.progress.finished, 60)
        yield stage, names, shape
    finally:
        stage.finish()


def words_in(tab):
    """All that is written in a tab: on labels and buttons, and what is painted."""
    found = []
    for widget in tab.findChildren(QWidget):
        if widget.isVisible() and widget.width() > 4 and widget.height() > 4:
            if isinstance(widget, QLabel | QAbstractButton):
                found.append(widget.text())
            if not isinstance(widget, QGraphicsView):  # pyqtgraph draws it in its own way
                found += [text for text, *_ in painted_words(widget)]
    return found


def test_every_tab_shows_own_data_and_names_their_classes(own, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)  # no name waits for a map to be finer
    stage, names, shape = own
    data = stage.application.opening.dataset
    assert data.names == tuple(names) and data.shape == shape[:2]
    stage.widget(QAbstractButton, "draw.image").click()
    lacks = {}
    for tab in stage.window.all_tabs():
        stage.window.tabs.setCurrentWidget(tab)
        stage.settle(tab)
        written = words_in(tab)
        if tab.TITLE in NAMED:
            lacks[tab.TITLE] = [name for name in names if name not in written]
    assert not any(lacks.values()), lacks
    assert not [line.text for line in stage.application.notices.history if line.failure]
