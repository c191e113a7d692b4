"""The answer to one picture: logits, probabilities and hidden outputs, through the lens."""

import time

import numpy as np
import pytest
from trained import dense_by_hand, picture, with_run

from engine.analysis.probes.answer import answer
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.data.formats.sample import open_sample
from engine.session.session import Session


def test_the_answer_is_the_networks_own_arithmetic(session):
    with_run(session, "12")
    image = picture(session)
    (told,) = answer(session, Lens("A", 13), image)
    hidden, logits = dense_by_hand(session.runs["A"].moments[12].weights, image[None])
    assert (told.run, told.step, told.label) == ("A", 12, logits[0].argmax())
    np.testing.assert_allclose(told.logits, logits[0], atol=2e-6)
    np.testing.assert_allclose(told.probabilities, np.exp(logits[0]) / np.exp(logits[0]).sum(), atol=1e-6)
    np.testing.assert_allclose(told.hidden[0], hidden[0], atol=2e-6)
    np.testing.assert_array_equal(told.picture, image)
    assert told.latest_only
    for array in (told.picture, told.logits, told.probabilities, *told.hidden):
        assert not array.flags.writeable


def test_silenced_neurons_are_missing_from_the_answer(session):
    with_run(session, "12")
    image = picture(session)
    weights = [array.copy() for array in session.runs["A"].moments[24].weights]
    strongest = int(dense_by_hand(weights, image[None])[0][0].argmax())
    weights[2][strongest] = 0
    (told,) = answer(session, Lens("A", None, frozenset({Neuron(0, strongest)})), image)
    np.testing.assert_allclose(told.logits, dense_by_hand(weights, image[None])[1][0], atol=2e-6)
    assert told.hidden[0][strongest] == 0


def test_every_moment_has_its_own_answer(session):
    with_run(session, "12")
    told = [next(answer(session, Lens("A", step), picture(session))) for step in (0, 12, 24, None)]
    assert [each.step for each in told] == [0, 12, 24, 24]
    assert np.abs(told[0].logits - told[1].logits).max() > 1e-3
    np.testing.assert_array_equal(told[2].logits, told[3].logits)


def test_feature_maps_are_averaged_in_the_answer(session):
    with_run(session, "conv 3, conv 4, 6")
    (told,) = answer(session, Lens("A"), picture(session))
    assert [layer.shape for layer in told.hidden] == [(3,), (4,), (6,)]


def test_a_picture_that_the_network_cannot_read_is_refused(session):
    with_run(session, "12")
    with pytest.raises(UserError, match="reads 8 × 8 pixels"):
        list(answer(session, Lens("A"), np.zeros((28, 28), np.float32)))


@pytest.mark.parametrize("layers", ["300", "conv 16, conv 32, 64"])
def test_an_answer_takes_less_than_two_milliseconds(layers):
    session = with_run(Session(open_sample()), layers)
    took = []
    for number in range(30):
        begin = time.perf_counter()
        list(answer(session, Lens("A"), picture(session, number)))
        took.append(time.perf_counter() - begin)
    assert np.median(took) < 0.002
