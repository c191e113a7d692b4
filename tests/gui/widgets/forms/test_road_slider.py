"""The slider along a road: at once for keys, throttled for a hand that drags, and never moved under that hand."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gui.state.link.clock import DRAG_PERIOD_MS
from gui.widgets.forms.road_slider import RoadSlider
from tests.gui.mouse import point_at


@pytest.fixture
def slider(qtbot, clock):
    slider = qtbot.show(RoadSlider("road", clock), 420, 30)
    slider.show_place(0.5, "A", "B")
    return slider


@pytest.fixture
def told(slider):
    places = []
    slider.moved.connect(places.append)
    return places


def test_each_key_is_told_at_once(slider, told, qtbot):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(slider, key)
    assert told == [0.51, 0.52, 0.0]


def test_a_drag_is_told_as_often_as_pictures_follow_and_where_it_ends(slider, told, clock):
    middle, button = slider.rect().center(), Qt.MouseButton.LeftButton
    QTest.mousePress(slider, button, pos=middle)
    began = len(told)
    for across in range(1, 9):
        point_at(slider, middle + QPoint(8 * across, 0))
    assert len(told) == began + 1, "the first at once"
    clock.advance(DRAG_PERIOD_MS)
    assert len(told) == began + 2 and told[-1] == slider.value() / 100
    point_at(slider, middle + QPoint(100, 0))
    assert told[-1] < slider.value() / 100
    QTest.mouseRelease(slider, button, pos=middle + QPoint(100, 0))
    assert told[-1] == slider.value() / 100 > 0.7
    clock.advance(1000)
    assert told.count(told[-1]) == 1


def test_the_handle_stays_in_the_hand_whatever_is_looked_at_meanwhile(slider, told):
    middle, button = slider.rect().center(), Qt.MouseButton.LeftButton
    QTest.mousePress(slider, button, pos=middle)
    for across in (20, 60, 100):
        point_at(slider, middle + QPoint(across, 0))
    place = slider.value()
    slider.show_place(told[-1], "A", "B")
    assert slider.value() == place
    QTest.mouseRelease(slider, button, pos=middle + QPoint(100, 0))
    assert told[-1] == place / 100
    slider.show_place(0.25, "A", "B")
    assert slider.value() == 25 and told[-1] == place / 100
