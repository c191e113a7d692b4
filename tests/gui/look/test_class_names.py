"""What classes are called, images as the data do and answers as the run does, and by what marks they differ."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from engine.data.formats.checks import MOST_CLASSES
from gui.look.class_names import (
    REACH,
    SHAPES,
    are_digits,
    brief_name,
    class_name,
    draw_mark,
    fitted_name,
    found_classes,
    lines_of,
    names,
    one_of_class,
)
from gui.look.fonts import font
from gui.look.theme import class_token
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started
from tests.gui.worlds import World
from tests.hundred_classes import NAMES as HUNDRED

ZOO = ("ape", "bee", "cat")
# the classes of CIFAR-100
WORDS = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree
wolf woman worm
"""


@pytest.fixture
def world(qapp):
    world = World()
    yield world
    world.close()


def named(*names):
    message = dataset_opened("Mine", len(names))
    object.__setattr__(message, "names", names)
    return message


def test_an_answer_has_the_name_of_the_run_that_is_looked_at_and_an_image_that_of_the_data(world):
    world.say(opened(runs=(summary("A", classes=ZOO), summary("B", classes=("dog", "eel")))), dataset_opened())
    assert class_name(1, answer=True) == "1", "no run is looked at yet"
    world.look("A")
    assert names(answer=True) == ZOO and not are_digits(answer=True)
    assert class_name(1) == "1" and are_digits(), "the data are not the run's"
    world.look("B")
    assert class_name(1, answer=True) == "eel" and class_name(2, answer=True) == "2"
    world.say(named("gnu", "hen"))
    assert (one_of_class(1), one_of_class(1, answer=True)) == ("hen", "eel")


def test_a_run_without_names_has_those_of_the_data_and_another_session_none_of_the_names_before(world):
    world.say(opened(runs=(summary("A", classes=ZOO), summary("B"))), named("gnu", "hen"))
    heard = []
    world.selection.changed.connect(lambda changed: heard.append((changed, class_name(0, answer=True))))
    world.look("A")
    assert heard == [(frozenset({"lens"}), "ape")], "views hear of another run when its names are known"
    world.look("B")
    assert names(answer=True) == ("gnu", "hen"), "it is of an older file"
    world.say(started("C"))
    world.look("C")
    assert names(answer=True) == ("gnu", "hen"), "it has just begun"
    world.say(opened(runs=(summary("A"),)), dataset_opened())
    assert names(answer=True) == tuple("0123456789")


def test_names_of_the_very_data_are_those_of_both_where_one_has_only_numbers(world):
    runs = tuple(
        replace(summary(name, classes=classes), fingerprint="f") for name, classes in (("A", ZOO), ("B", "01"))
    )
    world.say(opened(runs=runs), replace(named("0", "1", "2"), fingerprint="f"))
    world.look("A")
    assert names() == names(answer=True) == ZOO, "a list of names beside the file has gone, say"
    world.say(replace(named("gnu", "hen"), fingerprint="f"))
    assert names() == ("gnu", "hen") and names(answer=True) == ZOO
    world.look("B")
    assert names(answer=True) == ("gnu", "hen")


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
    assert found_classes("17, 98") == [17, 98] and found_classes("KLASSE 4") == list(range(40, 50))
    assert found_classes(" , ") == list(range(100)) and found_classes("nothing") == []


def test_marks_of_names_that_begin_alike_are_their_ends_and_those_of_a_hundred_english_words_differ(world):
    world.say(named("shirt", "sheep", "bag", "b"))
    assert [brief_name(label) for label in range(4)] == ["rt", "ep", "ba", "b"]
    words = WORDS.split()
    world.say(named(*words))
    marks = [brief_name(label) for label in range(len(words))]
    assert len(set(marks)) == len(words) == 100
    for word, mark in zip(words, marks, strict=True):
        letters = iter(word)
        assert len(mark) == 2 and all(letter in letters for letter in mark), (word, mark)


def drawn(number):
    """A mark on a small picture, as its pixels."""
    image = QImage(16, 16, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("black"))
    draw_mark(painter, QPointF(8, 8), 2.5, number)
    painter.end()
    return bytes(image.constBits())


def test_as_many_classes_as_data_may_have_look_different_and_points_of_like_colours_have_different_shapes(qapp):
    every = range(MOST_CLASSES)
    assert len({(class_token(number), drawn(number)) for number in every}) == MOST_CLASSES
    assert len({(class_token(number), lines_of(number)) for number in every}) == MOST_CLASSES
    for one, other in ((3, 8), (5, 8), (5, 7), (5, 3), (1, 6), (2, 6), (0, 4), (3, 9)):  # greys, browns, reds, blues
        assert drawn(one) != drawn(other), (one, other)
    assert {lines_of(number) for number in range(10)} == {Qt.BrushStyle.NoBrush}


def test_a_shape_covers_about_as_much_as_a_dot_and_reaches_no_farther_than_is_said():
    for shape in SHAPES[1:]:
        corners = np.array([each.toTuple() for each in shape])
        x, y = corners.T
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        assert 0.9 < area / np.pi < 1.5
        assert np.abs(corners).max() <= REACH
