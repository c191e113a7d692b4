"""The interval of a figure: a further seed falls into it 19 times of 20, whatever the figure is like."""

import functools

import numpy as np
import pytest
from scipy.special import stdtrit  # Student's quantiles: `scipy.stats` takes a second to import

from engine.studies.experiments.parts.experiment import MOST_SEEDS, QUANTILES, interval, middle, of_images


def test_it_is_the_prediction_interval_of_the_textbook_and_of_a_ratio_that_of_the_logarithms():
    np.testing.assert_allclose(QUANTILES, stdtrit(np.arange(1, MOST_SEEDS), 0.975), rtol=5e-5)
    values = np.array([0.853, 0.851, 0.857, 0.849, 0.850])
    half = stdtrit(4, 0.975) * values.std(ddof=1) * np.sqrt(1 + 1 / 5)
    assert interval(values) == pytest.approx((values.mean() - half, values.mean() + half), rel=1e-4)

    ratios = np.array([0.5, 2.0, 3.0])
    assert interval(ratios, ratio=True) == pytest.approx(np.exp(interval(np.log(ratios))))
    assert middle(ratios, ratio=True) == pytest.approx(3 ** (1 / 3))


@pytest.mark.parametrize(("seeds", "share"), [(3, 0.0), (5, 1e-4), (3, 1e-3), (5, 0.5), (3, 0.9999), (5, 1.0)])
def test_of_a_share_of_images_a_further_seed_falls_into_it_19_times_of_20_where_nearly_all_seeds_agree_too(
    seeds, share
):
    images = 5_000
    drawn = np.random.default_rng(seeds).binomial(images, share, (2_000, seeds + 1)) / images
    # Shares of images are often the same.
    ends = functools.cache(lambda values: interval(values, resolution=of_images(images), least=0.0, most=1.0))
    inside = [ends(tuple(sorted(others))) for *others, _ in drawn.tolist()]
    hits = np.mean([low <= further <= high for (low, high), further in zip(inside, drawn[:, -1], strict=True)])
    assert hits > 0.94, "within the error of the simulation, and of a few counts"
    if share == 1.0:
        assert interval([1.0] * seeds, resolution=of_images(images), most=1.0) == (1 - 3 / images, 1.0)


def test_it_ends_where_a_figure_cannot_lie_has_no_width_where_no_seed_changes_it_and_there_may_be_none():
    assert interval([0.9, 1.0, 1.0], least=0.0, most=1.0)[1] == 1.0
    assert interval([0.0, 0.1, 0.0], least=0.0, most=1.0)[0] == 0.0
    assert interval([0.211] * 5) == pytest.approx((0.211, 0.211))
    for values in ([], [1.0], [1.0, float("nan")], [1.0, float("inf")], [1.0] * 21):
        assert interval(values) is None
