"""What a screen reader says of the map and its legend, compared with the points."""

import numpy as np
import pytest

from gui.tabs.map.panel import ClassLegend
from gui.tabs.map.view import MapView
from tests.gui.heard_parts import Heard

RANDOM = np.random.default_rng(3)
# Class 0 lies at the upper left, 1 and 2 share the lower right.
UPPER_LEFT = np.stack([RANDOM.uniform(0, 1, 40), RANDOM.uniform(9, 10, 40)], axis=1)
LOWER_RIGHT = np.stack([RANDOM.uniform(9, 10, 60), RANDOM.uniform(0, 1, 60)], axis=1)
POINTS = np.concatenate([UPPER_LEFT, LOWER_RIGHT]).astype(np.float32)
CLASSES = np.array([0] * 40 + [1, 2] * 30)
WRONG = np.zeros(100, bool)
WRONG[[3, 40, 42]] = True


@pytest.fixture
def view(qtbot):
    view = qtbot.show(MapView("view"), 500, 400)
    view.show_points(POINTS, CLASSES, WRONG)
    return view


def shared(one, other, fields=24):
    """How many points two classes have in the same fields of a raster, by `np.histogram2d`."""
    low, high = POINTS.min(axis=0), POINTS.max(axis=0)
    counts = [
        np.histogram2d(*POINTS[label == CLASSES].T, bins=fields, range=np.stack([low, high], axis=1))[0]
        for label in (one, other)
    ]
    return np.minimum(*counts).sum()


def test_the_map_says_how_many_points_there_are_and_which_two_classes_overlap_most(view):
    share = shared(1, 2) / 30
    assert 0.2 < share < 1 and not shared(0, 1)
    assert Heard(view).finding == f"100 points of 3 classes; 1 and 2 overlap most, by {100 * share:.1f} %."
    view.switch_off(frozenset({2}))
    assert Heard(view).finding == "70 points of 2 classes; no classes overlap."
    view.pick(np.arange(5))
    assert Heard(view).finding.endswith(" 5 points in the lasso.")
    view.show_points(None, CLASSES[:0], WRONG[:0])
    assert Heard(view).finding == "There are no points." and not Heard(view).words


def test_each_class_is_a_part_with_its_points_its_place_its_mistakes_and_its_neighbour(view):
    share = f"{100 * shared(1, 2) / 30:.1f} %"
    assert Heard(view).words[:3] == [
        "Class 0: 40 points at the upper left, 1 misread",
        f"Class 1: 30 points at the lower right, 2 misread, {share} among class 2",
        f"Class 2: 30 points at the lower right, {share} among class 1",
    ]


def test_few_points_in_view_are_parts_that_can_be_pressed_and_of_many_only_those_looked_at(view, qtbot):
    heard = Heard(view)
    assert heard.words[3:] == [
        f"Point of a {label}{', misread' if wrong else ''}" for label, wrong in zip(CLASSES, WRONG, strict=True)
    ]
    chosen = []
    view.chosen.connect(chosen.append)
    part = heard.parts[3 + 3]
    part.actionInterface().doAction(part.actionInterface().pressAction())
    qtbot.waitUntil(lambda: len(chosen) == 1)
    assert CLASSES[chosen[0]] == 0

    many = np.concatenate([POINTS, POINTS])
    view.show_points(many, np.concatenate([CLASSES, CLASSES]), np.concatenate([WRONG, WRONG]))
    assert len(Heard(view).words) == 3
    view.mark(42)
    view.show_dot(np.array([0.5, 9.5]))
    heard = Heard(view)
    assert heard.words[:2] == ["The selected image, misread", "Your drawing at the upper left"]
    assert heard.chosen == ["The selected image, misread"] and len(heard.words) == 5


def test_the_legend_says_of_each_class_whether_it_is_shown_and_a_press_leaves_it_out(qtbot):
    row = ClassLegend("classes")
    row.set_classes(4)
    qtbot.show(row, *row.sizeHint().toTuple())
    assert Heard(row).words == [f"Class {label}, shown" for label in range(4)]
    Heard(row).press("Class 2")
    qtbot.waitUntil(lambda: row.off == frozenset({2}))
    assert Heard(row).words[2] == "Class 2, left out" and Heard(row).finding == "Left out: 2."
