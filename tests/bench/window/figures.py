"""From many measured values to the few figures that are reported."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Mapping, Sequence

SAID = {"p50": "p50", "p95": "p95", "p99": "p99", "max": "longest"}  # what is said of a spread, and how it is called


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return how many values there are, their median, their 95th and 99th percentiles and the largest."""
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "p50": statistics.median(ordered),
        "p95": ordered[round(0.95 * (len(ordered) - 1))],
        "p99": ordered[round(0.99 * (len(ordered) - 1))],
        "max": ordered[-1],
    }


def say_spread(spread: Mapping[str, float]) -> str:
    """Return a spread in words, in columns: `p50   1.0, p95   2.0, p99   3.0, longest   4.0`."""
    return ", ".join(f"{word} {spread[name]:5.1f}" for name, word in SAID.items())


def share_kept(rested: Sequence[float], worked: Sequence[float]) -> float:
    """Return which share of a speed is left at work, when rest and work took turns and rest came first and last.

    Each turn of work is held against the rests before and after it: what else the machine does comes and goes.
    """
    beside = [(one + other) / 2 for one, other in itertools.pairwise(rested)]
    return statistics.median(work / rest for work, rest in zip(worked, beside, strict=True))
