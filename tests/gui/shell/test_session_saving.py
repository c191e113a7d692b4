"""Sessions in the window: saving, and what is seen of it."""

import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QDialog, QPushButton

from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.session.jobs.runs import RunsTogether
from engine.session.session import SessionSaved, SessionWriting
from gui.shell.menus.file_actions import as_session
from tests.gui.fake_files import LONG, SAVED, open_session, saved_word, wait_for
from tests.gui.training_messages import started
from tests.gui.worlds import tell

# Saving ---------------------------------------------------------------------------------------------------------


def test_saving_a_session_without_a_place_asks_for_one(window, files, qtbot, place, tmp_path):
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    qtbot.waitUntil(lambda: window.sessions.is_saved)
    assert window.window.windowTitle() == "mine — Layerlight"
    assert Path(place.proposed).name.startswith("Layerlight 20") and place.proposed.endswith(".layerlight")
    assert window.settings.folder == str(tmp_path)


def test_while_a_session_is_written_elsewhere_the_bar_says_so(window, files, qtbot, monkeypatch):
    open_session(window, qtbot)
    goes_on = threading.Event()

    def slow(session, path):
        while not goes_on.wait(0.01):
            yield None
        yield SessionSaved(name="mine", path=Path(path), is_saved=True)

    monkeypatch.setattr("gui.state.sessions.save_session_as", slow)
    window.sessions.save_as(Path("/elsewhere/mine.layerlight"))
    qtbot.waitUntil(lambda: saved_word(window)[0] == "Saving as mine.layerlight…")
    goes_on.set()
    qtbot.waitUntil(lambda: saved_word(window)[0] == "All work saved")
    assert window.sessions.saving == ""


def test_writing_a_session_elsewhere_can_be_given_up_until_it_is_there(window, files, qtbot, monkeypatch):
    open_session(window, qtbot)
    begun, given_up = [], []

    def endless(session, path):
        begun.append(path)
        try:
            while True:
                yield None
        finally:
            given_up.append(path)

    cancel = window.window.findChild(QAbstractButton, "status.saved.cancel")
    assert not cancel.isVisible()
    monkeypatch.setattr("gui.state.sessions.save_session_as", endless)
    window.sessions.save_as(Path("/elsewhere/mine.layerlight"))
    qtbot.waitUntil(lambda: bool(begun) and cancel.isVisible())
    cancel.click()
    qtbot.waitUntil(lambda: not cancel.isVisible())
    assert given_up == ["/elsewhere/mine.layerlight"] and saved_word(window)[0] == "All work saved"
    assert window.notices.history[0].sentence == "Nothing was saved there."
    assert window.sessions.name == "blog-run"


def test_what_is_saved_already_cannot_be_given_up(window, files, qtbot, monkeypatch):
    open_session(window, qtbot)

    def saved_and_goes_on(session, path):
        yield SessionSaved(name="mine", path=Path(path), is_saved=True)
        while True:
            yield None

    monkeypatch.setattr("gui.state.sessions.save_session_as", saved_and_goes_on)
    window.sessions.save_as(Path("/elsewhere/mine.layerlight"))
    qtbot.waitUntil(lambda: window.sessions.name == "mine")
    assert not window.window.findChild(QAbstractButton, "status.saved.cancel").isVisible()


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


def test_the_suffix_is_added_and_a_file_there_is_asked_about(window, files, qtbot, place, tmp_path, monkeypatch):
    place.answer = str(tmp_path / "mine")
    asked = []
    monkeypatch.setattr("gui.shell.menus.file_actions.may_replace", lambda _, path: asked.append(path) or allowed)
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
def test_the_question_before_a_file_is_replaced_has_two_answers(window, qtbot, tmp_path, button, expected):
    from PySide6.QtCore import QTimer

    from gui.shell.menus.file_actions import may_replace

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

    monkeypatch.setattr("gui.state.sessions.open_session", refuse)
    window.sessions.open(SAVED)
    window.sessions.new()
    qtbot.waitUntil(lambda: [what for what, _ in files.asked] == ["new"])
    assert window.notices.current.text == "blog-run.layerlight is no session."


# What is seen ---------------------------------------------------------------------------------------------------


def test_the_status_line_says_whether_all_is_saved(window, files, qtbot):
    assert saved_word(window) is None
    tell(window, started())
    assert saved_word(window)[:2] == ("All work saved", "muted")
    tell(window, SessionWriting(trouble="The disk is full."))
    assert saved_word(window) == ("Not being saved", "warn", "The disk is full.")
    tell(window, SessionWriting(trouble=""))
    assert saved_word(window)[0] == "All work saved"
    tell(window, RunsTogether(removed=("A",)))
    assert saved_word(window) is None


def test_a_notice_leaves_the_word_where_it_is(window, files):
    tell(window, started())
    window.notices.tell("Something else.")
    assert saved_word(window)[0] == "All work saved"
    window.notices.close_current()
    assert saved_word(window)[0] == "All work saved"


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
    qtbot.waitUntil(lambda: window.window.windowTitle() == "0 % · blog-run — Layerlight")


def test_an_autosave_has_no_name_but_is_known(window, files, qtbot):
    name, path = "Untitled session (autosaved)", Path("/state/x.layerlight")
    tell(window, SessionSaved(name=name, path=path, is_saved=False))
    assert window.window.windowTitle() == "Untitled session (autosaved) — Layerlight"
    assert not window.sessions.is_saved and window.settings.recent == []
    assert window.settings.session == "/state/x.layerlight"
