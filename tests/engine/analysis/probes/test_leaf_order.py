"""Leaves in order: the best that the tree allows, every leaf once, quick for thousands."""

import itertools

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from engine.analysis.probes import neuron_order as module
from engine.core.turns import run_through


def leaf_order(vectors):
    """The order, after all turns."""
    return run_through(module.leaf_order(vectors))


def unit_vectors(count, seed=0, length=30):
    """Vectors that lie about a few centres."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(5, length))
    drawn = centres[generator.integers(0, 5, count)] + generator.normal(size=(count, length))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def length_of(order, vectors):
    steps = vectors[order[:-1]] * vectors[order[1:]]
    return float((1 - steps.sum(axis=1, dtype=np.float64)).sum())


def scipys(vectors):
    distances = squareform(np.maximum(1 - vectors @ vectors.T, 0), checks=False)
    tree = linkage(distances.astype(float), "average")
    return leaves_list(tree), leaves_list(optimal_leaf_ordering(tree, distances.astype(float)))


@pytest.mark.parametrize("count", [3, 7, 30, 150])
def test_the_order_is_no_longer_than_scipys(count):
    # Which calls its own optimal and is at times a little longer than the best of all orders that the tree allows.
    vectors = unit_vectors(count, seed=count)
    order = leaf_order(vectors)
    assert sorted(order) == list(range(count))
    ours, theirs = (length_of(each, vectors) for each in (order, scipys(vectors)[1]))
    assert 0.9 * theirs <= ours <= theirs + 1e-4
    np.testing.assert_array_equal(leaf_order(vectors[: count % 3]), np.arange(count % 3))


@pytest.mark.parametrize(("count", "seed"), [(3, 1), (6, 3), (7, 7), (9, 1), (10, 8)])
def test_the_best_of_all_orders_that_the_tree_allows_is_found(count, seed):
    vectors = unit_vectors(count, seed)
    merges = module.average_linkage(np.maximum(1 - vectors @ vectors.T, 0))
    ways = []
    for turns in itertools.product((False, True), repeat=len(merges)):
        branches = {leaf: [leaf] for leaf in range(count)}
        for number, ((one, other), swapped) in enumerate(zip(merges, turns, strict=True), count):
            pair = branches[other] + branches[one] if swapped else branches[one] + branches[other]
            branches[number] = pair
        ways.append(length_of(branches[number], vectors))
    assert length_of(leaf_order(vectors), vectors) == pytest.approx(min(ways), abs=1e-5)


def test_of_many_the_branches_are_turned_so_that_near_ends_meet(monkeypatch):
    vectors = unit_vectors(200)
    as_it_comes, best = scipys(vectors)[0], leaf_order(vectors)
    monkeypatch.setattr(module, "MOST_OPTIMAL", 10)
    order = leaf_order(vectors)
    assert sorted(order) == list(range(200))
    lengths = [length_of(each, vectors) for each in (best, order, as_it_comes)]
    assert lengths[0] <= lengths[1] < lengths[2]


def test_the_optimal_order_is_found_in_turns(monkeypatch):
    vectors = unit_vectors(100)
    whole = leaf_order(vectors)
    monkeypatch.setattr(module, "TURN", 1000)
    assert sum(1 for _ in module.leaf_order(vectors)) > 10
    np.testing.assert_array_equal(leaf_order(vectors), whole)


def test_of_thousands_they_lie_round_a_circle():
    angles = np.random.default_rng(1).permutation(np.linspace(0.4, 2 * np.pi, 4096))
    vectors = np.zeros((4096, 200), np.float32)
    vectors[:, 7], vectors[:, 3] = np.sin(angles), np.cos(angles)
    order = leaf_order(vectors)
    assert sorted(order) == list(range(4096))
    rising = np.diff(angles[order])
    assert (rising > 0).all() or (rising < 0).all(), "from one side of the gap to the other"
