"""One of several choices: beside each other where there is room, else in the menu of one button."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.look.layout import SPRING, hbox
from gui.look.theme import theme
from gui.widgets.forms.controls import Segments

CHOICES = {key: (f"{key} of them all", f"Shows {key}.") for key in ("first", "second", "third")}


@pytest.fixture
def segments(qtbot):
    theme().apply()
    segments = Segments("one", CHOICES)
    qtbot.addWidget(segments)
    segments.resize(segments.sizeHint())
    segments.show()
    return segments


def names_shown(segments):
    return [button.objectName() for button in segments.findChildren(QAbstractButton) if button.isVisible()]


def folded(segments):
    segments.resize(segments.minimumSizeHint())
    return next(child for child in segments.children() if child.objectName() == "one.folded")


def test_where_the_titles_have_no_room_one_button_says_the_choice_until_there_is_room_again(segments):
    beside = ["one.first", "one.second", "one.third"]
    assert names_shown(segments) == beside
    button = folded(segments)
    assert names_shown(segments) == ["one.folded"]
    assert button.text() == button.accessibleName() == "first of them all"
    segments.choose("third")
    assert (button.text(), button.toolTip()) == ("third of them all", "Shows third.")
    segments.resize(segments.sizeHint())
    assert names_shown(segments) == beside


def test_room_that_comes_back_while_the_buttons_give_way_brings_them_back(qtbot):
    theme().apply()
    page, segments = QWidget(), Segments("one", CHOICES)
    qtbot.addWidget(page)
    hbox(segments, SPRING, on=page)
    page.resize(2 * segments.sizeHint().width(), 40)
    page.show()
    page.layout().invalidate()
    segments.resize(segments.minimumSizeHint())
    page.layout().activate()
    assert names_shown(segments) == ["one.first", "one.second", "one.third"]


def test_its_menu_has_the_choices_as_they_are_now_and_chooses_as_a_click_does(segments, qtbot):
    segments.set_possible("second", False, "There is none.")
    segments.set_title("third", "last of them")
    menu = folded(segments).menu()
    menu.aboutToShow.emit()
    shown = [(action.text(), action.toolTip(), action.isEnabled(), action.isChecked()) for action in menu.actions()]
    assert shown == [
        ("first of them all", "Shows first.", True, True),
        ("second of them all", "There is none.", False, False),
        ("last of them", "Shows third.", True, False),
    ]
    with qtbot.waitSignal(segments.chosen) as chosen:
        menu.actions()[2].trigger()
    assert chosen.args == ["third"] and segments.key == "third"


def test_the_button_is_as_wide_with_each_choice_so_that_nothing_moves(segments):
    button = folded(segments)
    widths = set()
    for key in segments.keys:
        segments.choose(key)
        widths.add(button.width())
    assert len(widths) == 1


def test_the_focus_stays_with_the_choice(segments, qtbot):
    segments.activateWindow()
    segments.focus()
    qtbot.waitUntil(lambda: segments.isAncestorOf(segments.window().focusWidget()))
    button = folded(segments)
    assert segments.window().focusWidget() is button
    qtbot.keyClick(button, Qt.Key.Key_Tab)
    segments.focus()
    segments.resize(segments.sizeHint())
    assert segments.window().focusWidget().objectName() == "one.first"
