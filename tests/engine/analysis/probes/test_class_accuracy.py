"""Right answers per class, to the image, through the lens and before."""

import numpy as np
import pytest
from told import last
from trained import read_by_hand, taught, with_run

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.plain import accuracy
from tests.figures_by_hand import Answered


@pytest.mark.parametrize("silenced", [(), (3,), (0, 1, 2, 5, 9), tuple(range(12))])
def test_they_are_those_of_numpy_to_the_image(session, silenced):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    adjusted = frozenset({Adjusted(0, 2, 4.0), Adjusted(0, 7, 0.0, 0.8)}) if silenced == (3,) else frozenset()
    answer = last(class_accuracy(session, Lens("A", None, frozenset(Neuron(0, each) for each in silenced), adjusted)))
    hidden, before = read_by_hand(session, 24)
    for each in adjusted:
        hidden[:, each.number] = hidden[:, each.number] * each.factor + each.offset
    hidden[:, list(silenced)] = 0
    assert (answer.run, answer.step) == ("A", 24) and answer.before_accuracy > 0.8
    for whole, of_classes, logits in (
        (answer.before_accuracy, answer.before_class_accuracy, before),
        (answer.accuracy, answer.class_accuracy, hidden @ weights[2].astype(float) + weights[3]),
    ):
        wanted = Answered(data.test_labels, hidden, logits)
        assert whole == wanted.accuracy
        np.testing.assert_array_equal(of_classes, [wanted.class_accuracy(label) for label in range(4)])
    np.testing.assert_array_equal(answer.counts, np.bincount(data.test_labels))


def test_a_class_without_images_has_no_accuracy():
    result = accuracy(np.array([[1.0, 2, 0], [3, 0, 1], [0, 1, 0]]), np.array([1, 0, 0]))
    assert result.whole == pytest.approx(2 / 3)
    np.testing.assert_array_equal(result.of_classes, [0.5, 1, np.nan])
    np.testing.assert_array_equal(result.counts, [2, 1, 0])
