"""Sessions in the window: saving, what is seen of it, and closing where the session cannot be saved."""

import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QDialog, QMessageBox, QPushButton

from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import Notice
from engine.core.specs import TrainSpec
from engine.session.jobs.runs import RunsTogether, rename_run
from engine.session.session import SessionSaved, SessionWriting
from gui.shell.menus.file_actions import as_session, may_replace
from tests.engine.session.store.told_and_found import moments_in
from tests.gui.fake_files import LONG, SAVED, open_session, saved_word, wait_for
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import tell


def test_saving_a_session_without_a_place_asks_for_one_and_before_a_file_is_replaced(
    window, files, qtbot, place, tmp_path, monkeypatch
):
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    qtbot.waitUntil(lambda: window.sessions.is_saved)
    assert window.window.windowTitle() == "mine — Layerlight"
    assert Path(place.proposed).name.startswith("Layerlight 20") and place.proposed.endswith(".layerlight")
    assert window.settings.folder == str(tmp_path)

    place.answer = str(tmp_path / "other")
    other, asked = tmp_path / "other.layerlight", []
    monkeypatch.setattr("gui.shell.menus.file_actions.may_replace", lambda _, path: asked.append(path) or allowed)
    other.write_text("something dear")
    allowed, before = False, list(files.asked)
    window.actions["file.save_as"].trigger()
    assert asked == [other] and files.asked == before
    allowed = True
    window.actions["file.save_as"].trigger()
    wait_for(qtbot, files, ("save as", str(other)))
    for name in ("a.layerlight", "v1.2.layerlight", "A.LayerLight"):
        assert as_session(Path(name.removesuffix(".layerlight"))) == as_session(Path(name)) == Path(name)


def test_writing_a_session_elsewhere_is_said_and_can_be_given_up_until_it_is_there(window, files, qtbot, monkeypatch):
    begun, given_up, goes_on = [], [], threading.Event()

    def slow(session, path):
        begun.append(path)
        try:
            while not goes_on.is_set():
                yield None
        except GeneratorExit:
            given_up.append(path)
            raise
        yield SessionSaved(name="mine", path=Path(path), is_saved=True)
        while True:
            yield None

    open_session(window, qtbot)
    cancel = window.window.findChild(QAbstractButton, "status.saved.cancel")
    assert not cancel.isVisible()
    monkeypatch.setattr("gui.state.sessions.save_session_as", slow)
    window.sessions.save_as(Path("/elsewhere/mine.layerlight"))
    qtbot.waitUntil(lambda: bool(begun) and cancel.isVisible())
    assert saved_word(window)[0] == "Saving as mine.layerlight…"
    cancel.click()
    qtbot.waitUntil(lambda: not cancel.isVisible())
    assert given_up == ["/elsewhere/mine.layerlight"] and saved_word(window)[0] == "All work saved"
    assert window.notices.history[0].sentence == "Nothing was saved there."
    assert window.sessions.name == "blog-run"

    goes_on.set()
    window.sessions.save_as(Path("/elsewhere/mine.layerlight"))
    qtbot.waitUntil(lambda: window.sessions.name == "mine" and saved_word(window)[0] == "All work saved")
    assert not cancel.isVisible() and window.sessions.saving == ""


def test_saving_writes_the_view_to_the_place_of_a_session_or_asks_where_it_is_read_only(window, files, qtbot, place):
    open_session(window, qtbot)
    window.selection.change(lens=Lens("A", 1))
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save", window.sessions.view()))
    assert place.proposed is None
    place.answer = str(SAVED)
    window.actions["file.save_as"].trigger()
    qtbot.waitUntil(lambda: [what for what, _ in files.asked] == ["open", "save", "save"])

    files.read_only = "blog-run is open in another window."
    open_session(window, qtbot)
    said = f"{files.read_only} What you train here goes into a new session."
    qtbot.waitUntil(lambda: window.notices.current is not None and window.notices.current.text == said)
    window.notices.close_current()
    assert saved_word(window) == ("Read only", "warn", files.read_only)
    place.answer = "/elsewhere/mine.layerlight"
    window.actions["file.save"].trigger()
    wait_for(qtbot, files, ("save as", place.answer))
    assert place.proposed == str(SAVED)


def test_the_question_before_a_file_is_replaced_has_two_answers(window, tmp_path):
    def answer(button):
        box = next(each for each in window.window.findChildren(QDialog, "replace") if each.isVisible())
        assert box.defaultButton().objectName() == "replace.keep"
        box.findChild(QPushButton, button).click()

    for button, expected in (("replace.replace", True), ("replace.keep", False)):
        QTimer.singleShot(0, window.window, partial(answer, button))
        assert may_replace(window.window, tmp_path / "mine.layerlight") is expected


def test_what_is_wanted_is_done_in_that_order_even_if_some_of_it_fails(window, files, qtbot, place, monkeypatch):
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

    def refuse(session, path, copy=False):
        raise UserError("blog-run.layerlight is no session.")
        yield

    files.asked.clear()
    monkeypatch.setattr("gui.state.sessions.open_session", refuse)
    window.sessions.open(SAVED)
    window.sessions.new()
    qtbot.waitUntil(lambda: [what for what, _ in files.asked] == ["new"])
    assert window.notices.current.text == "blog-run.layerlight is no session."


def test_status_line_and_title_say_whether_all_is_saved_how_far_the_run_is_and_whose_it_is(window, files, qtbot):
    assert saved_word(window) is None
    tell(window, started())
    assert saved_word(window)[:2] == ("All work saved", "muted")
    window.notices.tell("Something else.")
    assert saved_word(window)[0] == "All work saved"
    window.notices.close_current()
    tell(window, SessionWriting(trouble="The disk is full."))
    assert saved_word(window) == ("Not being saved", "warn", "The disk is full.")
    tell(window, SessionWriting(trouble=""))
    assert saved_word(window)[0] == "All work saved"
    tell(window, RunsTogether(removed=("A",)))
    assert saved_word(window) is None

    name, path = "Untitled session (autosaved)", Path("/state/x.layerlight")
    tell(window, SessionSaved(name=name, path=path, is_saved=False))
    assert window.window.windowTitle() == "Untitled session (autosaved) — Layerlight"
    assert not window.sessions.is_saved and window.settings.recent == []
    assert window.settings.session == "/state/x.layerlight"
    open_session(window, qtbot)
    window.controls.set_spec_source(lambda: LONG)
    window.controls.step()
    qtbot.waitUntil(lambda: window.window.windowTitle() == "0 % · blog-run — Layerlight")


FULL = "The disk is full, so the session is not being saved."


@pytest.fixture
def troubled(window, monkeypatch):
    """A window whose session's file cannot be written; `secure` is the job that tries to save it elsewhere."""
    window.asked = []

    def secure(session):
        window.asked.append(session.view)
        yield from window.outcome

    monkeypatch.setattr("gui.state.sessions.secure_session", secure)
    tell(window, opened(), started(), SessionWriting(trouble=FULL))
    yield window
    window.sessions.trouble = ""


def test_a_file_that_is_moved_while_the_window_has_it_open_is_said_until_it_is_read(ready, qtbot, tmp_path):
    path = tmp_path / "s.layerlight"
    ready.controls.start(TrainSpec(epochs=1))
    qtbot.waitUntil(lambda: ready.controls.state == "idle" and ready.sessions.runs == {"A"})
    ready.sessions.save_as(path)
    qtbot.waitUntil(lambda: ready.sessions.path == path)
    path.rename(tmp_path / "moved.layerlight")
    ready.bridge.submit(rename_run, "A", "mine")
    qtbot.waitUntil(lambda: ready.sessions.path != path)
    assert ready.window.windowTitle() == "Untitled session (autosaved) — Layerlight"
    assert ready.settings.session == str(ready.sessions.path) != str(path)
    (line,) = (each for each in ready.notices.waiting if each.failure)
    assert line.sentence.startswith("s.layerlight was moved, renamed or deleted")
    assert moments_in(tmp_path / "moved.layerlight") == moments_in(ready.sessions.path) != set()


def refused():
    raise UserError(f"{FULL} An autosave cannot be written either.")
    yield


def box_of(window):
    boxes = window.window.findChildren(QMessageBox, "closing")
    return next((box for box in boxes if box.isVisible()), None)


def press(window, name):
    box_of(window).findChild(QPushButton, name).click()


def test_with_trouble_the_window_closes_when_an_autosave_has_everything(troubled, qtbot, monkeypatch):
    stopped = []
    monkeypatch.setattr(troubled.controls, "stop", lambda: stopped.append(True))
    troubled.outcome = iter([None, Notice(sentence="It is elsewhere.", lasting=True)])
    assert not troubled.window.close() and troubled.window.isVisible()
    assert saved_word(troubled)[0] == "Saving before it closes…"
    qtbot.waitUntil(lambda: not troubled.window.isVisible())
    assert troubled.asked == [troubled.sessions.view()] and box_of(troubled) is None
    assert stopped, "before its session is brought elsewhere"


def test_where_nothing_can_be_saved_anywhere_one_is_asked_once_whether_to_keep_the_window_open(troubled, qtbot):
    troubled.outcome = refused()
    troubled.window.close()
    troubled.window.close()
    qtbot.waitUntil(lambda: box_of(troubled) is not None)
    troubled.window.close()
    assert len(troubled.window.findChildren(QMessageBox, "closing")) == 1 == len(troubled.asked)
    box = box_of(troubled)
    assert "An autosave cannot be written either." in box.informativeText()
    assert box.defaultButton().objectName() == "closing.keep"
    press(troubled, "closing.keep")
    assert troubled.window.isVisible()
    troubled.outcome = refused()
    troubled.window.close()
    qtbot.waitUntil(lambda: box_of(troubled) is not None)
    press(troubled, "closing.close")
    assert not troubled.window.isVisible() and len(troubled.asked) == 2, "it was tried again"
