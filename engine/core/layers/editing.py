"""Layers put together piece by piece: the settings of each kind of layer, and changes of a network's tree of layers.

A path leads to a layer: its number; within a block the number of the block, that of one of its sequences, and its own.
One of even length leads to a sequence; the empty one to the whole network.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob, same_knob
from engine.core.language import mark, tr
from engine.core.layers.kinds import (
    LAYER_ACTIVATIONS,
    Activation,
    Branches,
    Colour,
    ConvLayer,
    DenseLayer,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Layers,
    Norm,
    Pad,
    Pair,
    Pool,
    Rescale,
    Residual,
    Resize,
    inside_of,
)
from engine.core.layers.language import MAX_FACTOR, MAX_FEATURE_MAPS, MAX_KERNEL, MAX_SIDE, MAX_STRIDE, MAX_WIDTH

type Path = Sequence[int]

NORMS = {"": mark("Without"), "batch": mark("Batch"), "layer": mark("Layer")}
OWN_ACTIVATIONS = {"": mark("The run’s"), **LAYER_ACTIVATIONS}
PADDINGS = {"same": "same", "valid": "valid"}
MEANS = {"max": mark("Maximum"), "average": mark("Average")}


def read_pair(text: str, most: int) -> Pair:
    """Return rows and columns of a text such as `3x2`, or `3` for both; raise `UserError` for any other text."""
    sides = [side.strip() for side in text.lower().replace("×", "x").split("x")]
    numbers = [int(side) for side in sides if side.isdecimal() and len(side) < 10]
    if len(numbers) != len(sides) or len(sides) > 2 or not all(1 <= number <= most for number in numbers):
        raise UserError(tr("Write a number from 1 to {most}, or two such as {example}.", most=most, example="3x2"))
    return numbers[0], numbers[-1]


def _size(text: str) -> None:
    read_pair(text, MAX_KERNEL)


def _stride(text: str) -> None:
    read_pair(text, MAX_STRIDE)


class DenseOptions(Spec):
    """The settings of a fully connected layer."""

    width: int = knob(64, title=mark("Neurons"), help=mark("How many neurons the layer has."), within=(1, MAX_WIDTH))
    norm: str = knob(
        "",
        title=mark("Normalisation"),
        help=mark("Whether the sums are normalised before the activation: over the batch, or over the layer."),
        choices=NORMS,
    )
    activation: str = knob(
        "",
        title=mark("Activation"),
        help=mark("What the layer does with its sums; the run’s is that of all layers that name none."),
        choices=OWN_ACTIVATIONS,
    )


class DepthwiseOptions(Spec):
    """The settings of a convolution that reads each feature map alone."""

    width: int = knob(
        16,
        title=mark("Feature maps"),
        help=mark("How many feature maps the layer gives."),
        within=(1, MAX_FEATURE_MAPS),
    )
    kernel: str = knob(
        "3x3",
        title=mark("Kernel"),
        help=mark("Rows and columns of the image that are read at once, such as 3x3."),
        check_text=_size,
    )
    stride: str = knob(
        "1",
        title=mark("Stride"),
        help=mark("How many pixels the kernel moves at a time; 2 halves rows and columns."),
        check_text=_stride,
    )
    padding: str = knob(
        "same",
        title=mark("Padding"),
        help=mark("same puts zeros around the image, so that its size stays; valid puts none."),
        choices=PADDINGS,
    )
    dilation: str = knob(
        "1",
        title=mark("Dilation"),
        help=mark("How far apart the pixels are that the kernel reads; 1: side by side."),
        check_text=_stride,
    )
    norm: str = same_knob(DenseOptions, "norm")
    activation: str = same_knob(DenseOptions, "activation")


class ConvOptions(Spec):
    """The settings of a convolution."""

    width: int = same_knob(DepthwiseOptions, "width")
    kernel: str = same_knob(DepthwiseOptions, "kernel")
    stride: str = same_knob(DepthwiseOptions, "stride")
    padding: str = same_knob(DepthwiseOptions, "padding")
    dilation: str = same_knob(DepthwiseOptions, "dilation")
    groups: int = knob(
        1,
        title=mark("Groups"),
        help=mark("Into how many groups the feature maps are divided, each of which reads its own part."),
        within=(1, MAX_FEATURE_MAPS),
    )
    norm: str = same_knob(DenseOptions, "norm")
    activation: str = same_knob(DenseOptions, "activation")


class NormOptions(Spec):
    """The settings of a normalisation."""

    kind: str = knob(
        "batch",
        title=mark("Over"),
        help=mark("Over what it is normalised: the images of a batch, or the neurons of the layer."),
        choices={"batch": NORMS["batch"], "layer": NORMS["layer"]},
    )
    epsilon: float = knob(
        0.001,
        title=mark("Epsilon"),
        help=mark("Is added to the variance, so that nothing is divided by zero."),
        within=(0.0, 1.0),
    )


class PoolOptions(Spec):
    """The settings of a pooling."""

    kind: str = knob("max", title=mark("Takes"), help=mark("What is taken of each block of pixels."), choices=MEANS)
    size: str = knob("2x2", title=mark("Block"), help=mark("Rows and columns of a block."), check_text=_size)
    stride: str = knob(
        "2", title=mark("Stride"), help=mark("How many pixels lie from one block to the next."), check_text=_size
    )
    padding: str = same_knob(DepthwiseOptions, "padding")


class GlobalOptions(Spec):
    """The settings of a pooling of whole feature maps."""

    kind: str = knob("average", title=mark("Takes"), help=mark("What is taken of each feature map."), choices=MEANS)


class ActivationOptions(Spec):
    """The settings of an activation."""

    name: str = knob(
        "relu", title=mark("Activation"), help=mark("What is done with each number."), choices=LAYER_ACTIVATIONS
    )


class DropoutOptions(Spec):
    """The settings of dropout."""

    rate: float = knob(
        0.3,
        title=mark("Share"),
        help=mark("The share of outputs that sit out each step of training."),
        within=(0.0, 1.0),
        percent=True,
    )


class RescaleOptions(Spec):
    """The settings of a rescaling."""

    scale: float = knob(
        1.0, title=mark("Times"), help=mark("What all numbers are multiplied by."), within=(-MAX_FACTOR, MAX_FACTOR)
    )
    offset: float = knob(0.0, title=mark("Plus"), help=mark("What is added then."), within=(-MAX_FACTOR, MAX_FACTOR))


class PadOptions(Spec):
    """The settings of a padding."""

    top: int = knob(1, title=mark("Above"), help=mark("Rows of zeros above the image."), within=(0, MAX_KERNEL))
    bottom: int = knob(1, title=mark("Below"), help=mark("Rows of zeros below the image."), within=(0, MAX_KERNEL))
    left: int = knob(
        1, title=mark("At the left"), help=mark("Columns of zeros at the left of the image."), within=(0, MAX_KERNEL)
    )
    right: int = knob(
        1, title=mark("At the right"), help=mark("Columns of zeros at the right of the image."), within=(0, MAX_KERNEL)
    )


class ResizeOptions(Spec):
    """The settings of another size of images."""

    rows: int = knob(32, title=mark("Rows"), help=mark("How many rows the image gets."), within=(1, MAX_SIDE))
    columns: int = knob(32, title=mark("Columns"), help=mark("How many columns the image gets."), within=(1, MAX_SIDE))


class ResidualOptions(Spec):
    """The settings of a sum."""

    activation: str = same_knob(DenseOptions, "activation")


class NoOptions(Spec):
    """The settings of a layer that has none."""


class Kind(NamedTuple):
    """A kind of layer as it is offered: its marked title and sentence, and its settings."""

    title: str
    sentence: str
    options: type[Spec]


KINDS = {
    "dense": Kind(mark("Dense"), mark("A fully connected layer of neurons."), DenseOptions),
    "conv": Kind(mark("Convolution"), mark("Filters that look at neighbouring pixels."), ConvOptions),
    "depthwise": Kind(
        mark("Depthwise convolution"), mark("A convolution that reads each feature map alone."), DepthwiseOptions
    ),
    "pool": Kind(mark("Pooling"), mark("The maximum or the average of blocks of pixels."), PoolOptions),
    "global": Kind(mark("Global pooling"), mark("One number for each feature map."), GlobalOptions),
    "norm": Kind(mark("Normalisation"), mark("Batch or layer normalisation."), NormOptions),
    "activation": Kind(mark("Activation"), mark("A function of each number."), ActivationOptions),
    "dropout": Kind(mark("Dropout"), mark("Some outputs sit out each step of training."), DropoutOptions),
    "flatten": Kind(mark("Flatten"), mark("Feature maps as one row of numbers."), NoOptions),
    "rescale": Kind(mark("Rescale"), mark("All numbers times one number, plus another."), RescaleOptions),
    "pad": Kind(mark("Pad"), mark("Zeros around the image."), PadOptions),
    "resize": Kind(mark("Resize"), mark("Images of another size."), ResizeOptions),
    "colour": Kind(mark("Colour"), mark("Grey images as red, green and blue."), NoOptions),
    "residual": Kind(
        mark("Residual block"), mark("The sum of what its layers give and of what they read."), ResidualOptions
    ),
    "branches": Kind(mark("Branches"), mark("What several ways give for the same input, joined."), NoOptions),
}


def kind_of(layer: Layer) -> str:
    """Return the key of a layer's kind in `KINDS`."""
    if isinstance(layer, ConvLayer):
        return "depthwise" if layer.is_depthwise else "conv"
    names: dict[type, str] = {
        DenseLayer: "dense",
        Pool: "pool",
        GlobalPool: "global",
        Norm: "norm",
        Activation: "activation",
        Dropout: "dropout",
        Flatten: "flatten",
        Rescale: "rescale",
        Pad: "pad",
        Resize: "resize",
        Colour: "colour",
        Residual: "residual",
        Branches: "branches",
    }
    return names[type(layer)]


def options_of(layer: Layer) -> Spec:
    """Return the settings of a layer."""
    options = KINDS[kind_of(layer)].options
    values: dict[str, Any] = layer._asdict()
    if isinstance(layer, DenseLayer | ConvLayer):
        values["norm"] = layer.norm.kind if layer.norm else ""
    for name in PAIRS & values.keys():
        rows, columns = values[name]
        values[name] = f"{rows}" if rows == columns and name not in ("kernel", "size") else f"{rows}x{columns}"
    return options.from_dict(values)


PAIRS = {"kernel", "size", "stride", "dilation"}


def with_options(layer: Layer, options: Spec) -> Layer:
    """Return a layer with other settings."""
    values = options.as_dict()
    changes: dict[str, Any] = {
        name: read_pair(str(value), MAX_KERNEL) if name in PAIRS else value for name, value in values.items()
    }
    if isinstance(layer, DenseLayer | ConvLayer):
        kind, norm = str(changes["norm"]), layer.norm
        changes["norm"] = norm if norm and norm.kind == kind else Norm(kind) if kind else None
    return layer._replace(**changes)


def new_layer(kind: str, shape: tuple[int, ...]) -> Layer:
    """Return a layer of a kind as it is usual, which fits what has that shape: (numbers,) or (rows, columns, maps)."""
    is_flat, maps = len(shape) == 1, shape[2] if len(shape) == 3 else 1
    match kind:
        case "dense":
            return DenseLayer(DenseOptions().width)
        case "conv":
            return ConvLayer(ConvOptions().width)
        case "depthwise":
            return ConvLayer(maps if maps > 1 else ConvOptions().width, is_depthwise=True)
        case "residual" if is_flat:
            return Residual((DenseLayer(shape[0]), DenseLayer(shape[0], "linear")))
        case "residual":
            width = maps if maps > 1 else ConvOptions().width
            shortcut = () if maps > 1 else (ConvLayer(width, "linear", kernel=(1, 1)),)
            return Residual((ConvLayer(width), ConvLayer(width, "linear")), shortcut)
        case "branches" if is_flat:
            return Branches(((DenseLayer(32),), (DenseLayer(32),)))
        case "branches":
            return Branches(((ConvLayer(8, kernel=(1, 1)),), (ConvLayer(8),)))
    usual: dict[str, Layer] = {
        "pool": Pool(),
        "global": GlobalPool(),
        "norm": Norm("batch"),
        "activation": Activation(ActivationOptions().name),
        "dropout": Dropout(DropoutOptions().rate),
        "flatten": Flatten(),
        "rescale": Rescale(1.0),
        "pad": Pad(1, 1, 1, 1),
        "resize": Resize(ResizeOptions().rows, ResizeOptions().columns),
        "colour": Colour(),
    }
    return usual[kind]


# Changes of a tree of layers: each returns another one


def sequence_at(layers: Layers, path: Path) -> Layers:
    """Return the sequence at a path of even length."""
    for block, number in zip(path[::2], path[1::2], strict=True):
        layers = inside_of(layers[block])[number]
    return layers


def layer_at(layers: Layers, path: Path) -> Layer:
    """Return the layer at a path of odd length."""
    return sequence_at(layers, path[:-1])[path[-1]]


def inserted(layers: Layers, path: Path, layer: Layer) -> Layers:
    """Return the layers with a further one at a path."""
    number = path[-1]
    return _changed(layers, path[:-1], lambda old: (*old[:number], layer, *old[number:]))


def replaced(layers: Layers, path: Path, layer: Layer) -> Layers:
    """Return the layers with another one at a path."""
    number = path[-1]
    return _changed(layers, path[:-1], lambda old: (*old[:number], layer, *old[number + 1 :]))


def removed(layers: Layers, path: Path) -> Layers:
    """Return the layers without that at a path; of a sequence of a block, the block without it."""
    if len(path) % 2:
        return _changed(layers, path[:-1], lambda old: (*old[: path[-1]], *old[path[-1] + 1 :]))
    block, number = layer_at(layers, path[:-1]), path[-1]
    if isinstance(block, Branches):
        rest = (*block.branches[:number], *block.branches[number + 1 :])
        return replaced(layers, path[:-1], Branches(rest))
    return _changed(layers, path, lambda _: ())


def doubled(layers: Layers, path: Path) -> Layers:
    """Return the layers with that at a path twice, or the branch there."""
    if len(path) % 2:
        return inserted(layers, path, layer_at(layers, path))
    block, number = layer_at(layers, path[:-1]), path[-1]
    if not isinstance(block, Branches):
        return layers
    branches = (*block.branches[: number + 1], *block.branches[number:])
    return replaced(layers, path[:-1], Branches(branches))


def moved(layers: Layers, path: Path, by: int) -> Layers:
    """Return the layers with that at a path in the place of a neighbour, -1 before or 1 behind it; or the branches."""
    number, other = path[-1], path[-1] + by

    def swapped[T](items: tuple[T, ...]) -> tuple[T, ...]:
        swapping = list(items)
        swapping[number], swapping[other] = swapping[other], swapping[number]
        return tuple(swapping)

    if len(path) % 2:
        return _changed(layers, path[:-1], swapped)
    block = layer_at(layers, path[:-1])
    if isinstance(block, Residual):
        return replaced(layers, path[:-1], block._replace(body=block.shortcut, shortcut=block.body))
    return replaced(layers, path[:-1], Branches(swapped(inside_of(block))))


def neighbours(layers: Layers, path: Path) -> int:
    """Return how many there are of what is at a path: layers of its sequence, or sequences of its block."""
    return len(sequence_at(layers, path[:-1]) if len(path) % 2 else inside_of(layer_at(layers, path[:-1])))


def _changed(layers: Layers, path: Path, change: Callable[[Layers], Layers]) -> Layers:
    """Return the layers with the sequence at a path changed."""
    if not path:
        return change(layers)
    place, number, *rest = path
    block, inside = layers[place], list(inside_of(layers[place]))
    inside[number] = _changed(inside[number], rest, change)
    if isinstance(block, Residual):
        body, shortcut = inside
        block = block._replace(body=body, shortcut=shortcut)
    else:
        block = Branches(tuple(inside))
    return (*layers[:place], block, *layers[place + 1 :])
