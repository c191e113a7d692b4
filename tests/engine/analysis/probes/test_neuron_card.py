"""A neuron's card: weights, images, means and histogram, against NumPy; silencing does not change it."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, read_by_hand, with_run

from engine.analysis.probes.neuron_card import neuron_card
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network


def test_it_tells_what_the_neuron_looks_for_and_what_excites_it(dense):
    data, weights = dense.data(), dense.runs["A"].moments[24].weights
    answer = last(neuron_card(dense, Lens("A"), Neuron(0, 5)))
    outputs = read_by_hand(dense)[0][:, 5]
    assert (answer.run, answer.step, answer.neuron, answer.kind) == ("A", 24, (0, 5), "neuron")
    np.testing.assert_array_equal(answer.weights, weights[0][:, 5].reshape(8, 8))
    np.testing.assert_array_equal(answer.outgoing, weights[2][5])
    assert answer.bias == weights[1][5]
    wanted = [outputs[data.test_labels == label].mean() for label in range(4)]
    np.testing.assert_allclose(answer.means, wanted, atol=1e-5)
    assert answer.share_firing == pytest.approx((outputs > 0).mean())
    most = answer.most_images
    np.testing.assert_array_equal(most.numbers, np.argsort(-outputs, kind="stable")[:9])
    np.testing.assert_allclose(most.values, outputs[most.numbers], atol=1e-5)
    np.testing.assert_array_equal(most.pictures, data.test_images[most.numbers])
    np.testing.assert_array_equal(most.labels, data.test_labels[most.numbers])

    counts, _ = np.histogram(outputs.astype(np.float32), answer.edges)
    assert answer.counts.sum() == 90 and len(answer.edges) == len(answer.counts) + 1
    assert np.abs(answer.counts - counts).sum() <= 2, "an image may lie just beside an edge"
    assert answer.edges[0] == 0 and answer.edges[-1] == pytest.approx(outputs.max(), abs=1e-5)


def test_among_images_at_zero_those_excite_it_least_that_lie_farthest_below(dense):
    data, weights = dense.data(), dense.runs["A"].moments[24].weights
    below = data.test_images.reshape(90, -1) / 255 @ weights[0].astype(float) + weights[1]
    often_silent = int((below < 0).sum(axis=0).argmax())
    answer = last(neuron_card(dense, Lens("A"), Neuron(0, often_silent)))
    np.testing.assert_array_equal(answer.least_images.numbers, np.argsort(below[:, often_silent])[:9])
    assert not answer.least_images.values.any()

    weights[0][:, 4], weights[1][4] = -1, -1  # it never fires
    dense.runs["A"].started += 1  # another network, for all that is remembered
    answer = last(neuron_card(dense, Lens("A"), Neuron(0, 4)))
    assert answer.share_firing == 0 and answer.counts.sum() == 90 and not answer.means.any()


def test_a_silenced_or_frozen_neuron_shows_what_it_would_do_and_what_is_silenced_before_it_counts(session):
    with_run(session, "9, 7")
    before = frozenset({Neuron(0, 1)})
    hidden, _ = lens_network(session, Lens("A", None, before)).outputs(session.data().test_images)
    number = int(hidden[1].mean(axis=0).argmax())
    for lens in (
        Lens("A", None, before),
        Lens("A", None, before | {Neuron(1, number), Neuron(1, (number + 1) % 7)}),
        Lens("A", None, before, frozenset({Adjusted(1, number, 0.0, 0.7)})),
    ):
        answer = last(neuron_card(session, lens, Neuron(1, number)))
        most = np.sort(hidden[1][:, number])[::-1][:9]
        np.testing.assert_allclose(answer.most_images.values, most, atol=1e-5)
        assert answer.share_firing == (hidden[1][:, number] > 0).mean()


def test_in_any_network_its_weights_are_those_of_the_pixels_or_of_its_own_kernel_and_the_rest_is_measured(session):
    layers = (
        "conv 4 5x3 stride 2, batchnorm, depthwise 8 2x2, residual(conv 8 1x1 groups 2), layernorm, 9, 6, batchnorm"
    )
    network = lens_network(with_run(session, layers), Lens("A"))
    hidden, _ = network.outputs(session.data().test_images)
    of_the_first, depthwise, grouped, *dense = (last(neuron_card(session, Lens("A"), Neuron(n, 3))) for n in range(5))
    np.testing.assert_array_equal(of_the_first.weights, network.kernels[0][:, :, 0, 3])
    np.testing.assert_array_equal(depthwise.weights, network.kernels[1][:, :, 1, 1])
    np.testing.assert_allclose(grouped.weights, network.kernels[2][:, :, :, 3].mean(axis=2), atol=1e-7)
    assert [card.weights for card in dense] == [None, None]
    for number, card in enumerate((of_the_first, depthwise, grouped, *dense)):
        values = hidden[number][:, 3]
        np.testing.assert_allclose(card.most_images.values, np.sort(values)[::-1][:9], atol=1e-5)
        of_class = [values[session.data().test_labels == label].mean() for label in range(4)]
        np.testing.assert_allclose(card.means, of_class, atol=1e-5)
    assert dense[0].outgoing is None, "another layer follows"
    np.testing.assert_array_equal(dense[1].outgoing, network.kernels[-1][3])
    with_run(session, "branches(9 | 7), 5")
    one, two = (last(neuron_card(session, Lens("B"), Neuron(n, 2))).weights for n in range(2))
    kernels = lens_network(session, Lens("B")).kernels
    np.testing.assert_array_equal([one.ravel(), two.ravel()], [kernels[0][:, 2], kernels[1][:, 2]])
    with_run(session, "resize 12x10, batchnorm, 9")
    of_the_image = last(neuron_card(session, Lens("C"), Neuron(0, 2))).weights
    kernel = lens_network(session, Lens("C")).kernels[0]
    np.testing.assert_array_equal(of_the_image, kernel[:, 2].reshape(12, 10))


@pytest.mark.parametrize(("layers", "activation"), [each for each in ARCHITECTURES if each[0]])
def test_every_neuron_of_every_layer_has_one(session, layers, activation):
    with_run(session, layers, activation)
    spec, weights = session.runs["A"].spec, session.runs["A"].moments[24].weights
    hidden, _ = lens_network(session, Lens("A")).outputs(session.data().test_images)
    for number, outputs in enumerate(hidden):
        is_map = "conv" in layers.split(", ")[number]
        answer = last(neuron_card(session, Lens("A"), Neuron(number, 1)))
        assert answer.kind == ("feature map, averaged" if is_map else "neuron")
        np.testing.assert_allclose(answer.most_images.values, np.sort(outputs[:, 1])[::-1][:9], atol=1e-5)
        np.testing.assert_allclose(answer.least_images.values, np.sort(outputs[:, 1])[:9], atol=1e-5)
        kernel = weights[2 * number][..., 1]
        if is_map:
            np.testing.assert_allclose(answer.weights, kernel.mean(axis=-1), atol=1e-6)
        else:
            assert (answer.weights is not None) == (number == 0)
        assert (answer.outgoing is not None) == (number == len(spec.hidden) - 1 and not is_map)
