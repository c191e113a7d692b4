"""The Keras model of a spec, whose outputs are logits; and its initial weights, from NumPy's generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from engine.core.lazy import Array, keras, np, tf
from engine.core.lens import Weights
from engine.core.specs import KERNEL, ConvLayer, TrainSpec


def initial_weights(shapes: Sequence[tuple[int, ...]], kind: str, seed: int) -> Weights:
    """Return float32 arrays of `shapes`: kernel and bias of each layer in turn.

    `blog` draws kernels from N(0, 0.03), biases from N(0, 1), as in the blog post; `glorot` is the uniform rule of
    Glorot and Bengio (2010), `he` the normal one of He et al. (2015), both with biases of zero.
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


HIDDEN = "layer"  # prefix of the names of hidden layers: `layer1`, `layer2`


def build_model(spec: TrainSpec, shape: tuple[int, int], classes: int) -> keras.Sequential:
    """Return the network for images of `shape` (rows, columns), pixels between 0 and 1, with `classes` outputs.

    Its trainable variables are kernel and bias of each layer in turn. Convolutions are first: one flattening suffices.
    """
    layers: list[Any] = [keras.Input(shape, name="image")]
    convolutions = [layer for layer in spec.hidden if isinstance(layer, ConvLayer)]
    if convolutions:
        layers.append(keras.layers.Reshape((*shape, 1), name="channel"))
    for number, layer in enumerate(spec.hidden, start=1):
        if isinstance(layer, ConvLayer):
            name, activation = f"{HIDDEN}{number}", layer.activation
            layers.append(keras.layers.Conv2D(layer.width, KERNEL, padding="same", activation=activation, name=name))
            layers.append(keras.layers.MaxPooling2D(2, padding="same", name=f"pool{number}"))
    layers.append(keras.layers.Flatten(name="flat"))
    for number, layer in enumerate(spec.hidden[len(convolutions) :], start=len(convolutions) + 1):
        layers.append(keras.layers.Dense(layer.width, activation=layer.activation, name=f"{HIDDEN}{number}"))
    layers.append(keras.layers.Dense(classes, name="logits"))
    return keras.Sequential(layers, name="network")


def forward(
    model: keras.Sequential, images: tf.Tensor, replace: Callable[[int, tf.Tensor], tf.Tensor] | None = None
) -> tuple[list[tf.Tensor], tf.Tensor]:
    """Return each hidden layer's output for `images` (batch, rows, columns), after activation, and the logits.

    `replace(number, output)` replaces that of hidden layer `number`, from 0, for dropout, which the model lacks.
    """
    hidden: list[tf.Tensor] = []
    x = images
    for layer in model.layers:
        x = layer(x)
        if layer.name.startswith(HIDDEN):
            x = replace(len(hidden), x) if replace else x
            hidden.append(x)
    return hidden, x
