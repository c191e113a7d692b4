"""Sessions in the window: opening, saving, what is seen of them, and what is there at the next start."""

import json
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QMenu, QPushButton

import main
from engine.errors import UserError
from engine.lens import Adjusted, Lens, Neuron
from engine.run_jobs import RunRemoved
from engine.session import SessionSaved, SessionWriting
from engine.session_jobs import SessionOpened, SessionsFound
from engine.specs import TrainSpec
from gui.application import Application
from gui.file_commands import as_session
from gui.settings import Settings
from gui.tabs.train import TrainTab
from tests.gui.fake_engine import dataset_opened, fake_prepare, fake_train
from tests.gui.session_messages import left, opened, summary
from tests.gui.training_messages import started

LONG = TrainSpec(epochs=10_000)
SAVED = Path("/sessions/blog-run.layerlight")


class FakeFiles:
    """The engine's jobs for sessions, without files: what was asked of them, in order, with the view they found."""

    def __init__(self):
        self.asked = []
        self.runs = (summary("A", started=1.0), summary("B", moments=(0, 550, 1100), started=2.0))
        self.view = {}
        self.read_only = ""
        self.left = ()

    def new_session(self, session):
        self.asked.append(("new", session.view))
        yield opened(path="", is_saved=False)

    def open_session(self, session, path, *, copy=False):
        self.asked.append(("copy" if copy else "open", path))
        yield opened(path, self.runs, self.view, self.read_only, is_saved="/sessions/" in path)

    def save_session(self, session):
        self.asked.append(("save", session.view))
        yield SessionSaved(name="blog-run", path=SAVED)

    def save_session_as(self, session, path):
        self.asked.append(("save as", path))
        yield None
        yield SessionSaved(name=Path(path).stem, path=Path(path))

    def find_left_sessions(self, session):
        self.asked.append(("find", ""))
        yield SessionsFound(sessions=self.left)

    def discard_session(self, session, path):
        self.asked.append(("discard", path))
        yield None

    def set_budget(self, session, megabytes):
        yield None


@pytest.fixture
def files(monkeypatch):
    made = FakeFiles()
    for module in ("gui.sessions", "gui.opening", "gui.beginning", "gui.left_sessions", "gui.application"):
        for name in [name for name in dir(FakeFiles) if not name.startswith("_")]:
            if hasattr(__import__(module, fromlist=["x"]), name):
                monkeypatch.setattr(f"{module}.{name}", getattr(made, name))
    return made


@pytest.fixture
def window(files, ready):
    return ready


def wait_for(qtbot, files, what):
    qtbot.waitUntil(lambda: files.asked[-1:] == [what])


def open_session(window, qtbot, path=SAVED):
    window.window.fileDropped.emit(Path(path))
    qtbot.waitUntil(lambda: window.sessions.path == Path(path))


# Opening and beginning anew -------------------------------------------------------------------------------------


def test_a_session_is_opened_by_its_suffix_and_gives_the_window_its_name(window, files, qtbot):
    open_session(window, qtbot)
    assert files.asked == [("open", str(SAVED))]
    assert window.window.windowTitle() == "blog-run – Layerlight"
    assert window.opening.dataset.name == "MNIST"


def test_the_open_dialog_takes_sessions_and_data(window, files, qtbot, monkeypatch, tmp_path):
    asked = []

    def ask(parent, title, folder, filters):
        asked.append(filters)
        return str(tmp_path / name), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    monkeypatch.setattr("gui.opening.open_data", lambda session, file: iter([dataset_opened("Mine")]))
    name = "one.LAYERLIGHT"
    window.actions["file.open"].trigger()
    wait_for(qtbot, files, ("open", str(tmp_path / name)))
    name = "mine.npz"
    window.actions["file.open"].trigger()
    qtbot.waitUntil(lambda: window.opening.dataset.name == "Mine")
    assert len(files.asked) == 1
    assert asked[0].startswith("Sessions and data sets (*.layerlight *.npz)")


def test_a_run_is_stopped_before_another_session_is_opened_and_nobody_is_asked(window, files, qtbot):
    window.controls.start(LONG)
    qtbot.waitUntil(lambda: window.controls.state == "running" and window.progress.run == "A")
    heard = []
    window.controls.stateChanged.connect(heard.append)
    window.bridge.listen(SessionOpened, lambda _: heard.append("opened"))
    window.actions["file.new"].trigger()
    qtbot.waitUntil(lambda: "opened" in heard)
    assert heard == ["idle", "opened"]
    assert window.controls.state == "idle"


def test_a_new_session_forgets_what_was_shown_of_the_old_one(window, files, qtbot):
    open_session(window, qtbot)
    window.controls.start(TrainSpec(epochs=1))
    qtbot.waitUntil(lambda: words(window) == "Run A is done  ·  1 epoch  ·  93.8 % of the test images right")
    window.actions["file.new"].trigger()
    qtbot.waitUntil(lambda: window.sessions.path is None)
    assert window.selection.lens is None
    assert window.window.windowTitle() == "Layerlight"
    qtbot.waitUntil(lambda: words(window) == "Ready")


def words(window):
    return window.window.findChild(QLabel, "status.words").text()


def test_a_session_opens_before_tensorflow_is_there(files, application, qtbot, monkeypatch):
    def prepare(session, file=None):
        raise ImportError("TensorFlow needs AVX")
        yield

    monkeypatch.setattr("gui.opening.prepare", prepare)
    application.show()
    application.begin(str(SAVED))
    qtbot.waitUntil(lambda: application.sessions.path == SAVED)
    assert application.controls.state == "starting"


# What was looked at ---------------------------------------------------------------------------------------------


def test_a_session_is_looked_at_as_it_was_left(window, files, qtbot):
    adjusted = frozenset({Adjusted(0, 1, factor=3.0), Adjusted(0, 2, factor=0.0, offset=0.75)})
    lens = Lens("A", 550, frozenset({Neuron(0, 7), Neuron(0, 3)}), adjusted)
    window.selection.change(lens=lens)
    files.view = json.loads(json.dumps(window.sessions.view()))  # as it comes back from a file
    assert files.view == {
        "tab": "Draw",
        "lens": {
            "run": "A",
            "moment": 550,
            "silenced": [[0, 3], [0, 7]],
            "adjusted": [[0, 1, 3.0, 0.0], [0, 2, 0.0, 0.75]],
        },
    }
    window.selection.change(lens=None)
    open_session(window, qtbot)
    assert window.selection.lens == lens


@pytest.mark.parametrize(
    "lens",
    [
        None,
        {"run": "C", "moment": None, "silenced": []},
        {"run": "A", "moment": 1100, "silenced": []},
        {"run": ["A"], "moment": None},
        "A",
        7,
    ],
)
def test_a_lens_that_names_no_run_or_moment_gives_way_to_the_newest_run(window, files, qtbot, lens):
    files.view = {"lens": lens}
    open_session(window, qtbot)
    assert window.selection.lens == Lens("B")


@pytest.mark.parametrize(
    "silenced", [None, 3, [[0]], [[0, "3"]], [[0, -1]], [[0, 99_999]], [[1, 3]], [[0, 3], "ab"], [[0.5, 1]]]
)
def test_silenced_neurons_that_cannot_be_are_left_out(window, files, qtbot, silenced):
    files.view = {"lens": {"run": "A", "moment": None, "silenced": silenced}}
    open_session(window, qtbot)
    assert window.selection.lens == Lens("A")


@pytest.mark.parametrize(
    "adjusted", [[[0, 3, "2", 0.0]], [[0, 3, float("nan"), 0.0]], [[0, 99_999, 1.0, 0.0]], [7]]
)
def test_adjusted_neurons_that_cannot_be_are_left_out(window, files, qtbot, adjusted):
    files.view = {"lens": {"run": "A", "moment": None, "silenced": [[0, 3]], "adjusted": adjusted}}
    open_session(window, qtbot)
    assert window.selection.lens == Lens("A", None, frozenset({Neuron(0, 3)}))


def test_the_tab_that_was_left_is_shown_and_an_unknown_one_changes_nothing(window, files, qtbot):
    shown = []
    window.sessions.tabWanted.connect(shown.append)
    files.view = {"tab": "Train"}
    open_session(window, qtbot)
    files.view = {"tab": "From the future"}
    open_session(window, qtbot, "/sessions/other.layerlight")
    files.view = {"tab": 3}
    open_session(window, qtbot, "/sessions/third.layerlight")
    assert shown == ["Train", "From the future"]
    assert window.sessions.view()["tab"] == "Train"


def test_the_tabs_know_the_runs_before_the_lens_names_one(files, application, qtbot, monkeypatch):
    known = []

    class Spy(TrainTab):
        def __init__(self, bridge, controls, selection):
            selection.changed.connect(
                lambda changed: known.append(selection.lens.run in self.runs) if "lens" in changed else None
            )
            super().__init__(bridge, controls, selection)

    monkeypatch.setattr("gui.tabs.train.TAB", Spy)
    application.begin(str(SAVED))
    qtbot.waitUntil(lambda: application.selection.lens == Lens("B"))
    assert known == [True]


def test_the_view_reaches_the_session_when_the_window_closes(files, qapp, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr("gui.opening.prepare", fake_prepare)
    application = Application(tmp_path / "settings.json", train=fake_train)
    closed = []
    session = application.runner._session
    session.close = lambda view: closed.append(view)
    application.show()
    application.begin()
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    application.selection.change(lens=Lens("A", 55))
    application.window.close()
    assert closed == []
    assert application.finish()
    assert closed == [{"tab": "Draw", "lens": {"run": "A", "moment": 55, "silenced": [], "adjusted": []}}]
    application.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


# Saving ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(monkeypatch, tmp_path):
    """The file dialog: it answers with `place.answer`, and keeps what it proposed."""

    class Place:
        answer = str(tmp_path / "mine.layerlight")
        proposed = None

    def ask(parent, title, name, filters):
        Place.proposed = name
        return Place.answer, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return Place


def test_saving_a_session_without_a_place_asks_for_one(window, files, qtbot, place, tmp_path):
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    qtbot.waitUntil(lambda: window.sessions.is_saved)
    assert window.window.windowTitle() == "mine – Layerlight"
    assert Path(place.proposed).name.startswith("Layerlight 20") and place.proposed.endswith(".layerlight")
    assert window.settings.folder == str(tmp_path)


def test_saving_a_session_with_a_place_writes_the_view(window, files, qtbot, place):
    open_session(window, qtbot)
    window.selection.change(lens=Lens("A", 1))
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save", window.sessions.view()))
    assert place.proposed is None


def test_saving_where_nothing_may_be_written_asks_for_a_place(window, files, qtbot, place):
    files.read_only = "blog-run is open in another window."
    open_session(window, qtbot)
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    assert place.proposed == str(SAVED)


def test_the_suffix_is_added_and_a_file_that_this_hits_is_asked_about(
    window, files, qtbot, place, tmp_path, monkeypatch
):
    place.answer = str(tmp_path / "mine")
    asked = []
    monkeypatch.setattr("gui.file_commands.may_replace", lambda _, path: asked.append(path) or allowed)
    (tmp_path / "mine.layerlight").write_text("something dear")
    allowed = False
    window.actions["file.save_as"].trigger()
    assert asked == [tmp_path / "mine.layerlight"] and files.asked == []
    allowed = True
    window.actions["file.save_as"].trigger()
    wait_for(qtbot, files, ("save as", str(tmp_path / "mine.layerlight")))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", "a.layerlight"),
        ("a.layerlight", "a.layerlight"),
        ("v1.2", "v1.2.layerlight"),
        ("A.LayerLight", "A.LayerLight"),
    ],
)
def test_a_name_keeps_what_it_has(name, expected):
    assert as_session(Path(name)) == Path(expected)


def test_saving_under_its_own_name_writes_no_second_file(window, files, qtbot, place):
    open_session(window, qtbot)
    place.answer = str(SAVED)
    window.actions["file.save_as"].trigger()
    wait_for(qtbot, files, ("save", window.sessions.view()))


@pytest.mark.parametrize(("button", "expected"), [("replace.replace", True), ("replace.keep", False)])
def test_the_question_before_a_file_is_replaced_is_answered_by_its_buttons(
    window, qtbot, tmp_path, button, expected
):
    from PySide6.QtCore import QTimer

    from gui.file_commands import may_replace

    def answer():
        box = window.window.findChild(QDialog, "replace")
        assert box.defaultButton().objectName() == "replace.keep"
        box.findChild(QPushButton, button).click()

    QTimer.singleShot(0, window.window, answer)
    assert may_replace(window.window, tmp_path / "mine.layerlight") is expected


def test_what_is_wanted_is_done_in_that_order_while_the_engine_is_busy(window, files, qtbot, place):
    busy, entered = threading.Event(), threading.Event()

    def work(session):
        entered.set()
        busy.wait(10)
        yield None

    window.bridge.submit(work)
    assert entered.wait(10)
    window.actions["file.save_as"].trigger()
    window.actions["file.new"].trigger()
    window.sessions.open(SAVED)
    window.sessions.discard(Path("/state/x.layerlight"))
    busy.set()
    wait_for(qtbot, files, ("discard", "/state/x.layerlight"))
    assert [what for what, _ in files.asked] == ["save as", "new", "open", "discard"]


def test_what_fails_does_not_keep_the_next_from_being_done(window, files, qtbot, monkeypatch):
    def refuse(session, path, copy=False):
        raise UserError("blog-run.layerlight is no session.")
        yield

    monkeypatch.setattr("gui.sessions.open_session", refuse)
    window.sessions.open(SAVED)
    window.sessions.new()
    qtbot.waitUntil(lambda: [what for what, _ in files.asked] == ["new"])
    assert window.notices.current.text == "blog-run.layerlight is no session."


# What is seen ---------------------------------------------------------------------------------------------------


def saved_word(window):
    label = window.window.findChild(QLabel, "status.saved")
    return (label.text(), label.property("tone"), label.toolTip()) if label.isVisible() else None


def post(window, message):
    window.mailbox.post(0, message)
    window.bridge.deliver()


def test_the_status_line_says_whether_all_is_saved(window, files, qtbot):
    assert saved_word(window) is None
    post(window, started())
    assert saved_word(window)[:2] == ("All work saved", "muted")
    post(window, SessionWriting(trouble="The disk is full."))
    assert saved_word(window) == ("Not being saved", "warn", "The disk is full.")
    post(window, SessionWriting(trouble=""))
    assert saved_word(window)[0] == "All work saved"
    post(window, RunRemoved(run="A"))
    assert saved_word(window) is None


def test_a_notice_stands_in_the_place_of_the_word(window, files):
    post(window, started())
    window.notices.tell("Something else.")
    assert saved_word(window) is None
    window.notices.close_current()
    assert saved_word(window) is not None


def test_a_session_that_is_open_elsewhere_is_read_only_and_says_so(window, files, qtbot):
    files.read_only = "blog-run is open in another window."
    open_session(window, qtbot)
    assert window.notices.current.text == f"{files.read_only} What you train here goes into a new session."
    window.notices.close_current()
    assert saved_word(window) == ("Read only", "warn", files.read_only)


def test_the_title_says_how_far_the_run_is_and_whose_it_is(window, files, qtbot):
    open_session(window, qtbot)
    window.controls.set_spec_source(lambda: LONG)
    window.controls.step()
    qtbot.waitUntil(lambda: window.window.windowTitle() == "0 % · blog-run – Layerlight")


def test_an_autosave_has_no_name_but_is_known(window, files, qtbot):
    post(window, SessionSaved(name="Unsaved session", path=Path("/state/x.layerlight"), is_saved=False))
    assert window.window.windowTitle() == "Unsaved session – Layerlight"
    assert not window.sessions.is_saved and window.settings.recent == []
    assert window.settings.session == "/state/x.layerlight"


# The latest sessions --------------------------------------------------------------------------------------------


def recent_menu(window):
    menu = window.window.menus.findChild(QMenu, "menu.file.recent")
    menu.fill()
    return menu


def entries(window):
    return [(action.text(), action.isEnabled()) for action in recent_menu(window).actions() if action.text()]


def test_the_latest_sessions_stand_in_the_menu_and_those_that_are_missing_are_greyed(
    window, files, qtbot, tmp_path
):
    assert not recent_menu(window).menuAction().isEnabled()
    there = tmp_path / "sessions" / "salt & pepper.layerlight"
    there.parent.mkdir()
    there.touch()
    open_session(window, qtbot, there)
    open_session(window, qtbot)
    assert entries(window) == [
        ("&1  blog-run", False),
        ("&2  salt && pepper", True),
        ("&Clear this list", True),
    ]
    open_session(window, qtbot, there)
    assert entries(window)[0] == ("&1  salt && pepper", True)
    recent_menu(window).actions()[0].trigger()
    wait_for(qtbot, files, ("open", str(there)))


def test_ten_sessions_are_remembered_and_can_be_forgotten(window, files, qtbot):
    for number in range(12):
        open_session(window, qtbot, f"/sessions/{number}.layerlight")
    texts = [text for text, _ in entries(window)]
    assert texts[:2] == ["&1  11", "&2  10"] and texts[9:] == ["1&0  2", "&Clear this list"]
    recent_menu(window).actions()[-1].trigger()
    assert entries(window) == [("&Clear this list", True)] and window.settings.recent == []


def test_the_submenu_stands_below_open(window):
    menu = window.window.menus.findChild(QMenu, "menu.file")
    names = [
        action.objectName() or (action.menu() and action.menu().objectName()) for action in menu.actions()
    ]
    assert names[:4] == [
        "action.file.new",
        "action.file.open",
        "menu.file.recent",
        "action.file.bundled",
    ]


def test_which_session_is_open_is_remembered_at_once(window, files, qtbot, tmp_path):
    open_session(window, qtbot)
    remembered = json.loads((tmp_path / "settings.json").read_text())
    assert remembered["session"] == str(SAVED) and remembered["recent"] == [str(SAVED)]


# The next start -------------------------------------------------------------------------------------------------


@pytest.fixture
def start(files, qapp, tmp_path, qtbot, monkeypatch):
    """Starts the program with these settings and returns the window when it is ready."""
    monkeypatch.setattr("gui.opening.prepare", fake_prepare)
    monkeypatch.setattr("gui.beginning.folders.state", lambda: tmp_path / "state")
    made = []

    def start(file=None, restore="ask", bundled=None, **settings):
        Settings(**settings).save(tmp_path / "settings.json")
        application = Application(
            tmp_path / "settings.json", train=fake_train, restore=restore, bundled=bundled
        )
        made.append(application)
        application.show()
        application.begin(file)
        qtbot.waitUntil(lambda: application.controls.state == "idle")
        return application

    yield start
    for application in made:
        application.window.close()
        assert application.finish()
        application.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def asked_to_open(files):
    return [path for what, path in files.asked if what == "open"]


def offered(application):
    dialog = application.window.findChild(QDialog, "recovery")
    return [row.session.path for row in dialog.rows] if dialog else None


def a_file(tmp_path, name="mine.layerlight"):
    (tmp_path / name).touch()
    return tmp_path / name


def test_the_next_start_opens_the_session_that_was_left(start, files, tmp_path):
    last = a_file(tmp_path)
    application = start(session=str(last))
    assert asked_to_open(files) == [str(last)]
    assert offered(application) is None


def test_a_session_that_is_gone_is_not_missed(start, files, tmp_path):
    application = start(session=str(tmp_path / "gone.layerlight"))
    assert asked_to_open(files) == [] and application.notices.current is None


def test_an_autosave_that_was_left_cleanly_is_opened_again(start, files, tmp_path):
    last = tmp_path / "state" / "x.layerlight"
    files.left = (left(last, crashed=False),)
    start(session=str(last))
    assert asked_to_open(files) == [str(last)]


def test_an_autosave_that_another_window_works_with_is_left_alone(start, files, tmp_path):
    start(session=str(tmp_path / "state" / "x.layerlight"))
    assert asked_to_open(files) == []


def test_after_a_crash_what_was_kept_is_offered_and_nothing_opened(start, files, tmp_path, qtbot):
    crashed = tmp_path / "state" / "x.layerlight"
    files.left = (left(crashed), left("/state/y.layerlight", crashed=False))
    application = start(session=str(crashed))
    qtbot.waitUntil(lambda: offered(application) == [crashed])
    assert asked_to_open(files) == []
    assert not application.window.findChild(QDialog, "recovery").isModal()


def test_what_was_left_for_later_does_not_keep_the_last_session_closed(start, files, tmp_path, qtbot):
    last = a_file(tmp_path)
    files.left = (left("/state/old.layerlight"),)
    application = start(session=str(last))
    qtbot.waitUntil(lambda: offered(application) == [Path("/state/old.layerlight")])
    assert asked_to_open(files) == [str(last)]


def test_restore_yes_opens_the_newest_and_asks_nothing(start, files, tmp_path):
    newest = tmp_path / "state" / "new.layerlight"
    files.left = (left("/state/clean.layerlight", crashed=False), left(newest), left("/state/old.layerlight"))
    application = start(restore="yes", session=str(a_file(tmp_path)))
    assert asked_to_open(files) == [str(newest)] and offered(application) is None


def test_restore_no_opens_nothing_that_crashed_and_asks_nothing(start, files, tmp_path):
    crashed = tmp_path / "state" / "x.layerlight"
    files.left = (left(crashed),)
    application = start(restore="no", session=str(crashed))
    assert asked_to_open(files) == [] and offered(application) is None


def test_a_file_of_the_command_line_goes_before_all_others(start, files, tmp_path):
    files.left = (left(),)
    start(file="/sessions/wanted.layerlight", restore="yes", session=str(a_file(tmp_path)))
    assert asked_to_open(files) == ["/sessions/wanted.layerlight"]


def test_a_data_set_of_the_command_line_begins_a_new_session(start, files, tmp_path):
    start(file="mine.npz", session=str(a_file(tmp_path)))
    assert asked_to_open(files) == []


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """A file in the place of the session that comes along."""
    path = a_file(tmp_path, "bundled.layerlight")
    monkeypatch.setattr("engine.bundled.BUNDLED", path)
    monkeypatch.setattr("gui.sessions.BUNDLED", path)
    return path


STAYS = "The bundled session stays as it is."


def test_the_first_start_opens_the_session_that_comes_along_and_makes_no_noise_of_it(
    start, files, bundled, tmp_path
):
    files.read_only, files.view = STAYS, {"lens": {"run": "A", "moment": None, "silenced": []}}
    application = start(bundled=bundled)
    assert asked_to_open(files) == [str(bundled)]
    assert application.selection.lens == Lens("A")
    assert saved_word(application) is None and application.notices.current is None
    assert (application.settings.session, application.settings.recent) == ("", [])


@pytest.mark.parametrize("crashed", [True, False])
def test_a_later_start_opens_what_was_there_and_after_a_crash_one_is_asked_first(
    start, files, bundled, tmp_path, crashed
):
    last = a_file(tmp_path)
    files.left = (left("/state/x.layerlight"),) if crashed else ()
    application = start(session="" if crashed else str(last), bundled=bundled)
    assert asked_to_open(files) == ([] if crashed else [str(last)])
    assert (offered(application) is not None) == crashed


def test_a_file_of_the_command_line_goes_before_the_session_that_comes_along(start, files, bundled):
    start(file="mine.npz", bundled=bundled)
    assert asked_to_open(files) == []


def test_without_a_session_that_comes_along_the_first_start_begins_a_new_one(start, files, tmp_path):
    start(bundled=tmp_path / "none.layerlight")
    assert asked_to_open(files) == []


def test_the_file_menu_opens_the_session_that_comes_along(window, files, bundled, qtbot):
    files.read_only = STAYS
    window.actions["file.bundled"].trigger()
    qtbot.waitUntil(lambda: window.sessions.path == bundled)
    assert saved_word(window) is None and window.notices.current is None
    assert window.settings.recent == []


def test_what_becomes_of_the_session_that_comes_along_is_saved_and_said(window, files, bundled, qtbot, place):
    files.read_only = STAYS
    window.actions["file.bundled"].trigger()
    qtbot.waitUntil(lambda: window.sessions.path == bundled)
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    assert Path(place.proposed).name.startswith("Layerlight 20"), "not among the program's own files"
    qtbot.waitUntil(lambda: window.sessions.is_saved)
    assert saved_word(window)[0] == "All work saved"


@pytest.mark.parametrize("error", [UserError("mine.layerlight is no session."), ValueError("a bug")])
def test_a_session_that_cannot_be_opened_does_not_keep_the_engine_from_getting_ready(
    start, files, tmp_path, monkeypatch, error
):
    def refuse(session, path):
        raise error
        yield

    monkeypatch.setattr("gui.opening.open_session", refuse)
    application = start(session=str(a_file(tmp_path)))
    line = application.notices.current
    assert "mine.layerlight" in line.sentence
    assert ("a bug" in line.details) == isinstance(error, ValueError)


def test_an_engine_that_finds_nothing_out_still_gets_ready(start, files, tmp_path, monkeypatch):
    def fail(session):
        raise OSError("the folder is gone")
        yield

    monkeypatch.setattr("gui.beginning.find_left_sessions", fail)
    application = start(session=str(a_file(tmp_path)))
    assert "the folder is gone" in application.notices.current.details


@pytest.mark.parametrize(
    ("words", "restore"), [((), "ask"), (("--restore=yes",), "yes"), (("--restore", "no"), "no")]
)
def test_the_command_line_says_what_to_do_after_a_crash(monkeypatch, words, restore):
    seen = []
    monkeypatch.setattr("gui.app.run", lambda file, **flags: seen.append((file, flags["restore"])) or 0)
    assert main.main([*words, "mine.layerlight"]) == 0
    assert seen == [("mine.layerlight", restore)]


def test_the_room_for_moments_reaches_the_engine_at_the_start(start, files, monkeypatch):
    budgets = []
    monkeypatch.setattr(
        "gui.beginning.set_budget", lambda session, megabytes: iter([budgets.append(megabytes)])
    )
    start(budget=1234)
    assert budgets == [1234]
