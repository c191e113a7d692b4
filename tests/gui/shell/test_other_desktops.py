"""What the desktops of Windows and macOS do otherwise, faked one fact at a time: docs/systems.md lists them."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage, QKeySequence, QStyleHints
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPushButton, QTextBrowser, QWidget

from engine.core.machine.atomic import check_name
from engine.core.text import isolated
from gui.look.theme import theme, tokens
from gui.look.words import enable, native, with_keys
from gui.tabs.train.run_list import file_name
from gui.widgets.figures.figure_menu import safe_name
from gui.widgets.forms.controls import add_entry
from gui.widgets.heard import Heard
from tests.gui.fake_engine import fake_prepare
from tests.gui.shell.process.test_signals import FAKE_ENGINE, START, wait_for_line
from tests.hostile_names import NAMES

ROLE = QAction.MenuRole


def test_quit_preferences_and_about_go_into_a_macs_own_menu_and_nothing_else_that_is_called_like_them(ready):
    roles = {action.objectName(): action.menuRole() for action in ready.window.findChildren(QAction) if action.text()}
    assert {name: role for name, role in roles.items() if role not in (ROLE.NoRole, ROLE.TextHeuristicRole)} == {
        "action.file.quit": ROLE.QuitRole,
        "action.edit.preferences": ROLE.PreferencesRole,
        "action.help.about": ROLE.AboutRole,
    }
    listed = {action.objectName() for menu in ready.window.menus.findChildren(QMenu) for action in menu.actions()}
    guessed = {name for name in listed if roles.get(name) == ROLE.TextHeuristicRole}
    assert not {name for name in guessed if not name.startswith("menu.")} - {""}, "Qt would guess by the words"
    bookmark = add_entry(ready.actions.menu("time.bookmarks"), "time.bookmark.1", "About to overfit", lambda: None)
    assert bookmark.menuRole() == ROLE.NoRole, "a person's words"


SIGNS = {"Ctrl": "⌘", "Alt": "⌥", "Shift": "⇧", "Meta": "⌃"}


@pytest.fixture
def mac(monkeypatch):
    """Words are for a Mac, and so are the names of keys, which Qt writes with signs there."""
    written = QKeySequence.toString

    def with_signs(key, form=QKeySequence.SequenceFormat.PortableText):
        text = written(key, form)
        if form == QKeySequence.SequenceFormat.NativeText:
            text = re.sub(r"(Ctrl|Alt|Shift|Meta)(\+|$)", lambda match: SIGNS[match[1]], text)
        return text

    monkeypatch.setattr(QKeySequence, "toString", with_signs)
    monkeypatch.setattr("gui.look.words.sys", SimpleNamespace(platform="darwin"))


def all_words(window):
    """Yield what a person can read or hear in a window, in its tooltips and its menus."""
    for thing in [window, *window.findChildren(QWidget), *window.findChildren(QAction)]:
        if isinstance(thing, QWidget):
            yield from (thing.accessibleName(), thing.accessibleDescription())
        if isinstance(thing, Heard):
            yield thing.finding()
        if isinstance(thing, QLabel | QAction):
            yield thing.text()
        if isinstance(thing, QAction):
            yield thing.statusTip()
        if isinstance(thing, QTextBrowser):
            yield from thing.toPlainText().splitlines()
        yield thing.toolTip()
    yield from map(window.tabs.tabToolTip, range(window.tabs.count()))


@pytest.mark.usefixtures("mac", "all_tabs")
def test_on_a_mac_no_word_of_the_window_its_help_or_its_preferences_names_a_key_that_it_lacks(ready):
    for sheet in ("help.shortcuts", "edit.preferences"):
        ready.actions[sheet].trigger()
    ready.presenter.toggle()
    assert len(ready.window.findChildren(QDialog)) == 2
    words = [*all_words(ready.window), ready.notices.current.text]
    assert [text for text in words if re.search(r"\b(Ctrl|Alt)\b|Shift\+", text)] == []
    assert {"⌘F", "⌘Z", "⇧", "⌥"} <= {sign for text in words for sign in re.findall(r"⌘[A-Z]|⇧|⌥", text)}


def test_elsewhere_sentences_and_keys_stay_as_they_are():
    assert with_keys("Take it back. (Ctrl+Z)") == "Take it back. (Ctrl+Z)"
    assert native("Ctrl+Shift+F") == "Ctrl+Shift+F"


def test_the_keys_of_a_mac_in_a_sentence_and_in_the_tip_of_what_can_be_done_now(mac, qtbot):
    button = qtbot.show(QPushButton("Undo"), 80, 30)
    enable(button, True, "Take the last change back. (Ctrl+Z)", "There is nothing to take back.")
    assert button.toolTip() == "Take the last change back. (⌘Z)"
    assert with_keys("Ctrl adds, Shift+Enter goes back; Shift and Alternatives stay") == (
        "⌘ adds, ⇧Enter goes back; Shift and Alternatives stay"
    )


def test_where_the_menus_are_in_the_bar_of_a_mac_alt_shows_and_hides_the_row_above_the_tabs(ready, monkeypatch):
    monkeypatch.setattr(ready.window.menus, "isVisible", lambda: False)
    ready.presenter.toggle()
    row = ready.window.menuWidget()
    shown = [row.isVisible()]
    for _ in range(2):
        QTest.keyClick(ready.window, Qt.Key.Key_Alt)
        shown.append(row.isVisible())
    assert shown == [False, True, False]


def test_a_file_that_macos_opens_waits_for_the_tabs_and_a_later_one_is_opened_at_once(
    application, qtbot, tmp_path, monkeypatch
):
    opened = []

    def noting(session, file=None, **_):
        if file is not None:
            opened.append(file)
        yield from fake_prepare(session)

    for job in ("prepare", "open_data"):  # with the engine, and after it
        monkeypatch.setattr(f"gui.shell.process.startup.{job}", noting)
    application.show()
    application.begin()
    for count, name in enumerate(("early", "late"), 1):
        application.open_file(str(tmp_path / f"{name}.npz"))
        assert (application.lesson is None) is (name == "early")
        qtbot.waitUntil(lambda count=count: len(opened) == count and application.controls.state == "idle")
    assert opened == [str(tmp_path / "early.npz"), str(tmp_path / "late.npz")]


@pytest.mark.tabs("draw")
def test_a_picture_that_macos_opens_before_the_window_is_painted_lies_on_the_canvas(application, qtbot, tmp_path):
    picture = QImage(40, 40, QImage.Format.Format_Grayscale8)
    picture.fill(0)
    assert picture.save(str(tmp_path / "one.png"))
    application.open_file(str(tmp_path / "one.png"))
    application.show()
    application.begin()
    qtbot.waitUntil(lambda: application.controls.state == "idle" and application.lesson is not None)
    draw = next(tab for tab in application.window.all_tabs() if tab.TITLE == "Draw")
    qtbot.waitUntil(lambda: not draw.canvas.is_empty)


def test_the_event_of_macos_for_a_file_reaches_the_program(start_script, tmp_path):
    then = f"""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QFileOpenEvent
    self._file_actions.open_file = lambda file: tell(f"opens {{file}}")
    begin(self, file)
    QCoreApplication.sendEvent(QCoreApplication.instance(), QFileOpenEvent({str(tmp_path / "größe 1.npz")!r}))
"""
    process = start_script(START.format(then=then, first=FAKE_ENGINE))
    wait_for_line(process, f"opens {tmp_path / 'größe 1.npz'}")


def test_every_name_that_is_proposed_for_a_file_can_be_one_on_windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    for name in (*NAMES, "con", "Nul", "com²", "NUL.txt", "run A: best?", "digits.", 'a "b" <c>|*'):
        label = isolated(name).replace("\0", "")
        for proposal in (f"run {file_name(label)}.csv", f"{safe_name(label)}.ipynb", f"{safe_name(label)}.html"):
            check_name(Path(proposal))
            assert Path(proposal).name == proposal, "it leads into no other folder"


def test_no_dialog_for_files_is_another_than_the_systems_own():
    sources = {file.name: file.read_text("utf-8") for file in Path("gui").rglob("*.py")}
    own = re.compile(r"DontUseNative|QFileDialog\(")
    assert [name for name, text in sources.items() if own.search(text)] == []
    assert sum("QFileDialog.get" in text for text in sources.values()) > 2


def test_the_window_turns_dark_and_light_with_the_system_unless_a_theme_was_chosen(monkeypatch, qapp):
    scheme, hints = [Qt.ColorScheme.Dark], QGuiApplication.styleHints()
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _: scheme[0])
    for chosen, system, shown in (
        ("system", Qt.ColorScheme.Dark, "dark"),
        ("system", Qt.ColorScheme.Light, "light"),
        ("dark", Qt.ColorScheme.Light, "dark"),
        ("light", Qt.ColorScheme.Dark, "light"),
        ("system", Qt.ColorScheme.Unknown, "light"),
    ):
        theme().choose(chosen)
        scheme[0] = system
        hints.colorSchemeChanged.emit(system)
        assert theme().current is tokens(shown), (chosen, system)


def test_words_keep_the_size_that_was_chosen_whatever_size_the_system_has_for_its_own(qapp, qtbot):
    label = qtbot.show(QLabel("Seven"), 100, 40)
    theme().apply()
    before, systems = label.fontMetrics().height(), qapp.font()
    assert systems.pixelSize() > 0, "points would grow with the system's letters"
    theme().choose_text_size(200)
    assert label.fontMetrics().height() > 1.5 * before
