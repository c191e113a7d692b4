"""What is in the data: counts, means and pixels; which images are of a kind; their pictures. Against NumPy."""

import dataclasses

import numpy as np
import pytest
from made_sessions import dataset_of
from told import last
from trained import dense_by_hand

from engine.analysis.probes import data_overview as overview_module
from engine.analysis.probes.data_images import NOTHING, Listing, data_pictures, list_images
from engine.analysis.probes.data_overview import data_overview
from engine.analysis.probes.images import image_of_class, some_images
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.specs import DataSpec
from engine.model.training.learned import learned
from engine.session.session import Session

SPEC = DataSpec(images=60, wrong_labels=0.25, classes="a, c, d", seed=3)


def test_the_overview_counts_and_averages_what_is_there(session, monkeypatch):
    monkeypatch.setattr(overview_module, "AT_ONCE", 700)  # several turns for each class
    data = dataclasses.replace(session.data(), classes=tuple("abcde"))
    answer = last(data_overview(Session(data)))
    for label in range(4):
        own = data.train_images[data.train_labels == label]
        assert answer.train_counts[label] == len(own)
        assert answer.test_counts[label] == (data.test_labels == label).sum()
        np.testing.assert_allclose(answer.means[label], own.mean(axis=0) / 255, atol=1e-6)
        np.testing.assert_array_equal(answer.pixels[label], np.histogram(own, 32, (0, 256))[0])
    assert answer.train_counts[4] == answer.test_counts[4] == answer.pixels[4].sum() == 0 == answer.means[4].sum()


def test_all_images_or_some_by_class_and_kind_are_listed_with_what_a_run_would_learn(session):
    data = session.data()
    answer, result = last(list_images(session, Listing(), SPEC)), learned(data, SPEC)
    assert answer.numbers.tolist() == list(range(240)) and answer.total == 240
    assert answer.labels.tolist() == data.train_labels.tolist()
    assert np.flatnonzero(answer.used).tolist() == result.numbers.tolist()
    assert answer.learned_as[result.numbers].tolist() == result.labels.tolist()
    unused = np.setdiff1d(np.arange(240), result.numbers)
    assert (answer.learned_as[unused] == data.train_labels[unused]).all()
    assert answer.learned.tolist() == [(data.train_labels[result.numbers] == each).sum() for each in range(4)]
    assert (answer.learned.sum(), answer.wrong) == (60, 15)
    assert (answer.answers == NOTHING).all()

    used = last(list_images(session, Listing(which="used"), SPEC))
    assert used.numbers.tolist() == result.numbers.tolist() and used.used.all()
    wrong = last(list_images(session, Listing(which="wrong"), SPEC))
    assert wrong.numbers.tolist() == result.numbers[result.wrong].tolist()
    assert (wrong.learned_as != wrong.labels).all()
    of_class = last(list_images(session, Listing(label=2, which="used"), SPEC))
    assert of_class.numbers.tolist() == [n for n in result.numbers if data.train_labels[n] == 2]
    tests = last(list_images(session, Listing("test", 1), SPEC))
    assert tests.numbers.tolist() == np.flatnonzero(data.test_labels == 1).tolist()
    assert not tests.used.any() and tests.total == 90


@pytest.mark.parametrize("part", ["train", "test"])
def test_misread_ones_are_those_that_the_network_of_the_lens_takes_for_others(dense, part):
    data = dense.data()
    images, labels = (getattr(data, f"{part}_{each}") for each in ("images", "labels"))
    answer = last(list_images(dense, Listing(part, None, "misread"), SPEC, Lens("A", 12)))
    answers = dense_by_hand(dense.runs["A"].moments[12].weights, images / 255)[-1].argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    assert answer.numbers.tolist() == wrong.tolist() and len(wrong) > 0
    assert answer.answers.tolist() == answers[wrong].tolist()
    silenced = Lens("A", 12, frozenset(Neuron(0, number) for number in range(12)))
    other = last(list_images(dense, Listing(part, 1, "misread"), SPEC, silenced))
    assert len(set(other.answers.tolist())) <= 1, "all of them get the answer of the biases"


def test_learned_ones_are_those_of_the_run_with_its_labels_and_of_other_data_none(dense):
    run, data = dense.runs["A"], dense.data()
    run.spec = run.spec.but(images=50, wrong_labels=0.2, seed=3)
    answer, result = (last(list_images(dense, Listing(which="learned"), SPEC, Lens("A"))), learned(data, run.spec))
    assert answer.numbers.tolist() == result.numbers.tolist() and answer.learned_as.tolist() == result.labels.tolist()
    assert (answer.run, answer.remark) == ("A", "") and answer.used.all()
    assert answer.learned.sum() == len(learned(data, SPEC).numbers), "counts are those of the next run"

    run.fingerprint = "of other data"
    answer, misread = (
        last(list_images(dense, Listing(which=which), SPEC, Lens("A"))) for which in ("learned", "misread")
    )
    assert answer.numbers.size == 0
    assert answer.remark == misread.remark == "Run A learned from other data: Stripes 240 + 90."
    assert misread.learned_as.tolist() == misread.labels.tolist()


def test_without_a_network_there_are_no_misread_images(session):
    with pytest.raises(UserError, match="no network yet"):
        list(list_images(session, Listing(which="misread"), SPEC))


def test_pictures_come_in_the_order_asked_for_without_those_that_are_not_there(session):
    data = session.data()
    answer = last(data_pictures(session, "train", np.array([7, 3, 900, -1, 239])))
    assert answer.numbers.tolist() == [7, 3, 239]
    np.testing.assert_array_equal(answer.pictures, data.train_images[[7, 3, 239]])
    (answer,) = some_images(session, [-1, 7, 90, 3, 3])
    assert answer.numbers.tolist() == [7, 3, 3]
    np.testing.assert_array_equal(answer.pictures, data.test_images[[7, 3, 3]])
    np.testing.assert_array_equal(answer.labels, data.test_labels[[7, 3, 3]])
    assert next(some_images(session, [])).pictures.shape == (0, 8, 8)

    colours = np.random.default_rng(1).integers(0, 255, (90, 8, 8, 3)).astype(np.uint8)
    session.replace_data(dataclasses.replace(data, test_colours=colours))
    np.testing.assert_array_equal(last(data_pictures(session, "test", [4])).pictures, colours[[4]])


def test_an_image_of_a_class_is_another_one_where_there_is_another():
    labels = np.array([5, 6, 5, 7], np.uint8)
    images = np.arange(4 * 4, dtype=np.uint8).reshape(4, 2, 2)
    data = dataset_of("Small", images, labels, images, labels, "0123456789")
    session = Session(data)
    result = [next(image_of_class(session, 5, chance)) for chance in range(4)]
    assert [each.number for each in result] == [0, 2, 0, 2] and {each.label for each in result} == {5}
    assert np.array_equal(result[1].picture, images[2])
    assert {next(image_of_class(session, 5, chance, besides=2)).number for chance in range(4)} == {0}
    assert next(image_of_class(session, 7, 3, besides=3)).number == 3
    with pytest.raises(UserError, match="There is no test image of class 9"):
        next(image_of_class(session, 9, 0))
