"""The sheet of preferences: what is chosen holds at once, and agrees with the menu."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QToolButton

from gui.look.theme import theme


@pytest.fixture
def budgets(monkeypatch):
    """The budgets that reached the engine."""
    heard = []
    monkeypatch.setattr("gui.shell.dialogs.dialogs.set_budget", lambda session, room: iter([heard.append(room)]))
    return heard


@pytest.fixture
def sheet(ready, budgets):
    ready.actions["view.theme.light"].trigger()
    ready.actions["edit.preferences"].trigger()
    yield ready.window.findChild(QDialog, "preferences")
    ready.actions["view.theme.light"].trigger()


def segment(sheet, choice):
    return sheet.findChild(QToolButton, f"preferences.theme.{choice}")


def test_the_theme_is_one_and_the_same_in_menu_and_sheet(ready, sheet, qtbot):
    assert segment(sheet, "light").isChecked()
    segment(sheet, "dark").click()
    assert theme().current.dark and ready.settings.theme == "dark"
    assert ready.actions["view.theme.dark"].isChecked()
    ready.actions["view.theme.system"].trigger()
    assert segment(sheet, "system").isChecked() and ready.settings.theme == "system"
    assert not sheet.isModal()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not ready.window.findChildren(QDialog))
    ready.actions["view.theme.dark"].trigger()  # the sheet that has gone hears nothing of it


def test_the_room_for_moments_is_set_when_the_number_is_whole(ready, sheet, qtbot, budgets):
    assert sheet.budget.value() == 500
    sheet.budget.setFocus()
    sheet.budget.selectAll()
    qtbot.keyClicks(sheet.budget, "1200")
    assert budgets == []
    qtbot.keyClick(sheet.budget, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: budgets == [1200])
    assert ready.settings.budget == 1200 and sheet.isVisible()
    qtbot.keyClick(sheet.budget, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: budgets == [1200, 1250])
    for wanted, room in ((3, 50), (10**6, 20_000)):
        sheet.budget.setValue(wanted)
        assert sheet.budget.value() == room
    field = sheet.budget.lineEdit()  # a style sheet may leave its text no room
    assert field.width() >= field.fontMetrics().horizontalAdvance("20,000 MB per session")


def test_it_stands_where_the_system_wants_it(ready):
    action = ready.actions["edit.preferences"]
    assert action.menuRole() == QAction.MenuRole.PreferencesRole
    assert "Ctrl+," in [key.toString() for key in action.shortcuts()]
