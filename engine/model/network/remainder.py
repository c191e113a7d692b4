"""The dense layers after a hidden layer, in NumPy: the network's answers without some of that layer's neurons."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import OutputScaling
from engine.core.messages import Turns, slices
from engine.model.network.plain import ACTIVATIONS
from engine.model.network.readout import loss

TURN = 1_000_000  # weighted operations in a turn: about 5 ms, and at most 50 on a busy machine
MULTIPLICATIONS = 8  # multiplications of a matrix product in the time of one activation function
LARGE = 4_000_000  # more sums than this are kept in single precision, to save memory


class Remainder:
    """Logits of images as a function of one dense hidden layer's outputs, through the dense layers that follow it."""

    # The next layer's sums are kept: silencing a neuron is one subtraction instead of a pass through the whole network.

    def __init__(
        self,
        hidden: Array,
        labels: Array,
        weights: Sequence[Array],
        activations: Sequence[str],
        passed: Sequence[OutputScaling | None],
    ) -> None:
        """`hidden` is the layer's output (images, neurons); the rest is of the later layers, the output included."""
        self._hidden, self._labels = hidden, labels  # shared, not copied: they may be large
        self._activate, self._passed = [ACTIVATIONS[name] for name in activations], passed
        large = len(hidden) * weights[0].shape[1] > LARGE
        self._weights = [array.astype(np.float32 if large else np.float64) for array in weights]
        self._sums = np.tile(self._weights[1], (len(hidden), 1))
        self.work = work_of(weights)  # weighted operations per image after the next layer

    def begin(self) -> Turns[None]:
        """Compute the sums, in turns."""
        yield from self._add(np.arange(self._hidden.shape[1]), 1)

    def silence(self, neurons: Array) -> Turns[None]:
        """Silence neurons permanently, in turns."""
        yield from self._add(neurons, -1)

    def logits(self) -> Turns[Array]:
        """Return the logits (images, classes) without the silenced neurons, in turns."""
        parts = list[Any]()
        for chosen in slices(len(self._sums), max(1, TURN // self.work)):
            parts.append(self.logits_of(self._sums[chosen]))
            yield None
        return np.concatenate(parts)

    def losses_without(self, neurons: Array) -> Turns[Array]:
        """Return the mean loss without each of the neurons alone (neurons,), in turns."""
        losses, left = np.zeros(len(neurons)), TURN
        step = max(1, TURN // self.work)
        for place, neuron in enumerate(neurons):
            first = 0
            while first < len(self._sums):
                if left < self.work:
                    left = TURN
                    yield None
                chosen = slice(first, first + min(step, max(1, left // self.work)))
                without = self._sums[chosen] - self._hidden[chosen, neuron, None] * self._weights[0][neuron]
                losses[place] += loss(self.logits_of(without), self._labels[chosen]) * len(without)
                first, left = chosen.stop, left - len(without) * self.work
        yield None
        return losses / len(self._sums)

    def _add(self, neurons: Array, sign: int) -> Turns[None]:
        kernel = sign * self._weights[0][neurons]
        step = max(1, TURN // (kernel.shape[1] + kernel.size // MULTIPLICATIONS))
        for chosen in slices(len(self._sums), step):
            self._sums[chosen] += self._hidden[chosen][:, neurons].astype(kernel.dtype) @ kernel
            yield None

    def logits_of(self, sums: Array) -> Array:
        """Return the logits from the sums of the next layer (images, its neurons)."""
        x = sums
        for number, (kernel, bias) in enumerate(zip(self._weights[2::2], self._weights[3::2], strict=True)):
            x = self._activate[number](x)
            if change := self._passed[number]:
                x = x * change.factors + change.offsets
            x = x @ kernel + bias
        return x


def work_of(weights: Sequence[Array]) -> int:
    """Return the weighted operations per image of the later layers; `weights` as for `Remainder`."""
    widths = [len(bias) for bias in weights[1::2]]
    return sum(widths) + sum(kernel.size for kernel in weights[2::2]) // MULTIPLICATIONS
