"""The experiments' own steps: each rule beside NumPy, masks, and that turns change nothing."""

import numpy as np
import pytest

from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.network.plain import softmax
from engine.session.jobs.train import batches
from engine.studies.experiments.parts import learning as steps
from engine.studies.experiments.parts import pruning
from tests.figures_by_hand import Descent, dense_by_hand, loss_by_hand

RATE, DECAY = 0.05, 0.2


@pytest.fixture
def task():
    generator = np.random.default_rng(4)
    x = generator.random((30, 7)).astype(np.float32)
    labels = generator.integers(0, 3, 30)
    weights = tuple(generator.normal(0, 0.5, shape).astype(np.float32) for shape in ((7, 5), (5,), (5, 3), (3,)))
    return x, labels, weights


def gradients(weights, x, labels, loss):
    """The gradients of a network with one hidden ReLU layer, by hand in double precision."""
    hidden, logits = dense_by_hand(weights, x)
    wanted = np.eye(logits.shape[1])[labels]
    is_entropy = loss is steps.cross_entropy
    error = (softmax(logits) - wanted) / len(x) if is_entropy else 2 * (logits - wanted) / logits.size
    back = (error @ weights[2].T) * (hidden > 0)
    return [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]


def by_hand(weights, x, labels, order, loss, rule):
    weights = [array.astype(np.float64) for array in weights]
    descents = [Descent(rule, RATE, is_papers=True) for _ in weights]
    for chosen in order:
        slopes = gradients(weights, x[chosen], labels[chosen], loss)
        for place, (descent, slope) in enumerate(zip(descents, slopes, strict=True)):
            weights[place] = descent.step(weights[place] * (1 - RATE * DECAY), slope)
    return weights


@pytest.mark.parametrize(("rule", "loss"), [("sgd", steps.squared_error()), ("adam", steps.cross_entropy)])
def test_a_rule_with_decoupled_decay_does_what_numpy_does(task, loss, rule):
    x, labels, weights = task
    images = x
    if rule == "sgd":  # images may be bytes
        images = (255 * x).astype(np.uint8)
        x = images / np.float32(255)
    order = batches(30, 10, 7, seed=2)
    learning = steps.Learning(weights, loss, images, labels, rule=rule, rate=RATE, decay=DECAY)
    losses = np.concatenate(list(learning.go(order)))
    assert len(losses) == 7 == learning.done
    for array, expected in zip(learning.weights, by_hand(weights, x, labels, order, loss, rule), strict=True):
        np.testing.assert_allclose(array, expected, atol=2e-5)


def test_what_a_mask_takes_away_stays_away_and_how_many_steps_a_turn_takes_changes_nothing(task):
    x, labels, weights = task
    masks = pruning.pruned(pruning.full(weights), weights, weights, 0.4)
    learning = steps.Learning(weights, steps.cross_entropy, x, labels, rule="adam", rate=RATE, masks=masks)
    initial, order = learning.weights, batches(30, 10, 9, seed=3)
    at_once, ended = np.concatenate(list(learning.go(order))), learning.weights
    for array, before, mask in zip(ended, initial, masks, strict=True):
        assert (array[mask == 0] == 0).all() and (array != before)[mask == 1].any()
    learning.begin(weights, masks)
    singly = [next(learning.go(order[number : number + 1])) for number in range(9)]
    assert np.array_equal(at_once, np.concatenate(singly))
    assert all(np.array_equal(one, other) for one, other in zip(ended, learning.weights, strict=True))


def test_an_epoch_sees_every_image_once_and_the_next_one_in_another_order():
    order = batches(30, 10, 6, seed=5)
    assert sorted(order[:3].ravel()) == sorted(order[3:].ravel()) == list(range(30))
    assert not np.array_equal(order[:3], order[3:])
    assert np.array_equal(batches(30, 10, 4, seed=5), order[:4])
    assert np.array_equal(batches(30, 10, 4, seed=5, done=2), order[2:])
    assert len(batches(30, 10, 0, seed=5, done=3)) == 0


def test_it_begins_as_pytorch_uniform_within_the_root_of_the_inputs():
    weights = steps.uniform_start(TrainSpec(layers="200, 200").hidden, 784, 10, seed=1, scale=8.0)
    assert [array.shape for array in weights[::2]] == [(784, 200), (200, 200), (200, 10)]
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        reach = 8 / np.sqrt(len(kernel))
        assert 0.99 * reach < np.abs(kernel).max() <= reach and 0.5 * reach < np.abs(bias).max() <= reach
        assert kernel.std() == pytest.approx(reach / np.sqrt(3), rel=0.05)


def test_what_is_read_is_what_numpy_reads(task):
    x, labels, weights = task
    hidden, logits = run_through(steps.read(weights, x))
    for ours, theirs in zip((hidden[0], logits), dense_by_hand(weights, x), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert steps.accuracy(logits, labels) == np.mean(logits.argmax(axis=1) == labels)
    assert steps.entropy_of(logits, labels) == pytest.approx(loss_by_hand("cross_entropy", logits, labels), rel=1e-5)
    wanted = pytest.approx(float(steps.squared_error(factor=2.5)(weights, x, labels)))
    assert steps.squares_of(2.5)(logits, labels) == wanted, "those of the training"


def test_pruning_keeps_the_largest_of_each_layer_and_takes_half_as_many_of_the_last(task):
    *_, weights = task
    masks = pruning.pruned(pruning.full(weights), weights, weights, 0.8)
    assert [int(mask.sum()) for mask in masks] == [28, 5, round(0.9 * 15), 3]
    kept = np.abs(weights[0])[masks[0] == 1]
    assert kept.min() > np.abs(weights[0])[masks[0] == 0].max()
    again = pruning.pruned(masks, weights, weights, 0.8)
    assert again[0].sum() == round(0.8 * 28) and (again[0] <= masks[0]).all()
    assert pruning.share_kept(again) == pytest.approx((again[0].sum() + again[2].sum()) / 50)
    assert (pruning.masked(weights, masks)[0][masks[0] == 0] == 0).all()


def test_same_sign_keeps_no_weight_that_has_turned_while_others_are_left():
    initial, final = np.array([[1.0, -1.0, 1.0, -1.0]]), np.array([[0.2, 9.0, -9.0, -0.1]])
    assert np.array_equal(pruning.large_final(initial, final), np.abs(final))
    assert np.array_equal(pruning.large_final_same_sign(initial, final), [[0.2, 0, 0, 0.1]])
