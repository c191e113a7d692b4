"""Everything a person can operate is named, explained and reached by keys; the tests walk what is really there."""

from dataclasses import fields
from typing import get_origin

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QWidget,
)

from engine.core.machine.folders import RESOURCES, read_toml
from gui.shell.help.help_texts import EVERYWHERE, all_keys, sequences
from gui.shell.menus.actions import Row, table
from gui.widgets.figures.figure_menu import Corner
from gui.widgets.forms.controls import Segments
from tests.gui.shell.test_job_signs import LONG, NEWER, NOTHING
from tests.gui.tabs.test_contract import NAMES
from tests.gui.worlds import TITLES

OPERABLE = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QAbstractScrollArea, QComboBox, QLineEdit, QTabBar)
SHEETS = ("file.export", "help.shortcuts", "help.notices", "help.about", "file.unsaved", "edit.preferences")


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


def reached_by_arrows(widget):
    """Whether it is one of several of which one holds: the tab key stops at that one, arrows go to the others."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and group.checkedButton() is not widget


def open_sheets(application):
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


def test_everything_operable_has_a_unique_name_says_what_it_is_and_is_reached_by_the_keyboard(full):
    widgets = operable(full.window)
    names = [widget.objectName() for widget in widgets]
    assert len(widgets) > 20 and all(names)
    assert sorted(set(names)) == sorted(names)
    assert not [each for each in widgets if not (each.accessibleName() or getattr(each, "text", str)())]
    # The tabs have one each; over a plot it would hide what the crosshair reads out.
    needy = [widget for widget in widgets if not isinstance(widget, (QTabBar, QGraphicsView))]
    assert not [widget.objectName() for widget in needy if not widget.toolTip()]
    by_tab = [each for each in widgets if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert not [each for each in widgets if each not in by_tab and not reached_by_arrows(each)]
    switches = full.window.findChildren(Segments)
    assert len(switches) > 15
    assert [each.objectName() for each in switches if each.toolTip()] == [], "its buttons cover the word"


def seen_around(widget):
    place = QRect(widget.mapTo(widget.window(), QPoint()), widget.size())
    return widget.window().grab(place.adjusted(-4, -4, 4, 4)).toImage()


def test_the_tab_key_meets_every_control_of_a_tab_then_the_bars_and_each_shows_that_it_has_the_focus(full, qtbot):
    window, wrong = full.window, {}
    bars = [window.findChild(QWidget, name) for name in ("transport", "status", "top")] + [window.rail, window]
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    for tab in window.all_tabs():
        window.tabs.setCurrentWidget(tab)
        start = window.tabs.tabBar()
        start.setFocus()
        met, dull, focused = [], [], None
        for _ in range(300):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
            if met and focused == seen_around(met[-1]):
                dull.append(met[-1].objectName())
            if window.focusWidget() is start:
                break
            met.append(window.focusWidget())
            focused = seen_around(met[-1])
        wanted = {
            each
            for each in operable(window)
            if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
            if each is not start and not reached_by_arrows(each) and each.window() is window
        }
        missed = sorted(each.objectName() for each in wanted - set(met))
        assert wanted and len(met) > 5, tab.TITLE
        page_and_bars = [each for each in met if each.objectName() != "tabs.code"]  # which ends the row of tabs
        rooms = [next(i for i, room in enumerate([tab, *bars]) if room.isAncestorOf(each)) for each in page_and_bars]
        is_in_order = rooms == sorted(rooms) or tab.TITLE == "Map"  # whose classes come with the data, behind the bars
        if missed or dull or len(set(met)) < len(met) or len(met) == 300 or not is_in_order:
            wrong[tab.TITLE] = missed, dull, len(met), len(set(met)), rooms
        for each in reversed([each for each in met if not isinstance(each, Corner)]):  # seen once its panel is met
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Backtab)
            assert window.focusWidget() is each, tab.TITLE
    assert not wrong


def test_the_tabs_lie_in_the_order_of_use_and_are_reached_by_their_keys(full, qtbot):
    window = full.window
    assert [tab.TITLE for tab in window.all_tabs()] == TITLES
    assert window.tabs.tabToolTip(0).endswith("(Ctrl+1)"), "no menu says the keys of tabs"
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    keys = [*((digit, control) for digit in "123456789"), *((letter, control | shift) for letter in "iaxm")]
    shown = []
    for key in keys:
        qtbot.keyClick(window, *key)
        shown.append(window.tabs.currentWidget().TITLE)
    assert shown[:6] == ["Draw", "Train", "Fingerprints", "Ideal images", "Mistakes", "Activations"]
    assert shown[6:] == ["Weights", "Map", "Graph", "Data", "Compare", "Experiments", "Warm-up"]


def test_what_ends_a_long_job_and_what_shows_it_is_there(full):
    there = {each.objectName() for each in full.window.findChildren(QWidget)}
    buttons = {each.objectName() for each in full.window.findChildren(QAbstractButton)}
    assert {job: long.sign for job, long in LONG.items() if long.sign not in there} == {}
    ends = {job: long.end for job, long in LONG.items() if long.end not in (NEWER, NOTHING)}
    assert {job: end for job, end in ends.items() if end not in buttons} == {}


FIELDS = (QLineEdit, QAbstractSpinBox, QComboBox, QAbstractSlider, QPlainTextEdit)
ALONE = {  # fields that no word stands beside, and why they need none; they have a name for screen readers
    "graph.search": "says in its own field what it looks for",
    "warmup.matrix.editor": "lies over the number that it changes",
    "weights.layer": "its entries begin with the word Layer",
    "ideal.layer": "its entries begin with the word Layer",
    "weights.against": "its entries are sentences",
    "draw.against": "its entries are sentences",
    "experiments.seeds": "has the word behind its number",
    "fingerprints.classes": "says in its own field what it looks for",
    "fingerprints.factor": "stands between the buttons that it belongs to",
    "fingerprints.fewer.count": "is a slider under the axis that it moves along",
    "draw.width": "shows the pen as it draws",
    "draw.play.class": "stands before the buttons that it belongs to",
    "run.pace": "its entries are speeds",
    "compare.layer": "its entries begin with the word Layer",
    "compare.road.slider": "is a slider under the axis that it moves along",
    "time.road": "has the names of both networks at its ends",
    "lesson.chapter": "is the head of the page, with the chapter's number and title",
}


def test_the_word_beside_every_field_is_its_buddy(full):
    labels = full.window.findChildren(QLabel)
    mnemonics = [label for label in labels if "&" in label.text().replace("&amp;", "")]
    plain = [label for label in mnemonics if label.textFormat() != Qt.TextFormat.RichText]
    assert not [label.text() for label in plain if not label.buddy()]

    named = {label.buddy() for label in labels if label.buddy()}
    beside = {each.parent() for each in named}
    fields = [
        each
        for each in full.window.findChildren(QWidget)
        if isinstance(each, FIELDS)
        and each.window().objectName() in ("window", "preferences", "unsaved")
        and not isinstance(each, QScrollBar)
        and not isinstance(each.parent(), QAbstractSpinBox | QComboBox)
        and "." in each.objectName()  # others are parts of pyqtgraph that are never shown
    ]
    assert len(fields) > 40
    unnamed = [each for each in fields if each not in named]
    # A slider is the second editor of a number, beside its field.
    without = [each for each in unnamed if not each.objectName().endswith(".slider") or each.parent() not in beside]
    assert {each.objectName() for each in without} == set(ALONE)
    assert not [each.objectName() for each in fields if not each.accessibleName()]


def test_no_key_does_two_things_no_letter_alone_is_one_and_the_sheet_of_keys_has_them_all(full, sheets):
    bare = [key for row in table().rows.values() for key in row.keys if len(key) == 1]
    assert bare == ["?"], "which shows the help, and changes nothing"
    keys = [key.toString() for action in every_action(full) for key in action.shortcuts()]
    assert len(keys) > 10 and "Ctrl+1" in keys
    assert sorted(set(keys)) == sorted(keys)
    sheet = next(window for window in sheets if window.objectName() == "help")
    texts = sheet.findChild(QTextBrowser, "help.text").toPlainText()
    assert [key for key in (*keys, "Space") if key not in texts] == []


MENUS = {
    "menu.file": "new open recent save save_as revert export quit",
    "menu.edit": "undo redo cut copy paste preferences",
    "menu.view": "zoom_in zoom_out zoom_reset text_size code full_screen",
    "menu.run": "start step epoch stop reset train_on",
    "menu.teach": "lesson open sheet handout",
    "menu.help": "shortcuts report about",
}


def test_the_menus_have_what_people_look_for_in_few_entries_each_with_a_mnemonic_of_its_own(full):
    for menu, wanted in MENUS.items():
        actions = full.window.menus.findChild(QWidget, menu).actions()
        names = {action.objectName() for action in actions}
        names |= {action.menu().objectName().replace("menu.", "action.") for action in actions if action.menu()}
        assert {f"action.{menu[5:]}.{name}" for name in wanted.split()} <= names, menu
    menus = full.window.menus.findChildren(QMenu)
    assert len(menus) >= 6
    for actions in [full.window.menus.actions(), *(menu.actions() for menu in menus)]:
        texts = [action.text() for action in actions if action.text()]
        marks = [text[text.index("&") + 1].lower() for text in texts]  # raises where one has none
        assert len(set(marks)) == len(marks), texts

    entries = [entry for title in full.window.menus.actions() for entry in title.menu().actions()]
    inside = [entry for above in entries if above.menu() for entry in above.menu().actions()]
    read, behind = (sum(not each.isSeparator() for each in some) for some in (entries, inside))
    assert 30 < read <= 45 and read + behind <= 60


def test_every_action_has_keys_or_stands_in_a_menu_is_explained_and_has_dots_only_where_more_is_asked(full):
    menus = full.window.findChildren(QMenu)
    shown = {"action.run.repeat"} | {action.objectName() for menu in menus for action in menu.actions()}
    actions = {
        each.objectName().removeprefix("action."): each
        for each in every_action(full)
        if each.objectName().startswith("action.")
    }
    assert {name for name, action in actions.items() if not action.shortcuts()} <= {name[7:] for name in shown}
    for name, action in actions.items():
        assert action.statusTip().endswith(".") and action.toolTip(), name
        assert action.icon().isNull() or not action.icon().pixmap(16, 16).isNull(), name
    assert {name for name, action in actions.items() if action.text().endswith(("…", "..."))} == {
        *("file.data", "file.export", "file.film", "file.open", "file.picture", "file.revert", "file.save_as"),
        *("file.unsaved", "edit.preferences", "run.look", "run.split", "run.repeat", "time.bookmark"),
        *("teach.handout", "teach.open", "teach.sheet"),
    }


def test_every_sheet_has_a_title_a_frame_and_a_way_to_close_it(full, sheets):
    for sheet in sheets:
        assert sheet.windowTitle()
        assert sheet.windowFlags() & Qt.WindowType.WindowCloseButtonHint
        assert sheet.windowType() == Qt.WindowType.Window
        assert [each for each in sheet.findChildren(QPushButton) if each.text() in ("Close", "Later")]


def test_enter_presses_the_button_with_the_focus_escape_closes_and_a_sheet_can_be_opened_again(ready, qtbot):
    ready.actions["help.about"].trigger()
    ready.actions["help.about"].trigger()
    (dialog,) = ready.window.findChildren(QDialog)
    assert not dialog.isModal()
    with qtbot.captureExceptions() as raised:
        for _ in range(2):  # the second one comes while the sheet is going
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not raised
    qtbot.waitUntil(lambda: not ready.window.findChildren(QDialog))
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


def test_an_action_has_words_keys_and_an_icon_that_there_are_and_each_menu_holds_something():
    for row in table().rows.values():
        for field in fields(Row):
            value = getattr(row, field.name)
            assert isinstance(value, get_origin(field.type) or field.type), (row.name, field.name)
            assert not isinstance(value, tuple) or all(isinstance(part, str) for part in value), (row.name, field.name)
        assert row.text.count("&") == 1 and row.help.endswith("."), row.name
        assert not row.menu or row.menu in table().menus, row.name
        bound = QKeySequence.keyBindings(QKeySequence.StandardKey[row.standard]) if row.standard else []
        assert all(key.isEmpty() or key in row.shortcuts for key in bound[:1]), "the system's own key is taken"
        assert all(QKeySequence(key).count() == 1 for key in row.keys), row.name
        assert not row.icon or (RESOURCES / "icons" / f"{row.icon}.svg").is_file(), row.name
        assert row.sheet or not row.sheet_keys, row.name
    assert {row.standard for row in table().rows.values() if row.standard} == {
        *("New", "Open", "Save", "Close", "Quit", "Undo", "Redo", "Cut", "Copy", "Paste"),
        *("Preferences", "ZoomIn", "ZoomOut", "HelpContents", "WhatsThis"),
    }

    menus = table().menus
    assert all(name.rpartition(".")[0] in ("", *menus) and title.count("&") == 1 for name, title in menus.items())
    assert menus.keys() == {row.menu for row in table().rows.values() if row.menu}


def test_keys_are_those_of_tabs_that_there_are_have_names_that_qt_knows_and_what_is_shared_is_used():
    assert all_keys().keys() == {EVERYWHERE, *NAMES}
    read = read_toml("help/keys.toml")
    shared = read.pop("shared")
    assert {place["like"] for places in read.values() for place in places if "like" in place} == shared.keys()

    for place in (place for places in all_keys().values() for place in places):
        assert place.place and place.does
        for keys, sentence in place.does.items():
            assert all(key.count() == 1 and key[0].key().name for key in sequences(keys)), keys
            assert sentence.endswith("."), sentence
