"""The incoming weights of each neuron as a picture, and its outgoing weights to the classes."""

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.layers.kinds import ConvLayer, DenseLayer, Dropout, Flatten, GlobalPool, Pair, Pool, Resize
from engine.core.layers.plan import Plan
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, Turns, read_only, slices
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.paths import dense_path, reads_image
from engine.model.network.probe import network_probe
from engine.session.session import Session

type Kind = Literal["dense", "convolution", "classes"]

# The weights of a dense layer behind another: the product through to the pixels, or over the neurons before. Of a
# convolution that reads several feature maps: the mean of its kernels, or each of them.
type View = Literal["pixels", "inputs"]

# The contents of a picture: weights over the pixels; over the places of the feature maps before, averaged over the
# maps; the product of the kernels through to either, without activations; weights over the neurons before, or over
# other values, row by row; a convolution's kernel over the image, or over a single feature map; its kernels averaged
# over the feature maps before, or side by side.
type Meaning = Literal[
    "pixels",
    "places",
    "product",
    "product places",
    "inputs",
    "values",
    "kernels",
    "own kernels",
    "mean kernels",
    "all kernels",
]

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
    has_views: bool  # whether the other `View` of this layer shows something else
    reads: int  # the number of neurons, values or feature maps that each one of the layer reads
    kernel: Pair | None  # rows and columns of a convolution's kernel, ...
    groups: int  # ... and the number of its groups, each of which reads feature maps of its own
    pictures: Array  # of shape (neurons, rows, columns); NaN where a picture has more places than there are weights
    biases: Array  # of shape (neurons,)
    # The rise of each class' logit with the neuron, (neurons, classes): its weights if the classes follow at once,
    # otherwise their product through the layers between, without activations. (neurons, 0) for the classes, and where
    # a normalisation, a block or something else that is no sum lies between.
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
    values, shape, meanings = layer_weights.values, layer_weights.shape, _meanings(network, layer)
    meaning, kernel = meanings[view], _kernel(network, layer)
    own = network.layers[layer] if layer < len(network.layers) else None
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
        has_views=len(set(meanings.values())) > 1,
        reads=kernel.shape[-2],
        kernel=own.kernel if isinstance(own, ConvLayer) else None,
        groups=own.groups if isinstance(own, ConvLayer) else 1,
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


class Layout(NamedTuple):
    """How the weights that lead to a layer lie in its pictures of the view `pixels`: `rows` and `columns` of places.

    At each place is the mean over `maps`. `path` are the numbers of the dense layers whose kernels are multiplied; it
    ends with the layer's own.
    """

    path: tuple[int, ...]
    rows: int
    columns: int
    maps: int


def layout(plan: Plan, number: int) -> Layout:
    """Return the layout of a hidden layer's pictures, or with -1 of the outputs'."""
    layer, shape = plan.with_kernels[number].operation, plan.shapes[plan.kernels[number]]
    if isinstance(layer, ConvLayer):
        return Layout((number,), *layer.kernel, 1 if layer.is_depthwise else shape[2])
    path = dense_path(plan, number)
    read = plan.read_by(path[0])
    if len(read) > 1 and (len(path) == 1 or not plan.hidden[path[0]].norm):
        return Layout(path, read[0], read[1], math.prod(read[2:]))
    return Layout((number,), *_near_square(shape[0]), 1)


def _values(network: LensNetwork, layer: int, view: View) -> Turns[tuple[Array, tuple[int, int]]]:
    """Return the pictured weights (neurons, weights), and the rows and columns of a picture."""
    kernel, meaning = _kernel(network, layer), _meanings(network, layer)[view]
    if meaning == "all kernels":  # no text
        return _side_by_side(np.moveaxis(kernel, (2, 3), (1, 0)))
    if meaning in ("inputs", "values"):
        return kernel.T.astype(np.float32), _near_square(len(kernel))
    (*before, _), rows, columns, maps = layout(network.plan, _number(network, layer))
    kernel = kernel.reshape(-1, kernel.shape[-1])
    values = np.empty((kernel.shape[1], rows * columns), np.float32)
    between = [(network.kernel(number), _factors(network, number)) for number in before]
    work = sum(matrix.size for matrix, _ in between) + COPYING * rows * columns * maps
    for chosen in slices(len(values), max(1, int(TURN_WORK / work))):
        part = kernel[:, chosen]
        for matrix, factors in reversed(between):
            part = matrix @ (factors[:, None] * part)
        values[chosen] = part.reshape(rows * columns, maps, -1).mean(axis=1).T
        if chosen.stop < len(values):
            yield None
    return values, (rows, columns)


def _number(network: LensNetwork, layer: int) -> int:
    """Return the number of a hidden layer, or -1 for the classes."""
    return layer if layer < len(network.layers) else -1


def _kernel(network: LensNetwork, layer: int) -> Array:
    """Return a layer's kernel, (inputs, neurons) or (rows, columns, maps that each reads, maps)."""
    kernel = network.kernel(layer)
    # A depthwise one is (rows, columns, maps before, maps of each).
    own = network.layers[layer] if layer < len(network.layers) else None
    is_depthwise = isinstance(own, ConvLayer) and own.is_depthwise
    return kernel.reshape(*kernel.shape[:2], 1, -1) if is_depthwise else kernel


def _side_by_side(kernels: Array) -> tuple[Array, tuple[int, int]]:
    """Return kernels (maps, maps before, rows, columns) as rows of each map's, with NaN in the gaps, and its shape."""
    rows, columns = _near_square(kernels.shape[1])
    high, wide = (side + 1 for side in kernels.shape[2:])  # from one kernel to the next, with a gap between
    places = np.full((len(kernels), rows * columns, high, wide), np.nan, np.float32)
    places[:, : kernels.shape[1], :-1, :-1] = kernels
    grid = places.reshape(-1, rows, columns, high, wide).transpose(0, 1, 3, 2, 4)
    whole = grid.reshape(len(kernels), rows * high, columns * wide)[:, :-1, :-1]
    return whole.reshape(len(kernels), -1), (rows * high - 1, columns * wide - 1)


def _meanings(network: LensNetwork, layer: int) -> dict[View, Meaning]:
    """Return what the pictures of a layer show in each view."""
    number, kernel = _number(network, layer), _kernel(network, layer)
    if kernel.ndim > 2:
        if kernel.shape[2] > 1:
            return {"pixels": "mean kernels", "inputs": "all kernels"}  # no text
        own: Meaning = "kernels" if reads_image(network.plan, number) else "own kernels"  # no text
        return dict.fromkeys(("pixels", "inputs"), own)
    path = dense_path(network.plan, number)
    before = len(network.plan.read_by(path[0]))
    if len(path) == 1:
        return dict.fromkeys(("pixels", "inputs"), ("values", "pixels", "places")[before - 1])
    if before == 1 or network.layers[path[0]].norm:
        return {"pixels": "inputs", "inputs": "inputs"}
    return {"pixels": "product" if before == 2 else "product places", "inputs": "inputs"}  # no text


def _near_square(count: int) -> tuple[int, int]:
    """Return rows and columns for that many weights: without gaps if that is at most twice as wide as high."""
    for rows in range(math.isqrt(count), 0, -1):
        if count % rows == 0 and count // rows <= 2 * rows:
            return rows, count // rows
    columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def _outgoing(network: LensNetwork, layer: int) -> Turns[Array]:
    """Return the rise of the logits with each neuron (neurons, classes), of a feature map with all of its places.

    (neurons, 0) if that is no product of kernels.
    """
    plan, number = network.plan, len(network.layers)
    outgoing = np.eye(network.architecture.classes, dtype=np.float32)
    nothing = np.empty((len(network.bias(layer)), 0), np.float32)
    if layer == number:
        return nothing
    while number != layer:
        step = plan.with_kernels[number]
        if number < len(network.layers):
            if network.layers[number].norm:
                return nothing
            outgoing = _factors(network, number)[:, None] * outgoing
            yield None
        # What pooling makes of a feature map rises as all of its places do.
        before = plan.hidden_of(plan.origin(step.reads[0], Dropout, Flatten, GlobalPool, Pool, Resize))
        if before is None:
            return nothing
        outgoing = _over_places(network.kernel(number), step.operation, network.layers[before].width) @ outgoing
        number = before
    return outgoing.astype(np.float32)


def _over_places(kernel: Array, layer: Any, inputs: int) -> Array:
    """Return the sum of a layer's weights over the places of each of its inputs, (inputs, neurons)."""
    # The last axis of what it reads is the map, the ones before are places: see `engine.core.lens.silence`.
    if isinstance(layer, DenseLayer) or (layer.groups == 1 and not layer.is_depthwise):
        return kernel.reshape(-1, inputs, kernel.shape[-1]).sum(axis=0)
    sums = kernel.sum(axis=(0, 1)).reshape(1 if layer.is_depthwise else -1, layer.width)
    whole = np.zeros((inputs, layer.width), kernel.dtype)
    for rows, columns in zip(*(np.arange(many).reshape(inputs // len(sums), -1) for many in whole.shape), strict=True):
        whole[np.ix_(rows, columns)] = sums[:, columns]
    return whole


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
    fired. For a feature map that reads the image its kernel.
    """

    neuron: Neuron
    picture: Array


@network_probe
def weight_picture(network: LensNetwork, neuron: Neuron) -> WeightPicture | None:
    """Return the `WeightPicture`; `None` where other than dense layers lie between the neuron and the pixels.

    Raises `UserError` if there is no such neuron.
    """
    network.check_neuron(neuron)
    meaning = _meanings(network, neuron.layer)["pixels"]
    if meaning == "kernels":
        picture = _kernel(network, neuron.layer)[:, :, 0, neuron.number]
    elif meaning in ("pixels", "product"):
        *before, _ = dense_path(network.plan, neuron.layer)
        weights = network.kernel(neuron.layer)[:, neuron.number]
        for number in reversed(before):
            weights = network.kernel(number) @ weights
        picture = weights.reshape(network.architecture.shape)
    else:
        return None
    return WeightPicture(**network.shown, neuron=neuron, picture=read_only(picture))
