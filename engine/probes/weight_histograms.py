"""How are each layer's weights spread, now and at the start?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.messages import Job, Message, read_only

if TYPE_CHECKING:
    from engine.lens import Lens
    from engine.session import Session

BINS = 60
MANY, EVERY = 50_000, 16


class LayerHistogram(NamedTuple):
    """Shares of a layer's weights per bin, at the start and now: `edges` (bins + 1,), both shares (bins,)."""

    title: str
    edges: np.ndarray[Any, Any]
    start: np.ndarray[Any, Any]
    now: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightHistograms(Message):
    """One histogram per layer, through the lens."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    layers: tuple[LayerHistogram, ...]


def weight_histograms(session: Session, lens: Lens) -> Job:
    """Answer with `WeightHistograms`: the kernels of each layer on axes that hold both the start and the moment."""
    run = session.run(lens.run)
    now, start = session.weights(lens), run.moment(0).weights
    layers = tuple(
        _histogram(f"Layer {number}", start[2 * number - 2], now[2 * number - 2])
        for number in range(1, len(now) // 2 + 1)
    )
    yield WeightHistograms(run=lens.run, step=run.moment(lens.moment).step, layers=layers)


def _histogram(title: str, start: np.ndarray[Any, Any], now: np.ndarray[Any, Any]) -> LayerHistogram:
    finite = [weights[np.isfinite(weights)] for weights in (start, now)]
    # The outermost thousandth is left out: a few far weights would squeeze all others into one bin.
    reach = max(
        (float(np.quantile(np.abs(weights), 0.999)) for weights in finite if weights.size), default=1.0
    )
    edges = np.linspace(-reach or -1.0, reach or 1.0, BINS + 1)
    # By number and range: handed the edges themselves, NumPy would sort all weights.
    counts = [np.histogram(weights, BINS, (edges[0], edges[-1]))[0] for weights in finite]
    shares = [count / max(weights.size, 1) for count, weights in zip(counts, finite, strict=True)]
    return LayerHistogram(title, read_only(edges), read_only(shares[0]), read_only(shares[1]))
