"""The data that are open are those of the run that is looked at."""

from engine.data.jobs import DatasetOpened
from engine.session.teaching_jobs import follow_run
from gui.state.run_data import RunData
from tests.gui.worlds import World

OPENED = DatasetOpened(
    name="Digits",
    summary="Digits 9 + 1",
    train_images=9,
    test_images=1,
    shape=(8, 8),
    names=("0", "1"),
    source=None,
)


def test_another_run_brings_its_data_and_another_moment_of_the_same_none(qapp):
    world = World()
    follower = RunData(world.bridge, world.selection)
    world.look("A")
    world.look("A", moment=7)
    world.look("B")
    world.look("A")
    assert world.asked(follow_run) == [("A",), ("B",), ("A",)]
    assert follower.parent() is None
    world.close()


def test_data_that_are_opened_get_the_examples_of_the_run_that_is_looked_at(qapp):
    world = World()
    follower = RunData(world.bridge, world.selection)
    world.say(OPENED)
    assert world.asked(follow_run) == [], "there is no run"
    world.look("A")
    world.say(OPENED)
    assert world.asked(follow_run) == [("A",), ("A",)]
    assert follower.parent() is None
    world.close()
