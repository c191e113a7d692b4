"""The description of a network in a file of Keras, as JSON: only what `TrainSpec` can hold, all else is refused.

No class is looked up by its name and nothing is built of it: the names are compared with a list.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import ACTIVATIONS, KERNEL, ConvLayer, DenseLayer, HiddenLayer
from engine.core.layers.language import MAX_FEATURE_MAPS, MAX_WIDTH
from engine.core.plain import named, real, several, whole, word
from engine.core.text import clipped
from engine.data.formats.checks import LONGEST_SIDE, MOST_CLASSES

MOST_NESTED = 40
MOST_LISTED = 200  # layers in a file, with those that have no weights
MOST_PARAMETERS = 50_000_000
LONGEST_LAYER = 100  # letters of a layer's name
LONGEST_ECHO, LARGEST_ECHO = 40, 10**15  # letters of a file's own words in a sentence, and numbers there

# The modules and classes of Keras that a description may name. Of most of them nothing is read: a network that is there
# needs no initial weights, and no penalty on them.
MODULES = ("keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers", "keras.constraints")
CHAINS = ("Sequential", "Functional", "Model")  # no text
PARTS = (
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "VarianceScaling"),
    *("Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "Orthogonal"),  # no text
    *("L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"),
    *("DTypePolicy", "Policy", "__keras_tensor__", "__tuple__"),  # no text
)

# What reading values of other kinds raises, or of values that are not there.
NONSENSE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)

PIXEL = 1 / 255  # the factor of a `Rescaling` that makes pixels from 0 to 255 those that a network here receives
SLOPE = 0.2  # of a leaky ReLU below 0

type Shape = tuple[int, ...]


class Source(NamedTuple):
    """The weights of one layer in a file."""

    layer: str  # its number and name, for sentences
    name: str  # its name
    group: str  # the name of its class with its number among those, as `.keras` files call it: `dense`, `dense_1`
    shapes: tuple[Shape, ...]  # of its kernel and, if it has one, its bias


class Description(NamedTuple):
    """A network: what it reads, its layers, and where the weights of each are, those of the outputs last."""

    shape: tuple[int, int]  # rows and columns of an image
    hidden: tuple[HiddenLayer, ...]
    sources: tuple[Source, ...]

    @property
    def parameters(self) -> int:
        """The number of its weights and biases."""
        return sum(math.prod(shape) for source in self.sources for shape in source.shapes)


class _UnfitError(Exception):
    """A layer that a network here cannot have; the argument is the reason, in words that follow its name."""


def described(text: str, file: str, near: tuple[int, int] | None = None) -> Description:
    """Return the network that a JSON text of Keras 2 or 3 describes; raise `UserError` with the name of the `file`.

    Where it reads rows of pixels, its images have the shape `near` if that has as many, else they are square.
    """
    try:
        model = named(json.loads(text, parse_constant=_refused))
        _check_depth(model)
        chain = _layers_of(model)
    except (*NONSENSE, RecursionError):
        raise no_network(file) from None
    network = _Chain(near)
    before = ""
    for number, layer in enumerate(chain, start=1):
        words = tr("layer {number}", number=number)
        try:
            config = named(layer["config"])
            name = _layer_name(layer.get("name", config.get("name")))
            words = f"{words}, {clipped(name, LONGEST_ECHO)}"
            _check_names(layer)
            if "inbound_nodes" in layer:
                _check_follows(layer["inbound_nodes"], before)
            network.add(word(layer["class_name"]), config, name, words)
            before = name
        except _UnfitError as unfit:
            raise UserError(tr("{file}, {layer}: {reason}.", file=file, layer=words, reason=unfit)) from None
        except NONSENSE:
            reason = tr("its description is damaged")
            raise UserError(tr("{file}, {layer}: {reason}.", file=file, layer=words, reason=reason)) from None
    try:
        found = network.finished()
    except (_UnfitError, UserError) as unfit:  # a `UserError` on how many layers there are
        reason = str(unfit).rstrip(".")
        raise UserError(tr("{file} cannot be opened: {reason}.", file=file, reason=reason)) from None
    if found.parameters > MOST_PARAMETERS:
        reason = tr(
            "it has {count:,} parameters, and at most {most:,} are opened", count=found.parameters, most=MOST_PARAMETERS
        )
        raise UserError(tr("{file} cannot be opened: {reason}.", file=file, reason=reason))
    return found


def no_network(file: str) -> UserError:
    """Return the error for a file that is damaged, or describes no network."""
    sentence = tr("{file} is damaged, or no network that Keras saved.", file=file)
    return UserError(sentence, hint=tr("Save it again with model.save."))


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON.")


def _check_depth(values: Any) -> None:
    for _, depth in _all_in(values):
        if depth > MOST_NESTED:
            raise ValueError("Nothing is nested as deep.")


def _all_in(values: Any) -> Iterator[tuple[Any, int]]:
    """Yield the dictionaries and lists within `values`, and how deep they lie, without recursion."""
    left = [(values, 1)]
    while left:
        value, depth = left.pop()
        yield value, depth
        inner = value.values() if isinstance(value, dict) else value
        left += [(item, depth + 1) for item in inner if isinstance(item, (dict, list))]


def _layers_of(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a model; raise `ValueError` where it is no chain of some."""
    if model["class_name"] not in CHAINS or not _is_of_keras(model):
        raise ValueError("That is no chain of layers.")
    config = model["config"]
    layers = several(config if isinstance(config, list) else named(config)["layers"], 1, MOST_LISTED)
    layers = [named(layer) for layer in layers]
    if isinstance(config, dict) and "output_layers" in config:
        last = layers[-1].get("name", named(layers[-1]["config"]).get("name"))
        if _ends(config["input_layers"]) != [layers[0].get("name")] or _ends(config["output_layers"]) != [last]:
            raise ValueError("One image goes in, and one answer comes out.")
    return layers


def _ends(value: Any) -> list[str]:
    """Return the layers at which a model begins or ends: `["a", 0, 0]`, or a list of such."""
    ends = [value] if value and isinstance(value[0], str) else value
    return [word(several(end, 3, 3)[0]) for end in several(ends, 1, MOST_LISTED)]


def _is_of_keras(part: Mapping[str, Any]) -> bool:
    """Whether a part of a description names nothing but Keras; older files name neither module nor registration."""
    module, registered = part.get("module"), part.get("registered_name")
    known = module in (None, *MODULES) or (
        part["class_name"] in CHAINS and str(module).startswith(("keras.src.models.", "keras.src.engine."))
    )
    return known and registered in (None, part["class_name"])


def _layer_name(value: Any) -> str:
    name = word(value, LONGEST_LAYER)
    if not name or "/" in name or "\0" in name or name.strip(".") == "":
        raise ValueError("No layer is called so.")
    return name


def _check_names(layer: Mapping[str, Any]) -> None:
    """Raise `_UnfitError` where a layer is none of those that are read, or names what is not Keras' own."""
    inner = [layer["config"], *(value for key, value in layer.items() if key == "inbound_nodes")]
    parts = [part for values in inner for part, _ in _all_in(values) if isinstance(part, dict) and "class_name" in part]
    for part, known in ((layer, KINDS), *((part, PARTS) for part in parts)):
        if part["class_name"] not in known or not _is_of_keras(part):
            module = part.get("module")
            called = [str(module)] if module is not None and module not in MODULES else []
            kind = clipped(".".join([*called, str(part["class_name"])]), LONGEST_ECHO)
            raise _UnfitError(tr("Layerlight has no {kind}", kind=kind))


def _check_follows(nodes: Any, before: str) -> None:
    """Raise `_UnfitError` unless a layer is called once, with the output of the one `before` it alone."""
    calls = several(nodes, 0, MOST_LISTED)
    sources = list[str]()
    for call in calls:
        if isinstance(call, dict):  # Keras 3
            for part, _ in _all_in(call["args"]):
                if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
                    sources.append(word(several(part["config"]["keras_history"], 3, 3)[0]))
            given = named(call["kwargs"])
        else:  # Keras 2: [[name, node, tensor, {...}]]
            sources += [word(several(source, 3, 4)[0]) for source in several(call, 1, MOST_LISTED)]
            given = {name: value for source in call for name, value in named((*source, {})[3]).items()}
        for name, value in given.items():
            if value not in (None, False):
                raise _other(name, value, None)
    if sources != [before] * bool(before) or len(calls) > 1:
        raise _UnfitError(tr("it does not follow the layer before it alone; Layerlight's layers are a chain"))


def _other(name: str, value: Any, own: Any) -> _UnfitError:
    """Return the error for a setting that a layer here does not have."""
    given, ours = (clipped(json.dumps(item), LONGEST_ECHO).replace('"', "") for item in (value, own))
    name = clipped(name, LONGEST_ECHO)
    return _UnfitError(tr("its {setting} is {value}, in Layerlight it is {own}", setting=name, value=given, own=ours))


def _check_settings(config: Mapping[str, Any], **own: Any) -> None:
    """Raise `_UnfitError` where a setting is there and has another value than `own`."""
    for name, value in own.items():
        given = config.get(name, value)
        if type(given) is not type(value) or given != value:
            raise _other(name, given, value)


class _Weighted:
    """A layer with weights while its activation and pooling may follow."""

    def __init__(self, source: Source, width: int, *, is_map: bool) -> None:
        self.source, self.width, self.is_map = source, width, is_map
        self.activation, self.is_pooled = "", False

    @property
    def hidden(self) -> HiddenLayer:
        return (ConvLayer if self.is_map else DenseLayer)(self.width, self.activation)


class _Chain:
    """The network so far: the shape of what the last layer gives, and the layers with weights."""

    def __init__(self, near: tuple[int, int] | None) -> None:
        self._near = near
        self._image: tuple[int, int] | None = None
        self._given: Shape = ()
        self._weighted: list[_Weighted] = []
        self._numbers = dict[str, int]()  # of the classes that have weights
        self._is_over = self._is_rescaled = False

    def add(self, kind: str, config: Mapping[str, Any], name: str, words: str) -> None:
        """Add a layer of that class; raise `_UnfitError` where it has no place, and one of `NONSENSE`."""
        policy = config.get("dtype") or "float32"
        policy = policy["config"]["name"] if isinstance(policy, dict) else policy
        _check_settings({"dtype": policy}, dtype="float32")
        if kind == "InputLayer" or not self._given:
            begins = config.get("batch_shape", config.get("batch_input_shape"))
            if self._given or begins is None:
                raise _misplaced()
            self._begin(begins)
        if self._is_over and kind != "Dropout":
            raise _misplaced()
        if kind in ("Dense", "Conv2D"):  # no text
            number = self._numbers[kind] = self._numbers.get(kind, -1) + 1
            group = f"{kind.lower()}_{number}" if number else kind.lower()
            shapes = getattr(self, KINDS[kind])(config)
            self._weighted.append(_Weighted(Source(words, name, group, shapes), shapes[0][-1], is_map=kind == "Conv2D"))
            self._activate(config.get("activation", "linear"))
        else:
            getattr(self, KINDS[kind])(config)

    def finished(self) -> Description:
        """Return the network; raise `_UnfitError` where it is not whole."""
        if not self._weighted or self._weighted[-1].is_map:
            raise _UnfitError(tr("its last layer with weights must be a Dense one"))
        *before, last = self._weighted
        classes = last.width
        if last.activation:
            raise _UnfitError(
                tr("its outputs are those of {activation}; Layerlight's are of softmax", activation=last.activation)
            )
        for layer in before:
            if not layer.activation:
                reason = tr("it has no activation; there are {names}", names=", ".join(ACTIVATIONS))
                raise _UnfitError(f"{layer.source.layer}: {reason}")
            if layer.is_map and not layer.is_pooled:
                reason = tr("no pooling of 2 × 2 follows it, as in Layerlight")
                raise _UnfitError(f"{layer.source.layer}: {reason}")
        if not 2 <= classes <= MOST_CLASSES:
            raise _UnfitError(
                tr("it has {count:,} outputs; Layerlight's networks have 2 to {most}", count=classes, most=MOST_CLASSES)
            )
        hidden = tuple(layer.hidden for layer in before)
        assert self._image is not None  # the first Dense or Conv2D has seen to it
        return Description(self._image, hidden, tuple(layer.source for layer in self._weighted))

    def _begin(self, value: Any) -> None:
        """Take the shape of the input, behind that of the batch."""
        shape = tuple(whole(side, 1, LONGEST_SIDE**2) for side in several(value, 2, 4)[1:])
        if len(shape) > 1:
            if shape[2:] not in ((), (1,)) or max(shape[:2]) > LONGEST_SIDE:
                raise _UnfitError(
                    tr(
                        "it reads images of {shape}; Layerlight's have one channel and at most {most} × {most} pixels",
                        shape=" × ".join(map(str, shape)),
                        most=LONGEST_SIDE,
                    )
                )
            self._image = shape[0], shape[1]
        self._given = shape

    def _input(self, config: Mapping[str, Any]) -> None:
        """Do nothing more: `add` has taken the shape, as older files say it at any first layer."""

    def _rescale(self, config: Mapping[str, Any]) -> None:
        if self._weighted or self._is_rescaled:
            raise _misplaced()
        _check_settings({"offset": real(config.get("offset", 0.0))}, offset=0.0)
        if not math.isclose(real(config["scale"]), PIXEL, rel_tol=1e-6):
            raise _other("scale", config["scale"], round(PIXEL, 8))
        self._is_rescaled = True

    def _reshape(self, config: Mapping[str, Any]) -> None:
        target = config["target_shape"]
        target = named(target)["items"] if isinstance(target, dict) else target
        shape = [whole(side, -1, LONGEST_SIDE**2) for side in several(target, 1, 3)]
        size, rest = math.prod(self._given), math.prod(side for side in shape if side != -1)
        if shape.count(-1) == 1 and rest and size % rest == 0:
            shape[shape.index(-1)] = size // rest
        if math.prod(shape) != size or min(shape) < 1:
            raise ValueError("These are not as many.")
        if len(shape) == 1:
            self._flatten({})
            return
        image = shape[0], shape[1]
        if self._weighted or shape[2:] not in ([], [1]) or self._image not in (None, image):
            raise _misplaced()
        self._begin([None, *shape])

    def _flatten(self, config: Mapping[str, Any]) -> None:
        _check_settings(config, data_format="channels_last")
        if self._weighted and self._weighted[-1].is_map and not self._weighted[-1].is_pooled:
            raise _misplaced()
        self._given = (math.prod(self._given),)

    def _dense(self, config: Mapping[str, Any]) -> tuple[Shape, ...]:
        width = _width(config["units"], MAX_WIDTH)
        if config.get("quantization_config") is not None:
            raise _other("quantization_config", config["quantization_config"], None)
        if len(self._given) != 1:
            raise _misplaced()
        if self._image is None:
            self._image = self._guessed(self._given[0])
        shapes = self._shapes((self._given[0], width), config)
        self._given = (width,)
        return shapes

    def _guessed(self, pixels: int) -> tuple[int, int]:
        side = math.isqrt(pixels)
        if self._near and math.prod(self._near) == pixels:
            return self._near
        if side * side != pixels or side > LONGEST_SIDE:
            raise _UnfitError(tr("it reads rows of {count:,} numbers, which are no square image", count=pixels))
        return side, side

    def _convolution(self, config: Mapping[str, Any]) -> tuple[Shape, ...]:
        width = _width(config["filters"], MAX_FEATURE_MAPS)
        if len(self._given) != 3 or (self._weighted and not self._weighted[-1].is_pooled):
            raise _misplaced()
        rows, columns = (whole(side, 1, 10**6) for side in _pair(config["kernel_size"]))
        if (rows, columns) != (KERNEL, KERNEL):
            reason = mark("kernels of {rows} × {columns}; Layerlight's are {kernel} × {kernel}")
            raise _UnfitError(tr(reason, rows=rows, columns=columns, kernel=KERNEL))
        pairs = {name: _pair(config.get(name, 1)) for name in ("strides", "dilation_rate")}
        _check_settings(pairs, strides=[1, 1], dilation_rate=[1, 1])
        _check_settings(config, padding="same", data_format="channels_last", groups=1)
        shapes = self._shapes((KERNEL, KERNEL, self._given[2], width), config)
        self._given = (*self._given[:2], width)
        return shapes

    def _shapes(self, kernel: Shape, config: Mapping[str, Any]) -> tuple[Shape, ...]:
        has_bias = config.get("use_bias", True)
        return (kernel, kernel[-1:]) if has_bias else (kernel,)

    def _pool(self, config: Mapping[str, Any]) -> None:
        if not self._weighted or not self._weighted[-1].is_map or self._weighted[-1].is_pooled:
            raise _misplaced()
        pairs = {name: _pair(config.get(name) or 2) for name in ("pool_size", "strides")}
        _check_settings(pairs, pool_size=[2, 2], strides=[2, 2])
        rows, columns, maps = self._given
        if rows % 2 or columns % 2:  # otherwise padding has nothing to do
            _check_settings({"padding": config.get("padding", "valid")}, padding="same")
        _check_settings(config, data_format="channels_last")
        self._weighted[-1].is_pooled = True
        self._given = (-(-rows // 2), -(-columns // 2), maps)

    def _leave_out(self, config: Mapping[str, Any]) -> None:
        """Do nothing: dropout acts in training alone."""

    def _activation(self, config: Mapping[str, Any]) -> None:
        self._activate(config["activation"])

    def _relu(self, config: Mapping[str, Any]) -> None:
        if config.get("max_value") is not None:
            raise _other("max_value", config["max_value"], None)
        numbers = {name: real(config.get(name) or 0.0) for name in ("negative_slope", "threshold")}
        _check_settings(numbers, negative_slope=0.0, threshold=0.0)
        self._activate("relu")

    def _leaky_relu(self, config: Mapping[str, Any]) -> None:
        slope = real(config["negative_slope"] if "negative_slope" in config else config["alpha"])
        if not math.isclose(slope, SLOPE, rel_tol=1e-6):
            raise _other("negative_slope", slope, SLOPE)
        self._activate("leaky_relu")

    def _softmax(self, config: Mapping[str, Any]) -> None:
        _check_settings(config, axis=-1)
        self._activate("softmax")

    def _activate(self, value: Any) -> None:
        name = "linear" if value is None else value
        if name == "linear":
            return
        layer = self._weighted[-1] if self._weighted else None
        if layer is None or layer.activation or layer.is_pooled:
            raise _misplaced()
        if name == "softmax":  # logits are kept
            if layer.is_map:
                raise _misplaced()
            self._is_over = True
        elif isinstance(name, str) and name in ACTIVATIONS:
            layer.activation = name
        else:
            called = clipped(name if isinstance(name, str) else json.dumps(name), LONGEST_ECHO)
            reason = mark("Layerlight has no activation {name}; there are {names}")
            raise _UnfitError(tr(reason, name=called, names=", ".join(ACTIVATIONS)))


# The layers that are read, and the method of `_Chain` for each.
KINDS = {
    "InputLayer": "_input",
    "Rescaling": "_rescale",  # no text
    "Reshape": "_reshape",  # no text
    "Flatten": "_flatten",  # no text
    "Dense": "_dense",  # no text
    "Conv2D": "_convolution",  # no text
    "MaxPooling2D": "_pool",
    "Dropout": "_leave_out",  # no text
    "Activation": "_activation",  # no text
    "ReLU": "_relu",
    "LeakyReLU": "_leaky_relu",
    "Softmax": "_softmax",  # no text
}


def _misplaced() -> _UnfitError:
    return _UnfitError(tr("a network of Layerlight has nothing of this kind at this place"))


def _width(value: Any, most: int) -> int:
    if type(value) is int and most < value < LARGEST_ECHO:
        raise _UnfitError(
            tr("{width:,} neurons or maps; Layerlight's layers have at most {most:,}", width=value, most=most)
        )
    return whole(value, 1, most)


def _pair(value: Any) -> list[int]:
    """Return a setting for rows and columns, which may be one number for both."""
    value = named(value)["items"] if isinstance(value, dict) else value
    values: Sequence[Any] = [value, value] if type(value) is int else several(value, 2, 2)
    return [whole(item, 0, 10**6) for item in values]
