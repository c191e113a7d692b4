"""File > Revert on a true session: the runs are again what they were when it was opened or last saved."""

from types import SimpleNamespace

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.model.training.messages import RunChanged
from engine.model.training.run import Run
from engine.session.jobs.files import new_session, save_session_as
from engine.session.jobs.runs import color_runs, delete_runs, rename_run
from engine.session.session import Session
from engine.session.store import places
from gui.shell.menus.questions import NOTHING, Revert
from gui.state.history import History
from gui.state.link.bridge import Bridge
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started
from tests.gui.worlds import World as AnyWorld


class AtOnce:
    """A runner that does each job when it is submitted."""

    def __init__(self, session, mailbox):
        self.session, self.mailbox, self.number = session, mailbox, 0

    def submit(self, make, *args):
        self.number += 1
        for message in make(self.session, *args):
            if message is not None:
                self.mailbox.post(self.number, message)
        self.mailbox.post(self.number, JobEnded(outcome="done"))
        return self.number


class World:
    def __init__(self, qtbot, mailbox):
        self.session = Session(new_place=places.new_autosave)
        self.bridge = Bridge(AtOnce(self.session, mailbox), mailbox)
        self.history, self.shown, self.stopped = History(), [], 0
        self.window = QWidget()
        self.window.show_tab = self.shown.append
        qtbot.addWidget(self.window)
        self.selection = SimpleNamespace(history=SimpleNamespace(of=lambda place: self.history))
        self.controls = self
        self.action = QAction("Revert", self.history)
        self.action.setStatusTip("Bring the runs back.")
        self.revert = Revert(self)
        self.revert.use(self.action)

    def stop(self):
        self.stopped += 1

    def do(self, job, *args):
        self.bridge.submit(job, *args)
        self.hear()

    def hear(self):
        for _ in range(10):  # one change after the other
            self.bridge.deliver()

    def train(self):
        def job(session):
            name = "ABCD"[len(session.runs) + len(session.deleted)]
            session.runs[name] = Run(name=name, spec=TrainSpec(), steps_per_epoch=550)
            yield started(name)

        self.do(job)

    def job(self):
        """There is a training as long as nobody has stopped it."""
        return None if self.stopped else 1

    @property
    def question(self):
        return next((box for box in self.window.findChildren(QMessageBox) if box.isVisible()), None)

    def press(self, answer="revert"):
        """Press Revert, and answer what is asked, if anything is; return what it said."""
        self.revert.revert()
        if (box := self.question) is None:
            return ""
        text = f"{box.text()}\n{box.informativeText()}"
        box.findChild(QPushButton, f"revert.{answer}").click()
        self.hear()
        return text

    def runs(self):
        return {name: (run.title, run.color) for name, run in self.session.runs.items()}


@pytest.fixture
def world(qtbot, mailbox, tmp_path):
    made = World(qtbot, mailbox)
    made.do(new_session)
    for _ in range(2):
        made.train()
    made.do(rename_run, "A", "first")
    made.do(save_session_as, str(tmp_path / "mine.layerlight"))
    yield made
    made.bridge.close()
    made.session.close()


def test_revert_takes_back_what_was_done_to_the_runs_and_undo_does_it_again(world):
    assert not world.action.isEnabled() and world.action.toolTip() == NOTHING, "right after saving"
    world.press()
    assert not world.history.stack.count() and not world.shown

    world.do(rename_run, "A", "other")
    world.press()
    assert world.stopped == 0 and world.session.runs["A"].title == "first", "no run is new: no training is ended"
    before = world.runs()
    world.train()
    world.do(rename_run, "A", "other")
    world.do(color_runs, {"A": 7})
    world.do(delete_runs, ["B"])
    changed = world.runs()
    assert set(changed) == {"A", "C"} and world.action.isEnabled()
    world.press()
    assert world.runs() == before and not world.action.isEnabled()
    assert world.shown == ["Train"] * 2 and world.stopped == 1
    world.history.undo()
    world.hear()
    assert world.runs() == changed and world.action.isEnabled()
    world.history.redo()
    world.hear()
    assert world.runs() == before


def test_it_asks_first_and_says_what_goes_what_comes_and_what_looks_otherwise(world):
    before = world.runs()
    for _ in range(2):
        world.train()
    world.do(color_runs, {"A": 7})
    world.do(delete_runs, ["B"])
    changed = world.runs()
    text = world.press("keep")
    assert world.runs() == changed != before and not world.history.stack.count() and not world.stopped
    assert "Deleted: runs C (epoch 0.0), D (epoch 0.0)." in text
    assert "Restored: run B." in text
    assert "as before: run A · first." in text and "training is stopped" in text
    world.press()
    assert world.runs() == before


def test_what_happens_to_the_runs_while_it_asks_is_another_question(world):
    world.train()
    world.revert.revert()
    first = world.question
    world.do(rename_run, "A", "other")
    first.findChild(QPushButton, "revert.revert").click()
    assert set(world.runs()) == {"A", "B", "C"} and "A · first" in world.question.informativeText()
    world.question.findChild(QPushButton, "revert.revert").click()
    world.hear()
    assert set(world.runs()) == {"A", "B"}


def test_what_is_there_when_another_session_is_opened_stays(world):
    world.train()
    world.do(new_session)
    assert world.bridge.runs.looks() == {} and not world.action.isEnabled()


def test_what_revert_still_has_to_do_is_forgotten_when_another_session_is_opened(qtbot):
    engine = AnyWorld()
    engine.window = window = QWidget()
    window.show_tab = lambda place: None
    qtbot.addWidget(window)
    revert = Revert(engine)
    session = opened(runs=[summary("A", title="first")])
    engine.say(session)
    engine.say(RunChanged(run="A", title="other", color=7, pinned=True, moments=(0,), bookmarks={}))
    revert.revert()
    window.findChild(QPushButton, "revert.revert").click()
    engine.say(session)
    engine.say(JobEnded(outcome="done"), job=engine.job(rename_run))
    assert engine.runner.jobs == [(rename_run, ("A", "first"))]
    engine.close()


def test_the_place_that_an_autosave_finds_by_itself_is_no_saving(qtbot, mailbox):
    world = World(qtbot, mailbox)
    world.do(new_session)
    world.train()
    world.do(lambda session: iter(session.save()))
    assert world.session.store is not None and world.action.isEnabled()
    world.press()
    assert world.runs() == {}
    world.bridge.close()
    world.session.close()
