"""The network through the lens: the trained model's own figures, in TensorFlow and in NumPy, and no new traces."""

import itertools
import time

import numpy as np
import pytest
from trained import ARCHITECTURES, picture, with_run

from bench.timing import count_traces
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network
from engine.model.network.model import build_model, forward
from engine.model.network.plain import plain_forward, softmax
from engine.session.jobs.train import train
from engine.session.session import Session


def by_the_model(run, step, images):
    model = build_model(run.spec, run.shape, 4)
    model.set_weights(run.moments[step].weights)
    hidden, logits = forward(model, tf.constant(images))
    return [array.numpy() for array in hidden], logits.numpy()


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_numpy_and_tensorflow_give_what_the_model_gives(session, layers, activation):
    with_run(session, layers, activation)
    images = session.data().test_images[:20] / np.float32(255)
    network = lens_network(session, Lens("A", 12))
    hidden, logits = by_the_model(session.runs["A"], 12, images)
    averaged = [layer.mean(axis=(1, 2)) if layer.ndim == 4 else layer for layer in hidden]
    for found_hidden, found in (network.outputs(images), network.outputs(session.data().test_images[:20])):
        np.testing.assert_allclose(found, logits, atol=2e-6)
        for mine, theirs in zip(found_hidden, averaged, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=2e-6)
    for number in range(5):
        mine_hidden, mine = network.answer(images[number])
        np.testing.assert_allclose(mine, logits[number], atol=5e-6)
        for one, other in zip(mine_hidden, averaged, strict=True):
            np.testing.assert_allclose(one, other[number], atol=5e-6)


def test_the_plain_network_keeps_the_feature_maps_and_pools_odd_sides():
    spec = TrainSpec(layers="conv 3, conv 2, 5", activation="gelu")
    model = build_model(spec, (7, 9), 4)
    image = np.random.default_rng(1).random((7, 9)).astype(np.float32)
    hidden, logits = forward(model, tf.constant(image[None]))
    mine, answer = plain_forward(spec.hidden, tuple(map(np.asarray, model.get_weights())), image)
    assert [layer.shape for layer in mine] == [(7, 9, 3), (4, 5, 2), (5,)]
    for one, other in zip(mine, hidden, strict=True):
        np.testing.assert_allclose(one, other[0], atol=2e-6)
    np.testing.assert_allclose(answer, logits[0], atol=2e-6)


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_gradients_are_those_of_small_changes(session, layers, activation):
    with_run(session, layers, activation)
    network, image = lens_network(session, Lens("A")), picture(session)
    direction = np.array([0.0, 1.0, 0.0, -1.0])
    logits, gradients = network.gradients(np.stack([image, image]), np.stack([direction, -direction]))
    np.testing.assert_allclose(logits[0], network.answer(image)[1], atol=5e-6)
    np.testing.assert_allclose(gradients[0], -gradients[1], atol=1e-6)
    weights = [array.astype(np.float64) for array in network.weights]
    for row, column in [(0, 0), (2, 5), (4, 3), (7, 7)]:
        change = np.zeros((8, 8))
        change[row, column] = 1e-3
        ends = [double(network, weights, image + sign * change) @ direction for sign in (1, -1)]
        assert gradients[0, row, column] == pytest.approx((ends[0] - ends[1]) / 2e-3, abs=2e-4, rel=1e-2)


def double(network, weights, image):
    """The logits in single precision would be too coarse for a difference: their inputs are larger here."""
    return plain_forward(network.layers, tuple(weights), image)[1]


def test_no_change_of_the_lens_traces_anything(session):
    with_run(session, "12", "tanh")
    with_run(session, "12", "tanh", seed=5)
    images = session.data().test_images

    def use(lens, number):
        network = lens_network(session, lens)
        network.outputs(images[:number])
        network.gradients(np.ones((number, 8, 8)), np.ones((number, 4)))
        return network

    use(Lens("A"), 3)
    (before,) = count_traces(session)
    found = [
        use(Lens(run, step, silenced), number).outputs(images[:4])[1]
        for number, (run, step, silenced) in enumerate(
            itertools.product("AB", (0, 12, 24), (frozenset(), frozenset({Neuron(0, 3)}))), start=1
        )
    ]
    (after,) = count_traces(session)
    assert after.traces == before.traces
    assert all(np.abs(one - other).max() > 1e-3 for one, other in itertools.combinations(found, 2))


def test_a_silenced_neuron_says_nothing_and_the_others_go_on_without_it(session):
    with_run(session, "9, 7", "sigmoid")
    lens = Lens("A", 12, frozenset({Neuron(0, 2), Neuron(1, 6)}))
    network, image = lens_network(session, lens), picture(session)
    weights = [array.astype(np.float64) for array in session.runs["A"].moments[12].weights]
    x = image.ravel().astype(np.float64)
    for number, dead in ((0, 2), (1, 6)):
        x = 1 / (1 + np.exp(-(x @ weights[2 * number] + weights[2 * number + 1])))
        x[dead] = 0
        for hidden in (network.answer(image)[0], [layer[0] for layer in network.outputs(image[None])[0]]):
            np.testing.assert_allclose(hidden[number], x, atol=2e-6)
    np.testing.assert_allclose(network.answer(image)[1], x @ weights[4] + weights[5], atol=2e-6)


def test_a_network_is_read_once_as_long_as_the_lens_is_the_same(session):
    with_run(session, "12")
    first = lens_network(session, Lens("A", 13))
    assert lens_network(session, Lens("A", 12)) is first
    assert lens_network(session, Lens("A", 24)) is not first
    assert lens_network(session, Lens("A")) is lens_network(session, Lens("A", 24))
    assert lens_network(session, Lens("A", 12, frozenset({Neuron(0, 1)}))) is not first


def test_the_newest_moment_is_followed_while_a_run_learns(session):
    job = train(session, TrainSpec(layers="16", batch=20, epochs=2))
    steps = {lens_network(session, Lens("A")).key.step for message in job if session.runs["A"].moments}
    assert steps >= {0, 12, 24}


def test_a_picture_of_another_shape_is_refused_in_a_sentence(session):
    with_run(session, "12")
    with pytest.raises(UserError, match="The network reads 8 × 8 pixels, and the picture has 28 × 28"):
        lens_network(session, Lens("A")).answer(np.zeros((28, 28), np.float32))


def test_one_answer_of_the_blogs_network_takes_less_than_two_milliseconds():
    session = with_run(Session(open_sample()), "300")
    network, image = lens_network(session, Lens("A")), picture(session)
    took = []
    for _ in range(30):
        begin = time.perf_counter()
        softmax(network.answer(image)[1])
        took.append(time.perf_counter() - begin)
    assert np.median(took) < 0.002
