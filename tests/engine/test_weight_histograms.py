"""The weights' histograms: shares of all weights, on axes that hold the start and the moment."""

import numpy as np

from engine.lens import Lens
from engine.probes.weight_histograms import BINS, weight_histograms
from engine.specs import TrainSpec
from engine.training.job import train


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
