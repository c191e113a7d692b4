"""Which weights of a network stay: masks by what training made of them, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core.array import Array

if TYPE_CHECKING:
    from engine.core.lens import Weights

type Criterion = Callable[[Array, Array], Array]
"""From the initial and the final kernel to how much each weight is worth keeping, of the same shape."""


def large_final(_: Array, final: Array) -> Array:
    """Keep what is large after training."""
    return np.abs(final)


def large_final_same_sign(initial: Array, final: Array) -> Array:
    """Keep what is large after training and has the sign that it began with; the rest is worth nothing."""
    return np.maximum(0, np.sign(initial) * final)


def full(weights: Weights) -> Weights:
    """Return masks that keep everything."""
    return tuple(np.ones_like(array) for array in weights)


def pruned(
    masks: Weights, initial: Weights, final: Weights, kept: float, criterion: Criterion = large_final
) -> Weights:
    """Return masks that keep the share `kept` of what `masks` keep in each layer; biases stay.

    Of the last layer half as many are taken away, as in Frankle and Carbin (2019).
    """
    found = list(masks)
    for place in range(0, len(masks), 2):
        taken = (1 - kept) / (2 if place == len(masks) - 2 else 1)
        found[place] = _kept(criterion(initial[place], final[place]), masks[place], 1 - taken)
    return tuple(found)


def _kept(worth: Array, mask: Array, share: float) -> Array:
    there = np.flatnonzero(mask)
    count = round(share * len(there))
    chosen = there[np.argsort(-worth.ravel()[there], kind="stable")[:count]]
    found = np.zeros(mask.size, np.float32)
    found[chosen] = 1
    return found.reshape(mask.shape)


def masked(weights: Weights, masks: Weights) -> Weights:
    """Return the weights that stay, and zeros."""
    return tuple(array * mask for array, mask in zip(weights, masks, strict=True))


def share_kept(masks: Sequence[Array]) -> float:
    """Return which share of all kernels' weights stays."""
    return float(sum(mask.sum() for mask in masks[::2]) / sum(mask.size for mask in masks[::2]))
