"""Shares and probabilities in percent: only what is whole is said to be 100 %, only what is nothing 0 %."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def fine_percent(share: float, images: int) -> str:
    """Return a share of `images` in percent, with as many digits as are needed to see a difference of one image."""
    return percent(share, max(1, math.ceil(math.log10(max(images, 1))) - 2))


def percent(share: float, digits: int = 1) -> str:
    """Return a share, 0 to 1, in percent with `digits` decimals: `98.1 %`; a dash for what is not known."""
    if share != share:
        return "–"
    text, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if share < 1 and float(text) == 100:
        text = f"{100 - least:.{digits}f}"
    if share > 0 and float(text) == 0:
        text = f"{least:.{digits}f}"
    return f"{text} %"


def span(shares: np.ndarray[Any, Any]) -> str:
    """Return from where to where shares (n,) reach, `97.02 to 98.30 %`; empty for none."""
    if not len(shares):
        return ""
    low, high = (percent(float(end), 2) for end in (shares.min(), shares.max()))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def spread(shares: np.ndarray[Any, Any]) -> str:
    """Return mean and standard deviation (n - 1) of shares (n,), `98.02 ± 0.11 %`; empty for none."""
    if not len(shares):
        return ""
    mean = percent(float(shares.mean()), 2)
    if len(shares) < 2:
        return mean
    return f"{mean.removesuffix(' %')} ± {100 * float(shares.std(ddof=1)):.2f} %"


def probability_text(probability: float) -> str:
    """Return a probability with two digits behind the point; at both ends what it is beyond.

    No softmax is 0 or 1: these come only from the limited precision of the numbers.
    """
    shown = 100 * probability
    if shown < 0.01:
        return "< 0.01 %"
    if shown > 99.99:
        return "> 99.99 %"
    return f"{shown:.2f} %"
