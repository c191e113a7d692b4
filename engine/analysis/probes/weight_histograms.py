"""How are each layer's weights spread, now and at the start?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.core.array import Array
from engine.core.cache import Cache
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer, read_only
from engine.model.network.lens_network import lens_network
from engine.model.training.run import Run
from engine.session.session import Session

BINS = 60

OUTERMOST = 0.001
"""Share of the weights that is left out: a few far weights would squeeze all others into one bin."""

MOST_STARTS = 4
"""Maximum number of runs whose start is cached, sorted; a megabyte each."""

SAMPLE_EVERY = 16
LEAST_REACH = 1e-30


class LayerHistogram(NamedTuple):
    """Shares of a layer's weights per bin, at the start and now: `edges` (bins + 1,), both shares (bins,)."""

    title: str
    edges: Array
    start: Array
    now: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightHistograms(LensAnswer):
    """One histogram per layer, through the lens."""

    layers: tuple[LayerHistogram, ...]


def weight_histograms(session: Session, lens: Lens) -> Job:
    """Answer with `WeightHistograms`: the kernels of each layer on axes that hold both the start and the moment.

    Cheap enough to be asked for 25 times a second while a run trains: 1 ms for the blog's network. Of a run that was
    deleted meanwhile, or has just begun, there is nothing to tell, and nobody who only looked needs to hear of that.
    """
    network = lens_network(session, lens)
    starts = _starts_of(session.run(lens.run))
    layers = tuple(
        _histogram(f"Layer {number}", start, kernel)
        for number, (start, kernel) in enumerate(zip(starts, network.weights[::2], strict=True), 1)
    )
    yield WeightHistograms(run=lens.run, step=network.key.step, layers=layers)


_starts: Cache[tuple[str, float], tuple[Array, ...]] = Cache(count=MOST_STARTS)


def _starts_of(run: Run) -> tuple[Array, ...]:
    """Return the finite weights of each kernel before the first step, sorted; that never changes."""
    key = run.name, run.started
    return _starts.get(key) or _starts.put(
        key, tuple(np.sort(_finite(kernel)) for kernel in run.moment(0).weights[::2])
    )


def _histogram(title: str, start: Array, kernel: Array) -> LayerHistogram:
    now = _finite(kernel)
    reach = max(_reach(start), _reach(now), LEAST_REACH)
    edges = np.linspace(-reach, reach, BINS + 1)
    counts = np.diff(np.searchsorted(start, edges)), _counts(now, reach)
    shares = [count / max(weights.size, 1) for count, weights in zip(counts, (start, now), strict=True)]
    return LayerHistogram(title, read_only(edges), read_only(shares[0]), read_only(shares[1]))


def _finite(weights: Array) -> Array:
    """Return those of the weights that are numbers (weights,)."""
    is_finite = np.isfinite(weights)
    return weights.ravel() if is_finite.all() else weights[is_finite]


def _reach(weights: Array) -> float:
    """Return how far from zero all weights but the `OUTERMOST` lie; 0 when there are none."""
    if not weights.size:
        return 0.0
    sizes, beyond = np.abs(weights), int(OUTERMOST * weights.size)
    # A sample tells roughly where the large ones begin, so that only those need to be put in order.
    sample = np.sort(sizes[::SAMPLE_EVERY])
    large = sizes[sizes >= sample[int(0.99 * (sample.size - 1))]]
    if large.size <= beyond:
        large = sizes
    place = large.size - 1 - beyond
    # A trace more, so that the outermost one lies inside and not on the end.
    return float(np.partition(large, place)[place]) * (1 + 1e-6)


def _counts(weights: Array, reach: float) -> Array:
    """Return how many weights lie in each of the equal bins between `-reach` and `reach` (bins,).

    As `np.histogram` does, in a fifth of its time: it would look at each weight twice, in double precision.
    """
    with np.errstate(over="ignore"):  # infinity is clipped like all that lies outside
        bins = weights * np.float32(BINS / (2 * reach))
    bins += np.float32(BINS / 2 + 1)  # bin 0 and the last one gather what lies outside
    np.clip(bins, 0, BINS + 1, out=bins)
    return np.bincount(bins.astype(np.int64), minlength=BINS + 2)[1:-1]
