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
        self.folder, self.requested = folder, []
        monkeypatch.setattr(application.films, "begin", self.requested.append)
        self.say(*whole_run("A", 3, early=EARLY))
        application.timeline.changed.emit()  # at once, instead of a tenth of a second later

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


def write(editor, text):
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)


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
    assert world.find(QToolButton, "time.play").menu().actions()[-1] is action


@pytest.mark.tabs("draw")
def test_the_whole_tab_all_its_snapshots_and_the_run_that_is_looked_at_are_chosen(world):
    tab = world.window.tabs.currentWidget()
    sheet = world.open()
    assert items(sheet.view)[0] == "Draw: the whole tab" and sheet.view.currentIndex() == 0
    shown = {each.accessibleName() for each in tab.findChildren(Panel) if each.isVisible()}
    assert set(items(sheet.view)[1:]) == shown - {""}
    assert items(sheet.run) == ["A"]
    assert (sheet.first.currentText(), sheet.last.currentText()) == ("the start", "epoch 3.0")
    assert sheet.length.text() == f"10 frames, {10 / 10 + END_MS / 1000:.1f} s"
    panel = next(each for each in panels_in(tab)[1:] if each.shows_lens)
    menu = menu_of(panel)
    menu.aboutToShow.emit()
    assert menu.film.isEnabled() and menu.film.toolTip().startswith("Save this panel at all snapshots")
    menu.film.trigger()
    assert sheet.isVisible() and sheet.view.currentText() == title_of(panel)

    world.window.show_tab("Train")
    assert items(sheet.view)[0] == "Train: the whole tab"
    assert not sheet.hold.isEnabled() and "numbers beside them" in sheet.hold.toolTip()


@pytest.mark.tabs("draw")
def test_what_is_chosen_is_what_the_film_is_to_be(world, sheet, place):
    tab = world.window.tabs.currentWidget()
    sheet.view.setCurrentIndex(1)
    sheet.first.setCurrentIndex(3)
    for name, text in (("frames", "4"), ("pace", "2.5"), ("width", "640")):
        write(sheet.form.fields[name].editor, text)
    sheet.kind.choose("gif")
    place.answer = str(world.folder / "mine")
    QTest.mouseClick(sheet.go, Qt.MouseButton.LeftButton)
    (request,) = world.requested
    assert request.tab is tab and isinstance(request.view, Panel)
    assert request.view.accessibleName() == sheet.view.currentText()
    assert (request.path, request.run, request.steps) == (world.folder / "mine.gif", "A", (3, 8, 550, 1650))
    assert (request.spec.pace, request.spec.width) == (2.5, 640)
    assert request.holds_scale, "colours are held unless a person wants it otherwise"

    write(sheet.form.fields["pace"].editor, "0")
    assert not sheet.go.isEnabled() and "Frames a second must be between" in sheet.go.toolTip()
    write(sheet.form.fields["pace"].editor, "2")
    sheet.first.setCurrentIndex(sheet.first.count() - 1)
    assert not sheet.go.isEnabled() and sheet.said.words == "Choose two snapshots at least."


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


def test_all_that_can_be_operated_is_named_and_has_room_and_a_name_is_proposed_that_every_system_takes(
    world, sheet, place
):
    widgets = operable(sheet)
    assert len(widgets) > 10
    for each in widgets:
        assert each.objectName().startswith("film.") and each.toolTip(), each.objectName()
        assert each.accessibleName() or each.text(), each.objectName()
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus or reached_by_arrows(each), each.objectName()
    before = sheet.size()
    for percent in (100, 200):
        theme().choose_text_size(percent)
        QCoreApplication.processEvents()
        assert not cut_off(sheet)
    assert sheet.width() > before.width()
    theme().choose_text_size(100)
    QCoreApplication.processEvents()
    assert sheet.size() == before

    world.say(opened(runs=[summary("A", title=HOSTILE, moments=(0, 1, 550))]))
    world.open().go.click()
    proposed = place.proposed.rsplit("/", 1)[-1]
    assert proposed.endswith(".webp") and not set(proposed) & set('<>:"\\|?*&\n\u202e') and len(proposed) < 120
    assert "\u202e" not in sheet.run.currentText() and "\n" not in sheet.run.currentText()
