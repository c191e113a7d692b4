"""What a run learns from: a seeded, stratified sample of the training images, some of them with a wrong label."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from made_sessions import dataset_of
from trained import tiny_mnist

from engine.core.errors import UserError
from engine.core.specs import TrainSpec
from engine.data.formats.sample import without_sample
from engine.model.training import learned as learning
from engine.model.training.messages import Parent
from engine.session.session import Session
from tests.figures_by_hand import Made, learned_by_hand

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot")


def data_of(labels, classes=4):
    """A data set with these labels; the images are numbered by their first pixels."""
    labels = np.array(labels, np.uint8)
    images = np.zeros((len(labels), 2, 2), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(len(labels)) % 256, np.arange(len(labels)) // 256
    return dataset_of("Numbers", images, labels, images, labels, tuple("abcdefghij"[:classes]))


labels_of_four = st.lists(st.integers(0, 3), min_size=1, max_size=300).filter(lambda labels: len(set(labels)) > 1)
seeds = st.integers(0, 2**31 - 1)


@given(
    labels_of_four, seeds, st.integers(0, 300), st.integers(0, 100), st.integers(0, 50),
    st.sampled_from(["", "a, b, c", "b, d"]),
)  # fmt: skip
def test_images_wrong_labels_and_what_is_held_out_are_those_found_by_hand(
    labels, seed, images, wrong, held_out, classes
):
    data, shares = data_of(labels), {"wrong_labels": wrong / 100, "validation": held_out / 100}
    made = Made(Path(), data.classes, data.train_images, data.train_labels, data.test_images, data.test_labels)
    settings = {"images": images, "classes": classes, "seed": seed, **shares}
    wanted = learned_by_hand(made, **settings)
    assume(2 * wrong * len(wanted.numbers) % 200 != 100)  # of a half either is right
    if not wanted.numbers:
        with pytest.raises(UserError, match=r"no training images|none would be left"):
            learning.learned(data, TrainSpec(**settings))
        return
    found = learning.learned(data, TrainSpec(**settings))
    assert found.numbers.tolist() == wanted.numbers and found.labels.tolist() == wanted.labels
    assert found.held_out.tolist() == wanted.held_out
    assert (found.wrong == (found.labels != np.array(labels)[found.numbers])).all()
    counts = np.bincount(data.train_labels, minlength=4).tolist()
    assert learning.learned_count(TrainSpec(**settings), counts, data.classes) == len(found.numbers)


def test_each_other_class_is_as_likely_for_a_wrong_label_and_a_larger_share_holds_the_smaller():
    data = data_of(np.tile([0, 1, 2, 3], 1500))
    found = learning.learned(data, TrainSpec(wrong_labels=1.0))
    for label in range(4):
        told = np.bincount(found.labels[data.train_labels == label], minlength=4)
        assert told[label] == 0
        assert (abs(np.delete(told, label) - 500) < 5 * np.sqrt(500)).all()
    some, more = (learning.learned(data, TrainSpec(wrong_labels=share)) for share in (0.1, 0.3))
    assert (some.wrong <= more.wrong).all()
    assert (some.labels == more.labels)[some.wrong].all()


def test_the_data_to_learn_from_are_those_images_with_those_labels_and_the_test_part_stays():
    data = data_of(np.tile([0, 1, 2, 3], 100))
    assert learning.learned_data(data, TrainSpec()) is data
    spec = TrainSpec(images=30, wrong_labels=0.5, classes="b, c", validation=0.1)
    taught, found = learning.learned_data(data, spec), learning.learned(data, spec)
    numbers = taught.train_images[:, 0, 0] + 256 * taught.train_images[:, 0, 1].astype(int)
    assert numbers.tolist() == found.numbers.tolist()
    assert taught.train_labels.tolist() == found.labels.tolist()
    assert taught.validation_labels.tolist() == data.train_labels[found.held_out].tolist()
    assert (taught.validation_images == data.train_images[found.held_out]).all()
    assert taught.test_images is data.test_images and taught.classes == data.classes
    assert learning.learned_data(data, spec) is taught, "it is made once"
    with pytest.raises(ValueError, match="read-only"):
        taught.train_images[0] = 0


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("", DIGITS, tuple(range(10))), ("0-4", DIGITS, (0, 1, 2, 3, 4)), ("7, 0,3", DIGITS, (0, 3, 7)),
        ("8–9; 1", DIGITS, (1, 8, 9)), ("coat, 0", CLOTHES, (0, 4)), ("t-shirt/top", CLOTHES, (0,)),
        ("T-shirt/top-Dress", CLOTHES, (0, 1, 2, 3)), ("1", ("1", "2", "3"), (0,)),
        ("#1", ("1", "2", "3"), (1,)), ("1-3", ("1", "2", "3"), (0, 1, 2)),
    ],
)  # fmt: skip
def test_classes_are_named_by_name_by_number_and_in_ranges(text, names, wanted):
    assert learning.chosen_classes(text, names) == wanted


@pytest.mark.parametrize("text", ["10", "0-12", "4-2", "hat", "3.5", "-1", "²", ","])
def test_what_names_no_class_is_refused_in_a_sentence(text):
    with pytest.raises(UserError) as refused:
        learning.chosen_classes(text, CLOTHES)
    assert "\n" not in str(refused.value) and refused.value.hint


@given(st.text("0123456789-–,;#. ²T/abhort", max_size=40))
def test_any_text_names_classes_or_is_refused(text):
    try:
        found = learning.chosen_classes(text, CLOTHES)
    except UserError:
        return
    assert found and set(found) <= set(range(10)) and list(found) == sorted(set(found))


def test_a_wrong_label_needs_another_class_and_a_class_its_images():
    with pytest.raises(UserError, match="no training images of these classes"):
        learning.learned(data_of([0, 1, 1]), TrainSpec(classes="d"))
    with pytest.raises(UserError, match="only one class"):
        learning.learned(data_of([0, 1, 1]), TrainSpec(classes="b", wrong_labels=0.5))


def run_on(data, **settings):
    """A run with these settings on a data set, of which nothing was trained."""
    return Session(data).new_run(TrainSpec(**settings), steps_per_epoch=10)


FOUR = data_of([0, 1, 2, 3] * 50)


def test_what_a_run_learned_of_a_part_is_counted_in_the_whole_data():
    """A bundled run learned from none of the first thousand images of the full MNIST."""
    full = tiny_mnist()
    part = without_sample(full)
    run = run_on(part)
    found = learning.learned_by(full, run, {})
    np.testing.assert_array_equal(found.numbers, np.arange(1_000, 55_000))
    np.testing.assert_array_equal(found.labels, full.train_labels[1_000:])
    compared = learning.compared_with(full, run, {})
    np.testing.assert_array_equal(compared.data.train_images, full.train_images[1_000:])
    assert learning.compared_with(full, run, {}).data is compared.data, "it is made once"

    run = run_on(part, images=500, wrong_labels=0.1, classes="0-4")
    found, expected = learning.learned_by(full, run, {}), learning.learned(part, run.spec)
    np.testing.assert_array_equal(found.numbers, 1_000 + expected.numbers)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.wrong, found.labels != full.train_labels[found.numbers])
    session, compared = Session(full), learning.compared_with(full, run, {})
    np.testing.assert_array_equal(compared.data.train_images, full.train_images[found.numbers])
    session.replace_data(learning.own_part(full, run))
    assert learning.compared_with(session.data(), run, {}).data is compared.data, (
        "the part keeps what is kept of the whole"
    )


def went_on(run, step, session, **settings):
    """A run that goes on from a step of another one with other settings."""
    made = session.new_run(dataclasses.replace(run.spec, **settings), steps_per_epoch=10)
    made.parent = Parent(run.name, step)
    return made


def test_a_run_that_went_on_learned_also_what_those_before_it_had_learned_by_then():
    session = Session(FOUR)
    first = session.new_run(TrainSpec(classes="0", wrong_labels=0.0), steps_per_epoch=10)
    second = went_on(first, 10, session, classes="1-2", images=20)
    third = went_on(second, 20, session, classes="3", images=0)
    of_class = [np.flatnonzero(FOUR.train_labels == label) for label in range(4)]
    some = learning.learned(FOUR, second.spec).numbers
    by_hand = {first.name: [of_class[0]], second.name: [of_class[0], some]}
    by_hand[third.name] = [*by_hand[second.name], of_class[3]]
    for run in (first, second, third):
        found, expected = learning.learned_by(FOUR, run, session.runs), np.sort(np.concatenate(by_hand[run.name]))
        np.testing.assert_array_equal(found.numbers, expected)
        np.testing.assert_array_equal(found.labels, FOUR.train_labels[expected])
        compared = learning.compared_with(FOUR, run, session.runs)
        np.testing.assert_array_equal(compared.data.train_images, FOUR.train_images[expected])
        assert compared.remark == compared.unknown == ""
        assert learning.compared_with(FOUR, run, session.runs).data is compared.data, "it is made once"


@pytest.mark.parametrize("step, learned_before", [(0, "3"), (10, "0, 3"), (11, "0, 1, 3"), (30, "0, 1, 3")])
def test_of_a_run_before_only_counts_what_it_had_learned_at_the_step_from_which_it_went_on(step, learned_before):
    session = Session(FOUR)
    first = session.new_run(TrainSpec(classes="0"), steps_per_epoch=10)
    second = went_on(first, 10, session, classes="1")
    third = went_on(second, step, session, classes="3")
    labels = [int(label) for label in learned_before.split(",")]
    expected = np.flatnonzero(np.isin(FOUR.train_labels, labels))
    np.testing.assert_array_equal(learning.learned_by(FOUR, third, session.runs).numbers, expected)


def test_an_image_that_two_runs_learned_from_has_the_label_of_the_later_one_and_is_held_out_of_neither():
    session = Session(FOUR)
    first = session.new_run(TrainSpec(wrong_labels=0.5), steps_per_epoch=10)
    second = went_on(first, 10, session, wrong_labels=0.0, validation=0.5)
    found, before = learning.learned_by(FOUR, second, session.runs), learning.learned(FOUR, first.spec)
    own = learning.learned(FOUR, second.spec)
    expected = before.labels.copy()
    expected[own.numbers] = FOUR.train_labels[own.numbers]
    np.testing.assert_array_equal(found.numbers, np.arange(200))
    np.testing.assert_array_equal(found.labels, expected)
    assert len(own.held_out) == 100 and len(found.held_out) == 0


def test_where_a_run_before_is_gone_or_of_other_data_a_sentence_says_what_is_known():
    other = data_of([3, 2, 1, 0] * 50)
    session = Session(other)
    first = session.new_run(TrainSpec(classes="0"), steps_per_epoch=10)
    session.replace_data(FOUR)
    second = went_on(first, 10, session, classes="1")
    own = np.flatnonzero(FOUR.train_labels == 1)
    for runs, said in ((session.runs, "learned from other data"), ({}, "which is gone")):
        compared = learning.compared_with(FOUR, second, runs)
        np.testing.assert_array_equal(compared.learned.numbers, own)
        assert compared.unknown.startswith("It went on from run A") and said in compared.unknown


def test_of_other_data_a_run_learned_nothing_and_a_sentence_says_so():
    other = data_of([3, 2, 1, 0] * 50)
    run = run_on(FOUR, images=40, wrong_labels=0.25)
    assert learning.learned_by(other, run, {}) is None
    compared = learning.compared_with(other, run, {})
    assert compared.data is other and not compared.learned.wrong.any()
    np.testing.assert_array_equal(compared.learned.numbers, np.arange(200))
    assert compared.remark == "Run A learned from other data: Numbers 200 + 200."
    run_of_all = run_on(tiny_mnist())
    assert learning.learned_by(without_sample(tiny_mnist()), run_of_all, {}) is None, "of a part not all is there"
