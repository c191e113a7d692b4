"""The weights' histograms: shares of all weights, on axes that hold the start and the moment."""

import numpy as np
import pytest

from engine.analysis.probes.weight_histograms import BINS, weight_histograms
from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from engine.model.training.run import Moment, Run
from engine.session.session import Session


def run_of(*moments):
    """A session whose run A has these kernels of shape (inputs, outputs), one list of kernels per moment."""
    session = Session()
    spec = TrainSpec(layers=", ".join(str(kernel.shape[1]) for kernel in moments[0][:-1]))
    run = session.runs["A"] = Run(name="A", spec=spec, steps_per_epoch=10, shape=(1, len(moments[0][0])))
    for number, kernels in enumerate(moments):
        weights = tuple(array.astype(np.float32) for kernel in kernels for array in (kernel, np.zeros(kernel.shape[1])))
        run.moments[10 * number] = Moment(step=10 * number, weights=weights, optimizer=())
    return session


def test_the_shares_are_those_of_the_weights_of_the_moment_with_the_silenced_neurons_too():
    generator = np.random.default_rng(2)
    session = run_of(*([generator.normal(size=(64, 16)), generator.normal(size=(16, 4))] for _ in range(3)))
    silenced = frozenset(Neuron(0, number) for number in range(4))
    (answer,) = weight_histograms(session, Lens("A", 10, silenced))
    assert answer.step == 10 and [layer.title for layer in answer.layers] == ["Layer 1", "Layer 2"]
    for number, layer in enumerate(answer.layers):
        assert layer.edges.shape == (BINS + 1,)
        for shares, step in ((layer.start, 0), (layer.now, 10)):
            weights = session.runs["A"].moments[step].weights[2 * number]
            edges = zip(layer.edges, layer.edges[1:], strict=False)
            wanted = [np.mean((weights >= low) & (weights < high)) for low, high in edges]
            np.testing.assert_allclose(shares, wanted, atol=1.5 / weights.size)
            assert shares.sum() > 0.97


def test_a_large_layer_is_counted_exactly_and_its_axis_leaves_the_outermost_thousandth_out():
    generator = np.random.default_rng(1)
    moments = ([generator.normal(0, spread, shape) for shape in ((784, 300), (300, 10))] for spread in (0.03, 0.05))
    session = run_of(*moments)
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


def test_every_weight_of_a_small_layer_is_counted_whatever_its_size():
    kernels = [np.linspace(-3, 3, 40).reshape(10, 4)]
    for value in (0.0, 1e-38, 1e38):
        kernels.append(np.full((3, 2), value))
        kernels[-1][0, 0] = -value
    for kernel in kernels:
        (answer,) = weight_histograms(run_of([kernel / 3], [kernel]), Lens("A"))
        assert answer.layers[0].now.sum() == pytest.approx(1) == answer.layers[0].start.sum()


def test_runs_of_one_name_in_two_sessions_keep_their_own_start():
    for spread in (0.1, 0.4):
        kernels = [np.random.default_rng(3).normal(0, spread, (30, 20))]
        (answer,) = weight_histograms(run_of(kernels, kernels), Lens("A"))
        np.testing.assert_array_equal(answer.layers[0].start, answer.layers[0].now)
