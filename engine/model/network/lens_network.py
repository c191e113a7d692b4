"""The network that a lens shows: its weights, which are read once, its outputs, and whether a data set fits it."""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from engine.core.cache import Cache
from engine.core.errors import DATA_AND_NETWORK, NotYetError, UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.lazy import Array, np, tf
from engine.core.lens import Adjusted, Lens, Neuron, Share, Weights, output_scaling
from engine.core.messages import Turns
from engine.core.preload import preload_tensorflow
from engine.core.text import isolated
from engine.data.dataset import Dataset
from engine.model.network.compiled_network import Architecture, CompiledNetwork, compiled_network
from engine.model.network.mixture import Orders, matching, mixed_weights, shares_of
from engine.model.network.plain import plain_forward
from engine.model.training.run import Runs
from engine.model.training.tensors import pixels

MOST_LENS_NETWORKS = 8  # cached networks: reading a moment from a file takes some milliseconds
MOST_ORDERS = 32  # cached matchings of pairs of networks
# Multiplications of a batch, and the numbers of images in it. The size must not follow from the measured time: where a
# matrix kernel has rows left over, it adds their products up in another order, so the outputs depend on the size.
AT_ONCE = 650_000_000  # some 12 ms of two cores
SMALLEST, LARGEST = 8, 1600
PIXEL, POSITION = 100, 3000  # multiplications that a pixel, and a position of a convolution, take the time of


class Key(NamedTuple):
    """The identity of a network: its run and the time of its start, the step, the changed neurons, and for each network
    that is mixed in its run, the start of that, and its share at a step.
    """

    run: str
    started: float
    step: int
    silenced: frozenset[Neuron]
    adjusted: frozenset[Adjusted]
    mixed: tuple[tuple[str, float, Share], ...] = ()

    @property
    def lens(self) -> Lens:
        """A lens that shows this network as long as its runs exist."""
        return Lens(self.run, self.step, self.silenced, self.adjusted, tuple(share for *_, share in self.mixed))


class RunStep(TypedDict):
    """The fields of each `LensAnswer`."""

    run: str
    step: int


class Varied(NamedTuple):
    """Replacements for weights and output scaling (2, neurons); `None` keeps the network's own."""

    weights: Sequence[Any] | None = None
    passed: Sequence[Any] | None = None


NOT_VARIED = Varied()


class Batch(NamedTuple):
    """A slice of the images, and the network's outputs for them."""

    chosen: slice
    hidden: list[Array]  # of each hidden layer, (batch, neurons); feature maps are averaged
    logits: Array  # (batch, classes)


class Part(NamedTuple):
    """A network that is mixed into another one, and its weight."""

    weight: float
    network: "LensNetwork"
    orders: Orders | None  # the order of its neurons in each hidden layer; `None` is their own


class LensNetwork:
    """A run's network at one moment, as a lens shows it. Only the engine thread touches it, but for `answer`."""

    def __init__(self, key: Key, architecture: Architecture, weights: Weights, parts: Sequence[Part] = ()) -> None:
        self.key, self.architecture = key, architecture
        self.weights = weights  # in the order of the plan's
        self.parts = parts  # the networks of a mixture, its own run's first; otherwise empty
        self.plan = architecture.plan
        self.layers = self.plan.hidden
        self.passed = output_scaling([layer.width for layer in self.layers], key.silenced, key.adjusted)

    @property
    def shown(self) -> RunStep:
        """Its run and its step, for an answer."""
        return {"run": self.key.run, "step": self.key.step}

    def untouched(self) -> "LensNetwork":
        """Return the same network with no neuron silenced or adjusted."""
        return self.changed(frozenset(), frozenset())

    def changed(self, silenced: frozenset[Neuron], adjusted: frozenset[Adjusted]) -> "LensNetwork":
        """Return the same network with these neurons silenced and adjusted instead of its own."""
        key = self.key._replace(silenced=silenced, adjusted=adjusted)
        if key == self.key:
            return self
        return _shown.get(key) or _shown.put(key, LensNetwork(key, self.architecture, self.weights, self.parts))

    def kernel(self, layer: int) -> Array:
        """Return the kernel of a hidden layer by its number, or of the outputs with -1."""
        return self.weights[self.plan.kernels[layer]]

    def bias(self, layer: int) -> Array:
        """Return the bias of a hidden layer by its number, or of the outputs with -1."""
        return self.weights[self.plan.kernels[layer] + 1]

    @property
    def kernels(self) -> list[Array]:
        """The kernels of the hidden layers in turn, and last of the outputs."""
        return [self.weights[number] for number in self.plan.kernels]

    def hidden_layer(self, number: int) -> HiddenLayer:
        """Return a hidden layer by its number, from 0; raise `UserError` when there is none."""
        if not 0 <= number < len(self.layers):
            raise UserError(tr("Run {run} has no hidden layer {layer}.", run=self.key.run, layer=number + 1))
        return self.layers[number]

    def check_neuron(self, neuron: Neuron) -> None:
        """Raise `UserError` when the network has no such neuron."""
        layer, number = neuron
        if not (0 <= layer < len(self.layers) and 0 <= number < self.layers[layer].width):
            at = {"run": self.key.run, "neuron": number, "layer": layer + 1}
            raise UserError(tr("Run {run} has no neuron {neuron} in hidden layer {layer}.", **at))

    def answer(self, picture: Array) -> tuple[list[Array], Array]:
        """Return each hidden layer's output (neurons,) and the logits (classes,) float64 for one picture.

        Feature maps are averaged. Raises `UserError` for a picture of another shape.
        """
        if picture.shape != self.architecture.shape:
            rows, columns = self.architecture.shape
            raise UserError(
                tr(
                    "The network reads {rows} × {columns} pixels, and the picture has {size}.",
                    rows=rows,
                    columns=columns,
                    size=" × ".join(map(str, picture.shape)),
                ),
                hint=tr("Press Start to train a network on these data, or choose a run that has learned from such."),
                topic=DATA_AND_NETWORK,
            )
        # In NumPy: 0.05 ms for the blog's network, ten times faster than TensorFlow, which may not be imported yet.
        hidden, logits = plain_forward(self.plan, self.weights, picture, self.passed)
        return [layer.mean(axis=(0, 1)) if layer.ndim == 3 else layer for layer in hidden], logits

    def outputs(self, images: Array, varied: Varied = NOT_VARIED) -> tuple[list[Array], Array]:
        """Return the same for a batch of pictures, uint8 or float32 (batch, rows, columns)."""
        images = pixels(images) if images.dtype == np.uint8 else images
        weights, passed = self.tensors
        hidden, logits = self._compiled.outputs(varied.weights or weights, varied.passed or passed, images)
        return [layer.numpy() for layer in hidden], logits.numpy()

    def gradients(self, images: Array, directions: Array) -> tuple[Array, Array]:
        """Return logits and gradients as `CompiledNetwork.gradients` does, as NumPy arrays."""
        images, directions = (tf.constant(array, tf.float32) for array in (images, directions))
        logits, gradients = self._compiled.gradients(*self.tensors, images, directions)
        return logits.numpy(), gradients.numpy()

    def make_ready(self) -> Turns[None]:
        """Build and trace the functions of `batch` in turns, so that its first batch fits into a turn as well."""
        yield from self._compiled.make_ready()

    def outputs_in_turns(
        self, images: Any, layers: Sequence[int] = (), varied: Varied = NOT_VARIED
    ) -> Turns[tuple[list[Array], Array]]:
        """Return these hidden layers' outputs, and the logits, for images (n, rows, columns), uint8 or float32."""
        yield from self.make_ready()
        parts, first = list[list[Array]](), 0
        while first < len(images):
            batch = self.batch(images, first, varied)
            parts.append([*(batch.hidden[layer] for layer in layers), batch.logits])
            first = batch.chosen.stop
            yield None
        *hidden, logits = map(np.concatenate, zip(*parts, strict=True))
        return hidden, logits

    def batch(self, images: Any, first: int, varied: Varied = NOT_VARIED) -> Batch:
        """Return the batch that begins with image number `first`."""
        chosen = slice(first, first + self.at_once)
        if len(images) - chosen.stop < SMALLEST:  # the sums of a single image have an order of their own
            chosen = slice(first, len(images))
        return Batch(chosen, *self.outputs(images[chosen], varied))

    @functools.cached_property
    def at_once(self) -> int:
        """The number of images in a batch, which follows from the network alone."""
        rows, columns = self.architecture.shape
        work = PIXEL * rows * columns
        for step in self.plan.with_kernels:
            size = math.prod(step.weights[0].shape)
            is_map = isinstance(step.operation, ConvLayer)
            work += math.prod(step.shape[:2]) * (POSITION + size) if is_map else size
        return max(SMALLEST, min(LARGEST, AT_ONCE // work))

    @functools.cached_property
    def _compiled(self) -> CompiledNetwork:
        preload_tensorflow()
        return compiled_network(self.architecture)

    @functools.cached_property
    def tensors(self) -> tuple[list[Any], list[Any]]:
        """The weights, and the output scaling of each hidden layer."""
        return [tf.constant(array) for array in self.weights], [tf.constant(scaling) for scaling in self.all_passed()]

    def all_passed(self) -> list[Array]:
        """Return copies of the factors and offsets of all hidden layers (2, neurons), also of unchanged ones."""
        all_of_it = (np.array([[1.0], [0.0]], np.float32).repeat(layer.width, axis=1) for layer in self.layers)
        return [np.array(change or whole) for change, whole in zip(self.passed, all_of_it, strict=True)]


def key_of(session: Runs, lens: Lens) -> Key:
    """Return the key of the network that the lens shows; raises as `lens_network` does."""
    run = session.run(lens.run)
    return Key(run.name, run.started, run.step_at(lens.moment), lens.silenced, lens.adjusted, shares_of(session, lens))


_shown: Cache[Key, LensNetwork] = Cache(count=MOST_LENS_NETWORKS)
_orders: Cache[tuple[Key, Key], Orders] = Cache(count=MOST_ORDERS)


def lens_network(session: Runs, lens: Lens) -> LensNetwork:
    """Return the network that the lens shows; the last ones are cached.

    Raises `NotYetError` without run, weights or neurons, `UserError` for unusable weights.
    """
    key = key_of(session, lens)
    try:
        return _shown.get(key) or _shown.put(key, new_network(session, key))
    except IndexError as missing:  # it is asked about a run of that name in a session that was left meanwhile
        raise NotYetError(tr("Run {run} has fewer neurons.", run=lens.run)) from missing


def new_network(session: Runs, key: Key) -> LensNetwork:
    """Return the network of a key without caching it, for jobs that need more networks than the cache holds."""
    run = session.run(key.run)
    if not key.mixed:
        weights = run.moment(key.step).weights
        return LensNetwork(key, Architecture.of(run, len(weights[-1])), weights)
    own = lens_network(session, Lens(key.run, key.step))
    parts = [Part(1 - sum(share.weight for *_, share in key.mixed), own, None)]
    for name, _, share in key.mixed:
        other = lens_network(session, Lens(name, share.moment))
        pair, orders = (own.key, other.key), None
        if share.matched:
            orders = _orders.get(pair) or _orders.put(pair, matching(own.layers, own.weights, other.weights))
        parts.append(Part(share.weight, other, orders))
    weights = mixed_weights(own.layers, [(part.weight, part.network.weights, part.orders) for part in parts])
    return LensNetwork(key, own.architecture, weights, parts)


def fits(data: Dataset | None, architecture: Architecture) -> bool:
    """Whether there is a data set that fits the network."""
    return data is not None and data.shape == architecture.shape and len(data.classes) <= architecture.classes


def fitting_data(data: Dataset, architecture: Architecture, *, beside: str = "") -> Dataset:
    """Return the data set; raise `UserError` when it does not fit the network.

    `beside` is the network's run, if it is compared with the selected one: it may lack classes that were taught.
    """
    if beside and data.base is not None and data.shape == architecture.shape:
        return data
    if data.base is not None and len(data.classes) > architecture.classes:
        # `follow_run` changes them.
        raise NotYetError(tr("{data} give way to those that the network has learned from.", data=data.name))
    if not fits(data, architecture):
        rows, columns = architecture.shape
        said = mark("{data} is not what this network reads: {rows} × {columns} pixels, {classes} classes.")
        if beside:
            said = mark("{data} is not what run {run} reads: {rows} × {columns} pixels, {classes} classes.")
        figures = {"rows": rows, "columns": columns, "classes": architecture.classes}
        sentence = tr(said, data=isolated(data.name), run=beside, **figures)
        raise UserError(sentence, hint=tr("Open the data that the run was trained on."), topic=DATA_AND_NETWORK)
    return data
