"""Nothing that a person does with mouse and keys, in whatever order, breaks the window."""

import random
import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu

from gui.look.theme import theme
from tests.gui.mouse import double_click, turn_wheel
from tests.gui.room import shown

pytestmark = pytest.mark.usefixtures("all_tabs")

SELDOM = 8
"""A new theme comes this much more seldom than the other acts: it is worked into all widgets, for up to a second."""
KEYS = [
    *(Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_A),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_1, Qt.Key.Key_Delete),
    *(Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8, Qt.Key.Key_F1, Qt.Key.Key_PageDown),
]


class Monkey:
    """Random events on one window. Where it fails, seed and number say how to do it again."""

    def __init__(self, window, seed):
        self._window = window
        self._random = random.Random(seed)
        self._acts = [self.click] * 5 + [self.press_key] * 3 + [self.double_click, self.right_click, self.drag]
        self._acts += [self.wheel, self.resize, self.change_tab]
        self._acts = SELDOM * self._acts + [self.change_theme]

    def act(self):
        popup = QApplication.activePopupWidget()
        if popup:
            popup.close()
        for dialog in self._window.findChildren(QDialog):
            dialog.close()
        self._random.choice(self._acts)()

    def _target(self):
        widget = self._random.choice([each for each in shown(self._window) if each.isEnabled()])
        return widget, self._point(widget)

    def _point(self, widget):
        return QPoint(self._random.randrange(max(1, widget.width())), self._random.randrange(max(1, widget.height())))

    def click(self):
        widget, point = self._target()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)

    def double_click(self):
        widget, point = self._target()
        double_click(widget, point)

    def right_click(self):
        widget, point = self._target()
        QTest.mouseClick(widget, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, point)

    def drag(self):
        widget, point = self._target()
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
        QTest.mouseMove(widget, self._point(widget))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._point(widget))

    def press_key(self):
        QTest.keyClick(self._window.focusWidget() or self._window, self._random.choice(KEYS))

    def wheel(self):
        widget, point = self._target()
        turn_wheel(widget, point, self._random.choice((-120, 120)))

    def resize(self):
        self._window.resize(self._random.randint(960, 1920), self._random.randint(600, 1080))

    def change_tab(self):
        tabs = self._window.tabs
        tabs.setCurrentIndex(self._random.randrange(max(1, tabs.count())))

    def change_theme(self):
        theme().choose(self._random.choice(("light", "dark", "system")))


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # what the offscreen platform cannot do
@pytest.mark.parametrize(("events", "seed"), [(250, 1), pytest.param(1_000, 2, marks=pytest.mark.slow)])
def test_random_events_raise_nothing(ready, monkeypatch, events, seed):
    # What leaves the process: the system's dialogs for files, the file manager, the end.
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: ("", ""))
    monkeypatch.setattr("gui.shell.menus.help_actions.QDesktopServices.openUrl", lambda _: True)
    errors = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: errors.append(error[1]))
    monkeypatch.setattr(QMenu, "exec", lambda *_, **__: None)
    monkey = Monkey(ready.window, seed)
    for number in range(events):
        monkey.act()
        if number % 5 == 0:
            QApplication.processEvents()
        assert not errors, f"event {number} of seed {seed}: {errors[0]!r}"
        if not ready.window.isVisible():
            ready.window.show()
    bugs = [line for line in ready.notices.history if line.details]
    assert not bugs, bugs[0].details
