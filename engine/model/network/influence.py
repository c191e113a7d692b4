"""The influence of a training image on an answer: how learning it once more would change the answer's probability."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import OutputScaling
from engine.core.messages import Turns, slices
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import ACTIVATIONS, SLOPES, slopes, softmax

AT_ONCE = 200_000_000  # multiplications in a turn: some 15 ms


def influences(network: LensNetwork, loss: str, picture: Array, images: Array, labels: Array) -> Turns[Array]:
    """Return the influence of each training image on the answer to a picture, (images,) float64, in turns.

    `picture` (rows, columns) is float, 0 to 1; `images` uint8; `labels` (images,) are those of the training. The
    influence is -∇L(image) · ∇log p, with all weights: how much a gradient step on that image alone raises log p of the
    answer, to first order and for a learning rate of 1. This is TracIn of Pruthi et al. (2020) at one checkpoint.
    Raises `ValueError` for a network with other than dense layers.
    """
    # No gradient of an image is computed: the product is the derivative of its loss along ∇log p, which is an outer
    # product in a dense layer, so a layer costs as much as a forward pass. 55,000 images of 28 x 28 take 0.46 s of one
    # core with 300 neurons; TensorFlow's forward mode took several times that. For a convolution, forward mode took
    # more than a minute, so there the last layer's influence is used.
    if not network.plan.is_dense:
        raise ValueError("A gradient is an outer product in dense layers alone.")
    dense = _Dense(network)
    inputs, uphill = dense.gradient(picture)
    influence = np.empty(len(images))
    for part in slices(len(images), max(8, AT_ONCE // sum(kernel.size for kernel in dense.kernels))):
        pixels = images[part].reshape(len(images[part]), -1).astype(np.float32) / np.float32(255)
        logits, changes = dense.along(pixels, inputs, uphill)
        influence[part] = -(slopes(loss, logits, labels[part]) * changes).sum(axis=1)
        yield None
    return influence


def influences_of_last_layer(
    vectors: Array, labels: Array, outputs: Sequence[Array], loss: str, vector: Array
) -> Array:
    """Return the influence with the last layer's weights alone, (images,) float64, which is 4 to 7 times smaller.

    `vectors` (images, neurons) and `vector` are the last hidden layer's outputs, `outputs` the last kernel and bias.
    """
    kernel, bias = (array.astype(np.float32) for array in outputs)
    errors = slopes(loss, vectors @ kernel + bias, labels)
    uphill = _uphill(vector.astype(np.float32) @ kernel + bias)
    changes = (vectors @ vector.astype(np.float32) + 1)[:, None].astype(np.float64) * uphill
    return -(errors * changes).sum(axis=1)


class _Dense:
    def __init__(self, network: LensNetwork) -> None:
        weights = [array.astype(np.float32) for array in network.weights]
        self.kernels, self._biases = weights[::2], weights[1::2]
        self._names = [layer.activation for layer in network.layers]
        self._passed: Sequence[OutputScaling | None] = network.passed

    def gradient(self, picture: Array) -> tuple[list[Array], list[Array]]:
        """Return each layer's inputs for a picture, and the gradient of log p by each layer's sums."""
        inputs, sums = [picture.astype(np.float32).ravel()], list[Any]()
        for number in range(len(self._names)):
            sums.append(inputs[-1] @ self.kernels[number] + self._biases[number])
            inputs.append(self._passed_on(number, sums[-1]))
        uphill = [_uphill(inputs[-1] @ self.kernels[-1] + self._biases[-1]).astype(np.float32)]
        for number in reversed(range(len(self._names))):
            back = self.kernels[number + 1] @ uphill[0]
            uphill.insert(0, back * self._slope(number, sums[number]))
        return inputs, uphill

    def along(self, x: Array, inputs: list[Array], uphill: list[Array]) -> tuple[Array, Array]:
        """Return the logits of images x (n, pixels), and their derivatives along the gradient: (n, classes) each."""
        sums = change = x
        for number, (kernel, bias) in enumerate(zip(self.kernels, self._biases, strict=True)):
            sums = x @ kernel + bias
            moved = (x @ inputs[number] + 1)[:, None] * uphill[number]
            change = change @ kernel + moved if number else moved  # the pixels do not change
            if number < len(self._names):
                x = self._passed_on(number, sums)
                change = change * self._slope(number, sums)
        return sums, change

    def _passed_on(self, number: int, sums: Array) -> Array:
        output, passed = ACTIVATIONS[self._names[number]](sums), self._passed[number]
        return output if passed is None else output * passed.factors + passed.offsets

    def _slope(self, number: int, sums: Array) -> Array:
        slope, passed = SLOPES[self._names[number]](sums), self._passed[number]
        return slope if passed is None else slope * passed.factors


def _uphill(logits: Array) -> Array:
    """Return the gradient of the logarithm of the answer's probability by the logits (classes,), float64."""
    p = softmax(logits.astype(np.float64))
    uphill = -p
    uphill[p.argmax()] += 1
    return uphill
