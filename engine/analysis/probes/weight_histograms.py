"""The distribution of each layer's weights, now and at the start of the run."""

from typing import NamedTuple

import numpy as np

from engine.core.cache import Cache
from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer, read_only
from engine.model.network.lens_network import lens_network
from engine.session.session import Session

BINS = 60
# Share of the weights outside the axis: a few far ones would squeeze all others into one bin.
OUTERMOST = 0.001
MOST_STARTS = 4  # maximum number of runs whose start is cached, sorted, at a megabyte each
SAMPLE_EVERY = 16
LEAST_REACH = 1e-30


class LayerHistogram(NamedTuple):
    """Shares of a layer's weights per bin, at the start and now: `edges` (bins + 1,), both shares (bins,)."""

    title: str
    edges: Array
    start: Array
    now: Array


class WeightHistograms(LensAnswer):
    """One histogram per layer, as the lens shows it."""

    layers: tuple[LayerHistogram, ...]


def weight_histograms(session: Session, lens: Lens) -> Job:
    """Answer with `WeightHistograms`: the kernels of each layer on an axis for both the start and the moment."""
    network, run = lens_network(session, lens), session.run(lens.run)
    key = run.name, run.started
    starts = _starts.get(key)
    if starts is None:
        first = run.moment(0).weights
        starts = _starts.put(key, tuple(np.sort(_finite(first[number])) for number in network.plan.kernels))
    layers = tuple(
        _histogram(tr("Layer {number}", number=number), start, kernel)
        for number, (start, kernel) in enumerate(zip(starts, network.kernels, strict=True), 1)
    )
    yield WeightHistograms(**network.shown, layers=layers)


# By run and start: the finite weights of each kernel before the first step, sorted.
_starts: Cache[tuple[str, float], tuple[Array, ...]] = Cache(count=MOST_STARTS)


def _histogram(title: str, start: Array, kernel: Array) -> LayerHistogram:
    now = _finite(kernel)
    reach = max(_reach(start), _reach(now), LEAST_REACH)
    edges = np.linspace(-reach, reach, BINS + 1)
    counts = np.diff(np.searchsorted(start, edges)), _counts(now, reach)
    shares = [count / max(weights.size, 1) for count, weights in zip(counts, (start, now), strict=True)]
    return LayerHistogram(title, read_only(edges), read_only(shares[0]), read_only(shares[1]))


def _finite(weights: Array) -> Array:
    is_finite = np.isfinite(weights)
    return weights.ravel() if is_finite.all() else weights[is_finite]


def _reach(weights: Array) -> float:
    """Return the size that all weights but the `OUTERMOST` do not exceed; 0 without weights."""
    if not weights.size:
        return 0.0
    sizes, beyond = np.abs(weights), int(OUTERMOST * weights.size)
    # A sample gives a lower bound of the large ones, so that only those need to be partitioned.
    sample = np.sort(sizes[::SAMPLE_EVERY])
    large = sizes[sizes >= sample[int(0.99 * (sample.size - 1))]]
    if large.size <= beyond:
        large = sizes
    place = large.size - 1 - beyond
    # A little more, so that the outermost one is inside the last bin and not on its edge.
    return float(np.partition(large, place)[place]) * (1 + 1e-6)


def _counts(weights: Array, reach: float) -> Array:
    """Return the number of weights in each of the equal bins between `-reach` and `reach` (bins,)."""
    # In a fifth of the time of `np.histogram`, which passes over the weights twice, in double precision.
    with np.errstate(over="ignore"):  # an overflow to infinity is clipped like all outside values
        bins = weights * np.float32(BINS / (2 * reach))
    bins += np.float32(BINS / 2 + 1)  # bin 0 and the last one collect the values outside
    np.clip(bins, 0, BINS + 1, out=bins)
    return np.bincount(bins.astype(np.int64), minlength=BINS + 2)[1:-1]
