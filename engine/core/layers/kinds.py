"""The kinds of layers that a network may have. A network is a sequence of them; blocks have sequences inside.

A *hidden layer* is one with weights, with the normalisation and the activation that follow it directly: a lens changes
its neurons or feature maps. All other layers have no neurons of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from engine.core.language import mark

type Pair = tuple[int, int]  # rows and columns

KERNEL = 3  # rows and columns of the kernel of a convolution that names none

# The window's names of the activations that the settings offer for all layers, and of those that a layer may name.
ACTIVATIONS = {
    "relu": "ReLU",
    "tanh": "tanh",
    "sigmoid": "Sigmoid",  # no text
    "gelu": "GELU",
    "leaky_relu": "Leaky ReLU",  # no text
}
LAYER_ACTIVATIONS = {
    **ACTIVATIONS,
    "linear": mark("linear"),
    "elu": "ELU",
    "selu": "SELU",
    "silu": "SiLU",
    "relu6": "ReLU6",
    "softplus": "Softplus",  # no text
}


def _told_apart[T](kind: type[T]) -> type[T]:
    """Let layers of a kind be equal to no others: named tuples with equal fields are, whatever their classes are.

    Without it `Flatten() == Colour()` and `Resize(32, 32) == Rescale(32.0, 32.0)`, also as keys of what is kept.
    """

    def is_equal(one: Any, other: Any) -> bool:
        return type(other) is kind and bool(tuple.__eq__(one, other))

    changes: dict[str, Any] = {
        "__eq__": is_equal,
        "__ne__": lambda one, other: not is_equal(one, other),
        "__hash__": lambda one: hash((kind.__name__, *one)),
        "__bool__": lambda one: True,
    }
    for name, method in changes.items():
        setattr(kind, name, method)
    return kind


@_told_apart
class Norm(NamedTuple):
    """Batch or layer normalisation (Ioffe and Szegedy, 2015; Ba et al., 2016), over the last axis as Keras has it."""

    kind: str  # batch or layer
    epsilon: float = 0.001


@_told_apart
class DenseLayer(NamedTuple):
    """A fully connected hidden layer, its normalisation, and its activation; an empty one is the run's own."""

    width: int
    activation: str = ""
    norm: Norm | None = None


@_told_apart
class ConvLayer(NamedTuple):
    """A convolution with `width` feature maps, its normalisation, and its activation; an empty one is the run's own.

    A depthwise one reads each map alone: its width is a multiple of the number of maps that it reads.
    """

    width: int
    activation: str = ""
    norm: Norm | None = None
    kernel: Pair = (3, 3)
    stride: Pair = (1, 1)
    padding: str = "same"  # or valid
    dilation: Pair = (1, 1)
    groups: int = 1
    is_depthwise: bool = False


@_told_apart
class Pool(NamedTuple):
    """The maximum or the average of blocks of each feature map."""

    kind: str = "max"  # or average
    size: Pair = (2, 2)
    stride: Pair = (2, 2)
    padding: str = "same"


@_told_apart
class GlobalPool(NamedTuple):
    """The maximum or the average of each whole feature map."""

    kind: str = "average"  # or max


@_told_apart
class Activation(NamedTuple):
    """An activation that does not directly follow a hidden layer."""

    name: str


@_told_apart
class Dropout(NamedTuple):
    """Outputs that sit out each step of training, a share `rate` of them."""

    rate: float


@_told_apart
class Flatten(NamedTuple):
    """Feature maps as one row of numbers; a dense layer flattens what it reads by itself."""


@_told_apart
class Rescale(NamedTuple):
    """All numbers times `scale` plus `offset`."""

    scale: float
    offset: float = 0.0


@_told_apart
class Pad(NamedTuple):
    """Zeros around each feature map: rows above and below, columns on the left and on the right."""

    top: int
    bottom: int
    left: int
    right: int


@_told_apart
class Resize(NamedTuple):
    """Images of another size, by bilinear interpolation."""

    rows: int
    columns: int


@_told_apart
class Colour(NamedTuple):
    """Grey images in three equal channels, for a network that reads red, green and blue."""


@_told_apart
class Residual(NamedTuple):
    """The sum of what `body` and `shortcut` give for the same input, and its activation (He et al., 2016).

    An empty shortcut is the input itself; an empty activation is the run's own.
    """

    body: "Layers"
    shortcut: "Layers" = ()
    activation: str = ""


@_told_apart
class Branches(NamedTuple):
    """What several sequences of layers give for the same input, one behind the other; an empty one is the input."""

    branches: tuple["Layers", ...]


type HiddenLayer = DenseLayer | ConvLayer

type Layer = (
    HiddenLayer
    | Norm
    | Pool
    | GlobalPool
    | Activation
    | Dropout
    | Flatten
    | Rescale
    | Pad
    | Resize
    | Colour
    | Residual
    | Branches
)

type Layers = tuple[Layer, ...]


def hidden_in(layers: Sequence[Layer]) -> Iterator[HiddenLayer]:
    """Yield the hidden layers in the order of the text, those within blocks as well, a shortcut's after its body's."""
    for layer in layers:
        if isinstance(layer, (DenseLayer, ConvLayer)):
            yield layer
        for inside in inside_of(layer):
            yield from hidden_in(inside)


def inside_of(layer: Layer) -> tuple[Layers, ...]:
    """Return the sequences of layers within a block; none for any other layer."""
    if isinstance(layer, Residual):
        return layer.body, layer.shortcut
    return layer.branches if isinstance(layer, Branches) else ()


def is_convolutional(layers: Sequence[Layer]) -> bool:
    """Whether a network has feature maps among its hidden layers."""
    return any(isinstance(layer, ConvLayer) for layer in hidden_in(layers))


def mapped(layers: Sequence[Layer], change: Callable[[HiddenLayer], HiddenLayer]) -> Layers:
    """Return the layers with `change` applied to each hidden layer, those within blocks as well."""
    results: list[Layer] = []
    for layer in layers:
        match layer:
            case DenseLayer() | ConvLayer():
                results.append(change(layer))
            case Residual():
                body, shortcut = mapped(layer.body, change), mapped(layer.shortcut, change)
                results.append(Residual(body, shortcut, layer.activation))
            case Branches():
                results.append(Branches(tuple(mapped(branch, change) for branch in layer.branches)))
            case _:
                results.append(layer)
    return tuple(results)


def same_padding(extent: Sequence[int], size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> tuple[Pair, Pair]:
    """Return the rows above and below, and the columns left and right, that padding `same` adds, as Keras does it.

    `extent` begins with the rows and columns that a window of `size` slides over.
    """
    edges = []
    for count, length, step, gap in zip(extent[:2], size, stride, dilation, strict=True):
        more = max(0, (-(-count // step) - 1) * step + (length - 1) * gap + 1 - count)
        edges.append((more // 2, more - more // 2))
    return edges[0], edges[1]
