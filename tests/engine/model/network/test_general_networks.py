"""Networks of all kinds of layers: TensorFlow, NumPy and Keras agree, and a training moves what it should."""

import numpy as np
import pytest
import tensorflow as tf

from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import run_through
from engine.core.specs import ADAM, TrainSpec
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import lens_network
from engine.model.network.model import Model, initial_weights
from engine.model.network.plain import plain_answer
from engine.model.training.learner import thinned, training_logits
from engine.session.jobs.train import train
from engine.session.session import Session

KINDS = {
    "residual": "conv 6 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 6, conv 6), global average, "
    "12, dropout 0.3",
    "branches": "conv 8 3x3 valid dilation 2, depthwise 16 stride 2, layernorm, gelu, avgpool 3x3 stride 2, "
    "branches(conv 4 1x1 | conv 4 1x1, conv 8 5x5 | maxpool 3x3 stride 1 | identity), 32 elu, "
    "layernorm, 16 selu, silu",
    "strides": "resize 20x18, colour, rescale 2 -1, pad 1 2 0 1, conv 8 7x7 stride 2, batchnorm, relu, "
    "maxpool 3x3 stride 2, residual(conv 8 stride 2, batchnorm, relu, conv 8, batchnorm "
    "| conv 8 1x1 stride 2), global max",
    "slopes": "conv 4 3x3 leaky_relu 0.3, batchnorm, leaky_relu 0.05, residual(conv 4) leaky_relu 0.5, "
    "8 leaky_relu 0.9",
    "dense": "20, batchnorm, relu6, 12 softplus, layernorm, 8 leaky relu",
    "before": "residual(batchnorm, relu, conv 4 3x3 | conv 4 1x1) linear, flatten, 16 tanh",
}  # fmt: skip


def drawn(plan, seed=1):
    """Weights with statistics of normalisation that are not those of a start."""
    noise = np.random.default_rng(seed)
    start = initial_weights(plan.weights, "he", seed)
    moved = [array + noise.normal(0, 0.1, array.shape) for array in start]
    named = zip(plan.weights, moved, strict=True)
    return tuple((np.abs(array) + 0.1 if weight.role == "variance" else array).astype("f") for weight, array in named)


@pytest.mark.parametrize("kind", KINDS)
def test_tensorflow_numpy_and_the_model_that_keras_saves_give_the_same_outputs(kind):
    plan = TrainSpec(layers=KINDS[kind]).plan((14, 13), 5)
    model, weights = Model(plan), drawn(plan)
    model.set_weights(weights)
    images = np.random.default_rng(2).random((6, 14, 13)).astype("f")
    hidden, logits = model(tf.constant(images))
    np.testing.assert_allclose(model.keras.predict(images, verbose=0), logits, rtol=1e-5, atol=1e-5)
    answer = plain_answer(plan, weights, images)
    np.testing.assert_allclose(answer.logits, logits, rtol=1e-4, atol=1e-4)
    for mine, theirs in zip(answer.hidden, hidden, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)
    assert model.keras.count_params() == plan.parameters
    single = plain_answer(plan, weights, images[2])
    np.testing.assert_allclose(single.logits, answer.logits[2], rtol=1e-5, atol=1e-5)
    for number, read in enumerate(answer.reads):
        assert read.shape[1:] == plan.read_by(number)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_layer_gives_before_its_activation_is_what_its_activation_is_taken_of(kind):
    plan = TrainSpec(layers=KINDS[kind], activation="tanh").plan((14, 13), 5)
    model = Model(plan)
    model.set_weights(drawn(plan))
    images = tf.constant(np.random.default_rng(3).random((4, 14, 13)).astype("f"))
    hidden, _ = model(images)
    functions = {
        "relu": tf.nn.relu, "tanh": tf.tanh, "gelu": tf.nn.gelu, "elu": tf.nn.elu, "selu": tf.nn.selu,
        "relu6": tf.nn.relu6, "softplus": tf.nn.softplus, "linear": tf.identity,
        "leaky_relu": lambda x: tf.where(x > 0, x, 0.2 * x),
        "leaky_relu 0.3": lambda x: tf.where(x > 0, x, 0.3 * x),
        "leaky_relu 0.9": lambda x: tf.where(x > 0, x, 0.9 * x),
    }  # fmt: skip
    for number, layer in enumerate(plan.hidden):
        wanted = functions[layer.activation](model.sums(images, number))
        np.testing.assert_allclose(hidden[number], wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["residual", "branches"])
def test_a_training_learns_and_a_lens_on_it_shows_what_numpy_computes(dataset, kind):
    session = Session(dataset)
    spec = ADAM.but(layers=KINDS[kind], batch=20, epochs=2, learning_rate=0.01)
    run_through(train(session, spec))
    run = session.runs["A"]
    first, last = run.moment(0), run.moment(None)
    plan = run.plan_of(last.weights)
    for weight, before, after in zip(plan.weights, first.weights, last.weights, strict=True):
        assert np.isfinite(after).all()
        assert weight.role == "bias" or not np.array_equal(before, after), weight.name
    lens = Lens("A", None, frozenset({Neuron(0, 1), Neuron(1, 0)}), frozenset({Adjusted(2, 1, 2.0, 0.5)}))
    network = lens_network(session, lens)
    shown = run_through(activations_of(network, dataset))
    pictures = dataset.test_images / np.float32(255)
    hidden, logits, _ = plain_answer(network.plan, network.weights, pictures, network.passed)
    np.testing.assert_allclose(shown.logits, logits, rtol=1e-3, atol=1e-3)
    assert not hidden[0][..., 1].any() and not shown.hidden[0][:, 1].any()
    untouched = plain_answer(network.plan, network.weights, pictures)
    assert np.abs(untouched.logits - logits).max() > 1e-3


def test_batch_normalisation_in_training_is_that_of_keras_with_the_momentum_of_pytorch():
    plan = TrainSpec(layers="8, batchnorm, relu").plan((3, 4), 5)
    model, weights = Model(plan), drawn(plan)
    model.set_weights(weights)
    images = np.random.default_rng(5).random((10, 3, 4)).astype("f")
    _, logits = model(tf.constant(images), training=True)
    kernel, bias, gamma, beta, mean, variance, out, last = weights
    sums = images.reshape(10, -1) @ kernel + bias
    normal = (sums - sums.mean(0)) / np.sqrt(sums.var(0) + 0.001) * gamma + beta
    np.testing.assert_allclose(logits, np.maximum(normal, 0) @ out + last, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.variables[4], 0.9 * mean + 0.1 * sums.mean(0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.variables[5], 0.9 * variance + 0.1 * sums.var(0), rtol=1e-5, atol=1e-6)


def test_a_layer_of_dropout_drops_its_share_and_raises_the_others_by_other_numbers_in_each_step_and_layer():
    ones = tf.ones((100, 300))
    first, other, again = (thinned(ones, 0.3, tf.constant([7, step])).numpy() for step in (1, 2, 1))
    assert np.array_equal(first, again) and set(np.unique(first)) == {0, np.float32(1 / 0.7)}
    dropped, others = first == 0, other == 0
    assert abs(dropped.mean() - 0.3) < 4 * np.sqrt(0.21 / dropped.size)
    assert abs((dropped & others).mean() - 0.09) < 4 * np.sqrt(0.09 * 0.91 / dropped.size), "steps are independent"
    for axis in (0, 1):  # rows and columns differ by no more than chance
        spread = dropped.mean(axis=axis).std() / np.sqrt(0.21 / dropped.shape[axis])
        assert 0.8 < spread < 1.2
    beside = (dropped[:, 1:] & dropped[:, :-1]).mean()
    assert abs(beside - 0.09) < 4 * np.sqrt(0.09 * 0.91 / dropped.size), "and so are neighbours"
    seeds = thinned(ones, 0.3, tf.constant([8, 1])).numpy() == 0
    assert abs((dropped & seeds).mean() - 0.09) < 4 * np.sqrt(0.09 * 0.91 / dropped.size)


def test_two_layers_of_dropout_in_one_network_draw_different_numbers():
    plan = TrainSpec(layers="400 linear, dropout 0.5, dropout 0.5").plan((3, 4), 2)
    model = Model(plan)
    model.set_weights([np.zeros((12, 400)), np.ones(400), np.ones((400, 2)), np.zeros(2)])
    kept = training_logits(model, tf.zeros((200, 3, 4)), tf.constant([3, 5])).numpy() / 4
    assert abs(kept.mean() - 100) < 4 * np.sqrt(400 * 0.25 * 0.75 / 200), "with the same numbers it were 200"
