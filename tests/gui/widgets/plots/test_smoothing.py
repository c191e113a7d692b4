"""The smoothed curve: what it is, that it is the same in whatever chunks points come, and that it is cheap."""

import time

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


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(4).gamma(2.0, 0.3, 9_000).astype(np.float32)


@pytest.mark.parametrize("weight", [0.206, 0.9, 0.999])
def test_it_is_the_debiased_average_that_one_computes_by_hand(noise, weight):
    made = smoothed(noise, weight)
    assert made.y == pytest.approx(by_hand(noise, weight), rel=1e-6)
    assert made.y[0] == noise[0], "without the bias of a start at 0"
    assert made.x == pytest.approx(np.arange(1, 9_001) / 10)


def test_chunks_change_nothing(noise):
    whole = smoothed(noise, 0.95)
    parts = smoothed(noise, 0.95, ends=[1, 2, 50, 51, 4_000, 4_001, 9_000])
    assert parts.y == pytest.approx(whole.y, rel=1e-6)
    assert (parts.lowest, parts.highest) == pytest.approx((whole.lowest, whole.highest))


def test_what_is_no_number_is_a_gap_and_counts_for_nothing():
    points = np.array([3, np.nan, 1, np.inf, 2, 3e38, 1], np.float32)
    assert smoothed(points, 0.9).y == pytest.approx(by_hand(points, 0.9), rel=1e-6, nan_ok=True)
    assert len(smoothed(np.full(5, np.nan, np.float32), 0.5)) == 5


def test_another_weight_begins_anew_and_none_takes_no_room(noise):
    made = smoothed(noise, 0.9)
    made.begin(0.5)
    made.follow(noise)
    assert made.y == pytest.approx(by_hand(noise, 0.5), rel=1e-6)
    assert made.highest == pytest.approx(by_hand(noise, 0.5).max(), rel=1e-6)
    made.begin(0.0)
    made.follow(noise)
    assert len(made) == 0 and made.at(1.0) is None


def test_a_hundred_thousand_steps_are_smoothed_at_once_and_a_few_more_are_cheap():
    points = np.random.default_rng(1).random(100_000).astype(np.float32)
    made, took = Smoothed(550), []
    for _ in range(3):
        begin = time.perf_counter()
        made.begin(0.9)
        made.follow(points[:99_000])
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.05
    steps = []
    for end in range(99_100, 100_001, 100):
        begin = time.perf_counter()
        made.follow(points[:end])
        steps.append(time.perf_counter() - begin)
    assert np.median(steps) < 0.002
