"""What does each neuron look for? Its incoming weights as a picture, and what it says to the classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.lazy import np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, read_only
from engine.core.specs import ConvLayer
from engine.core.turns import Turns, slices
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.probe import network_probe
from engine.session.session import Session

type Kind = Literal["dense", "convolution", "classes"]

type View = Literal["pixels", "inputs"]
"""Of a dense layer behind another: through to the pixels, or over the neurons before."""

type Meaning = Literal["pixels", "places", "product", "product places", "inputs", "kernels", "mean kernels"]
"""What a picture shows: weights over the pixels; over the places of the feature maps before, averaged over the maps;
the product of the kernels through to either, as if nothing were bent between; weights over the neurons before, row by
row; a convolution's kernels; these averaged over the feature maps before."""

OUTERMOST = 0.001
"""Share of the weights that may lie beyond the shared scale: a few far ones would make all others pale."""

SAMPLE = 200_000
"""Sample size for estimating that quantile."""

TURN_WORK = 1e8
"""Number of multiplications that fit into a turn; copying a weight takes as long as `COPYING` of them."""

COPYING = 100


class LayerShape(NamedTuple):
    """What kind of layer, and how many neurons, feature maps or classes it has."""

    kind: Kind
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPictures(LensAnswer):
    """The incoming weights of the neurons of one layer, through the lens. All arrays are float32."""

    layer: int
    """From 0; the last one are the classes."""
    against: int | None
    """Of which moment the weights were taken off; `None`: none were."""
    layers: tuple[LayerShape, ...]
    """All layers of the network."""
    meaning: Meaning
    pictures: Array
    """Of shape (neurons, rows, columns); NaN where a picture has more places than there are weights."""
    biases: Array
    """Of shape (neurons,)."""
    outgoing: Array
    """How each class' logit rises with the neuron, (neurons, classes): its weights where the classes follow at once,
    otherwise their product through the layers between, as if nothing were bent there. (classes, 0) of the classes."""
    norms: Array
    """Of shape (neurons,): the root of the sum of the picture's squares."""
    reach: float
    """How far from zero all of the pictures' weights but a thousandth lie."""


def weight_pictures(
    session: Session, lens: Lens, layer: int = 0, view: View = "pixels", against: int | None = None
) -> Job:
    """Answer with `WeightPictures` of a layer (from 0), in turns: 1 ms for the blog's network.

    With `against` the weights of the run's moment at or before that step are taken off. Raises `UserError` when there
    is no such layer or a moment cannot be read.
    """
    network = lens_network(session, lens)
    shapes = layer_shapes(network)
    if not 0 <= layer < len(shapes):
        raise UserError(f"Run {lens.run} has no layer {layer + 1}.", hint=f"It has {len(shapes)} layers.")
    layer_weights = yield from _look_at(network, layer, view)
    if against is not None:
        before = lens_network(session, lens.at(against))
        layer_weights = _difference(layer_weights, (yield from _look_at(before, layer, view)))
        yield None
    pictures = _laid_out(layer_weights.values, layer_weights.shape)
    pictures.flags.writeable = False  # nobody else has them, so they need not be copied
    yield WeightPictures(
        run=lens.run,
        step=network.key.step,
        layer=layer,
        against=against,
        layers=shapes,
        meaning=_meaning(network, layer, view),
        pictures=pictures,
        biases=layer_weights.biases,
        outgoing=layer_weights.outgoing,
        norms=np.sqrt(np.einsum("nw,nw->n", layer_weights.values, layer_weights.values)),
        reach=_reach(layer_weights.values),
    )


def layer_shapes(network: LensNetwork) -> tuple[LayerShape, ...]:
    """Return all layers of a network; the last one are the classes."""
    hidden = (
        LayerShape("convolution" if isinstance(layer, ConvLayer) else "dense", layer.width)
        for layer in network.layers
    )
    return (*hidden, LayerShape("classes", network.architecture.classes))


class _Found(NamedTuple):
    values: Array
    """Of shape (neurons, weights)."""
    shape: tuple[int, int]
    biases: Array
    outgoing: Array


def _look_at(network: LensNetwork, layer: int, view: View) -> Turns[_Found]:
    values, shape = yield from _values(network, layer, view)
    outgoing = yield from _outgoing(network, layer)
    return _Found(values, shape, np.array(network.weights[2 * layer + 1], np.float32), outgoing)


def _difference(now: _Found, then: _Found) -> _Found:
    with np.errstate(invalid="ignore"):  # infinity less infinity is no number, and shown as none
        return _Found(
            now.values - then.values, now.shape, now.biases - then.biases, now.outgoing - then.outgoing
        )


# Incoming ---------------------------------------------------------------------------------------------------------


def _values(network: LensNetwork, layer: int, view: View) -> Turns[tuple[Array, tuple[int, int]]]:
    """Return the pictured weights (neurons, weights), and how many rows and columns they are laid out in."""
    kernel, first = network.weights[2 * layer], _first_dense(network)
    if layer < first:
        return kernel.mean(axis=2).reshape(9, -1).T.astype(np.float32), (3, 3)
    if layer > first and view == "inputs":
        return kernel.T.astype(np.float32), _near_square(len(kernel))
    (rows, columns), maps = _places(network)
    values = np.empty((kernel.shape[1], rows * columns), np.float32)
    between = [(network.weights[2 * each], _factors(network, each)) for each in range(first, layer)]
    work = sum(matrix.size for matrix, _ in between) + COPYING * len(network.weights[2 * first])
    block = max(1, int(TURN_WORK / work))
    for chosen in slices(len(values), block):
        part = kernel[:, chosen]
        for matrix, factors in reversed(between):
            part = matrix @ (factors[:, None] * part)
        values[chosen] = part.reshape(rows * columns, maps, -1).mean(axis=1).T
        if chosen.stop < len(values):
            yield None
    return values, (rows, columns)


def _meaning(network: LensNetwork, layer: int, view: View) -> Meaning:
    first = _first_dense(network)
    if layer < first:
        return "mean kernels" if layer else "kernels"
    if layer > first and view == "inputs":
        return "inputs"
    if layer > first:
        return "product places" if first else "product"
    return "places" if first else "pixels"


def _first_dense(network: LensNetwork) -> int:
    """Return the number of the first layer behind all convolutions."""
    return sum(isinstance(layer, ConvLayer) for layer in network.layers)


def _places(network: LensNetwork) -> tuple[tuple[int, int], int]:
    """Return rows and columns of what the first dense layer reads, and how many maps of that size there are."""
    (rows, columns), maps = network.architecture.shape, 1
    for layer in network.layers[: _first_dense(network)]:
        rows, columns, maps = (rows + 1) // 2, (columns + 1) // 2, layer.width
    return (rows, columns), maps


def _near_square(count: int) -> tuple[int, int]:
    """Return rows and columns for that many weights: none empty where that is at most twice as wide as high."""
    for rows in range(math.isqrt(count), 0, -1):
        if count % rows == 0 and count // rows <= 2 * rows:
            return rows, count // rows
    columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def _laid_out(values: Array, shape: tuple[int, int]) -> Array:
    missing = math.prod(shape) - values.shape[1]
    if missing:
        values = np.pad(values, ((0, 0), (0, missing)), constant_values=np.nan)
    return values.reshape(-1, *shape)


# Outgoing ---------------------------------------------------------------------------------------------------------


def _outgoing(network: LensNetwork, layer: int) -> Turns[Array]:
    """Return how the logits rise with each neuron (neurons, classes), of a feature map with all of its places."""
    widths = [len(bias) for bias in network.weights[1::2]]
    outgoing = np.eye(widths[-1], dtype=np.float32)
    if layer == len(widths) - 1:
        return outgoing[:, :0]
    for number, (inputs, _) in reversed(list(enumerate(pairwise(widths), 1))):
        if number <= layer:
            break
        if number < len(widths) - 1:
            outgoing = _factors(network, number)[:, None] * outgoing
            yield None
        kernel = network.weights[2 * number]
        # What enters runs fastest just before what leaves; before that come places: see `engine.core.lens.silence`.
        outgoing = kernel.reshape(-1, inputs, kernel.shape[-1]).sum(axis=0) @ outgoing
    return outgoing.astype(np.float32)


def _factors(network: LensNetwork, layer: int) -> Array:
    """Return by how much the lens multiplies what the neurons of a hidden layer pass on (neurons,)."""
    passed = network.passed[layer]
    return passed.factors if passed else np.ones(network.layers[layer].width, np.float32)


# Figures ----------------------------------------------------------------------------------------------------------


def _reach(values: Array) -> float:
    sizes = np.abs(values.ravel()[:: max(1, values.size // SAMPLE) | 1])
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size:
        return 0.0
    place = sizes.size - 1 - int(OUTERMOST * sizes.size)
    return float(np.partition(sizes, place)[place])


def summed_up(message: WeightPictures) -> Sequence[dict[str, Any]]:
    """Return what there is to say of each neuron in figures: its number, bias, least and largest weight, norm."""
    lows = np.fmin.reduce(message.pictures, axis=(1, 2))
    highs = np.fmax.reduce(message.pictures, axis=(1, 2))
    return [
        {
            "neuron": number,
            "bias": float(message.biases[number]),
            "minimum": float(lows[number]),
            "maximum": float(highs[number]),
            "norm": float(message.norms[number]),
            "outgoing": message.outgoing[number].tolist(),
        }
        for number in range(len(message.pictures))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPicture(LensAnswer):
    """A neuron's weights as a picture (rows, columns), float32: of the first layer those from the pixels.

    Of a deeper layer it is the product of all kernels up to the neuron: what a pixel would add if every neuron on the
    way fired. Of a feature map in the first layer it is its kernel.
    """

    neuron: Neuron
    picture: Array


@network_probe
def weight_picture(network: LensNetwork, neuron: Neuron) -> WeightPicture | None:
    """Return the `WeightPicture`; `None` for a neuron behind a convolution, which has no such picture.

    Raises `UserError` when there is no such neuron.
    """
    network.check_neuron(neuron)
    kernels = network.weights[0 : 2 * neuron.layer + 2 : 2]
    if any(isinstance(layer, ConvLayer) for layer in network.layers[: neuron.layer + 1]):
        if neuron.layer:
            return None
        picture = kernels[0][:, :, 0, neuron.number]
    else:
        weights = kernels[-1][:, neuron.number]
        for kernel in reversed(kernels[:-1]):
            weights = kernel @ weights
        picture = weights.reshape(network.architecture.shape)
    return WeightPicture(
        run=network.key.run, step=network.key.step, neuron=neuron, picture=read_only(picture)
    )
