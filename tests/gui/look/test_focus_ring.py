"""The ring around filled buttons, switches and tabs: where the focus is can be seen, by keys and in both themes."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractButton, QPushButton, QTabBar, QWidget
from shiboken6 import delete

from gui.look.focus_ring import FocusRing
from gui.look.layout import hbox, holder, scrolling, vbox
from gui.look.theme import theme
from gui.widgets.forms.controls import Segments, chip
from tests.gui.worlds import empty_tabs

BY_KEYS = Qt.FocusReason.TabFocusReason


def ring(window):
    return next((each for each in window.findChildren(QWidget, "focus.ring") if each.isVisible()), None)


def place(widget, rect=None):
    """Where a widget, or a part of it, lies in its window."""
    rect = widget.rect() if rect is None else rect
    return QRect(widget.mapTo(widget.window(), rect.topLeft()), rect.size())


def is_around(window, widget):
    return ring(window) is not None and ring(window).geometry().contains(place(widget).adjusted(-2, -2, 2, 2))


@pytest.fixture
def window(ready):
    return ready.window


def buttons(window, kind=QAbstractButton):
    return [each for each in window.findChildren(kind) if each.isVisible() and each.isEnabled()]


def primary(window):
    return next(each for each in buttons(window, QPushButton) if each.property("look") == "primary")


def test_a_filled_button_has_a_ring_of_accent_as_long_as_it_has_the_focus_by_keys(window, qtbot):
    button = primary(window)
    assert isinstance(window.focusWidget(), QTabBar) and ring(window) is None, "the window has just come"
    button.setFocus(BY_KEYS)
    assert is_around(window, button)
    above = place(button).center() - QPoint(0, button.height() // 2 + 2)
    accent = theme().current.color("accent").name()
    qtbot.waitUntil(lambda: window.grab().toImage().pixelColor(above).name() == accent)
    assert window.childAt(place(button).center()) is button, "it lets the mouse through"
    window.resize(window.width() - 40, window.height() - 30)
    qtbot.waitUntil(lambda: is_around(window, button))

    other = next(
        each
        for each in buttons(window)
        if each.property("look") != "primary" and not each.isCheckable() and each.focusPolicy()
    )
    other.setFocus()
    assert ring(window) is None
    gone = QPushButton("Gone soon", window)
    gone.setProperty("look", "primary")
    gone.show()
    gone.setFocus()
    assert ring(window) is not None
    delete(gone)
    button.setFocus()
    assert is_around(window, button)


def test_the_mouse_gives_no_ring_and_takes_it_from_what_has_the_focus(window, qtbot):
    button = primary(window)
    button.blockSignals(True)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert button.hasFocus() and ring(window) is None
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    for _ in range(2):
        window.setFocus()
        button.setFocus(BY_KEYS)
        assert ring(window) is not None
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert ring(window) is None and button.hasFocus()


@pytest.mark.tabs("draw", "train")
def test_a_click_that_hides_the_page_with_the_focus_rings_nothing(window, qtbot):
    window.tabs.currentWidget().findChild(QWidget, "draw.canvas").setFocus(BY_KEYS)
    qtbot.mouseClick(window.findChild(QWidget, "rail.train"), Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget().TITLE == "Train" and ring(window) is None


@pytest.mark.tabs(*empty_tabs("Draw", "Mistakes"))
def test_the_tab_with_the_focus_has_it_and_it_follows_the_arrows(window, qtbot):
    bar = window.tabs.tabBar()
    primary(window).setFocus()
    bar.setFocus(BY_KEYS)
    first = ring(window).geometry()
    assert first.intersects(place(bar, bar.tabRect(bar.currentIndex())))
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: ring(window) is not None and ring(window).geometry() != first)
    assert ring(window).geometry().intersects(place(bar, bar.tabRect(bar.currentIndex())))


@pytest.fixture
def followed(qtbot):
    """Shows a small window in which the ring follows the focus."""
    theme().apply()
    followers = []

    def followed(window):
        qtbot.addWidget(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        followers.append(FocusRing(window))
        window.setFocus()
        return window

    yield followed
    for follower in followers:
        delete(follower)


def keep_order():
    return chip("keep", "Keep order", "Let the rows stand.", checkable=True)


def test_where_its_control_is_scrolled_away_the_ring_goes_with_it(followed):
    keep = keep_order()
    area = scrolling(holder(vbox(keep, edges=(20, 100, 20, 300))), "area")
    window = holder(vbox(area, edges=(20, 40, 20, 40)))
    window.resize(260, 240)
    followed(window)
    keep.setFocus(BY_KEYS)

    def line():
        """Where the ring's line is drawn in the window."""
        shown = ring(window)
        return QRegion() if shown is None else shown.mask().translated(shown.pos())

    seen, bar = place(area.viewport()).adjusted(-3, -3, 3, 3), area.verticalScrollBar()
    bar.setValue(60)
    whole = line().boundingRect()
    assert whole == place(keep).adjusted(-3, -3, 3, 3) and seen.contains(whole)
    bar.setValue(100 + keep.height() // 2)
    half = line().boundingRect()
    assert half.top() == seen.top() and half.bottom() == place(keep).bottom() + 3
    assert half.height() < whole.height()
    bar.setValue(bar.maximum())
    assert ring(window) is None


def edge(button):
    """The colour of a button's border, at the middle of its top."""
    return button.grab().toImage().pixelColor(button.width() // 2, 0).name()


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_what_can_be_chosen_looks_the_same_with_the_focus_and_has_a_ring_around_it(followed, choice):
    rows, first = Segments("rows", {"index": ("index", ""), "class": ("by class", "")}), QPushButton("First")
    rows.choose("class")
    window = followed(holder(hbox(first, rows, keep_order(), edges=(20, 20, 20, 20))))
    theme().choose(choice)
    for name in ("rows.index", "keep"):
        button = window.findChild(QAbstractButton, name)
        assert not button.isChecked()
        first.setFocus()
        without, border = button.grab().toImage(), edge(button)
        button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        assert button.hasFocus()
        assert button.grab().toImage() == without, "a border of accent would say that it is chosen"
        assert is_around(window, button)
        button.setChecked(True)
        assert edge(button) == theme().current.accent.lower() != border
