"""Shift+F1 explains the panel under the mouse or with the focus, beside it, and then one after the other."""

import re

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from gui.shell.help.explain import ExplanationBox, beside, explained_in
from gui.shell.help.help_texts import explanations

pytestmark = pytest.mark.tabs("train")

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(ready, qtbot):
    """The window, with the tab Train shown and the mouse outside."""
    ready.window.show_tab("Train")
    QCoreApplication.processEvents()  # all is in its place
    ready.window.activateWindow()
    qtbot.waitUntil(ready.window.isActiveWindow)
    QCursor.setPos(ready.window.mapToGlobal(QPoint(ready.window.width() + 50, 10)))
    return ready.window


def press(window, key=Qt.Key.Key_F1, keys=SHIFT):
    QTest.keyClick(window.focusWidget() or window, key, keys)


def box(window):
    return window.findChild(ExplanationBox)


def hover(window, name):
    widget = window.findChild(QWidget, name)
    middle = widget.mapTo(window, widget.rect().center())
    window.move(QPoint(400, 300) - middle)  # on the screen, which may be small
    QCursor.setPos(widget.mapToGlobal(widget.rect().center()))
    return widget


def text(window, part):
    return window.findChild(QLabel, f"explain.{part}").text()


def test_it_explains_what_is_under_the_mouse(window):
    hover(window, "train.health.panel")
    press(window)
    assert box(window).isVisible() and text(window, "title") == "Health"
    assert text(window, "text") == explanations()["train.health.panel"].text
    assert explanations()["train.health.panel"].look in text(window, "look")


def test_over_the_head_of_a_panel_it_explains_the_page_that_is_seen(window):
    hover(window, "train.progress.view")
    press(window)
    assert text(window, "text") == explanations()["train.accuracy.plot"].text


def test_with_the_mouse_elsewhere_it_explains_what_has_the_focus(window):
    window.findChild(QWidget, "train.seed").setFocus()
    press(window)
    assert text(window, "title") == "Settings of the next run"


def test_pressed_again_it_goes_round_all_that_is_seen(window):
    told = []
    for _ in explained_in(window.tabs.currentWidget()):
        press(window)
        told.append(text(window, "title"))
    assert len(set(told)) == len(told) == 4
    press(window)
    assert text(window, "title") == told[0]


def test_escape_closes_it_and_the_focus_is_where_it_was(window):
    field = window.findChild(QWidget, "train.seed")
    field.setFocus()
    press(window)
    assert box(window).hasFocus()
    press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert not box(window).isVisible() and window.focusWidget() is field
    assert not window.findChild(QWidget, "explain.frame").isVisible()


@pytest.mark.parametrize("how", ["another tab", "another size", "the focus"])
def test_it_goes_when_something_else_is_looked_at(window, how):
    press(window)
    assert box(window).isVisible()
    if how == "another tab":
        window.show_tab("Draw")
    elif how == "another size":
        window.resize(window.width() - 40, window.height())
    else:
        window.findChild(QWidget, "train.seed").setFocus()
    assert not box(window).isVisible()


def test_it_lies_within_the_window_and_beside_what_it_explains(window):
    for _ in range(4):
        press(window)
        about = box(window).about
        area = QRect(about.mapTo(window, QPoint()), about.size())
        assert window.rect().contains(box(window).geometry())
        assert window.findChild(QWidget, "explain.frame").geometry().contains(area)
        if about.width() < window.width() // 2:
            assert not box(window).geometry().intersects(area)


def test_where_there_is_no_room_beside_it_lies_over_the_right_side():
    window, size = QRect(0, 0, 1000, 600), QSize(300, 200)
    assert beside(QRect(0, 100, 400, 400), size, window) == QPoint(407, 100)
    assert beside(QRect(600, 500, 400, 100), size, window).x() == 600 - 8 - 300
    assert window.contains(QRect(beside(QRect(0, 0, 1000, 600), size, window), size))


def test_its_buttons_do_the_same(window):
    press(window)
    first = text(window, "title")
    QTest.mouseClick(window.findChild(QToolButton, "explain.next"), Qt.MouseButton.LeftButton)
    assert text(window, "title") != first
    QTest.mouseClick(window.findChild(QToolButton, "explain.close"), Qt.MouseButton.LeftButton)
    assert not box(window).isVisible()


def test_a_term_leads_to_the_glossary(window):
    press(window)
    window.findChild(QLabel, "explain.terms").linkActivated.emit("learning rate")
    sheet = window.findChild(QWidget, "help")
    assert sheet.isVisible() and not box(window).isVisible()
    assert sheet.text.verticalScrollBar().value() > 0


def test_without_anything_to_explain_it_says_so(window, ready):
    ready.window.tabs.currentWidget().hide()
    ready.actions["help.what"].trigger()
    assert box(window) is None
    assert "nothing yet" in ready.notices.history[-1].text


def test_the_terms_of_the_tooltip_that_is_pointed_at_are_offered_too(window):
    seed = window.findChild(QWidget, "train.seed")
    seed.setToolTip("As every softmax of a batch.")
    seed.setFocus()
    press(window)
    terms = re.findall(r'href="(.*?)"', text(window, "terms"))
    assert {"softmax", "batch", *explanations()["train.settings"].see} <= set(terms)
    assert len(set(terms)) == len(terms)
