"""The answer to one picture: logits, probabilities and hidden outputs, through the lens."""

import numpy as np
import pytest
from trained import dense_by_hand, picture, with_run

from engine.analysis.probes.answer import answer
from engine.core.lens import Lens, Neuron


def test_the_answer_is_the_networks_own_arithmetic_at_each_moment_without_silenced_neurons(dense):
    image = picture(dense)
    for asked, step in ((0, 0), (13, 12), (None, 24)):
        weights = [array.copy() for array in dense.runs["A"].moments[step].weights]
        strongest = int(dense_by_hand(weights, image[None])[0][0].argmax())
        weights[2][strongest] = 0
        (result,) = answer(dense, Lens("A", asked, frozenset({Neuron(0, strongest)})), image)
        hidden, logits = dense_by_hand(weights, image[None])
        hidden[0][strongest] = 0
        assert (result.run, result.step, result.label) == ("A", step, logits[0].argmax())
        np.testing.assert_allclose(result.logits, logits[0], atol=2e-6)
        np.testing.assert_allclose(result.probabilities, np.exp(logits[0]) / np.exp(logits[0]).sum(), atol=1e-6)
        np.testing.assert_allclose(result.hidden[0], hidden[0], atol=2e-6)
        np.testing.assert_array_equal(result.picture, image)


def test_an_answer_answers_other_pictures_as_the_engine_does_unless_its_network_is_large(dense, monkeypatch):
    image, lens = picture(dense), Lens("A", None, frozenset({Neuron(0, 1)}))
    (blank,), (wanted,) = answer(dense, lens, np.zeros_like(image)), answer(dense, lens, image)
    other = blank.to(image)
    assert (other.run, other.step, other.label, other.lens) == (wanted.run, wanted.step, wanted.label, lens.at(24))
    for one, same in ((other.logits, wanted.logits), (other.hidden[0], wanted.hidden[0]), (other.picture, image)):
        np.testing.assert_array_equal(one, same)
    products = sum(kernel.size for kernel in dense.runs["A"].moments[0].weights[::2])
    for most, is_large in ((products, False), (products - 1, True)):
        monkeypatch.setattr("engine.analysis.probes.answer.AT_ONCE", most)
        (known,) = answer(dense, lens, image)
        assert (known.to is None) is is_large


@pytest.mark.parametrize(
    ("layers", "is_small"),
    [("conv 16 5x5 stride 4", True), ("conv 64 3x3, conv 256 7x7 stride 3", True), ("conv 64 3x3, conv 256 7x7", False),
     ("depthwise 8 5x5 stride 2", True), ("conv 32 3x3, depthwise 64 7x7", False)],
)  # fmt: skip
def test_the_window_answers_itself_where_strides_leave_little_and_not_for_many_depthwise_products(
    session, layers, is_small
):
    with_run(session, layers)
    (first,) = answer(session, Lens("A"), picture(session, 1))
    assert (first.to is not None) == is_small
