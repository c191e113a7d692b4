"""What each kind of layer that Keras saves is here: the layers of a network, and where their weights are.

Nothing is built: a layer's settings are plain values, each of which is checked where it is read.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from engine.core.language import mark, tr
from engine.core.layers import kinds
from engine.core.layers.kinds import LAYER_ACTIVATIONS, Activation, ConvLayer, DenseLayer, Flatten, Layer, Norm, Pair
from engine.core.layers.plan import MOST_NUMBERS
from engine.core.lazy import Array, np
from engine.core.plain import flag, named, real, several, whole
from engine.core.text import clipped
from engine.data.formats.checks import LONGEST_SIDE
from engine.model.opening.unfit import NEGATIVE, UnfitError

LONGEST_ECHO, LARGEST_ECHO = 40, 10**15  # letters of a file's own words in a sentence, and numbers there

PIXEL = 1 / 255  # the factor of a `Rescaling` that makes pixels from 0 to 255 those that a network here receives
LARGEST_OF_BYTES = 0.1  # a first `Rescaling` with a smaller factor reads pixels from 0 to 255, others from 0 to 1
TINY = 1e-7  # what Keras' `Normalization` divides by at least

type Shape = tuple[int, ...]


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


class Saved(NamedTuple):
    """A layer as a file has it: its settings, what it reads, and where it is."""

    config: Mapping[str, Any]
    inputs: Sequence[Given]
    place: Place

    @property
    def given(self) -> Given:
        """What it reads, of several the first."""
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of what it reads."""
        return self.inputs[0].shape

    def part(self, layer: Layer, *sources: Source) -> Part:
        """Return one of the layers here that it is."""
        return Part(layer, sources, self.place.words)


SUM, ROW = "sum", "row"  # no text
UNFLATTEN = Activation("unflatten")  # takes a `Flatten` before it back  # no text


def other(name: str, value: Any, own: Any) -> UnfitError:
    """Return the error for a setting that a layer here does not have."""
    given, ours = (clipped(_echo(item), LONGEST_ECHO) for item in (value, own))
    name = clipped(name, LONGEST_ECHO)
    return UnfitError(tr("its {setting} is {value}, in Layerlight it is {own}", setting=name, value=given, own=ours))


def misplaced(layer: str = "") -> UnfitError:
    """Return the error for a layer where none of its kind can be."""
    return UnfitError(tr("a network of Layerlight has nothing of this kind at this place"), layer)


def check_settings(config: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Raise `UnfitError` where a setting is there and has another value than `own`."""
    for name, value in own.items():
        given = config.get(name, value)
        if type(given) is not type(value) or given != value:
            raise other(name, given, value)


def read_layer(kind: str, config: Mapping[str, Any], inputs: Sequence[Given], place: Place) -> Read:
    """Return what a layer of Keras is here, by the name of its class in `KINDS` and its settings.

    Raises `UnfitError` where there is none, and what reading nonsense raises for nonsense.
    """
    reader = KINDS[kind]
    for name, value in config.items():
        if name not in (*reader.settings, *reader.own, *USUAL) and value not in (None, False):
            raise UnfitError(tr("Layerlight does not know its setting {setting}", setting=clipped(name, LONGEST_ECHO)))
    if len(inputs) != 1 and not reader.joins:
        raise UnfitError(tr("it reads {count:,} inputs; in Layerlight it has one", count=len(inputs)))
    check_settings(config, reader.own)
    read: Read = reader.read(Saved(config, inputs, place))
    if (count := math.prod(read.gives.shape)) > MOST_NUMBERS:
        wrong = mark("it gives {count:,} numbers, and at most {most:,} are possible")
        raise UnfitError(tr(wrong, count=count, most=MOST_NUMBERS))
    return read


def _echo(value: Any) -> str:
    """Return a file's value as a sentence shows it; JSON of whole numbers beyond those of Python's own limit, too."""
    try:
        return json.dumps(value).replace('"', "")
    except ValueError:
        return "…"


def _elementwise(saved: Saved, *parts: Part) -> Read:
    """Return a layer that changes each number by itself, or none of them."""
    return Read(parts, saved.given._replace(is_first=saved.given.is_first and not parts))


def _rescaling(saved: Saved) -> Read:
    scale, offset = real(saved.config["scale"]), real(saved.config.get("offset", 0.0))
    if saved.given.is_first and abs(scale) < LARGEST_OF_BYTES:
        scale /= PIXEL
        scale = 1.0 if math.isclose(scale, 1.0, rel_tol=1e-6) else scale
    parts = () if (scale, offset) == (1.0, 0.0) else (saved.part(kinds.Rescale(scale, offset)),)
    return Read(parts, saved.given._replace(is_first=False))


def _reshape(saved: Saved) -> Read:
    target, given = _listed(saved.config["target_shape"]), saved.given
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
        return _flatten(saved)
    gives = given._replace(shape=shape)
    if len(given.shape) == 1 and given.is_image and shape[2:] in ((), (1,), (3,)):
        return Read((saved.part(UNFLATTEN),), gives)
    if _with_channel(shape) == _with_channel(given.shape):
        return Read((), gives)
    raise misplaced()


def _with_channel(shape: Shape) -> Shape:
    return (*shape, 1) if len(shape) == 2 else shape


def _flatten(saved: Saved) -> Read:
    parts = () if len(saved.shape) == 1 else (saved.part(Flatten()),)
    return Read(parts, saved.given._replace(shape=(math.prod(saved.shape),)))


def _dense(saved: Saved) -> Read:
    width = _width(saved.config["units"], kinds.MAX_WIDTH)
    if saved.config.get("quantization_config") is not None:
        raise other("quantization_config", saved.config["quantization_config"], None)
    if len(saved.shape) != 1:
        raise UnfitError(tr("it reads an image or feature maps; in Layerlight a Flatten comes before it"))
    return _weighted(saved, [DenseLayer(width)], (width,), [(saved.shape[0], width)])


def _convolution(saved: Saved) -> Read:
    width, maps = _width(saved.config["filters"], kinds.MAX_FEATURE_MAPS), _maps(saved)
    groups = whole(saved.config.get("groups", 1), 1, kinds.MAX_FEATURE_MAPS)
    if maps % groups or width % groups:
        raise ValueError("The maps are no such groups.")
    layer, shape = _sliding(saved, ConvLayer(width, groups=groups))
    return _weighted(saved, [layer], shape, [(*layer.kernel, maps // groups, width)])


def _depthwise(saved: Saved) -> Read:
    layer, shape, kernel = _of_depth(saved)
    return _weighted(saved, [layer], shape, [kernel])


def _separable(saved: Saved) -> Read:
    """Read what is two layers here: the filters of each map, and a convolution of 1 × 1."""
    depth, shape, kernel = _of_depth(saved)
    width = _width(saved.config["filters"], kinds.MAX_FEATURE_MAPS)

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        return [arrays[0], np.zeros(depth.width, np.float32), arrays[1]]

    layers = [depth.but(activation="linear"), ConvLayer(width, kernel=(1, 1))]
    return _weighted(saved, layers, (*shape[:2], width), [kernel, (1, 1, depth.width, width)], arranged)


def _weighted(
    saved: Saved,
    layers: Sequence[Layer],
    shape: Shape,
    kernels: Sequence[Shape],
    arranged: Callable[[Sequence[Array]], Sequence[Array]] = list,
) -> Read:
    """Return layers with kernels in a file, a bias, which is of zeros if the file has none, and their activation."""
    width, (first, *rest) = shape[-1], layers
    if flag(saved.config.get("use_bias", True)):
        source = Source(saved.place, (*kernels, (width,)), lambda arrays: [*arranged(arrays[:-1]), arrays[-1]])
    else:
        source = Source(saved.place, (*kernels,), lambda arrays: [*arranged(arrays), np.zeros(width, np.float32)])
    activation = _activated(saved, saved.config.get("activation"), shape)
    return Read((saved.part(first, source), *map(saved.part, rest), *activation), Given(shape))


def _of_depth(saved: Saved) -> tuple[ConvLayer, Shape, Shape]:
    """Return the layer that reads each map alone, the shape of what it gives, and that of its kernel in a file."""
    maps, times = _maps(saved), whole(saved.config.get("depth_multiplier", 1), 1, kinds.MAX_FEATURE_MAPS)
    width = _width(maps * times, kinds.MAX_FEATURE_MAPS)
    layer, shape = _sliding(saved, ConvLayer(width, is_depthwise=True))
    return layer, shape, (*layer.kernel, maps, times)


def _maps(saved: Saved) -> int:
    if len(saved.shape) != 3:
        raise UnfitError(tr("it needs feature maps, or an image with a channel, and reads something else"))
    return saved.shape[2]


def _sliding(saved: Saved, layer: ConvLayer) -> tuple[ConvLayer, Shape]:
    """Return a convolution with its kernel and steps, and the shape of what it gives."""
    kernel = _pair(saved.config["kernel_size"], kinds.MAX_KERNEL)
    stride = _pair(saved.config.get("strides", 1), kinds.MAX_STRIDE)
    dilation = _pair(saved.config.get("dilation_rate", 1), kinds.MAX_KERNEL)
    if max(stride) > 1 and max(dilation) > 1:
        raise ValueError("Keras has no such layer.")
    reach = tuple((side - 1) * step + 1 for side, step in zip(kernel, dilation, strict=True))
    padding, sides = _slid(saved, reach, stride)
    layer = layer.but(kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    return layer, (*sides, layer.width)


def _slid(saved: Saved, reach: Shape, stride: Pair) -> tuple[str, Pair]:
    """Return the padding, and how many rows and columns are left; `same` where both paddings are the same."""
    padding, shape = saved.config.get("padding", "valid"), saved.shape[:2]
    if padding not in ("same", "valid"):
        raise other("padding", padding, "same")
    same = [-(-side // step) for side, step in zip(shape, stride, strict=True)]
    if padding == "same":
        return "same", (same[0], same[1])
    valid = [(side - size) // step + 1 for side, size, step in zip(shape, reach, stride, strict=True)]
    if min(valid) < 1:
        wrong = mark("its {rows} × {columns} are more than the {height} × {width} that it reads")
        raise UnfitError(tr(wrong, rows=reach[0], columns=reach[1], height=shape[0], width=shape[1]))
    is_same = all(
        (count - 1) * step + size <= side for count, step, size, side in zip(same, stride, reach, shape, strict=True)
    )
    return ("same" if is_same else "valid"), (valid[0], valid[1])


def _normed(kind: str, saved: Saved) -> Read:
    """Read a normalisation over the last axis, behind whose gamma and beta are the statistics of a batch."""
    config, width = saved.config, _last_axis(saved.config, saved.given)
    has = flag(config.get("scale", True)), flag(config.get("center", True))

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        left = list(arrays)
        gamma = left.pop(0) if has[0] else np.ones(width, np.float32)
        beta = left.pop(0) if has[1] else np.zeros(width, np.float32)
        _check_variance(*left[1:])
        return [gamma, beta, *left]

    source = Source(saved.place, ((width,),) * (sum(has) + 2 * (kind == "batch")), arranged)
    norm = Norm(kind, real(config.get("epsilon", 0.001), 0.0, 1.0))
    return Read((saved.part(norm, source),), Given(saved.shape))


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
        raise UnfitError(tr(NEGATIVE))


def _normalization(saved: Saved) -> Read:
    """Read fixed statistics, which are here those of a batch normalisation that scales by nothing more."""
    axes, *given = map(saved.config.get, ("axis", "mean", "variance"))
    is_whole = "axis" in saved.config and axes in (None, [])
    width = _with_channel(saved.shape)[-1] if is_whole else _last_axis(saved.config, saved.given)
    is_first = saved.given.is_first

    def arranged(arrays: Sequence[Array]) -> Sequence[Array]:
        middle, spread = (np.broadcast_to(array.reshape(-1), width).astype(np.float64) for array in arrays[:2])
        _check_variance(spread)
        unit = 255.0 if is_first and (np.abs(middle) > 1).any() else 1.0  # the pixels that it was made for
        spread = np.maximum(np.sqrt(spread), TINY) / unit
        one, zero = np.ones(width, np.float32), np.zeros(width, np.float32)
        return [one, zero, middle / unit, np.maximum(spread**2 - TINY, 0)]

    source = Source(saved.place, (*[() if is_whole else (width,)] * 2, None), arranged)
    if given != [None, None]:
        statistics = [np.array(_numbers(item, 1 if is_whole else width), np.float32) for item in given]
        source = Source(saved.place, (), lambda arrays: arranged(statistics))
    return Read((saved.part(Norm("batch", TINY), source),), Given(saved.shape))


def _numbers(value: Any, most: int) -> list[float]:
    """Return numbers out of a file: one, or as many as there are on an axis, within lists of one."""
    while isinstance(value, dict) or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)):
        value = named(value)["config"]["value"] if isinstance(value, dict) else value[0]
    values = [real(item) for item in (several(value, 1, most) if isinstance(value, list) else [value])]
    if len(values) not in (1, most):
        raise ValueError("These are not as many.")
    return values


def _pool(kind: str, saved: Saved) -> Read:
    maps, size = _maps(saved), _pair(saved.config.get("pool_size", 2), kinds.MAX_KERNEL)
    stride = _pair(saved.config.get("strides") or list(size), kinds.MAX_STRIDE)
    padding, sides = _slid(saved, size, stride)
    return Read((saved.part(kinds.Pool(kind, size, stride, padding)),), Given((*sides, maps)))


def _global_pool(kind: str, saved: Saved) -> Read:
    maps, (rows, columns) = _maps(saved), saved.shape[:2]
    if not flag(saved.config.get("keepdims", False)):
        return Read((saved.part(kinds.GlobalPool(kind)),), Given((maps,)))
    if max(rows, columns) > kinds.MAX_KERNEL:
        raise other("keepdims", True, False)
    return Read((saved.part(kinds.Pool(kind, (rows, columns), (1, 1), "valid")),), Given((1, 1, maps)))


def _pad(saved: Saved) -> Read:
    maps, value = _maps(saved), _listed(saved.config.get("padding", 1))
    both = [value, value] if type(value) is int else several(value, 2, 2)
    (top, bottom), (left, right) = (_pair(item, kinds.MAX_KERNEL, 0) for item in both)
    rows, columns = saved.shape[0] + top + bottom, saved.shape[1] + left + right
    parts = (saved.part(kinds.Pad(top, bottom, left, right)),) if top + bottom + left + right else ()
    return Read(parts, Given((rows, columns, maps)))


def _dropout(saved: Saved) -> Read:
    rate = real(saved.config["rate"], 0.0, 0.999)
    return _elementwise(saved, *([saved.part(kinds.Dropout(rate))] if rate else []))


def _activation(saved: Saved) -> Read:
    return _elementwise(saved, *_activated(saved, saved.config["activation"], saved.shape))


def _relu(saved: Saved) -> Read:
    slope, most = real(saved.config.get("negative_slope") or 0.0), saved.config.get("max_value")
    check_settings({"threshold": real(saved.config.get("threshold") or 0.0)}, {"threshold": 0.0})
    if most is not None and real(most) != 6.0:
        raise other("max_value", most, None)
    if slope and most is not None:
        raise other("negative_slope", slope, 0.0)
    if slope:
        return _elementwise(saved, saved.part(_leaky(slope)))
    return _elementwise(saved, saved.part(Activation("relu" if most is None else "relu6")))


def _leaky_relu(saved: Saved) -> Read:
    config = saved.config
    slope = real(config["negative_slope"] if "negative_slope" in config else config["alpha"])
    return _elementwise(saved, saved.part(_leaky(slope)))


def _leaky(slope: float) -> Activation:
    if not 0 < slope < 1:
        raise other("negative_slope", slope, tr("between 0 and 1"))
    return Activation(kinds.leaky(slope))


def _elu(saved: Saved) -> Read:
    check_settings({"alpha": real(saved.config.get("alpha", 1.0))}, {"alpha": 1.0})
    return _elementwise(saved, saved.part(Activation("elu")))


def _softmax(saved: Saved) -> Read:
    axis = saved.config.get("axis", -1)
    if axis not in (-1, [-1]):
        raise other("axis", axis, -1)
    return Read(tuple(_activated(saved, "softmax", saved.shape)), saved.given)


def _activated(saved: Saved, name: Any, shape: Shape) -> list[Part]:
    """Return the activation that a layer names, as a layer of its own."""
    if name in (None, "linear"):
        return []
    if isinstance(name, dict) and name["class_name"] in AS_ACTIVATIONS:
        return list(read_layer(name["class_name"], named(name["config"]), [Given(shape)], saved.place).parts)
    name = "silu" if name == "swish" else name
    if name == "softmax" and len(shape) > 1 and shape[:-1] != (1, 1):
        raise misplaced()
    if isinstance(name, str) and (name in LAYER_ACTIVATIONS or name == "softmax"):
        return [saved.part(Activation(name))]
    called = clipped(name if isinstance(name, str) else _echo(name), LONGEST_ECHO)
    reason = mark("Layerlight has no activation {name}; there are {names}")
    raise UnfitError(tr(reason, name=called, names=", ".join(LAYER_ACTIVATIONS)))


def _sum(saved: Saved) -> Read:
    several(list(saved.inputs), 2, 64)
    if len({value.shape for value in saved.inputs}) > 1:
        raise UnfitError(tr("it adds what has different shapes"))
    return Read((), Given(saved.shape), SUM)


def _concatenated(saved: Saved) -> Read:
    several(list(saved.inputs), 2, 64)
    for value in saved.inputs:
        _last_axis(saved.config, value)
    if len({value.shape[:-1] for value in saved.inputs}) > 1:
        raise UnfitError(tr("it puts side by side what has different shapes"))
    return Read((), Given((*saved.shape[:-1], sum(value.shape[-1] for value in saved.inputs))), ROW)


def _width(value: Any, most: int) -> int:
    if type(value) is int and most < value < LARGEST_ECHO:
        wrong = mark("{width:,} neurons or maps; Layerlight's layers have at most {most:,}")
        raise UnfitError(tr(wrong, width=value, most=most))
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
        wrong = mark("{rows} × {columns} are too many; at most {most:,} are possible")
        raise UnfitError(tr(wrong, rows=first, columns=second, most=most))
    return first, second


class Reader(NamedTuple):
    """What reads a kind of layer, the settings that such a layer may have, and those of one value alone."""

    read: Callable[[Saved], Read]
    settings: tuple[str, ...] = ()
    own: Mapping[str, Any] = {}
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
POOLING, NORMED = ("pool_size", "strides", "padding"), ("axis", "epsilon", "center", "scale")  # no text
LAST = {"data_format": "channels_last"}
RANDOM = (
    *("rate", "noise_shape", "stddev", "l1", "l2", "mode", "factor", "fill_mode", "fill_value", "interpolation"),
    *("height_factor", "width_factor", "value_range"),
)  # no text

# The layers that others may have as their activation.
AS_ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "Softmax")  # no text

# The layers that are read, by the name of their class, and what does so.
KINDS = {
    "InputLayer": Reader(_elementwise),
    "Identity": Reader(_elementwise),  # no text
    "Rescaling": Reader(_rescaling, ("scale", "offset")),  # no text
    "Normalization": Reader(_normalization, ("axis", "mean", "variance"), {"invert": False}),  # no text
    "Reshape": Reader(_reshape, ("target_shape",)),  # no text
    "Flatten": Reader(_flatten, (), LAST),  # no text
    "Dense": Reader(_dense, ("units", "activation", "use_bias", "quantization_config")),  # no text
    "Conv2D": Reader(_convolution, ("filters", "groups", *SLIDING), LAST),  # no text
    "DepthwiseConv2D": Reader(_depthwise, ("depth_multiplier", *SLIDING), LAST),
    "SeparableConv2D": Reader(_separable, ("filters", "depth_multiplier", "groups", *SLIDING), LAST),
    "BatchNormalization": Reader(partial(_normed, "batch"), (*NORMED, "fused"), {"renorm": False}),
    "LayerNormalization": Reader(partial(_normed, "layer"), NORMED, {"rms_scaling": False}),
    "MaxPooling2D": Reader(partial(_pool, "max"), POOLING, LAST),
    "AveragePooling2D": Reader(partial(_pool, "average"), POOLING, LAST),
    "GlobalMaxPooling2D": Reader(partial(_global_pool, "max"), ("keepdims",), LAST),
    "GlobalAveragePooling2D": Reader(partial(_global_pool, "average"), ("keepdims",), LAST),
    "ZeroPadding2D": Reader(_pad, ("padding",), LAST),
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
        Reader(_elementwise, RANDOM),  # they act in training alone
    ),
}
