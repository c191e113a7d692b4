"""Saliency: gradients that a finite difference confirms, integrated ones that add up to the logits' difference."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, NETWORKS, dense_by_hand, picture, with_run

from engine.analysis.probes.saliency import saliency
from engine.core.lens import Lens, Neuron
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import plain_forward


@pytest.mark.parametrize("against", [None, 2])
def test_the_gradient_is_that_of_small_changes(dense, against):
    image, lens = picture(dense), Lens("A", 12, frozenset({Neuron(0, 1)}))
    answer = last(saliency(dense, lens, image, 3, against, "gradient"))
    weights = [array.copy() for array in dense.runs["A"].moments[12].weights]
    weights[2][1] = 0
    direction = np.array([0, 0, 0 if against is None else -1, 1])
    for place in [(row, column) for row in range(8) for column in (0, 3, 6)][:20]:
        change = np.zeros(image.shape)
        change[place] = 1e-5
        ends = [dense_by_hand(weights, (image + sign * change)[None])[1][0] @ direction for sign in (1, -1)]
        assert answer.heat[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-3, abs=1e-6)
    assert (answer.step, answer.label, answer.against, answer.method) == (12, 3, against, "gradient")


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES[:6])
def test_integrated_gradients_add_up_to_the_difference_of_the_logits(session, layers, activation):
    with_run(session, layers, activation)
    for number, against in ((0, None), (1, 0)):
        told = last(saliency(session, Lens("A"), picture(session, number), 1, against))
        assert told.total == pytest.approx(told.heat.sum(), rel=1e-4, abs=1e-6)
        assert told.total == pytest.approx(told.difference, rel=0.01, abs=0.001)
        answer = lens_network(session, Lens("A")).answer
        (_, logits), (_, empty) = (answer(image) for image in (picture(session, number), np.zeros((8, 8), np.float32)))
        rise = logits - empty
        wanted = rise[1] - (0 if against is None else rise[0])
        assert told.difference == pytest.approx(wanted, abs=1e-4), "that to an empty picture"
    told = last(saliency(session, Lens("A"), np.zeros((8, 8), np.float32), 1))
    assert not told.heat.any() and told.total == told.difference == 0


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_gradient_through_any_layer_is_what_a_little_more_ink_does(session, kind):
    with_run(session, NETWORKS[kind])
    network, image = lens_network(session, Lens("A")), picture(session, 3)
    answer = last(saliency(session, Lens("A"), image, 2, 1, "gradient"))
    weights, step = tuple(array.astype(np.float64) for array in network.weights), 2**-12
    direction = np.array([0, -1, 1, 0])
    for pixel in [(2, 3), (4, 4), (5, 1), (7, 6)]:
        more, less = image.copy(), image.copy()
        more[pixel] += step
        less[pixel] -= step
        up, down = (plain_forward(network.plan, weights, changed)[1] @ direction for changed in (more, less))
        wanted = (up - down) / (float(more[pixel]) - float(less[pixel]))
        assert answer.heat[pixel] == pytest.approx(wanted, abs=2e-3 * max(1.0, float(np.abs(answer.heat).max())))
