"""The interval of a figure: a further seed falls into it 19 times of 20, whatever the figure is like."""

import functools

import numpy as np
import pytest

from engine.studies.experiments.parts.experiment import MOST_SEEDS, QUANTILES, interval, middle, of_images


def covered(drawn, **how):
    """Return how often the last column of values (repetitions, seeds + 1) lies within the interval of the others."""
    ends = functools.cache(lambda seeds: interval(seeds, **how))  # shares of images are often the same
    hits = 0
    for *others, further in drawn.tolist():
        low, high = ends(tuple(sorted(others)))
        hits += low <= further <= high
    return hits / len(drawn)


def test_it_is_the_prediction_interval_of_the_textbook_and_of_a_ratio_that_of_the_logarithms():
    from scipy.stats import t  # here, as the import takes a second

    np.testing.assert_allclose(QUANTILES, t.ppf(0.975, np.arange(1, MOST_SEEDS)), rtol=5e-5)
    values = np.array([0.853, 0.851, 0.857, 0.849, 0.850])
    half = t.ppf(0.975, 4) * values.std(ddof=1) * np.sqrt(1 + 1 / 5)
    assert interval(values) == pytest.approx((values.mean() - half, values.mean() + half), rel=1e-4)

    ratios = np.array([0.5, 2.0, 3.0])
    assert interval(ratios, ratio=True) == pytest.approx(np.exp(interval(np.log(ratios))))
    assert middle(ratios, ratio=True) == pytest.approx(3 ** (1 / 3))


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_of_a_figure_that_is_normal_or_log_normal_a_further_seed_falls_into_it_19_times_of_20(seeds):
    drawn = np.random.default_rng(seeds).normal(3.0, 0.2, (2_000, seeds + 1))
    assert covered(drawn) == pytest.approx(0.95, abs=0.015)
    assert covered(np.exp(drawn), ratio=True) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(("seeds", "share"), [(3, 0.0), (5, 1e-4), (3, 1e-3), (5, 0.5), (3, 0.9999), (5, 1.0)])
def test_of_a_share_of_images_too_where_nearly_all_seeds_agree(seeds, share):
    images = 5_000
    drawn = np.random.default_rng(seeds).binomial(images, share, (2_000, seeds + 1)) / images
    hits = covered(drawn, resolution=of_images(images), least=0.0, most=1.0)
    assert hits > 0.94, "within the error of the simulation, and of a few counts"
    if share == 1.0:
        assert interval([1.0] * seeds, resolution=of_images(images), most=1.0) == (1 - 3 / images, 1.0)


def test_it_ends_where_a_figure_cannot_lie_has_no_width_where_no_seed_changes_it_and_there_may_be_none():
    assert interval([0.9, 1.0, 1.0], least=0.0, most=1.0)[1] == 1.0
    assert interval([0.0, 0.1, 0.0], least=0.0, most=1.0)[0] == 0.0
    assert interval([0.211] * 5) == pytest.approx((0.211, 0.211))
    for values in ([], [1.0], [1.0, float("nan")], [1.0, float("inf")], [1.0] * 21):
        assert interval(values) is None
