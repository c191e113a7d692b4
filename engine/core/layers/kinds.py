"""The kinds of layers that a network may have. A network is a sequence of them; blocks have sequences inside.

A *hidden layer* is one with weights, with the normalisation and the activation that follow it directly: a lens changes
its neurons or feature maps. All other layers have no neurons of their own.

Each kind declares its settings as knobs, from which the form of a layer follows (`engine.core.layers.editing`).
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, dataclass_transform

from engine.core.errors import UserError
from engine.core.knobs import knob, same_knob
from engine.core.language import mark, tr

type Pair = tuple[int, int]  # rows and columns
type Layers = tuple[Layer, ...]

KERNEL = 3  # rows and columns of the kernel of a convolution that names none
MAX_WIDTH, MAX_FEATURE_MAPS = 8192, 4096
MAX_KERNEL, MAX_STRIDE, MAX_SIDE, MAX_FACTOR = 31, 16, 512, 1_000_000

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
OWN_ACTIVATIONS = {"": mark("The run’s"), **LAYER_ACTIVATIONS}
LEAKY, SLOPE = "leaky_relu", 0.2  # the activation that may have a slope below zero behind its name, and the usual one
NORMS = {"batch": mark("Batch"), "layer": mark("Layer")}
MEANS = {"max": mark("Maximum"), "average": mark("Average")}
PADDINGS = {"same": "same", "valid": "valid"}


def _setting(
    default: Any,
    title: str,
    help: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    shown: Any = None,
    **more: Any,
) -> Any:
    """Declare a field as a setting, in whose form stands `shown` if the default is neither a number nor a text."""
    declared = knob(default if shown is None else shown, title=title, help=help, within=(low, high), **more)
    return dataclasses.field(default=default, metadata=declared.metadata)


def _pair(shown: str, title: str, help: str, most: int) -> Any:
    """Declare a field of rows and columns, which a form has as a text: `3x2`, or `3` for both."""
    check = functools.partial(read_pair, most=most)
    return _setting(read_pair(shown, most), title, help, shown=shown, check_text=check)


def read_pair(text: str, most: int) -> Pair:
    """Return rows and columns of a text such as `3x2`, or `3` for both; raise `UserError` for any other text."""
    sides = [side.strip() for side in text.lower().replace("×", "x").split("x")]
    numbers = [int(side) for side in sides if side.isdecimal() and len(side) < 10]
    if len(numbers) != len(sides) or len(sides) > 2 or not all(1 <= number <= most for number in numbers):
        raise UserError(tr("Write a number from 1 to {most}, or two such as {example}.", most=most, example="3x2"))
    return numbers[0], numbers[-1]


def leaky(slope: float) -> str:
    """Return the name of a leaky ReLU with that slope below zero: `leaky_relu 0.3`; of the usual one `leaky_relu`."""
    return LEAKY if math.isclose(slope, SLOPE, rel_tol=1e-6) else f"{LEAKY} {number_text(slope)}"


def slope_of(activation: str) -> float | None:
    """Return the slope below zero of a leaky ReLU; `None` for any other activation."""
    name, _, slope = activation.partition(" ")
    return (float(slope) if slope else SLOPE) if name == LEAKY else None


def is_activation(name: str) -> bool:
    """Whether a layer may name it as its activation."""
    return name in LAYER_ACTIVATIONS or 0 < (slope_of(name) or 0) < 1


def number_text(value: float) -> str:
    """Return a number that is the same when it is read again, without a needless point."""
    return short if float(short := f"{value:g}") == value else repr(float(value))


class ByActivation[T](dict[str, T]):
    """What there is for each activation by its name; `of_slope` gives that of a leaky ReLU."""

    def __init__(self, others: Mapping[str, T], of_slope: Callable[[float], T]) -> None:
        super().__init__(others)
        self._of_slope = of_slope

    def __missing__(self, activation: str) -> T:
        if (slope := slope_of(activation)) is None:
            raise KeyError(activation)
        return self._of_slope(slope)


@dataclass_transform(frozen_default=True)
@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a network: each kind is a frozen dataclass of its settings."""

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(frozen=True)(cls)

    def but(self, **changes: Any) -> Self:
        """Return the same layer with some settings changed."""
        return dataclasses.replace(self, **changes)

    @property
    def inside(self) -> tuple[Layers, ...]:
        """The sequences of layers within a block; none for any other layer."""
        return ()

    def with_inside(self, inside: Sequence[Layers]) -> Self:
        """Return the same block with other sequences within; any other layer as it is."""
        return self


class Norm(Layer):
    """Batch or layer normalisation (Ioffe and Szegedy, 2015; Ba et al., 2016), over the last axis as Keras has it."""

    kind: str = _setting(
        "batch",
        mark("Over"),
        mark("Over what it is normalised: the images of a batch, or the neurons of the layer."),
        choices=NORMS,
    )
    epsilon: float = _setting(
        0.001, mark("Epsilon"), mark("Is added to the variance, so that nothing is divided by zero."), 0, 1
    )


class HiddenLayer(Layer):
    """A layer with neurons or feature maps, its activation, and its normalisation before that.

    An empty activation is the run's own.
    """

    width: int
    activation: str = _setting(
        "",
        mark("Activation"),
        mark("What the layer does with its sums; the run’s is that of all layers that name none."),
        choices=OWN_ACTIVATIONS,
    )
    norm: Norm | None = _setting(
        None,
        mark("Normalisation"),
        mark("Whether the sums are normalised before the activation: over the batch, or over the layer."),
        shown="",
        choices={"": mark("Without"), **NORMS},
    )


class DenseLayer(HiddenLayer):
    """A fully connected hidden layer."""

    width: int = _setting(64, mark("Neurons"), mark("How many neurons the layer has."), 1, MAX_WIDTH)


class ConvLayer(HiddenLayer):
    """A convolution with `width` feature maps.

    A depthwise one reads each map alone: its width is a multiple of the number of maps that it reads.
    """

    width: int = _setting(16, mark("Feature maps"), mark("How many feature maps the layer gives."), 1, MAX_FEATURE_MAPS)
    kernel: Pair = _pair(
        "3x3", mark("Kernel"), mark("Rows and columns of the image that are read at once, such as 3x3."), MAX_KERNEL
    )
    stride: Pair = _pair(
        "1", mark("Stride"), mark("How many pixels the kernel moves at a time; 2 halves rows and columns."), MAX_STRIDE
    )
    padding: str = _setting(
        "same",
        mark("Padding"),
        mark("same puts zeros around the image, so that its size stays; valid puts none."),
        choices=PADDINGS,
    )
    dilation: Pair = _pair(
        "1", mark("Dilation"), mark("How far apart the pixels are that the kernel reads; 1: side by side."), MAX_STRIDE
    )
    groups: int = _setting(
        1,
        mark("Groups"),
        mark("Into how many groups the feature maps are divided, each of which reads its own part."),
        1,
        MAX_FEATURE_MAPS,
    )
    is_depthwise: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it says no more than its width and its activation."""
        return self == ConvLayer(self.width, self.activation)


class Pool(Layer):
    """The maximum or the average of blocks of each feature map."""

    kind: str = _setting("max", mark("Takes"), mark("What is taken of each block of pixels."), choices=MEANS)
    size: Pair = _pair("2x2", mark("Block"), mark("Rows and columns of a block."), MAX_KERNEL)
    stride: Pair = _pair("2", mark("Stride"), mark("How many pixels lie from one block to the next."), MAX_KERNEL)
    padding: str = same_knob(ConvLayer, "padding")


class GlobalPool(Layer):
    """The maximum or the average of each whole feature map."""

    kind: str = _setting("average", mark("Takes"), mark("What is taken of each feature map."), choices=MEANS)


class Activation(Layer):
    """An activation that does not directly follow a hidden layer."""

    name: str = _setting("relu", mark("Activation"), mark("What is done with each number."), choices=LAYER_ACTIVATIONS)


class Dropout(Layer):
    """Outputs that sit out each step of training, a share `rate` of them."""

    rate: float = _setting(
        0.3, mark("Share"), mark("The share of outputs that sit out each step of training."), 0, 1, percent=True
    )


class Flatten(Layer):
    """Feature maps as one row of numbers; a dense layer flattens what it reads by itself."""


class Rescale(Layer):
    """All numbers times `scale` plus `offset`."""

    scale: float = _setting(1.0, mark("Times"), mark("What all numbers are multiplied by."), -MAX_FACTOR, MAX_FACTOR)
    offset: float = _setting(0.0, mark("Plus"), mark("What is added then."), -MAX_FACTOR, MAX_FACTOR)


class Pad(Layer):
    """Zeros around each feature map: rows above and below, columns on the left and on the right."""

    top: int = _setting(1, mark("Above"), mark("Rows of zeros above the image."), 0, MAX_KERNEL)
    bottom: int = _setting(1, mark("Below"), mark("Rows of zeros below the image."), 0, MAX_KERNEL)
    left: int = _setting(1, mark("At the left"), mark("Columns of zeros at the left of the image."), 0, MAX_KERNEL)
    right: int = _setting(1, mark("At the right"), mark("Columns of zeros at the right of the image."), 0, MAX_KERNEL)


class Resize(Layer):
    """Images of another size, by bilinear interpolation."""

    rows: int = _setting(32, mark("Rows"), mark("How many rows the image gets."), 1, MAX_SIDE)
    columns: int = _setting(32, mark("Columns"), mark("How many columns the image gets."), 1, MAX_SIDE)


class Colour(Layer):
    """Grey images in three equal channels, for a network that reads red, green and blue."""


class Residual(Layer):
    """The sum of what `body` and `shortcut` give for the same input, and its activation (He et al., 2016).

    An empty shortcut is the input itself; an empty activation is the run's own.
    """

    body: Layers
    shortcut: Layers = ()
    activation: str = same_knob(HiddenLayer, "activation")

    @property
    def inside(self) -> tuple[Layers, ...]:
        """Both sequences."""
        return self.body, self.shortcut

    def with_inside(self, inside: Sequence[Layers]) -> Self:
        """Return the same block with another body and shortcut."""
        body, shortcut = inside
        return self.but(body=body, shortcut=shortcut)


class Branches(Layer):
    """What several sequences of layers give for the same input, one behind the other; an empty one is the input."""

    branches: tuple[Layers, ...]

    @property
    def inside(self) -> tuple[Layers, ...]:
        """The sequences."""
        return self.branches

    def with_inside(self, inside: Sequence[Layers]) -> Self:
        """Return a block of other sequences."""
        return self.but(branches=tuple(inside))


def hidden_in(layers: Sequence[Layer]) -> Iterator[HiddenLayer]:
    """Yield the hidden layers in the order of the text, those within blocks as well, a shortcut's after its body's."""
    for layer in layers:
        if isinstance(layer, HiddenLayer):
            yield layer
        for inside in layer.inside:
            yield from hidden_in(inside)


def is_convolutional(layers: Sequence[Layer]) -> bool:
    """Whether a network has feature maps among its hidden layers."""
    return any(isinstance(layer, ConvLayer) for layer in hidden_in(layers))


def is_plain(layers: Sequence[Layer]) -> bool:
    """Whether all layers are dense, or convolutions of 3 x 3 with pooling of 2 x 2, and nothing lies between."""
    left = list(layers)
    while left and isinstance(left[0], ConvLayer):
        if not left[0].is_plain or left[1:2] != [Pool()]:
            return False
        left = left[2:]
    return all(isinstance(layer, DenseLayer) and layer.norm is None for layer in left)


def mapped(layers: Sequence[Layer], change: Callable[[HiddenLayer], HiddenLayer]) -> Layers:
    """Return the layers with `change` applied to each hidden layer, those within blocks as well."""
    return tuple(
        change(layer)
        if isinstance(layer, HiddenLayer)
        else layer.with_inside([mapped(inside, change) for inside in layer.inside])
        for layer in layers
    )


def same_padding(extent: Sequence[int], size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> tuple[Pair, Pair]:
    """Return the rows above and below, and the columns left and right, that padding `same` adds, as Keras does it.

    `extent` begins with the rows and columns that a window of `size` slides over.
    """
    edges = []
    for count, length, step, gap in zip(extent[:2], size, stride, dilation, strict=True):
        more = max(0, (-(-count // step) - 1) * step + (length - 1) * gap + 1 - count)
        edges.append((more // 2, more - more // 2))
    return edges[0], edges[1]
