"""What is there at the next start: the session that was left, one that crashed, the one that comes along."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

import main
from engine.core.drawing import Drawing, Point, Stroke
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import JobEnded
from engine.session.jobs.data import prepare
from engine.session.jobs.files import SessionsFound, find_left_sessions
from engine.session.jobs.kept import keep_drawings
from engine.session.session import Session, SessionSaved
from engine.session.store import places
from engine.session.store.opening import peek
from gui.shell.process.startup import Beginning, Opening, open_first
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings, load_settings, use_settings
from gui.state.training.ongoing import DataReading
from gui.widgets.forms.controls import Segments
from tests.gui.fake_engine import fake_prepare
from tests.gui.fake_files import saved_word, wait_for
from tests.gui.session_messages import left, opened
from tests.gui.worlds import World, true_engine


@pytest.fixture
def start(files, few_tabs, make_application, tmp_path, qtbot, monkeypatch):
    """Starts the program with these settings and returns the window when it is ready."""
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("gui.shell.process.startup.folders.state", lambda: tmp_path / "state")

    def start(file=None, restore="ask", bundled=None, **settings):
        Settings(**settings).save(tmp_path / "settings.json")
        application = make_application(restore=restore, bundled=bundled)
        application.show()
        application.begin(file)
        qtbot.waitUntil(lambda: bool(application.lesson) and application.controls.state == "idle", timeout=60_000)
        return application

    return start


def a_file(tmp_path, name="mine.layerlight"):
    (tmp_path / name).touch()
    return tmp_path / name


STARTS = {  # of each start: what is there (`!`: it crashed), what is opened, what is offered
    "the session that was left": ({"session": "mine"}, "mine", None),
    "a session that is gone is not missed": ({"session": "gone"}, None, None),
    "an autosave that was left cleanly": ({"session": "auto", "left": ("auto",)}, "auto", None),
    "an autosave that another window works with": ({"session": "auto"}, None, None),
    "after a crash what was kept is offered": ({"session": "auto", "left": ("auto!", "y")}, None, "auto"),
    "what was left for later": ({"session": "mine", "left": ("old!",)}, "mine", "old"),
    "restore yes": ({"session": "mine", "left": ("y", "new!", "old!"), "restore": "yes"}, "new", None),
    "restore no": ({"session": "auto", "left": ("auto!",), "restore": "no"}, None, None),
    "a file of the command line": ({"session": "mine", "file": "new", "left": ("y!",), "restore": "yes"}, "new", None),
    "a data set of the command line": ({"session": "mine", "file": "mine.npz"}, None, None),
    "a data set before what comes along": ({"file": "mine.npz", "bundled": "mine"}, None, None),
    "nothing comes along": ({"bundled": "gone"}, None, None),
}


@pytest.mark.parametrize("name", STARTS)
def test_at_the_next_start(qapp, tmp_path, monkeypatch, name):
    there, wanted, offer = STARTS[name]
    state, offered = tmp_path / "state", []
    places = {"mine": a_file(tmp_path), "gone": tmp_path / "gone.layerlight"}
    monkeypatch.setattr("gui.shell.process.startup.folders.state", lambda: state)

    def place(name):
        return places.get(name) or (Path(name) if "." in name else state / f"{name}.layerlight")

    world = World()
    session, file = (str(place(there[key])) if key in there else None for key in ("session", "file"))
    bundled = place(there["bundled"]) if "bundled" in there else None
    opening = Opening(world.bridge, DataReading(world.bridge, Notices()))
    use_settings(Settings(session=session or ""))
    beginning = Beginning(world.bridge, opening, there.get("restore", "ask"), offered.extend, bundled)
    beginning.begin(file)
    found = tuple(left(place(name.strip("!")), crashed=name.endswith("!")) for name in there.get("left", ()))
    if world.asked(find_left_sessions):
        world.answer(find_left_sessions, SessionsFound(sessions=found))
    assert world.asked(open_first) == ([(str(place(wanted)),)] if wanted else [])
    beginning.get_ready()
    if wanted:
        assert not world.asked(prepare), "the session comes first"
        world.answer(open_first, opened(wanted))
    assert world.asked(prepare) == [(None if wanted else file,)]
    assert [session.path for session in offered] == ([place(offer)] if offer else [])
    world.close()


def test_after_a_crash_what_was_kept_is_offered_beside_the_window(start, files, qtbot):
    files.left = (left("/state/a.layerlight"), left("/state/b.layerlight", crashed=False))
    application = start()
    qtbot.waitUntil(lambda: application.window.findChild(QDialog, "recovery") is not None)
    dialog = application.window.findChild(QDialog, "recovery")
    assert [row.session.path for row in dialog.rows] == [files.left[0].path] and not dialog.isModal()
    assert [what for what, _ in files.asked] == ["find"], "nothing is opened, and nothing is lost"


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """A file in the place of the session that comes along."""
    path = a_file(tmp_path, "bundled.layerlight")
    monkeypatch.setattr("engine.core.machine.bundled.BUNDLED", path)
    monkeypatch.setattr("gui.state.sessions.BUNDLED", path)
    return path


STAYS = "The bundled session stays as it is."


def test_the_first_start_opens_the_bundled_session_quietly(start, files, bundled, tmp_path):
    files.read_only, files.view = STAYS, {"lens": {"run": "A", "moment": None, "silenced": []}}
    application = start(bundled=bundled)
    assert files.asked == [("find", ""), ("open", str(bundled))]
    assert application.selection.lens == Lens("A")
    assert saved_word(application) is None
    assert application.notices.current.sentence.startswith("New here?")  # the one quiet line, and no other
    assert (application.settings.session, application.settings.recent) == ("", [])


def test_the_bundled_session_is_opened_by_the_file_menu_and_what_becomes_of_it_is_saved_elsewhere(
    window, files, bundled, qtbot, place
):
    files.read_only = STAYS
    window.actions["file.bundled"].trigger()
    qtbot.waitUntil(lambda: window.sessions.path == bundled)
    assert saved_word(window) is None and window.notices.current is None
    assert window.settings.recent == []
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    assert Path(place.proposed).name.startswith("Layerlight 20"), "not among the program's own files"
    qtbot.waitUntil(lambda: window.sessions.is_saved)
    assert saved_word(window)[0] == "All work saved"


def test_what_cannot_be_opened_or_found_does_not_keep_the_engine_from_being_ready(start, files, tmp_path, monkeypatch):
    def failing(error):
        def fail(session, path=None):
            raise error
            yield

        return fail

    for error, details in ((UserError("mine.layerlight is no session."), ""), (ValueError("a bug"), "a bug")):
        monkeypatch.setattr("gui.shell.process.startup.open_session", failing(error))
        line = start(session=str(a_file(tmp_path))).notices.current
        assert "mine.layerlight" in line.sentence and details in line.details and bool(details) == bool(line.details)
    monkeypatch.setattr("gui.shell.process.startup.find_left_sessions", failing(OSError("the folder is gone")))
    application = start(session=str(a_file(tmp_path)))
    assert any("the folder is gone" in each.details for each in application.notices.history)


def test_the_command_line_says_what_to_do_after_a_crash(monkeypatch):
    seen = []
    monkeypatch.setattr("gui.app.run", lambda file, **flags: seen.append((file, flags["restore"])) or 0)
    for words in ((), ("--restore=yes",), ("--restore", "no")):
        assert main.main([*words, "mine.layerlight"]) == 0
    assert seen == [("mine.layerlight", restore) for restore in ("ask", "yes", "no")]


def switch(application, name="train.pages"):
    return application.window.findChild(Segments, name)


@pytest.mark.tabs("draw", "train")
def test_a_tab_is_at_the_page_at_which_it_or_its_session_was_left_and_takes_nothing_else_that_a_file_says(
    start, files, tmp_path, monkeypatch
):
    budgets = []
    set_budget = lambda session, megabytes: iter([budgets.append(megabytes)])  # noqa: E731
    monkeypatch.setattr("gui.shell.process.startup.set_budget", set_budget)
    wrong = {"draw.page": 7, "draw.method": "no such", "draw.preparation": "raw", "nothing": "at all"}
    application = start(budget=1234)
    assert budgets == [1234]
    keys = {name: switch(application, name).key for name in wrong if name != "nothing"}
    switch(application).choose("runs")
    application.window.close()
    pages = load_settings(tmp_path / "settings.json").pages
    assert switch(start(pages=pages)).key == "runs"

    files.view = {"tab": "Train", "pages": {"train.pages": "runs", **wrong}}
    application = start(session=str(a_file(tmp_path)))
    assert application.sessions.tab == "Train" and switch(application).key == "runs"
    assert {name: switch(application, name).key for name in keys} == keys
    application.sessions.pagesWanted.emit({"another": "of no tab"})
    assert not application.sessions.pages().keys() & {"nothing", "another"}, "no tab has such a switch"
    files.view = {"pages": ["runs"]}
    assert switch(start(session=str(a_file(tmp_path)))).key == "settings"


def sessions_alone(*engine):
    world = World(*engine)
    return world, Sessions(world.bridge, world.controls, world.selection, Notices(), Settings())


def test_where_a_person_is_lies_in_the_file_before_anybody_closes_the_window(qtbot, monkeypatch):
    """So a window that is killed comes back there."""
    monkeypatch.setattr("gui.state.sessions.VIEW_MS", 10)
    session = Session(new_place=places.new_autosave)
    world, sessions = sessions_alone(*true_engine(session, at_end=session.close))
    saved, done = [], []
    world.bridge.listen(SessionSaved, saved.append)
    world.bridge.listen(JobEnded, done.append)
    world.bridge.submit(keep_drawings, {"one": Drawing(strokes=(Stroke(points=(Point(1, 2),), width=2),))})
    qtbot.waitUntil(lambda: len(done) == 1)
    (path,) = {message.path for message in saved}
    sessions.tab, sessions.pages = "Map", lambda: {"map.method": "tsne"}
    sessions.keep_view_soon()
    qtbot.waitUntil(lambda: len(done) == 2)
    view = peek(path)[0].view
    assert (view["tab"], view["pages"]) == ("Map", {"map.method": "tsne"})
    world.close()


def test_a_window_that_goes_or_whose_session_is_only_read_writes_its_view_no_more(qtbot):
    """Its switches are gone before the moment is over for which somebody stayed there."""
    world, sessions = sessions_alone()
    world.say(opened())
    sessions.keep_view_soon()
    (timer,) = [timer for timer in sessions.findChildren(QTimer) if timer.isActive()]
    sessions.stop_keeping_the_view()
    timer.setInterval(0)
    qtbot.waitUntil(lambda: not timer.isActive())
    world.say(opened(read_only="It is open elsewhere."))
    sessions.keep_view_soon()
    assert not any(timer.isActive() for timer in sessions.findChildren(QTimer))
    assert world.runner.jobs == []
    world.close()
