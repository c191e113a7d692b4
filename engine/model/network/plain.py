"""A network's answers in NumPy, with no TensorFlow to wait for, and the accuracy of answers."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import OutputScaling, Weights
from engine.core.specs import ConvLayer, HiddenLayer


@np.errstate(over="ignore", invalid="ignore")  # for weights that became NaN
def plain_forward(
    layers: Sequence[HiddenLayer], weights: Weights, pictures: Array, passed: Sequence[OutputScaling | None] = ()
) -> tuple[list[Array], Array]:
    """Return each hidden layer's output for pictures (..., rows, columns), after activation, and logits (..., classes).

    They equal those of `engine.model.network.model.forward` up to rounding. A convolution's output is (..., rows,
    columns, maps), a dense layer's (..., neurons), both float32; logits are float64, so that a breakdown adds
    up. `passed` is the output scaling of each hidden layer.
    """
    hidden: list[Array] = []
    x = np.asarray(pictures, np.float32)[..., None]
    flat = (*x.shape[:-3], -1)
    for number, layer in enumerate(layers):
        kernel, bias = weights[2 * number : 2 * number + 2]
        is_convolution = isinstance(layer, ConvLayer)
        activate = ACTIVATIONS[layer.activation]
        output = activate((_convolved(x, kernel) if is_convolution else x.reshape(flat) @ kernel) + bias)
        if passed and (change := passed[number]):
            output = output * change.factors + change.offsets
        hidden.append(output)
        x = pooled(output) if is_convolution else output
    kernel, bias = (array.astype(np.float64) for array in weights[-2:])
    return hidden, x.reshape(flat).astype(np.float64) @ kernel + bias


@np.errstate(over="ignore", invalid="ignore")
def softmax(logits: Array) -> Array:
    """Return the probabilities of the classes, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def slopes(loss: str, logits: Array, labels: Array) -> Array:
    """Return the gradient of a loss by logits (images, classes) at labels (images,), without the blog's clipping."""
    p = softmax(logits.astype(np.float64))
    right = np.zeros_like(p)
    right[np.arange(len(labels)), labels] = 1
    if loss == "squared":
        towards = 2 * p * (p - right)  # all three are multiplied by p, so nothing is divided by zero
    elif loss == "clipped":
        towards = np.where(right == 1, -1, p / np.maximum(1 - p, np.finfo(float).eps))
    else:
        towards = -right
    return towards - p * towards.sum(axis=-1, keepdims=True)


def _convolved(x: Array, kernel: Array) -> Array:
    """Return x (..., rows, columns, inputs) convolved with a kernel (3, 3, inputs, outputs), padded with zeros."""
    *others, rows, columns, inputs = x.shape
    padded = np.zeros((*others, rows + 2, columns + 2, inputs), np.float32)
    padded[..., 1:-1, 1:-1, :] = x
    places = [padded[..., y : y + rows, c : c + columns, :] for y in range(3) for c in range(3)]
    return np.concatenate(places, axis=-1) @ kernel.reshape(9 * inputs, -1)


def pooled(x: Array) -> Array:
    """Return the maximum of each 2x2 block of x (..., rows, columns, maps); at an odd edge the blocks are smaller."""
    *others, rows, columns, maps = x.shape
    even = np.full((*others, rows + rows % 2, columns + columns % 2, maps), -np.inf, np.float32)
    even[..., :rows, :columns, :] = x
    return even.reshape(*others, even.shape[-3] // 2, 2, -1, 2, maps).max(axis=(-4, -2))


def _sigmoid(x: Array) -> Array:
    return 0.5 * (np.tanh(0.5 * x) + 1)


def _erf(x: Array) -> Array:
    """Return the error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0.0)
    return np.sign(x) * (1 - np.polyval(factors, t) * np.exp(-x * x))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "gelu": lambda x: 0.5 * x * (1 + _erf(x / np.float32(np.sqrt(2)))),
    "leaky_relu": lambda x: np.where(x > 0, x, np.float32(0.2) * x),
}

# The derivatives of the activation functions.
SLOPES: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: (x > 0).astype(x.dtype),
    "tanh": lambda x: 1 - np.tanh(x) ** 2,
    "sigmoid": lambda x: _sigmoid(x) * (1 - _sigmoid(x)),
    "gelu": lambda x: 0.5 * (1 + _erf(x / np.float32(np.sqrt(2)))) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "leaky_relu": lambda x: np.where(x > 0, np.float32(1), np.float32(0.2)),
}


class Accuracy(NamedTuple):
    """Shares of correct answers, of all images and per class (classes,), and the classes' image counts (classes,)."""

    whole: float
    of_classes: Array
    counts: Array


def accuracy(logits: Array, labels: Array) -> Accuracy:
    """Return the accuracy of the likeliest classes; `logits` are (images, classes). NaN for a class without images."""
    classes = logits.shape[1]
    right = labels[logits.argmax(axis=1) == labels]
    hits, counts = (np.bincount(answers, minlength=classes) for answers in (right, labels))
    shares = np.divide(hits, counts, out=np.full(classes, np.nan), where=counts > 0)
    return Accuracy(right.size / max(labels.size, 1), shares, counts)
