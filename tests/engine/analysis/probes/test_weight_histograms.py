"""The weights' histograms: shares of all weights, on axes that hold the start and the moment."""

import numpy as np
import pytest

from engine.analysis.probes.weight_histograms import BINS, weight_histograms
from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from engine.model.training.run import Moment, Run
from engine.session.jobs.train import train
from engine.session.session import Session


def test_the_shares_are_those_of_the_weights_through_the_lens(session):
    list(train(session, TrainSpec(layers="16", batch=20, epochs=2)))
    (answer,) = weight_histograms(session, Lens("A"))
    run = session.runs["A"]
    assert answer.step == 24
    assert [layer.title for layer in answer.layers] == ["Layer 1", "Layer 2"]
    for number, layer in enumerate(answer.layers):
        assert layer.edges.shape == (BINS + 1,)
        for shares, step in ((layer.start, 0), (layer.now, 24)):
            weights = run.moments[step].weights[2 * number]
            wanted = [
                np.mean((weights >= low) & (weights < high))
                for low, high in zip(layer.edges, layer.edges[1:], strict=False)
            ]
            np.testing.assert_allclose(shares, wanted, atol=1.5 / weights.size)
            assert shares.sum() > 0.97


def test_weights_that_are_no_numbers_are_left_out_and_harmless(session):
    list(train(session, TrainSpec(layers="16", batch=20, epochs=1)))
    moment = session.runs["A"].moments[12]
    weights = tuple(np.full_like(array, np.nan) for array in moment.weights)
    session.runs["A"].moments[12] = type(moment)(step=12, weights=weights, optimizer=())
    (answer,) = weight_histograms(session, Lens("A"))
    assert all(layer.now.sum() == 0 for layer in answer.layers)


def run_of(*moments):
    """A session whose run A has these kernels of shape (inputs, outputs), one list of kernels per moment."""
    session = Session()
    run = session.runs["A"] = Run(name="A", spec=TrainSpec(), steps_per_epoch=10)
    for number, kernels in enumerate(moments):
        weights = tuple(array.astype(np.float32) for kernel in kernels for array in (kernel, np.zeros(kernel.shape[1])))
        run.moments[10 * number] = Moment(step=10 * number, weights=weights, optimizer=())
    return session


def blog_sized(generator, spread):
    return [generator.normal(0, spread, (784, 300)), generator.normal(0, spread, (300, 10))]


def test_a_large_layer_is_counted_exactly_and_its_axis_leaves_the_outermost_thousandth_out():
    generator = np.random.default_rng(1)
    session = run_of(blog_sized(generator, 0.03), blog_sized(generator, 0.05))
    (answer,) = weight_histograms(session, Lens("A"))
    for number, layer in enumerate(answer.layers):
        start, now = (session.runs["A"].moments[step].weights[2 * number] for step in (0, 10))
        assert layer.edges[-1] == -layer.edges[0]
        wanted = pytest.approx(np.sort(np.abs(now), axis=None)[-1 - now.size // 1000], rel=1e-4)
        assert layer.edges[-1] == wanted
        for shares, weights in ((layer.start, start), (layer.now, now)):
            counts, _ = np.histogram(weights, BINS, (layer.edges[0], layer.edges[-1]))
            # A weight may lie so near to an edge that single precision puts it on the other side.
            np.testing.assert_allclose(shares * weights.size, counts, atol=2)


def test_every_weight_of_a_small_layer_is_counted():
    session = run_of([np.linspace(-1, 1, 40).reshape(10, 4)], [np.linspace(-3, 3, 40).reshape(10, 4)])
    (answer,) = weight_histograms(session, Lens("A"))
    assert answer.layers[0].now.sum() == pytest.approx(1)
    assert answer.layers[0].start.sum() == pytest.approx(1)


def test_the_moment_of_the_lens_is_counted_with_the_silenced_neurons_too():
    generator = np.random.default_rng(2)
    session = run_of(*([generator.normal(size=(5, 4)), generator.normal(size=(4, 3))] for _ in range(3)))
    (middle,) = weight_histograms(session, Lens("A", 10))
    assert middle.step == 10
    silenced = frozenset(Neuron(0, number) for number in range(4))
    (answer,) = weight_histograms(session, Lens("A", 10, silenced))
    for one, other in zip(answer.layers, middle.layers, strict=True):
        np.testing.assert_array_equal(one.now, other.now)


def test_runs_of_one_name_in_two_sessions_keep_their_own_start():
    for spread in (0.1, 0.4):
        kernels = [np.random.default_rng(3).normal(0, spread, (30, 20))]
        (answer,) = weight_histograms(run_of(kernels, kernels), Lens("A"))
        np.testing.assert_array_equal(answer.layers[0].start, answer.layers[0].now)


@pytest.mark.parametrize("value", [0.0, 1e-38, 1e38])
def test_weights_of_any_size_have_a_histogram(value):
    kernel = np.full((3, 2), value)
    kernel[0, 0] = -value
    (answer,) = weight_histograms(run_of([kernel], [kernel]), Lens("A"))
    assert answer.layers[0].now.sum() == pytest.approx(1)
