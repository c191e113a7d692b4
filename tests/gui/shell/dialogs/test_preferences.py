"""The sheet of preferences: what is chosen holds at once."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QToolButton

from gui.look.theme import theme


def test_theme_colours_and_room_for_moments_are_chosen_in_the_sheet_and_remembered(ready, qtbot, monkeypatch):
    budgets = []
    monkeypatch.setattr("gui.shell.dialogs.dialogs.set_budget", lambda session, room: iter([budgets.append(room)]))
    theme().choose("light")
    action = ready.actions["edit.preferences"]
    assert action.menuRole() == QAction.MenuRole.PreferencesRole
    assert "Ctrl+," in [key.toString() for key in action.shortcuts()]
    action.trigger()
    sheet = ready.window.findChild(QDialog, "preferences")

    def segment(choice):
        return sheet.findChild(QToolButton, f"preferences.theme.{choice}")

    assert segment("light").isChecked()
    segment("dark").click()
    assert theme().current.dark and theme().choice == "dark"
    segment("system").click()
    assert theme().choice == "system"
    sheet.findChild(QToolButton, "preferences.contrast.high").click()
    assert theme().current.high and theme().contrast == "high"

    assert sheet.budget.value() == 500
    sheet.budget.setFocus()
    sheet.budget.selectAll()
    qtbot.keyClicks(sheet.budget, "1200")
    assert budgets == [], "the number is not whole yet"
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

    assert not sheet.isModal()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not ready.window.findChildren(QDialog))
