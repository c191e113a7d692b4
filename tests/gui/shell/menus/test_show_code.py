"""Show the code, by mouse and keys: the button beside the tabs, the sheet, copy and save."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QPlainTextEdit

from engine.data.formats.sample import open_sample
from engine.export.scripts.parts.show_code import CodeShown
from engine.export.scripts.parts.tabs import note
from gui.look.theme import theme
from gui.shell.dialogs.sheets import CodeSheet
from gui.widgets.plots.chart import Cell
from gui.widgets.tab import Tab
from tests.gui.fake_engine import dataset_opened
from tests.gui.worlds import TITLES, WindowWorld, empty_tabs, tell

pytestmark = pytest.mark.tabs("warmup")

LEFT = Qt.MouseButton.LeftButton


class CodeWorld(WindowWorld):
    def go_to(self, name):
        tab = next(tab for tab in self.window.all_tabs() if tab.objectName() == name)
        self.window.tabs.setCurrentWidget(tab)
        return tab

    def click(self, name):
        QTest.mouseClick(self.find(QAbstractButton, name), LEFT)

    @property
    def sheet(self):
        return self.find(QDialog, "code")

    @property
    def code(self):
        return self.sheet.findChild(QPlainTextEdit, "code.text").toPlainText()

    def open(self, name):
        tab = self.go_to(name)
        self.click("tabs.code")
        self.qtbot.waitUntil(
            lambda: (
                self.sheet is not None
                and self.sheet.isVisible()
                and self.sheet.windowTitle() == f"The code of {tab.TITLE}"
            )
        )
        return tab


@pytest.fixture
def world(ready, qtbot):
    made = CodeWorld(ready)
    made.qtbot = qtbot
    yield made
    if made.sheet is not None:
        made.sheet.reject()


def test_button_and_key_open_the_code_with_the_settings_of_the_tab_which_is_copied_and_saved_whole(
    world, qtbot, place, monkeypatch, tmp_path
):
    tab = world.open("warmup")
    assert "SIZE, SEED, STEPS, RATE = 10, 0, 100000, 0.01" in world.code
    first = world.sheet
    assert first.findChild(QLabel, "code.note").text() == note("warmup")
    for widget in (
        first.findChild(QPlainTextEdit, "code.text"),
        *first.findChildren(QAbstractButton),
        world.window.findChild(QAbstractButton, "tabs.code"),
    ):
        assert widget.objectName() and widget.toolTip() and widget.accessibleName(), widget
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    tell(world.application, CodeShown(tab="draw", script="x", note="y", files=()))
    assert "SIZE, SEED" in world.code, "somebody else asked for it"

    tab.settings.set_values({"size": 4, "learning_rate": 0.5, "optimizer": "adam"})
    world.click("tabs.code")
    qtbot.waitUntil(lambda: "SIZE, SEED, STEPS, RATE = 4, 0, 100000, 0.5" in world.code)
    assert "# Adam" in world.code

    QGuiApplication.clipboard().clear()
    world.click("code.copy")
    assert QGuiApplication.clipboard().text() == world.code
    assert world.sheet.copy.text() == "Copied"
    compile(world.code, "copied", "exec")

    place.answer = str(tmp_path / "inverse.py")
    world.click("code.save")
    qtbot.waitUntil(lambda: (tmp_path / "inverse.py").exists())
    assert (tmp_path / "inverse.py").read_text() == world.code
    assert place.proposed.endswith("layerlight_warmup.py")
    told = world.application.notices.history
    qtbot.waitUntil(lambda: bool(told) and "inverse.py" in told[-1].text)
    assert world.application.settings.code_folder == str(tmp_path)
    place.answer = ""
    world.click("code.save")
    assert [file.name for file in tmp_path.glob("*.py")] == ["inverse.py"]

    monkeypatch.setattr("engine.export.scripts.warmup.MOST_EDITED", 0)
    qtbot.waitUntil(lambda: tab.equation.matrix.numbers is not None)
    tab.equation.matrix.edited.emit(Cell(2, 3), 0.5)
    world.window.activateWindow()
    qtbot.waitUntil(world.window.isActiveWindow)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(world.window, Qt.Key.Key_C, keys)
    qtbot.waitUntil(lambda: 'np.load("' in world.code)
    assert world.sheet is first


@pytest.mark.tabs("train")
def test_without_data_a_training_has_no_code_and_with_them_that_of_its_settings(world, qtbot):
    world.go_to("train")
    world.click("tabs.code")
    qtbot.waitUntil(lambda: bool(world.application.notices.history))
    assert "No data set is loaded." in world.application.notices.history[-1].text
    assert world.sheet is None

    def open_it(session):
        session.replace_data(open_sample())
        yield dataset_opened()

    bridge = world.application.bridge
    before = bridge.dataset
    bridge.submit(open_it)
    qtbot.waitUntil(lambda: bridge.dataset is not before)
    tab = world.go_to("train")
    tab.settings.set_values({"layers": "20", "epochs": 7})
    world.open("train")
    assert "EPOCHS, BATCH, SEED = 7, 100, 1" in world.code and "Dense(20" in world.code


@pytest.mark.tabs(*empty_tabs(*TITLES))
def test_the_button_stands_at_the_right_end_of_the_tabs_and_in_their_row(world, qtbot):
    button, row = world.window.findChild(QAbstractButton, "tabs.code"), world.window.tabs.tabBar()
    for width in (1280, 1010, 1600):
        world.window.resize(width, 700)
        qtbot.waitUntil(lambda width=width: button.mapTo(world.window, button.rect().topRight()).x() == width - 17)
        assert button.y() > 0 and button.geometry().bottom() < row.geometry().bottom()
        last = row.tabRect(row.count() - 1).right()
        assert last < button.x()


class Other(Tab):
    TITLE, PLACE, ORDER, HELP = "Other", "Inside", 999, "Has no code."


@pytest.mark.tabs("draw", "mistakes", "graph")
def test_what_is_set_in_a_tab_goes_into_its_code_and_one_without_says_so_in_the_button(world, qtbot):
    application = world.application
    world.window.add_tab(Other(application.bridge, application.controls, application.selection))
    world.window.show_tab("Other")
    button = world.window.findChild(QAbstractButton, "tabs.code")
    assert not button.isEnabled() and button.toolTip() == "This tab has no code to show."
    world.go_to("draw")
    assert button.isEnabled() and "Ctrl+Shift+C" in button.toolTip()

    draw, mistakes, graph = (world.go_to(name) for name in ("draw", "mistakes", "graph"))
    assert "picture" not in draw.code_settings()
    picture = np.zeros((28, 28), np.float32)
    picture[8:20, 12:16] = 1
    world.application.selection.send(picture, "a bar")
    sent = draw.code_settings()["picture"]
    assert sent.shape == (28, 28) and sent.max() == 1

    mistakes.calibration.slider.setValue(20)
    mistakes.calibration.threshold.setValue(90)
    settings = mistakes.code_settings()
    assert settings["temperature"] == pytest.approx(10**0.2)
    assert settings["threshold"] == pytest.approx(0.9)

    world.go_to("graph")
    assert graph.code_settings() == {"of": "training"}
    qtbot.mouseClick(graph.findChild(QAbstractButton, "graph.shows.links"), Qt.MouseButton.LeftButton)
    world.application.selection.change(image=7)
    assert graph.code_settings() == {"of": "links", "image": 7}
    picture = np.full((28, 28), 0.5, np.float32)
    world.application.selection.show_drawing(picture)
    graph.feed = "drawing"
    np.testing.assert_array_equal(graph.code_settings()["picture"], picture)


def test_the_colours_follow_the_theme(qtbot):
    sheet = CodeSheet(None)
    qtbot.addWidget(sheet)
    sheet.show_code("Draw", 'x = 1  # a comment\n"""A text\nimport no\n"""\nimport yes\ndef f(): "x"\n', "note")
    document = sheet.text.document()

    def colors(line):
        ranges = document.findBlockByNumber(line).layout().formats()
        return [(each.start, each.length, each.format.foreground().color().name().upper()) for each in ranges]

    for look in ("dark", "light"):
        theme().choose(look)
        tokens = theme().current
        names = {name: QColor(getattr(tokens, name)).name().upper() for name in ("faint", "accent", "curve_3_text")}
        assert colors(0) == [(7, 11, names["faint"])]
        assert colors(2) == [(0, 9, names["curve_3_text"])]  # within the text no word is a keyword
        assert colors(4) == [(0, 6, names["accent"])]
        assert [each[2] for each in colors(5)][::2] == [names["accent"], names["curve_3_text"]]
