"""Pruning: the greedy order against trying everything, the accuracies against NumPy, the weights by size."""

import numpy as np
import pytest
from told import last, told
from trained import dense_by_hand, taught, with_run

from engine.analysis.probes import pruning as module
from engine.analysis.probes.pruning import known_pruning, needed, prune, prune_greedily, prune_weights
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network import readout
from engine.model.network.lens_network import lens_network
from engine.model.training.learned import learned_data
from engine.session.session import Session


def same(one, other):
    """Whether two curves are equal, number by number."""
    arrays = ("removed", "accuracies", "order")
    return (one.kind, one.finished) == (other.kind, other.finished) and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def judged(logits, labels):
    """How many are right, and minus the loss: what is larger is better."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = powers[np.arange(len(labels)), labels] / powers.sum(axis=1)
    return int((logits.argmax(axis=1) == labels).sum()), float(np.log(chances).mean())


def greedy_by_hand(hidden, weights, labels, kept):
    """Try every neuron at every step, in double precision."""
    order, kept = [], list(kept)

    def without(gone):
        neurons = [each for each in kept if each != gone]
        return judged(hidden[:, neurons] @ weights[2][neurons].astype(float) + weights[3], labels)

    while kept:
        order.append(max(kept, key=without))
        kept.remove(order[-1])
    return order


def test_pruning_does_not_end_a_turn_for_each_neuron_that_is_tried(session):
    taught(with_run(session, "64"))
    turns = list(prune_greedily(session, Lens("A"), 0))
    assert sum(turn is None for turn in turns) < 6 * 64, "64 * 65 / 2 neurons are tried, if all are equally good"


@pytest.mark.parametrize("turn", [readout.TURN, 200])
def test_the_greedy_order_is_that_of_trying_everything_from_where_the_lens_begins(session, monkeypatch, turn):
    monkeypatch.setattr(readout, "TURN", turn)
    monkeypatch.setattr(readout, "AT_ONCE", turn)
    taught(with_run(session, "12"))
    session.runs["A"].started += turn
    data, weights = session.data(), session.runs["A"].moments[24].weights
    lens = Lens("A", None, frozenset({Neuron(0, 8), Neuron(0, 2)}), frozenset({Adjusted(0, 4, 2.0, 0.5)}))
    trained, tested = (dense_by_hand(weights, images / 255)[0] for images in (data.train_images, data.test_images))
    for hidden in (trained, tested):
        hidden[:, 4] = 2 * hidden[:, 4] + 0.5
    order = greedy_by_hand(trained, weights, data.train_labels, np.delete(np.arange(12), [2, 8]))
    curves = told(prune_greedily(session, lens, 0))
    assert [curve.finished for curve in curves] == [False] * (len(curves) - 1) + [True]
    np.testing.assert_array_equal(curves[6].order, [2, 8, *order[:6]])
    np.testing.assert_array_equal(curves[-1].order, [2, 8, *order])
    np.testing.assert_array_equal(curves[-1].removed, np.arange(2, 13))
    assert (curves[-1].kind, curves[-1].layer, curves[-1].total) == ("neurons", 0, 12)
    assert "training images" in curves[-1].measure
    for removed, share in zip(curves[-1].removed, curves[-1].accuracies, strict=True):
        kept = np.setdiff1d(np.arange(12), curves[-1].order[:removed])
        logits = tested[:, kept] @ weights[2][kept].astype(float) + weights[3]
        assert share == pytest.approx((logits.argmax(axis=1) == data.test_labels).mean())


@pytest.mark.parametrize(
    ("layers", "layer", "activation"),
    [
        ("9, 7", 0, "relu"), ("9, 7", 0, "sigmoid"), ("8, 6, 5", 0, "tanh"),
        ("8, 6, 5", 1, "gelu"), ("conv 5", 0, "relu"), ("conv 3, conv 4, 6", 1, "relu"),
        ("9, batchnorm, 7", 0, "gelu"), ("8, 6, layernorm, 5", 0, "tanh"), ("8, residual(8, 8), 6", 1, "gelu"),
        ("conv 4 5x2 stride 2, batchnorm, tanh, residual(depthwise 4), global average, 6", 1, "gelu"),
    ],
)  # fmt: skip
def test_elsewhere_the_least_loss_of_the_cheapest_is_found_each_time_and_the_dead_go_first(
    session, monkeypatch, layers, layer, activation
):
    monkeypatch.setattr(module, "CANDIDATES", 3)
    with_run(session, layers, activation)
    run, data = session.runs["A"], session.data()
    width = run.spec.hidden[layer].width
    if activation == "relu":
        run.moments[24].weights[2 * layer + 1][1:3] = -1e3
    images, labels = data.train_images, data.train_labels
    hidden = lens_network(session, Lens("A")).outputs(images)[0][layer]
    dead = np.flatnonzero((hidden == 0).all(axis=0)).tolist()
    assert bool(dead) == (activation == "relu")

    def right(neurons, images=images, labels=labels):
        lens = Lens("A", None, frozenset(Neuron(layer, each) for each in neurons))
        return judged(lens_network(session, lens).outputs(images)[1].astype(float), labels)

    is_whole = any(word in layers for word in ("conv", "layernorm", "residual"))  # the whole network runs each time
    curve, order, losses = last(prune_greedily(session, Lens("A"), layer)), list(dead), {}
    while left := [each for each in range(width) if each not in order]:
        tried = sorted(left, key=losses.get)[: width if is_whole else 3] if losses else left
        losses |= {each: -right([*order, each])[1] for each in tried}
        order.append(min(tried, key=losses.get))
    np.testing.assert_array_equal(curve.order, order)
    assert {0, *range(max(1, len(dead)), width + 1)} <= set(curve.removed.tolist()) and curve.removed[-1] == width
    for removed, share in zip(curve.removed, curve.accuracies, strict=True):
        assert share == pytest.approx(right(order[:removed], data.test_images, data.test_labels)[0] / 90)
    assert curve.finished and "dead neurons go first" in curve.measure and "training images" in curve.measure


def simple_orders_by_hand(hidden, weights, labels):
    """Nine orders of the last hidden layer's neurons, each by what is known of a neuron alone."""
    neurons = range(hidden.shape[1])
    alone = [
        judged(np.delete(hidden, each, axis=1) @ np.delete(weights[2], each, axis=0) + weights[3], labels)
        for each in neurons
    ]
    out, into = np.linalg.norm(weights[2], axis=1), np.linalg.norm(weights[0], axis=0)
    means, spreads = hidden.mean(axis=0), hidden.std(axis=0)
    values = (
        [-score for _, score in alone], means, spreads, out, into, means * out, spreads * out, into * out,
    )  # fmt: skip
    yield sorted(neurons, key=lambda each: (-alone[each][0], -alone[each][1]))
    yield from map(np.argsort, values)


@pytest.mark.parametrize(("seed", "is_beaten"), [(1, False), (5, True)])  # whether the greedy way alone needs more
def test_what_is_found_in_the_last_layer_is_never_worse_than_the_best_of_nine_simple_orders(session, seed, is_beaten):
    taught(with_run(session, "14", seed=seed))
    session.runs["A"].started += seed
    data, weights = session.data(), session.runs["A"].moments[24].weights
    trained, tested = (dense_by_hand(weights, images / 255)[0] for images in (data.train_images, data.test_images))

    def suffice(order):
        kept = [np.setdiff1d(range(14), order[:gone]) for gone in range(15)]
        logits = [tested[:, each] @ weights[2][each].astype(float) + weights[3] for each in kept]
        right = np.array([judged(each, data.test_labels)[0] for each in logits])
        return 14 - np.flatnonzero(right >= right[0] - 0.01 * len(tested)).max()

    curve = last(prune_greedily(session, Lens("A"), 0))
    best = min(map(suffice, simple_orders_by_hand(trained, weights, data.train_labels)))
    assert needed(curve) == suffice(curve.order) <= best
    assert curve.finished and ("of nine such orders" in curve.measure) == is_beaten


def test_weights_go_by_their_size_over_all_kernels(session):
    taught(with_run(session, "9, 7"))
    data, weights = session.data(), session.runs["A"].moments[24].weights
    curves = told(prune_weights(session, Lens("A")))
    curve = curves[-1]
    sizes = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in weights[::2]]))
    assert len(curves) >= module.POINTS and [each.finished for each in curves].index(True) == len(curves) - 1
    assert curve.total == sizes.size == curve.removed[-1] and curve.removed[0] == 0
    assert (np.diff(curve.removed) > 0).all() and not curve.order.size
    for place in (0, 7, 20, -1):
        cut = sizes[curve.removed[place] - 1] if curve.removed[place] else -1
        kept = [np.where(np.abs(array) <= cut, 0, array) if array.ndim > 1 else array for array in weights]
        _, logits = dense_by_hand(kept, data.test_images)
        assert curve.accuracies[place] == pytest.approx((logits.argmax(axis=1) == data.test_labels).mean())
    # Where the curve falls by more than a percentage point is known to a thousandth of all weights.
    enough = np.flatnonzero(curve.accuracies >= curve.accuracies[0] - 0.01).max()
    assert curve.removed[enough + 1] - curve.removed[enough] <= max(1, sizes.size // 1000)


def test_needed_is_how_few_suffice_for_nearly_the_accuracy():
    curve = module.PruningCurve(
        run="A", step=0, kind="neurons", layer=0, total=5, removed=np.arange(6), order=np.arange(5),
        accuracies=np.array([0.9, 0.91, 0.89, 0.895, 0.7, 0.1]), measure="", finished=True,
    )  # fmt: skip
    assert needed(curve) == 2
    assert [needed(curve, loss=loss) for loss in (0.0, 0.005, 0.2)] == [4, 2, 1]


def test_of_a_wide_layer_many_go_at_once(session, monkeypatch):
    monkeypatch.setattr(module, "MOST_SINGLY", 10)
    monkeypatch.setattr(module, "PARTS", 4)
    monkeypatch.setattr(readout, "TURN", 200)
    taught(with_run(session, "14"))
    session.runs["A"].started += 77
    data, weights = session.data(), session.runs["A"].moments[24].weights
    trained, tested = (dense_by_hand(weights, images / 255)[0] for images in (data.train_images, data.test_images))
    curve = last(prune_greedily(session, Lens("A"), 0))
    left, expected, removed = list(range(14)), [], [0]

    def without(gone, hidden=trained, labels=data.train_labels):
        kept = [each for each in left if each not in gone]
        return judged(hidden[:, kept] @ weights[2][kept] + weights[3], labels)[0]

    accuracies = [without([], tested, data.test_labels) / 90]

    says = np.abs(trained).mean(axis=0) * np.abs(weights[2]).sum(axis=1)
    while left:
        count = -(-len(left) // 4)
        gone = sorted(left, key=lambda each: (-without([each]), says[each]))[:count]
        accuracies.append(without(gone, tested, data.test_labels) / 90)
        left = [each for each in left if each not in gone]
        expected += gone
        removed.append(len(expected))
    assert curve.order.tolist() == expected and set(removed) <= set(curve.removed.tolist())
    at = np.searchsorted(curve.removed, removed)
    np.testing.assert_allclose(curve.accuracies[at], accuracies, atol=1e-12)
    enough = np.flatnonzero(curve.accuracies >= curve.accuracies[0] - 0.01 - 1e-12).max()
    assert curve.removed[enough + 1] == curve.removed[enough] + 1, "the boundary itself is known to one neuron"
    assert curve.finished and curve.measure.startswith("in each step go the 2 %")


@pytest.mark.parametrize("layers", ["14", "9, 7"])
def test_neurons_are_chosen_on_the_training_images_that_the_run_learned_from(session, layers):
    run = with_run(session, layers).runs["A"]
    run.spec = run.spec.but(images=24, classes="a, c")
    curve = last(prune_greedily(session, Lens("A"), 0))
    assert " 24 training images" in curve.measure and curve.remark == ""
    alone = with_run(Session(learned_data(session.data(), run.spec)), layers)
    alone.runs["A"].moments[24] = run.moments[24]
    alone.runs["A"].started += 1
    np.testing.assert_array_equal(last(prune_greedily(alone, Lens("A"), 0)).order, curve.order)
    run.fingerprint, run.started = "of other data", run.started + 2
    curve = last(prune_greedily(session, Lens("A"), 0))
    assert curve.remark == "Run A learned from other data: Stripes 240 + 90."
    assert "240 training" in curve.measure


def test_neurons_come_before_weights_what_was_stopped_goes_on_and_what_is_finished_is_not_done_again(session):
    taught(with_run(session, "14"))
    neurons, weights = told(prune_greedily(session, Lens("A"), 0)), told(prune_weights(session, Lens("A")))
    for curves in (neurons, weights):
        assert not curves[0].finished and len(curves[0].removed) == 1
    whole = [*neurons, *weights]
    job = prune(session, Lens("A"), 0)
    first = [message for message in (next(job) for _ in range(15)) if message is not None]
    job.close()
    assert first and not first[-1].finished
    (known,) = known_pruning(session, Lens("A", 24), 0)
    assert known is first[-1], "at once, whatever the network is called"
    rest = told(prune(session, Lens("A", 24), 0))
    assert rest[0] is known
    assert all(same(*pair) for pair in zip([*first, *rest[1:]], whole, strict=True)), "nothing twice, nothing left out"
    again = told(prune(session, Lens("A"), 0))
    finished = [curve for curve in rest if curve.finished]
    assert len(finished) == 2 and [*map(id, again)] == [*map(id, finished)], "the same objects, so nothing was computed"
    silenced = Lens("A", silenced=frozenset({Neuron(0, 3)}))
    assert told(known_pruning(session, silenced, 0)) == [] == told(known_pruning(session, Lens("A"), 1))
