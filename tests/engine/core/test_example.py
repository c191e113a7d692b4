"""An example: what a network learns from it, and what a picture becomes."""

import numpy as np

from engine.core.example import class_names, example_of

GREY = np.arange(6, dtype=np.uint8).reshape(2, 3)


def test_two_are_the_same_if_a_network_learns_the_same_from_both():
    one = example_of(GREY, "ape", canvas={"strokes": []})
    assert one == one and one == example_of(GREY.copy(), "ape", source="x.png")
    assert len({one, example_of(GREY, "ape")}) == 1
    assert one != example_of(GREY, "bee") and one != example_of(GREY.T, "ape") and one != "ape"


def test_a_picture_of_shares_becomes_bytes_and_no_example_can_be_written_to():
    made = example_of(np.array([[-1, 0, 0.5, 1, 2]]), "ape")
    assert made.image.tolist() == [[0, 0, 128, 255, 255]] and made.image.dtype == np.uint8
    assert not made.image.flags.writeable and GREY.flags.writeable


def test_new_names_of_classes_follow_the_known_ones_in_order_of_first_appearance():
    examples = [example_of(GREY, label) for label in ("bee", "cow", "ape", "cow")]
    assert class_names(examples, ("ape", "bee")) == ("ape", "bee", "cow")
