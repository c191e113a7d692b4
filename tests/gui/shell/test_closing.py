"""A window whose session cannot be saved closes when it is safe elsewhere, or when a person has said so."""

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from engine.core.errors import UserError
from engine.core.messages import Notice
from engine.core.specs import TrainSpec
from engine.session.jobs.runs import rename_run
from engine.session.session import SessionWriting
from gui.state.sessions import Sessions
from tests.engine.session.store.told_and_found import moments_in
from tests.gui.fake_files import saved_word
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import tell

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
    assert line.sentence.startswith("s.layerlight was moved, renamed or deleted while it was open")
    assert moments_in(tmp_path / "moved.layerlight") == moments_in(ready.sessions.path) != set()


def refused():
    raise UserError(f"{FULL} An autosave cannot be written either.")
    yield


def box_of(window):
    return window.window.findChild(QMessageBox, "closing")


def press(window, name):
    box_of(window).findChild(QPushButton, name).click()


def test_without_trouble_the_window_closes_at_once(window, files):
    assert window.window.close()


def test_with_trouble_the_window_closes_when_an_autosave_has_everything(troubled, qtbot):
    troubled.outcome = iter([None, Notice(sentence="It is elsewhere.", lasting=True)])
    assert not troubled.window.close() and troubled.window.isVisible()
    qtbot.waitUntil(lambda: not troubled.window.isVisible())
    assert troubled.asked == [troubled.sessions.view()] and box_of(troubled) is None


def test_while_all_is_brought_elsewhere_the_bar_says_so(troubled, qtbot):
    troubled.outcome = iter(lambda: None, 0)
    troubled.window.close()
    assert saved_word(troubled)[0] == "Saving before it closes…"


def test_where_nothing_can_be_saved_anywhere_one_is_asked_and_may_keep_the_window_open(troubled, qtbot):
    troubled.outcome = refused()
    troubled.window.close()
    qtbot.waitUntil(lambda: box_of(troubled) is not None)
    box = box_of(troubled)
    assert box.isVisible() and "An autosave cannot be written either." in box.informativeText()
    assert box.defaultButton().objectName() == "closing.keep"
    press(troubled, "closing.keep")
    assert troubled.window.isVisible()
    troubled.outcome = iter([])
    troubled.window.close()  # it is tried again
    qtbot.waitUntil(lambda: not troubled.window.isVisible())


def test_who_says_that_it_may_be_lost_closes_the_window(troubled, qtbot):
    troubled.outcome = refused()
    troubled.window.close()
    qtbot.waitUntil(lambda: box_of(troubled) is not None)
    press(troubled, "closing.close")
    assert not troubled.window.isVisible() and len(troubled.asked) == 1


def test_closing_twice_asks_once(troubled, qtbot):
    troubled.outcome = refused()
    troubled.window.close()
    troubled.window.close()
    qtbot.waitUntil(lambda: box_of(troubled) is not None)
    troubled.window.close()
    assert len(troubled.window.findChildren(QMessageBox, "closing")) == 1 == len(troubled.asked)
    press(troubled, "closing.close")


def test_a_run_is_stopped_before_its_session_is_brought_elsewhere(troubled, qtbot, monkeypatch):
    stopped = []
    monkeypatch.setattr(troubled.controls, "stop", lambda: stopped.append(True))
    troubled.outcome = iter([])
    assert isinstance(troubled.sessions, Sessions)
    troubled.window.close()
    qtbot.waitUntil(lambda: not troubled.window.isVisible())
    assert stopped
