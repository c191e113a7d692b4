"""The pictures of weights: slices of what `export --weights` writes, cut by hand."""

import numpy as np
import pytest
from trained import ARCHITECTURES, with_run

from engine.analysis.probes.weight_pictures import LayerShape, neuron_figures, weight_pictures
from engine.core.errors import NotYetError, UserError
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.specs import TrainSpec
from engine.model.training.run import Moment, Run
from engine.session.jobs.export import named_arrays
from engine.session.session import Session


def ask(session, *args, **kwargs):
    return next(message for message in weight_pictures(session, *args, **kwargs) if message is not None)


def exported(session, run="A", step=None):
    return named_arrays(session.run(run).moment(step).weights)


def of_noise(layers, *shapes, steps=(0, 10)):
    """A session whose run A has weights of these shapes, drawn anew for each moment."""
    session = Session()
    run = session.runs["A"] = Run(name="A", spec=TrainSpec(layers=layers), steps_per_epoch=10)
    for step in steps:
        noise = np.random.default_rng(step)
        weights = tuple(noise.normal(0, 0.1, shape).astype(np.float32) for shape in shapes)
        run.moments[step] = Moment(step=step, weights=weights, optimizer=())
    return session


BLOG = ((784, 300), (300,), (300, 10), (10,))
DEEP = ((784, 30), (30,), (30, 20), (20,), (20, 12), (12,), (12, 10), (10,))


def test_a_neuron_of_the_blog_is_a_column_of_the_exported_kernel_row_by_row():
    session = of_noise("300", *BLOG)
    found, weights = ask(session, Lens("A")), exported(session)
    assert found.meaning == "pixels" and found.pictures.shape == (300, 28, 28)
    assert found.layers == (LayerShape("dense", 300), LayerShape("classes", 10))
    for neuron, row, column in ((0, 0, 0), (17, 3, 21), (299, 27, 27)):
        assert found.pictures[neuron, row, column] == weights["layer1/kernel"][28 * row + column, neuron]
    for neuron in range(300):
        np.testing.assert_array_equal(found.pictures[neuron].ravel(), weights["layer1/kernel"][:, neuron])
        np.testing.assert_allclose(found.norms[neuron], np.linalg.norm(found.pictures[neuron]), rtol=1e-6)
    np.testing.assert_array_equal(found.biases, weights["layer1/bias"])
    np.testing.assert_array_equal(found.outgoing, weights["layer2/kernel"])


@pytest.mark.parametrize("step", [0, 10])
def test_the_moment_is_the_lens(step):
    session = of_noise("300", *BLOG)
    found = ask(session, Lens("A", step))
    assert found.step == step
    kernel = exported(session, step=step)["layer1/kernel"]
    np.testing.assert_array_equal(found.pictures, kernel.T.reshape(300, 28, 28))


def test_nearly_all_weights_lie_within_the_shared_scale():
    session = of_noise("300", *BLOG)
    found = ask(session, Lens("A"))
    beyond = np.mean(np.abs(found.pictures) > found.reach)
    assert 0.0005 < beyond < 0.0015
    assert ask(session, Lens("A"), layer=1).reach <= np.abs(ask(session, Lens("A"), layer=1).pictures).max()


def test_a_deeper_neuron_is_the_product_of_the_kernels_through_to_the_pixels():
    session = of_noise("30, 20, 12", *DEEP)
    weights = {name: array.astype(np.float64) for name, array in exported(session).items()}
    product = weights["layer1/kernel"] @ weights["layer2/kernel"] @ weights["layer3/kernel"]
    found = ask(session, Lens("A"), layer=2)
    assert found.meaning == "product" and found.pictures.shape == (12, 28, 28)
    np.testing.assert_allclose(found.pictures, product.T.reshape(12, 28, 28), atol=1e-6)
    classes = ask(session, Lens("A"), layer=3)
    wanted = (product @ weights["layer4/kernel"]).T.reshape(10, 28, 28)
    np.testing.assert_allclose(classes.pictures, wanted, atol=1e-6)
    assert classes.outgoing.shape == (10, 0)


def test_a_deeper_neuron_is_also_its_weights_over_the_neurons_before():
    session = of_noise("30, 20, 12", *DEEP)
    found = ask(session, Lens("A"), layer=1, view="inputs")
    assert found.meaning == "inputs" and found.pictures.shape == (20, 5, 6)
    np.testing.assert_array_equal(found.pictures.reshape(20, 30).T, exported(session)["layer2/kernel"])


def test_where_the_neurons_before_fill_no_rectangle_the_places_left_are_no_numbers():
    session = of_noise("31, 4", (784, 31), (31,), (31, 4), (4,), (4, 10), (10,))
    found = ask(session, Lens("A"), layer=1, view="inputs")
    flat = found.pictures.reshape(4, -1)
    np.testing.assert_array_equal(flat[:, :31].T, exported(session)["layer2/kernel"])
    assert np.isnan(flat[:, 31:]).all() and flat.shape[1] > 31
    assert np.isfinite(found.norms).all() and np.isfinite(found.reach)


def test_what_goes_out_of_a_deep_layer_is_the_product_through_to_the_classes():
    session = of_noise("30, 20, 12", *DEEP)
    weights = {name: array.astype(np.float64) for name, array in exported(session).items()}
    wanted = weights["layer2/kernel"] @ weights["layer3/kernel"] @ weights["layer4/kernel"]
    np.testing.assert_allclose(ask(session, Lens("A")).outgoing, wanted, atol=1e-6)
    expected = exported(session)["layer4/kernel"]
    np.testing.assert_array_equal(ask(session, Lens("A"), layer=2).outgoing, expected)


def test_no_product_goes_through_a_silenced_neuron():
    session = of_noise("30, 20, 12", *DEEP)
    lens = Lens("A", silenced=frozenset({Neuron(0, 3), Neuron(1, 5), Neuron(2, 1)}))
    weights = {name: array.astype(np.float64) for name, array in exported(session).items()}
    first, second, third = (weights[f"layer{number}/kernel"].copy() for number in (1, 2, 3))
    first[:, 3], second[:, 5] = 0, 0
    wanted = first @ second @ third
    np.testing.assert_allclose(ask(session, lens, layer=2).pictures.reshape(12, 784).T, wanted, atol=1e-6)
    third[:, 1] = 0
    wanted = (third @ weights["layer4/kernel"])[:5]
    np.testing.assert_allclose(ask(session, lens, layer=1).outgoing[:5], wanted, atol=1e-6)


def test_a_product_is_as_much_larger_as_the_lens_boosts_the_neurons_between():
    session = of_noise("30, 20, 12", *DEEP)
    lens = Lens("A", adjusted=frozenset({Adjusted(0, 3, factor=3.0), Adjusted(0, 4, factor=0.0, offset=0.8)}))
    weights = {name: array.astype(np.float64) for name, array in exported(session).items()}
    first = weights["layer1/kernel"].copy()
    first[:, 3] *= 3
    first[:, 4] = 0
    product = first @ weights["layer2/kernel"]
    np.testing.assert_allclose(ask(session, lens, layer=1).pictures.reshape(20, 784).T, product, atol=1e-6)
    np.testing.assert_array_equal(ask(session, lens).pictures, ask(session, Lens("A")).pictures)


def test_what_goes_out_is_how_the_logits_of_a_linear_network_change():
    """Moved by a little, a neuron moves each class' logit by so much times its weight: told by running forward."""
    session = of_noise("30, 20, 12", *DEEP)
    arrays = [array.astype(np.float64) for array in session.runs["A"].moment(None).weights]

    def logits(pixels, push):
        x = pixels @ arrays[0] + arrays[1] + push
        for kernel, bias in zip(arrays[2::2], arrays[3::2], strict=True):
            x = x @ kernel + bias
        return x

    pixels = np.random.default_rng(4).random(784)
    push = np.zeros(30)
    push[7] = 1
    change = logits(pixels, push) - logits(pixels, np.zeros(30))
    np.testing.assert_allclose(ask(session, Lens("A")).outgoing[7], change, atol=1e-6)


def test_the_difference_to_another_moment_takes_all_weights_off():
    session = of_noise("300", *BLOG)
    found = ask(session, Lens("A"), against=0)
    now, then = exported(session, step=10), exported(session, step=0)
    moved = now["layer1/kernel"] - then["layer1/kernel"]
    np.testing.assert_array_equal(found.pictures, moved.T.reshape(300, 28, 28))
    np.testing.assert_array_equal(found.biases, now["layer1/bias"] - then["layer1/bias"])
    np.testing.assert_array_equal(found.outgoing, now["layer2/kernel"] - then["layer2/kernel"])
    np.testing.assert_allclose(found.norms, np.linalg.norm(moved, axis=0), rtol=1e-5)
    assert (found.step, found.against) == (10, 0)
    assert not ask(session, Lens("A", 0), against=0).pictures.any()


def test_kernels_of_a_convolution_are_pictures_of_nine_and_deeper_ones_their_means(session):
    with_run(session, "conv 3, conv 4, 6")
    weights = exported(session)
    first, second = ask(session, Lens("A")), ask(session, Lens("A"), layer=1)
    assert (first.meaning, second.meaning) == ("kernels", "mean kernels")
    for number in range(3):
        np.testing.assert_array_equal(first.pictures[number], weights["layer1/kernel"][:, :, 0, number])
    for number in range(4):
        by_hand = weights["layer2/kernel"][:, :, :, number].mean(axis=2)
        np.testing.assert_allclose(second.pictures[number], by_hand, atol=1e-7)


def test_a_dense_layer_behind_convolutions_is_pictured_over_their_places(session):
    with_run(session, "conv 3, conv 4, 6, 5")
    weights = exported(session)
    dense, deeper = ask(session, Lens("A"), layer=2), ask(session, Lens("A"), layer=3)
    assert (dense.meaning, deeper.meaning) == ("places", "product places")
    kernel = weights["layer3/kernel"].reshape(2, 2, 4, 6).mean(axis=2)  # 8 x 8 pixels, halved twice
    np.testing.assert_allclose(dense.pictures, np.moveaxis(kernel, 2, 0), atol=1e-7)
    product = np.moveaxis(kernel @ weights["layer4/kernel"], 2, 0)
    np.testing.assert_allclose(deeper.pictures, product, atol=1e-6)


def test_of_a_feature_map_goes_out_what_all_its_places_say_together(session):
    with_run(session, "conv 5")
    wanted = exported(session)["layer2/kernel"].reshape(16, 5, 4).sum(axis=0)
    np.testing.assert_allclose(ask(session, Lens("A")).outgoing, wanted, atol=1e-6)


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_every_layer_of_every_network_has_pictures_that_nobody_can_write_to(session, layers, activation):
    with_run(session, layers, activation)
    count = len(ask(session, Lens("A")).layers)
    for number in range(count):
        for view in ("pixels", "inputs"):
            found = ask(session, Lens("A"), layer=number, view=view)
            neurons = found.layers[number].width
            assert len(found.pictures) == len(found.biases) == len(found.norms) == neurons
            assert found.outgoing.shape == (neurons, 4 if number < count - 1 else 0)
            for array in (found.pictures, found.biases, found.outgoing, found.norms):
                assert array.dtype == np.float32 and not array.flags.writeable
    with pytest.raises(UserError, match=f"no layer {count + 1}"):
        ask(session, Lens("A"), layer=count)


def test_four_thousand_neurons_are_computed_in_turns():
    session = of_noise("4096", (784, 4096), (4096,), (4096, 10), (10,), steps=(0,))
    turns = list(weight_pictures(session, Lens("A")))
    assert len(turns) > 3 and turns[:-1] == [None] * (len(turns) - 1)
    kernel = exported(session)["layer1/kernel"]
    np.testing.assert_array_equal(turns[-1].pictures, kernel.T.reshape(4096, 28, 28))


def test_weights_that_are_no_numbers_do_no_harm():
    session = of_noise("300", *BLOG)
    weights = [array.copy() for array in session.runs["A"].moment(None).weights]
    weights[0][:, 3], weights[0][5, 4] = np.nan, np.inf
    session.runs["A"].moments[20] = Moment(step=20, weights=tuple(weights), optimizer=())
    found = ask(session, Lens("A"), against=20)
    assert np.isfinite(found.reach) and np.isnan(found.norms[3])
    assert np.isnan(ask(session, Lens("A"), layer=1).pictures).any()


def test_a_run_that_has_no_moment_yet_has_no_answer():
    session = of_noise("300", *BLOG, steps=())
    session.runs["A"].is_beginning = True
    with pytest.raises(NotYetError, match="no weights yet"):
        list(weight_pictures(session, Lens("A")))


def test_the_figures_of_a_neuron_are_those_of_its_picture():
    session = of_noise("300", *BLOG)
    found = ask(session, Lens("A"))
    facts, kernel = neuron_figures(found)[42], exported(session)["layer1/kernel"][:, 42]
    assert (facts["neuron"], facts["minimum"], facts["maximum"]) == (42, kernel.min(), kernel.max())
    assert facts["norm"] == pytest.approx(np.linalg.norm(kernel), rel=1e-6)
    assert facts["outgoing"] == exported(session)["layer2/kernel"][42].tolist()
