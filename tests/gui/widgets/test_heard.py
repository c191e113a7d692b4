"""What a screen reader gets of a widget that paints, asked of Qt as a reader asks."""

import gc

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from shiboken6 import Shiboken

from gui.widgets import heard
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import Segments
from gui.widgets.heard import HeardPart, be_heard, row_text, rows_of, spoken
from gui.widgets.pictures.picture_grid import ImageGrid

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture
def grid(qtbot):
    be_heard()
    grid = ImageGrid("digits", "Digits")
    qtbot.addWidget(grid)
    grid.resize(300, 120)
    grid.show_images(np.zeros((3, 28, 28), np.uint8), ["7", "2", "1"], ["image 0\nread as 7", "image 1", "image 2"])
    grid.show()
    return grid


def asked(widget):
    return QAccessible.queryAccessibleInterface(widget)


def names(face):
    return [face.child(number).text(NAME) for number in range(face.childCount())]


def test_each_picture_is_a_part_with_its_words_in_its_place(grid):
    face = asked(grid)
    assert (face.text(NAME), face.role()) == ("Digits", QAccessible.Role.List)
    assert face.text(DESCRIPTION) == "3 pictures, all in view."
    grid.mark(2)
    assert face.text(DESCRIPTION) == "3 pictures, all in view. Marked: image 2."
    assert names(face)[:3] == ["image 0, read as 7", "image 1", "image 2"]
    second = face.child(1)
    assert second.rect().topLeft() == grid.mapToGlobal(grid.place_of(1).toAlignedRect().topLeft())
    middle = second.rect().center()
    assert face.indexOfChild(face.childAt(middle.x(), middle.y())) == 1
    assert not second.state().selected
    grid.set_current(1)
    grid.repaint()
    assert second.state().selected and second.parent().text(NAME) == "Digits"


def test_of_many_pictures_those_in_view_are_parts_and_the_one_that_the_keys_reach_comes_into_view(grid, monkeypatch):
    grid.show_images(np.zeros((500, 28, 28), np.uint8), [f"image {number}" for number in range(500)])
    face = asked(grid)
    in_view = [number for number in range(500) if grid.place_of(number).top() < grid.height()]
    assert 3 < len(in_view) < 500
    assert face.text(DESCRIPTION).startswith(f"500 pictures; 1 to {len(in_view)} are in view")
    assert names(face)[:-1] == [f"image {number}" for number in in_view]
    said = []
    monkeypatch.setattr(heard.QAccessible, "updateAccessibility", said.append)
    QAccessible.setActive(True)
    grid.set_current(in_view[-1])
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QAccessible.setActive(False)
    part = said[-1].accessibleInterface()
    assert part.text(NAME) == f"image {grid.current}" and grid.current > in_view[-1] and part.state().selected
    middle = part.rect().center()
    assert grid.rect().contains(grid.mapFromGlobal(middle))


def test_the_widgets_in_it_come_after_its_parts(grid):
    face = asked(grid)
    last = face.child(face.childCount() - 1)
    assert last.object() is grid.bar and face.indexOfChild(last) == face.childCount() - 1


def test_a_reader_can_press_a_part_which_is_a_click_on_it(grid, qtbot):
    chosen = []
    grid.chosen.connect(chosen.append)
    action = asked(grid).child(2).actionInterface()
    assert action.actionNames() == [action.pressAction()]
    action.doAction(action.pressAction())
    qtbot.waitUntil(lambda: chosen == [2])


def test_parts_follow_what_is_shown_and_those_that_are_gone_are_invalid(grid):
    face = asked(grid)
    third = face.child(2)
    assert third.isValid()
    grid.show_images(np.zeros((1, 28, 28), np.uint8), ["9"])
    grid.repaint()
    assert names(face)[:1] == ["9"] and not third.isValid() and third.text(NAME) == ""


def test_when_a_widget_is_gone_so_are_its_parts(qtbot):
    be_heard()
    grid = ImageGrid("digits", "Digits")
    grid.show_images(np.zeros((2, 28, 28), np.uint8), ["7", "2"])
    face = asked(grid)
    parts = [face.child(number) for number in range(2)]
    assert [part.text(NAME) for part in parts] == ["7", "2"]
    Shiboken.delete(grid)
    gc.collect()
    assert not any(map(Shiboken.isValid, (face, *parts)))


def test_rows_of_a_table_are_parts_without_what_is_empty():
    table = Table(["class", "probability", "note"], [["4", 0.91, None], ["9", 0.09, "wrong"]])
    assert rows_of(table) == [
        HeardPart("class: 4, probability: 0.91"),
        HeardPart("class: 9, probability: 0.09, note: wrong"),
    ]
    assert rows_of(None) == [] and row_text(["a"], [True]) == "a: yes"
    assert spoken("image 0\n\nread as 7") == "image 0, read as 7"


def test_nothing_is_sent_to_a_reader_where_there_is_none(grid, monkeypatch):
    sent = []
    monkeypatch.setattr(heard.QAccessible, "updateAccessibility", sent.append)
    QAccessible.setActive(False)
    heard.say(grid, "It is a 7.")
    heard.say_part(grid, 1)
    assert sent == []
    QAccessible.setActive(True)
    heard.say(grid, "It is a 7.")
    heard.say_part(grid, 1)
    QAccessible.setActive(False)
    assert [event.type() for event in sent] == [QAccessible.Event.Announcement, QAccessible.Event.Focus]
    assert sent[0].message() == "It is a 7."


def test_a_reader_presses_a_switch_as_a_click_does_and_learns_that_it_is_down(qtbot):
    be_heard()
    button = QPushButton("&Flip")
    qtbot.addWidget(button)
    button.setCheckable(True)
    button.show()
    pressed = []
    button.clicked.connect(lambda down: pressed.append(down))
    face = asked(button)
    assert (face.text(NAME), face.role(), face.state().checked) == ("Flip", QAccessible.Role.CheckBox, False)
    actions = face.actionInterface()
    actions.doAction(actions.actionNames()[0])
    qtbot.waitUntil(lambda: pressed == [True])
    assert face.state().checked


def test_a_switch_of_which_one_is_down_is_a_radio_button(qtbot):
    be_heard()
    segments = Segments("pages", {"one": ("One", ""), "other": ("Other", "")})
    qtbot.addWidget(segments)
    segments.show()
    assert [asked(button).role() for button in segments.findChildren(QToolButton)] == [QAccessible.Role.RadioButton] * 2
