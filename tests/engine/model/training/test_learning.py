"""What a step does, against NumPy: losses, gradients, optimisers, L2, dropout and warps."""

import dataclasses
import math

import numpy as np
import pytest

from bench.command import numpy_step
from engine.core.layers.plan import Weight
from engine.core.lazy import tf
from engine.core.machine.device import device
from engine.core.specs import TrainSpec
from engine.model.network.model import initial_weights
from engine.model.training.learner import OPTIMIZERS, Learner, augment
from engine.model.training.losses import LOSSES
from engine.model.training.tensors import on_device
from tests.engine.data.data_files import read_npz
from tests.figures_by_hand import Descent, loss_by_hand

BLOG = TrainSpec(layers="12", batch=20)


def learner_of(dataset, spec):
    return Learner(spec, on_device(dataset, device()), len(dataset.classes), device())


def batch_of(dataset, numbers):
    x = dataset.train_images[numbers].reshape(len(numbers), -1).astype(np.float64) / 255
    return x, np.eye(len(dataset.classes))[dataset.train_labels[numbers]]


def order_of(dataset, batch=20, seed=3):
    order = np.random.default_rng(seed).permutation(len(dataset.train_images))
    return order.reshape(-1, batch).astype(np.int32)


def test_each_loss_is_its_formula():
    logits = np.array([[2.0, -1.0, 0.5], [30.0, -30.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    labels = np.array([0, 1, 2])
    for name, loss in LOSSES.items():
        wanted = [loss_by_hand(name, logits[[row]].astype(float), labels[[row]]) for row in range(3)]
        np.testing.assert_allclose(loss(tf.constant(labels), logits), wanted, rtol=1e-4, err_msg=name)


def test_steps_of_gradient_descent_agree_with_numpy(dataset):
    learner, order = learner_of(dataset, BLOG), order_of(dataset)
    mine = [weights.astype(np.float64) for weights in learner.weights()]
    losses, norms = learner.steps(tf.constant(order), 0, 12, 0)
    assert norms.shape == (2, 2), "every tenth step is measured: the first and the eleventh"
    for number in range(12):
        before = [weights.copy() for weights in mine]
        loss = numpy_step(mine, *batch_of(dataset, order[number]), BLOG.learning_rate)
        assert losses[number] == pytest.approx(loss, rel=1e-5)
        if number % 10 == 0:
            gradients = [(old - new) / BLOG.learning_rate for old, new in zip(before, mine, strict=True)]
            wanted = [math.sqrt((gradients[k] ** 2).sum() + (gradients[k + 1] ** 2).sum()) for k in (0, 2)]
            np.testing.assert_allclose(norms[number // 10], wanted, rtol=1e-4)
    for ours, theirs in zip(learner.weights(), mine, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_an_optimiser_moves_a_weight_by_its_textbook_rule(name):
    rate, gradients = 0.05, [0.5, -0.2, 0.3]
    variable = tf.Variable([1.0])
    optimizer = OPTIMIZERS[name](rate)
    for gradient in gradients:
        optimizer.apply([tf.constant([gradient])], [variable])
    descent, wanted = Descent(name, rate), 1.0
    for gradient in gradients:
        wanted = descent.step(wanted, gradient)
    assert variable.numpy()[0] == pytest.approx(wanted, abs=2e-5)


def test_the_images_of_a_file_are_in_memory_once(tmp_path):
    images, labels = np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8), np.arange(40) % 2
    np.savez(tmp_path / "x.npz", x_train=images, y_train=labels, x_test=images[:10], y_test=labels[:10])
    data = read_npz(tmp_path / "x.npz")
    tensors = on_device(data, device("cpu"))
    for tensor, array in ((tensors.train_images, data.train_images), (tensors.test_images, data.test_images)):
        assert np.shares_memory(memoryview(tensor), array) and not array.flags.writeable
        assert np.array_equal(tensor, array)
    every_third = dataclasses.replace(data, train_images=data.train_images[::3], train_labels=data.train_labels[::3])
    assert np.array_equal(on_device(every_third, device("cpu")).train_images, images[::3]), "with gaps it is copied"


def test_l2_dropout_and_rate_act_on_the_next_step_and_l2_is_no_part_of_the_printed_loss(dataset):
    learner, order = learner_of(dataset, BLOG), tf.constant(order_of(dataset))
    start, plain_loss = learner.weights(), learner.steps(order, 0, 1, 0)[0]
    plain = learner.weights()
    learner.begin(BLOG.but(l2=0.01), on_device(dataset, device()))
    assert learner.steps(order, 0, 1, 0)[0] == plain_loss
    for number, (before, with_l2, without) in enumerate(zip(start, learner.weights(), plain, strict=True)):
        wanted = -BLOG.learning_rate * 2 * 0.01 * before if number % 2 == 0 else np.zeros_like(before)
        np.testing.assert_allclose(with_l2 - without, wanted, atol=1e-6)

    learner.begin(BLOG, on_device(dataset, device()))
    learner.follow(BLOG.but(dropout=0.9, learning_rate=1e-6))
    assert learner.steps(order, 0, 1, 0)[0] != plain_loss
    assert max(np.abs(a - b).max() for a, b in zip(start, learner.weights(), strict=True)) < 1e-5
    learner.follow(BLOG)
    assert learner.steps(order, 0, 1, 0)[0] == pytest.approx(plain_loss, rel=1e-3), "it is switched off again"


def test_initial_weights_have_the_spread_that_their_rule_says():
    weights = [
        Weight("layer1/kernel", (784, 300)),
        Weight("layer1/bias", (300,)),
        Weight("layer2/kernel", (3, 3, 16, 32)),
        Weight("layer2/bias", (32,)),
    ]
    dense, bias, convolution, other = initial_weights(weights, "blog", 1)
    wanted = (pytest.approx(0.03, rel=0.02), pytest.approx(1.0, rel=0.15), pytest.approx(0.03, rel=0.05))
    assert (dense.std(), bias.std(), convolution.std()) == wanted
    dense, bias, convolution, _ = initial_weights(weights, "he", 1)
    assert dense.std() == pytest.approx(math.sqrt(2 / 784), rel=0.02)
    assert convolution.std() == pytest.approx(math.sqrt(2 / (9 * 16)), rel=0.05)
    assert not bias.any()
    dense = initial_weights(weights, "glorot", 1)[0]
    assert np.abs(dense).max() == pytest.approx(math.sqrt(6 / 1084), rel=0.01)
    assert np.array_equal(dense, initial_weights(weights, "glorot", 1)[0])
    assert other.shape == (32,)


def test_a_shift_moves_by_whole_pixels_noise_stays_within_their_range_and_without_warps_an_image_stays_as_it_is():
    images = np.zeros((40, 11, 11), np.float32)
    images[:, 5, 5] = 1
    moved = augment(tf.constant(images), TrainSpec(shift=2), tf.constant([1, 1])).numpy()
    places = {tuple(int(i) for i in np.argwhere(image > 0.99)[0]) for image in moved}
    np.testing.assert_allclose(moved.sum(axis=(1, 2)), 1, atol=1e-5)
    assert {row for row, _ in places} == {column for _, column in places} == {3, 4, 5, 6, 7}

    noisy = augment(tf.constant(images), TrainSpec(noise=0.5), tf.constant([1, 2])).numpy()
    assert 0 <= noisy.min() < noisy.max() <= 1 and not np.array_equal(noisy, images)
    assert np.array_equal(augment(tf.constant(images), TrainSpec(), tf.constant([1, 2])), images)


def test_a_turn_keeps_the_middle_and_moves_the_rim_along_its_circle():
    images = np.zeros((30, 21, 21), np.float32)
    images[:, 10, 10] = 1
    images[:, 9:12, 17:20] = 1
    turned = augment(tf.constant(images), TrainSpec(rotate=30.0), tf.constant([1, 2])).numpy()
    assert (turned[:, 10, 10] > 0.99).all()
    rows, columns = np.mgrid[:21, :21] - 10
    rim = np.where(rows**2 + columns**2 > 16, turned, 0)
    y = (rim * rows).sum(axis=(1, 2)) / rim.sum(axis=(1, 2))
    x = (rim * columns).sum(axis=(1, 2)) / rim.sum(axis=(1, 2))
    np.testing.assert_allclose(np.hypot(y, x), 8, atol=0.15)
    angles = np.degrees(np.arctan2(y, x))
    assert np.abs(angles).max() <= 31
    assert np.ptp(angles) > 20


def test_smoothed_labels_share_out_evenly_what_is_taken_from_them():
    logits = np.array([[2.0, -1.0, 0.5], [1.0, -3.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    labels, share = np.array([0, 1, 2]), 0.3
    wanted = (1 - share) * np.eye(3)[labels] + share / 3
    p = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=1, keepdims=True)
    losses = {
        "clipped": -(wanted * np.log(p) + (1 - wanted) * np.log(1 - p)).sum(axis=1),
        "cross_entropy": -(wanted * np.log(p)).sum(axis=1),
        "squared": ((p - wanted) ** 2).sum(axis=1),
    }
    for name, loss in LOSSES.items():
        found = loss(tf.constant(labels), tf.constant(logits), tf.constant(share))
        np.testing.assert_allclose(found, losses[name], rtol=1e-5, err_msg=name)


def gradients_by_hand(weights, x, wanted):
    """The gradients of the mean cross-entropy of one hidden ReLU layer, for labels' shares (batch, classes)."""
    kernel, bias, last, last_bias = weights
    sums = x @ kernel + bias
    hidden = np.maximum(sums, 0)
    logits = hidden @ last + last_bias
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    error = (p - wanted) / len(x)
    back = error @ last.T * (sums > 0)
    return x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)


def loss_by_weights(weights, x, y):
    """The mean cross-entropy of the plain labels."""
    kernel, bias, last, last_bias = weights
    logits = np.maximum(x @ kernel + bias, 0) @ last + last_bias
    return float((np.log(np.exp(logits).sum(axis=1)) - (logits * y).sum(axis=1)).mean())


@pytest.mark.parametrize(
    "spec",
    [
        BLOG.but(loss="cross_entropy", decay=0.05),
        BLOG.but(loss="cross_entropy", smoothing=0.25),
        BLOG.but(loss="cross_entropy", optimizer="momentum", momentum=0.6, learning_rate=0.05),
        BLOG.but(loss="cross_entropy", optimizer="adam", learning_rate=0.01, decay=0.5),
        BLOG.but(loss="cross_entropy", optimizer="adam", learning_rate=0.01, decay=0.5, smoothing=0.1, warmup=0.5),
    ],
    ids=["decay", "smoothing", "momentum", "adam with decay", "all with a warm-up"],
)
def test_steps_with_decay_momentum_smoothing_and_a_warm_up_agree_with_numpy(dataset, spec):
    """Adam with decoupled decay is the algorithm 2 of Loshchilov and Hutter (2019), with the rate as a factor."""
    learner, order = learner_of(dataset, spec), order_of(dataset)
    mine = [weights.astype(np.float64) for weights in learner.weights()]
    losses, _ = learner.steps(tf.constant(order), 0, 8, 0)
    first, second = ([np.zeros_like(weights) for weights in mine] for _ in range(2))
    for number in range(8):
        x, y = batch_of(dataset, order[number])
        assert losses[number] == pytest.approx(loss_by_weights(mine, x, y), rel=1e-5), "of the plain labels"
        gradients = gradients_by_hand(mine, x, (1 - spec.smoothing) * y + spec.smoothing / y.shape[1])
        rate = spec.learning_rate * (min(1, (number + 1) / 6) if spec.warmup else 1)
        for place, gradient in enumerate(gradients):
            step = rate * gradient
            if spec.optimizer == "momentum":
                step = first[place] = spec.momentum * first[place] + rate * gradient
            elif spec.optimizer == "adam":
                first[place] = 0.9 * first[place] + 0.1 * gradient
                second[place] = 0.999 * second[place] + 0.001 * gradient**2
                scale = math.sqrt(1 - 0.999 ** (number + 1)) / (1 - 0.9 ** (number + 1))
                step = rate * scale * first[place] / (np.sqrt(second[place]) + 1e-7)
            shrunk = rate * spec.decay * mine[place] if place % 2 == 0 else 0.0  # biases do not decay
            mine[place] = mine[place] - shrunk - step
    for ours, theirs in zip(learner.weights(), mine, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
