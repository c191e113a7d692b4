"""What every view looks through: which run, at which moment of its training, with which neurons silenced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    type Weights = tuple[np.ndarray[Any, Any], ...]
    """Kernel and bias of each layer in turn, as Keras' `get_weights` orders them."""


class Neuron(NamedTuple):
    """A hidden neuron, or a feature map of a convolution: hidden layer and number in it, both from 0."""

    layer: int
    number: int


@dataclass(frozen=True, slots=True)
class Lens:
    """A run by name, a moment by its step (`None`: the newest, "live") and the silenced neurons."""

    run: str
    moment: int | None = None
    silenced: frozenset[Neuron] = field(default_factory=frozenset)


def silence(weights: Sequence[np.ndarray[Any, Any]], silenced: Iterable[Neuron]) -> Weights:
    """Return the weights with all that leaves the `silenced` neurons set to zero.

    `weights` holds kernel and bias of each layer in turn. A kernel's last axis is what leaves its layer, and what
    enters it runs fastest just before: (inputs, outputs) of a dense layer, (rows, columns, inputs, outputs) of a
    convolution, and (places x inputs, outputs) of the dense layer behind a flattened one. So one reshape serves all.
    """
    changed = list(weights)
    for layer, number in silenced:
        neurons = weights[2 * layer + 1].shape[0]
        if not 0 <= number < neurons or 2 * layer + 2 >= len(weights):
            raise IndexError(f"There is no hidden neuron {number} in layer {layer}.")
        kernel = changed[2 * layer + 2]
        if kernel is weights[2 * layer + 2]:
            kernel = changed[2 * layer + 2] = kernel.copy()
        kernel.reshape(-1, neurons, kernel.shape[-1])[:, number, :] = 0
    return tuple(changed)
