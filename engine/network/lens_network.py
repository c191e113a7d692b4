"""The network that a lens shows: its weights, read once, and what it makes of pictures."""

from __future__ import annotations

import functools
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.base.array import Array
from engine.base.cache import Cache
from engine.base.errors import UserError
from engine.base.lazy import np, tf
from engine.base.lens import Lens, output_scaling
from engine.base.preload import preload_tensorflow
from engine.base.specs import ConvLayer
from engine.data.fitting import DATA_AND_NETWORK
from engine.network.compiled_network import Architecture, CompiledNetwork, compiled_network
from engine.network.mixture import mixed_weights, shares_of
from engine.network.plain import plain_forward
from engine.training.tensors import pixels

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from engine.base.lens import Adjusted, Neuron, Share, Weights
    from engine.session.session import Session
    from engine.training.run import Run

MOST_LENS_NETWORKS = 8
"""Maximum number of lenses whose weights are cached: reading a moment from a file takes some milliseconds."""

TURN_SECONDS = 0.015
"""How long a slice of images should take."""
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


class LensNetwork:
    """A run's network at one moment, through the lens. Only the engine thread touches it."""

    def __init__(self, key: Key, run: Run, weights: Weights) -> None:
        self.key, self.weights = key, weights
        """Kernel and bias of each layer in turn."""
        self.architecture = Architecture.of(run, len(self.weights[-1]))
        self.layers = run.spec.hidden
        self.passed = output_scaling([layer.width for layer in self.layers], key.silenced, key.adjusted)
        """What the neurons of each hidden layer pass on; `None` where that is all."""
        has_convolution = any(isinstance(layer, ConvLayer) for layer in self.layers)
        self.slice_size = FIRST_SLICE if has_convolution else FIRST_DENSE_SLICE
        """Maximum number of images that `some` takes at once; fitted to this machine's speed."""

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
        """Let `some` answer in one turn from the first: what it needs is made in turns, unless it is there already."""
        yield from self._compiled.make_ready()

    def some(self, images: Any, first: int, varied: Varied = NOT_VARIED) -> tuple[slice, list[Array], Array]:
        """Return which of many images, from number `first` on, fit into one turn, and their `outputs`."""
        chosen = slice(first, first + self.slice_size)
        if len(images) - chosen.stop < SMALLEST_SLICE:
            chosen = slice(first, len(images))
        begin = time.perf_counter()
        hidden, logits = self.outputs(images[chosen], varied)
        if chosen.stop - first == self.slice_size:
            self.slice_size = fitted(self.slice_size, time.perf_counter() - begin)
        return chosen, hidden, logits

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


def fitted(size: int, took: float) -> int:
    """Return how many images the next slice should have, where `size` images took `took` seconds: a power of two."""
    wanted = min(2 * size, size * TURN_SECONDS / max(took, 1e-6))
    return 2 ** int(math.log2(min(max(wanted, SMALLEST_SLICE), LARGEST_SLICE)))


def key_of(session: Session, lens: Lens) -> Key:
    """Return what tells the network that the lens shows from all others; raises as `lens_network` does."""
    run = session.run(lens.run)
    step = run.step_at(lens.moment)
    return Key(run.name, run.started, step, lens.silenced, lens.adjusted, shares_of(session, lens))


_shown: Cache[Key, LensNetwork] = Cache(count=MOST_LENS_NETWORKS)


def lens_network(session: Session, lens: Lens) -> LensNetwork:
    """Return the network that the lens shows; those asked for last are kept.

    Raises `NotYetError` when there is no such run or it has no weights yet, `UserError` when it never got any or they
    cannot be read or mixed, `IndexError` for a neuron that is not there.
    """
    key = key_of(session, lens)
    return _shown.get(key) or _shown.put(key, new_network(session, key))


def new_network(session: Session, key: Key) -> LensNetwork:
    """Return the network of a key, which is not kept: for whoever goes through more of them than should be."""
    return LensNetwork(key, session.run(key.run), mixed_weights(session, key.lens))
