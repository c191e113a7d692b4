"""The pictures of weights in networks with other kernels, groups, normalisation and blocks; cut by hand."""

import numpy as np
import pytest
from told import last
from trained import GENERAL, with_run

from engine.analysis.probes.weight_histograms import WeightHistograms, weight_histograms
from engine.analysis.probes.weight_pictures import weight_picture, weight_pictures
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.lens_network import lens_network


def ask(session, *args, **kwargs):
    return last(weight_pictures(session, *args, **kwargs))


def kernels_of(session):
    return lens_network(session, Lens("A")).kernels


def test_a_kernel_of_any_size_is_a_picture_of_that_size_and_each_map_of_a_group_has_those_of_its_group(session):
    with_run(session, "conv 6 5x2 stride 2, depthwise 12 3x3, conv 4 1x1 groups 2, global average, 9")
    first, depthwise, grouped, dense = (ask(session, Lens("A"), layer=number) for number in range(4))
    one, two, three, four, _ = kernels_of(session)
    assert (first.meaning, depthwise.meaning, grouped.meaning) == ("kernels", "own kernels", "mean kernels")
    np.testing.assert_array_equal(first.pictures, np.moveaxis(one[:, :, 0], 2, 0))
    for before in range(6):
        for which in range(2):
            np.testing.assert_array_equal(depthwise.pictures[2 * before + which], two[:, :, before, which])
    assert (depthwise.reads, depthwise.kernel, depthwise.has_views) == (1, (3, 3), False)
    np.testing.assert_allclose(grouped.pictures[:, 0, 0], three[0, 0].mean(axis=0), atol=1e-7)
    every = ask(session, Lens("A"), layer=2, view="inputs")
    assert every.has_views and (every.reads, every.groups, every.pictures.shape) == (6, 2, (4, 3, 5))
    np.testing.assert_array_equal(every.pictures[:, ::2, ::2].reshape(4, 6), three[0, 0].T)
    assert (dense.meaning, dense.reads, dense.has_views) == ("values", 4, False)
    np.testing.assert_array_equal(dense.pictures.reshape(9, 4), four.T)


def test_through_to_the_pixels_lead_dense_layers_alone_others_show_the_weights_over_what_they_read(session):
    with_run(session, "9, dropout 0.5, 8, batchnorm, relu, 7, 6")
    kernels = kernels_of(session)
    second, third, fourth, classes = (ask(session, Lens("A"), layer=number) for number in (1, 2, 3, 4))
    assert second.meaning == "product" and second.has_views
    np.testing.assert_allclose(second.pictures.reshape(8, 64).T, kernels[0] @ kernels[1], atol=1e-5)
    for shown, kernel in ((third, kernels[2]), (fourth, kernels[3]), (classes, kernels[4])):
        assert shown.meaning == "inputs" and not shown.has_views
        flat = shown.pictures.reshape(len(shown.pictures), -1)
        np.testing.assert_array_equal(flat[:, : len(kernel)].T, kernel)
    assert last(weight_picture(session, Lens("A"), Neuron(1, 3))).picture.shape == (8, 8)
    assert not [answer for answer in weight_picture(session, Lens("A"), Neuron(2, 3)) if answer]


@pytest.mark.parametrize(
    "layers",
    [
        "conv 4 3x3 valid linear, depthwise 8 3x3 valid linear, conv 6 3x2 groups 2 valid linear, maxpool, 5 linear",
        "conv 4 5x5 linear, maxpool 3x3 stride 2, dropout 0.2, avgpool, flatten, 6 linear, 5 linear",
        "residual(conv 4 | conv 4 1x1), conv 6 2x2 valid linear, global max, 5 linear",
    ],
)
def test_the_classes_rise_with_a_neuron_of_a_network_without_activations_by_what_is_said(session, layers):
    with_run(session, layers)
    lens, picture = Lens("A"), session.data().test_images[3] / np.float32(255)
    network = lens_network(session, lens)
    before = network.answer(picture)[1]
    is_said = []
    for number, layer in enumerate(network.layers):
        outgoing = ask(session, lens, layer=number).outgoing
        is_said.append(bool(outgoing.size))
        for neuron in range(layer.width if outgoing.size else 0):
            risen = Lens("A", adjusted=frozenset({Adjusted(number, neuron, factor=1.0, offset=1.0)}))
            after = lens_network(session, risen).answer(picture)[1]
            np.testing.assert_allclose(outgoing[neuron], after - before, atol=2e-4)
    assert is_said == ([False, False, True, True] if "residual" in layers else [True] * len(network.layers))


def test_behind_a_normalisation_nothing_is_said_of_the_classes_and_in_front_of_it_of_the_layers_behind(session):
    with_run(session, "9, batchnorm, relu, 8, layernorm, 7")
    kernels = kernels_of(session)
    first, second, third = (ask(session, Lens("A"), layer=number).outgoing for number in range(3))
    assert first.shape == (9, 0), "the second layer's sums are normalised"
    np.testing.assert_allclose(second, kernels[2] @ kernels[3], atol=1e-6)
    np.testing.assert_array_equal(third, kernels[3])


@pytest.mark.parametrize("layers", GENERAL)
def test_each_view_of_every_layer_shows_all_of_its_weights_or_their_means_or_a_product(session, layers):
    network = lens_network(with_run(session, layers), Lens("A"))
    for number, kernel in enumerate(network.kernels):
        shown = {view: ask(session, Lens("A"), layer=number, view=view) for view in ("pixels", "inputs")}
        neurons = len(network.bias(number))
        own = np.reshape(kernel, (-1, shown["inputs"].reads, neurons)).swapaxes(0, 1).reshape(-1, neurons)
        every = shown["inputs"]
        if every.meaning == "places":
            own = own.reshape(*every.pictures.shape[1:], -1, neurons).mean(axis=2).reshape(-1, neurons)
        drawn = every.pictures.reshape(neurons, -1)
        drawn = np.array([weights[~np.isnan(weights)] for weights in drawn])
        np.testing.assert_allclose(np.sort(drawn.T, axis=0), np.sort(own, axis=0), atol=1e-6)
        if not every.has_views:
            np.testing.assert_array_equal(shown["pixels"].pictures, every.pictures)
        for neuron in range(neurons if number < len(network.layers) else 0):
            pictures = [answer.picture for answer in weight_picture(session, Lens("A"), Neuron(number, neuron))]
            assert [picture.shape for picture in pictures] in ([], [every.kernel or (8, 8)])


def test_every_layer_with_a_kernel_has_a_histogram_of_its_kernel_alone(session):
    with_run(session, "conv 4 5x5, batchnorm, residual(depthwise 4), layernorm, 9")
    histograms = last(weight_histograms(session, Lens("A")))
    kernels = kernels_of(session)
    assert isinstance(histograms, WeightHistograms) and len(histograms.layers) == len(kernels) == 4
    for shown, kernel in zip(histograms.layers, kernels, strict=True):
        counts, _ = np.histogram(kernel, shown.edges)
        np.testing.assert_allclose(shown.now, counts / kernel.size, atol=1.01 / kernel.size)
