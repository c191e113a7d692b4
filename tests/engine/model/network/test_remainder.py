"""What a network answers without some neurons of an earlier layer: as NumPy has it, and in short turns."""

import numpy as np
import pytest

from engine.core.turns import run_through
from engine.model.network import remainder
from engine.model.network.remainder import Remainder, work_of

IMAGES, NEURONS = 5_000, 40


class Counted(Remainder):
    """A remainder that counts the weighted operations of the layers after the next one."""

    done = 0

    def logits_of(self, sums):
        self.done += len(sums) * self.work
        return super().logits_of(sums)


@pytest.fixture
def weights():
    generator = np.random.default_rng(1)
    shapes = (NEURONS, 100), (100,), (100, 10), (10,)
    return [generator.normal(0, 0.2, shape).astype(np.float32) for shape in shapes]


@pytest.fixture
def hidden():
    return np.random.default_rng(2).random((IMAGES, NEURONS), np.float32)


@pytest.fixture
def labels():
    return np.random.default_rng(3).integers(0, 10, IMAGES)


@pytest.fixture
def counted(hidden, labels, weights):
    made = Counted(hidden, labels, weights, ["relu"], [None])
    list(made.begin())
    return made


def test_the_losses_without_each_neuron_are_those_of_the_whole_network(counted, hidden, labels, weights):
    def loss_without(neuron):
        others = np.delete(hidden, neuron, axis=1).astype(float)
        sums = others @ np.delete(weights[0], neuron, axis=0) + weights[1]
        logits = np.maximum(sums, 0) @ weights[2] + weights[3]
        powers = np.exp(logits)
        return -np.log(powers[np.arange(IMAGES), labels] / powers.sum(axis=1)).mean()

    found = run_through(counted.losses_without(np.array([3, 0, 39])))
    np.testing.assert_allclose(found, [loss_without(each) for each in (3, 0, 39)], rtol=1e-5)


@pytest.mark.parametrize("what", ["losses_without", "logits"])
def test_no_turn_does_more_than_its_share_and_none_much_less(counted, weights, what):
    job = counted.losses_without(np.arange(9)) if what == "losses_without" else counted.logits()
    turns = []
    for _ in job:
        turns.append(counted.done)
        counted.done = 0
    assert not counted.done, "what is done last is a turn of its own"
    assert max(turns) <= remainder.TURN
    assert len(turns) <= 2 + sum(turns) / remainder.TURN * 1.1
    assert sum(turns) == (9 if what == "losses_without" else 1) * IMAGES * work_of(weights)
