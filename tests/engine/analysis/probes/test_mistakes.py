"""What is misread, checked image by image against a network in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from told import last
from trained import read_by_hand

from engine.analysis.probes.calibration import calibration
from engine.analysis.probes.corruption import corrupted_images, corruption_curves
from engine.analysis.probes.mistakes import mistakes, similar_order
from engine.core.lens import Lens, Neuron
from tests.figures_by_hand import Answered


def test_every_image_is_counted_where_it_belongs(dense):
    labels = dense.data().test_labels
    for step, silenced in ((0, ()), (24, (1, 4, 7))):
        lens = Lens("A", step, frozenset(Neuron(0, number) for number in silenced))
        result, wanted = last(mistakes(dense, lens)), Answered(labels, *read_by_hand(dense, step, silenced))
        assert (result.run, result.step, result.names) == ("A", step, tuple("abcd"))
        np.testing.assert_array_equal(result.answers, wanted.answers)
        np.testing.assert_array_equal(result.labels, labels)
        np.testing.assert_allclose(result.probabilities, wanted.probabilities.max(axis=1), atol=1e-6)
        assert result.confusion.tolist() == wanted.confusion
        assert result.wrong == len(labels) - wanted.right and result.accuracy == pytest.approx(wanted.accuracy)
        np.testing.assert_allclose(result.class_accuracy, [wanted.class_accuracy(label) for label in range(4)])


def test_of_other_data_whose_classes_have_the_same_names_it_is_said_too(dense):
    def remarks():
        lens = Lens("A")
        images = corrupted_images(dense, lens, [1], "noise", 0.3)
        one_by_one = (last(job).remark for job in (mistakes(dense, lens), calibration(dense, lens), images))
        return [*one_by_one, *(last(corruption_curves(dense, [lens], "noise", (0.0, 1.0))).remarks or [""])]

    assert remarks() == [""] * 4
    dense.replace_data(replace(dense.data(), name="Upside down", train_images=dense.data().train_images[::-1]))
    assert remarks() == ["Run A learned from other data: Stripes 240 + 90."] * 4


def test_images_come_by_how_sure_the_network_was(dense):
    result = last(mistakes(dense, Lens("A")))
    wrong = result.images()
    assert sorted(wrong) == [n for n in range(90) if result.answers[n] != result.labels[n]]
    assert (np.diff(result.probabilities[wrong]) <= 0).all()
    assert (np.diff(result.probabilities[result.images(highest_first=False)]) >= 0).all()
    label, answer = np.unravel_index(result.confusion.argmax(), (4, 4))
    cell = result.images((label, answer))
    assert len(cell) == result.confusion.max()
    assert (result.labels[cell] == label).all() and (result.answers[cell] == answer).all()
    wrong = set(wrong.tolist())
    assert set(result.images((2, None))) == {n for n in wrong if result.labels[n] == 2}
    assert set(result.images((None, 1))) == {n for n in wrong if result.answers[n] == 1}


def test_classes_that_are_mixed_up_stand_side_by_side():
    confusion = np.diag([100] * 6)
    confusion[0, 4], confusion[4, 0], confusion[4, 2], confusion[5, 1] = 30, 5, 20, 9
    order = similar_order(confusion).tolist()
    assert sorted(order) == list(range(6))
    for one, other in ((0, 4), (4, 2), (5, 1)):
        assert abs(order.index(one) - order.index(other)) == 1
    assert order == [0, 4, 2, 1, 5, 3]

    confusion = np.array([[1000, 20, 0], [0, 1000, 0], [0, 5, 5]])
    assert similar_order(confusion).tolist() in ([0, 1, 2], [2, 1, 0])
    confusion[0, 2] = 15  # 20 of a thousand against 5 of ten: class 2 stays beside class 1
    order = similar_order(confusion).tolist()
    assert abs(order.index(2) - order.index(1)) == 1

    assert similar_order(np.diag([5, 0, 7])).tolist() == [0, 1, 2]
    assert similar_order(np.zeros((3, 3), int)).tolist() == [0, 1, 2]
