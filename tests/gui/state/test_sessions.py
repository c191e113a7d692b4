"""Sessions in the window: opening, what was looked at, the latest ones."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QFileDialog, QMenu

from engine.core.lens import Adjusted, Lens, Neuron, Share
from engine.core.specs import TrainSpec
from engine.session.jobs.files import SessionOpened
from engine.session.session import Session
from gui.shell.application import Application
from gui.state.sessions import lens_of_session, without_weights
from tests.gui import session_messages
from tests.gui.conftest import get_ready
from tests.gui.fake_engine import dataset_opened, fake_ask, fake_prepare, fake_train
from tests.gui.fake_files import LONG, SAVED, FakeFiles, open_session, wait_for, words
from tests.gui.training_messages import started


def test_the_open_dialog_takes_sessions_data_networks_and_pictures(window, files, qtbot, monkeypatch, tmp_path):
    asked, sent, networks = [], [], []
    window.selection.pictureFileSent.connect(sent.append)

    def ask(parent, title, folder, filters):
        asked.append((folder, filters))
        return str(tmp_path / name), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    monkeypatch.setattr("gui.shell.process.startup.open_data", lambda session, file: iter([dataset_opened("Mine")]))
    monkeypatch.setattr(
        "gui.shell.menus.file_actions.open_network", lambda session, file, fit: iter(networks.append(file) or ())
    )
    name = "one.LAYERLIGHT"
    window.actions["file.open"].trigger()
    wait_for(qtbot, files, ("open", str(tmp_path / name)))
    name = "mine.npz"
    window.actions["file.open"].trigger()
    qtbot.waitUntil(lambda: window.bridge.dataset.name == "Mine")
    assert len(files.asked) == 1
    name = "seven.PNG"
    window.actions["file.open"].trigger()
    assert sent == [str(tmp_path / name)]
    name = "trained.H5"
    window.actions["file.open"].trigger()
    qtbot.waitUntil(lambda: networks == [tmp_path / name])
    name = "weights.npz"
    np.savez(tmp_path / name, **{"fc.weight": np.ones((3, 2))})
    window.actions["file.open"].trigger()
    qtbot.waitUntil(lambda: networks[1:] == [tmp_path / name])
    assert asked[-1][0] == window.settings.folder == str(tmp_path)
    assert (
        asked[0][1].startswith("Sessions, data sets, networks and pictures (*.layerlight *.npz ")
        and "*.png" in asked[0][1]
    )


def test_a_run_is_stopped_before_another_session_is_opened_which_shows_nothing_of_the_old_one(window, files, qtbot):
    open_session(window, qtbot)
    assert files.asked == [("open", str(SAVED))]
    assert window.window.windowTitle() == "blog-run — Layerlight"
    assert window.bridge.dataset.name == "MNIST"
    window.controls.start(LONG)
    qtbot.waitUntil(lambda: window.controls.state == "running" and window.progress.run == "A")
    heard = []
    window.controls.stateChanged.connect(heard.append)
    window.bridge.listen(SessionOpened, lambda _: heard.append("opened"))
    window.actions["file.new"].trigger()
    qtbot.waitUntil(lambda: "opened" in heard)
    assert heard == ["idle", "opened"], "and nobody is asked"
    assert window.selection.lens is None
    assert window.window.windowTitle() == "Layerlight"
    qtbot.waitUntil(lambda: words(window) == "Ready")


def test_a_session_opens_before_tensorflow_is_there(files, application, qtbot, monkeypatch):
    def prepare(session, file=None):
        raise ImportError("TensorFlow needs AVX")
        yield

    monkeypatch.setattr("gui.shell.process.startup.prepare", prepare)
    application.show()
    application.begin(str(SAVED))
    qtbot.waitUntil(lambda: application.sessions.path == SAVED)
    assert application.controls.state == "starting"


def test_a_session_is_looked_at_as_it_was_left(window, files, qtbot):
    def open_again(**view):
        files.view = json.loads(json.dumps(window.sessions.view() | view))  # as it comes back from a file
        window.selection.change(lens=None)
        open_session(window, qtbot, f"/sessions/{len(files.asked)}.layerlight")
        return window.selection.lens

    adjusted = frozenset({Adjusted(0, 1, factor=3.0), Adjusted(0, 2, factor=0.0, offset=0.75)})
    lens = Lens("A", 550, frozenset({Neuron(0, 7), Neuron(0, 3)}), adjusted)
    for name in "BA":
        window.mailbox.post(1, started(name))
    window.bridge.deliver()
    window.selection.change(lens=lens)
    assert open_again() == lens
    assert files.view == {
        "tab": "Draw",
        "pages": window.sessions.pages(),
        "runs": ["A", "B"],
        "lens": {
            "run": "A",
            "moment": 550,
            "silenced": [[0, 3], [0, 7]],
            "adjusted": [[0, 1, 3.0, 0.0], [0, 2, 0.0, 0.75]],
        },
    }
    mixture = Lens("A", 550, mixed=(Share("B", 1100, 0.4, matched=True),))
    window.selection.change(lens=mixture)
    assert open_again(runs=["A", "B"]) == mixture


def left_at(**changes):
    return {"run": "A", "moment": None, "silenced": [[0, 3]], "adjusted": [], **changes}


def test_of_a_view_that_was_left_what_cannot_be_is_left_out():
    a, silent = Lens("A"), Lens("A", None, frozenset({Neuron(0, 3)}))
    mixtures = [[["B", None, 0.4]], [["B", 7, 0.4, False]], [["B", None, 1.4, False]], [["B", None, "0.4", False]]]
    mixtures += [None, 7, [7], [["C", None, 0.4, False]], [[["B"], None, 0.4, False]], [["B", None, 0.4, "yes"]]]
    views = [({"lens": left_at(mixed=mixed)}, silent) for mixed in (*mixtures, [["B", None, 0.1, False]] * 9)]
    for adjusted in ([[0, 3, "2", 0.0]], [[0, 3, float("nan"), 0.0]], [[0, 99_999, 1.0, 0.0]], [7]):
        views.append(({"lens": left_at(adjusted=adjusted)}, silent))
    for silenced in (None, 3, [[0]], [[0, "3"]], [[0, -1]], [[0, 99_999]], [[1, 3]], [[0, 3], "ab"], [[0.5, 1]]):
        views.append(({"lens": left_at(silenced=silenced)}, a))
    for lens in (None, left_at(run="C"), left_at(moment=1100), {"run": ["A"], "moment": None}, "A", 7):
        views.append(({"lens": lens}, Lens("B")))  # the newest run
    for known in (None, "A", 3, ["A", "B", "Z"]):
        views.append(({"lens": left_at(), "runs": known}, silent))
    views.append(({"lens": left_at(), "runs": ["A"]}, Lens("B")))  # a run that the view does not know: after a crash
    for view, lens in views:
        assert lens_of_session(session_messages.opened(runs=FakeFiles().runs, view=view)) == lens, view


@pytest.mark.parametrize(
    ("runs", "shown", "said"),
    [
        ({"A": (0, 1), "B": (0,), "C": ()}, "B", " Run B is shown."),
        ({"A": (0, 1), "C": ()}, "A", " Run A is shown."),
        ({"C": ()}, None, ""),
        ({"A": (0, 1), "C": (0,)}, "C", None),
    ],
)
def test_of_a_run_without_snapshots_the_newest_with_weights_is_shown(runs, shown, said):
    summaries = [
        session_messages.summary(name, moments=moments, started=number)
        for number, (name, moments) in enumerate(runs.items())
    ]
    message = session_messages.opened(runs=summaries, view={"runs": ["A", "B"]})
    assert lens_of_session(message) == (Lens(shown) if shown else None)
    why = "Run C was ended before its first snapshot, so there is nothing of it to look at."
    assert without_weights(message) == ("" if said is None else f"{why}{said}")


def test_the_tab_that_was_left_is_shown_and_of_a_view_with_nothing_that_is_there_only_the_run_is_told(
    window, files, qtbot
):
    shown = []
    window.sessions.tabWanted.connect(shown.append)
    files.runs = (session_messages.summary("A"), session_messages.summary("B", moments=(), started=2.0))
    nothing = {"lens": left_at(run="C", silenced=3, mixed=7), "runs": 3, "tab": 3}
    for number, view in enumerate(({"tab": "Train"}, {"tab": "From the future"}, nothing)):
        files.view = view
        open_session(window, qtbot, f"/sessions/{number}.layerlight")
    assert shown == ["Train", "From the future"]
    assert window.sessions.view()["tab"] == "Train"
    assert window.selection.lens == Lens("A")
    assert "Run B was ended before its first snapshot" in window.notices.current.sentence


@pytest.mark.tabs("train")
def test_the_view_reaches_the_session_when_the_window_closes(files, few_tabs, qapp, tmp_path, monkeypatch):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    application, closed = get_ready(Application(tmp_path / "settings.json", train=fake_train, ask=fake_ask)), []
    monkeypatch.setattr(Session, "close", lambda session, view: closed.append(view))
    application.selection.change(lens=Lens("A", 55))
    application.window.close()
    assert closed == []
    pages = dict(application.sessions.pages())
    assert application.finish()
    lens = {"run": "A", "moment": 55, "silenced": [], "adjusted": []}
    assert closed == [{"tab": "Draw", "pages": pages, "lens": lens, "runs": []}]
    application.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def recent_menu(window):
    menu = window.window.menus.findChild(QMenu, "menu.file.recent")
    menu.aboutToShow.emit()
    return menu


ALWAYS = [("The &bundled session", True), ("Sessions &without a name…", True)]


def entries(window):
    return [(action.text(), action.isEnabled()) for action in recent_menu(window).actions() if action.text()]


def test_the_latest_ten_sessions_are_in_the_menu_missing_ones_are_greyed_and_all_can_be_forgotten(
    window, files, qtbot, tmp_path
):
    assert entries(window) == ALWAYS
    menu = window.window.menus.findChild(QMenu, "menu.file")
    names = [action.objectName() or (action.menu() and action.menu().objectName()) for action in menu.actions()]
    assert names[names.index("action.file.open") + 1] == "menu.file.recent", "it is below Open"
    there = tmp_path / "sessions" / "salt & pepper.layerlight"
    there.parent.mkdir()
    there.touch()
    open_session(window, qtbot, there)
    open_session(window, qtbot)
    wanted = [("&1  blog-run", False), ("&2  salt && pepper", True), *ALWAYS, ("&Clear this list", True)]
    assert entries(window) == wanted
    tips = [action.toolTip() for action in recent_menu(window).actions() if action.text()]
    assert tips[0].endswith("is no longer there.") and tips[1] == f"Open {there}." and "files stay" in tips[-1]
    open_session(window, qtbot, there)
    assert entries(window)[0] == ("&1  salt && pepper", True)
    recent_menu(window).actions()[0].trigger()
    wait_for(qtbot, files, ("open", str(there)))

    for number in range(11):
        open_session(window, qtbot, f"/sessions/{number}.layerlight")
    remembered = json.loads((tmp_path / "settings.json").read_text())
    assert remembered["session"] == "/sessions/10.layerlight" and len(remembered["recent"]) == 10
    texts = [text for text, _ in entries(window)]
    assert texts[:2] == ["&1  10", "&2  9"] and (texts[9], texts[-1]) == ("1&0  1", "&Clear this list")
    recent_menu(window).actions()[-1].trigger()
    assert entries(window) == ALWAYS and window.settings.recent == []


def test_networks_of_other_layers_or_classes_are_not_mixed_in():
    names = ("ape", "bee", "cat")
    view = {"lens": left_at(silenced=[], mixed=[["B", None, 0.4, False]]), "runs": ["A", "B"]}
    for layers, classes, can_be in (
        ("30", 0, True),
        ("30", 2, True),
        ("30", 3, False),
        ("50", 2, False),
        ("30, 20", 2, False),
        ("conv 30", 2, False),
    ):
        runs = [
            session_messages.summary("A", spec=TrainSpec(layers="30"), classes=names[:2]),
            session_messages.summary("B", spec=TrainSpec(layers=layers), classes=names[:classes]),
        ]
        lens = lens_of_session(session_messages.opened(runs=runs, view=view))
        assert lens.mixed == ((Share("B", None, 0.4),) if can_be else ()), (layers, classes)
