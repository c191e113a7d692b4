"""What is known of one hidden neuron: what it looks for, what excites it, what it speaks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from engine.base.array import Array
from engine.base.errors import UserError
from engine.base.messages import Job, Message, read_only
from engine.base.specs import ConvLayer, DenseLayer
from engine.data.fitting import fitting_data
from engine.network.activations import activations_of
from engine.network.lens_network import lens_network

if TYPE_CHECKING:
    from engine.base.lens import Lens, Neuron
    from engine.data.dataset import Dataset
    from engine.network.activations import Activations
    from engine.network.lens_network import LensNetwork
    from engine.session.session import Session

BINS = 40
AT_ONCE = 200_000
"""Number of pixels, or activations, that are multiplied at a time: they stay in the processor's cache."""

SHOWN = 9
"""Number of images told that excite it most, and as many that do least."""


class Excited(NamedTuple):
    """Test images: numbers and labels (k,), pictures (k, rows, columns) uint8, and the neuron's output to each (k,)."""

    numbers: Array
    labels: Array
    pictures: Array
    values: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class NeuronCard(Message):
    """A neuron as it is by itself: neither silenced nor adjusted, nor anything in its own layer or a later one."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    neuron: Neuron
    kind: str
    """`neuron`, or `feature map, averaged`."""
    weights: Array | None
    """Incoming weights as a picture (rows, columns) float32: of the pixels for a dense first layer, of a 3x3 kernel
    (the mean over the maps that it reads) for a convolution, `None` deeper."""
    bias: float
    means: Array
    """Its mean over each class' test images, (classes,) float32; NaN without images."""
    counts: Array
    """Histogram of its outputs to all test images: how many images, (bins,) int, ..."""
    edges: Array
    """... between these outputs, (bins + 1,)."""
    share_firing: float
    """The share of the test images to which its output is more than 0."""
    most_images: Excited
    """Those that excite it most, the strongest first, ..."""
    least_images: Excited
    """... and least, the weakest first."""
    outgoing: Array | None
    """Its weights to the classes, (classes,) float32, where the next layer is the output; else `None`."""


def neuron_card(session: Session, lens: Lens, neuron: Neuron) -> Job:
    """Answer with `NeuronCard`, in turns; so a silenced neuron's card still shows what it would do.

    Of a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads, or there is no such neuron.
    """
    network = lens_network(session, _without(lens, neuron.layer))
    layers = network.layers
    if not (0 <= neuron.layer < len(layers) and 0 <= neuron.number < layers[neuron.layer].width):
        raise UserError(f"Run {lens.run} has no neuron {neuron.number} in hidden layer {neuron.layer + 1}.")
    data = fitting_data(session, network.architecture)  # another may be opened between two turns
    found = yield from activations_of(session, network)
    outputs = found.hidden[neuron.layer][:, neuron.number].astype(np.float32)
    ranks = _ranks(data, network, found, neuron)
    counts, edges = _histogram(outputs)
    is_map = isinstance(layers[neuron.layer], ConvLayer)
    is_last = neuron.layer == len(layers) - 1 and not is_map
    yield NeuronCard(
        run=lens.run,
        step=network.key.step,
        neuron=neuron,
        kind="feature map, averaged" if is_map else "neuron",
        weights=_incoming(network, neuron),
        bias=float(network.weights[2 * neuron.layer + 1][neuron.number]),
        means=read_only(_means(outputs, found.labels, network.architecture.classes)),
        counts=read_only(counts),
        edges=read_only(edges),
        share_firing=float((outputs > 0).mean()),
        most_images=_excited(data, outputs, ranks[::-1][:SHOWN]),
        least_images=_excited(data, outputs, ranks[:SHOWN]),
        outgoing=read_only(network.weights[-2][neuron.number]) if is_last else None,
    )


def _without(lens: Lens, layer: int) -> Lens:
    """Return the lens without the changes in this layer and in later ones, which the neuron does not depend on."""
    return replace(
        lens,
        silenced=frozenset(each for each in lens.silenced if each.layer < layer),
        adjusted=frozenset(each for each in lens.adjusted if each.layer < layer),
    )


def _ranks(data: Dataset, network: LensNetwork, found: Activations, neuron: Neuron) -> Array:
    """Return the images from the least exciting to the most.

    A ReLU is 0 for many; among those it counts how far below 0 its sum lies, where that is one product away.
    """
    outputs = found.hidden[neuron.layer][:, neuron.number]
    below = np.zeros(len(outputs))
    kernel, bias = (array[..., neuron.number] for array in network.weights[2 * neuron.layer :][:2])
    if isinstance(network.layers[neuron.layer], DenseLayer):
        if neuron.layer == 0:
            pixels = data.test_images.reshape(len(data.test_images), -1)
            below = _sums(pixels, kernel / np.float32(255)) + bias
        elif isinstance(network.layers[neuron.layer - 1], DenseLayer):
            below = _sums(found.hidden[neuron.layer - 1], kernel) + bias
    return np.lexsort((-np.arange(len(outputs)), below, outputs))


def _sums(inputs: Array, kernel: Array) -> Array:
    """Return inputs (images, inputs) @ kernel (inputs,), single precision, without a copy of all of it."""
    step = max(1, AT_ONCE // max(kernel.size, 1))
    return np.concatenate(
        [
            inputs[first : first + step].astype(np.float32, copy=False) @ kernel
            for first in range(0, len(inputs), step)
        ]
    )


def _incoming(network: LensNetwork, neuron: Neuron) -> Array | None:
    """Return the weights as a picture (rows, columns), where they are one."""
    kernel = network.weights[2 * neuron.layer][..., neuron.number]
    if isinstance(network.layers[neuron.layer], ConvLayer):
        return read_only(kernel.mean(axis=2))
    return read_only(kernel.reshape(network.architecture.shape)) if neuron.layer == 0 else None


def _means(outputs: Array, labels: Array, classes: int) -> Array:
    sums = np.bincount(labels, outputs.astype(np.float64), minlength=classes)
    counts = np.bincount(labels, minlength=classes)
    return np.divide(sums, counts, out=np.full(classes, np.nan), where=counts > 0).astype(np.float32)


def _histogram(outputs: Array) -> tuple[Array, Array]:
    finite = outputs[np.isfinite(outputs)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if high <= low:
        high = low + 1
    return np.histogram(finite, BINS, (min(low, 0.0), high))


def _excited(data: Dataset, outputs: Array, numbers: Array) -> Excited:
    return Excited(
        read_only(numbers),
        read_only(data.test_labels[numbers]),
        read_only(data.shown(numbers)),
        read_only(outputs[numbers]),
    )
