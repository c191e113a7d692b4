"""The activations of a network on all test images: every hidden layer, and the logits, cached for all probes."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array, tf
from engine.core.lens import Lens, OutputScaling
from engine.core.messages import Turns, read_only, slices
from engine.data.dataset import DataCache, Dataset
from engine.model.network.lens_network import Key, LensNetwork, fitting_data, lens_network
from engine.model.network.plain import ACTIVATIONS
from engine.model.network.probe import Source
from engine.model.training.tensors import pixels, tensors_of

# Maximum number of lenses and of bytes that are cached: the blog's network takes 12 MB.
MOST_KEPT, MOST_BYTES = 3, 1_100_000_000

LARGE = 256_000_000  # a layer whose activations take more bytes is kept in half precision
MULTIPLIED = 500_000_000  # multiplications of pixels and weights in a turn: some 10 ms

# Images whose activations fit into the processor's cache, and the number of such blocks in a turn.
ROWS, BLOCKS = 256, 16

FEW = 3  # of a layer in half precision, at most this part (1/FEW) of the neurons is recomputed, otherwise all
AT_ONCE = 2_000_000  # activations that a turn updates after a neuron was silenced


class Activations(NamedTuple):
    """The test images' activations after silencing, and the labels. The arrays are read-only and shared."""

    # Per hidden layer (images, neurons), float32, or float16 for a large one; feature maps are averaged.
    hidden: tuple[Array, ...]
    logits: Array  # of shape (images, classes), float32
    labels: Array  # of shape (images,), uint8

    @property
    def answers(self) -> Array:
        """The likeliest class of each image (images,)."""
        return self.logits.argmax(axis=1)


def activations(session: Source, lens: Lens) -> Turns[Activations]:
    """Return `activations_of` the network that the lens shows; raises what `lens_network` and `fitting_data` raise."""
    network = lens_network(session, lens)
    return (yield from activations_of(network, fitting_data(session.data(), network.architecture)))


def activations_of(network: LensNetwork, data: Dataset) -> Turns[Activations]:
    """Return a network's activations on all test images in turns; they are cached, also those of a stopped job."""
    key = network.key, data
    computation = cache.get(key) or cache.put(key, _Computation(network, data))
    if computation.result is None and network.plan.reads_last:
        *others, last = network.passed
        if last is not None and all(change is None for change in others):
            before = yield from activations_of(network.untouched(), data)
            yield from computation.follow(network, before)
    if computation.result is None and network.parts:
        yield from computation.mix(network)
    yield from computation.go_on(network)
    assert computation.result is not None
    return computation.result


class _Computation:
    """The activations of one network on one data set, as far as they have been computed."""

    def __init__(self, network: LensNetwork, data: Dataset) -> None:
        self.result: Activations | None = None
        sizes = [4 * len(data.test_images) * layer.width for layer in network.layers]
        self.bytes = sum(size // 2 if size > LARGE else size for size in sizes)
        self._data, self._done = data, 0
        self._arrays: list[Array] = []

    def go_on(self, network: LensNetwork) -> Turns[None]:
        """Compute the activations of the remaining images."""
        if self.result is not None:
            return
        images = tensors_of(self._data).test_images
        yield from network.make_ready()
        while self._done < len(images):  # another job may continue it in its own turns
            batch = network.batch(images, self._done)
            layers = (*batch.hidden, batch.logits)
            if not self._arrays:
                shapes = [(len(images), layer.shape[1]) for layer in layers]
                self._arrays = [np.empty(of, np.float16 if 4 * math.prod(of) > LARGE else np.float32) for of in shapes]
            for array, part in zip(self._arrays, layers, strict=True):
                array[batch.chosen] = part
            self._done = batch.chosen.stop
            yield None
        self._finish()

    def follow(self, network: LensNetwork, before: Activations) -> Turns[None]:
        """Compute the activations from the untouched network's, where only the last hidden layer differs."""
        # For the blog's network this takes 10 ms instead of 60.
        change, last = network.passed[-1], before.hidden[-1]
        assert change is not None
        if last.dtype != np.float32:
            yield from self._follow_in_halves(network, before, change)
            return
        kernel, bias = network.kernel(-1), network.bias(-1)
        hidden, logits = np.empty_like(last), np.empty_like(before.logits)
        for chosen in slices(len(last), max(1, AT_ONCE // last.shape[1])):
            np.multiply(last[chosen], change.factors, out=hidden[chosen])
            if change.offsets.any():
                hidden[chosen] += change.offsets
            logits[chosen] = hidden[chosen] @ kernel + bias
            yield None
        self._keep([*before.hidden[:-1], hidden], logits)

    def mix(self, network: LensNetwork) -> Turns[None]:
        """Compute a mixture's activations: before activation, its first layer is the mixture of first layers."""
        # Along a path between the same networks the pixels are multiplied once: 15 ms instead of 80 for the blog's
        # network. Not for the first point of a path, as computing these sums takes longer than the whole network.
        images, widths = len(self._data.test_images), [layer.width for layer in network.layers]
        road = tuple((part.network.key, part.orders is None) for part in network.parts)
        is_first = _roads.get((road, self._data)) is None
        _roads.put((road, self._data), True)
        is_dense = bool(network.layers) and network.plan.is_dense
        is_large = 4 * images * max(widths, default=0) * len(network.parts) > LARGE
        if is_first or not is_dense or is_large:
            return
        parts: list[tuple[np.float32, Array]] = []
        for part in network.parts:
            sums = yield from _first_sums(part.network, self._data)
            parts.append((np.float32(part.weight), sums if part.orders is None else sums[:, part.orders[0]]))
        if not self._arrays:
            self._arrays = [np.empty((images, width), np.float32) for width in (*widths, len(network.weights[-1]))]
        while self._done < images:  # another job may continue it in its own turns
            last = min(self._done + ROWS * BLOCKS, images)
            for first in range(self._done, last, ROWS):
                self._mix_some(network, parts, slice(first, min(first + ROWS, last)))
            self._done = last
            yield None
        self._finish()

    def _mix_some(self, network: LensNetwork, parts: Sequence[tuple[np.float32, Array]], chosen: slice) -> None:
        weight, sums = parts[0]
        before = sums[chosen] * weight
        for weight, sums in parts[1:]:
            before += sums[chosen] * weight
        *hidden, logits = self._arrays
        for number, layer in enumerate(network.layers):
            kernel, bias = network.weights[2 * number : 2 * number + 2]
            before = ACTIVATIONS[layer.activation]((before @ kernel if number else before) + bias)
            if (change := network.passed[number]) is not None:
                before = before * change.factors + change.offsets
            hidden[number][chosen] = before
        logits[chosen] = before @ network.weights[-2] + network.weights[-1]

    def _follow_in_halves(self, network: LensNetwork, before: Activations, change: OutputScaling) -> Turns[None]:
        # Rounding errors of half precision would add up, so the changed neurons are computed from the pixels.
        changed = np.flatnonzero((change.factors != 1) | (change.offsets != 0))
        if len(network.layers) > 1 or not network.plan.is_dense or len(changed) > len(change.factors) // FEW:
            return
        kernel, bias, out = (network.weights[0][:, changed], network.weights[1][changed], network.weights[2][changed])
        activate = ACTIVATIONS[network.layers[0].activation]
        factors, offsets = change.factors[changed], change.offsets[changed]
        if not self._arrays:
            self._arrays = [np.empty_like(before.hidden[-1]), np.empty_like(before.logits)]
        hidden, logits = self._arrays
        step = max(1, AT_ONCE // (len(change.factors) + 4 * len(changed)))
        while self._done < len(hidden):  # another job may continue it in its own turns
            chosen = slice(self._done, self._done + step)
            images = self._data.test_images[chosen].reshape(-1, len(kernel)) / np.float32(255)
            was = activate(images @ kernel + bias)
            now = was * factors + offsets
            hidden[chosen] = before.hidden[-1][chosen]
            hidden[chosen, changed] = now
            logits[chosen] = before.logits[chosen] + (now - was) @ out
            self._done = chosen.stop
            yield None
        self._finish()

    def _finish(self) -> None:
        *layers, logits = self._arrays
        self._keep(layers, logits)

    def _keep(self, layers: list[Array], logits: Array) -> None:
        if self.result is None:
            for array in (*layers, logits):
                array.flags.writeable = False
            self.result = Activations(tuple(layers), logits, read_only(self._data.test_labels))


_sums: DataCache[tuple[Key, Dataset], Array] = DataCache(count=MOST_KEPT, size=LARGE, bytes_of=lambda sums: sums.nbytes)


def _first_sums(network: LensNetwork, data: Dataset) -> Turns[Array]:
    """Return a network's first layer on all test images before bias and activation (images, neurons), in turns."""
    sums = _sums.get((network.key, data))
    if sums is None:
        images, kernel = tensors_of(data).test_images, tf.constant(network.weights[0])
        sums = np.empty((len(images), kernel.shape[1]), np.float32)
        for chosen in slices(len(sums), max(1, MULTIPLIED // math.prod(kernel.shape))):
            part = images[chosen]
            sums[chosen] = tf.reshape(pixels(part), [len(part), -1]) @ kernel
            yield None
        _sums.put((network.key, data), sums)
    return sums


# The paths that were used last: the networks that are mixed, and whether their neurons keep their own order.
_roads: DataCache[tuple[tuple[tuple[Key, bool], ...], Dataset], bool] = DataCache(count=MOST_KEPT)

cache: DataCache[tuple[Key, Dataset], _Computation] = DataCache(
    count=MOST_KEPT, size=MOST_BYTES, bytes_of=lambda computation: computation.bytes
)
