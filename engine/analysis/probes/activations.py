"""What each layer of the network makes of one picture, and the arithmetic behind a single value."""

from typing import Literal, NamedTuple

from engine.analysis.graph.values import input_picture
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ConvLayer, Norm, Pair
from engine.core.layers.plan import Channel as AsMap
from engine.core.layers.plan import Plan
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, read_only
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.model.network.plain import ACTIVATIONS, plain_answer, plain_forward, pooled_from, softmax, window_at
from engine.session.session import Session

ONE_SIGN = frozenset({"relu", "sigmoid", "relu6", "softplus"})  # activation functions with no values below zero

# Steps behind which each place of a map is where it was.
IN_PLACE = (Activation, AsMap, kinds.Colour, kinds.Dropout, Norm, kinds.Rescale)

type Channel = Literal["map", "neuron", "number"]


class ImageActivations(LensAnswer):
    """The activations of each layer for `picture` (rows, columns), as the lens shows them."""

    picture: Array
    about: str  # the picture in words
    # The activations of each hidden layer, float32: (neurons,), of a convolution (rows, columns, feature maps).
    hidden: tuple[Array, ...]
    signed: tuple[bool, ...]  # whether activations may be below zero
    logits: Array  # of shape (classes,), float64
    probabilities: Array  # of shape (classes,); they sum to 1


class Arithmetic(LensAnswer):
    """How a hidden unit gets its value: `inputs` times `weights`, summed, plus `bias`, normalised, activated.

    Both are (rows, columns, channels), float32. For a convolution: what its kernel covers at `place` in each map that
    it reads for this one, zero beyond the edges; for a dense layer: the whole picture or all maps, or (1, 1, neurons).
    """

    neuron: Neuron
    place: tuple[int, int] | None  # row and column in the feature map; `None` in a dense layer
    inputs: Array
    weights: Array
    first: int  # the number of the first channel among all that the layer reads: a group reads some alone
    channel: Channel  # what a channel is
    field: "Field | None"  # where a convolution looks; `None` if that is the sum or the row of several layers' maps
    bias: float
    total: float  # the sum of all products and the bias, in double precision
    norm: "Normalised | None"
    activation: str
    activated: float
    value: float  # the output: the activation as the lens changes it


class Field(NamedTuple):
    """The rows and columns that a value of a feature map is made of; they may lie beyond the edges."""

    layer: int | None  # the hidden layer in whose maps they are; `None` for the picture
    top: int
    left: int
    rows: int
    columns: int


class Normalised(NamedTuple):
    """What normalisation makes of a unit's sum: (sum - mean) / deviation * gamma + beta.

    Batch normalisation has mean and deviation of its training; layer normalisation those of all maps at this place, or
    of all neurons of the layer. The deviation is the root of variance and epsilon.
    """

    kind: str  # batch or layer
    mean: float
    deviation: float
    gamma: float
    beta: float
    value: float


def image_activations(session: Session, lens: Lens, image: int | None, drawing: Array | None) -> Job:
    """Answer with `ImageActivations` for a drawing (rows, columns), 0 to 1, or else for a test image by its number.

    Needs no TensorFlow. Raises `UserError` if there are no data, or the picture has another shape.
    """
    network = lens_network(session, lens)
    source = input_picture(session, network, image, drawing)
    hidden, logits = plain_forward(network.plan, network.weights, source.picture, network.passed)
    yield ImageActivations(
        **network.shown,
        picture=source.picture,
        about=source.words,
        hidden=tuple(hidden),
        signed=tuple(layer.activation not in ONE_SIGN for layer in network.layers),
        logits=logits,
        probabilities=softmax(logits),
    )


def unit_arithmetic(
    session: Session, lens: Lens, image: int | None, drawing: Array | None, neuron: Neuron, place: Pair | None = None
) -> Job:
    """Answer with `Arithmetic` of a hidden unit, for the same picture; raise `UserError` if there is no such unit.

    In a feature map it is that of `place`; without a place in the map, of the value farthest from zero.
    """
    network = lens_network(session, lens)
    number, unit = neuron
    network.check_neuron(neuron)
    layer, passed = network.layers[number], network.passed[number]
    picture = input_picture(session, network, image, drawing).picture
    hidden, _, reads = plain_answer(network.plan, network.weights, picture, network.passed)
    before, kernel = reads[number], network.kernel(number)
    before = before[..., None] if before.ndim == 2 else before
    first, field = 0, None
    if isinstance(layer, ConvLayer):
        place = _place(hidden[number][..., unit], place)
        inputs, where = window_at(before, layer, place)
        field = _field(network.plan, network.plan.with_kernels[number].reads[0], *where)
        first, weights = _kernel_of(kernel, layer, unit)
        everything, inputs = inputs, inputs[..., first : first + weights.shape[2]]
    else:
        place = None
        everything = inputs = before if before.ndim == 3 else before[None, None]
        weights = kernel[:, unit].reshape(inputs.shape)
    bias = float(network.bias(number)[unit])
    with np.errstate(all="ignore"):  # after a diverged training weights are NaN or infinite
        total = float((inputs.astype(np.float64) * weights).sum() + bias)
        norm = _normalised(network, number, unit, total, everything) if layer.norm else None
        value = norm.value if norm else total
        activated = float(ACTIVATIONS[layer.activation](np.array(value)))
    factor, offset = (1.0, 0.0) if passed is None else (float(array[unit]) for array in passed)
    yield Arithmetic(
        **network.shown,
        neuron=neuron,
        place=place,
        inputs=inputs,
        weights=read_only(weights),  # a copy: a view would hold the whole kernel in memory
        first=first,
        channel=_channel(network.plan, number, inputs),
        field=field,
        bias=bias,
        total=total,
        norm=norm,
        activation=layer.activation,
        activated=activated,
        value=activated * factor + offset,
    )


def _place(values: Array, place: Pair | None) -> Pair:
    """Return the place if the map has it, else that of the value farthest from zero."""
    rows, columns = values.shape
    if place is not None and 0 <= place[0] < rows and 0 <= place[1] < columns:
        return place
    row, column = np.unravel_index(int(np.abs(np.nan_to_num(values)).argmax()), values.shape)
    return int(row), int(column)


def _kernel_of(kernel: Array, layer: ConvLayer, unit: int) -> tuple[int, Array]:
    """Return the first channel that a map is made of, and its weights (rows, columns, channels)."""
    if layer.is_depthwise:
        first, number = divmod(unit, kernel.shape[3])
        return first, kernel[:, :, first : first + 1, number]
    group = unit // (layer.width // layer.groups)
    return group * kernel.shape[2], kernel[..., unit]


def _normalised(network: LensNetwork, number: int, unit: int, total: float, inputs: Array) -> Normalised:
    """Return what the normalisation of hidden layer `number` makes of a sum; `inputs` are those of all its units."""
    layer, plan = network.layers[number], network.plan
    norm, kernel, bias = layer.norm, network.kernel(number), network.bias(number)
    assert norm is not None
    step = plan.steps[plan.steps.index(plan.with_kernels[number]) + 1]
    gamma, beta, *measured = (array.astype(np.float64) for array in network.weights[step.own])
    if norm.kind == "batch":
        mean, variance = float(measured[0][unit]), float(measured[1][unit])
    else:
        sums, wide = bias.astype(np.float64), inputs.astype(np.float64)
        if isinstance(layer, ConvLayer):
            for other in range(layer.width):
                first, weights = _kernel_of(kernel, layer, other)
                sums[other] += (wide[..., first : first + weights.shape[2]] * weights).sum()
        else:
            sums += wide.ravel() @ kernel
        mean, variance = float(sums.mean()), float(sums.var())
    deviation = float(np.sqrt(variance + norm.epsilon))
    value = (total - mean) / deviation * gamma[unit] + beta[unit]
    return Normalised(norm.kind, mean, deviation, float(gamma[unit]), float(beta[unit]), float(value))


def _channel(plan: Plan, number: int, inputs: Array) -> Channel:
    """Return what the channels of a layer's inputs are."""
    if inputs.shape[:2] != (1, 1) or isinstance(plan.hidden[number], ConvLayer):
        return "map"
    value = plan.with_kernels[number].reads[0]
    while value:
        step = plan.steps[value - 1]
        if step.hidden is not None:
            return "map" if isinstance(plan.hidden[step.hidden], ConvLayer) else "neuron"
        if isinstance(step.operation, (kinds.GlobalPool, kinds.Pool)):
            return "map"
        is_mixed = isinstance(step.operation, kinds.Flatten) and plan.shape_of(step.reads[0])[:2] != (1, 1)
        if is_mixed or not isinstance(step.operation, (Activation, kinds.Dropout, kinds.Flatten, Norm, kinds.Rescale)):
            break
        value = step.reads[0]
    return "number"


def _field(plan: Plan, value: int, rows: range, columns: range) -> Field | None:
    """Return where rows and columns of a value are in the maps of the layer that it comes from, or in the picture."""
    ends = rows[0], rows[-1], columns[0], columns[-1]
    while value:
        step = plan.steps[value - 1]
        if step.hidden is not None:
            break
        value = step.reads[0]
        height, width = plan.shape_of(value)[:2]
        match step.operation:
            case kinds.Pool() as pool:
                above, below = (pooled_from((height, width), pool, (ends[end], ends[end + 2])) for end in (0, 1))
                ends = above[0][0], below[0][-1], above[1][0], below[1][-1]
            case kinds.Pad(top=top, left=left):
                ends = ends[0] - top, ends[1] - top, ends[2] - left, ends[3] - left
            case _:
                if not isinstance(step.operation, IN_PLACE):
                    return None
    return Field(plan.hidden_of(value), ends[0], ends[2], ends[1] - ends[0] + 1, ends[3] - ends[2] + 1)
