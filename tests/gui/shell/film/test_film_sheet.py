"""The sheet of a film: what it offers, what it hands to the maker, and what it says meanwhile."""

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QToolButton

from engine.export.film.settings import END_MS
from gui.look.theme import theme
from gui.shell.film.sheet import FilmSheet
from gui.shell.menus.figures import panels_in
from gui.widgets.figures.figure import title_of
from gui.widgets.figures.figure_menu import menu_of
from gui.widgets.panel import Panel
from tests.gui.room import cut_off
from tests.gui.session_messages import opened, summary
from tests.gui.shell.menus.test_actions import operable, reached_by_arrows
from tests.gui.training_messages import whole_run
from tests.gui.worlds import WindowWorld

EARLY = (0, 1, 2, 3, 5, 8, 13)
HOSTILE = '<b>x</b>\u202e\n"../&'


class SheetWorld(WindowWorld):
    def __init__(self, application, folder, monkeypatch):
        super().__init__(application)
        self.folder, self.asked = folder, []
        self.wished = []
        monkeypatch.setattr(application.films, "begin", self.wished.append)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._answer)
        self.answer = str(folder / "mine.webp")
        self.say(*whole_run("A", 3, early=EARLY))
        application.timeline.changed.emit()  # at once, instead of a tenth of a second later

    def _answer(self, parent, title, name, filters):
        self.asked.append((name, filters))
        return self.answer, filters

    def open(self):
        self.application.actions["file.film"].trigger()
        return self.window.findChild(FilmSheet, "film")


@pytest.fixture
def world(ready, tmp_path, monkeypatch):
    return SheetWorld(ready, tmp_path, monkeypatch)


@pytest.fixture
def sheet(world):
    return world.open()


def items(box):
    return [box.itemText(place) for place in range(box.count())]


def test_it_is_offered_as_soon_as_a_run_has_two_snapshots(ready):
    action = ready.actions["file.film"]
    assert not action.isEnabled() and action.toolTip() == "There is no run yet."
    world = WindowWorld(ready)
    world.say(*list(whole_run("A", 1, early=()))[:1])
    ready.timeline.changed.emit()
    assert action.toolTip() == "A film needs two snapshots at least."
    world.say(*whole_run("B", 1))
    ready.timeline.changed.emit()
    assert action.isEnabled() and "Ctrl+Shift+V" in action.toolTip()


def test_the_menu_of_the_play_button_leads_to_it_too(world):
    play = world.find(QToolButton, "time.play")
    assert play.menu().actions()[-1] is world.application.actions["file.film"]


def test_the_whole_tab_all_its_snapshots_and_the_run_that_is_looked_at_are_chosen(world, sheet):
    assert items(sheet.view)[0] == "Draw: the whole tab" and sheet.view.currentIndex() == 0
    panels = world.window.tabs.currentWidget().findChildren(Panel)
    assert set(items(sheet.view)[1:]) == {each.accessibleName() for each in panels if each.isVisible()} - {""}
    assert items(sheet.run) == ["A"]
    assert (sheet.first.currentText(), sheet.last.currentText()) == ("the start", "epoch 3.0")
    assert sheet.length.text() == f"10 frames, {10 / 10 + END_MS / 1000:.1f} s"


@pytest.mark.tabs("draw")
def test_the_menu_of_a_panel_leads_to_a_film_of_it(world):
    panel = next(each for each in panels_in(world.window.tabs.currentWidget())[1:] if each.shows_lens)
    menu = menu_of(panel)
    menu.aboutToShow.emit()
    assert menu.film.isEnabled() and menu.film.toolTip().startswith("Save this panel at all snapshots")
    menu.film.trigger()
    sheet = world.window.findChild(FilmSheet, "film")
    assert sheet.isVisible() and sheet.view.currentText() == title_of(panel)


@pytest.mark.tabs("draw")
def test_what_is_chosen_is_what_the_film_is_to_be(world, sheet):
    sheet.view.setCurrentIndex(1)
    sheet.first.setCurrentIndex(3)
    for name, text in (("frames", "4"), ("pace", "2.5"), ("width", "640")):
        sheet.form.fields[name].editor.setFocus()
        sheet.form.fields[name].editor.selectAll()
        QTest.keyClicks(sheet.form.fields[name].editor, text)
    sheet.kind.choose("gif")
    world.answer = str(world.folder / "mine")
    QTest.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    (wish,) = world.wished
    tab = world.window.tabs.currentWidget()
    assert wish.tab is tab
    assert isinstance(wish.view, Panel)
    assert wish.view.accessibleName() == sheet.view.currentText()
    assert (wish.path, wish.run) == (world.folder / "mine.gif", "A")
    assert wish.steps == (3, 8, 550, 1650)
    assert (wish.spec.pace, wish.spec.width) == (2.5, 640)
    assert wish.holds_scale, "colours are held unless a person wants it otherwise"


def test_a_name_that_is_proposed_is_one_that_every_system_takes(world):
    world.say(opened(runs=[summary("A", title=HOSTILE, moments=(0, 1, 550))]))
    sheet = world.open()
    sheet.go.click()
    ((name, _),) = world.asked
    proposed = name.rsplit("/", 1)[-1]
    assert proposed.endswith(".webp") and not set(proposed) & set('<>:"\\|?*&\n\u202e') and len(proposed) < 120
    assert "\u202e" not in sheet.run.currentText() and "\n" not in sheet.run.currentText()


def test_a_wrong_number_is_explained_and_nothing_begins(world, sheet):
    editor = sheet.form.fields["pace"].editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "0")
    assert not sheet.go.isEnabled() and "Frames a second must be between" in sheet.go.toolTip()


def test_a_span_of_one_snapshot_is_no_film(world, sheet):
    sheet.first.setCurrentIndex(sheet.first.count() - 1)
    assert not sheet.go.isEnabled() and sheet.said.words == "Choose two snapshots at least."


def test_what_it_offers_follows_the_tab_that_is_shown(world, sheet):
    world.window.show_tab("Train")
    assert items(sheet.view)[0] == "Train: the whole tab"
    assert not sheet.hold.isEnabled() and "numbers beside them" in sheet.hold.toolTip()


def test_escape_gives_the_film_up_and_then_closes_the_sheet(world, monkeypatch, qtbot):
    monkeypatch.undo()
    films = world.application.films
    sheet = world.open()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(world.folder / "a.webp"), ""))
    sheet.go.click()
    assert films.is_busy and sheet.go.text() == "Cancel" and not sheet.view.isEnabled()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert films.state == "ending" and sheet.isVisible()
    qtbot.waitUntil(lambda: not films.is_busy)
    assert sheet.go.text() == "Save film…" and sheet.view.isEnabled() and "given up" in sheet.said.words
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert list(world.folder.glob("*.webp")) == []


def test_all_that_can_be_operated_has_a_name_a_tip_and_a_place_among_the_keys(world):
    widgets = operable(world.open())
    assert len(widgets) > 10
    for each in widgets:
        assert each.objectName().startswith("film.") and each.toolTip(), each.objectName()
        assert each.accessibleName() or each.text(), each.objectName()
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus or reached_by_arrows(each), each.objectName()


def test_nothing_is_cut_off_in_large_letters(world):
    for percent in (100, 150, 200):
        sheet = world.open()
        theme().choose_text_size(percent)
        assert not cut_off(sheet)
        theme().choose_text_size(100)


def test_the_sheet_is_as_large_as_before_once_letters_are(world, sheet):
    before = sheet.size()
    theme().choose_text_size(150)
    QCoreApplication.processEvents()
    assert sheet.width() > before.width()
    theme().choose_text_size(100)
    QCoreApplication.processEvents()
    assert sheet.size() == before
