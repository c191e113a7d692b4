"""Each layer has the activation that it names: in training, through the lens, in NumPy and in Keras' files alike."""

from math import erf, sqrt

import numpy as np
import pytest
from made_sessions import KERAS_WARNS
from trained import with_run

from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes.pruning import prune_greedily
from engine.core.lazy import keras
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network
from engine.model.training.messages import EpochDone
from engine.session.jobs.export import export_keras
from engine.session.jobs.train import train
from engine.session.session import Session

TEXT, OWN = "14 leaky relu, 12 tanh, 11 gelu, 9", "sigmoid"


def activated(name, x):
    """Written down independently of the program, in double precision."""
    return {
        "relu": lambda: np.where(x > 0, x, 0.0),
        "leaky_relu": lambda: np.where(x > 0, x, 0.2 * x),
        "tanh": lambda: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "gelu": lambda: 0.5 * x * (1 + np.vectorize(erf)(x / sqrt(2))),
    }[name]()


def by_hand(weights, names, images):
    """Every hidden layer's output and the logits of a dense network."""
    x, hidden = images.reshape(len(images), -1).astype(np.float64), []
    for number, name in enumerate(names):
        kernel, bias = (np.asarray(each, np.float64) for each in weights[2 * number : 2 * number + 2])
        x = activated(name, x @ kernel + bias)
        hidden.append(x)
    return hidden, x @ np.asarray(weights[-2], np.float64) + np.asarray(weights[-1], np.float64)


NAMES = ["leaky_relu", "tanh", "gelu", "sigmoid"]


@pytest.fixture
def sample():
    return with_run(Session(open_sample()), TEXT, OWN)


def test_a_lens_shows_what_numpy_computes_layer_by_layer(sample):
    images = sample.data().test_images[:16] / np.float32(255)
    network = lens_network(sample, Lens("A"))
    wanted, logits = by_hand(network.weights, NAMES, images)
    found, answer = network.outputs(images)
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    np.testing.assert_allclose(answer, logits, atol=5e-5)
    plain, answered = network.answer(images[3])
    for mine, theirs in zip(plain, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs[3], atol=2e-5)
    np.testing.assert_allclose(answered, logits[3], atol=5e-5)


def test_what_is_trained_is_that_network_and_two_texts_of_it_train_alike():
    told = {}
    for text, own in (("20 relu, 9 tanh", "gelu"), ("20, 9 tanh", "relu"), ("20, 9", "relu")):
        session = Session(open_sample())
        spec = TrainSpec(layers=text, activation=own, initial="he", optimizer="adam", learning_rate=0.002, epochs=1)
        told[text] = [message for message in train(session, spec) if isinstance(message, EpochDone)][-1]
        if text == "20 relu, 9 tanh":
            run = session.runs["A"]
            data = session.data()
            weights = run.moments[max(run.moments)].weights
            _, logits = by_hand(weights, ["relu", "tanh"], data.test_images / 255)
            share = (logits.argmax(axis=1) == data.test_labels).mean()
            assert told[text].test_accuracy == pytest.approx(share, abs=0.002)
            assert share > 0.7
    first, second, other = told.values()
    assert (first.train_loss, first.test_accuracy) == (second.train_loss, second.test_accuracy)
    assert first.train_loss != other.train_loss


def test_a_neuron_is_dead_by_the_measure_of_its_own_layer():
    """A tanh that always gives -1 never changes; a ReLU's silence is being at 0."""
    session = Session(open_sample())
    spec = TrainSpec(layers="10, 8 tanh", learning_rate=1e-6, epochs=1)
    done = [message for message in train(session, spec) if isinstance(message, EpochDone)][-1]
    run, data = session.runs["A"], session.data()
    hidden, _ = by_hand(run.moments[max(run.moments)].weights, ["relu", "tanh"], data.test_images / 255)
    silent = (hidden[0].max(axis=0) <= 0).sum(), (np.ptp(hidden[1], axis=0) < 0.01).sum()
    assert done.dead == silent


@KERAS_WARNS
def test_keras_reads_the_exported_network_with_these_activations(sample, tmp_path):
    list(export_keras(sample, "A", None, tmp_path / "a.keras"))
    model = keras.models.load_model(tmp_path / "a.keras", compile=False)
    found = [layer.activation.__name__ for layer in model.layers if layer.name.startswith("layer")]
    assert found == NAMES
    images = sample.data().test_images[:8] / np.float32(255)
    _, logits = by_hand(sample.runs["A"].moments[24].weights, NAMES, images)
    np.testing.assert_allclose(model(images).numpy(), logits, atol=5e-5)


def rest_by_hand(hidden, weights):
    """What a second layer of ReLU makes of the outputs of the first, with the classes behind it: the logits."""
    return activated("relu", hidden @ np.float64(weights[2]) + weights[3]) @ np.float64(weights[4]) + weights[5]


def test_pruning_goes_through_the_activations_of_the_layers_behind():
    session = with_run(Session(open_sample()), "7 tanh, 6", "relu")
    data, weights = session.data(), session.runs["A"].moments[24].weights
    (hidden, _), _ = by_hand(weights, ["tanh", "relu"], data.test_images / 255)
    rights, left = [], list(range(7))
    found = [each for each in prune_greedily(session, Lens("A"), 0, on="test") if each is not None][-1]
    for gone in [None, *found.order.tolist()]:
        left = [each for each in left if each != gone]
        logits = rest_by_hand(hidden * np.isin(np.arange(7), left), weights)
        rights.append((logits.argmax(axis=1) == data.test_labels).mean())
    np.testing.assert_allclose(found.accuracies, rights, atol=2 / len(data.test_labels))
    first = [
        (rest_by_hand(hidden * (np.arange(7) != gone), weights).argmax(axis=1) == data.test_labels).mean()
        for gone in range(7)
    ]
    assert first[found.order[0]] >= max(first) - 2 / len(data.test_labels)


def test_ideal_images_climb_through_the_activation_of_each_layer():
    session = with_run(Session(open_sample()), "14 tanh, 12", "relu")
    spec = IdealSpec(
        objective="logit", penalty="none", pixels="free", optimizer="sgd", start="grey", learning_rate=0.1, steps=12
    )
    first, *_, end = paint_ideal(session, Lens("A", 24), spec)
    kernel, bias, second, shift, last, _ = (np.float64(each) for each in session.runs["A"].moments[24].weights)
    x = first.images.reshape(10, -1).astype(np.float64)
    for _ in range(12):
        outer = np.tanh(x @ kernel + bias)
        slope = -np.eye(10) @ last.T * (outer @ second + shift > 0)
        x = x - 0.1 * (slope @ second.T * (1 - outer**2)) @ kernel.T
    assert np.abs(x - first.images.reshape(10, -1)).max() > 0.01, "it went somewhere"
    np.testing.assert_allclose(end.images.reshape(10, -1), x, atol=2e-5)
