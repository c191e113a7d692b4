"""The data and the tests of the run that is looked at: its data are opened, its moment is tested where it was not."""

import dataclasses

from fake_engine import dataset_opened
from training_messages import STEPS_PER_EPOCH, whole_run

from engine.core.lens import Lens, Share
from engine.model.training.messages import DataLookedFor, MomentTested, RunChanged, Score
from engine.session.jobs.examples import follow_run
from gui.state.lens_words import say_lens
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import moment_test
from gui.state.training.run_data import MomentTests, RunData, look_for_data
from tests.gui import worlds

DIGITS = dataset_opened("Digits", classes=2, train=9, test=1, shape=(8, 8))


def test_another_run_brings_its_data_and_data_that_are_opened_get_the_examples_of_the_run(qapp):
    world = worlds.World()
    follower = RunData(world.bridge, world.selection)
    world.say(DIGITS)
    assert world.asked(follow_run) == [], "there is no run"
    world.look("A")
    world.look("A", moment=7)
    assert world.asked(follow_run) == [("A",)], "another moment of the same brings none"
    world.say(DIGITS)
    world.look("B")
    world.look("A")
    assert world.asked(follow_run) == [("A",), ("A",), ("B",), ("A",)]
    assert follower.parent() is world.bridge
    world.close()


def test_the_data_of_a_run_are_looked_for_again_whenever_others_are_opened_until_nobody_wants_to_know(qapp):
    world, told = worlds.World(), []
    data = RunData(world.bridge, world.selection)
    data.found.connect(told.append)
    data.look_for("A")
    lacking, there = DataLookedFor(run="A", is_there=False), DataLookedFor(run="A", is_there=True)
    world.say(lacking, job=world.job(look_for_data))
    late = world.job(look_for_data)
    world.say(DIGITS)
    world.say(lacking, job=late)
    world.say(there, job=world.job(look_for_data))
    assert told == [lacking, there], "what was found among the data before is not heard any more"
    data.look_for("")
    world.say(DIGITS)
    assert world.asked(look_for_data) == [("A",), ("A",)]
    world.close()


EARLY = (0, 1, 2, 3, 5, 8)
STOP = 2 * STEPS_PER_EPOCH + 385  # where the run was stopped: at epoch 2.7


class World(worlds.World):
    """A run that was stopped within its third epoch is looked at, live."""

    def __init__(self):
        super().__init__()
        self.controls.state = "idle"
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        self.tests = MomentTests(self.bridge, self.timeline, self.controls, clock=self.clock)
        first, *others = whole_run("A", 2, None, EARLY)
        self.say(dataclasses.replace(first, dataset="MNIST 55,000 + 10,000"), *others)
        steps = (*EARLY, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH, STOP)
        self.say(RunChanged(run="A", title="", color=0, pinned=False, moments=steps, bookmarks={}))
        self.look()

    def rest(self):
        """Stay with what is looked at for a while."""
        self.clock.advance(400)

    @property
    def run(self):
        return self.bridge.runs["A"]


def test_a_stop_within_an_epoch_is_tested_once_it_is_looked_at_and_with_other_data_again(world):
    assert world.run.say_accuracy(STOP) == "95.06 % of 10,000 test images after epoch 2", "so far"
    world.rest()
    world.timeline.go(STOP)
    world.rest()
    assert world.asked(moment_test) == [("A", STOP)], "the answer is awaited"
    world.say(dataset_opened())
    world.rest()
    assert world.asked(moment_test) == 2 * [("A", STOP)]
    world.say(MomentTested(run="A", tested=Score(STOP, 0.1, 0.9741)))
    assert world.run.say_accuracy(STOP) == "97.41 % of 10,000 test images"
    assert say_lens(world.runs, Lens("A")) == "Run A · epoch 2.7 · step 1,485 · 97.41 % of 10,000 test images"
    world.rest()
    assert len(world.asked(moment_test)) == 2


def test_of_early_moments_that_is_tested_at_which_the_slider_rests_and_none_of_a_mixture_or_while_a_run_is_watched(
    world,
):
    world.timeline.go(STEPS_PER_EPOCH)
    world.rest()
    assert world.asked(moment_test) == []
    for step in (8, 3, 5):
        world.timeline.go(step)
        world.clock.advance(100)
    world.rest()
    assert world.asked(moment_test) == [("A", 5)]
    world.say(MomentTested(run="A", tested=Score(5, 2.0, 0.4)))
    assert world.run.say_accuracy(5) == "40.00 % of 10,000 test images"
    assert world.run.say_accuracy(8) == "40.00 % of 10,000 test images after epoch 0.009"

    world.selection.change(lens=Lens("A", STOP, mixed=(Share("A", 5, 0.5),)))
    world.rest()
    world.controls.state = "running"
    world.selection.change(lens=Lens("A"))
    world.rest()
    assert world.asked(moment_test) == [("A", 5)]
