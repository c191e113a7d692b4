"""Right answers per class, to the image, through the lens and before."""

import numpy as np
import pytest
from told import last
from trained import dense_by_hand, taught, with_run

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.cli.parts.which import look_at
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.machine.bundled import BUNDLED
from engine.data.sources import open_dataset
from engine.model.network.accuracy import accuracy


def by_hand(weights, images, labels, factors, offsets=0.0):
    hidden, _ = dense_by_hand(weights, images)
    logits = (hidden * factors + offsets) @ weights[2].astype(float) + weights[3]
    right = logits.argmax(axis=1) == labels
    return right.mean(), [right[labels == label].mean() for label in range(logits.shape[1])]


@pytest.mark.parametrize("silenced", [(), (3,), (0, 1, 2, 5, 9), tuple(range(12))])
def test_they_are_those_of_numpy_to_the_image(session, silenced):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    told = last(class_accuracy(session, Lens("A", None, frozenset(Neuron(0, each) for each in silenced))))
    factors = np.ones(12)
    before, before_classes = by_hand(weights, data.test_images / 255, data.test_labels, factors)
    factors[list(silenced)] = 0
    now, now_classes = by_hand(weights, data.test_images / 255, data.test_labels, factors)
    assert (told.run, told.step) == ("A", 24)
    assert told.accuracy == now and told.before_accuracy == before > 0.8
    np.testing.assert_array_equal(told.class_accuracy, now_classes)
    np.testing.assert_array_equal(told.before_class_accuracy, before_classes)
    np.testing.assert_array_equal(told.counts, np.bincount(data.test_labels))


def test_boosted_and_frozen_neurons_count_as_they_are(session):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    lens = Lens("A", None, frozenset(), frozenset({Adjusted(0, 2, 4.0), Adjusted(0, 7, 0.0, 0.8)}))
    factors, offsets = np.ones(12), np.zeros(12)
    factors[2], factors[7], offsets[7] = 4, 0, 0.8
    now, classes = by_hand(weights, data.test_images / 255, data.test_labels, factors, offsets)
    told = last(class_accuracy(session, lens))
    assert told.accuracy == now != told.before_accuracy
    np.testing.assert_array_equal(told.class_accuracy, classes)


def test_a_class_without_images_has_no_accuracy():
    found = accuracy(np.array([[1.0, 2, 0], [3, 0, 1], [0, 1, 0]]), np.array([1, 0, 0]))
    assert found.whole == pytest.approx(2 / 3)
    np.testing.assert_array_equal(found.of_classes, [0.5, 1, np.nan])
    np.testing.assert_array_equal(found.counts, [2, 1, 0])


@pytest.mark.skipif(not BUNDLED.is_file(), reason="the session that comes along is not made yet")
def test_of_the_network_that_comes_along_with_any_neurons_silenced(full_mnist):
    generator = np.random.default_rng(1)
    with look_at(BUNDLED) as session:
        session.replace_data(open_dataset(str(full_mnist))[0])
        data, weights = session.data(), session.runs["A"].moment(None).weights
        hidden, _ = dense_by_hand(weights, data.test_images / 255)
        for count in (0, 1, 40, 250):
            chosen = generator.permutation(300)[:count]
            told = last(class_accuracy(session, Lens("A", None, frozenset(Neuron(0, each) for each in chosen))))
            kept = np.delete(np.arange(300), chosen)
            logits = hidden[:, kept] @ weights[2][kept].astype(float) + weights[3]
            assert told.accuracy == (logits.argmax(axis=1) == data.test_labels).mean()
