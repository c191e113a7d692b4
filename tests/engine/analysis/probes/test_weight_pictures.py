"""The pictures of weights: slices of what `export --weights` writes, cut by hand."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, with_run

from engine.analysis.probes.weight_pictures import LayerShape, weight_picture, weight_pictures
from engine.core.errors import UserError
from engine.core.lens import Adjusted, Lens, Neuron
from engine.data.formats.sample import open_sample
from engine.model.training.run import Moment
from engine.session.jobs.export import named_arrays
from engine.session.session import Session


def ask(session, *args, **kwargs):
    return last(weight_pictures(session, *args, **kwargs))


def exported(session, run="A", step=None):
    return named_arrays(session.run(run), session.run(run).moment(step).weights)


def of_digits(layers):
    """A session whose run A reads digits."""
    return with_run(Session(open_sample()), layers)


def test_a_neuron_of_the_blog_is_a_column_of_the_exported_kernel_row_by_row():
    session = of_digits("300")
    for step in (0, 24):
        result, weights = ask(session, Lens("A", step)), exported(session, step=step)
        assert result.step == step and result.meaning == "pixels" and result.pictures.shape == (300, 28, 28)
        assert result.layers == (LayerShape("dense", 300), LayerShape("classes", 10))
        for neuron, row, column in ((0, 0, 0), (17, 3, 21), (299, 27, 27)):
            assert result.pictures[neuron, row, column] == weights["layer1/kernel"][28 * row + column, neuron]
        np.testing.assert_array_equal(result.pictures.reshape(300, 784), weights["layer1/kernel"].T)
        np.testing.assert_allclose(result.norms, np.linalg.norm(weights["layer1/kernel"], axis=0), rtol=1e-5)
        np.testing.assert_array_equal(result.biases, weights["layer1/bias"])
        np.testing.assert_array_equal(result.outgoing, weights["layer2/kernel"])
        assert 0.0005 < np.mean(np.abs(result.pictures) > result.reach) < 0.0015, "nearly all lie within the scale"


def deep_kernels(session):
    return [exported(session)[f"layer{number}/kernel"].astype(np.float64) for number in (1, 2, 3, 4)]


def test_a_deeper_neuron_is_the_product_of_the_kernels_as_the_lens_silences_and_boosts_what_is_between():
    session = of_digits("30, 20, 12")
    first, second, third, last = deep_kernels(session)
    result = ask(session, Lens("A"), layer=2)
    assert result.meaning == "product" and result.pictures.shape == (12, 28, 28)
    np.testing.assert_allclose(result.pictures.reshape(12, 784).T, first @ second @ third, atol=1e-6)
    classes = ask(session, Lens("A"), layer=3)
    np.testing.assert_allclose(classes.pictures.reshape(10, 784).T, first @ second @ third @ last, atol=1e-6)
    assert classes.outgoing.shape == (10, 0)
    np.testing.assert_allclose(ask(session, Lens("A")).outgoing, second @ third @ last, atol=1e-6)
    np.testing.assert_array_equal(result.outgoing, last)

    lens = Lens("A", silenced=frozenset({Neuron(0, 3), Neuron(1, 5), Neuron(2, 1)}))
    first[:, 3], second[:, 5] = 0, 0
    result = ask(session, lens, layer=2).pictures
    np.testing.assert_allclose(result.reshape(12, 784).T, first @ second @ third, atol=1e-6)
    third[:, 1] = 0
    np.testing.assert_allclose(ask(session, lens, layer=1).outgoing[:5], (third @ last)[:5], atol=1e-6)

    lens = Lens("A", adjusted=frozenset({Adjusted(0, 3, factor=3.0), Adjusted(0, 4, factor=0.0, offset=0.8)}))
    first, second, *_ = deep_kernels(session)
    first[:, 3] *= 3
    first[:, 4] = 0
    result = ask(session, lens, layer=1).pictures
    np.testing.assert_allclose(result.reshape(20, 784).T, first @ second, atol=1e-6)
    np.testing.assert_array_equal(ask(session, lens).pictures, ask(session, Lens("A")).pictures)


def test_a_deeper_neuron_is_also_its_weights_over_the_neurons_before():
    session = of_digits("30, 20, 12")
    result = ask(session, Lens("A"), layer=1, view="inputs")
    assert result.meaning == "inputs" and result.pictures.shape == (20, 5, 6)
    np.testing.assert_array_equal(result.pictures.reshape(20, 30).T, exported(session)["layer2/kernel"])

    session = of_digits("31, 4")
    result = ask(session, Lens("A"), layer=1, view="inputs")
    flat = result.pictures.reshape(4, -1)
    np.testing.assert_array_equal(flat[:, :31].T, exported(session)["layer2/kernel"])
    assert np.isnan(flat[:, 31:]).all() and flat.shape[1] > 31, "the places that are left of a rectangle"
    assert np.isfinite(result.norms).all() and np.isfinite(result.reach)


def test_the_difference_to_another_moment_takes_all_weights_off():
    session = of_digits("300")
    result = ask(session, Lens("A"), against=0)
    now, then = exported(session), exported(session, step=0)
    moved = now["layer1/kernel"] - then["layer1/kernel"]
    np.testing.assert_array_equal(result.pictures, moved.T.reshape(300, 28, 28))
    np.testing.assert_array_equal(result.biases, now["layer1/bias"] - then["layer1/bias"])
    np.testing.assert_array_equal(result.outgoing, now["layer2/kernel"] - then["layer2/kernel"])
    np.testing.assert_allclose(result.norms, np.linalg.norm(moved, axis=0), rtol=1e-5)
    assert (result.step, result.against) == (24, 0)
    assert not ask(session, Lens("A", 0), against=0).pictures.any()


def test_kernels_of_a_convolution_are_pictures_of_nine_deeper_ones_their_means_and_what_is_behind_its_places(session):
    with_run(session, "conv 3, conv 4, 6, 5")
    weights = exported(session)
    first, second, dense, deeper = (ask(session, Lens("A"), layer=number) for number in range(4))
    assert (first.meaning, second.meaning) == ("kernels", "mean kernels")
    assert (dense.meaning, deeper.meaning) == ("places", "product places")
    np.testing.assert_array_equal(first.pictures, np.moveaxis(weights["layer1/kernel"][:, :, 0], 2, 0))
    np.testing.assert_allclose(second.pictures, np.moveaxis(weights["layer2/kernel"].mean(axis=2), 2, 0), atol=1e-7)
    every = ask(session, Lens("A"), layer=1, view="inputs")
    assert every.meaning == "all kernels" and every.pictures.shape == (4, 7, 7), "three kernels have two rows"
    for before, (top, left) in enumerate(((0, 0), (0, 4), (4, 0))):
        kernels = np.moveaxis(weights["layer2/kernel"][:, :, before], 2, 0)
        np.testing.assert_array_equal(every.pictures[:, top : top + 3, left : left + 3], kernels)
    assert np.isnan(every.pictures[:, 4:, 4:]).all() and np.isnan(every.pictures[:, 3]).all()
    np.testing.assert_allclose(every.norms, np.linalg.norm(weights["layer2/kernel"].reshape(-1, 4), axis=0), rtol=1e-5)
    kernel = weights["layer3/kernel"].reshape(2, 2, 4, 6).mean(axis=2)  # 8 x 8 pixels, halved twice
    np.testing.assert_allclose(dense.pictures, np.moveaxis(kernel, 2, 0), atol=1e-7)
    np.testing.assert_allclose(deeper.pictures, np.moveaxis(kernel @ weights["layer4/kernel"], 2, 0), atol=1e-6)

    with_run(session, "conv 5")
    together = exported(session, "B")["layer2/kernel"].reshape(16, 5, 4).sum(axis=0)
    np.testing.assert_allclose(ask(session, Lens("B")).outgoing, together, atol=1e-6)


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_every_layer_of_every_network_has_pictures(session, layers, activation):
    with_run(session, layers, activation)
    count = len(ask(session, Lens("A")).layers)
    for number in range(count):
        for view in ("pixels", "inputs"):
            result = ask(session, Lens("A"), layer=number, view=view)
            neurons = result.layers[number].width
            assert len(result.pictures) == len(result.biases) == len(result.norms) == neurons
            assert result.outgoing.shape == (neurons, 4 if number < count - 1 else 0)
            arrays = (result.pictures, result.biases, result.outgoing, result.norms)
            assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    with pytest.raises(UserError, match=f"no layer {count + 1}"):
        ask(session, Lens("A"), layer=count)


def test_many_neurons_are_computed_in_turns(monkeypatch):
    monkeypatch.setattr("engine.analysis.probes.weight_pictures.TURN_WORK", 5e6)
    session = of_digits("300")
    turns = list(weight_pictures(session, Lens("A")))
    assert len(turns) > 3 and turns[:-1] == [None] * (len(turns) - 1)
    kernel = exported(session)["layer1/kernel"]
    np.testing.assert_array_equal(turns[-1].pictures, kernel.T.reshape(300, 28, 28))


def test_the_picture_of_one_neuron_is_the_one_among_those_of_its_layer(session):
    for run, layers in (("A", "9, 7, 5"), ("B", "conv 3, 6")):
        with_run(session, layers)
        for layer, number, step in ((0, 2, 12), (0, 1, None), (1, 4, 24)):
            messages = [each for each in weight_picture(session, Lens(run, step), Neuron(layer, number)) if each]
            if (run, layer) == ("B", 1):
                assert messages == [], "a layer behind feature maps has no picture"
                continue
            whole = ask(session, Lens(run, step), layer=layer)
            assert (messages[0].run, messages[0].step, messages[0].neuron) == (run, whole.step, (layer, number))
            np.testing.assert_allclose(messages[0].picture, whole.pictures[number], rtol=1e-4, atol=1e-6)
            assert messages[0].picture.dtype == np.float32


def test_weights_that_are_no_numbers_do_no_harm():
    session = of_digits("300")
    weights = [array.copy() for array in session.runs["A"].moment(None).weights]
    weights[0][:, 3], weights[0][5, 4] = np.nan, np.inf
    session.runs["A"].moments[36] = Moment(step=36, weights=tuple(weights), optimizer=())
    result = ask(session, Lens("A"), against=36)
    assert np.isfinite(result.reach) and np.isnan(result.norms[3])
    assert np.isnan(ask(session, Lens("A"), layer=1).pictures).any()
