"""The engine's jobs for sessions, without files, and what tests of them do again and again."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QLabel

from engine.core.specs import TrainSpec
from engine.session.jobs.files import SessionsFound
from engine.session.session import SessionSaved
from tests.gui.session_messages import opened, summary

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
        self.drawings, self.sets = {}, {}

    def open_first_data(self, session):
        yield None

    def new_session(self, session):
        self.asked.append(("new", session.view))
        yield opened(path="", is_saved=False)

    def open_session(self, session, path, *, copy=False):
        self.asked.append(("copy" if copy else "open", path))
        message = opened(path, self.runs, self.view, self.read_only, is_saved="/sessions/" in path)
        yield replace(message, drawings=self.drawings, sets=self.sets)

    def save_session(self, session):
        self.asked.append(("save", session.view))
        yield SessionSaved(name="blog-run", path=SAVED)

    def save_all(self, session):
        yield None

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


def wait_for(qtbot, files, what):
    qtbot.waitUntil(lambda: files.asked[-1:] == [what])


def open_session(window, qtbot, path=SAVED):
    window.window.fileDropped.emit(Path(path))
    qtbot.waitUntil(lambda: window.sessions.path == Path(path))


def words(window):
    return window.window.findChild(QLabel, "status.words").text()


def saved_word(window):
    label = window.window.findChild(QLabel, "status.saved")
    return (label.text(), label.property("tone"), label.toolTip()) if label.isVisible() else None
