"""The smoothed curve: what it is, and that it is the same in whatever chunks points come."""

import numpy as np
import pytest

from gui.widgets.plots.series import Smoothed


def by_hand(points, weight):
    """The debiased exponential moving average, point by point, as TensorBoard computes it."""
    found, total, count = [], 0.0, 0
    for point in points:
        if not np.isfinite(point):
            found.append(np.nan)
            continue
        total, count = weight * total + (1 - weight) * float(point), count + 1
        found.append(total / (1 - weight**count))
    return np.array(found)


def smoothed(points, weight, ends=None):
    made = Smoothed(10)
    made.begin(weight)
    for end in ends or [len(points)]:
        made.follow(points[:end])
    return made


def test_it_is_the_debiased_average_that_one_computes_by_hand_in_whatever_chunks_and_another_weight_begins_again():
    noise = np.random.default_rng(4).gamma(2.0, 0.3, 2_000).astype(np.float32)
    for weight in (0.206, 0.9, 0.999):
        wanted = by_hand(noise, weight)
        for ends in (None, [1, 2, 50, 51, 1_000, 1_001, 2_000]):
            made = smoothed(noise, weight, ends)
            assert made.y == pytest.approx(wanted, rel=1e-6)
            assert (made.lowest, made.highest) == pytest.approx((wanted.min(), wanted.max()))
        assert made.y[0] == noise[0], "without the bias of a start at 0"
        assert made.x == pytest.approx(np.arange(1, len(noise) + 1) / 10)

    made.begin(0.5)
    made.follow(noise)
    assert made.y == pytest.approx(by_hand(noise, 0.5), rel=1e-6)
    assert made.highest == pytest.approx(by_hand(noise, 0.5).max(), rel=1e-6)
    made.begin(0.0)
    made.follow(noise)
    assert len(made) == 0 and made.at(1.0) is None


def test_what_is_no_number_is_a_gap_and_counts_for_nothing():
    points = np.array([3, np.nan, 1, np.inf, 2, 3e38, 1], np.float32)
    assert smoothed(points, 0.9).y == pytest.approx(by_hand(points, 0.9), rel=1e-6, nan_ok=True)
    assert len(smoothed(np.full(5, np.nan, np.float32), 0.5)) == 5
