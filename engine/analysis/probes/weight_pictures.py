"""The incoming weights of each neuron as a picture, and its outgoing weights to the classes."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.layers.kinds import KERNEL, ConvLayer
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, Turns, read_only, slices
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.probe import network_probe
from engine.session.session import Session

type Kind = Literal["dense", "convolution", "classes"]

# The weights of a dense layer behind another: the product through to the pixels, or over the neurons before. Of a
# convolution behind another: the mean of its kernels, or each of them.
type View = Literal["pixels", "inputs"]

# The contents of a picture: weights over the pixels; over the places of the feature maps before, averaged over the
# maps; the product of the kernels through to either, without activations; weights over the neurons before, row by row;
# a convolution's kernels; these averaged over the feature maps before, or side by side.
type Meaning = Literal[
    "pixels", "places", "product", "product places", "inputs", "kernels", "mean kernels", "all kernels"
]

KERNEL_STEP = KERNEL + 1  # from one kernel to the next in a picture of all of them, with a gap between

# Share of the weights that may exceed the shared scale: a few far ones would make all others pale.
OUTERMOST = 0.001
SAMPLE = 200_000  # sample size for estimating that quantile
MOST_DRAWN, SIDE = 50, 168  # pictures of neurons for a notebook, and the pixels of one
TURN_WORK, COPYING = 1e8, 100  # multiplications in a turn, and those that take as long as copying a weight


class LayerShape(NamedTuple):
    """The kind of a layer, and its number of neurons, feature maps or classes."""

    kind: Kind
    width: int


class WeightPictures(LensAnswer):
    """The incoming weights of the neurons of one layer, as the lens shows it. All arrays are float32."""

    layer: int  # from 0; the last one means the classes
    against: int | None  # the moment whose weights were subtracted, or `None`
    layers: tuple[LayerShape, ...]  # all layers of the network
    meaning: Meaning
    pictures: Array  # of shape (neurons, rows, columns); NaN where a picture has more places than there are weights
    biases: Array  # of shape (neurons,)
    # The rise of each class' logit with the neuron, (neurons, classes): its weights if the classes follow at once,
    # otherwise their product through the layers between, without activations. (classes, 0) for the classes.
    outgoing: Array
    norms: Array  # of shape (neurons,): the Euclidean norm of each picture
    reach: float  # the size that only a thousandth of all the pictures' weights exceed

    def _repr_png_(self) -> bytes:
        from engine.analysis.ideal.sheet import drawn_sheet, png

        pictures = self.pictures[:MOST_DRAWN]
        names, figures = [*map(str, range(len(pictures)))], [tr("norm {norm:.2g}", norm=norm) for norm in self.norms]
        return png(drawn_sheet(pictures, names, figures, most=self.reach, pixel=max(1, SIDE // pictures.shape[2])))


def weight_pictures(
    session: Session, lens: Lens, layer: int = 0, view: View = "pixels", against: int | None = None
) -> Job:
    """Answer with `WeightPictures` of a layer (from 0), less those of the moment at or before step `against`.

    Raises `UserError` if there is no such layer or a moment cannot be read.
    """
    network = lens_network(session, lens)
    shapes = (
        *(LayerShape("convolution" if isinstance(one, ConvLayer) else "dense", one.width) for one in network.layers),
        LayerShape("classes", network.architecture.classes),
    )
    if not 0 <= layer < len(shapes):
        raise UserError(
            tr("Run {run} has no layer {layer}.", run=lens.run, layer=layer + 1),
            hint=tr_plural("It has {count} layer.", "It has {count} layers.", len(shapes)),
        )
    layer_weights = yield from _layer_weights(network, layer, view)
    if against is not None:
        before = yield from _layer_weights(lens_network(session, lens.at(against)), layer, view)
        with np.errstate(invalid="ignore"):  # infinity minus infinity is NaN, and shown as no weight
            layer_weights = _LayerWeights(
                layer_weights.values - before.values,
                layer_weights.shape,
                layer_weights.biases - before.biases,
                layer_weights.outgoing - before.outgoing,
            )
        yield None
    values, shape, meaning = layer_weights.values, layer_weights.shape, _meaning(network, layer, view)
    weights = np.nan_to_num(values) if meaning == "all kernels" else values  # without the gaps
    padding = math.prod(shape) - values.shape[1]
    padded = np.pad(values, ((0, 0), (0, padding)), constant_values=np.nan) if padding else values
    pictures = padded.reshape(-1, *shape)
    pictures.flags.writeable = False  # instead of a copy: nobody else has them
    yield WeightPictures(
        **network.shown,
        layer=layer,
        against=against,
        layers=shapes,
        meaning=meaning,
        pictures=pictures,
        biases=layer_weights.biases,
        outgoing=layer_weights.outgoing,
        norms=np.sqrt(np.einsum("nw,nw->n", weights, weights)),
        reach=_reach(values),
    )


class _LayerWeights(NamedTuple):
    values: Array  # of shape (neurons, weights)
    shape: tuple[int, int]
    biases: Array
    outgoing: Array


def _layer_weights(network: LensNetwork, layer: int, view: View) -> Turns[_LayerWeights]:
    values, shape = yield from _values(network, layer, view)
    outgoing = yield from _outgoing(network, layer)
    return _LayerWeights(values, shape, np.array(network.bias(layer), np.float32), outgoing)


def _values(network: LensNetwork, layer: int, view: View) -> Turns[tuple[Array, tuple[int, int]]]:
    """Return the pictured weights (neurons, weights), and the rows and columns of a picture."""
    kernel, first = network.kernel(layer), _first_dense(network)
    if 0 < layer < first and view == "inputs":
        return _side_by_side(np.moveaxis(kernel, (2, 3), (1, 0)))
    if layer < first:
        return kernel.mean(axis=2).reshape(9, -1).T.astype(np.float32), (3, 3)
    if layer > first and view == "inputs":
        return kernel.T.astype(np.float32), _near_square(len(kernel))
    rows, columns, maps = (*network.plan.read_by(first), 1)[:3]
    values = np.empty((kernel.shape[1], rows * columns), np.float32)
    between = [(network.kernel(number), _factors(network, number)) for number in range(first, layer)]
    work = sum(matrix.size for matrix, _ in between) + COPYING * len(network.kernel(first))
    for chosen in slices(len(values), max(1, int(TURN_WORK / work))):
        part = kernel[:, chosen]
        for matrix, factors in reversed(between):
            part = matrix @ (factors[:, None] * part)
        values[chosen] = part.reshape(rows * columns, maps, -1).mean(axis=1).T
        if chosen.stop < len(values):
            yield None
    return values, (rows, columns)


def _side_by_side(kernels: Array) -> tuple[Array, tuple[int, int]]:
    """Return kernels (maps, maps before, 3, 3) as rows of each map's, with NaN in the gaps, and the shape of that."""
    rows, columns = _near_square(kernels.shape[1])
    places = np.full((len(kernels), rows * columns, KERNEL_STEP, KERNEL_STEP), np.nan, np.float32)
    places[:, : kernels.shape[1], :KERNEL, :KERNEL] = kernels
    high, wide = rows * KERNEL_STEP - 1, columns * KERNEL_STEP - 1
    grid = places.reshape(-1, rows, columns, KERNEL_STEP, KERNEL_STEP).transpose(0, 1, 3, 2, 4)
    whole = grid.reshape(len(kernels), high + 1, wide + 1)[:, :-1, :-1]
    return whole.reshape(len(kernels), -1), (high, wide)


def _meaning(network: LensNetwork, layer: int, view: View) -> Meaning:
    first = _first_dense(network)
    if layer < first:
        return "kernels" if not layer else "all kernels" if view == "inputs" else "mean kernels"  # no text
    if layer > first and view == "inputs":
        return "inputs"
    if layer > first:
        return "product places" if first else "product"  # no text
    return "places" if first else "pixels"


def _first_dense(network: LensNetwork) -> int:
    return sum(isinstance(layer, ConvLayer) for layer in network.layers)


def _near_square(count: int) -> tuple[int, int]:
    """Return rows and columns for that many weights: without gaps if that is at most twice as wide as high."""
    for rows in range(math.isqrt(count), 0, -1):
        if count % rows == 0 and count // rows <= 2 * rows:
            return rows, count // rows
    columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def _outgoing(network: LensNetwork, layer: int) -> Turns[Array]:
    """Return the rise of the logits with each neuron (neurons, classes), of a feature map with all of its places."""
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
        kernel = network.kernel(number)
        # The last axis of the inputs is the map, the ones before are places: see `engine.core.lens.silence`.
        outgoing = kernel.reshape(-1, inputs, kernel.shape[-1]).sum(axis=0) @ outgoing
    return outgoing.astype(np.float32)


def _factors(network: LensNetwork, layer: int) -> Array:
    """Return the factors by which the lens multiplies the outputs of a hidden layer (neurons,)."""
    passed = network.passed[layer]
    return passed.factors if passed else np.ones(network.layers[layer].width, np.float32)


def _reach(values: Array) -> float:
    sizes = np.abs(values.ravel()[:: max(1, values.size // SAMPLE) | 1])
    sizes = sizes[np.isfinite(sizes)]
    if not sizes.size:
        return 0.0
    place = sizes.size - 1 - int(OUTERMOST * sizes.size)
    return float(np.partition(sizes, place)[place])


def neuron_figures(message: WeightPictures) -> Sequence[dict[str, Any]]:
    """Return the figures of each neuron: its number, bias, smallest and largest weight, norm, outgoing weights."""
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


class WeightPicture(LensAnswer):
    """A neuron's weights as a picture (rows, columns), float32: those from the pixels in the first layer.

    In a deeper layer the product of all kernels up to the neuron: what a pixel would add if every neuron on the way
    fired. For a feature map in the first layer its kernel.
    """

    neuron: Neuron
    picture: Array


@network_probe
def weight_picture(network: LensNetwork, neuron: Neuron) -> WeightPicture | None:
    """Return the `WeightPicture`; `None` behind a convolution. Raises `UserError` if there is no such neuron."""
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
    return WeightPicture(**network.shown, neuron=neuron, picture=read_only(picture))
