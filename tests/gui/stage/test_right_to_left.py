"""In a language that is written from right to left the window is mirrored, and what shows data is not."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSlider, QWidget

from engine.core.machine.bundled import BUNDLED
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.widgets.panel import Panel
from tests.gui.mouse import drag
from tests.gui.room import painted_words
from tests.pseudo import spoken

# Panels beside each other, in the order in which they are read.
ROWS = {
    "draw": ("draw.sheet", "draw.receives", "draw.answer"),
    "train": ("train.settings", "train.progress", "train.health.panel"),
    "weights": ("weights.pictures", "weights.neuron"),
    "map": ("map.panel", "map.settings"),
    "warmup": ("warmup.settings", "warmup.descent"),
}


@pytest.fixture
def stage(qapp, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.2)
    with spoken("x-right"), Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        stage.open_bundled()
        yield stage


def place_of(stage, name):
    """Return where a widget lies in the window."""
    widget = stage.widget(QWidget, name)
    return QRect(widget.mapTo(stage.window, QPoint()), widget.size())


def are_in_order(places):
    """Whether the first lies right of the second, and so on."""
    return all(one.left() > other.right() for one, other in itertools.pairwise(places))


def show(stage, name):
    tab = next(tab for tab in stage.window.all_tabs() if tab.objectName() == name)
    stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
    return tab


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_from_right_to_left_bars_panels_and_controls_are_mirrored_and_axes_bars_formulas_and_the_canvas_are_not(stage):
    window = stage.window
    draw = show(stage, "draw")

    bar, menus = window.tabs.tabBar(), window.menus
    assert are_in_order([place_of(stage, "rail"), place_of(stage, "tabs")])
    shown = [place for place in range(bar.count()) if bar.isTabVisible(place)]
    assert len(shown) > 1 and are_in_order([bar.tabRect(place) for place in shown])
    assert bar.tabRect(shown[0]).right() > bar.width() / 2 and bar.rect().contains(bar.tabRect(shown[0]))
    entries = [menus.actionGeometry(action) for action in menus.actions()]
    assert are_in_order(entries) and all(menus.rect().contains(entry) for entry in entries), "all menus have room"
    assert are_in_order([place_of(stage, name) for name in ("menu", "menu.facts")])
    assert are_in_order([place_of(stage, name) for name in ("run.start", "time.slider", "time.live")])
    assert are_in_order([place_of(stage, name) for name in ("status.words", "status.notice")])
    assert are_in_order([bar.tabRect(shown[-1]), stage.widget(QWidget, "tabs.code").geometry()])

    for name, panels in ROWS.items():
        tab = show(stage, name)
        assert are_in_order([place_of(stage, panel) for panel in panels]), name
        for panel in tab.findChildren(Panel):
            title = panel.head_line.findChild(QLabel)
            if panel.isVisible() and panel.says_title and title.isVisible():
                assert title.geometry().right() == panel.head_line.width() - 1, panel.objectName()

    train = show(stage, "train")
    plot = train.loss.plot
    early, late = (plot.mapFromScene(plot.box.mapViewToScene(QPointF(epoch, 0))).x() for epoch in (10, 30))
    assert early < late, "time goes from left to right"
    assert plot.axes["left"].mapRectToScene(plot.axes["left"].rect()).right() < early
    track = stage.widget(QWidget, "time.slider")
    assert track.place_of(100).x() < track.place_of(1000).x()

    show(stage, "warmup")
    assert place_of(stage, "warmup.x").right() < place_of(stage, "warmup.matrix").left(), "x · A stays x · A"

    show(stage, "draw")
    canvas = stage.widget(QWidget, "draw.canvas")
    canvas.clear()
    across, high = canvas.width(), canvas.height()
    drag(canvas, *(QPoint(across // 5, y * high // 10) for y in range(3, 8)))
    stage.settle(draw)
    ink = np.flatnonzero(canvas.picture().sum(axis=0))
    assert ink.size and ink.max() < canvas.picture().shape[1] / 2, "what is drawn at the left stays at the left"

    said = painted_words(stage.widget(QWidget, "draw.answer.bars"))
    digits, shares = ([place for words, place in said if ("%" in words) == is_share] for is_share in (False, True))
    assert max(map(QRectF.right, digits)) < min(map(QRectF.left, shares)), "a bar is between its class and its share"

    slider = stage.widget(QSlider, "draw.width")
    ends = (slider.width() - 2, 2)
    for end, value in zip(ends, (slider.minimum(), slider.maximum()), strict=True):
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(end, slider.height() // 2))
        assert slider.value() == value, "least is where words begin"
