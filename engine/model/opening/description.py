"""The description of a network in a file of Keras, as JSON: only what the layers here can be, all else is refused.

No class is looked up by its name and nothing is built of it: the names are compared with a list.
"""

import contextlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, DenseLayer, HiddenLayer, Layer, Layers
from engine.core.layers.language import MAX_DEPTH, as_text, parse_layers
from engine.core.layers.plan import plan_of
from engine.core.lazy import Array, np
from engine.core.plain import from_json, named, nested, several, whole, word
from engine.core.text import clipped
from engine.data.formats.checks import LONGEST_SIDE
from engine.model.opening.keras_layers import (
    AS_ACTIVATIONS,
    KINDS,
    LONGEST_ECHO,
    Given,
    Part,
    Place,
    Shape,
    Source,
    check_settings,
    misplaced,
    other,
    read_layer,
)
from engine.model.opening.tree import SOFTMAX, Node, check_softmax, in_sequence, layers_of
from engine.model.opening.unfit import PASSED_ON, UnfitError, check_classes, check_parameters

MOST_NESTED = 40
MOST_LISTED = 400  # layers in a file, with those that have no weights
LONGEST_LAYER = 100  # letters of a layer's name

# The modules and classes of Keras that a description may name. Of most of them nothing is read: a network that is there
# needs no initial weights, and no penalty on them.
MODULES = ("keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers", "keras.constraints")
CHAINS = ("Sequential", "Functional", "Model")  # no text
PARTS = (
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "VarianceScaling"),
    *("Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "Orthogonal"),  # no text
    *("L1", "L2", "L1L2", "MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"),
    *("DTypePolicy", "Policy", "__keras_tensor__", "__tuple__", "__numpy__", *AS_ACTIVATIONS),  # no text
)
SUM_OF_TWO = "keras.src.ops.numpy"  # the module of `a + b`

# What reading values of other kinds raises, or of values that are not there.
NONSENSE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class Listed(NamedTuple):
    """A layer as the file has it, for a table."""

    name: str
    kind: str  # of Keras: `Conv2D`
    shape: Shape  # of what it gives for an image
    parameters: int


class Description(NamedTuple):
    """A network: what it reads, its layers, and where the weights of them are in the order of the layers."""

    shape: tuple[int, int]  # rows and columns of an image
    layers: Layers
    classes: int
    sources: tuple[Source, ...]  # those of the outputs last
    listed: tuple[Listed, ...]
    remark: str = ""  # what stands for its end, where that is none of a network here

    @property
    def parameters(self) -> int:
        """The number of its weights and biases in the file."""
        return sum(source.parameters for source in self.sources)


def described(text: str, file: str, near: tuple[int, int] | None = None) -> Description:
    """Return the network that a JSON text of Keras 2 or 3 describes; raise `UserError` with the name of the `file`.

    Where it reads rows of pixels, its images have the shape `near` if that has as many, else they are square.
    """
    reading = _Reading(near)
    try:
        model = named(from_json(text, MOST_NESTED))
        reading.read(_layers_of(model), model["config"], "", (), ())
        return reading.finished()
    except UnfitError as unfit:
        raise unfit.of(file) from None
    except (*NONSENSE, RecursionError):
        raise no_network(file) from None


def no_network(file: str) -> UserError:
    """Return the error for a file that is damaged, or describes no network."""
    sentence = tr("{file} is damaged, or no network that Keras saved.", file=file)
    return UserError(sentence, hint=tr("Save it again with model.save."))


@contextlib.contextmanager
def _naming(layer: str) -> Iterator[None]:
    """Name the layer in the error about it, whatever reading nonsense raises."""
    try:
        yield
    except UnfitError as unfit:
        raise unfit.about(layer) from None
    except NONSENSE:
        raise UnfitError(tr("its description is damaged"), layer) from None


def _layers_of(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a model; raise `ValueError` where it has none, and `UnfitError` where it has too many."""
    if model["class_name"] not in CHAINS or not _is_of_keras(model):
        raise ValueError("That is no network.")
    config = model["config"]
    layers = config if isinstance(config, list) else named(config)["layers"]
    if isinstance(layers, list) and len(layers) > MOST_LISTED:
        raise _too_many(len(layers), MOST_LISTED)
    return [named(layer) for layer in several(layers, 1, MOST_LISTED)]


def _too_many(count: int, most: int) -> UnfitError:
    return UnfitError(tr("it has {count:,} layers, and at most {most:,} are opened", count=count, most=most))


def _end(value: Any, words: str) -> tuple[str, int]:
    """Return the call of a layer with which a model begins or ends: `["a", 0, 0]`, or a list of one such."""
    ends = [value] if value and isinstance(value[0], str) else several(value, 1, MOST_LISTED)
    if len(ends) > 1:
        raise UnfitError(tr(words, count=len(ends)))
    name, call, _ = several(ends[0], 3, 3)
    return word(name), whole(call, 0, MOST_LISTED)


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
    """Raise `UnfitError` where a layer is none of those that are read, or names what is not Keras' own."""
    is_model = layer["class_name"] in CHAINS
    config = {} if is_model else layer["config"]
    inner = [config, *(value for key, value in layer.items() if key == "inbound_nodes")]
    parts = [part for values in inner for part, _ in nested(values) if isinstance(part, dict) and "class_name" in part]
    for part, known in ((layer, CHAINS if is_model else KINDS), *((part, PARTS) for part in parts)):
        if part["class_name"] not in known or not _is_of_keras(part):
            module = part.get("module")
            called = [str(module)] if module is not None and module not in MODULES else []
            kind = clipped(".".join([*called, str(part["class_name"])]), LONGEST_ECHO)
            raise UnfitError(tr("Layerlight has no {kind}", kind=kind))


def _calls(nodes: Any) -> Iterator[list[tuple[str, int]]]:
    """Yield for each call of a layer the calls of others whose outputs it gets, in order."""
    for call in several(nodes, 0, MOST_LISTED):
        if isinstance(call, dict):  # Keras 3
            sources = [part["config"]["keras_history"] for part in _tensors(call["args"])]
            given = named(call["kwargs"])
        else:  # Keras 2: [[name, node, tensor, {...}]]
            sources = [several(source, 3, 4) for source in several(call, 1, MOST_LISTED)]
            given = {name: value for source in sources for name, value in named((*source, {})[3]).items()}
        for name, value in given.items():
            if value not in (None, False):
                raise other(name, value, None)
        ends = [several(source, 3, 4)[:3] for source in sources]
        yield [(word(name), whole(node, 0, MOST_LISTED)) for name, node, tensor in ends if whole(tensor, 0, 0) == 0]


def _tensors(values: Any) -> Iterator[dict[str, Any]]:
    """Yield what the layers of a model give, where it is in the arguments of a call."""
    if isinstance(values, dict) and values.get("class_name") == "__keras_tensor__":
        yield values
    elif isinstance(values, (dict, list)):
        for value in values.values() if isinstance(values, dict) else values:
            yield from _tensors(value)


class _Reading:
    """The layers so far: those of the file, and the graph of those here."""

    def __init__(self, near: tuple[int, int] | None) -> None:
        self._near = near
        self._image: tuple[int, int] | None = None
        self._channels = 1
        self._nodes = [Node((), (), "", "")]
        self._given = [Given((), is_first=True, is_image=True)]
        self._listed: list[Listed] = []

    def read(
        self,
        layers: Sequence[Mapping[str, Any]],
        config: Any,
        around: str,
        names: tuple[str, ...],
        groups: tuple[str, ...],
        begins: int = 0,
    ) -> int:
        """Read the layers of a model that reads what the node `begins` gives; return the number of its last node."""
        counts = dict[str, int]()
        places = list[tuple[Mapping[str, Any], Place, list[list[tuple[str, int]]]]]()
        given: dict[tuple[str, int], int] = {}  # the node of each call
        for number, layer in enumerate(layers, start=1):
            words = tr("layer {number}", number=number)
            with _naming(words):
                name = _layer_name(layer.get("name", named(layer["config"]).get("name")))
            words = f"{words}, {clipped(f'{around}{name}', LONGEST_ECHO)}"
            with _naming(words):
                layer = _as_sum(layer)
                _check_names(layer)
                if name in (place.names[-1] for _, place, _ in places):
                    raise UnfitError(tr("another layer has the same name"))
                place = Place(words, (*names, name), (*groups, _group(word(layer["class_name"]), counts)))
                calls = list(_calls(layer["inbound_nodes"])) if "inbound_nodes" in layer else None
            if calls is None:  # a `Sequential`
                calls = [[(places[-1][1].names[-1], 0)]] if places else [[]]
            places.append((layer, place, calls or [[]]))
        first, last = (places[0][1].names[-1], 0), (places[-1][1].names[-1], 0)
        if isinstance(config, dict) and "output_layers" in config:
            first = _end(config["input_layers"], mark("it has {count:,} inputs; Layerlight's networks read one image"))
            last = _end(config["output_layers"], mark("it has {count:,} outputs; Layerlight's networks have one"))
        left = [(*entry[:2], number, call) for entry in places for number, call in enumerate(entry[2])]
        self._check_sources(left)
        while left:
            waiting = []
            for entry in left:
                layer, place, number, call = entry
                if all(source in given for source in call):
                    is_first = (place.names[-1], number) == first
                    with _naming(place.words):
                        node = self._call(layer, place, number, [given[source] for source in call], begins, is_first)
                    given[place.names[-1], number] = node
                else:
                    waiting.append(entry)
            if len(waiting) == len(left):
                raise UnfitError(tr("it reads what comes after it"), left[0][1].words)
            left = waiting
        if last not in given:
            raise ValueError("Nothing comes out.")
        return given[last]

    def _check_sources(self, calls: Sequence[tuple[Any, Place, int, list[tuple[str, int]]]]) -> None:
        known = {(place.names[-1], number) for _, place, number, _ in calls}
        for _, place, _, call in calls:
            for name, _ in (source for source in call if source not in known):
                reason = tr("it reads {name}, and there is no such layer", name=clipped(name, LONGEST_ECHO))
                raise UnfitError(reason, place.words)

    def _call(
        self, layer: Mapping[str, Any], place: Place, number: int, sources: list[int], begins: int, is_first: bool
    ) -> int:
        """Read one call of a layer; return the number of its node."""
        if not sources:
            if not is_first:
                raise misplaced()
            sources = [begins]
        if layer["class_name"] in CHAINS:
            (begins,) = sources
            if number:
                raise _shared()
            inner, around = named(layer), f"{place.names[-1]}/"
            return self.read(_layers_of(inner), inner["config"], around, place.names, place.groups, begins)
        config = named(layer["config"])
        policy = config.get("dtype") or "float32"
        policy = policy["config"]["name"] if isinstance(policy, dict) else policy
        check_settings({"dtype": policy}, {"dtype": "float32"})
        shape = config.get("batch_shape", config.get("batch_input_shape"))
        if shape is not None and sources == [0] and not self._given[0].shape:
            self._begin(shape)
        elif layer["class_name"] == "InputLayer" and not is_first:
            raise misplaced()
        given = [self._given[source] for source in sources]
        if not given[0].shape:
            raise misplaced()
        read = read_layer(word(layer["class_name"]), config, given, place)
        self._see_image(given[0], read)
        weights = [source for part in read.parts for source in part.sources]
        if number and weights:
            raise _shared()
        if len(self._nodes) > 2 * MOST_LISTED:
            raise _too_many(len(self._nodes), 2 * MOST_LISTED)
        self._nodes.append(Node(tuple(sources), read.parts, read.joins, place.words))
        self._given.append(read.gives)
        count = sum(source.parameters for source in weights)
        self._listed.append(Listed("/".join(place.names), layer["class_name"], read.gives.shape, count))
        return len(self._nodes) - 1

    def _begin(self, value: Any) -> None:
        """Take the shape of the input, behind that of the batch."""
        shape = tuple(whole(side, 1, 3 * LONGEST_SIDE**2) for side in several(value, 2, 4)[1:])
        parts = list[Part]()
        if len(shape) == 1:
            parts.append(Part(kinds.Flatten()))
        else:
            self._take(shape)
        self._given[0] = self._given[0]._replace(shape=shape)
        self._nodes[0] = self._nodes[0]._replace(parts=tuple(parts))

    def _take(self, shape: Shape) -> None:
        """Take the shape of the images."""
        if shape[2:] not in ((), (1,), (3,)) or max(shape[:2]) > LONGEST_SIDE:
            wrong = mark(
                "it reads images of {shape}; Layerlight's are grey or of three colours, and have at most "
                "{most} × {most} pixels"
            )
            raise UnfitError(tr(wrong, shape=" × ".join(map(str, shape)), most=LONGEST_SIDE))
        self._image, self._channels = (shape[0], shape[1]), (shape[2:] or (1,))[0]

    def _see_image(self, given: Given, read: Any) -> None:
        """Take the shape of the images from a layer that makes one of a row of pixels."""
        shape = read.gives.shape
        if not (given.is_image and len(given.shape) == 1 and len(shape) > 1):
            return
        if self._image is None:
            self._take(shape)
        elif (self._image, self._channels) != (shape[:2], (shape[2:] or (1,))[0]):
            raise misplaced()

    def _guess(self, pixels: int) -> None:
        """Take the shape of the images whose pixels are read as a row."""
        for channels in (1, 3):
            count, rest = divmod(pixels, channels)
            side = math.isqrt(count)
            if rest == 0 and (self._near and math.prod(self._near) == count):
                self._image, self._channels = self._near, channels
                return
            if rest == 0 and side * side == count and side <= LONGEST_SIDE:
                self._image, self._channels = (side, side), channels
                return
        raise UnfitError(tr("it reads rows of {count:,} numbers, which are no square image", count=pixels))

    def finished(self) -> Description:
        """Return the network; raise `UnfitError` where it is not whole."""
        if self._image is None:
            self._guess(self._given[0].shape[0])
        assert self._image is not None
        first = self._nodes[0].parts
        nodes = [node._replace(parts=(*first, *node.parts)) if node.reads == (0,) else node for node in self._nodes]
        chain = list(in_sequence(nodes))
        if self._channels == 3:
            chain.insert(0, Part(kinds.Colour()))
        chain, output, classes, remark = _with_outputs(chain, self._given[-1].shape)
        layers = layers_of(chain)
        sources = (*(source for part in chain for source in part.sources), output)
        description = Description(self._image, layers, classes, sources, tuple(self._listed), remark)
        _check_limits(description)
        return description


def _as_sum(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the operation `a + b` of Keras 3 as the layer that does the same; all others as they are."""
    is_sum = layer.get("module") == SUM_OF_TWO and layer["class_name"] == "Add"
    return {**layer, "module": None, "registered_name": None} if is_sum else layer


def _group(kind: str, counts: dict[str, int]) -> str:
    """Return what a `.keras` file calls the next layer of a class: `batch_normalization`, `batch_normalization_1`."""
    name = re.sub("(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    counts[name] = number = counts.get(name, -1) + 1
    return f"{name}_{number}" if number else name


def _shared() -> UnfitError:
    return UnfitError(tr("it is used several times; in Layerlight the weights of a layer are its own"))


def _with_outputs(chain: list[Part], shape: Shape) -> tuple[list[Part], Source, int, str]:
    """Return the network without its outputs, the source of theirs, how many there are, and what is to be said of them.

    Softmax is left out, as outputs are logits here. Where no dense layer is the last, one is put there that passes on
    what it reads; of one output through a sigmoid come two, 0 and its logit, whose softmax is the same.
    """
    is_softmax = False
    while chain and isinstance(chain[-1].layer, (kinds.Flatten, kinds.Dropout, Activation)):
        if isinstance(chain[-1].layer, Activation) and (chain[-1].layer != SOFTMAX or is_softmax):
            break
        is_softmax = chain.pop().layer == SOFTMAX or is_softmax
    check_softmax(chain)
    if not any(source.parameters for part in chain for source in part.sources):
        raise UnfitError(tr("it has no layer with weights"))
    if len(shape) != 1 and shape[:-1] != (1, 1):
        raise UnfitError(tr("it ends in feature maps; a network here ends in one number for each class"))
    last, inputs = chain[-1], shape[-1]
    activation = "" if is_softmax else _activation_of(last.layer)
    is_pair = activation == "sigmoid" and inputs == 1
    if activation and not is_pair:
        wrong = mark("its outputs are those of {activation}; Layerlight's are of softmax")
        raise UnfitError(tr(wrong, activation=activation))
    classes = 2 if is_pair else inputs
    check_classes(classes)
    remark = tr("Its one output became two, 0 and its logit, whose softmax is its sigmoid.") if is_pair else ""
    layer = last.layer
    if isinstance(layer, DenseLayer) and layer.norm is None and layer.activation == activation:
        (source,), chain = last.sources, chain[:-1]
        if not is_pair:
            return chain, source, classes, remark
        arranged = source.arranged
        return chain, source._replace(arranged=lambda arrays: _paired(arranged(arrays))), classes, remark
    if is_pair:
        chain = chain[:-1]
        if isinstance(layer, HiddenLayer | kinds.Residual):
            chain.append(last._replace(layer=layer.but(activation="")))
    else:
        remark = tr(PASSED_ON)
    fixed = [np.eye(inputs, dtype=np.float32), np.zeros(inputs, np.float32)]
    passed = _paired(fixed) if is_pair else fixed
    return chain, Source(Place("", (), ()), (), lambda arrays: passed), classes, remark


def _activation_of(layer: Layer) -> str:
    if isinstance(layer, Activation):
        return layer.name
    return layer.activation if isinstance(layer, HiddenLayer | kinds.Residual) else ""


def _paired(arrays: Sequence[Array]) -> list[Array]:
    """Return kernel and bias of one output as those of two, of which the first is always 0."""
    return [np.concatenate([np.zeros_like(array), array], axis=-1) for array in arrays]


def _check_limits(network: Description) -> None:
    """Raise `UnfitError` for a network with more parameters, layers or numbers, or deeper blocks, than are opened."""
    check_parameters(network.parameters)
    if _depth_of(network.layers) > MAX_DEPTH:
        raise UnfitError(tr("its blocks lie within each other more than {most} deep", most=MAX_DEPTH))
    try:
        parse_layers(as_text(network.layers))
        plan_of(network.layers, network.shape, network.classes)
    except UserError as error:
        raise UnfitError(error.sentence.rstrip(".")) from None


def _depth_of(layers: Layers) -> int:
    return max((1 + max(map(_depth_of, inside)) for layer in layers if (inside := layer.inside)), default=0)
