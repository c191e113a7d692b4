"""The network that a lens shows: its weights, read once, and what it makes of pictures."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.core.array import Array
from engine.core.cache import Cache
from engine.core.errors import UserError
from engine.core.lazy import np, tf
from engine.core.lens import Adjusted, Lens, Neuron, Share, Weights, output_scaling
from engine.core.pace import Pace
from engine.core.preload import preload_tensorflow
from engine.core.specs import ConvLayer, HiddenLayer
from engine.model.network.compiled_network import Architecture, CompiledNetwork, compiled_network
from engine.model.network.fitting import DATA_AND_NETWORK
from engine.model.network.mixture import Orders, matching, mixed_weights, shares_of
from engine.model.network.plain import plain_forward
from engine.model.training.tensors import pixels

if TYPE_CHECKING:
    from engine.model.training.run import Runs

MOST_LENS_NETWORKS = 8
"""Maximum number of lenses whose weights are cached: reading a moment from a file takes some milliseconds."""

MOST_ORDERS = 32  # maximum number of pairs of networks whose matching orders are cached
TURN_SECONDS = 0.015  # how long a slice of images should take
FIRST_SLICE, FIRST_DENSE_SLICE, LARGEST_SLICE = 64, 1024, 4096
SMALLEST_SLICE = 8
"""A slice of a single image is summed in another order, so what a network makes of it would depend on the clock."""


class Key(NamedTuple):
    """What tells a network from all others: its run, with the time of its start, the step, the changed neurons, and
    what is mixed in: for each other network its run, the start of that, and its share at a step.
    """

    run: str
    started: float
    step: int
    silenced: frozenset[Neuron]
    adjusted: frozenset[Adjusted]
    mixed: tuple[tuple[str, float, Share], ...] = ()

    @property
    def lens(self) -> Lens:
        """A lens that shows this network as long as its runs are there."""
        return Lens(
            self.run, self.step, self.silenced, self.adjusted, tuple(share for *_, share in self.mixed)
        )


class Varied(NamedTuple):
    """What a network is tried with in place of its own; `None` where that stays.

    `weights` are kernel and bias of each layer, `passed` factors and offsets of each hidden layer (2, neurons).
    """

    weights: Sequence[Any] | None = None
    passed: Sequence[Any] | None = None


NOT_VARIED = Varied()


class Batch(NamedTuple):
    """Some of many images, and what a network makes of them."""

    chosen: slice
    hidden: list[Array]
    """The outputs of each hidden layer, (batch, neurons); feature maps are averaged over their places."""
    logits: Array  # of shape (batch, classes)


class Part(NamedTuple):
    """A network that is mixed into another one, and how much of it."""

    weight: float
    network: LensNetwork
    orders: Orders | None
    """The order in which its neurons are mixed in, for each hidden layer; `None`: their own."""


class LensNetwork:
    """A run's network at one moment, through the lens. Only the engine thread touches it."""

    def __init__(
        self, key: Key, architecture: Architecture, weights: Weights, parts: Sequence[Part] = ()
    ) -> None:
        self.key, self.architecture, self.weights = key, architecture, weights
        """Kernel and bias of each layer in turn."""
        self.parts = parts
        """The networks that it is mixed of, its own run's first; none where nothing is mixed in."""
        self.layers = architecture.spec.hidden
        self.passed = output_scaling([layer.width for layer in self.layers], key.silenced, key.adjusted)
        """What the neurons of each hidden layer pass on; `None` where that is all."""
        has_convolution = any(isinstance(layer, ConvLayer) for layer in self.layers)
        first = FIRST_SLICE if has_convolution else FIRST_DENSE_SLICE
        self.pace = Pace(TURN_SECONDS, first, least=SMALLEST_SLICE, most=LARGEST_SLICE)
        """The number of images in a batch."""

    def untouched(self) -> LensNetwork:
        """Return the same network with no neuron silenced or adjusted."""
        return self.changed(frozenset(), frozenset())

    def changed(self, silenced: frozenset[Neuron], adjusted: frozenset[Adjusted]) -> LensNetwork:
        """Return the same network with these neurons silenced and adjusted instead of its own."""
        key = self.key._replace(silenced=silenced, adjusted=adjusted)
        if key == self.key:
            return self
        return _shown.get(key) or _shown.put(
            key, LensNetwork(key, self.architecture, self.weights, self.parts)
        )

    def hidden_layer(self, number: int) -> HiddenLayer:
        """Return a hidden layer by its number, from 0; raise `UserError` when there is none."""
        if not 0 <= number < len(self.layers):
            raise UserError(f"Run {self.key.run} has no hidden layer {number + 1}.")
        return self.layers[number]

    def check_neuron(self, neuron: Neuron) -> None:
        """Raise `UserError` when the network has no such neuron."""
        layer, number = neuron
        if not (0 <= layer < len(self.layers) and 0 <= number < self.layers[layer].width):
            raise UserError(f"Run {self.key.run} has no neuron {number} in hidden layer {layer + 1}.")

    def answer(self, picture: Array) -> tuple[list[Array], Array]:
        """Return each hidden layer's output (neurons,) and the logits (classes,) float64 for one picture.

        Feature maps are averaged over their places; silenced and adjusted neurons are as the lens has them. Raises
        `UserError` when the picture is not of the network's shape.
        """
        if picture.shape != self.architecture.shape:
            rows, columns = self.architecture.shape
            raise UserError(
                f"The network reads {rows} × {columns} pixels, and the picture has "
                f"{' × '.join(map(str, picture.shape))}.",
                hint="Press Start to train a network on these data, or choose a run that has learned from such.",
                topic=DATA_AND_NETWORK,
            )
        # In NumPy: 0.05 ms for the blog's network, ten times faster than a call of TensorFlow, which need not be there.
        hidden, logits = plain_forward(self.layers, self.weights, picture, self.passed)
        return [layer.mean(axis=(0, 1)) if layer.ndim == 3 else layer for layer in hidden], logits

    def outputs(self, images: Array, varied: Varied = NOT_VARIED) -> tuple[list[Array], Array]:
        """Return the same for many pictures, uint8 or float32 (batch, rows, columns), with the batch as first axis."""
        images = pixels(images) if images.dtype == np.uint8 else images
        weights, passed = self.tensors
        hidden, logits = self._compiled.outputs(varied.weights or weights, varied.passed or passed, images)
        return [layer.numpy() for layer in hidden], logits.numpy()

    def gradients(self, images: Array, directions: Array) -> tuple[Array, Array]:
        """Return logits and gradients as `CompiledNetwork.gradients` does, for and in NumPy."""
        images, directions = (tf.constant(array, tf.float32) for array in (images, directions))
        logits, gradients = self._compiled.gradients(*self.tensors, images, directions)
        return logits.numpy(), gradients.numpy()

    def make_ready(self) -> Generator[None, Any, None]:
        """Build and trace in turns what `batches` needs, so that its first batch fits into a turn as well."""
        yield from self._compiled.make_ready()

    def batches(self, images: Any, varied: Varied = NOT_VARIED) -> Iterator[Batch]:
        """Go through images (n, rows, columns), uint8 or float32, in batches of a turn each: yield after each one."""
        first = 0
        while first < len(images):
            batch = self.batch(images, first, varied)
            first = batch.chosen.stop
            yield batch

    def batch(self, images: Any, first: int, varied: Varied = NOT_VARIED) -> Batch:
        """Return the batch that begins with image number `first`."""
        size = 2 ** int(math.log2(self.pace.size))
        chosen = slice(first, first + size)
        if len(images) - chosen.stop < SMALLEST_SLICE:
            chosen = slice(first, len(images))
        begin = time.perf_counter()
        hidden, logits = self.outputs(images[chosen], varied)
        if chosen.stop - first == size:
            self.pace.fit(size, time.perf_counter() - begin)
        return Batch(chosen, hidden, logits)

    @functools.cached_property
    def _compiled(self) -> CompiledNetwork:
        preload_tensorflow()
        return compiled_network(self.architecture)

    @functools.cached_property
    def tensors(self) -> tuple[list[Any], list[Any]]:
        """The weights, and what is passed on."""
        return [tf.constant(array) for array in self.weights], [
            tf.constant(each) for each in self.all_passed()
        ]

    def all_passed(self) -> list[Array]:
        """Return factors and offsets of each hidden layer (2, neurons), of untouched ones too; they are copies."""
        all_of_it = (
            np.array([[1.0], [0.0]], np.float32).repeat(layer.width, axis=1) for layer in self.layers
        )
        return [np.array(change or whole) for change, whole in zip(self.passed, all_of_it, strict=True)]


def key_of(session: Runs, lens: Lens) -> Key:
    """Return what tells the network that the lens shows from all others; raises as `lens_network` does."""
    run = session.run(lens.run)
    step = run.step_at(lens.moment)
    return Key(run.name, run.started, step, lens.silenced, lens.adjusted, shares_of(session, lens))


_shown: Cache[Key, LensNetwork] = Cache(count=MOST_LENS_NETWORKS)
_orders: Cache[tuple[Key, Key], Orders] = Cache(count=MOST_ORDERS)


def lens_network(session: Runs, lens: Lens) -> LensNetwork:
    """Return the network that the lens shows; those asked for last are kept.

    Raises `NotYetError` when there is no such run or it has no weights yet, `UserError` when it never got any or they
    cannot be read or mixed, `IndexError` for a neuron that is not there.
    """
    key = key_of(session, lens)
    return _shown.get(key) or _shown.put(key, new_network(session, key))


def new_network(session: Runs, key: Key) -> LensNetwork:
    """Return the network of a key without keeping it, for those who go through more networks than are kept."""
    run = session.run(key.run)
    if not key.mixed:
        weights = run.moment(key.step).weights
        return LensNetwork(key, Architecture.of(run, len(weights[-1])), weights)
    own = lens_network(session, Lens(key.run, key.step))
    parts = [Part(1 - sum(share.weight for *_, share in key.mixed), own, None)]
    for name, _, share in key.mixed:
        other = lens_network(session, Lens(name, share.moment))
        parts.append(Part(share.weight, other, matching_orders(own, other) if share.matched else None))
    weights = mixed_weights(own.layers, [(part.weight, part.network.weights, part.orders) for part in parts])
    return LensNetwork(key, own.architecture, weights, parts)


def matching_orders(network: LensNetwork, other: LensNetwork) -> Orders:
    """Return the orders in which the neurons of `other` are most like those of `network`; the last ones are kept."""
    key = network.key, other.key
    return _orders.get(key) or _orders.put(key, matching(network.layers, network.weights, other.weights))
