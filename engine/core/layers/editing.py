"""Layers put together piece by piece: the settings of each kind of layer, and changes of a network's tree of layers.

A path leads to a layer: its number; within a block the number of the block, that of one of its sequences, and its own.
One of even length leads to a sequence; the empty one to the whole network.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.core.knobs import Spec
from engine.core.language import mark
from engine.core.layers import kinds
from engine.core.layers.kinds import Branches, ConvLayer, DenseLayer, HiddenLayer, Layer, Layers, Norm, Residual

type Path = Sequence[int]


class Kind(NamedTuple):
    """A kind of layer as it is offered: its marked title and sentence, its class, and the knobs of its settings."""

    title: str
    sentence: str
    layer: type[Layer]
    options: type[Spec]


def _kind(layer: type[Layer], title: str, sentence: str, without: str = "") -> Kind:
    """Return a kind whose knobs are the settings that its class declares, but for one."""
    fields = [field for field in dataclasses.fields(layer) if "knob" in field.metadata and field.name != without]
    fields.sort(key=lambda field: (field.name == "activation", field.name == "norm"))  # these act last
    knobs = {
        field.name: dataclasses.field(default=field.metadata["knob"]["default"], metadata=field.metadata)
        for field in fields
    }
    declared = {"__annotations__": dict.fromkeys(knobs, Any), **knobs}
    return Kind(title, sentence, layer, type(f"{layer.__name__}Options", (Spec,), declared))


KINDS = {
    "dense": _kind(DenseLayer, mark("Dense"), mark("A fully connected layer of neurons.")),
    "conv": _kind(ConvLayer, mark("Convolution"), mark("Filters that look at neighbouring pixels.")),
    "depthwise": _kind(
        ConvLayer, mark("Depthwise convolution"), mark("A convolution that reads each feature map alone."), "groups"
    ),
    "pool": _kind(kinds.Pool, mark("Pooling"), mark("The maximum or the average of blocks of pixels.")),
    "global": _kind(kinds.GlobalPool, mark("Global pooling"), mark("One number for each feature map.")),
    "norm": _kind(Norm, mark("Normalisation"), mark("Batch or layer normalisation.")),
    "activation": _kind(kinds.Activation, mark("Activation"), mark("A function of each number.")),
    "dropout": _kind(kinds.Dropout, mark("Dropout"), mark("Some outputs sit out each step of training.")),
    "flatten": _kind(kinds.Flatten, mark("Flatten"), mark("Feature maps as one row of numbers.")),
    "rescale": _kind(kinds.Rescale, mark("Rescale"), mark("All numbers times one number, plus another.")),
    "pad": _kind(kinds.Pad, mark("Pad"), mark("Zeros around the image.")),
    "resize": _kind(kinds.Resize, mark("Resize"), mark("Images of another size.")),
    "colour": _kind(kinds.Colour, mark("Colour"), mark("Grey images as red, green and blue.")),
    "residual": _kind(Residual, mark("Residual block"), mark("The sum of what its layers give and of what they read.")),
    "branches": _kind(Branches, mark("Branches"), mark("What several ways give for the same input, joined.")),
}


def kind_of(layer: Layer) -> str:
    """Return the key of a layer's kind in `KINDS`."""
    if isinstance(layer, ConvLayer) and layer.is_depthwise:
        return "depthwise"
    return next(key for key, kind in KINDS.items() if kind.layer is type(layer))


def options_of(layer: Layer) -> Spec:
    """Return the settings of a layer."""
    values: dict[str, Any] = {field.name: getattr(layer, field.name) for field in dataclasses.fields(layer)}
    if isinstance(layer, HiddenLayer):
        values["norm"] = layer.norm.kind if layer.norm else ""
    for name in ACTIVATED & values.keys():
        values[name] = values[name].partition(" ")[0]  # a slope is in the text alone
    for name in PAIRS & values.keys():
        rows, columns = values[name]
        values[name] = f"{rows}" if rows == columns and name not in ("kernel", "size") else f"{rows}x{columns}"
    return KINDS[kind_of(layer)].options.from_dict(values)


PAIRS, ACTIVATED = {"kernel", "size", "stride", "dilation"}, {"activation", "name"}


def with_options(layer: Layer, options: Spec) -> Layer:
    """Return a layer with other settings."""
    changes: dict[str, Any] = {
        name: kinds.read_pair(str(value), kinds.MAX_KERNEL) if name in PAIRS else value
        for name, value in options.as_dict().items()
    }
    if isinstance(layer, HiddenLayer):
        kind, norm = str(changes["norm"]), layer.norm
        changes["norm"] = norm if norm and norm.kind == kind else Norm(kind) if kind else None
    for name in ACTIVATED & changes.keys():
        own = str(getattr(layer, name))
        changes[name] = own if own.partition(" ")[0] == changes[name] else changes[name]
    return layer.but(**changes)


def new_layer(kind: str, shape: tuple[int, ...]) -> Layer:
    """Return a layer of a kind as it is usual, which fits what has that shape: (numbers,) or (rows, columns, maps)."""
    is_flat, maps = len(shape) == 1, shape[2] if len(shape) == 3 else 1
    match kind:
        case "depthwise":
            return ConvLayer(maps, is_depthwise=True) if maps > 1 else ConvLayer(is_depthwise=True)
        case "residual" if is_flat:
            return Residual((DenseLayer(shape[0]), DenseLayer(shape[0], "linear")))
        case "residual" if maps > 1:
            return Residual((ConvLayer(maps), ConvLayer(maps, "linear")))
        case "residual":
            return Residual(
                (ConvLayer(), ConvLayer(activation="linear")), (ConvLayer(activation="linear", kernel=(1, 1)),)
            )
        case "branches" if is_flat:
            return Branches(((DenseLayer(32),), (DenseLayer(32),)))
        case "branches":
            return Branches(((ConvLayer(8, kernel=(1, 1)),), (ConvLayer(8),)))
    return KINDS[kind].layer()


# Changes of a tree of layers: each returns another one


def sequence_at(layers: Layers, path: Path) -> Layers:
    """Return the sequence at a path of even length."""
    for block, number in zip(path[::2], path[1::2], strict=True):
        layers = layers[block].inside[number]
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
        return _with_ways(layers, path, (*block.branches[:number], *block.branches[number + 1 :]))
    return _changed(layers, path, lambda _: ())


def doubled(layers: Layers, path: Path) -> Layers:
    """Return the layers with that at a path twice, or the branch there."""
    if len(path) % 2:
        return inserted(layers, path, layer_at(layers, path))
    block, number = layer_at(layers, path[:-1]), path[-1]
    if not isinstance(block, Branches):
        return layers
    return _with_ways(layers, path, (*block.branches[: number + 1], *block.branches[number:]))


def moved(layers: Layers, path: Path, by: int) -> Layers:
    """Return the layers with that at a path in the place of a neighbour, -1 before or 1 behind it; or the branches."""
    number, other = path[-1], path[-1] + by

    def swapped[T](items: tuple[T, ...]) -> tuple[T, ...]:
        swapping = list(items)
        swapping[number], swapping[other] = swapping[other], swapping[number]
        return tuple(swapping)

    if len(path) % 2:
        return _changed(layers, path[:-1], swapped)
    return _with_ways(layers, path, swapped(layer_at(layers, path[:-1]).inside))


def neighbours(layers: Layers, path: Path) -> int:
    """Return how many there are of what is at a path: layers of its sequence, or sequences of its block."""
    return len(sequence_at(layers, path[:-1]) if len(path) % 2 else layer_at(layers, path[:-1]).inside)


def _with_ways(layers: Layers, path: Path, ways: tuple[Layers, ...]) -> Layers:
    """Return the layers with other sequences in the block of the one at a path."""
    return replaced(layers, path[:-1], layer_at(layers, path[:-1]).with_inside(ways))


def _changed(layers: Layers, path: Path, change: Callable[[Layers], Layers]) -> Layers:
    """Return the layers with the sequence at a path changed."""
    if not path:
        return change(layers)
    place, number, *rest = path
    inside = list(layers[place].inside)
    inside[number] = _changed(inside[number], rest, change)
    return (*layers[:place], layers[place].with_inside(inside), *layers[place + 1 :])
