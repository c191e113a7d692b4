"""The sheet *Export*: what it lists, why something is not possible now, what it copies, and where it leads."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QPushButton

from engine.core.lens import Lens
from engine.session.jobs.export import export_keras, export_weights
from gui.look.theme import theme
from gui.shell.dialogs.export_sheet import KINDS, MODELS, ExportSheet
from gui.shell.menus.figures import panels_in
from gui.widgets.figures.figure import image_of
from tests.gui.room import cut_off
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import whole_run
from tests.gui.worlds import WindowWorld

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class ExportWorld(WindowWorld):
    def __init__(self, application, monkeypatch):
        super().__init__(application)
        self.asked, self.answer, self.submitted = [], "", []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._answer)
        submit = application.bridge.submit

        def note(make, *args, **more):
            if make in (export_keras, export_weights):
                self.submitted.append((make, *args))
                return 0
            return submit(make, *args, **more)

        monkeypatch.setattr(application.bridge, "submit", note)

    def _answer(self, parent, title, name, filters):
        self.asked.append(Path(name).name)
        return self.answer, ""

    def open(self):
        self.application.actions["file.export"].trigger()
        return next(sheet for sheet in self.window.findChildren(ExportSheet) if sheet.isVisible())

    def train(self):
        self.say(*whole_run("A", 3))
        self.application.timeline.changed.emit()  # at once, instead of a tenth of a second later

    def shown(self, name):
        return next((each for each in self.window.findChildren(QDialog, name) if each.isVisible()), None)


@pytest.fixture
def world(ready, monkeypatch):
    return ExportWorld(ready, monkeypatch)


def impossible(sheet):
    return {key: sheet.sentences[key].text() for key, choice in sheet.choices.items() if not choice.isEnabled()}


@pytest.mark.tabs("train", "map")
def test_its_key_chooses_the_panel_with_the_focus_and_each_kind_has_a_sentence_or_says_why_not(world, qtbot):
    world.window.show_tab("Train")
    world.window.activateWindow()
    qtbot.waitUntil(world.window.isActiveWindow)
    world.find(QLineEdit, "train.layers").setFocus()
    QTest.keyClick(world.window, Qt.Key.Key_E, CONTROL | SHIFT)
    sheet = world.shown("export")
    assert sheet.choices["figure"].isChecked() and sheet.panel.currentText() == "Settings and runs"
    assert sheet.focusWidget() is sheet.go and not sheet.preview.pixmap().isNull()
    assert impossible(sheet) == {
        "film": "There is no run yet.",
        "model": "There is no trained network yet. Press Start to train one.",
        "handout": "There is no run to hand out yet. Press Start to train one.",
    }
    assert {key for key in KINDS if sheet.sentences[key].text() == KINDS[key].help} == KINDS.keys() - impossible(sheet)

    world.window.show_tab("Map")
    assert impossible(sheet)["numbers"].startswith("There are no numbers"), "it follows the tab"
    world.train()
    sheet.offer(None)
    assert impossible(sheet).keys() <= {"numbers"} and sheet.choices["picture"].isChecked()
    world.window.show_tab("Draw")
    assert impossible(sheet)["figure"] == "This tab shows no panel now." and sheet.panel.count() == 0


@pytest.mark.tabs("train")
def test_what_is_a_picture_or_a_number_is_copied_and_saved_and_the_rest_leads_on(world, qtbot, tmp_path):
    world.window.show_tab("Train")
    world.train()
    clipboard, tab = QGuiApplication.clipboard(), world.window.tabs.currentWidget()
    settings = next(panel for panel in panels_in(tab) if panel.figure_title() == "Settings and runs")
    sheet = world.open()
    sheet.panel.setCurrentText("Settings and runs")
    for kind, says in (("figure", "hasImage"), ("numbers", "hasText"), ("picture", "hasImage")):
        clipboard.clear()
        sheet.choices[kind].click()
        sheet.copy.click()
        assert getattr(clipboard.mimeData(), says)() and sheet.copy.text() == "Copied", kind
        if kind == "figure":
            assert clipboard.image() == image_of(settings)
    for kind in ("film", "code", "model", "notebook", "handout"):
        sheet.choices[kind].click()
        assert not sheet.copy.isEnabled() and sheet.go.isEnabled(), kind

    def go(kind):
        sheet = world.open()
        sheet.panel.setCurrentText("Settings and runs")
        sheet.choices[kind].click()
        sheet.go.click()
        assert world.shown("export") is None, "the next one takes its place"

    for kind in ("figure", "numbers", "picture", "notebook", "model"):
        go(kind)
    pictures = ["Settings and runs.png", "Settings and runs.csv", "Layerlight Train.png"]
    assert world.asked == [*pictures, "Session.ipynb", "Network, run A.keras"]
    world.answer = str(tmp_path / "settings")
    go("numbers")
    qtbot.waitUntil((tmp_path / "settings.csv").is_file)
    assert "784 →" in (tmp_path / "settings.csv").read_text("utf-8")
    go("film")
    assert world.shown("film") is not None


@pytest.mark.tabs("train")
def test_the_model_is_that_of_the_moment_that_is_looked_at_in_the_format_of_the_name(world, tmp_path):
    world.say(opened(runs=[summary("A", moments=(0, 12, 550))]))
    world.selection.change(lens=Lens("A", 12))
    for suffix, job in zip(MODELS, (export_keras, export_weights), strict=True):
        world.answer = str(tmp_path / f"mine{suffix}")
        sheet = world.open()
        sheet.choices["model"].click()
        assert "Run A" in sheet.preview.text()
        sheet.go.click()
        assert world.submitted[-1] == (job, "A", 12, tmp_path / f"mine{suffix}")
    world.answer = ""
    sheet = world.open()
    sheet.choices["model"].click()
    sheet.go.click()
    assert len(world.submitted) == 2


@pytest.mark.tabs("train")
@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_in_it_is_cut_off_and_in_a_dark_window_figures_may_be_light(world, percent):
    theme().choose("dark")
    theme().choose_text_size(percent)
    world.window.show_tab("Train")
    sheet = world.open()
    assert cut_off(sheet) == []
    dark = sheet.preview.pixmap().toImage()
    sheet.paper.click()
    light = sheet.preview.pixmap().toImage()
    assert light.pixelColor(2, 2).lightness() > 200 > 60 > dark.pixelColor(2, 2).lightness()
    sheet.paper.click()
    assert sheet.findChild(QPushButton, "export.close").isVisible()
