"""What each kind of layer that Keras saves is here: the layers of a network, and where their weights are.

Nothing is built: a layer's settings are plain values, each of which is checked where it is read.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from engine.core.language import mark, tr
from engine.core.layers.kinds import (
    LAYER_ACTIVATIONS,
    MAX_FEATURE_MAPS,
    MAX_KERNEL,
    MAX_STRIDE,
    MAX_WIDTH,
    Activation,
    ConvLayer,
    DenseLayer,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Norm,
    Pad,
    Pair,
    Pool,
    Rescale,
)
from engine.core.layers.plan import MOST_NUMBERS
from engine.core.lazy import Array, np
from engine.core.plain import flag, named, real, several, whole
from engine.core.text import clipped
from engine.data.formats.checks import LONGEST_SIDE

LONGEST_ECHO, LARGEST_ECHO = 40, 10**15  # letters of a file's own words in a sentence, and numbers there

PIXEL = 1 / 255  # the factor of a `Rescaling` that makes pixels from 0 to 255 those that a network here receives
LARGEST_OF_BYTES = 0.1  # a first `Rescaling` with a smaller factor reads pixels from 0 to 255, others from 0 to 1
SLOPE = 0.2  # of a leaky ReLU below 0
TINY = 1e-7  # what Keras' `Normalization` divides by at least

type Shape = tuple[int, ...]


class UnfitError(Exception):
    """A layer that a network here cannot have; the argument is the reason, in words that follow its name."""


class Place(NamedTuple):
    """Where a layer is in a file."""

    words: str  # its number and name, for sentences
    names: tuple[str, ...]  # those of the networks around it, and its own: `.h5` files call them so
    groups: tuple[str, ...]  # the same by class, with its number among those, as `.keras` files do: `dense_1`


class Source(NamedTuple):
    """The weights of one layer in a file, and what makes those of the layers here of them."""

    place: Place
    shapes: tuple[Shape | None, ...]  # of its arrays in the file; of those that are not read, none
    arranged: Callable[[Sequence[Array]], Sequence[Array]]  # what is read, as float32, to what a network here has

    @property
    def parameters(self) -> int:
        """The number of its weights and biases that are read."""
        return sum(math.prod(shape) for shape in self.shapes if shape is not None)


class Part(NamedTuple):
    """A layer here with the sources of its weights, in the order in which a network has them."""

    layer: Layer
    sources: tuple[Source, ...] = ()
    words: str = ""


class Given(NamedTuple):
    """What a layer gives for an image."""

    shape: Shape  # a row of numbers, an image without a channel, or rows, columns and maps
    is_first: bool = False  # the image itself
    is_image: bool = False  # the image, or numbers that stand for its pixels one by one


class Read(NamedTuple):
    """A layer of Keras as layers here; `joins` names how those with several inputs join them."""

    parts: tuple[Part, ...]
    gives: Given
    joins: str = ""


SUM, ROW = "sum", "row"  # no text
UNFLATTEN = Activation("unflatten")  # takes a `Flatten` before it back  # no text


def other(name: str, value: Any, own: Any) -> UnfitError:
    """Return the error for a setting that a layer here does not have."""
    given, ours = (clipped(_echo(item), LONGEST_ECHO) for item in (value, own))
    name = clipped(name, LONGEST_ECHO)
    return UnfitError(tr("its {setting} is {value}, in Layerlight it is {own}", setting=name, value=given, own=ours))


def misplaced() -> UnfitError:
    """Return the error for a layer where none of its kind can be."""
    return UnfitError(tr("a network of Layerlight has nothing of this kind at this place"))


def check_settings(config: Mapping[str, Any], **own: Any) -> None:
    """Raise `UnfitError` where a setting is there and has another value than `own`."""
    for name, value in own.items():
        given = config.get(name, value)
        if type(given) is not type(value) or given != value:
            raise other(name, given, value)


def read_layer(kind: str, config: Mapping[str, Any], given: Sequence[Given], place: Place) -> Read:
    """Return what a layer of Keras is here, by the name of its class in `KINDS` and its settings.

    Raises `UnfitError` where there is none, and what reading nonsense raises for nonsense.
    """
    reader = KINDS[kind]
    _check_known(config, reader.settings)
    if len(given) != 1 and not reader.joins:
        raise UnfitError(tr("it reads {count:,} inputs; in Layerlight it has one", count=len(given)))
    read: Read = reader.read(config, given if reader.joins else given[0], place)
    if math.prod(read.gives.shape) > MOST_NUMBERS:
        raise UnfitError(
            tr("it gives {count:,} numbers, and at most {most:,} are possible",
               count=math.prod(read.gives.shape), most=MOST_NUMBERS)
        )  # fmt: skip
    return read


def _echo(value: Any) -> str:
    """Return a file's value as a sentence shows it; JSON of whole numbers beyond those of Python's own limit, too."""
    try:
        return json.dumps(value).replace('"', "")
    except ValueError:
        return "…"


def _check_known(config: Mapping[str, Any], settings: Sequence[str]) -> None:
    """Raise `UnfitError` for a setting that no layer of this kind is known to have, unless it says nothing."""
    for name, value in config.items():
        if name not in settings and name not in USUAL and value not in (None, False):
            raise UnfitError(tr("Layerlight does not know its setting {setting}", setting=clipped(name, LONGEST_ECHO)))


def _elementwise(given: Given, *parts: Layer) -> Read:
    return Read(tuple(Part(layer) for layer in parts), given._replace(is_first=given.is_first and not parts))


def _nothing(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    """Read a layer that acts in training alone, or not at all."""
    return Read((), given)


def _rescaling(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    scale, offset = real(config["scale"]), real(config.get("offset", 0.0))
    if given.is_first and abs(scale) < LARGEST_OF_BYTES:
        scale /= PIXEL
        scale = 1.0 if math.isclose(scale, 1.0, rel_tol=1e-6) else scale
    layers = [Rescale(scale, offset)] if (scale, offset) != (1.0, 0.0) else []
    read = _elementwise(given, *layers)
    return read._replace(gives=read.gives._replace(is_first=False))


def _reshape(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    target = config["target_shape"]
    target = named(target)["items"] if isinstance(target, dict) else target
    sides = [whole(side, -1, LONGEST_SIDE**2 * 3) for side in several(target, 1, 4)]
    size, rest = math.prod(given.shape), math.prod(side for side in sides if side != -1)
    if sides.count(-1) == 1 and rest and size % rest == 0:
        sides[sides.index(-1)] = size // rest
    if min(sides) < 1 or math.prod(sides) != size:
        raise ValueError("These are not as many.")
    shape = tuple(sides)
    if shape == given.shape:
        return Read((), given)
    if len(shape) == 1:
        return _flatten({}, given, place)
    gives = given._replace(shape=shape)
    if len(given.shape) == 1 and given.is_image and shape[2:] in ((), (1,), (3,)):
        return Read((Part(UNFLATTEN, (), place.words),), gives)
    if _with_channel(shape) == _with_channel(given.shape):
        return Read((), gives)
    raise misplaced()


def _with_channel(shape: Shape) -> Shape:
    return (*shape, 1) if len(shape) == 2 else shape


def _flatten(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    check_settings(config, data_format="channels_last")
    parts = () if len(given.shape) == 1 else (Part(Flatten()),)
    return Read(parts, given._replace(shape=(math.prod(given.shape),)))


def _dense(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    width = _width(config["units"], MAX_WIDTH)
    if config.get("quantization_config") is not None:
        raise other("quantization_config", config["quantization_config"], None)
    if len(given.shape) != 1:
        raise UnfitError(tr("it reads an image or feature maps; in Layerlight a Flatten comes before it"))
    source = _with_bias(config, place, [(given.shape[0], width)], width)
    return Read(
        (Part(DenseLayer(width), (source,), place.words), *_activated(config, place, (width,))), Given((width,))
    )


def _convolution(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    width, groups = _width(config["filters"], MAX_FEATURE_MAPS), whole(config.get("groups", 1), 1, MAX_FEATURE_MAPS)
    maps = _maps(given)
    if maps % groups or width % groups:
        raise ValueError("The maps are no such groups.")
    layer, shape = _sliding(config, given, ConvLayer(width, groups=groups))
    source = _with_bias(config, place, [(*layer.kernel, maps // groups, width)], width)
    return Read((Part(layer, (source,), place.words), *_activated(config, place, shape)), Given(shape))


def _depthwise(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    layer, shape, kernel = _of_depth(config, given)
    source = _with_bias(config, place, [kernel], layer.width)
    return Read((Part(layer, (source,), place.words), *_activated(config, place, shape)), Given(shape))


def _separable(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    """Read what is two layers here: the filters of each map, and a convolution of 1 × 1."""
    depth, shape, kernel = _of_depth(config, given)
    width = _width(config["filters"], MAX_FEATURE_MAPS)

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        return [arrays[0], np.zeros(depth.width, np.float32), arrays[1]]

    source = _with_bias(config, place, [kernel, (1, 1, depth.width, width)], width, arranged)
    point = ConvLayer(width, kernel=(1, 1))
    parts = Part(depth.but(activation="linear"), (source,), place.words), Part(point, (), place.words)
    return Read((*parts, *_activated(config, place, (*shape[:2], width))), Given((*shape[:2], width)))


def _of_depth(config: Mapping[str, Any], given: Given) -> tuple[ConvLayer, Shape, Shape]:
    """Return the layer that reads each map alone, the shape of what it gives, and that of its kernel in a file."""
    maps, times = _maps(given), whole(config.get("depth_multiplier", 1), 1, MAX_FEATURE_MAPS)
    width = _width(maps * times, MAX_FEATURE_MAPS)
    layer, shape = _sliding(config, given, ConvLayer(width, is_depthwise=True))
    return layer, shape, (*layer.kernel, maps, times)


def _maps(given: Given) -> int:
    if len(given.shape) != 3:
        raise UnfitError(tr("it needs feature maps, or an image with a channel, and reads something else"))
    return given.shape[2]


def _sliding(config: Mapping[str, Any], given: Given, layer: ConvLayer) -> tuple[ConvLayer, Shape]:
    """Return a convolution with its kernel and steps, and the shape of what it gives."""
    check_settings(config, data_format="channels_last")
    kernel = _pair(config["kernel_size"], MAX_KERNEL)
    stride = _pair(config.get("strides", 1), MAX_STRIDE)
    dilation = _pair(config.get("dilation_rate", 1), MAX_KERNEL)
    if max(stride) > 1 and max(dilation) > 1:
        raise ValueError("Keras has no such layer.")
    reach = tuple((side - 1) * step + 1 for side, step in zip(kernel, dilation, strict=True))
    padding, sides = _slid(config, given.shape, reach, stride)
    layer = layer.but(kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    return layer, (*sides, layer.width)


def _slid(config: Mapping[str, Any], shape: Shape, reach: Shape, stride: Pair) -> tuple[str, Pair]:
    """Return the padding, and how many rows and columns are left; `same` where both paddings are the same."""
    padding = config.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise other("padding", padding, "same")
    same = [-(-side // step) for side, step in zip(shape[:2], stride, strict=True)]
    if padding == "same":
        return "same", (same[0], same[1])
    valid = [(side - size) // step + 1 for side, size, step in zip(shape[:2], reach, stride, strict=True)]
    if min(valid) < 1:
        raise UnfitError(
            tr("its {rows} × {columns} are more than the {height} × {width} that it reads",
               rows=reach[0], columns=reach[1], height=shape[0], width=shape[1])
        )  # fmt: skip
    is_same = all(
        (count - 1) * step + size <= side for count, step, size, side in zip(same, stride, reach, shape, strict=False)
    )
    return ("same" if is_same else "valid"), (valid[0], valid[1])


def _with_bias(
    config: Mapping[str, Any],
    place: Place,
    shapes: Sequence[Shape],
    width: int,
    arranged: Callable[[Sequence[Array]], Sequence[Array]] = list,
) -> Source:
    """Return the source of kernels and, if there is one in the file, a bias; else it is of zeros."""
    if flag(config.get("use_bias", True)):
        return Source(place, (*shapes, (width,)), lambda arrays: [*arranged(arrays[:-1]), arrays[-1]])
    return Source(place, tuple(shapes), lambda arrays: [*arranged(arrays), np.zeros(width, np.float32)])


def _batch_norm(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    check_settings(config, renorm=False)
    return _normed("batch", config, given, place, 2)


def _layer_norm(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    check_settings(config, rms_scaling=False)
    return _normed("layer", config, given, place, 0)


def _normed(kind: str, config: Mapping[str, Any], given: Given, place: Place, more: int) -> Read:
    """Read a normalisation over the last axis, with `more` arrays behind gamma and beta."""
    width = _last_axis(config, given)
    has = flag(config.get("scale", True)), flag(config.get("center", True))

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        left = list(arrays)
        gamma = left.pop(0) if has[0] else np.ones(width, np.float32)
        beta = left.pop(0) if has[1] else np.zeros(width, np.float32)
        _check_variance(*left[1:])
        return [gamma, beta, *left]

    source = Source(place, ((width,),) * (sum(has) + more), arranged)
    norm = Norm(kind, real(config.get("epsilon", 0.001), 0.0, 1.0))
    return Read((Part(norm, (source,), place.words),), Given(given.shape))


def _last_axis(config: Mapping[str, Any], given: Given) -> int:
    """Return how many numbers the last axis has, if it is the one that a layer is about."""
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if type(axis) is not int or axis not in (-1, len(given.shape)):
        raise other("axis", config["axis"], -1)
    if len(given.shape) == 2:
        raise UnfitError(tr("it is about the columns of an image; in Layerlight an image has a channel"))
    return given.shape[-1]


def _check_variance(*arrays: Array) -> None:
    if any((array < 0).any() for array in arrays):
        raise UnfitError(tr("its variance is negative"))


def _normalization(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    """Read fixed statistics, which are here those of a batch normalisation that scales by nothing more."""
    check_settings(config, invert=False)
    axes, mean, variance = config.get("axis", -1), config.get("mean"), config.get("variance")
    is_whole = axes is None or axes == []
    width = _with_channel(given.shape)[-1] if is_whole else _last_axis(config, given)
    is_first = given.is_first

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        middle, spread = (np.broadcast_to(array.reshape(-1), width).astype(np.float64) for array in arrays[:2])
        _check_variance(spread)
        unit = 255.0 if is_first and (np.abs(middle) > 1).any() else 1.0  # the pixels that it was made for
        spread = np.maximum(np.sqrt(spread), TINY) / unit
        one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
        return [one, zero, middle / unit, np.maximum(spread**2 - TINY, 0)]

    if mean is not None or variance is not None:
        statistics = [np.array(_numbers(item, 1 if is_whole else width), np.float32) for item in (mean, variance)]
        source = Source(place, (), lambda arrays: arranged(statistics))
    else:
        source = Source(place, (*[() if is_whole else (width,)] * 2, None), arranged)
    return Read((Part(Norm("batch", TINY), (source,), place.words),), Given(given.shape))


def _numbers(value: Any, most: int) -> list[float]:
    """Return numbers out of a file: one, or as many as there are on an axis, within lists of one."""
    while isinstance(value, dict) or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)):
        value = named(value)["config"]["value"] if isinstance(value, dict) else value[0]
    values = [real(item) for item in (several(value, 1, most) if isinstance(value, list) else [value])]
    if len(values) not in (1, most):
        raise ValueError("These are not as many.")
    return values


def _pool(kind: str) -> Callable[..., Read]:
    def read(config: Mapping[str, Any], given: Given, place: Place) -> Read:
        check_settings(config, data_format="channels_last")
        maps = _maps(given)
        size = _pair(config.get("pool_size", 2), MAX_KERNEL)
        stride = _pair(config.get("strides") or list(size), MAX_STRIDE)
        padding, sides = _slid(config, given.shape, size, stride)
        return Read((Part(Pool(kind, size, stride, padding)),), Given((*sides, maps)))

    return read


def _global_pool(kind: str) -> Callable[..., Read]:
    def read(config: Mapping[str, Any], given: Given, place: Place) -> Read:
        check_settings(config, data_format="channels_last")
        maps, size = _maps(given), given.shape[:2]
        if not flag(config.get("keepdims", False)):
            return Read((Part(GlobalPool(kind)),), Given((maps,)))
        if max(size) > MAX_KERNEL:
            raise other("keepdims", True, False)
        return Read((Part(Pool(kind, (size[0], size[1]), (1, 1), "valid")),), Given((1, 1, maps)))

    return read


def _pad(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    check_settings(config, data_format="channels_last")
    maps = _maps(given)
    value = _listed(config.get("padding", 1))
    both = [value, value] if type(value) is int else several(value, 2, 2)
    (top, bottom), (left, right) = (_pair(item, MAX_KERNEL, 0) for item in both)
    rows, columns = given.shape[0] + top + bottom, given.shape[1] + left + right
    layers = [Part(Pad(top, bottom, left, right))] if top + bottom + left + right else []
    return Read(tuple(layers), Given((rows, columns, maps)))


def _dropout(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    rate = real(config["rate"], 0.0, 0.999)
    return _elementwise(given, *([Dropout(rate)] if rate else []))


def _activation(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    parts = _activated({"activation": config["activation"]}, place, given.shape)
    return Read(tuple(parts), given._replace(is_first=given.is_first and not parts))


def _relu(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    slope = real(config.get("negative_slope") or 0.0)
    check_settings({"threshold": real(config.get("threshold") or 0.0)}, threshold=0.0)
    most = config.get("max_value")
    if most is not None and real(most) != 6.0:
        raise other("max_value", most, None)
    if slope and most is not None:
        raise other("negative_slope", slope, 0.0)
    if slope:
        return _leaky_relu({"negative_slope": slope}, given, place)
    return _elementwise(given, Activation("relu" if most is None else "relu6"))


def _leaky_relu(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    slope = real(config["negative_slope"] if "negative_slope" in config else config["alpha"])
    if not math.isclose(slope, SLOPE, rel_tol=1e-6):
        raise other("negative_slope", slope, SLOPE)
    return _elementwise(given, Activation("leaky_relu"))


def _elu(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    check_settings({"alpha": real(config.get("alpha", 1.0))}, alpha=1.0)
    return _elementwise(given, Activation("elu"))


def _softmax(config: Mapping[str, Any], given: Given, place: Place) -> Read:
    axis = config.get("axis", -1)
    if axis not in (-1, [-1]):
        raise other("axis", axis, -1)
    return Read(tuple(_activated({"activation": "softmax"}, place, given.shape)), given)


def _activated(config: Mapping[str, Any], place: Place, shape: Shape) -> list[Part]:
    """Return the activation that a layer names, as a layer of its own."""
    name = config.get("activation")
    if name in (None, "linear"):
        return []
    name = "silu" if name == "swish" else name
    if name == "softmax" and len(shape) > 1 and shape[:-1] != (1, 1):
        raise misplaced()
    if isinstance(name, str) and (name in LAYER_ACTIVATIONS or name == "softmax"):
        return [Part(Activation(name), (), place.words)]
    called = clipped(name if isinstance(name, str) else _echo(name), LONGEST_ECHO)
    reason = mark("Layerlight has no activation {name}; there are {names}")
    raise UnfitError(tr(reason, name=called, names=", ".join(LAYER_ACTIVATIONS)))


def _sum(config: Mapping[str, Any], given: Sequence[Given], place: Place) -> Read:
    several(list(given), 2, 64)
    if len({value.shape for value in given}) > 1:
        raise UnfitError(tr("it adds what has different shapes"))
    return Read((), Given(given[0].shape), SUM)


def _concatenated(config: Mapping[str, Any], given: Sequence[Given], place: Place) -> Read:
    several(list(given), 2, 64)
    for value in given:
        _last_axis(config, value)
    if len({value.shape[:-1] for value in given}) > 1:
        raise UnfitError(tr("it puts side by side what has different shapes"))
    return Read((), Given((*given[0].shape[:-1], sum(value.shape[-1] for value in given))), ROW)


def _width(value: Any, most: int) -> int:
    if type(value) is int and most < value < LARGEST_ECHO:
        raise UnfitError(
            tr("{width:,} neurons or maps; Layerlight's layers have at most {most:,}", width=value, most=most)
        )
    return whole(value, 1, most)


def _listed(value: Any) -> Any:
    """Return what a list is in a file: a list, or a tuple of Keras'."""
    return named(value)["items"] if isinstance(value, dict) else value


def _pair(value: Any, most: int, least: int = 1) -> Pair:
    """Return a setting for rows and columns, which may be one number for both."""
    value = _listed(value)
    values: Sequence[Any] = [value, value] if type(value) is int else several(value, 2, 2)
    first, second = (whole(item, least, 10**6) for item in values)
    if max(first, second) > most:
        raise UnfitError(tr("{rows} × {columns} are too many; at most {most:,} are possible",
                            rows=first, columns=second, most=most))  # fmt: skip
    return first, second


class Reader(NamedTuple):
    """What reads a kind of layer, and the settings that such a layer may have."""

    read: Callable[..., Read]
    settings: tuple[str, ...] = ()
    joins: bool = False


# The settings that any layer may have, most of them about training, which are not read.
USUAL = (
    *("name", "trainable", "dtype", "batch_shape", "batch_input_shape", "batch_size", "input_shape", "sparse"),
    *("ragged", "optional", "data_format", "kernel_initializer", "bias_initializer", "kernel_regularizer"),
    *("bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint", "build_input_shape"),
    *("depthwise_initializer", "depthwise_regularizer", "depthwise_constraint", "pointwise_initializer"),
    *("pointwise_regularizer", "pointwise_constraint", "beta_initializer", "gamma_initializer", "beta_regularizer"),
    *("gamma_regularizer", "beta_constraint", "gamma_constraint", "moving_mean_initializer", "seed"),
    *("moving_variance_initializer", "momentum", "synchronized", "renorm_clipping", "renorm_momentum"),
)  # no text
SLIDING = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")  # no text
RANDOM = (
    *("rate", "noise_shape", "stddev", "l1", "l2", "mode", "factor", "fill_mode", "fill_value", "interpolation"),
    *("height_factor", "width_factor", "value_range"),
)  # no text

# The layers that are read, by the name of their class, and what does so.
KINDS = {
    "InputLayer": Reader(_nothing),
    "Identity": Reader(_nothing),  # no text
    "Rescaling": Reader(_rescaling, ("scale", "offset")),  # no text
    "Normalization": Reader(_normalization, ("axis", "mean", "variance", "invert")),  # no text
    "Reshape": Reader(_reshape, ("target_shape",)),  # no text
    "Flatten": Reader(_flatten),  # no text
    "Dense": Reader(_dense, ("units", "activation", "use_bias", "quantization_config")),  # no text
    "Conv2D": Reader(_convolution, ("filters", "groups", *SLIDING)),  # no text
    "DepthwiseConv2D": Reader(_depthwise, ("depth_multiplier", *SLIDING)),
    "SeparableConv2D": Reader(_separable, ("filters", "depth_multiplier", "groups", *SLIDING)),
    "BatchNormalization": Reader(_batch_norm, ("axis", "epsilon", "center", "scale", "renorm", "fused")),
    "LayerNormalization": Reader(_layer_norm, ("axis", "epsilon", "center", "scale", "rms_scaling")),
    "MaxPooling2D": Reader(_pool("max"), ("pool_size", "strides", "padding")),
    "AveragePooling2D": Reader(_pool("average"), ("pool_size", "strides", "padding")),
    "GlobalMaxPooling2D": Reader(_global_pool("max"), ("keepdims",)),
    "GlobalAveragePooling2D": Reader(_global_pool("average"), ("keepdims",)),
    "ZeroPadding2D": Reader(_pad, ("padding",)),
    "Dropout": Reader(_dropout, ("rate",)),  # no text
    "Activation": Reader(_activation, ("activation",)),  # no text
    "ReLU": Reader(_relu, ("max_value", "negative_slope", "threshold")),
    "LeakyReLU": Reader(_leaky_relu, ("negative_slope", "alpha")),
    "ELU": Reader(_elu, ("alpha",)),
    "Softmax": Reader(_softmax, ("axis",)),  # no text
    "Add": Reader(_sum, joins=True),  # no text
    "Concatenate": Reader(_concatenated, ("axis",), joins=True),  # no text
    **dict.fromkeys(
        (
            *("SpatialDropout2D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization"),
            *("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast"),
        ),
        Reader(_nothing, RANDOM),  # they act in training alone
    ),
}
