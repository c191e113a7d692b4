"""A network that would take much of the memory is trained only where a person says so."""

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.core.messages import JobEnded, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone, MemoryAsked, MomentKept, Parent, StepsDone
from engine.session.jobs.data import EngineReady
from gui.shell.menus.questions import ask_about_large_networks
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
    ask_about_large_networks(made.window, made.bridge, made.controls)
    made.say(EngineReady(device="CPU"))
    made.controls.set_spec_source(lambda: SPEC)
    return made


def ask(world, begin):
    """Let the engine ask instead of beginning."""
    begin()
    asked = MemoryAsked(sentence=ASKED, spec=SPEC, parent=Parent("A", 40), on="cpu")
    world.say(JobStarted(), asked, JobEnded(outcome="done"), job=world.controls.job())


def ask_to_go_on(world):
    ask(world, lambda: world.controls.start(SPEC, Parent("A", 40), "cpu"))


def press(world, name):
    box = world.window.findChild(QMessageBox, "large")
    assert box.text() == ASKED
    box.findChild(QPushButton, name).click()


def test_train_it_starts_the_run_that_was_wanted(world):
    ask_to_go_on(world)
    press(world, "large.train")
    wanted = (make, (SPEC, Parent("A", 40)), {"on": "cpu"})
    assert world.runner.submitted == [wanted, (*wanted[:2], {"on": "cpu", "large": True})]
    assert world.controls.job() == 2


TURNS = {"step": StepsDone, "step_epoch": EpochDone, "reset": MomentKept}


@pytest.mark.parametrize("act", TURNS)
def test_train_it_trains_as_far_as_was_wanted(world, act):
    ask(world, getattr(world.controls, act))
    world.runner.take()
    press(world, "large.train")
    assert ("step", 2, TURNS[act]) in world.runner.take() and world.controls.job() == 2


@pytest.mark.parametrize("how", ["button", "escape"])
def test_otherwise_nothing_is_trained(world, how):
    ask_to_go_on(world)
    if how == "button":
        press(world, "large.leave")
    else:
        world.window.findChild(QMessageBox, "large").reject()
    assert len(world.runner.submitted) == 1 and world.controls.state == "idle"


def test_a_person_is_asked_once_at_a_time(world):
    ask_to_go_on(world)
    world.say(MemoryAsked(sentence="Another one.", spec=SPEC, parent=None, on="cpu"))
    assert [box.text() for box in world.window.findChildren(QMessageBox)] == [ASKED]
    press(world, "large.leave")
