"""The window opens on one tab; the others come when the session is open, as if they had been there all the time."""

import pytest

from engine.core.drawing import Point, Stroke, plain_stroke
from engine.core.messages import Rest
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.session import CANVAS
from gui.state.settings import Settings
from gui.tabs.draw.tab import NO_NETWORK, NOTHING_DRAWN
from gui.widgets.tab import Tab
from tests.gui.conftest import get_ready
from tests.gui.fake_engine import fake_prepare
from tests.gui.tabs.draw.drawing_hands import draw
from tests.gui.worlds import TITLES


class Noting(Tab):
    TITLE, PLACE, ORDER, HELP = "Noting", "Inside", 999, "Notes what it hears."

    def __init__(self, *models):
        super().__init__(*models)
        self.heard = []
        self.listen(SessionOpened, lambda _: self.heard.append("session"))
        self.listen(DatasetOpened, lambda _: self.heard.append("data"))
        self.bridge.runs.changed.connect(lambda changes: self.heard.append(sorted(changes.added)))
        self.selection.changed.connect(lambda changed: self.heard.append("lens") if "lens" in changed else None)


def titles(application):
    return [tab.TITLE for tab in application.window.all_tabs()]


def test_the_tab_that_was_left_is_there_first_and_tensorflow_is_loaded_when_all_are_there_in_their_order(
    make_application, all_tabs, monkeypatch, tmp_path, qtbot
):
    there = []

    def prepare(session, *asked):
        there.append(titles(application))
        yield from fake_prepare(session, *asked)

    monkeypatch.setattr("gui.shell.process.startup.prepare", prepare)
    Settings(tab="weights").save(tmp_path / "settings.json")
    application = make_application(size=(1280, 720))
    application.show()
    application.begin()
    qtbot.waitUntil(lambda: application.window.tab is not None)
    assert titles(application) == ["Weights"] and application.lesson is None
    assert application.bridge.is_holding
    wait_until_complete(application, qtbot)
    assert there == [list(TITLES)] == [titles(application)]
    assert application.window.tab.TITLE == "Weights"
    listed = [title for title, *_ in application.actions.texts() if title in TITLES]
    assert listed == [title for title in TITLES if title in listed] and len(listed) > 9, "so are the keys"


def wait_until_complete(application, qtbot):
    qtbot.waitUntil(lambda: application.lesson is not None and application.controls.state == "idle")


@pytest.mark.tabs("draw", Noting)
def test_a_tab_that_comes_after_the_session_knows_of_it_its_data_runs_and_lens(
    files, few_tabs, make_application, monkeypatch, tmp_path
):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    (tmp_path / "mine.layerlight").touch()
    application = make_application(size=(1280, 720))
    application.settings.session = str(tmp_path / "mine.layerlight")
    get_ready(application)
    (tab,) = (tab for tab in application.window.all_tabs() if tab.TITLE == "Noting")
    assert tab.heard.index("session") < tab.heard.index(["A", "B"]) < tab.heard.index("lens") and "data" in tab.heard
    assert tab.heard.count("session") == tab.heard.count("data") == 1


@pytest.fixture
def slow(files, few_tabs, make_application, monkeypatch, tmp_path, qtbot):
    """The application with all tabs while its session is still being opened, until `slow.open()`."""
    is_open = []

    def open_session(session, path, copy=False):
        while not is_open:
            yield Rest(seconds=0.01)
        yield from files.open_session(session, path)

    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("gui.shell.process.startup.open_session", open_session)
    monkeypatch.setattr("gui.shell.process.tab_building.PATIENCE_MS", 100)
    (tmp_path / "mine.layerlight").touch()
    application = make_application(size=(1280, 720))
    application.settings.session = str(tmp_path / "mine.layerlight")
    application.show()
    application.begin()
    qtbot.waitUntil(lambda: application.lesson is not None)

    def open_at_last():
        is_open.append(True)
        wait_until_complete(application, qtbot)

    application.open = open_at_last
    return application


@pytest.mark.tabs("draw", "train")
def test_other_tabs_come_in_time_even_if_the_session_takes_long_to_open(slow):
    assert not slow.sessions.runs and slow.controls.state == "starting"
    slow.open()
    assert slow.sessions.runs == {"A", "B"}


@pytest.mark.tabs("draw", "train")
def test_what_is_drawn_while_the_session_takes_long_to_open_stays_and_undo_shows_the_sessions_drawing(slow, files):
    tab = slow.window.tab
    stroke = Stroke(points=(Point(3, 3), Point(9, 9)), width=2.0)
    plain = {"strokes": [plain_stroke(stroke)], "picture": None, "caption": "", "change": None, "is_raw": False}
    files.view = {CANVAS: plain}
    assert tab.answer.sentence.text() == NOTHING_DRAWN, "its networks are yet to come"
    draw(tab.canvas, (4, 4), (14, 14))
    mine = tab.canvas.sheet
    slow.open()
    assert tab.canvas.sheet is mine
    tab.history.undo()
    assert tab.canvas.sheet.strokes == (stroke,)


@pytest.mark.tabs("draw")
def test_before_the_session_is_open_draw_offers_no_network(files, application, qtbot):
    application.show()
    application.begin()
    qtbot.waitUntil(lambda: application.window.tab is not None)
    assert application.window.tab.answer.sentence.text() == NOTHING_DRAWN
    wait_until_complete(application, qtbot)
    assert application.window.tab.answer.sentence.text() == NO_NETWORK
