"""Orders of neurons and images, against NumPy by hand."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform
from told import counted
from trained import neuron_order

from engine.analysis.probes import neuron_order as module
from engine.analysis.probes.neuron_order import image_order, selectivity
from engine.core.messages import run_through
from engine.model.network.summary import Summary


def layer(images=400, neurons=40, classes=5, seed=1):
    """Outputs of ReLU neurons that each prefer a class, two of them silent; and labels."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, images).astype(np.uint8)
    favourites = generator.integers(0, classes, neurons)
    outputs = generator.normal(size=(images, neurons)) + 1.5 * (labels[:, None] == favourites)
    outputs = np.maximum(outputs, 0).astype(np.float32)
    outputs[:, [3, 17]] = 0
    return outputs, labels


def index_by_hand(outputs, labels, neuron, classes):
    means = [outputs[labels == label, neuron].astype(float).mean() for label in range(classes)]
    best = int(np.argmax(means))
    rest = np.mean([mean for label, mean in enumerate(means) if label != best])
    return best, (means[best] - rest) / (means[best] + rest)


def summed_up(outputs, labels, classes):
    means = np.stack([outputs[labels == label].mean(axis=0) for label in range(classes)])
    return Summary(means, outputs.mean(axis=0), outputs.min(axis=0), outputs.max(axis=0))


def test_neurons_lie_by_their_index_by_their_mean_or_by_their_class_with_the_selectivity_of_the_paper():
    outputs, labels = layer()
    np.testing.assert_array_equal(neuron_order(outputs, labels, "index", 5), np.arange(40))

    order = neuron_order(outputs, labels, "mean", 5)
    means = outputs.astype(float).mean(axis=0)[order]
    assert sorted(order) == list(range(40)) and (np.diff(means) <= 1e-6).all()
    assert set(order[-2:]) == {3, 17}, "those that are silent"

    order = neuron_order(outputs, labels, "class", 5)
    assert sorted(order) == list(range(40)) and list(order[-2:]) == [3, 17]
    result = [index_by_hand(outputs, labels, neuron, 5) for neuron in order[:-2]]
    assert result == sorted(result, key=lambda pair: (pair[0], -pair[1])), "the most selective first"
    assert len({best for best, _ in result}) == 5

    favourite, index = selectivity(summed_up(outputs, labels, 5))
    assert favourite[order[:-2]].tolist() == [best for best, _ in result] and index[3] == 0
    np.testing.assert_allclose(index[order[:-2]], [selective for _, selective in result], atol=1e-6)


def test_selectivity_goes_from_0_for_all_alike_to_1_for_one_class_and_counts_from_the_lowest_output():
    labels = np.repeat(np.arange(4), 5)
    outputs = np.stack([labels == 2, np.where(labels == 1, 1, -1), np.ones(20), np.zeros(20)], axis=1)
    result = summed_up(outputs.astype(np.float32), labels, 4)
    favourite, index = selectivity(result)
    assert favourite[:2].tolist() == [2, 1]
    np.testing.assert_allclose(index, [1, 1, 0, 0])
    with_an_empty_class = result._replace(means=np.vstack([result.means, np.full((1, 4), np.nan)]))
    np.testing.assert_allclose(selectivity(with_an_empty_class)[1], [1, 1, 0, 0])


@pytest.mark.parametrize("most", [module.MOST_FLOATS, 2000])
def test_similar_makes_neighbours_of_neurons_that_go_together(monkeypatch, most):
    monkeypatch.setattr(module, "MOST_FLOATS", most)
    generator = np.random.default_rng(4)
    causes = generator.normal(size=(3000, 4))
    kinds = generator.permutation(np.repeat(np.arange(4), 10))
    outputs = np.maximum(causes[:, kinds] + 0.3 * generator.normal(size=(3000, 40)), 0).astype(np.float32)
    outputs[:, 11] = 0
    order = neuron_order(outputs, np.zeros(3000, np.uint8), "similar", 1)
    assert sorted(order) == list(range(40)) and order[-1] == 11
    assert (np.diff(kinds[order[:-1]]) != 0).sum() == 3, "each kind is in one piece"


def test_confidence_has_the_surest_image_first_and_index_keeps_the_images_as_they_are():
    generator = np.random.default_rng(5)
    logits = generator.normal(size=(50, 4)).astype(np.float32)
    members = np.flatnonzero(generator.integers(0, 2, 50))
    order = image_order(logits, logits, members, "probability", 2)
    powers = np.exp(logits[order].astype(float))
    assert sorted(order) == list(members)
    assert (np.diff(powers[:, 2] / powers.sum(axis=1)) <= 0).all()

    assert image_order(logits, logits, members, "index", 0) is members
    for key in ("probability", "similar"):
        for few in (members[:1], members[:0]):
            assert list(image_order(logits, logits, few, key, 0)) == list(few)


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_similar_images_lie_along_their_first_principal_component(kind):
    generator = np.random.default_rng(6)
    hidden = (generator.normal(size=(300, 20)) * np.array([6, *[1] * 19]) + 1).astype(kind)
    members = np.arange(0, 300, 2)
    order = image_order(np.zeros((300, 2)), hidden, members, "similar", 0)
    centred = hidden[members].astype(float) - hidden[members].astype(float).mean(axis=0)
    along = centred @ np.linalg.svd(centred)[2][0]
    place = dict(zip(members, along, strict=True))
    assert sorted(order) == list(members)
    assert abs(np.corrcoef([place[image] for image in order], np.arange(150))[0, 1]) > 0.95
    np.testing.assert_array_equal(order, image_order(np.zeros((300, 2)), hidden, members, "similar", 0))


def leaf_order(vectors):
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


def test_the_order_is_found_in_turns_and_of_many_the_branches_are_turned_so_that_near_ends_meet(monkeypatch):
    vectors = unit_vectors(200)
    as_it_comes, best = scipys(vectors)[0], leaf_order(vectors)
    monkeypatch.setattr(module, "TURN", 1000)
    turns, again = counted(module.leaf_order(vectors))
    assert turns > 10
    np.testing.assert_array_equal(again, best)
    monkeypatch.setattr(module, "MOST_OPTIMAL", 10)
    order = leaf_order(vectors)
    assert sorted(order) == list(range(200))
    lengths = [length_of(each, vectors) for each in (best, order, as_it_comes)]
    assert lengths[0] <= lengths[1] < lengths[2]


def test_of_thousands_they_lie_round_a_circle():
    angles = np.random.default_rng(1).permutation(np.linspace(0.4, 2 * np.pi, 4096))
    vectors = np.zeros((4096, 200), np.float32)
    vectors[:, 7], vectors[:, 3] = np.sin(angles), np.cos(angles)
    order = leaf_order(vectors)
    assert sorted(order) == list(range(4096))
    rising = np.diff(angles[order])
    assert (rising > 0).all() or (rising < 0).all(), "from one side of the gap to the other"
