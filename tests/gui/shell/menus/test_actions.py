"""Everything a person can operate is named, explained and reached by keys; the tests walk what is really there."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QWidget,
)

from gui.shell.menus.actions import table, with_mnemonics

OPERABLE = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QAbstractScrollArea, QComboBox, QLineEdit, QTabBar)


def operable(root):
    """Return what a person can operate inside `root`; without the parts that Qt's own widgets are made of."""
    return [
        widget
        for widget in root.findChildren(QWidget)
        if isinstance(widget, OPERABLE)
        and isinstance(widget.window(), (QMainWindow, QDialog))
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parent(), (QTabBar, QLineEdit))
        and not widget.objectName().startswith("qt_")
        and (isinstance(widget, QAbstractButton) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus)
    ]


SHEETS = ("help.shortcuts", "help.notices", "help.about", "file.unsaved", "edit.preferences")


def open_sheets(application):
    """Open the sheets and return them."""
    for name in SHEETS:
        application.actions[name].trigger()
    dialogs = application.window.findChildren(QDialog)
    assert len(dialogs) == len(SHEETS)
    return dialogs


@pytest.fixture(scope="module")
def full(whole_window):
    """The application with its sheets open, which is only looked at."""
    open_sheets(whole_window)
    return whole_window


@pytest.fixture
def sheets(full):
    return full.window.findChildren(QDialog)


def every_action(application):
    shown = application.window.findChildren(QAction)
    return [action for action in shown if action.text() and not action.menu()]


def test_everything_operable_has_a_unique_telling_name(full):
    widgets = operable(full.window)
    assert len(widgets) > 20
    unnamed = [widget for widget in widgets if not widget.objectName()]
    assert not unnamed
    names = [widget.objectName() for widget in widgets]
    assert sorted(set(names)) == sorted(names)


def test_everything_operable_says_what_it_is_and_what_it_is_good_for(full):
    widgets = operable(full.window)
    silent = [widget for widget in widgets if not (widget.accessibleName() or getattr(widget, "text", str)())]
    assert not silent
    # The tabs have one each; over a plot it would hide what the crosshair reads out.
    needy = [widget for widget in widgets if not isinstance(widget, (QTabBar, QGraphicsView))]
    assert not [widget.objectName() for widget in needy if not widget.toolTip()]


def test_everything_operable_is_reached_by_the_keyboard(full):
    without = [
        widget
        for widget in operable(full.window)
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not reached_by_arrows(widget)
    ]
    assert not without


def reached_by_arrows(widget):
    """Whether it is one of several of which one holds: the tab key stops at that one, arrows go to the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and group.checkedButton() is not widget


def test_no_letter_alone_is_a_shortcut():
    bare = [key for row in table().rows.values() for key in row.keys if len(key) == 1]
    assert bare == ["?"], "which shows the help, and changes nothing"


def test_no_key_does_two_things(full):
    keys = [key.toString() for action in every_action(full) for key in action.shortcuts()]
    assert len(keys) > 10
    assert sorted(set(keys)) == sorted(keys)


def test_every_action_of_the_table_stands_in_a_menu(full):
    shown = {
        action.objectName()
        for menu in full.window.menus.findChildren(QMenu)
        for action in menu.actions()
        if action.objectName()
    }
    assert {action.objectName() for action in every_action(full) if action.objectName().startswith("action.")} == shown


def test_every_menu_item_has_a_mnemonic_of_its_own(full):
    menus = full.window.menus.findChildren(QMenu)
    assert len(menus) >= 6
    for actions in [full.window.menus.actions(), *(menu.actions() for menu in menus)]:
        texts = [action.text() for action in actions if action.text()]
        marks = [text[text.index("&") + 1].lower() for text in texts]  # raises where one has none
        assert len(set(marks)) == len(marks), texts


def test_where_no_letter_is_free_an_earlier_title_takes_another():
    assert with_mnemonics(["Draw", "Train", "Activations"]) == ["&Draw", "&Train", "&Activations"]
    marked = with_mnemonics(["Draw", "Train", "Activations", "Data"])
    assert [text.replace("&", "") for text in marked] == ["Draw", "Train", "Activations", "Data"]
    assert len({text[text.index("&") + 1].lower() for text in marked}) == 4
    wanted = ["&Train", "&Activations"]
    assert marked[1:3] == wanted
    assert with_mnemonics(["A", "A"]) == ["&A", "&A"], "there is no other"


def test_dots_stand_only_where_more_is_asked(full):
    texts = {action.objectName(): action.text() for action in every_action(full)}
    with_dots = {name for name, text in texts.items() if text.endswith(("…", "..."))}
    assert {name.removeprefix("action.") for name in with_dots if name.startswith("action.")} == {
        *("file.data", "file.film", "file.handout", "file.lesson", "file.notebook", "file.open", "file.sheet"),
        *("file.picture", "file.figure", "file.save_as", "file.unsaved", "edit.preferences"),
        *("run.look", "run.split", "run.repeat", "time.bookmark"),
    }


def test_every_action_is_explained(full):
    for action in every_action(full):
        if action.objectName().startswith("action."):
            assert action.statusTip().endswith("."), action.text()
            assert action.toolTip(), action.text()


def test_no_icon_is_empty(full):
    for action in every_action(full):
        if action.objectName().startswith("action.") and not action.icon().isNull():
            assert not action.icon().pixmap(16, 16).isNull()


def test_the_sheet_of_keys_names_them_all(full, sheets):
    sheet = next(window for window in sheets if window.objectName() == "help")
    texts = sheet.findChild(QTextBrowser, "help.text").toPlainText()
    keys = [key.toString() for action in every_action(full) for key in action.shortcuts()]
    assert "Ctrl+1" in keys
    for key in (*keys, "Space"):
        assert key in texts


def test_dialogs_close_with_escape_and_can_be_opened_again(ready, qtbot):
    ready.actions["help.about"].trigger()
    ready.actions["help.about"].trigger()
    (dialog,) = ready.window.findChildren(QDialog)
    assert not dialog.isModal()
    with qtbot.captureExceptions() as raised:
        for _ in range(2):  # the second one comes while the sheet is going
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not raised
    qtbot.waitUntil(lambda: not ready.window.findChildren(QDialog))
    ready.actions["help.about"].trigger()
    assert len(ready.window.findChildren(QDialog)) == 1


def test_enter_presses_the_button_that_has_the_focus_in_every_sheet(ready, qtbot):
    for sheet in open_sheets(ready):
        sheet.activateWindow()
        buttons = [each for each in sheet.findChildren(QPushButton) if each.isVisible() and each.isEnabled()]
        assert buttons, sheet.objectName()
        for button in buttons[::-1]:
            pressed = []
            button.clicked.disconnect()
            button.clicked.connect(lambda _, pressed=pressed: pressed.append(True))
            button.setFocus()
            qtbot.keyClick(button, Qt.Key.Key_Return)
            assert pressed == [True], button.objectName()


def test_every_sheet_has_a_title_a_frame_and_a_way_to_close_it(full, sheets):
    for sheet in sheets:
        assert sheet.windowTitle()
        assert sheet.windowFlags() & Qt.WindowType.WindowCloseButtonHint
        assert sheet.windowType() == Qt.WindowType.Window
        assert [each for each in sheet.findChildren(QPushButton) if each.text() in ("Close", "Later")]
