"""A lens may be a mixture: between two networks, or the average of many, with their neurons in the same order."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from trained import with_run

from engine.analysis.probes.weight_histograms import weight_histograms
from engine.core.errors import NotYetError, UserError
from engine.core.lens import Lens, Neuron, Share
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.model.network import activations as gathered
from engine.model.network.activations import activations
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.mixture import in_order, matching
from engine.model.training.run import Moment

NETWORKS = ["6", "6, 5", "conv 3, conv 4, 5", "conv 3"]


def with_two(session, layers, activation="tanh"):
    with_run(with_run(session, layers, activation), layers, activation, seed=50)
    return session.runs["A"], session.runs["B"]


def shuffled(layers, weights, seed=3):
    """Return the same network with its neurons in another order."""
    chance = np.random.default_rng(seed)
    return in_order(layers, weights, tuple(chance.permutation(layer.width) for layer in layers))


@pytest.mark.parametrize("layers", NETWORKS)
def test_a_mixture_is_the_sum_of_the_weights_of_both(session, layers):
    one, other = with_two(session, layers)
    for weight in (0.0, 0.3, -0.5):
        network = lens_network(session, Lens("A", 12, mixed=(Share("B", None, weight),)))
        assert network.key.mixed[0][2].moment == 24, "the newest moment is followed"
        pairs = zip(one.moments[12].weights, other.moments[24].weights, strict=True)
        for result, (first, second) in zip(network.weights, pairs, strict=True):
            np.testing.assert_allclose(result, (1 - weight) * first + weight * second, atol=1e-6)
            assert not result.flags.writeable

    mean = lens_network(session, Lens("A", 0, mixed=(Share("A", 12, 1 / 3), Share("A", 24, 1 / 3)))).weights
    for result, *moments in zip(mean, *(one.moments[step].weights for step in (0, 12, 24)), strict=True):
        np.testing.assert_allclose(result, np.mean(moments, axis=0), atol=1e-6)


@pytest.mark.parametrize("layers", NETWORKS)
def test_a_network_with_its_neurons_in_another_order_answers_the_same_and_that_order_is_found(session, layers):
    run, other = with_two(session, layers)
    hidden, weights = run.spec.hidden, run.moments[24].weights
    moved = shuffled(hidden, weights)
    assert not np.array_equal(moved[0], weights[0])
    other.moments[24] = Moment(step=24, weights=moved, optimizer=())
    (_, result), (_, wanted) = (
        lens_network(session, Lens(name)).outputs(session.data().test_images[:9]) for name in "BA"
    )
    np.testing.assert_allclose(result, wanted, atol=1e-5)
    back = in_order(hidden, moved, matching(hidden, weights, moved))
    assert all(np.array_equal(here, there) for here, there in zip(back, weights, strict=True))


def test_matching_of_one_layer_is_the_best_of_all_orders(session):
    one, other = with_two(session, "6")
    weights, others, hidden = one.moments[24].weights, other.moments[24].weights, one.spec.hidden

    def likeness(order):
        there = in_order(hidden, others, (np.array(order),))
        return sum(float(np.vdot(a.astype(float), b)) for a, b in zip(weights, there, strict=True))

    result = matching(hidden, weights, others)[0]
    best = max(likeness(order) for order in itertools.permutations(range(6)))
    assert likeness(result) == pytest.approx(best, rel=1e-9) and likeness(result) > likeness(range(6))


def test_neurons_are_matched_for_each_pair_of_moments(session):
    one, other = with_two(session, "6")
    hidden, orders = one.spec.hidden, set()
    for run, seed in ((one, 8), (other, 3)):
        moved = shuffled(hidden, run.moments[24].weights, seed)
        run.moments[12] = Moment(step=12, weights=moved, optimizer=())
    for step, there in itertools.product((24, 12), repeat=2):
        mixed = lens_network(session, Lens("A", step, mixed=(Share("B", there, 0.5, matched=True),))).weights
        weights, others = one.moments[step].weights, other.moments[there].weights
        result = matching(hidden, weights, others)
        orders.add(tuple(result[0].tolist()))
        for got, a, b in zip(mixed, weights, in_order(hidden, others, result), strict=True):
            np.testing.assert_allclose(got, (a + b) / 2, atol=1e-6)
    assert len(orders) == 4


def test_silenced_neurons_and_histograms_are_those_of_the_mixture(session):
    one, other = with_two(session, "6")
    share = (Share("B", None, 0.4, matched=True),)
    run_through(activations(session, Lens("A", 24)))
    plain = lens_network(session, Lens("A", 24, mixed=share))
    result = run_through(activations(session, Lens("A", 24, frozenset({Neuron(0, 2)}), mixed=share)))
    hidden, _ = plain.outputs(session.data().test_images)
    hidden[0][:, 2] = 0
    wanted = hidden[0] @ plain.weights[2] + plain.weights[3]
    np.testing.assert_allclose(result.logits, wanted, atol=1e-5)

    *_, result = weight_histograms(session, Lens("A", 24, mixed=(Share("B", 24, 0.5),)))
    wanted = (one.moments[24].weights[0] + other.moments[24].weights[0]) / 2
    counts, _ = np.histogram(wanted, result.layers[0].edges)
    np.testing.assert_allclose(result.layers[0].now, counts / wanted.size, atol=1.5 / wanted.size)


def test_what_cannot_be_mixed_is_refused_or_not_there_yet(session):
    with_run(session, "6", "tanh")
    mixed = Lens("A", mixed=(Share("B", None, 0.5),))
    with pytest.raises(NotYetError, match="no run B"):
        lens_network(session, mixed)
    session.new_run(TrainSpec(layers="6"), 12)
    with pytest.raises(NotYetError, match="Run B has no weights yet"):
        lens_network(session, mixed)
    for layers in ("7", "6, 6", "conv 6", "6 sigmoid"):
        del session.runs["B"]
        with_run(session, layers, "tanh")
        with pytest.raises(UserError, match="Runs A and B have different layers"):
            lens_network(session, mixed)


@pytest.mark.parametrize(
    ("layers", "activation", "matched"),
    [("12", "relu", True), ("9, 7", "gelu", False), ("conv 3, 6", "relu", True), ("", "relu", False)],
)
def test_along_a_road_the_activations_are_those_of_the_mixed_weights_wherever_they_come_from(
    session, layers, activation, matched
):
    with_two(session, layers, activation)
    for weight in (0.2, 0.4, 0.9):
        lens = Lens("A", 12, mixed=(Share("B", 24, weight, matched),))
        if layers and weight == 0.9:
            lens = replace(lens, silenced=frozenset({Neuron(0, 2)}))
        result = run_through(activations(session, lens))
        hidden, logits = lens_network(session, lens).outputs(session.data().test_images)
        for got, wanted in zip((*result.hidden, result.logits), (*hidden, logits), strict=True):
            np.testing.assert_allclose(got, wanted, atol=2e-5)


def test_along_two_roads_in_turn_the_pixels_are_multiplied_once_for_each(session, monkeypatch):
    for seed in (1, 5, 9):
        with_run(session, "12", seed=seed)
    taken, batch = [], LensNetwork.batch
    monkeypatch.setattr(
        LensNetwork, "batch", lambda self, *given: taken.append(self.key.mixed[0][2]) or batch(self, *given)
    )
    for weight in (0.1, 0.2, 0.3):
        for other in ("B", "C"):
            run_through(activations(session, Lens("A", 24, mixed=(Share(other, 24, weight),))))
    assert set(taken) == {Share("B", 24, 0.1), Share("C", 24, 0.1)}, "only the first place is computed as a whole"


def test_two_jobs_that_want_the_same_place_on_a_road_share_the_work(dense, monkeypatch):
    with_run(dense, "12", seed=5)
    monkeypatch.setattr(gathered, "ROWS", 5)
    monkeypatch.setattr(gathered, "BLOCKS", 2)
    for weight in (0.1, 0.2):  # from the second place on the sums are mixed
        run_through(activations(dense, Lens("A", 24, mixed=(Share("B", 24, weight),))))
    images = dense.data().test_images
    lens, read = Lens("A", 24, mixed=(Share("B", 24, 0.3),)), []
    plain = gathered.ACTIVATIONS["relu"]
    monkeypatch.setitem(gathered.ACTIVATIONS, "relu", lambda sums: read.append(len(sums)) or plain(sums))
    first, second = activations(dense, lens), activations(dense, lens)
    next(first)
    next(second)
    result = run_through(first)
    assert run_through(second) is result
    assert sum(read) == len(images), "each image once"
    hidden, logits = lens_network(dense, lens).outputs(images)
    np.testing.assert_allclose(result.hidden[0], hidden[0], atol=2e-5)
    np.testing.assert_allclose(result.logits, logits, atol=2e-5)
