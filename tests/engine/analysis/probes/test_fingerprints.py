"""Fingerprints: ten maps, each of its own class' images, against the network computed in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from told import counted, last
from trained import ARCHITECTURES, GENERAL, neuron_order, read_by_hand, with_run

from engine.analysis.probes import fingerprints as module
from engine.analysis.probes.fingerprints import View, binned, fingerprints
from engine.analysis.probes.neuron_order import image_order
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import plain_forward

EXACT = View(height=1000, width=1000)


def test_each_map_holds_exactly_the_images_of_its_class(dense):
    hidden, _ = read_by_hand(dense)
    labels = dense.data().test_labels
    answer = last(fingerprints(dense, Lens("A"), EXACT))
    assert len(answer.maps) == 4 and (answer.run, answer.step, answer.kind) == ("A", 24, "neurons")
    for label, (numbers, images) in enumerate(zip(answer.maps, answer.images, strict=True)):
        np.testing.assert_array_equal(images, np.flatnonzero(labels == label))
        np.testing.assert_allclose(numbers, hidden[labels == label].T, atol=1e-5)
        np.testing.assert_array_equal(numbers, answer.hidden[images].T)
    wanted = [hidden[labels == label].mean(axis=0) for label in range(4)]
    np.testing.assert_allclose(answer.means, wanted, atol=1e-5)
    np.testing.assert_array_equal(answer.labels, labels)
    firing = answer.hidden[answer.hidden > 0]
    assert (firing <= answer.most).mean() == pytest.approx(0.995, abs=0.003), "nearly all values are on the scale"
    assert sum(message is None for message in fingerprints(dense, Lens("A"), View())) >= 4, "a turn for each map"


@pytest.mark.parametrize("layers", GENERAL)
def test_each_layer_of_any_network_has_them_and_what_is_silenced_before_counts(session, layers):
    network = lens_network(with_run(session, layers), Lens("A", None, frozenset({Neuron(0, 2)})))
    pictures, labels = session.data().test_images / np.float32(255), session.data().test_labels
    hidden, _ = plain_forward(network.plan, network.weights, pictures, network.passed)
    for number, layer in enumerate(network.layers):
        answer = last(fingerprints(session, network.key.lens, EXACT._replace(layer=number)))
        wanted = hidden[number].reshape(len(pictures), -1, layer.width).mean(axis=1)
        np.testing.assert_allclose(
            answer.means, [wanted[labels == label].mean(axis=0) for label in range(4)], atol=1e-4
        )
        assert number or not answer.means[:, 2].any()


def test_a_part_is_shown_whole_pixel_by_pixel_and_shrunk_where_it_does_not_fit(dense):
    part = EXACT._replace(rows="mean", columns="probability", top=0.25, bottom=0.6, left=0.5, right=0.75)
    answer = last(fingerprints(dense, Lens("A"), part))
    assert answer.rows == (3, 8), "a part of the eighth neuron is in it"
    for numbers, images, (first, end) in zip(answer.maps, answer.images, answer.columns, strict=True):
        assert (first, end) == (len(images) // 2, -(-3 * len(images) // 4))
        np.testing.assert_array_equal(numbers, answer.hidden[np.ix_(images[first:end], answer.order[3:8])].T)
    small = last(fingerprints(dense, Lens("A"), View(height=4, width=3)))
    for numbers, images in zip(small.maps, small.images, strict=True):
        assert numbers.shape == (4, 3)
        assert numbers.mean() == pytest.approx(answer.hidden[images].mean(), abs=1e-6), "by area"
        wanted = answer.hidden[images].mean(axis=0).reshape(4, 3).mean(axis=1)
        np.testing.assert_allclose(numbers.mean(axis=1), wanted, atol=1e-5)
    for out in ({"top": 1.0, "bottom": 1.0}, {"top": 0.9999, "bottom": 0.9}, {"left": -1.0, "right": 7.0}):
        answer = last(fingerprints(dense, Lens("A"), EXACT._replace(**out)))
        assert all(numbers.size for numbers in answer.maps), "never less than a row and a column"


@pytest.mark.parametrize(
    ("rows", "columns", "first"),
    [("class", "probability", "silenced"), ("similar", "similar", "untouched"), ("mean", "index", "untouched")],
)
def test_rows_and_columns_lie_in_the_order_asked_for_and_silencing_darkens_rows_and_moves_none(
    dense, rows, columns, first
):
    view = EXACT._replace(rows=rows, columns=columns)
    lens = Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 8)}), frozenset({Adjusted(0, 5, 3.0)}))
    lenses = (lens, Lens("A")) if first == "silenced" else (Lens("A"), lens)
    result = {each: last(fingerprints(dense, each, view)) for each in lenses}
    answer, before = result[lens], result[Lens("A")]
    labels, (_, logits) = dense.data().test_labels, read_by_hand(dense)
    np.testing.assert_array_equal(before.order, neuron_order(before.hidden, labels, rows, 4))
    for label, images in enumerate(before.images):
        members = np.flatnonzero(labels == label)
        np.testing.assert_array_equal(images, image_order(logits, before.hidden, members, columns, label))
        np.testing.assert_array_equal(before.maps[label], before.hidden[np.ix_(images, before.order)].T)
    np.testing.assert_array_equal(answer.order, before.order)
    assert all(np.array_equal(one, other) for one, other in zip(answer.images, before.images, strict=True))
    np.testing.assert_array_equal(answer.silent, before.silent)
    assert answer.most == before.most
    factors = np.ones(12)
    factors[[3, 8]], factors[5] = 0, 3
    for numbers, old in zip(answer.maps, before.maps, strict=True):
        np.testing.assert_allclose(numbers, old * factors[answer.order][:, None], atol=1e-5)
    np.testing.assert_allclose(answer.means, before.means * factors, atol=1e-5)


def test_an_order_that_is_held_keeps_the_rows_of_another_moment(dense):
    held = tuple(last(fingerprints(dense, Lens("A", 0), EXACT._replace(rows="mean"))).order.tolist())
    answer = last(fingerprints(dense, Lens("A", 24), EXACT._replace(rows="mean", held=held)))
    assert tuple(answer.order) == held
    own = last(fingerprints(dense, Lens("A", 24), EXACT._replace(rows="mean")))
    assert tuple(own.order) != held
    for wrong in (held[:-1], (*held[:-1], held[0]), (*held[:-1], 99)):
        answer = last(fingerprints(dense, Lens("A", 24), EXACT._replace(rows="mean", held=wrong)))
        np.testing.assert_array_equal(answer.order, own.order)


def test_neurons_that_never_fire_are_named_and_favourites_are_those_of_the_untouched_network(dense):
    weights = dense.runs["A"].moments[24].weights
    weights[0][:, 4], weights[1][4] = -1, -1
    hidden, _ = read_by_hand(dense)
    means = np.stack([hidden[dense.data().test_labels == label].mean(axis=0) for label in range(4)])
    for silenced in (frozenset(), frozenset({Neuron(0, 6), Neuron(0, 7)})):
        answer = last(fingerprints(dense, Lens("A", None, silenced), EXACT._replace(rows="class")))
        np.testing.assert_array_equal(answer.silent, np.flatnonzero(hidden.max(axis=0) <= 0))
        assert 4 in answer.silent and 6 not in answer.silent
        fires = ~np.isin(np.arange(12), answer.silent)
        np.testing.assert_array_equal(answer.favourites[fires], means.argmax(axis=0)[fires])


@pytest.mark.parametrize(("layers", "activation"), [each for each in ARCHITECTURES if each[0]])
def test_every_hidden_layer_has_its_maps(session, layers, activation):
    with_run(session, layers, activation)
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    for number, layer in enumerate(hidden):
        answer = last(fingerprints(session, Lens("A"), EXACT._replace(layer=number)))
        is_map = layers.split(", ")[number].startswith("conv")
        assert answer.kind == ("feature maps, averaged" if is_map else "neurons")
        for numbers, images in zip(answer.maps, answer.images, strict=True):
            np.testing.assert_allclose(numbers, layer[images].T, atol=1e-5)


def test_a_layer_is_gone_through_once_and_when_asked_again_nothing_is_computed(dense, monkeypatch):
    plain, calls = module.summary, []
    monkeypatch.setattr(module, "summary", lambda *given: calls.append(given) or plain(*given))
    list(fingerprints(dense, Lens("A"), View(rows="similar", columns="similar")))
    assert len(calls) == 1
    for name in ("summary", "ordered", "image_order"):
        monkeypatch.setattr(module, name, None)
    answer = last(fingerprints(dense, Lens("A"), View(rows="similar", columns="similar", top=0.5)))
    assert answer.rows == (6, 12)


def test_a_class_without_images_has_an_empty_map(dense, dataset):
    labels = np.where(dataset.test_labels == 2, 1, dataset.test_labels)
    dense.replace_data(replace(dataset, test_labels=labels))
    answer = last(fingerprints(dense, Lens("A"), EXACT._replace(columns="similar")))
    assert answer.maps[2].shape == (12, 0) and np.isnan(answer.means[2]).all()
    assert sum(len(images) for images in answer.images) == 90


def by_area(count, bins):
    """The share of each of `count` rows in each bin, by how much of it is there (bins, count)."""
    size = count / bins
    shares = np.zeros((bins, count))
    for number in range(bins):
        for row in range(count):
            overlap = min((number + 1) * size, row + 1) - max(number * size, row)
            shares[number, row] = max(overlap, 0) / size
    return shares


@pytest.mark.parametrize(("height", "width"), [(7, 5), (59, 39), (1, 1), (100, 100)])
def test_each_pixel_is_the_mean_of_what_falls_into_it_by_area(monkeypatch, height, width):
    generator = np.random.default_rng(1)
    numbers = generator.normal(size=(80, 50)).astype(np.float32)
    rows, columns = generator.permutation(80)[:60], generator.permutation(50)[:40]
    turns, result = counted(binned(numbers, rows, columns, height, width))
    part = numbers[np.ix_(rows, columns)].astype(np.float64)
    down, across = by_area(60, min(height, 60)), by_area(40, min(width, 40))
    assert turns == 1 and result.shape == (min(height, 60), min(width, 40)) and result.dtype == np.float32
    np.testing.assert_allclose(result, down @ part @ across.T, atol=1e-5)
    if height == 100:  # a pixel holds one number: it is that number to the bit
        np.testing.assert_array_equal(result, part.astype(np.float32))
    assert counted(binned(numbers, rows[:0], columns, height, width))[1].shape == (0, min(width, 40))

    monkeypatch.setattr(module, "AT_ONCE", 300)
    turns, in_parts = counted(binned(numbers, rows, columns, height, width))
    assert turns >= min(height, 7)
    np.testing.assert_allclose(in_parts, result, atol=1e-5)
