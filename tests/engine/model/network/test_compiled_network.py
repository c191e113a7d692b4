"""The network through the lens: the trained model's own figures, in TensorFlow and in NumPy, and no new traces."""

import itertools

import numpy as np
import pytest
from trained import ARCHITECTURES, picture, with_run

from bench.timing import count_traces
from engine.core.lazy import tf
from engine.core.lens import Lens, Neuron, Share
from engine.core.specs import TrainSpec
from engine.model.network.lens_network import lens_network
from engine.model.network.model import Model
from engine.model.network.plain import plain_forward
from engine.session.jobs.train import train


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_numpy_and_tensorflow_give_what_the_model_gives(session, layers, activation):
    with_run(session, layers, activation)
    run, images = session.runs["A"], session.data().test_images[:20] / np.float32(255)
    network, model = lens_network(session, Lens("A", 12)), Model(run.spec.plan(run.shape, 4))
    model.set_weights(run.moments[12].weights)
    hidden, logits = model(tf.constant(images))
    averaged = [layer.numpy().mean(axis=(1, 2)) if layer.ndim == 4 else layer for layer in hidden]
    for found_hidden, result in (network.outputs(images), network.outputs(session.data().test_images[:20])):
        np.testing.assert_allclose(result, logits, atol=2e-6)
        for mine, theirs in zip(found_hidden, averaged, strict=True):
            np.testing.assert_allclose(mine, theirs, atol=2e-6)
    for number in range(5):
        mine_hidden, mine = network.answer(images[number])
        np.testing.assert_allclose(mine, logits[number], atol=5e-6)
        for one, other in zip(mine_hidden, averaged, strict=True):
            np.testing.assert_allclose(one, other[number], atol=5e-6)


def test_the_plain_network_keeps_the_feature_maps_and_pools_odd_sides():
    spec = TrainSpec(layers="conv 3, conv 2, 5", activation="gelu")
    model = Model(spec.plan((7, 9), 4))
    image = np.random.default_rng(1).random((7, 9)).astype(np.float32)
    hidden, logits = model(tf.constant(image[None]))
    mine, answer = plain_forward(model.plan, tuple(map(np.asarray, model.variables)), image)
    assert [layer.shape for layer in mine] == [(7, 9, 3), (4, 5, 2), (5,)]
    for one, other in zip(mine, hidden, strict=True):
        np.testing.assert_allclose(one, other[0], atol=2e-6)
    np.testing.assert_allclose(answer, logits[0], atol=2e-6)


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES[1::2])
def test_gradients_are_those_of_small_changes(session, layers, activation):
    with_run(session, layers, activation)
    network, image = lens_network(session, Lens("A")), picture(session)
    direction = np.array([0.0, 1.0, 0.0, -1.0])
    logits, gradients = network.gradients(np.stack([image, image]), np.stack([direction, -direction]))
    np.testing.assert_allclose(logits[0], network.answer(image)[1], atol=5e-6)
    np.testing.assert_allclose(gradients[0], -gradients[1], atol=1e-6)
    weights = [array.astype(np.float64) for array in network.weights]  # single precision is too coarse for a difference
    for row, column in [(0, 0), (2, 5), (4, 3), (7, 7)]:
        change = np.zeros((8, 8))
        change[row, column] = 1e-3
        ends = [plain_forward(network.plan, tuple(weights), image + sign * change)[1] for sign in (1, -1)]
        assert gradients[0, row, column] == pytest.approx((ends[0] - ends[1]) @ direction / 2e-3, abs=2e-4, rel=1e-2)


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
    result = [
        use(Lens(run, step, silenced), number).outputs(images[:4])[1]
        for number, (run, step, silenced) in enumerate(
            itertools.product("AB", (0, 12, 24), (frozenset(), frozenset({Neuron(0, 3)}))), start=1
        )
    ]
    for weight in (0.2, 0.7):
        use(Lens("A", mixed=(Share("B", None, weight, matched=True),)), 9)
    (after,) = count_traces(session)
    assert after.traces == before.traces
    assert all(np.abs(one - other).max() > 1e-3 for one, other in itertools.combinations(result, 2))


def test_what_is_trained_is_that_network_and_a_neuron_is_dead_by_the_measure_of_its_own_layer(session):
    """A tanh that always gives -1 never changes; a ReLU's silence is being at 0."""
    list(train(session, TrainSpec(layers="10, 8 tanh", batch=20, epochs=1)))
    run, data = session.runs["A"], session.data()
    (done,) = run.epochs
    first, bias, second, other_bias, last, last_bias = run.moment(None).weights
    hidden = np.maximum(data.test_images.reshape(90, -1) / 255 @ first + bias, 0)
    deeper = np.tanh(hidden @ second + other_bias)
    assert done.test_accuracy == ((deeper @ last + last_bias).argmax(axis=1) == data.test_labels).mean()
    assert done.dead == ((hidden.max(axis=0) <= 0).sum(), (np.ptp(deeper, axis=0) < 0.01).sum())
