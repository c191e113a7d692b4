"""Fingerprints: ten maps, each of its own class' images, against the network computed in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, with_run

from engine.analysis.probes import fingerprints as module
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.neuron_order import image_order, neuron_order
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network

EXACT = View(height=1000, width=1000)


def by_hand(session, step=24, silenced=()):
    weights = session.runs["A"].moments[step].weights
    hidden, logits = dense_by_hand(weights, session.data().test_images / 255)
    hidden[:, list(silenced)] = 0
    return hidden, logits


def test_each_map_holds_exactly_the_images_of_its_class(session):
    with_run(session, "12")
    hidden, _ = by_hand(session)
    labels = session.data().test_labels
    told = last(fingerprints(session, Lens("A"), EXACT))
    assert len(told.maps) == 4 and (told.run, told.step, told.kind) == ("A", 24, "neurons")
    for label, (numbers, images) in enumerate(zip(told.maps, told.images, strict=True)):
        np.testing.assert_array_equal(images, np.flatnonzero(labels == label))
        np.testing.assert_allclose(numbers, hidden[labels == label].T, atol=1e-5)
        np.testing.assert_array_equal(numbers, told.hidden[images].T)
    wanted = [hidden[labels == label].mean(axis=0) for label in range(4)]
    np.testing.assert_allclose(told.means, wanted, atol=1e-5)
    np.testing.assert_array_equal(told.labels, labels)
    firing = told.hidden[told.hidden > 0]
    assert (firing <= told.most).mean() == pytest.approx(0.995, abs=0.003), "nearly all lies on the scale"
    arrays = (told.order, told.means, told.silent, told.hidden, told.labels, *told.maps, *told.images)
    assert not any(array.flags.writeable for array in arrays)
    assert sum(message is None for message in fingerprints(session, Lens("A"), View())) >= 4, "a turn for each map"


@pytest.mark.parametrize("rows", ["index", "class", "similar", "mean"])
@pytest.mark.parametrize("columns", ["index", "probability", "similar"])
def test_rows_and_columns_lie_in_the_order_asked_for_and_the_same_rows_in_all_maps(session, rows, columns):
    with_run(session, "12")
    told = last(fingerprints(session, Lens("A"), EXACT._replace(rows=rows, columns=columns)))
    labels = session.data().test_labels
    np.testing.assert_array_equal(told.order, neuron_order(told.hidden, labels, rows, 4))
    for label, (numbers, images) in enumerate(zip(told.maps, told.images, strict=True)):
        assert set(images) == set(np.flatnonzero(labels == label))
        np.testing.assert_array_equal(numbers, told.hidden[np.ix_(images, told.order)].T)
    if columns == "probability":
        _, logits = by_hand(session)
        powers = np.exp(logits)
        sure = powers[np.arange(90), labels] / powers.sum(axis=1)
        assert all((np.diff(sure[images]) <= 1e-6).all() for images in told.images)


def test_a_part_is_shown_whole_pixel_by_pixel_and_shrunk_where_it_does_not_fit(session):
    with_run(session, "12")
    part = EXACT._replace(rows="mean", columns="probability", top=0.25, bottom=0.6, left=0.5, right=0.75)
    told = last(fingerprints(session, Lens("A"), part))
    assert told.rows == (3, 8), "the eighth neuron lies in it in part"
    for numbers, images, (first, end) in zip(told.maps, told.images, told.columns, strict=True):
        assert (first, end) == (len(images) // 2, -(-3 * len(images) // 4))
        np.testing.assert_array_equal(numbers, told.hidden[np.ix_(images[first:end], told.order[3:8])].T)
    small = last(fingerprints(session, Lens("A"), View(height=4, width=3)))
    for numbers, images in zip(small.maps, small.images, strict=True):
        assert numbers.shape == (4, 3)
        assert numbers.mean() == pytest.approx(told.hidden[images].mean(), abs=1e-6), "by area"
        wanted = told.hidden[images].mean(axis=0).reshape(4, 3).mean(axis=1)
        np.testing.assert_allclose(numbers.mean(axis=1), wanted, atol=1e-5)
    for out in ({"top": 1.0, "bottom": 1.0}, {"top": 0.9999, "bottom": 0.9}, {"left": -1.0, "right": 7.0}):
        told = last(fingerprints(session, Lens("A"), EXACT._replace(**out)))
        assert all(numbers.size for numbers in told.maps), "never less than a row and a column"


@pytest.mark.parametrize(
    ("rows", "columns", "first"), [("class", "probability", "silenced"), ("similar", "similar", "untouched")]
)
def test_silencing_darkens_its_rows_and_moves_none(session, rows, columns, first):
    with_run(session, "12")
    view = EXACT._replace(rows=rows, columns=columns)
    lens = Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 8)}), frozenset({Adjusted(0, 5, 3.0)}))
    if first == "silenced":
        told, before = (last(fingerprints(session, each, view)) for each in (lens, Lens("A")))
    else:
        before, told = (last(fingerprints(session, each, view)) for each in (Lens("A"), lens))
    labels, (_, logits) = session.data().test_labels, by_hand(session)
    np.testing.assert_array_equal(before.order, neuron_order(before.hidden, labels, rows, 4))
    for label, images in enumerate(before.images):
        members = np.flatnonzero(labels == label)
        np.testing.assert_array_equal(images, image_order(logits, before.hidden, members, columns, label))
    np.testing.assert_array_equal(told.order, before.order)
    assert all(np.array_equal(one, other) for one, other in zip(told.images, before.images, strict=True))
    np.testing.assert_array_equal(told.silent, before.silent)
    assert told.most == before.most
    factors = np.ones(12)
    factors[[3, 8]], factors[5] = 0, 3
    for numbers, old in zip(told.maps, before.maps, strict=True):
        np.testing.assert_allclose(numbers, old * factors[told.order][:, None], atol=1e-5)
    np.testing.assert_allclose(told.means, before.means * factors, atol=1e-5)


def test_an_order_that_is_held_keeps_the_rows_of_another_moment(session):
    with_run(session, "12")
    held = tuple(last(fingerprints(session, Lens("A", 0), EXACT._replace(rows="mean"))).order.tolist())
    told = last(fingerprints(session, Lens("A", 24), EXACT._replace(rows="mean", held=held)))
    assert tuple(told.order) == held
    own = last(fingerprints(session, Lens("A", 24), EXACT._replace(rows="mean")))
    assert tuple(own.order) != held
    for wrong in (held[:-1], (*held[:-1], held[0]), (*held[:-1], 99)):
        told = last(fingerprints(session, Lens("A", 24), EXACT._replace(rows="mean", held=wrong)))
        np.testing.assert_array_equal(told.order, own.order)


def test_neurons_that_never_fire_are_named_and_favourites_are_those_of_the_untouched_network(session):
    with_run(session, "12")
    weights = session.runs["A"].moments[24].weights
    weights[0][:, 4], weights[1][4] = -1, -1
    hidden, _ = by_hand(session)
    means = np.stack([hidden[session.data().test_labels == label].mean(axis=0) for label in range(4)])
    for silenced in (frozenset(), frozenset({Neuron(0, 6), Neuron(0, 7)})):
        told = last(fingerprints(session, Lens("A", None, silenced), EXACT._replace(rows="class")))
        np.testing.assert_array_equal(told.silent, np.flatnonzero(hidden.max(axis=0) <= 0))
        assert 4 in told.silent and 6 not in told.silent
        fires = ~np.isin(np.arange(12), told.silent)
        np.testing.assert_array_equal(told.favourites[fires], means.argmax(axis=0)[fires])


@pytest.mark.parametrize(("layers", "activation"), [each for each in ARCHITECTURES if each[0]])
def test_every_hidden_layer_has_its_maps(session, layers, activation):
    with_run(session, layers, activation)
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    for number, layer in enumerate(hidden):
        told = last(fingerprints(session, Lens("A"), EXACT._replace(layer=number)))
        is_map = layers.split(", ")[number].startswith("conv")
        assert told.kind == ("feature maps, averaged" if is_map else "neurons")
        for numbers, images in zip(told.maps, told.images, strict=True):
            np.testing.assert_allclose(numbers, layer[images].T, atol=1e-5)


def test_a_layer_is_gone_through_once_and_when_asked_again_nothing_is_computed(session, monkeypatch):
    with_run(session, "12")
    plain, calls = module.summary, []
    monkeypatch.setattr(module, "summary", lambda *given: calls.append(given) or plain(*given))
    list(fingerprints(session, Lens("A"), View(rows="similar", columns="similar")))
    assert len(calls) == 1
    for name in ("summary", "ordered", "image_order"):
        monkeypatch.setattr(module, name, None)
    told = last(fingerprints(session, Lens("A"), View(rows="similar", columns="similar", top=0.5)))
    assert told.rows == (6, 12)


def test_a_class_without_images_has_an_empty_map(session, dataset):
    with_run(session, "12")
    labels = np.where(dataset.test_labels == 2, 1, dataset.test_labels)
    session.replace_data(replace(dataset, test_labels=labels))
    told = last(fingerprints(session, Lens("A"), EXACT._replace(columns="similar")))
    assert told.maps[2].shape == (12, 0) and np.isnan(told.means[2]).all()
    assert sum(len(images) for images in told.images) == 90
