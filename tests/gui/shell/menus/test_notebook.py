"""What a person stays with in a tab is noted, and the session's notebook is exported."""

import json

import numpy as np
import pytest
from PySide6.QtWidgets import QTabWidget, QWidget

from engine.core.act import Act
from engine.core.lens import Lens
from engine.export.notebook.export import export_notebook
from engine.session.jobs.kept import note_act
from gui.shell.menus.notebook import LOOK_MS, Notebook
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.widgets.tab import Tab
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened
from tests.gui.worlds import World


class Weights(Tab):
    """A tab that has a script, with settings that a test chooses."""

    TITLE, PLACE, ORDER, HELP = "Weights", "Inside", 1, "Shows weights."
    name = "weights"

    def __init__(self, *models):
        super().__init__(*models)
        self.setObjectName(self.name)
        self.chosen, self.is_settled_now, self.is_one = {"layer": 1}, True, True

    def code_settings(self):
        return dict(self.chosen)

    @property
    def is_settled(self):
        return self.is_settled_now

    @property
    def shows_act(self):
        return self.is_one and super().shows_act


class Other(Weights):
    """A tab without a script."""

    name = "nothing"


class Window(QWidget):
    def __init__(self):
        super().__init__()
        self.tabs = QTabWidget(self)

    @property
    def tab(self):
        return self.tabs.currentWidget()


class NotebookWorld(World):
    def __init__(self, qtbot):
        super().__init__()
        self.window = Window()
        qtbot.addWidget(self.window, before_close_func=lambda _: self.close())
        models = self.bridge, self.controls, self.selection
        self.tab, self.other = Weights(*models), Other(*models)
        for tab in (self.tab, self.other):
            self.window.tabs.addTab(tab, tab.TITLE)
        self.sessions = Sessions(self.bridge, self.controls, self.selection, Notices(), Settings())
        self.notebook = Notebook(self, clock=self.clock)
        self.notebook.begin()
        self.look()

    def stay(self, looks=2):
        for _ in range(looks):
            self.clock.advance(LOOK_MS)

    @property
    def noted(self):
        return self.asked(note_act)


@pytest.fixture
def world(qtbot):
    return NotebookWorld(qtbot)


def test_what_stands_for_two_looks_is_noted_once_and_what_is_passed_by_not_at_all(world):
    for layer in (1, 2, 3):
        world.tab.chosen = {"layer": layer}
        world.stay(1)
    assert world.noted == []
    world.stay(10)
    assert world.noted == [("weights", {"layer": 3}, Lens("A"))]
    for message in (dataset_opened(), opened()):  # other data, another session
        world.say(message)
        world.look()
        world.stay()
    assert world.noted == [("weights", {"layer": 3}, Lens("A"))] * 3

    del world.runner.submitted[:]
    world.look("A", moment=12)
    world.stay()
    for picture in (np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32)):
        world.tab.chosen = {"picture": picture}
        world.stay()
    assert [lens for _, _, lens in world.noted] == [Lens("A", 12)] * 3
    assert [float(each["picture"].max()) for _, each, _ in world.noted[1:]] == [0, 1]


def test_what_is_no_act_is_not_noted(world):
    world.tab.is_settled_now = False
    world.stay(5)
    world.tab.is_settled_now, world.tab.is_one = True, False
    world.stay(5)
    world.tab.is_one = True
    world.window.tabs.setCurrentWidget(world.other)  # it has no code
    world.stay(5)
    world.window.tabs.setCurrentWidget(world.tab)
    world.selection.change(lens=None)
    world.stay(5)
    world.look()
    world.controls.state = "running"  # and the network is looked at live
    world.stay(5)
    assert world.noted == []
    world.look("A", moment=12)
    world.stay()
    assert [lens for _, _, lens in world.noted] == [Lens("A", 12)]


def test_export_notes_what_is_shown_and_asks_for_a_place(world, place, tmp_path):
    place.answer, place.chosen = str(tmp_path / "out"), "Python scripts (*.py)"
    world.notebook.export()
    assert world.noted == [("weights", {"layer": 1}, Lens("A"))]
    assert world.asked(export_notebook) == [(tmp_path / "out.py",)]
    assert place.title == "Export session as notebook" and place.proposed.endswith(".ipynb")
    assert "*.ipynb" in place.kinds and place.chosen in place.kinds
    place.answer = ""
    world.notebook.export()
    assert len(world.asked(export_notebook)) == 1


@pytest.mark.usefixtures("all_tabs")
def test_with_a_network_some_tabs_show_an_act_that_comes_back_out_of_a_session_s_file(ready):
    tabs = {tab.objectName(): tab for tab in ready.window.all_tabs()}
    assert [name for name, tab in tabs.items() if tab.shows_act] == []
    ready.selection.change(lens=Lens("A"))
    shown = {name for name, tab in tabs.items() if tab.shows_act}
    assert shown == {"fingerprints", "mistakes", "activations", "weights", "graph"}
    picture = np.zeros((28, 28), np.float32)
    picture[8:20, 12:16] = 1
    ready.selection.send(picture, "a bar")
    assert tabs["draw"].shows_act
    ready.selection.change(lens=Lens("A", 12), image=3, label=2)
    assert len(tabs) >= 9
    for tab in (tab for name, tab in tabs.items() if name != "train"):
        act = Act.of(tab.objectName(), tab.code_settings(), ready.selection.lens, "0123", 7.0)
        (array,) = act.arrays.values() or (None,)
        assert Act.from_plain(json.loads(json.dumps(act.as_plain())), array).is_like(act), tab.TITLE
