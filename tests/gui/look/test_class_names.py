"""What classes are called: by the data that are open, and by the run where these have numbers only."""

import pytest
from PySide6.QtGui import QFontMetricsF

from gui.look.class_names import (
    are_digits,
    brief_name,
    class_name,
    fitted_name,
    found_classes,
    kind_of_thing,
    names,
)
from gui.look.fonts import font
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started
from tests.gui.worlds import World
from tests.hundred_classes import NAMES as HUNDRED

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


def test_names_that_differ_at_their_ends_differ_when_they_are_shortened(world):
    world.say(named(*HUNDRED))
    letters = font("body")
    wide = QFontMetricsF(letters).horizontalAdvance
    for room in range(24, 80, 4):
        shortened = [fitted_name(label, room, letters) for label in range(100)]
        assert len(set(shortened)) == 100, room
        assert max(map(wide, shortened)) <= room
    assert [brief_name(label) for label in (0, 17, 99)] == ["00", "17", "99"]
    assert fitted_name(17, 1000, letters) == "Klasse 17"


def test_names_that_begin_alike_have_their_ends_for_a_mark_and_others_their_beginnings(world):
    world.say(named("shirt", "sheep", "bag", "b"))
    assert [brief_name(label) for label in range(4)] == ["rt", "ep", "ba", "b"]


def test_classes_are_found_by_parts_of_their_names(world):
    world.say(named(*HUNDRED))
    assert found_classes("17, 98") == [17, 98] and found_classes("KLASSE 4") == list(range(40, 50))
    assert found_classes(" , ") == list(range(100)) and found_classes("nothing") == []
