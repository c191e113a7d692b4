"""The data that are open are those of the run that is looked at."""

from engine.model.training.messages import DataLookedFor
from engine.session.jobs.examples import follow_run
from gui.state.training.run_data import RunData, look_for_data
from tests.gui.fake_engine import dataset_opened
from tests.gui.worlds import World

OPENED = dataset_opened("Digits", classes=2, train=9, test=1, shape=(8, 8))


def test_another_run_brings_its_data_and_data_that_are_opened_get_the_examples_of_the_run(qapp):
    world = World()
    follower = RunData(world.bridge, world.selection)
    world.say(OPENED)
    assert world.asked(follow_run) == [], "there is no run"
    world.look("A")
    world.look("A", moment=7)
    assert world.asked(follow_run) == [("A",)], "another moment of the same brings none"
    world.say(OPENED)
    world.look("B")
    world.look("A")
    assert world.asked(follow_run) == [("A",), ("A",), ("B",), ("A",)]
    assert follower.parent() is None
    world.close()


def test_the_data_of_a_run_are_looked_for_again_whenever_others_are_opened_until_nobody_wants_to_know(qapp):
    world, told = World(), []
    data = RunData(world.bridge, world.selection)
    data.found.connect(told.append)
    data.look_for("A")
    lacking, there = DataLookedFor(run="A", is_there=False), DataLookedFor(run="A", is_there=True)
    world.say(lacking, job=world.job(look_for_data))
    late = world.job(look_for_data)
    world.say(OPENED)
    world.say(lacking, job=late)
    world.say(there, job=world.job(look_for_data))
    assert told == [lacking, there], "what was found among the data before is not heard any more"
    data.look_for("")
    world.say(OPENED)
    assert world.asked(look_for_data) == [("A",), ("A",)]
    world.close()
