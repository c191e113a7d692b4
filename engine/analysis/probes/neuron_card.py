"""One hidden neuron: its weights, the images that excite it most and least, and the classes that it speaks for."""

from typing import NamedTuple

import numpy as np

from engine.core.language import mark
from engine.core.layers.kinds import ConvLayer, DenseLayer
from engine.core.lazy import Array
from engine.core.lens import Neuron
from engine.core.messages import LensAnswer, Turns, read_only, slices
from engine.data.dataset import Dataset
from engine.model.network.activations import Activations, activations_of
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import images_probe

BINS = 40
# Pixels, or activations, that are multiplied at a time: they fit into the processor's cache.
AT_ONCE = 200_000
SHOWN = 9  # number of images that excite it most, and of those that excite it least


class Excited(NamedTuple):
    """Test images: numbers and labels (k,), pictures (k, rows, columns) uint8, and the neuron's output to each (k,)."""

    numbers: Array
    labels: Array
    pictures: Array
    values: Array


class NeuronCard(LensAnswer):
    """A neuron by itself: neither it, nor any in its own layer or a later one, is silenced or adjusted."""

    neuron: Neuron
    kind: str  # `neuron`, or `feature map, averaged`
    # Incoming weights as a picture (rows, columns) float32: of the pixels for a dense layer that reads them, of the
    # kernel (the mean over the feature maps that it reads) for a convolution, else `None`.
    weights: Array | None
    bias: float
    means: Array  # its mean output over each class' test images, (classes,) float32; NaN without images
    counts: Array  # histogram of its outputs to all test images: numbers of images, (bins,) int, ...
    edges: Array  # ... between these outputs, (bins + 1,)
    share_firing: float  # the share of the test images with an output above 0
    most_images: Excited  # the images that excite it most, the strongest first, ...
    least_images: Excited  # ... and least, the weakest first
    # Its weights to the classes, (classes,) float32, if the next layer is the output; else `None`.
    outgoing: Array | None


@images_probe
def neuron_card(network: LensNetwork, data: Dataset, neuron: Neuron) -> Turns[NeuronCard]:
    """Return the `NeuronCard`, of a silenced neuron as if it were not; raise `UserError` if there is no such neuron."""
    network.check_neuron(neuron)
    # The neuron does not depend on changes in its own layer and in later ones.
    network = network.changed(
        frozenset(changed for changed in network.key.silenced if changed.layer < neuron.layer),
        frozenset(changed for changed in network.key.adjusted if changed.layer < neuron.layer),
    )
    activations = yield from activations_of(network, data)
    outputs = activations.hidden[neuron.layer][:, neuron.number].astype(np.float32)
    ranks = _ranks(data, network, activations, neuron)
    labels, classes = activations.labels, network.architecture.classes
    sums, images = (np.bincount(labels, weights, classes) for weights in (outputs.astype(np.float64), None))
    means = np.divide(sums, images, out=np.full(classes, np.nan), where=images > 0)
    finite = outputs[np.isfinite(outputs)].astype(np.float64)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    counts, edges = np.histogram(finite, BINS, (min(low, 0.0), high if high > low else low + 1))
    is_map = isinstance(network.layers[neuron.layer], ConvLayer)
    is_last = neuron.layer == len(network.layers) - 1 and network.plan.reads_last
    return NeuronCard(
        **network.shown,
        neuron=neuron,
        kind=mark("feature map, averaged") if is_map else mark("neuron"),
        weights=_incoming(network, neuron),
        bias=float(network.bias(neuron.layer)[neuron.number]),
        means=means.astype(np.float32),
        counts=counts,
        edges=edges,
        share_firing=float((outputs > 0).mean()),
        most_images=_excited(data, outputs, ranks[::-1][:SHOWN]),
        least_images=_excited(data, outputs, ranks[:SHOWN]),
        outgoing=read_only(network.kernel(-1)[neuron.number]) if is_last else None,
    )


def _ranks(data: Dataset, network: LensNetwork, activations: Activations, neuron: Neuron) -> Array:
    """Return the images, least exciting first; those with a ReLU of 0 by its sums, if these are one product away."""
    outputs = activations.hidden[neuron.layer][:, neuron.number]
    below = np.zeros(len(outputs))
    if network.plan.is_plain and isinstance(network.layers[neuron.layer], DenseLayer):
        kernel, bias = network.kernel(neuron.layer)[:, neuron.number], network.bias(neuron.layer)[neuron.number]
        if neuron.layer == 0:
            below = _sums(data.test_images.reshape(len(data.test_images), -1), kernel / np.float32(255)) + bias
        elif isinstance(network.layers[neuron.layer - 1], DenseLayer):
            below = _sums(activations.hidden[neuron.layer - 1], kernel) + bias
    return np.lexsort((-np.arange(len(outputs)), below, outputs))


def _sums(inputs: Array, kernel: Array) -> Array:
    """Return inputs (images, inputs) @ kernel (inputs,), single precision, without copying all inputs at once."""
    step = max(1, AT_ONCE // max(kernel.size, 1))
    return np.concatenate([inputs[part].astype(np.float32, copy=False) @ kernel for part in slices(len(inputs), step)])


def _incoming(network: LensNetwork, neuron: Neuron) -> Array | None:
    """Return the weights as a picture (rows, columns), or `None` if they are none."""
    kernel, layer = network.kernel(neuron.layer), network.layers[neuron.layer]
    if isinstance(layer, ConvLayer):
        if layer.is_depthwise:
            kernel = kernel.reshape(*layer.kernel, 1, -1)
        return kernel[..., neuron.number].mean(axis=2)
    shape = network.plan.read_by(neuron.layer)
    if len(shape) == 1 or shape[2:] not in ((), (1,)):  # neurons, or several feature maps
        return None
    return read_only(kernel[:, neuron.number].reshape(shape[:2]))


def _excited(data: Dataset, outputs: Array, numbers: Array) -> Excited:
    return Excited(
        read_only(numbers),
        read_only(data.test_labels[numbers]),
        read_only(data.shown(numbers)),
        read_only(outputs[numbers]),
    )
