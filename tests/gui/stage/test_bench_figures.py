"""What benchmarks make of measured values: spreads, and the share of a speed that is left at work."""

import numpy as np
import pytest

from bench.window.figures import say_spread, share_kept, spread


def test_a_spread_is_that_of_numpy():
    values = np.random.default_rng(0).permutation(np.arange(201.0)).tolist()
    found = spread(values)
    assert found["n"] == 201 and found["max"] == 200
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99)):
        assert found[name] == np.percentile(values, percent)
    assert say_spread(found) == "p50 100.0, p95 190.0, p99 198.0, longest 200.0"


def test_work_is_held_against_the_rests_beside_it_so_that_a_slower_machine_does_not_count():
    rested, worked = [100.0, 100.0, 50.0, 50.0], [90.0, 67.5, 45.0]
    assert share_kept(rested, worked) == pytest.approx(0.9)
    with pytest.raises(ValueError, match="zip"):
        share_kept([100.0, 100.0], [90.0, 90.0])
