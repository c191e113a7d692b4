"""The road between two networks is what NumPy finds between them."""

import dataclasses

import numpy as np
import pytest
from told import last, told
from trained import dense_by_hand, with_run

from engine.analysis.probes.road import POINTS, Road, road
from engine.core.lens import Lens, Neuron, Share
from engine.model.network.plain import plain_forward
from tests.figures_by_hand import loss_by_hand


def with_two(session):
    with_run(with_run(session, "12"), "12", seed=50)
    return session.runs["A"].moments[24].weights, session.runs["B"].moments[12].weights


@pytest.mark.parametrize("loss", ["clipped", "cross_entropy", "squared"])
def test_each_network_on_the_road_reads_as_numpy_says_by_the_loss_of_the_run(session, loss):
    one, other = with_two(session)
    session.runs["A"].spec = session.runs["A"].spec.but(loss=loss)
    points = told(road(session, Lens("A", 24), Share("B", 12, 0.0)))
    assert [len(each.places) for each in points] == list(range(1, POINTS + 1))
    assert [each.is_whole for each in points] == [False] * (POINTS - 1) + [True]
    result, data = points[-1], session.data()
    assert (result.run, result.step, result.loss) == ("A", 24, loss) and result.other[:2] == ("B", 12)
    np.testing.assert_allclose(result.places, np.linspace(0, 1, POINTS))
    for place, accuracy, height in zip(result.places, result.accuracies, result.losses, strict=True):
        weights = [(1 - place) * a + place * b for a, b in zip(one, other, strict=True)]
        _, logits = dense_by_hand(weights, data.test_images / 255)
        assert accuracy == pytest.approx(np.mean(logits.argmax(1) == data.test_labels), abs=1.5 / len(logits))
        assert height == pytest.approx(loss_by_hand(loss, logits, data.test_labels), rel=1e-3)


def test_the_barrier_is_the_farthest_above_a_straight_line():
    def road_of(accuracies, losses):
        return Road(
            run="A", step=1, other=Share("B", 1, 0.0), places=np.linspace(0, 1, len(losses)),
            accuracies=np.array(accuracies), losses=np.array(losses), loss="clipped", is_whole=True,
        )  # fmt: skip

    result = road_of([0.9, 0.6, 0.85, 0.8], [0.1, 0.9, 0.5, 0.4])
    assert result.barrier == pytest.approx(0.9 - 0.1 / 3 - 0.6)
    assert result.loss_barrier == pytest.approx(0.9 - 0.2)
    falling = road_of([0.5, 0.7, 0.9], [0.9, 0.4, 0.1])
    assert falling.barrier == falling.loss_barrier == 0
    begun = dataclasses.replace(falling, places=falling.places[:1], accuracies=falling.accuracies[:1])
    assert begun.barrier == 0


def test_a_silenced_neuron_is_silenced_all_along(session):
    with_two(session)
    plain = last(road(session, Lens("A"), Share("B", None, 0.0)))
    silenced = frozenset(Neuron(0, number) for number in range(12))
    result = last(road(session, Lens("A", None, silenced), Share("B", None, 0.0)))
    assert np.ptp(plain.losses) > np.ptp(result.losses)


def test_batch_normalisation_is_mixed_array_by_array_and_the_road_says_so(session):
    layers = "conv 3 5x5 stride 2, batchnorm, relu, residual(conv 3, conv 3), global average, 7"
    with_run(with_run(session, layers), layers, seed=50)
    one, other = (session.runs[run].moments[24].weights for run in "AB")
    result, data = last(road(session, Lens("A"), Share("B", None, 0.0))), session.data()
    plan = session.runs["A"].plan_of(one)
    for place, height in list(zip(result.places, result.losses, strict=True))[::8]:
        weights = [((1 - place) * a + place * b).astype(np.float32) for a, b in zip(one, other, strict=True)]
        _, logits = plain_forward(plan, weights, data.test_images / 255)
        assert height == pytest.approx(loss_by_hand("clipped", logits, data.test_labels), rel=1e-3)
    assert "batch normalisation are mixed as weights are" in result.remark
    with_two(session)
    assert last(road(session, Lens("C"), Share("D", None, 0.0))).remark == ""
