"""A network that would take much of the memory is trained only where a person says so."""

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.base.mailbox import Mailbox
from engine.base.messages import JobEnded, JobStarted
from engine.base.specs import TrainSpec
from engine.data.jobs import EngineReady
from engine.training.messages import EpochDone, MemoryAsked, MomentKept, Parent, StepsDone
from gui.shell.questions import LargeNetwork
from gui.state.bridge import Bridge
from gui.state.run_controls import RunControls
from tests.gui.tabs.tab_world import RecordingRunner

ASKED = "Training this network with a batch of 4,000 takes about 5.0 GB of memory, and 8.0 GB are free."
SPEC = TrainSpec(layers="8192, 8192", batch=4000)


def make(session, spec, parent=None, on="auto", *, large=False):
    yield


@pytest.fixture
def made(qtbot):
    window, mailbox, runner = QWidget(), Mailbox(), RecordingRunner()
    qtbot.addWidget(window)
    bridge = Bridge(runner, mailbox)
    controls = RunControls(bridge, window, train=make)
    LargeNetwork(window, bridge, controls)
    mailbox.post(0, EngineReady(device="CPU"))
    bridge.deliver()
    controls.set_spec_source(lambda: SPEC)
    return window, bridge, mailbox, controls, runner


@pytest.fixture
def world(made):
    window, _, _, controls, runner = made
    controls.start(SPEC, Parent("A", 40), "cpu")
    tell(made)
    return window, controls, runner


def tell(made):
    """Let the engine ask instead of beginning."""
    _, bridge, mailbox, controls, _ = made
    for message in (JobStarted(), MemoryAsked(sentence=ASKED, spec=SPEC, parent=Parent("A", 40), on="cpu")):
        mailbox.post(controls.job(), message)
    mailbox.post(controls.job(), JobEnded(outcome="done"))
    bridge.deliver()


def press(window, name):
    box = window.findChild(QMessageBox, "large")
    assert box.text() == ASKED
    box.findChild(QPushButton, name).click()


def test_train_it_starts_the_run_that_was_wanted(world):
    window, controls, runner = world
    press(window, "large.train")
    wanted = (make, (SPEC, Parent("A", 40)), {"on": "cpu"})
    assert runner.submitted == [wanted, (*wanted[:2], {"on": "cpu", "large": True})]
    assert controls.job() == 2


TURNS = {"step": StepsDone, "step_epoch": EpochDone, "reset": MomentKept}


@pytest.mark.parametrize("act", TURNS)
def test_train_it_trains_as_far_as_was_wanted(made, act):
    window, _, _, controls, runner = made
    getattr(controls, act)()
    tell(made)
    runner.take()
    press(window, "large.train")
    assert ("step", 2, TURNS[act]) in runner.take() and controls.job() == 2


@pytest.mark.parametrize("how", ["button", "escape"])
def test_otherwise_nothing_is_trained(world, how):
    window, controls, runner = world
    if how == "button":
        press(window, "large.leave")
    else:
        window.findChild(QMessageBox, "large").reject()
    assert len(runner.submitted) == 1 and controls.state == "idle"
