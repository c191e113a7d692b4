"""Right answers per class, to the image, through the lens and before."""

import numpy as np
import pytest
from told import last
from trained import dense_by_hand, taught, with_run

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.accuracy import accuracy


@pytest.mark.parametrize("silenced", [(), (3,), (0, 1, 2, 5, 9), tuple(range(12)), None])
def test_they_are_those_of_numpy_to_the_image(session, silenced):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    hidden, _ = dense_by_hand(weights, data.test_images / 255)
    factors, offsets, lens = np.ones(12), np.zeros(12), Lens("A")
    if silenced is None:
        lens = Lens("A", None, frozenset(), frozenset({Adjusted(0, 2, 4.0), Adjusted(0, 7, 0.0, 0.8)}))
        factors[2], factors[7], offsets[7] = 4, 0, 0.8
    else:
        lens = Lens("A", None, frozenset(Neuron(0, each) for each in silenced))
        factors[list(silenced)] = 0

    def right(outputs):
        found = (outputs @ weights[2].astype(float) + weights[3]).argmax(axis=1) == data.test_labels
        return found.mean(), [found[data.test_labels == label].mean() for label in range(4)]

    told = last(class_accuracy(session, lens))
    assert (told.run, told.step) == ("A", 24)
    for accuracy_, of_classes, wanted in (
        (told.accuracy, told.class_accuracy, right(hidden * factors + offsets)),
        (told.before_accuracy, told.before_class_accuracy, right(hidden)),
    ):
        assert accuracy_ == wanted[0]
        np.testing.assert_array_equal(of_classes, wanted[1])
    assert told.before_accuracy > 0.8 and (told.accuracy != told.before_accuracy or silenced in ((), (3,)))
    np.testing.assert_array_equal(told.counts, np.bincount(data.test_labels))


def test_a_class_without_images_has_no_accuracy():
    found = accuracy(np.array([[1.0, 2, 0], [3, 0, 1], [0, 1, 0]]), np.array([1, 0, 0]))
    assert found.whole == pytest.approx(2 / 3)
    np.testing.assert_array_equal(found.of_classes, [0.5, 1, np.nan])
    np.testing.assert_array_equal(found.counts, [2, 1, 0])
