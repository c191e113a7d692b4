"""Saliency: gradients that a finite difference confirms, integrated ones that add up to the logits' difference."""

import numpy as np
import pytest
from told import last
from trained import ARCHITECTURES, dense_by_hand, picture, with_run

from engine.analysis.probes.saliency import saliency
from engine.core.lens import Lens, Neuron
from engine.core.specs import PRESETS
from engine.data.formats.sample import open_sample
from engine.session.jobs.train import train
from engine.session.session import Session


def slope(weights, image, place, direction):
    """How the logits change with one pixel, by a small change in double precision."""
    change = np.zeros(image.shape)
    change[place] = 1e-5
    ends = [dense_by_hand(weights, (image + sign * change)[None])[1][0] @ direction for sign in (1, -1)]
    return (ends[0] - ends[1]) / 2e-5


@pytest.mark.parametrize("against", [None, 2])
def test_the_gradient_is_that_of_small_changes(session, against):
    with_run(session, "12")
    image, lens = picture(session), Lens("A", 12, frozenset({Neuron(0, 1)}))
    told = last(saliency(session, lens, image, 3, against, "gradient"))
    weights = [array.copy() for array in session.runs["A"].moments[12].weights]
    weights[2][1] = 0
    direction = np.array([0, 0, 0 if against is None else -1, 1])
    for place in [(row, column) for row in range(8) for column in (0, 3, 6)][:20]:
        assert told.heat[place] == pytest.approx(slope(weights, image, place, direction), rel=1e-3, abs=1e-6)
    assert (told.step, told.label, told.against, told.method) == (12, 3, against, "gradient")


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
@pytest.mark.parametrize("against", [None, 0])
def test_integrated_gradients_add_up_to_the_difference_of_the_logits(session, layers, activation, against):
    with_run(session, layers, activation)
    for number in range(3):
        told = last(saliency(session, Lens("A"), picture(session, number), 1, against))
        assert told.total == pytest.approx(told.heat.sum(), rel=1e-4, abs=1e-6)
        assert told.total == pytest.approx(told.difference, rel=0.01, abs=0.001)


def test_the_difference_is_that_to_an_empty_picture(session):
    with_run(session, "12")
    image = picture(session)
    told = last(saliency(session, Lens("A"), image, 2, 1))
    logits = dense_by_hand(session.runs["A"].moments[24].weights, np.stack([image, np.zeros((8, 8))]))[1]
    assert told.difference == pytest.approx((logits[0] - logits[1]) @ [0, -1, 1, 0], abs=1e-5)


def test_integrated_gradients_are_the_mean_gradient_on_the_way(session):
    with_run(session, "10", "tanh")
    image = picture(session)
    told = last(saliency(session, Lens("A"), image, 2))
    first, bias, second, _ = (array.astype(np.float64) for array in session.runs["A"].moments[24].weights)
    wanted = np.zeros(64)
    for way in (np.arange(4000) + 0.5) / 4000:
        hidden = np.tanh(way * image.ravel() @ first + bias)
        wanted += first @ ((1 - hidden**2) * second[:, 2]) / 4000
    np.testing.assert_allclose(told.heat.ravel(), wanted * image.ravel(), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["quick", "conv"])
def test_they_add_up_for_real_digits_as_well(preset):
    session = Session(open_sample())
    list(train(session, PRESETS[preset].spec.but(epochs=3)))
    for number in range(40):
        for label, against in ((number % 10, None), (4, 9)):
            told = last(saliency(session, Lens("A"), picture(session, number), label, against))
            assert told.total == pytest.approx(told.difference, rel=0.01, abs=0.002)


def test_an_empty_picture_has_no_heat(session):
    with_run(session, "12")
    told = last(saliency(session, Lens("A"), np.zeros((8, 8), np.float32), 1))
    assert not told.heat.any() and told.total == told.difference == 0


def test_weights_that_are_no_numbers_end_in_an_answer_as_well(session):
    with_run(session, "12")
    run = session.runs["A"]
    step = run.moments.newest
    broken = tuple(np.full_like(array, np.nan) for array in run.moments[step].weights)
    run.moments[step] = type(run.moments[step])(step=step, weights=broken, optimizer=())
    run.started += 1
    with np.errstate(invalid="ignore"):
        assert np.isnan(last(saliency(session, Lens("A"), picture(session), 1)).total)
