"""The test of a network on images that it has not learned from, and of which neurons never fire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array, scalar, tf
from engine.core.machine.compiled import compiled
from engine.core.machine.device import Device
from engine.core.specs import TrainSpec
from engine.model.network.model import Model
from engine.model.training.losses import LOSSES
from engine.model.training.tensors import pixels

DENSE_SLICE, CONVOLUTION_SLICE = 2500, 250  # images that one turn tests: some 10 ms
SILENT_BELOW = ("relu", "relu6")  # activations that give 0 for all sums below 0
SAME = 0.01  # a neuron without ReLU counts as dead when its outputs differ by less than this


class Result(NamedTuple):
    """Mean loss, accuracy, and per hidden layer the number of dead neurons and of all neurons."""

    loss: float
    accuracy: float
    dead: tuple[int, ...]
    widths: tuple[int, ...]
    finite: bool


class Evaluation:
    """Tests a model on images, slice by slice; both are on the device `on`."""

    def __init__(self, spec: TrainSpec, model: Model, on: Device) -> None:
        self._model, self._loss = model, LOSSES[spec.loss]
        self._are_relu = [layer.activation in SILENT_BELOW for layer in spec.hidden]
        self._are_linear = [layer.activation == "linear" for layer in spec.hidden]
        self._on = on
        self._is_xla = on.pays_xla(spec.network)
        self._function = compiled(self._slice, xla=self._is_xla)

    def slices(self, images: tf.Tensor, labels: tf.Tensor) -> Iterator[Result | None]:
        """Test on these images in turns: yield `None` after each slice and the result at the end."""
        total = len(images)
        size = min(DENSE_SLICE if self._is_xla else CONVOLUTION_SLICE, total)
        loss, right, highest, lowest = 0.0, 0, [], []
        for begin in range(0, total, size):
            # The last slice overlaps the one before, so that all have one shape and nothing is compiled again.
            first = min(begin, total - size)
            with self._on.scope():
                losses, hits, high, low = self._function(images, labels, scalar(first), size)
            loss += float(losses.numpy()[begin - first :].sum(dtype=np.float64))
            right += int(hits.numpy()[begin - first :].sum())
            highest.append([array.numpy() for array in high])
            lowest.append([array.numpy() for array in low])
            yield None
        high = [np.max(layer, axis=0) for layer in zip(*highest, strict=True)]
        low = [np.min(layer, axis=0) for layer in zip(*lowest, strict=True)]
        dead = tuple(
            0 if is_linear else int(is_dead(highest_of, lowest_of, is_relu=is_relu).sum())
            for highest_of, lowest_of, is_relu, is_linear in zip(
                high, low, self._are_relu, self._are_linear, strict=True
            )
        )
        widths = tuple(len(layer) for layer in high)
        # ReLU can hide a NaN from the loss, so the weights themselves are checked.
        finite = all(np.isfinite(variable.numpy()).all() for variable in self._model.variables)
        yield Result(loss / total, right / total, dead, widths, finite)

    def _slice(self, images: tf.Tensor, labels: tf.Tensor, first: tf.Tensor, size: int) -> tuple[tf.Tensor, ...]:
        """Return losses (slice,), hits (slice,) and each hidden layer's highest and lowest outputs (neurons,)."""
        chosen = first + tf.range(size)
        labels = tf.gather(labels, chosen)
        hidden, logits = self._model(pixels(tf.gather(images, chosen)))
        hits = tf.equal(tf.argmax(logits, axis=1, output_type=labels.dtype), labels)
        flat = [tf.reshape(layer, [-1, layer.shape[-1]]) for layer in hidden]
        high = [tf.reduce_max(layer, axis=0) for layer in flat]
        # Not of a ReLU, whose lowest output says nothing: it would take a fifth of a convolution's test.
        low = [
            highest if is_relu else tf.reduce_min(layer, axis=0)
            for layer, highest, is_relu in zip(flat, high, self._are_relu, strict=True)
        ]
        return self._loss(labels, logits), hits, high, low


def is_dead(high: Array, low: Array, *, is_relu: bool) -> Array:
    """Return which neurons never fire, or without ReLU never change, from their extreme outputs (neurons,)."""
    return high <= 0 if is_relu else high - low < SAME
