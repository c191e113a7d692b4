"""The interval of a further seed's figure, from those of some seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

# 97.5 % quantiles of Student's t distribution with 1 to 19 degrees of freedom.
QUANTILES = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930,
)  # fmt: skip

MOST_SEEDS = len(QUANTILES) + 1

# If none of n images differs, the share that does is below 3/n with a probability of 95 %.
RULE_OF_THREE = 3


def of_images(count: int) -> float:
    """Return the resolution of a share of `count` images."""
    return RULE_OF_THREE / max(1, count)


def middle(values: Sequence[float], *, ratio: bool = False) -> float:
    """Return the mean of the seeds' figures; the geometric one for a `ratio`, if all are above 0."""
    if len(values) == 0:
        return math.nan
    is_ratio = ratio and min(values) > 0
    mean = statistics.geometric_mean(values) if is_ratio else statistics.fmean(values)
    return max(min(values), min(max(values), mean))  # rounding must not lead beyond them


def interval(
    values: Sequence[float],
    *,
    resolution: float = 0.0,
    ratio: bool = False,
    least: float = -math.inf,
    most: float = math.inf,
) -> tuple[float, float] | None:
    """Return the ends of the 95 % prediction interval of one further seed's figure; `None` for fewer than two seeds.

    It is mean ± t · s · √(1 + 1/n), for normally distributed figures; the mean of several further seeds is in it with a
    higher probability. For a `ratio` it is computed from the logarithms. Each side is at least `resolution` wide: seeds
    that happen to agree, for example at 100 %, do not prove that all do. It ends at `least` and `most`, the limits of
    the figure. `None` also if a value is not finite.
    """
    # Of a further seed, not of the mean: a person who runs an experiment once compares one seed. It is wider than the
    # interval of the mean, so some verdicts are open that would be decided there.
    count = len(values)
    if not 2 <= count <= MOST_SEEDS or not all(map(math.isfinite, values)):
        return None
    in_logs = ratio and min(values) > 0
    scale = [math.log(value) for value in values] if in_logs else list(values)
    centre = middle(scale)
    half = QUANTILES[count - 2] * statistics.stdev(scale, centre) * math.sqrt(1 + 1 / count)
    low, high = centre - half, centre + half
    if in_logs:
        low, high = math.exp(low), math.exp(min(high, 700))
    between = middle(values, ratio=ratio)
    return max(least, min(low, between - resolution)), min(most, max(high, between + resolution))
