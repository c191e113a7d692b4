"""The Keras model of a spec. Its outputs are logits; softmax is part of the loss and of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.lazy import keras, tf
from engine.core.specs import KERNEL, ConvLayer, TrainSpec

HIDDEN = "layer"  # prefix of the names of hidden layers: `layer1`, `layer2`


def build_model(spec: TrainSpec, shape: tuple[int, int], classes: int) -> keras.Sequential:
    """Return the network for images of `shape` (rows, columns), pixels between 0 and 1, with `classes` outputs.

    Its trainable variables are kernel and bias of each layer in turn; `initial_weights` gives them their values.
    Convolutions come before all dense layers (`hidden_layers` ensures this), so one flattening is enough.
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

    `replace(number, output)` returns a replacement for the output of hidden layer `number`, from 0: so dropout is part
    of the training, not of the model, which exports as it is.
    """
    hidden: list[tf.Tensor] = []
    x = images
    for layer in model.layers:
        x = layer(x)
        if layer.name.startswith(HIDDEN):
            x = replace(len(hidden), x) if replace else x
            hidden.append(x)
    return hidden, x
