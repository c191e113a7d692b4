"""The nearest training images: those that a search through all finds, in the space of the last hidden layer."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from told import last
from trained import GENERAL, dense_by_hand, picture, with_run

from engine.analysis.probes.nearest import nearest_images
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import run_through
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import plain_forward, slopes, softmax
from engine.model.training.learned import learned
from engine.model.training.losses import LOSSES
from engine.session.session import Session


def searched(vectors, vector):
    """The numbers of the eight nearest vectors, and their distances."""
    distances = np.linalg.norm(vectors - vector, axis=1)
    numbers = np.argsort(distances, kind="stable")[:8]
    return numbers, distances[numbers]


def test_they_are_what_a_search_through_all_distances_finds(dense):
    data, image = dense.data(), picture(dense, 5)
    for step, silenced in ((0, ()), (24, (3, 7))):
        answer = last(nearest_images(dense, Lens("A", step, frozenset(Neuron(0, each) for each in silenced)), image))
        weights = dense.runs["A"].moments[step].weights
        vectors, (vector,) = (
            np.delete(dense_by_hand(weights, images)[0], silenced, axis=1)
            for images in (data.train_images / 255, image[None])
        )
        numbers, distances = searched(vectors, vector)
        assert answer.numbers.tolist() == numbers.tolist()
        np.testing.assert_allclose(answer.distances, distances, atol=1e-5)
        np.testing.assert_array_equal(answer.pictures, data.train_images[numbers])
        np.testing.assert_array_equal(answer.labels, data.train_labels[numbers])
        assert answer.step == step and answer.pictures.dtype == np.uint8
    answer = last(nearest_images(dense, Lens("A"), image, 500))
    assert sorted(answer.numbers) == list(range(240)) and (np.diff(answer.distances) >= 0).all()


def steps_on_each(network, loss, images, labels, picture):
    """Take a small step on each training image alone, and return how log p of the picture's answer rose, for rate 1."""
    weights = [tf.Variable(array.astype(np.float64)) for array in network.weights]
    passed = [tf.constant(array, tf.float64) for array in network.all_passed()]
    functions = {"relu": tf.nn.relu, "tanh": tf.tanh, "gelu": tf.nn.gelu, "leaky_relu": tf.nn.leaky_relu}
    functions["leaky_relu 0.3"] = partial(tf.nn.leaky_relu, alpha=0.3)

    def logits_of(x):
        x = tf.reshape(tf.constant(x, tf.float64), (1, -1))
        for number, layer in enumerate(network.layers):
            x = functions[layer.activation](x @ weights[2 * number] + weights[2 * number + 1])
            x = x * passed[number][0] + passed[number][1]
        return x @ weights[-2] + weights[-1]

    def log_probability():
        return float(tf.nn.log_softmax(logits_of(picture))[0, answer])

    answer, rate = int(tf.argmax(logits_of(picture)[0])), 1e-5
    before, rises = log_probability(), []
    for image, label in zip(images, labels, strict=True):
        with tf.GradientTape() as tape:
            result = LOSSES[loss](tf.constant([int(label)]), tf.cast(logits_of(image / 255), tf.float32))
        for weight, slope in zip(weights, tape.gradient(result, weights), strict=True):
            weight.assign_sub(rate * slope)
        rises.append((log_probability() - before) / rate)
        for weight, array in zip(weights, network.weights, strict=True):
            weight.assign(array.astype(np.float64))
    return np.array(rises)


@pytest.mark.parametrize(
    ("layers", "activation", "loss", "lens"),
    [
        ("", "relu", "squared", Lens("A", 24)),
        ("9 tanh, 8 leaky_relu 0.3, 7 leaky_relu", "gelu", "cross_entropy", Lens("A", 24, frozenset({Neuron(1, 3)}))),
        ("9, 7", "relu", "clipped", Lens("A", 24, frozenset(), frozenset({Adjusted(0, 2, 3.0, 0.5)}))),
    ],
)
def test_what_spoke_for_an_answer_is_what_a_step_on_each_image_does_to_it_in_all_layers(
    dataset, layers, activation, loss, lens
):
    few = replace(dataset, train_images=dataset.train_images[:12], train_labels=dataset.train_labels[:12])
    session = with_run(Session(few), layers, activation)
    run, data, image = session.runs["A"], session.data(), picture(session, 5)
    run.spec = run.spec.but(loss=loss)
    rises = steps_on_each(lens_network(session, lens), loss, data.train_images, data.train_labels, image)
    for by, order in (("for", np.argsort(-rises)), ("against", np.argsort(rises))):
        answer = last(nearest_images(session, lens, image, 5, by))
        assert answer.by == by and not answer.of_last_layer
        np.testing.assert_allclose(answer.influences, rises[order[:5]], rtol=0.002)
        np.testing.assert_allclose(rises[answer.numbers], answer.influences, rtol=0.002)
        np.testing.assert_array_equal(answer.labels, data.train_labels[answer.numbers])


@pytest.mark.parametrize(
    ("layers", "averaged", "last_hidden"),
    [
        ("conv 5, 9", "conv 5", 0), ("9, batchnorm, relu, 7, layernorm", "12, residual(12)", 1),
        # The body's second convolution, not the shortcut's, whose number is the last.
        ("conv 4 5x5 stride 2, batchnorm, residual(conv 4), global average, 8, dropout 0.2", GENERAL[2], 2),
    ],
)  # fmt: skip
def test_with_other_than_dense_layers_it_is_that_of_the_last_layer_and_says_so(session, layers, averaged, last_hidden):
    with_run(session, layers)
    data, image, network = session.data(), picture(session, 2), lens_network(session, Lens("A"))
    answer = last(nearest_images(session, Lens("A"), image, 5, "for"))
    assert answer.of_last_layer
    hidden, logits = network.outputs(np.concatenate([data.train_images, data.test_images[2:3]]))
    vectors, vector, loss = hidden[-1][:-1], hidden[-1][-1], session.runs["A"].spec.loss
    uphill = np.eye(logits.shape[1])[logits[-1].argmax()] - softmax(logits[-1].astype(float))
    errors = slopes(loss, logits[:-1], data.train_labels)
    wanted = -(vectors @ vector + 1) * (errors @ uphill)
    np.testing.assert_allclose(answer.influences, np.sort(wanted)[::-1][:5], rtol=1e-4)

    with_run(session, averaged)  # the outputs read something else: the nearest are shown, whatever is asked
    answer = last(nearest_images(session, Lens("B"), image, 5, "for"))
    assert answer.by == "alike" and answer.influences is None
    network = lens_network(session, Lens("B"))
    pictures = np.concatenate([data.train_images / np.float32(255), image[None]])
    vectors = plain_forward(network.plan, network.weights, pictures)[0][last_hidden]
    vectors = vectors.reshape(len(vectors), -1, vectors.shape[-1]).mean(axis=1)
    distances = np.linalg.norm(vectors[:-1] - vectors[-1], axis=1)
    np.testing.assert_allclose(answer.distances, np.sort(distances)[:5], rtol=1e-3, atol=1e-5)


def test_the_vectors_are_computed_once_also_by_jobs_that_were_stopped(dense, monkeypatch):
    network = lens_network(dense, Lens("A"))
    run_through(network.make_ready())
    monkeypatch.setattr(network, "at_once", 64)
    for _ in range(3):
        stopped = nearest_images(dense, Lens("A"), picture(dense))
        next(stopped)
        stopped.close()
    turns = list(nearest_images(dense, Lens("A"), picture(dense)))
    assert turns[0] is None and len(turns) == 2, "three of four batches were done"
    (answer,) = nearest_images(dense, Lens("A"), picture(dense))
    np.testing.assert_array_equal(answer.numbers, turns[1].numbers)


def test_of_a_run_that_learned_from_some_images_they_are_among_those_with_the_labels_it_learned(dense):
    data, image, run = dense.data(), picture(dense, 5), dense.runs["A"]
    whole = last(nearest_images(dense, Lens("A"), image))
    run.spec = run.spec.but(images=60, wrong_labels=0.5, classes="b-d")
    answer, result = last(nearest_images(dense, Lens("A"), image)), learned(data, run.spec)
    vectors = dense_by_hand(run.moments[24].weights, data.train_images[result.numbers] / 255)[0]
    places, distances = searched(vectors, dense_by_hand(run.moments[24].weights, image[None])[0])
    assert answer.numbers.tolist() == result.numbers[places].tolist()
    np.testing.assert_allclose(answer.distances, distances, atol=1e-5)
    np.testing.assert_array_equal(answer.pictures, data.train_images[answer.numbers])
    np.testing.assert_array_equal(answer.labels, result.labels[places])
    assert not whole.remark and not answer.remark
    speaking = last(nearest_images(dense, Lens("A"), image, 8, "for"))
    np.testing.assert_array_equal(speaking.labels, result.labels[np.searchsorted(result.numbers, speaking.numbers)])
    run.fingerprint = "of other data"
    other = last(nearest_images(dense, Lens("A"), image))
    assert other.numbers.tolist() == whole.numbers.tolist(), "which of those it would be, nobody knows"
    assert other.remark == "Run A learned from other data: Stripes 240 + 90."
