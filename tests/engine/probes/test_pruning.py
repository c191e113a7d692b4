"""Pruning: the greedy order against trying everything, the accuracies against NumPy, the weights by size."""

import numpy as np
import pytest
from trained import dense_by_hand, taught, with_run

from engine.errors import UserError
from engine.lens import Adjusted, Lens, Neuron
from engine.network import readout
from engine.network.shown import shown
from engine.probes import pruning as module
from engine.probes.pruning import needed, prune_greedily, prune_weights


def told(job):
    return [message for message in job if message is not None]


def judged(logits, labels):
    """How many are right, and minus the loss: what is larger is better."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = powers[np.arange(len(labels)), labels] / powers.sum(axis=1)
    return int((logits.argmax(axis=1) == labels).sum()), float(np.log(chances).mean())


def greedy_by_hand(hidden, weights, labels, kept):
    """Try every neuron at every step, in double precision."""
    order, kept = [], list(kept)

    def logits(neurons):
        return hidden[:, neurons] @ weights[2][neurons].astype(float) + weights[3]

    accuracies = [judged(logits(kept), labels)[0] / len(labels)]
    while kept:
        tries = [judged(logits([each for each in kept if each != gone]), labels) for gone in kept]
        best = max(range(len(kept)), key=lambda place: tries[place])
        order.append(kept.pop(best))
        accuracies.append(tries[best][0] / len(labels))
    return order, accuracies


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("turn", [readout.TURN, 200])
def test_the_greedy_order_is_that_of_trying_everything(session, monkeypatch, seed, turn):
    monkeypatch.setattr(readout, "TURN", turn)
    monkeypatch.setattr(readout, "AT_ONCE", turn)
    taught(with_run(session, "14", seed=seed))
    session.runs["A"].started += seed
    data, weights = session.data(), session.runs["A"].moments[24].weights
    hidden, _ = dense_by_hand(weights, data.test_images / 255)
    order, accuracies = greedy_by_hand(hidden, weights, data.test_labels, range(14))
    curves = told(prune_greedily(session, Lens("A"), 0))
    assert len(curves) == 15 and [curve.finished for curve in curves] == [False] * 14 + [True]
    np.testing.assert_array_equal(curves[-1].order, order)
    np.testing.assert_allclose(curves[-1].accuracies, accuracies, atol=1e-12)
    np.testing.assert_array_equal(curves[-1].removed, np.arange(15))
    assert (curves[-1].kind, curves[-1].layer, curves[-1].total) == ("neurons", 0, 14)
    np.testing.assert_array_equal(curves[6].order, order[:6])


def test_what_the_lens_has_silenced_and_boosted_is_where_it_starts(session):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    lens = Lens("A", None, frozenset({Neuron(0, 8), Neuron(0, 2)}), frozenset({Adjusted(0, 4, 2.0, 0.5)}))
    hidden, _ = dense_by_hand(weights, data.test_images / 255)
    hidden[:, 4] = 2 * hidden[:, 4] + 0.5
    kept = np.delete(np.arange(12), [2, 8])
    order, accuracies = greedy_by_hand(hidden, weights, data.test_labels, kept)
    curve = told(prune_greedily(session, lens, 0))[-1]
    np.testing.assert_array_equal(curve.order, [2, 8, *order])
    np.testing.assert_array_equal(curve.removed, np.arange(2, 13))
    np.testing.assert_allclose(curve.accuracies, accuracies, atol=1e-12)


def test_chosen_on_training_images_the_accuracies_are_still_those_on_test_images(session):
    taught(with_run(session, "12"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    trained, _ = dense_by_hand(weights, data.train_images / 255)
    tested, _ = dense_by_hand(weights, data.test_images / 255)
    order, _ = greedy_by_hand(trained, weights, data.train_labels, range(12))
    curve = told(prune_greedily(session, Lens("A"), 0, on="train"))[-1]
    np.testing.assert_array_equal(curve.order, order)
    for removed, share in zip(curve.removed, curve.accuracies, strict=True):
        kept = np.setdiff1d(np.arange(12), order[:removed])
        logits = tested[:, kept] @ weights[2][kept].astype(float) + weights[3]
        assert share == pytest.approx((logits.argmax(axis=1) == data.test_labels).mean())
    assert "training images" in curve.measure


@pytest.mark.parametrize(("layers", "layer"), [("9, 7", 0), ("conv 5", 0), ("conv 3, conv 4, 6", 1)])
def test_elsewhere_the_order_is_that_of_what_each_alone_costs(session, layers, layer):
    with_run(session, layers)
    data, width = session.data(), session.runs["A"].spec.hidden[layer].width

    def right(neurons):
        lens = Lens("A", None, frozenset(Neuron(layer, each) for each in neurons))
        return judged(shown(session, lens).outputs(data.test_images)[1].astype(float), data.test_labels)

    curve = told(prune_greedily(session, Lens("A"), layer))[-1]
    order = sorted(range(width), key=lambda each: tuple(-score for score in right([each])))
    np.testing.assert_array_equal(curve.order, order)
    np.testing.assert_array_equal(curve.removed, np.arange(width + 1))
    for removed, share in zip(curve.removed, curve.accuracies, strict=True):
        assert share == pytest.approx(right(order[:removed])[0] / 90)
    assert curve.finished and "alone" in curve.measure


def test_weights_go_by_their_size_over_all_kernels(session):
    taught(with_run(session, "9, 7"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    curves = told(prune_weights(session, Lens("A")))
    curve = curves[-1]
    sizes = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in weights[::2]]))
    assert len(curves) == module.POINTS and [each.finished for each in curves].index(True) == len(curves) - 1
    assert curve.total == sizes.size == curve.removed[-1] and curve.removed[0] == 0
    assert (np.diff(curve.removed) >= 0).all() and not curve.order.size
    run = session.runs["A"]
    for place in (0, 7, 20, 40):
        cut = sizes[curve.removed[place] - 1] if curve.removed[place] else -1
        kept = [np.where(np.abs(array) <= cut, 0, array) if array.ndim > 1 else array for array in weights]
        x = data.test_images.reshape(90, -1) / 255
        for number in range(len(run.spec.hidden)):
            x = np.maximum(x @ kept[2 * number] + kept[2 * number + 1], 0)
        answers = (x @ kept[-2] + kept[-1]).argmax(axis=1)
        assert curve.accuracies[place] == pytest.approx((answers == data.test_labels).mean())
    before = shown(session, Lens("A")).outputs(data.test_images)[1]
    assert curve.accuracies[0] == (before.argmax(axis=1) == data.test_labels).mean()


def test_needed_is_how_few_suffice_for_nearly_the_accuracy():
    curve = module.PruningCurve(
        run="A", step=0, kind="neurons", layer=0, total=5, removed=np.arange(6), order=np.arange(5),
        accuracies=np.array([0.9, 0.91, 0.89, 0.895, 0.7, 0.1]), measure="", finished=True,
    )  # fmt: skip
    assert needed(curve) == 2
    assert needed(curve, loss=0.005) == 2
    assert needed(curve, loss=0.0) == 4
    assert needed(curve, loss=0.2) == 1


def test_it_is_done_in_turns_and_can_be_left(session):
    taught(with_run(session, "12"))
    for job in (prune_greedily(session, Lens("A"), 0), prune_weights(session, Lens("A"))):
        first = next(message for message in job if message is not None)
        assert not first.finished and len(first.removed) == 1
        job.close()


def test_of_a_deleted_run_there_is_nothing_to_tell_and_no_such_layer_is_refused(session):
    assert list(prune_greedily(session, Lens("A"), 0)) == list(prune_weights(session, Lens("A"))) == []
    taught(with_run(session, "12"))
    with pytest.raises(UserError, match="Run A has no hidden layer 2"):
        list(prune_greedily(session, Lens("A"), 1))
