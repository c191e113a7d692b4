"""The lens: silencing a neuron is the same as its output being zero."""

import numpy as np
import pytest

from engine.errors import UserError
from engine.lazy import tf
from engine.lens import Lens, Neuron, silence
from engine.network.model import build_model, forward
from engine.session import Session
from engine.specs import TrainSpec
from engine.training.job import train
from engine.training.run import is_kept


@pytest.mark.parametrize("layers", ["6", "6, 5", "conv 3, conv 4, 5", "conv 3"])
def test_a_silenced_neuron_is_one_whose_output_is_zero(layers):
    tf.random.set_seed(1)
    model = build_model(TrainSpec(layers=layers, activation="tanh"), (8, 8), 4)
    images = tf.constant(np.random.default_rng(1).random((5, 8, 8), np.float32))
    for layer in range(len(TrainSpec(layers=layers).hidden)):
        silenced = Neuron(layer, 2)

        def drop(number, output, silenced=silenced):
            mask = np.arange(output.shape[-1]) != silenced.number
            return output * mask if number == silenced.layer else output

        _, wanted = forward(model, images, drop)
        weights = tuple(model.get_weights())
        other = build_model(TrainSpec(layers=layers, activation="tanh"), (8, 8), 4)
        other.set_weights(silence(weights, {silenced}))
        np.testing.assert_allclose(other(images), wanted, atol=1e-6)
        assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


def test_a_neuron_that_does_not_exist_is_an_error():
    weights = [np.ones((4, 3)), np.ones(3), np.ones((3, 2)), np.ones(2)]
    for neuron in (Neuron(0, 3), Neuron(0, -1), Neuron(1, 0)):
        with pytest.raises(IndexError):
            silence(weights, {neuron})


def test_the_lens_shows_a_moment_and_live_is_the_newest(session):
    list(train(session, TrainSpec(layers="8", epochs=2, batch=20)))
    run = session.runs["A"]
    assert all(
        np.array_equal(a, b)
        for a, b in zip(session.weights(Lens("A", 0)), run.moments[0].weights, strict=True)
    )
    newest = session.weights(Lens("A"))
    assert all(np.array_equal(a, b) for a, b in zip(newest, run.moments[24].weights, strict=True))
    assert not np.array_equal(newest[0], run.moments[0].weights[0])
    assert not session.weights(Lens("A", 24, frozenset({Neuron(0, 5)})))[2][5].any()


def test_a_run_that_does_not_exist_is_refused_in_a_sentence():
    with pytest.raises(UserError, match="no run Z"):
        Session().weights(Lens("Z"))


def test_moments_stand_closest_at_the_start_and_then_at_every_epoch():
    kept = [step for step in range(1651) if is_kept(step, 550)]
    assert kept == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 550, 1100, 1650]


def test_runs_are_named_by_letters_and_names_are_not_used_twice(session):
    names = [session.new_run(TrainSpec(), 1).name for _ in range(28)]
    assert names[:2] == ["A", "B"]
    assert names[25:] == ["Z", "AA", "AB"]
