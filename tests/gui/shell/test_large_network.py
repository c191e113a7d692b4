"""A network that would take much of the memory is trained only where a person says so."""

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.core.messages import JobEnded, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone, MemoryAsked, MomentKept, Parent, StepsDone
from engine.session.jobs.data import EngineReady
from gui.shell.menus.questions import ask_about_size
from gui.shell.process.startup import Opening
from gui.state.notices import Notices
from gui.state.training.ongoing import DataReading
from tests.gui.worlds import World

ASKED = "Training this network with a batch of 4,000 takes about 5.0 GB of memory, and 8.0 GB are free."
SPEC = TrainSpec(layers="8192, 8192", batch=4000)


def make(session, spec, parent=None, on="auto", *, large=False):
    yield


@pytest.fixture
def world(qtbot):
    """A window in which a run is asked about before it begins."""
    made = World(train=make)
    made.window = QWidget()
    qtbot.addWidget(made.window)
    made.opening = Opening(made.bridge, DataReading(made.bridge, Notices()))
    ask_about_size(made)
    made.say(EngineReady(device="CPU"))
    made.controls.set_spec_source(lambda: SPEC)
    return made


def ask(world, begin, *how):
    """Let the engine ask instead of beginning; return the question."""
    begin(*how)
    asked = MemoryAsked(sentence=ASKED, spec=SPEC, parent=Parent("A", 40), on="cpu")
    world.say(JobStarted(), asked, JobEnded(outcome="done"), job=world.controls.job())
    box = next(each for each in world.window.findChildren(QMessageBox, "large") if each.isVisible())
    assert box.text() == ASKED
    return box


def test_train_it_starts_the_run_that_was_wanted_and_otherwise_nothing_is_trained(world):
    go_on = world.controls.start, SPEC, Parent("A", 40), "cpu"
    ask(world, *go_on).findChild(QPushButton, "large.leave").click()
    assert world.controls.state == "idle"
    ask(world, *go_on).reject()
    assert world.controls.state == "idle"
    box = ask(world, *go_on)
    world.say(MemoryAsked(sentence="Another one.", spec=SPEC, parent=None, on="cpu"))
    assert [box.text() for box in world.window.findChildren(QMessageBox) if box.isVisible()] == [ASKED]
    box.findChild(QPushButton, "large.train").click()
    wanted = (make, (SPEC, Parent("A", 40)), {"on": "cpu"})
    assert world.runner.submitted == [wanted] * 3 + [(*wanted[:2], {"on": "cpu", "large": True})]
    assert world.controls.job() == 4


@pytest.mark.parametrize(
    ("act", "until"), [("step", StepsDone), ("step_epoch", EpochDone), ("reset", MomentKept)], ids=str
)
def test_train_it_trains_as_far_as_was_wanted(world, act, until):
    box = ask(world, getattr(world.controls, act))
    world.runner.take()
    box.findChild(QPushButton, "large.train").click()
    assert ("step", 2, until) in world.runner.take() and world.controls.job() == 2
