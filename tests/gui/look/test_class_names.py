"""What classes are called: by the data that are open, and by the run where these have numbers only."""

import pytest

from gui.look.class_names import are_digits, class_name, kind_of_thing, names
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started
from tests.gui.worlds import World

ZOO = ("ape", "bee", "cat")


@pytest.fixture
def world(qapp):
    world = World()
    yield world
    world.close()


def named(*names):
    message = dataset_opened("Mine", len(names))
    object.__setattr__(message, "names", names)
    return message


def test_a_session_whose_data_are_not_found_has_its_names_all_the_same(world):
    world.say(
        opened(runs=(summary("A", classes=ZOO), summary("B", classes=("dog", "eel")))), dataset_opened()
    )
    assert class_name(1) == "1", "no run is looked at yet"
    world.look("A")
    assert names() == ZOO and not are_digits() and kind_of_thing() == "picture"
    world.look("B")
    assert class_name(1) == "eel" and class_name(2) == "2"


def test_views_hear_of_another_run_when_its_names_are_known(world):
    world.say(opened(runs=(summary("A", classes=ZOO),)))
    heard = []
    world.selection.changed.connect(lambda changed: heard.append((changed, class_name(0))))
    world.look("A")
    assert heard == [(frozenset({"lens"}), "ape")]


def test_names_of_the_data_come_first(world):
    world.say(opened(runs=(summary("A", classes=ZOO),)), named("gnu", "hen"))
    world.look("A")
    assert names() == ("gnu", "hen")


def test_a_run_of_an_older_file_and_one_that_has_just_begun_have_the_names_of_the_data(world):
    world.say(opened(runs=(summary("A"),)), named("gnu", "hen"))
    world.look("A")
    assert names() == ("gnu", "hen")
    world.say(started("B"))
    world.look("B")
    assert names() == ("gnu", "hen")


def test_a_session_that_follows_has_none_of_the_names_before(world):
    world.say(opened(runs=(summary("A", classes=ZOO),)))
    world.look("A")
    world.say(opened(runs=(summary("A"),)), dataset_opened())
    assert names() == tuple("0123456789")
