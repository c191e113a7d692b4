"""A network's answers in NumPy, with no TensorFlow to wait for, and the accuracy of answers."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ByActivation, ConvLayer, DenseLayer, Norm, Pair
from engine.core.layers.plan import Join, Operation, Plan, Step, Sum, computed
from engine.core.lazy import Array
from engine.core.lens import OutputScaling, Weights


class PlainAnswer(NamedTuple):
    """What a network gives for pictures: each hidden layer's output, logits (..., classes), and what a layer reads.

    A convolution's output is (..., rows, columns, maps), a dense layer's (..., neurons), both float32, after
    normalisation and activation; logits are float64, so that a breakdown adds up. `reads` has the hidden layers' inputs
    and last the outputs', before they are flattened.
    """

    hidden: list[Array]
    logits: Array
    reads: list[Array]


def plain_forward(
    plan: Plan, weights: Weights, pictures: Array, passed: Sequence[OutputScaling | None] = ()
) -> tuple[list[Array], Array]:
    """Return the hidden layers' outputs and the logits of `plain_answer`."""
    answer = plain_answer(plan, weights, pictures, passed)
    return answer.hidden, answer.logits


@np.errstate(over="ignore", invalid="ignore")  # for weights that became NaN
def plain_answer(
    plan: Plan, weights: Weights, pictures: Array, passed: Sequence[OutputScaling | None] = ()
) -> PlainAnswer:
    """Return a network's answer to pictures (..., rows, columns), 0 to 1; `passed` is each layer's output scaling.

    It equals that of `engine.model.network.model.Model` up to rounding.
    """
    hidden: dict[int, Array] = {}
    reads: dict[str, Array] = {}
    batch = np.shape(pictures)[:-2]
    last = plan.steps[-1]

    def compute(step: Step, values: list[Array]) -> Array:
        own = weights[step.own]
        if own:
            reads[step.name] = values[0]
        if step is last:
            kernel, bias = (array.astype(np.float64) for array in own)
            return values[0].astype(np.float64) @ kernel + bias
        x = values[0].reshape(*batch, *step.shape) if step.is_reshaping else _computed(step.operation, values, own)
        if step.hidden is not None:
            if passed and (change := passed[step.hidden]):
                x = x * change.factors + change.offsets
            hidden[step.hidden] = x
        return x

    logits = computed(plan, np.asarray(pictures, np.float32), compute)
    inputs = [reads[step.name].reshape(*batch, *plan.read_by(n)) for n, step in enumerate(plan.with_kernels)]
    return PlainAnswer([hidden[number] for number in range(len(hidden))], logits, inputs)


def _computed(operation: Operation, values: list[Array], weights: Weights) -> Array:
    """Return what one operation gives for values of float32, with its own weights."""
    x = values[0]
    match operation:
        case DenseLayer(activation=name):
            kernel, bias = weights
            return ACTIVATIONS[name](x @ kernel + bias)
        case ConvLayer() as layer:
            kernel, bias = weights
            return ACTIVATIONS[layer.activation](convolved(x, kernel, layer) + bias)
        case Norm("batch", epsilon):
            gamma, beta, mean, variance = weights
            return (x - mean) * (gamma / np.sqrt(variance + np.float32(epsilon))) + beta
        case Norm(_, epsilon):
            gamma, beta = weights
            centred = x - x.mean(axis=-1, keepdims=True)
            variance = (centred * centred).mean(axis=-1, keepdims=True)
            return centred / np.sqrt(variance + np.float32(epsilon)) * gamma + beta
        case kinds.Pool() as pool:
            return pooled(x, pool)
        case kinds.GlobalPool(kind):
            return x.max(axis=(-3, -2)) if kind == "max" else x.mean(axis=(-3, -2))
        case Activation(name):
            return ACTIVATIONS[name](x)
        case kinds.Rescale(scale, offset):
            return x * np.float32(scale) + np.float32(offset)
        case kinds.Pad() as pad:
            return _padded(x, (pad.top, pad.bottom), (pad.left, pad.right))
        case kinds.Resize(rows, columns):
            return _resized(_resized(x, rows, -3), columns, -2)
        case Sum():
            return sum(values[1:], values[0])
        case Join() | kinds.Colour():
            return np.concatenate(values, axis=-1)
        case kinds.Dropout():
            return x
    raise TypeError(f"There is no operation {operation}.")


@np.errstate(over="ignore", invalid="ignore")
def softmax(logits: Array) -> Array:
    """Return the probabilities of the classes, along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def slopes(loss: str, logits: Array, labels: Array) -> Array:
    """Return the gradient of a loss by logits (images, classes) at labels (images,), without the blog's clipping."""
    p = softmax(logits.astype(np.float64))
    right = np.zeros_like(p)
    right[np.arange(len(labels)), labels] = 1
    if loss == "squared":
        towards = 2 * p * (p - right)  # all three are multiplied by p, so nothing is divided by zero
    elif loss == "clipped":
        towards = np.where(right == 1, -1, p / np.maximum(1 - p, np.finfo(float).eps))
    else:
        towards = -right
    return towards - p * towards.sum(axis=-1, keepdims=True)


def convolved(x: Array, kernel: Array, layer: ConvLayer) -> Array:
    """Return x (..., rows, columns, inputs) convolved with the kernel of a layer, before its bias is added."""
    windows = _windows(x, layer.kernel, layer.stride, layer.padding, layer.dilation)
    if layer.is_depthwise:
        total = sum(
            window[..., None] * kernel[place // layer.kernel[1], place % layer.kernel[1]]
            for place, window in enumerate(windows)
        )
        return np.asarray(total).reshape(*total.shape[:-2], layer.width)
    if layer.groups == 1:
        return np.concatenate(windows, axis=-1) @ kernel.reshape(-1, layer.width)
    outputs = []
    for inputs, own in zip(np.split(x, layer.groups, -1), np.split(kernel, layer.groups, -1), strict=True):
        windows = _windows(inputs, layer.kernel, layer.stride, layer.padding, layer.dilation)
        outputs.append(np.concatenate(windows, axis=-1) @ own.reshape(-1, own.shape[-1]))
    return np.concatenate(outputs, axis=-1)


def pooled(x: Array, pool: kinds.Pool) -> Array:
    """Return the maximum or the average of each block of x (..., rows, columns, maps); smaller ones at an edge."""
    if pool.kind == "max":
        return np.maximum.reduce(_windows(x, pool.size, pool.stride, pool.padding, fill=-np.inf))
    total = sum(_windows(x, pool.size, pool.stride, pool.padding))
    inside = np.ones((*x.shape[-3:-1], 1), np.float32)
    return np.asarray(total / sum(_windows(inside, pool.size, pool.stride, pool.padding)))


def window_at(x: Array, layer: ConvLayer, place: Pair) -> tuple[Array, tuple[range, range]]:
    """Return what the kernel of a layer covers of x (rows, columns, maps) at a place of its results, and where that is.

    The first is (rows and columns of the kernel, maps), zero beyond the edges; the second are the rows and columns of
    x, which may lie beyond the edges as well.
    """
    along = [
        reach(x.shape[axis], place[axis], layer.kernel[axis], layer.stride[axis], layer.dilation[axis], layer.padding)
        for axis in (0, 1)
    ]
    inside = [[index for index in span if 0 <= index < count] for span, count in zip(along, x.shape, strict=False)]
    edges = []
    for span, kept in zip(along, inside, strict=True):
        before = sum(index < 0 for index in span)
        edges.append((before, len(span) - before - len(kept)))
    return _padded(x[np.ix_(*inside)], edges[0], edges[1]), (along[0], along[1])


def pooled_from(extent: Pair, pool: kinds.Pool, place: Pair) -> tuple[range, range]:
    """Return the rows and columns, of a map of `extent`, that lie in the block of a place of the results."""
    rows, columns = (
        reach(extent[axis], place[axis], pool.size[axis], pool.stride[axis], 1, pool.padding) for axis in (0, 1)
    )
    return rows, columns


def reach(count: int, place: int, length: int, step: int, gap: int, padding: str) -> range:
    """Return the places, of `count` along an axis, that a window covers for one of its results; some may lie beyond."""
    first = place * step - (_edges(count, length, step, gap)[0] if padding == "same" else 0)
    return range(first, first + length * gap, gap)


def _edges(count: int, length: int, step: int, gap: int) -> Pair:
    """Return how many zeros padding the same lays before `count` places, and behind them, as Keras does."""
    more = max(0, (-(-count // step) - 1) * step + (length - 1) * gap + 1 - count)
    return more // 2, more - more // 2


def _windows(
    x: Array, size: Pair, stride: Pair, padding: str, dilation: Pair = (1, 1), fill: float = 0.0
) -> list[Array]:
    """Return for each place in a window, row by row, what windows at all positions have there, as Keras lays them."""
    if padding == "same":
        edges = [_edges(*along) for along in zip(x.shape[-3:-1], size, stride, dilation, strict=True)]
        x = _padded(x, edges[0], edges[1], fill)
    spans = []
    for count, length, step, gap in zip(x.shape[-3:-1], size, stride, dilation, strict=True):
        extent = (count - (length - 1) * gap - 1) // step * step + 1
        spans.append([slice(place * gap, place * gap + extent, step) for place in range(length)])
    return [x[..., rows, columns, :] for rows in spans[0] for columns in spans[1]]


def _padded(x: Array, rows: Pair, columns: Pair, fill: float = 0.0) -> Array:
    edges = [(0, 0)] * (x.ndim - 3) + [rows, columns, (0, 0)]
    return np.pad(x, edges, constant_values=fill) if any(rows + columns) else x


def _resized(x: Array, count: int, axis: int) -> Array:
    """Return x with `count` places along an axis, interpolated linearly between the centres of pixels."""
    size = x.shape[axis]
    centres = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
    first = np.floor(centres).astype(int)
    share = (centres - first).astype(np.float32).reshape(-1, *[1] * (-axis - 1))
    low, high = (x.take(np.minimum(first + more, size - 1), axis) for more in (0, 1))
    return low * (1 - share) + high * share


def _sigmoid(x: Array) -> Array:
    return 0.5 * (np.tanh(0.5 * x) + 1)


def _erf(x: Array) -> Array:
    """Return the error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0.0)
    return np.sign(x) * (1 - np.polyval(factors, t) * np.exp(-x * x))


# Klambauer et al. (2017), Self-Normalizing Neural Networks.
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805

ACTIVATIONS = ByActivation[Callable[[Array], Array]](
    {
        "relu": lambda x: np.maximum(x, 0),
        "tanh": np.tanh,
        "sigmoid": _sigmoid,
        "gelu": lambda x: 0.5 * x * (1 + _erf(x / np.float32(np.sqrt(2)))),
        "linear": lambda x: x,
        "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        "selu": lambda x: (
            np.float32(SELU_SCALE) * np.where(x > 0, x, np.float32(SELU_ALPHA) * np.expm1(np.minimum(x, 0)))
        ),
        "silu": lambda x: x * _sigmoid(x),
        "relu6": lambda x: np.clip(x, 0, 6),
        "softplus": lambda x: np.logaddexp(x, np.zeros_like(x)),
    },
    lambda slope: lambda x: np.where(x > 0, x, np.float32(slope) * x),
)

# The derivatives of the activation functions.
SLOPES = ByActivation[Callable[[Array], Array]](
    {
        "relu": lambda x: (x > 0).astype(x.dtype),
        "tanh": lambda x: 1 - np.tanh(x) ** 2,
        "sigmoid": lambda x: _sigmoid(x) * (1 - _sigmoid(x)),
        "gelu": lambda x: 0.5 * (1 + _erf(x / np.float32(np.sqrt(2)))) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
        "linear": np.ones_like,
        "elu": lambda x: np.exp(np.minimum(x, 0)),
        "selu": lambda x: np.float32(SELU_SCALE) * np.where(x > 0, np.float32(1), np.float32(SELU_ALPHA) * np.exp(x)),
        "silu": lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x))),
        "relu6": lambda x: ((x > 0) & (x < 6)).astype(x.dtype),
        "softplus": lambda x: _sigmoid(x),
    },
    lambda slope: lambda x: np.where(x > 0, np.float32(1), np.float32(slope)),
)


class Accuracy(NamedTuple):
    """Shares of correct answers, of all images and per class (classes,), and the classes' image counts (classes,)."""

    whole: float
    of_classes: Array
    counts: Array


def accuracy(logits: Array, labels: Array) -> Accuracy:
    """Return the accuracy of the likeliest classes; `logits` are (images, classes). NaN for a class without images."""
    classes = logits.shape[1]
    right = labels[logits.argmax(axis=1) == labels]
    hits, counts = (np.bincount(answers, minlength=classes) for answers in (right, labels))
    shares = np.divide(hits, counts, out=np.full(classes, np.nan), where=counts > 0)
    return Accuracy(right.size / max(labels.size, 1), shares, counts)
