"""Saliency: gradients that a finite difference confirms, integrated ones that add up to the logits' difference."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, picture, with_run

from engine.analysis.probes.saliency import saliency
from engine.core.lens import Lens, Neuron
from engine.model.network.lens_network import lens_network


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
