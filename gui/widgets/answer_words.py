"""An answer in words and figures: how sure, and what else it could be."""

from __future__ import annotations

from typing import Any

import numpy as np

SURE = 0.9
"""From this probability on the network is taken to be sure."""

POSSIBLE = 0.1
"""What is less probable than this is not worth a word, where there is a better second."""


def doubt(probabilities: np.ndarray[Any, Any]) -> str:
    """Return a sentence about probabilities (classes,) when the network is unsure, or what comes next."""
    order = [int(place) for place in np.argsort(-probabilities, kind="stable")]
    if probabilities[order[0]] >= SURE:
        return f"next: {order[1]}"
    possible = [place for place in order if probabilities[place] >= POSSIBLE][:3]
    if len(possible) < 2:
        possible = order[:2]
    return f"could be {', '.join(map(str, possible[:-1]))} or {possible[-1]}"
