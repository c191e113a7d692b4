"""Data of a hundred classes in the true window: their names can be read in every tab, and told apart."""

import itertools

import pytest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from gui.look.text_size import USUAL
from gui.look.theme import theme
from gui.stage.scenes import scenes_of
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage
from gui.state.run_controls import train
from gui.widgets.painted import Painted
from gui.widgets.picture_grid import ImageGrid
from tests.gui.room import cut_off, painted_words, squeezed
from tests.hundred_classes import NAMES, write_hundred_classes

pytestmark = pytest.mark.slow

LOOKS = (("light", 100), ("dark", 150))


def quick(session, spec, *what, **how):
    """A short training of a small network."""
    return train(session, spec.but(epochs=4, layers="24", batch=50), *what, **how)


@pytest.fixture(scope="module")
def stage(tmp_path_factory, qapp):
    """A window in which a run has learned the hundred classes, and a test image lies on the canvas."""
    with Stage(quick) as stage:
        stage.open(str(write_hundred_classes(tmp_path_factory.mktemp("data"))))
        stage.controls.start()
        stage.wait_for(lambda: stage.progress.finished, 200)
        stage.widget(QAbstractButton, "draw.image").click()
        yield stage
    theme().choose_text_size(USUAL)
    theme().choose("system")


def lie_over_each_other(one, other):
    both = one[1] & other[1]
    return both.width() > 2 and both.height() > 2


def go_to(stage, name):
    tab = next(tab for tab in stage.window.all_tabs() if tab.objectName() == name)
    stage.window.resize(1280, 720)
    stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
    return tab


@pytest.mark.parametrize(("look", "percent"), LOOKS)
def test_no_name_is_cut_and_none_lies_on_another(stage, look, percent):
    theme().choose(look)
    theme().choose_text_size(percent)
    faults = {}
    for name in [tab.objectName() for tab in stage.window.all_tabs()]:
        tab = go_to(stage, name)
        found = cut_off(stage.window) + squeezed(stage.window)
        for widget in tab.findChildren(Painted):
            scrolls = isinstance(widget, ImageGrid) or widget.objectName() == "data.bars"
            if widget.isVisible() and not scrolls:
                told = painted_words(widget)
                around = widget.rect().toRectF().adjusted(-2, -2, 2, 2)
                found += [
                    f"{widget.objectName()}: {words}" for words, place in told if not around.contains(place)
                ]
                found += [
                    f"{widget.objectName()}: {one[0]} over {other[0]}"
                    for one, other in itertools.combinations(told, 2)
                    if lie_over_each_other(one, other)
                ]
        if found:
            faults[name] = found[:5]
    assert not faults


def usual(stage):
    theme().choose_text_size(USUAL)
    return stage


def test_fingerprints_show_a_dozen_and_those_that_are_searched_for(stage):
    tab = go_to(usual(stage), "fingerprints")
    assert [tab.maps.panels[label].isVisible() for label in (0, 11, 12, 99)] == [True, True, False, False]
    stage.widget(QLineEdit, "fingerprints.classes").setText("17, 98")
    stage.settle(tab)
    seen = [panel for panel in tab.maps.panels if panel.isVisible()]
    assert [panel.map.label for panel in seen] == [17, 98]
    assert all(panel.map.height() > 150 for panel in seen)
    assert stage.widget(QLineEdit, "fingerprints.classes").isVisible()
    stage.widget(QLineEdit, "fingerprints.classes").clear()
    assert list(tab.maps.shown) == list(range(12))


def test_ideal_images_stand_above_their_names(stage):
    tab = go_to(usual(stage), "ideal")
    written = [words for words, _ in painted_words(tab.board)]
    assert set(NAMES) <= set(written)


def test_the_ten_likeliest_classes_have_a_bar_in_draw_the_likeliest_first(stage):
    tab = go_to(usual(stage), "draw")
    bars = tab.answer.bars
    likeliest = (-bars.probabilities).argsort(kind="stable")[:10]
    assert [words for words, _ in painted_words(bars)][::2] == [NAMES[label] for label in likeliest]


def test_the_classes_of_the_map_are_a_list_that_scrolls(stage):
    tab = go_to(usual(stage), "map")
    switches = tab.panel.classes.switches
    assert {switch.x() for switch in switches} == {0} and len(switches) == 100
    assert tab.panel.classes.height() > tab.panel.height() > 300
