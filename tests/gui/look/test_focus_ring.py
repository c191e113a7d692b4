"""The ring around filled buttons, switches and tabs: where the focus is can be seen, by keys and in both themes."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QScrollArea, QTabBar, QVBoxLayout, QWidget
from shiboken6 import delete

from gui.look.focus_ring import FocusRing
from gui.look.theme import theme
from gui.widgets.forms.chip import chip
from gui.widgets.forms.segments import Segments


def ring(window):
    return next((each for each in window.findChildren(QWidget, "focus.ring") if each.isVisible()), None)


def place(widget, rect=None):
    """Where a widget, or a part of it, lies in its window."""
    rect = widget.rect() if rect is None else rect
    return QRect(widget.mapTo(widget.window(), rect.topLeft()), rect.size())


@pytest.fixture
def window(ready, qtbot):
    ready.window.show()
    ready.window.activateWindow()
    qtbot.waitUntil(ready.window.isActiveWindow)
    return ready.window


def primary(window):
    buttons = [each for each in window.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
    return next(each for each in buttons if each.property("look") == "primary")


def test_a_filled_button_with_the_focus_has_a_ring_of_accent_around_it(window, qtbot):
    button = primary(window)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    shown = ring(window)
    assert shown.geometry().contains(place(button).adjusted(-2, -2, 2, 2))
    qtbot.waitUntil(lambda: _color_beside(window, button) == theme().current.color("accent").name())


def _color_beside(window, button):
    """The colour of the pixel two pixels above the middle of a button."""
    above = place(button).center() - QPoint(0, button.height() // 2 + 2)
    return window.grab().toImage().pixelColor(above).name()


def test_it_goes_with_the_focus_and_lets_the_mouse_through(window, qtbot):
    button = primary(window)
    button.setFocus()
    assert window.childAt(place(button).center()) is button
    other = next(
        each
        for each in window.findChildren(QAbstractButton)
        if each.property("look") != "primary"
        and not each.isCheckable()
        and each.isVisible()
        and each.isEnabled()
        and each.focusPolicy()
    )
    other.setFocus()
    assert ring(window) is None


def test_a_window_that_has_just_come_has_no_ring_around_its_first_tab(window):
    assert isinstance(window.focusWidget(), QTabBar)
    assert ring(window) is None


def test_what_the_mouse_presses_has_no_ring(window, qtbot):
    button = primary(window)
    button.blockSignals(True)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert button.hasFocus() and ring(window) is None
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)


def test_the_tab_with_the_focus_has_it_and_it_follows_the_arrows(window, qtbot):
    bar = window.tabs.tabBar()
    primary(window).setFocus()
    bar.setFocus(Qt.FocusReason.TabFocusReason)
    first = ring(window).geometry()
    assert first.intersects(place(bar, bar.tabRect(bar.currentIndex())))
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: ring(window) is not None and ring(window).geometry() != first)
    assert ring(window).geometry().intersects(place(bar, bar.tabRect(bar.currentIndex())))


def test_it_follows_a_button_that_moves(window, qtbot):
    button = primary(window)
    button.setFocus()
    window.resize(window.width() - 40, window.height() - 30)
    qtbot.waitUntil(lambda: ring(window).geometry().contains(place(button).adjusted(-2, -2, 2, 2)))


def test_what_had_the_focus_may_be_gone_when_it_goes_on(window, qtbot):
    other = QPushButton("Gone soon", window)
    other.setProperty("look", "primary")
    other.show()
    other.setFocus()
    assert ring(window) is not None
    delete(other)
    primary(window).setFocus()
    assert ring(window) is not None


def test_a_press_of_the_mouse_takes_the_ring_from_what_has_the_focus(window, qtbot):
    button = primary(window)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring(window) is not None
    button.blockSignals(True)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.blockSignals(False)
    assert ring(window) is None and button.hasFocus()
    window.setFocus()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert ring(window) is not None


@pytest.fixture
def scrolled(qtbot):
    """A page that scrolls in a small window, with a chip far down, and the ring that follows the focus."""
    theme().apply()
    window, area, page = QWidget(), QScrollArea(), QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(page)
    column.setContentsMargins(20, 100, 20, 300)
    window.keep = chip("keep", "Keep order", "Let the rows stand.", checkable=True)
    column.addWidget(window.keep)
    area.setWidget(page)
    area.setWidgetResizable(True)
    around = QVBoxLayout(window)
    around.setContentsMargins(20, 40, 20, 40)
    around.addWidget(area)
    window.area = area
    window.resize(260, 240)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.follower = FocusRing(window)
    window.keep.setFocus(Qt.FocusReason.TabFocusReason)
    yield window
    delete(window.follower)


def test_where_its_control_is_scrolled_away_the_ring_goes_with_it(scrolled):
    def line():
        """Where the ring's line is drawn in the window."""
        shown = ring(scrolled)
        return QRegion() if shown is None else shown.mask().translated(shown.pos())

    port, bar = scrolled.area.viewport(), scrolled.area.verticalScrollBar()
    seen = place(port).adjusted(-3, -3, 3, 3)
    bar.setValue(60)
    whole = line().boundingRect()
    assert whole == place(scrolled.keep).adjusted(-3, -3, 3, 3) and seen.contains(whole)
    bar.setValue(100 + scrolled.keep.height() // 2)
    half = line().boundingRect()
    assert half.top() == seen.top() and half.bottom() == place(scrolled.keep).bottom() + 3
    assert half.height() < whole.height()
    bar.setValue(bar.maximum())
    assert ring(scrolled) is None


@pytest.fixture
def switches(qtbot):
    """A small window with a segmented switch and a chip, and the ring that follows the focus."""
    theme().apply()
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    row.setContentsMargins(20, 20, 20, 20)
    window.rows = Segments("rows", {"index": "index", "class": "by class"})
    window.rows.choose("class")
    window.keep = chip("keep", "Keep order", "Let the rows stand.", checkable=True)
    window.first = QPushButton("First")
    for each in (window.first, window.rows, window.keep):
        row.addWidget(each)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.follower = FocusRing(window)
    yield window
    delete(window.follower)


@pytest.mark.parametrize("choice", ["light", "dark"])
@pytest.mark.parametrize("name", ["rows.index", "keep"])
def test_what_can_be_chosen_looks_the_same_with_the_focus_and_has_a_ring_around_it(switches, choice, name):
    theme().choose(choice)
    button = switches.findChild(QAbstractButton, name)
    assert not button.isChecked()
    switches.first.setFocus()
    without, border = button.grab().toImage(), _edge(button)
    button.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert button.hasFocus()
    assert button.grab().toImage() == without, "a border of accent would say that it is chosen"
    assert ring(switches).geometry().contains(place(button).adjusted(-2, -2, 2, 2))
    button.setChecked(True)
    assert _edge(button) == theme().current.accent.lower() != border


def _edge(button):
    """The colour of a button's border, at the middle of its top."""
    return button.grab().toImage().pixelColor(button.width() // 2, 0).name()
