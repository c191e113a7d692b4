"""Data of a hundred classes in the true window: their names can be read in every tab, and told apart."""

import itertools
import re

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from gui.look.fonts import USUAL
from gui.look.theme import theme
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.training.run_controls import train
from gui.widgets.painted import Painted
from gui.widgets.pictures.picture_grid import ImageGrid
from tests.gui.room import cut_off, painted_words, squeezed
from tests.hundred_classes import write_hundred_classes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


NAME = re.compile(r"Kl\w*[ …]+\d\d")
"""A name of a class, whole or shortened: its end is there."""

NAMING = {"draw", "fingerprints", "ideal", "mistakes", "activations", "weights", "map", "data"}
"""The tabs whose first scene calls classes by their names."""


def quick(session, spec, *what, **how):
    """A short training of a small network."""
    return train(session, spec.but(epochs=4, layers="24", batch=50), *what, **how)


@pytest.fixture
def stage(tmp_path, qapp):
    """A window in which a run has learned the hundred classes, and a test image lies on the canvas."""
    with Stage(quick) as stage:
        stage.open(str(write_hundred_classes(tmp_path)))
        stage.controls.start()
        stage.wait_for(lambda: stage.progress.finished, 200)
        stage.widget(QAbstractButton, "draw.image").click()
        yield stage
        theme().choose_text_size(USUAL)


def go_to(stage, name):
    tab = next(tab for tab in stage.window.all_tabs() if tab.objectName() == name)
    stage.window.resize(1280, 720)
    stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
    return tab


def faults(stage, tab):
    """Return what is said of each word that is cut, or lies over another, and of each layout without its room."""
    wrong = cut_off(stage.window) + squeezed(stage.window)
    for widget in tab.findChildren(Painted):
        scrolls = isinstance(widget, ImageGrid) or widget.objectName() == "data.bars"
        if widget.isVisible() and not scrolls:
            painted = painted_words(widget)
            around = widget.rect().toRectF().adjusted(-2, -2, 2, 2)
            wrong += [f"{widget.objectName()}: {words}" for words, place in painted if not around.contains(place)]
            wrong += [
                f"{widget.objectName()}: {one} over {other}"
                for (one, here), (other, there) in itertools.combinations(painted, 2)
                if (here & there).width() > 2 and (here & there).height() > 2
            ]
    return wrong


def words_of(tab):
    """Yield all that is written in a tab: on labels, buttons and menus, and what is painted."""
    for widget in tab.findChildren(QWidget):
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(place) for place in range(widget.count()))
        if widget.isVisible() and isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        if widget.isVisible() and isinstance(widget, Painted):
            yield from (words for words, _ in painted_words(widget))


def named_without_its_end(tab):
    """Return what is written of a class of which the end is missing, where its name differs from others."""
    return [words for words in words_of(tab) if "Kl" in NAME.sub("", words)]


def test_no_name_is_cut_none_lies_on_another_and_all_differ_in_any_tab(stage):
    wrong, named = {}, set()
    for percent in (150, USUAL):
        theme().choose_text_size(percent)
        for tab in stage.window.all_tabs():
            go_to(stage, tab.objectName())
            if any(NAME.search(words) for words in words_of(tab)):
                named.add(tab.objectName())
            if found := faults(stage, tab) + named_without_its_end(tab):
                wrong[tab.objectName(), percent] = found[:5]
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())
    assert named >= NAMING
