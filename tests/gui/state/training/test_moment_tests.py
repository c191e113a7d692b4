"""The moment that is looked at is tested where its run does not know how good it is, and all views then say that."""

import dataclasses

import pytest
from fake_engine import dataset_opened
from training_messages import STEPS_PER_EPOCH, whole_run

from engine.analysis.probes.moment_test import moment_test
from engine.core.lens import Lens, Share
from engine.model.training.messages import MomentTested, RunChanged, Score
from gui.state.lens_words import say_lens
from gui.state.time.timeline import Timeline
from gui.state.training.run_data import MomentTests
from tests.gui.worlds import World

EARLY = (0, 1, 2, 3, 5, 8)
STOP = 2 * STEPS_PER_EPOCH + 385
"""Where the run was stopped: at epoch 2.7."""
REST = 400
DATA = "MNIST 55,000 + 10,000"


class MomentWorld(World):
    def __init__(self):
        super().__init__()
        self.controls.state = "idle"
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        self.tests = MomentTests(self.bridge, self.timeline, self.controls, clock=self.clock)

    def stopped(self, name="A"):
        """A run that was stopped within its third epoch, and is looked at, live."""
        first, *others = whole_run(name, 2, None, EARLY)
        self.say(dataclasses.replace(first, dataset=DATA), *others)
        steps = (*EARLY, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH, STOP)
        self.say(RunChanged(run=name, title="", color=0, pinned=False, moments=steps, bookmarks={}))
        self.selection.change(lens=Lens(name))

    def rest(self):
        """Stay with what is looked at for a while."""
        self.clock.advance(REST)

    @property
    def run(self):
        return self.bridge.runs["A"]


@pytest.fixture
def world(qapp):
    return MomentWorld()


def test_a_stop_within_an_epoch_is_tested_once_it_is_looked_at(world):
    world.stopped()
    assert world.run.say_accuracy(STOP) == "95.06 % of 10,000 test images after epoch 2", "so far"
    world.rest()
    assert world.asked(moment_test) == [("A", STOP)]
    world.say(MomentTested(run="A", tested=Score(STOP, 0.1, 0.9741)))
    assert world.run.say_accuracy(STOP) == "97.41 % of 10,000 test images"
    assert say_lens(world.runs, Lens("A")) == "Run A · epoch 2.7 · step 1,485 · 97.41 % of 10,000 test images"
    world.rest()
    assert len(world.asked(moment_test)) == 1


def test_the_moment_of_an_epoch_s_end_is_known_and_an_early_one_is_not(world):
    world.stopped()
    world.timeline.go(STEPS_PER_EPOCH)
    world.rest()
    assert world.asked(moment_test) == []
    world.timeline.go(5)
    world.rest()
    assert world.asked(moment_test) == [("A", 5)]
    world.say(MomentTested(run="A", tested=Score(5, 2.0, 0.4)))
    assert world.run.say_accuracy(5) == "40.00 % of 10,000 test images"
    assert world.run.say_accuracy(8) == "40.00 % of 10,000 test images after epoch 0.009"


def test_a_moment_that_the_slider_goes_past_is_not_tested(world):
    world.stopped()
    for step in (8, 5, 3, 2):
        world.timeline.go(step)
        world.clock.advance(100)
    world.rest()
    assert world.asked(moment_test) == [("A", 2)]


def test_nothing_is_tested_of_a_mixture_nor_while_a_run_is_watched_live(world):
    world.stopped()
    world.selection.change(lens=Lens("A", STOP, mixed=(Share("A", 5, 0.5),)))
    world.rest()
    world.controls.state = "running"
    world.selection.change(lens=Lens("A"))
    world.rest()
    assert world.asked(moment_test) == []


def test_with_other_data_it_is_tried_again(world):
    world.stopped()
    world.rest()
    world.timeline.go(STOP)
    world.rest()
    assert world.asked(moment_test) == [("A", STOP)], "the answer is awaited"
    world.say(dataset_opened())
    world.rest()
    assert world.asked(moment_test) == 2 * [("A", STOP)]
