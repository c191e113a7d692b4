"""A neuron's card: weights, images, means and histogram, against NumPy; silencing does not change it."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, with_run

from engine.analysis.probes.neuron_card import neuron_card
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network


def test_it_tells_what_the_neuron_looks_for_and_what_excites_it(session):
    with_run(session, "12")
    data, weights = session.data(), session.runs["A"].moments[24].weights
    told = last(neuron_card(session, Lens("A"), Neuron(0, 5)))
    hidden, _ = dense_by_hand(weights, data.test_images / 255)
    outputs = hidden[:, 5]
    assert (told.run, told.step, told.neuron, told.kind) == ("A", 24, (0, 5), "neuron")
    np.testing.assert_array_equal(told.weights, weights[0][:, 5].reshape(8, 8))
    np.testing.assert_array_equal(told.outgoing, weights[2][5])
    assert told.bias == weights[1][5]
    wanted = [outputs[data.test_labels == label].mean() for label in range(4)]
    np.testing.assert_allclose(told.means, wanted, atol=1e-5)
    assert told.share_firing == pytest.approx((outputs > 0).mean())
    most = told.most_images
    np.testing.assert_array_equal(most.numbers, np.argsort(-outputs, kind="stable")[:9])
    np.testing.assert_allclose(most.values, outputs[most.numbers], atol=1e-5)
    np.testing.assert_array_equal(most.pictures, data.test_images[most.numbers])
    np.testing.assert_array_equal(most.labels, data.test_labels[most.numbers])


def test_among_images_at_zero_those_excite_it_least_that_lie_farthest_below(session):
    with_run(session, "12")
    data, weights = session.data(), session.runs["A"].moments[24].weights
    below = data.test_images.reshape(90, -1) / 255 @ weights[0].astype(float) + weights[1]
    often_silent = int((below < 0).sum(axis=0).argmax())
    told = last(neuron_card(session, Lens("A"), Neuron(0, often_silent)))
    np.testing.assert_array_equal(told.least_images.numbers, np.argsort(below[:, often_silent])[:9])
    assert not told.least_images.values.any()


def test_the_histogram_counts_every_image_once(session):
    with_run(session, "12")
    told = last(neuron_card(session, Lens("A"), Neuron(0, 1)))
    hidden, _ = dense_by_hand(session.runs["A"].moments[24].weights, session.data().test_images / 255)
    counts, _ = np.histogram(hidden[:, 1].astype(np.float32), told.edges)
    assert told.counts.sum() == 90 and len(told.edges) == len(told.counts) + 1
    assert np.abs(told.counts - counts).sum() <= 2, "an image may lie just beside an edge"
    assert told.edges[0] == 0 and told.edges[-1] == pytest.approx(hidden[:, 1].max(), abs=1e-5)


@pytest.mark.parametrize(
    "lens",
    [
        Lens("A", None, frozenset({Neuron(0, 5), Neuron(0, 6)})),
        Lens("A", None, frozenset(), frozenset({Adjusted(0, 5, 0.0, 0.7)})),
    ],
)
def test_a_silenced_or_frozen_neuron_shows_what_it_would_do(session, lens):
    with_run(session, "12")
    plain, told = (last(neuron_card(session, each, Neuron(0, 5))) for each in (Lens("A"), lens))
    np.testing.assert_array_equal(told.counts, plain.counts)
    np.testing.assert_array_equal(told.most_images.values, plain.most_images.values)
    assert told.share_firing > 0


def test_what_is_silenced_before_it_counts(session):
    with_run(session, "9, 7")
    lens = Lens("A", None, frozenset({Neuron(0, 1), Neuron(1, 2), Neuron(1, 3)}))
    told = last(neuron_card(session, lens, Neuron(1, 2)))
    only_before = Lens("A", None, frozenset({Neuron(0, 1)}))
    hidden, _ = lens_network(session, only_before).outputs(session.data().test_images)
    np.testing.assert_allclose(told.most_images.values, np.sort(hidden[1][:, 2])[::-1][:9], atol=1e-5)


@pytest.mark.parametrize(("layers", "activation"), [each for each in ARCHITECTURES if each[0]])
def test_every_neuron_of_every_layer_has_one(session, layers, activation):
    with_run(session, layers, activation)
    spec, weights = session.runs["A"].spec, session.runs["A"].moments[24].weights
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    for number, outputs in enumerate(hidden):
        is_map = "conv" in layers.split(", ")[number]
        told = last(neuron_card(session, Lens("A"), Neuron(number, 1)))
        assert told.kind == ("feature map, averaged" if is_map else "neuron")
        np.testing.assert_allclose(told.most_images.values, np.sort(outputs[:, 1])[::-1][:9], atol=1e-5)
        np.testing.assert_allclose(told.least_images.values, np.sort(outputs[:, 1])[:9], atol=1e-5)
        kernel = weights[2 * number][..., 1]
        if is_map:
            np.testing.assert_allclose(told.weights, kernel.mean(axis=-1), atol=1e-6)
        else:
            assert (told.weights is not None) == (number == 0)
        assert (told.outgoing is not None) == (number == len(spec.hidden) - 1 and not is_map)


def test_a_neuron_that_never_fires_has_one_too(session):
    with_run(session, "12")
    weights = session.runs["A"].moments[24].weights
    weights[0][:, 4], weights[1][4] = -1, -1
    told = last(neuron_card(session, Lens("A"), Neuron(0, 4)))
    assert told.share_firing == 0 and told.counts.sum() == 90 and not told.means.any()
