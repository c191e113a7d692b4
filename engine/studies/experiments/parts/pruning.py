"""Masks of the weights that a network keeps, by the effect of training on them, layer by layer."""

from collections.abc import Callable, Sequence

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import Weights

# Returns the value of keeping each weight, from the initial and the final kernel, of the same shape.
type Criterion = Callable[[Array, Array], Array]


def large_final(_: Array, final: Array) -> Array:
    """Keep weights that are large after training."""
    return np.abs(final)


def large_final_same_sign(initial: Array, final: Array) -> Array:
    """Keep weights that are large after training and have kept their sign."""
    return np.maximum(0, np.sign(initial) * final)


def full(weights: Weights) -> Weights:
    """Return masks that keep everything."""
    return tuple(np.ones_like(array) for array in weights)


def pruned(
    masks: Weights, initial: Weights, final: Weights, kept: float, criterion: Criterion = large_final
) -> Weights:
    """Return masks that keep the share `kept` of the weights of `masks` in each layer (Frankle and Carbin, 2019)."""
    new = list(masks)
    for place in range(0, len(masks), 2):
        removed = (1 - kept) / (2 if place == len(masks) - 2 else 1)
        worth, left = criterion(initial[place], final[place]).ravel(), np.flatnonzero(masks[place])
        count = round((1 - removed) * len(left))
        mask = np.zeros(masks[place].size, np.float32)
        mask[left[np.argsort(-worth[left], kind="stable")[:count]]] = 1
        new[place] = mask.reshape(masks[place].shape)
    return tuple(new)


def masked(weights: Weights, masks: Weights) -> Weights:
    """Return the weights with zeros where the masks are 0."""
    return tuple(array * mask for array, mask in zip(weights, masks, strict=True))


def share_kept(masks: Sequence[Array]) -> float:
    """Return the share of all kernels' weights that the masks keep."""
    return float(sum(mask.sum() for mask in masks[::2]) / sum(mask.size for mask in masks[::2]))
