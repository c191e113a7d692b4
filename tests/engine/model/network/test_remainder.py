"""What a network answers without some neurons of an earlier layer is computed in short turns."""

import numpy as np
import pytest

from engine.model.network import remainder
from engine.model.network.remainder import Remainder, work_of

IMAGES, NEURONS = 5_000, 40


class Counted(Remainder):
    """A remainder that counts the weighted operations of the layers after the next one."""

    done = 0

    def logits_of(self, sums):
        self.done += len(sums) * self.work
        return super().logits_of(sums)


@pytest.mark.parametrize("what", ["losses_without", "logits"])
def test_no_turn_does_more_than_its_share_and_none_much_less(what):
    generator = np.random.default_rng(1)
    shapes = (NEURONS, 100), (100,), (100, 10), (10,)
    weights = [generator.normal(0, 0.2, shape).astype(np.float32) for shape in shapes]
    hidden, labels = generator.random((IMAGES, NEURONS), np.float32), generator.integers(0, 10, IMAGES)
    counted, turns = Counted(hidden, labels, weights, ["relu"], [None]), []
    list(counted.begin())
    counted.done = 0
    for _ in counted.losses_without(np.arange(9)) if what == "losses_without" else counted.logits():
        turns.append(counted.done)
        counted.done = 0
    assert not counted.done, "what is done last is a turn of its own"
    assert max(turns) <= remainder.TURN
    assert len(turns) <= 2 + sum(turns) / remainder.TURN * 1.1
    assert sum(turns) == (9 if what == "losses_without" else 1) * IMAGES * work_of(weights)
