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


def test_it_explains_what_is_under_the_mouse_or_has_the_focus_in_the_page_that_is_seen(window):
    hover(window, "train.health.panel")
    press(window)
    assert box(window).isVisible() and text(window, "title") == "Health"
    assert text(window, "text") == explanations()["train.health.panel"].text
    assert explanations()["train.health.panel"].look in text(window, "look")
    QTest.mouseClick(window.findChild(QToolButton, "explain.close"), Qt.MouseButton.LeftButton)
    assert not box(window).isVisible()
    hover(window, "train.progress.view")
    press(window)
    assert text(window, "text") == explanations()["train.accuracy.plot"].text
    press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)

    QCursor.setPos(window.mapToGlobal(QPoint(window.width() + 50, 10)))
    seed = window.findChild(QWidget, "train.seed")
    seed.setToolTip("As every softmax of a batch.")
    seed.setFocus()
    press(window)
    assert text(window, "title") == "Settings of the next run" and box(window).hasFocus()
    terms = re.findall(r'href="(.*?)"', text(window, "terms"))
    assert {"softmax", "batch", *explanations()["train.settings"].see} <= set(terms)
    assert len(set(terms)) == len(terms), "those of its tooltip too, each once"
    press(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    assert not box(window).isVisible() and window.focusWidget() is seed
    assert not window.findChild(QWidget, "explain.frame").isVisible()


def test_pressed_again_it_goes_round_beside_all_that_is_seen_until_something_else_is_looked_at(window, ready):
    titles = []
    for _ in explained_in(window.tabs.currentWidget()):
        press(window)
        titles.append(text(window, "title"))
        about = box(window).about
        area = QRect(about.mapTo(window, QPoint()), about.size())
        assert window.rect().contains(box(window).geometry())
        assert window.findChild(QWidget, "explain.frame").geometry().contains(area)
        if about.width() < window.width() // 2:
            assert not box(window).geometry().intersects(area)
    assert len(set(titles)) == len(titles) == 4
    QTest.mouseClick(window.findChild(QToolButton, "explain.next"), Qt.MouseButton.LeftButton)
    assert text(window, "title") == titles[0]

    for leave in (
        window.findChild(QWidget, "train.seed").setFocus,
        lambda: window.resize(window.width() - 40, window.height()),
        lambda: window.show_tab("Draw"),
    ):
        window.show_tab("Train")
        press(window)
        assert box(window).isVisible()
        leave()
        assert not box(window).isVisible()
    window.show_tab("Train")
    press(window)
    window.findChild(QLabel, "explain.terms").linkActivated.emit("learning rate")
    sheet = window.findChild(QWidget, "help")
    assert sheet.isVisible() and not box(window).isVisible()
    assert sheet.text.verticalScrollBar().value() > 0
    window.tabs.currentWidget().hide()
    ready.actions["help.what"].trigger()
    assert not box(window).isVisible() and "nothing yet" in ready.notices.history[-1].text


def test_where_there_is_no_room_beside_it_lies_over_the_right_side():
    window, size = QRect(0, 0, 1000, 600), QSize(300, 200)
    assert beside(QRect(0, 100, 400, 400), size, window) == QPoint(407, 100)
    assert beside(QRect(600, 500, 400, 100), size, window).x() == 600 - 8 - 300
    assert window.contains(QRect(beside(QRect(0, 0, 1000, 600), size, window), size))
