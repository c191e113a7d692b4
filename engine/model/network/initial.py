"""Initial weights, from NumPy's generator: so a seed gives the same on every device and with every TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.core.array import Array
from engine.core.lens import Weights


def initial_weights(shapes: Sequence[tuple[int, ...]], kind: str, seed: int) -> Weights:
    """Return float32 arrays of `shapes`: kernel and bias of each layer in turn.

    `blog` draws kernels from N(0, 0.03) and biases from N(0, 1), as the listing in the blog post; `glorot` is the
    uniform rule of Glorot and Bengio (2010), `he` the normal one of He et al. (2015), both with biases of zero.
    """
    generator = np.random.default_rng(seed)
    return tuple(_draw(generator, shape, kind).astype(np.float32) for shape in shapes)


def _draw(generator: np.random.Generator, shape: tuple[int, ...], kind: str) -> Array:
    is_bias = len(shape) == 1
    if kind == "blog":
        return generator.normal(0.0, 1.0 if is_bias else 0.03, shape)
    if is_bias:
        return np.zeros(shape)
    places = math.prod(shape[:-2])  # positions of a convolution's kernel; 1 for a dense layer
    fan_in, fan_out = places * shape[-2], places * shape[-1]
    if kind == "he":
        return generator.normal(0.0, math.sqrt(2 / fan_in), shape)
    reach = math.sqrt(6 / (fan_in + fan_out))
    return generator.uniform(-reach, reach, shape)
