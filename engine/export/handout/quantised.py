"""A network's weights in 8 bits: whole numbers, with a scale and an exact bias for each output."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import Weights

MOST = 127  # the largest whole number


class Quantised(NamedTuple):
    """A layer: `whole` (inputs ..., outputs) int8, `scales` and `biases` (outputs,) float32."""

    whole: Array
    scales: Array
    biases: Array

    @property
    def kernel(self) -> Array:
        """The weights that these numbers represent, float32."""
        kernel: Array = self.whole * self.scales
        return kernel

    def as_plain(self) -> dict[str, str]:
        """Return the layer as text for JSON, as `networkOf` in `network.js` reads it."""
        return {"kernel": packed(self.whole), "scales": packed(self.scales), "biases": packed(self.biases)}


def quantised(weights: Weights) -> list[Quantised]:
    """Return the layers of a network with finite weights; each output has a scale of its own."""
    return [_layer(kernel, bias) for kernel, bias in zip(weights[::2], weights[1::2], strict=True)]


def widened(layers: Sequence[Quantised]) -> list[Array]:
    """Return kernel and bias of each layer in turn, as a network takes them."""
    return [array for layer in layers for array in (layer.kernel, layer.biases)]


def text_size(weights: Weights) -> int:
    """Return the number of letters of a network in 8 bits, by the shapes of its weights."""
    sizes = (kernel.size + 8 * bias.size for kernel, bias in zip(weights[::2], weights[1::2], strict=True))
    return sum(-(-size // 3) * 4 for size in sizes)


def packed(array: Array) -> str:
    """Return an array of int8, uint8 or float32 as text (base64, little-endian)."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(little.tobytes()).decode("ascii")


def _layer(kernel: Array, bias: Array) -> Quantised:
    flat = kernel.reshape(-1, kernel.shape[-1]).astype(np.float64)
    most = np.abs(flat).max(axis=0)
    scales = np.where(most > 0, most / MOST, 1).astype(np.float32)
    whole = np.rint(flat / scales).clip(-MOST, MOST).astype(np.int8)
    return Quantised(whole.reshape(kernel.shape), scales, bias.astype(np.float32))
