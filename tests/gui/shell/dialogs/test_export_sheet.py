"""The sheet *Export*: what it lists, why something is not possible now, what it copies, and where it leads."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from engine.core.lens import Lens, Neuron
from engine.export.network.job import KINDS as FILES
from engine.export.network.job import export_network
from gui.look.theme import theme
from gui.shell.dialogs.export_sheet import KINDS, MODELS
from gui.shell.menus.figures import panels_in
from tests.gui.room import cut_off
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started, whole_run
from tests.gui.worlds import WindowWorld

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class ExportWorld(WindowWorld):
    def open(self, kind):
        self.application.actions["file.export"].trigger()
        sheet = self.shown("export")
        sheet.panel.setCurrentText("Settings and runs")
        sheet.choices[kind].click()
        return sheet

    def train(self):
        self.say(*whole_run("A", 3))
        self.application.timeline.changed.emit()  # at once, instead of a tenth of a second later

    def shown(self, name):
        return next((each for each in self.window.findChildren(QDialog, name) if each.isVisible()), None)


@pytest.fixture
def world(ready):
    ready.window.show_tab("Train")
    return ExportWorld(ready)


def impossible(sheet):
    return {key: sheet.sentences[key].text() for key, choice in sheet.choices.items() if not choice.isEnabled()}


@pytest.mark.tabs("train", "map")
def test_its_key_chooses_the_panel_with_the_focus_and_each_kind_has_a_sentence_or_says_why_not(world):
    world.find(QLineEdit, "train.layers").setFocus()
    QTest.keyClick(world.window, Qt.Key.Key_E, CONTROL | SHIFT)
    sheet = world.shown("export")
    assert sheet.choices["figure"].isChecked() and sheet.panel.currentText() == "Settings and runs"
    assert sheet.focusWidget() is sheet.go and not sheet.preview.pixmap().isNull()
    assert sheet.paper.isVisible() is theme().current.dark
    assert impossible(sheet) == {
        "film": "There is no run yet.",
        "model": "There is no trained network yet. Press Start to train one.",
        "handout": "There is no run to hand out yet. Press Start to train one.",
    }
    assert {key for key in KINDS if sheet.sentences[key].text() == KINDS[key].help} == KINDS.keys() - impossible(sheet)

    *_, last = panels_in(world.window.tab)
    count = sheet.panel.count()
    sheet.panel.setCurrentIndex(count - 2)
    last.hide()
    QApplication.sendEvent(sheet, QEvent(QEvent.Type.WindowActivate))
    assert sheet.panel.count() == count - 1 and sheet.panel.currentIndex() == count - 2 > 0, "what is chosen stays so"

    world.window.show_tab("Map")
    assert impossible(sheet)["numbers"].startswith("There are no numbers"), "it follows the tab"
    world.train()
    sheet.turn_to(None)
    assert impossible(sheet).keys() <= {"numbers", "table"} and sheet.choices["picture"].isChecked()
    world.window.show_tab("Draw")
    assert impossible(sheet)["figure"] == "This tab shows no panel now." and sheet.panel.count() == 0
    world.say(started("B"))
    sheet.turn_to(None)
    assert "model" in impossible(sheet), "a run without weights"


@pytest.mark.tabs("train")
def test_what_is_a_picture_or_a_number_is_copied_and_saved_and_the_rest_leads_on(world, qtbot, place, tmp_path):
    world.train()
    clipboard, place.answer = QGuiApplication.clipboard(), ""
    for kind, says in (("figure", "hasImage"), ("numbers", "hasText"), ("picture", "hasImage")):
        clipboard.clear()
        sheet = world.open(kind)
        sheet.copy.click()
        assert getattr(clipboard.mimeData(), says)() and sheet.copy.text() == "Copied", kind
    for kind in ("film", "code", "model", "notebook", "handout"):
        sheet = world.open(kind)
        assert sheet.go.isEnabled() and not (sheet.copy.isEnabled() or sheet.panel.isEnabled()), kind
        assert sheet.preview.pixmap().isNull() is (kind not in ("film", "code")), kind
    assert {world.open(kind).preview.text() for kind in ("notebook", "handout")} == {"1 run"}

    def go(kind):
        world.open(kind).go.click()
        assert world.shown("export") is None, "the next one takes its place"
        return Path(place.proposed).name

    pictures = ["Settings and runs.png", "Settings and runs.csv", "Layerlight Train.png"]
    assert [go(kind) for kind in ("figure", "numbers", "picture")] == pictures
    assert [go(kind) for kind in ("notebook", "model")] == ["Session.ipynb", "Network, run A.keras"]
    place.answer = str(tmp_path / "settings")
    go("numbers")
    qtbot.waitUntil((tmp_path / "settings.csv").is_file)
    assert "784 →" in (tmp_path / "settings.csv").read_text("utf-8")
    for kind in ("film", "table"):
        go(kind)
        assert world.shown(kind) is not None
    assert "784 →" in "".join(map(str, world.shown("table").cells.table().rows)), "the numbers of the chosen panel"


@pytest.mark.tabs("train")
def test_the_model_is_that_of_the_moment_looked_at_in_the_format_of_the_name(world, place, tmp_path, monkeypatch):
    world.say(opened(runs=[summary("A", moments=(0, 12, 550))]))
    world.selection.change(lens=Lens("A", 12, frozenset({Neuron(0, 4), Neuron(0, 9)})))
    submitted = []
    monkeypatch.setattr(world.application.bridge, "submit", lambda *job: submitted.append(job))
    files = [tmp_path / f"mine{suffix}" for suffix in MODELS]
    for answer in (*map(str, files), ""):
        place.answer = answer
        sheet = world.open("model")
        assert "as it was trained" in sheet.sentences["model"].text()
        assert sheet.preview.text().startswith("Run A") and sheet.preview.text().endswith("not in the file: 2 silenced")
        sheet.go.click()
    assert submitted == [(export_network, "A", 12, file) for file in files]
    assert tuple(MODELS) == FILES and all(f"(*{suffix})" in words for suffix, words in MODELS.items())


@pytest.mark.tabs("train")
def test_nothing_in_it_is_cut_off_and_in_a_dark_window_figures_may_be_light(world):
    theme().choose("dark")
    sheet = world.open("figure")
    dark = sheet.preview.pixmap().toImage()
    sheet.paper.click()
    light = sheet.preview.pixmap().toImage()
    assert light.pixelColor(2, 2).lightness() > 200 > 60 > dark.pixelColor(2, 2).lightness()
    assert cut_off(sheet) == []
    sheet.reject()
    theme().choose_text_size(200)
    sheet = world.open("figure")
    assert sheet.paper.isChecked() and cut_off(sheet) == []
