"""The plan of a network: its computation step by step, with the shape of each result and the arrays it needs."""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.layers import kinds
from engine.core.layers.kinds import Activation, ConvLayer, DenseLayer, HiddenLayer, Layer, Layers, Norm, Pair
from engine.core.layers.language import as_text

MAX_PARAMETERS = 200_000_000
MOST_NUMBERS = 20_000_000  # numbers that one step of the computation gives for one image

HIDDEN = "layer"  # prefix of the names of hidden layers: `layer1`, `layer2`

type Shape = tuple[int, ...]  # of one image's values: (neurons,), (rows, columns) of an image, (rows, columns, maps)


class Channel(NamedTuple):
    """An image (rows, columns) as one feature map (rows, columns, 1)."""


class Sum(NamedTuple):
    """The sum of several values."""


class Join(NamedTuple):
    """Several values, one behind the other along the last axis."""


type Operation = Layer | Channel | Sum | Join

RESHAPING = kinds.Flatten, Channel  # give the same numbers in another shape


class Weight(NamedTuple):
    """One array of a network. A training changes all but `mean` and `variance`, which batch normalisation measures."""

    name: str  # `layer1/kernel`
    shape: Shape

    @property
    def role(self) -> str:
        """Either kernel, bias, gamma, beta, mean or variance."""
        return self.name.rpartition("/")[2]

    @property
    def is_trained(self) -> bool:
        """Whether a training changes it by gradients."""
        return self.role not in ("mean", "variance")


class Step(NamedTuple):
    """One step of the computation. The image is value 0, and the step number n, from 1, gives value n."""

    name: str  # of its layer in Keras: `layer1`, `pool1`
    operation: Operation  # a hidden layer stands without its norm, and with an activation only if it has no norm
    reads: tuple[int, ...]  # the values that it takes
    shape: Shape  # of what it gives
    first: int  # number of its first array
    weights: tuple[Weight, ...] = ()
    hidden: int | None = None  # number of the hidden layer whose output it gives, from 0

    @property
    def is_reshaping(self) -> bool:
        """Whether it gives the same numbers in another shape."""
        return isinstance(self.operation, RESHAPING)

    @property
    def own(self) -> slice:
        """The place of its arrays among all arrays of the network."""
        return slice(self.first, self.first + len(self.weights))


@dataclass(frozen=True, eq=False)
class Plan:
    """The steps of a network that reads images of `shape` (rows, columns) and gives logits (classes,)."""

    layers: Layers
    shape: Pair
    classes: int
    steps: tuple[Step, ...]
    hidden: tuple[HiddenLayer, ...]  # in the order of their numbers
    with_kernels: tuple[Step, ...]  # the steps that have the kernels of the hidden layers, and last of the outputs

    @functools.cached_property
    def weights(self) -> tuple[Weight, ...]:
        """All arrays, in the order in which `Weights` has them."""
        return tuple(weight for step in self.steps for weight in step.weights)

    @functools.cached_property
    def shapes(self) -> list[Shape]:
        """The shapes of all arrays."""
        return [weight.shape for weight in self.weights]

    @functools.cached_property
    def parameters(self) -> int:
        """The number of values in all arrays."""
        return sum(map(math.prod, self.shapes))

    @functools.cached_property
    def kernels(self) -> tuple[int, ...]:
        """The numbers of the arrays that are kernels, of the hidden layers and the outputs; a bias follows each."""
        return tuple(step.first for step in self.with_kernels)

    def shape_of(self, value: int) -> Shape:
        """Return the shape of a value."""
        return self.steps[value - 1].shape if value else self.shape

    def hidden_of(self, value: int) -> int | None:
        """Return the number of the hidden layer that gives a value; `None` for all others."""
        return self.steps[value - 1].hidden if value else None

    def origin(self, value: int, *through: type) -> int:
        """Return the value from which steps of these kinds alone lead to a value, which may be that itself."""
        while value and isinstance(self.steps[value - 1].operation, through):
            value = self.steps[value - 1].reads[0]
        return value

    def read_by(self, number: int) -> Shape:
        """Return the shape of what a hidden layer reads, or the outputs (number -1), before it is flattened."""
        return self.shape_of(self.origin(self.with_kernels[number].reads[0], *RESHAPING))

    @functools.cached_property
    def is_chain(self) -> bool:
        """Whether each step reads the one before it alone."""
        return all(step.reads == (number,) for number, step in enumerate(self.steps))

    @functools.cached_property
    def is_plain(self) -> bool:
        """Whether all layers are dense, or convolutions of 3 x 3 with pooling of 2 x 2, and nothing lies between."""
        return kinds.is_plain(self.layers)

    @functools.cached_property
    def is_dense(self) -> bool:
        """Whether all layers are dense, and nothing lies between."""
        return self.is_plain and not any(isinstance(layer, ConvLayer) for layer in self.hidden)

    @functools.cached_property
    def last_hidden(self) -> int:
        """The number of the hidden layer behind which no other one is computed, -1 without hidden layers.

        Of branches it is the one with the most hidden layers before it, and of several such the first.
        """
        depths, of_hidden = [0], dict[int, int]()  # hidden layers on the longest way to each value
        for step in self.steps:
            depths.append(max(depths[value] for value in step.reads) + (step.hidden is not None))
            if step.hidden is not None:
                of_hidden[step.hidden] = depths[-1]
        return max(of_hidden, key=of_hidden.__getitem__, default=-1)

    @functools.cached_property
    def reads_last(self) -> bool:
        """Whether the outputs read what the last hidden layer, a dense one, gives."""
        number = self.hidden_of(self.origin(self.steps[-1].reads[0], kinds.Dropout))
        return number is not None and number == len(self.hidden) - 1 and isinstance(self.hidden[-1], DenseLayer)


@functools.lru_cache(256)
def plan_of(layers: Layers, shape: Pair, classes: int) -> Plan:
    """Return the plan of a network; raise `UserError` where a layer does not fit what it reads, or is too large."""
    planning = _Planning(layers, shape, classes)
    with_kernels = tuple(planning.steps[place] for place in (*planning.kernel_places, -1))
    plan = Plan(layers, shape, classes, tuple(planning.steps), tuple(planning.hidden), with_kernels)
    if plan.parameters > MAX_PARAMETERS:
        sentence = tr(
            "Layers: the network has {count:,} parameters; at most {most:,} are possible.",
            count=plan.parameters,
            most=MAX_PARAMETERS,
        )
        raise UserError(sentence, hint=tr("Write smaller layers, or pooling before the first dense layer."))
    return plan


def computed(plan: Plan, image: Any, compute: Callable[[Step, list[Any]], Any]) -> Any:
    """Return what the last step gives, where `compute(step, values that it reads)` gives the value of each.

    A value is released after the last step that reads it.
    """
    last = {value: number for number, step in enumerate(plan.steps) for value in step.reads}
    values: dict[int, Any] = {0: image}
    for number, step in enumerate(plan.steps):
        values[number + 1] = compute(step, [values[value] for value in step.reads])
        for value in step.reads:
            if last[value] == number:
                values.pop(value, None)
    return values[len(plan.steps)]


class _Planning:
    """The steps so far."""

    def __init__(self, layers: Layers, shape: Pair, classes: int) -> None:
        self.steps = list[Step]()
        self.hidden, self.kernel_places = list[HiddenLayer](), list[int]()
        self._image, self._arrays = shape, 0
        self._counts = dict[str, int]()
        value = self._sequence(layers, 0)
        value = self._flat(value)
        self._dense(DenseLayer(classes, "linear"), "logits", value, f"{HIDDEN}{len(self.hidden) + 1}")

    def _shape(self, value: int) -> Shape:
        return self.steps[value - 1].shape if value else self._image

    def _add(
        self,
        name: str,
        operation: Operation,
        reads: Sequence[int],
        shape: Shape,
        arrays: Sequence[tuple[str, Shape]] = (),
        prefix: str = "",
    ) -> int:
        """Add a step; return the number of its value."""
        weights = tuple(Weight(f"{prefix or name}/{role}", of) for role, of in arrays)
        if math.prod(shape) > MOST_NUMBERS:
            words = " × ".join(map(str, shape))
            sentence = tr(
                "Layers: “{layer}” would give {shape} numbers for one image.", layer=_said(operation), shape=words
            )
            raise UserError(sentence, hint=tr("Write a smaller layer, or pooling before it."))
        self.steps.append(Step(name, operation, tuple(reads), shape, self._arrays, weights))
        self._arrays += len(weights)
        return len(self.steps)

    def _name(self, kind: str, first: str | None = None) -> str:
        """Return the name of the next step of a kind; that of the `first` may have no number."""
        self._counts[kind] = number = self._counts.get(kind, 0) + 1
        return first if number == 1 and first else f"{kind}{number}"

    def _sequence(self, layers: Layers, value: int) -> int:
        for layer in layers:
            value = self._layer(layer, value)
        return value

    def _layer(self, layer: Layer, value: int) -> int:
        match layer:
            case HiddenLayer():
                return self._hidden(layer, value)
            case Norm():
                return self._norm(layer, self._name("norm"), self._channelled(value))
            case Activation() | kinds.Dropout() | kinds.Rescale():
                return self._add(self._name(type(layer).__name__.lower()), layer, [value], self._shape(value))
            case kinds.Flatten():
                return self._flat(value)
            case kinds.Residual():
                return self._residual(layer, value)
            case kinds.Branches():
                return self._branches(layer, value)
        value = self._maps(layer, value)
        rows, columns, maps = self._shape(value)
        match layer:
            case kinds.Pool():
                extent = self._extent(_said(layer), (rows, columns), layer.size, layer.stride, layer.padding)
                return self._add(self._name("pool"), layer, [value], (*extent, maps))
            case kinds.GlobalPool():
                return self._add(self._name("global"), layer, [value], (maps,))
            case kinds.Pad():
                extent = rows + layer.top + layer.bottom, columns + layer.left + layer.right
                return self._add(self._name("pad"), layer, [value], (*extent, maps))
            case kinds.Resize():
                return self._add(self._name("resize"), layer, [value], (layer.rows, layer.columns, maps))
            case kinds.Colour():
                if maps != 1:
                    raise _misfit(
                        tr(
                            "Layers: “{layer}” needs one grey channel, and gets {count}.",
                            layer=_said(layer),
                            count=maps,
                        )
                    )
                return self._add(self._name("colour"), layer, [value] * 3, (rows, columns, 3))
        raise TypeError(f"This is not a layer: {layer}")

    def _hidden(self, layer: HiddenLayer, value: int) -> int:
        number = len(self.hidden)
        name = f"{HIDDEN}{number + 1}"
        activation = layer.activation or "linear"
        bare = layer.but(norm=None, activation="linear" if layer.norm else activation)
        if isinstance(bare, DenseLayer):
            value = self._dense(bare, name, self._flat(value))
        elif isinstance(bare, ConvLayer):
            value = self._convolution(bare, name, self._maps(layer, value), _said(layer.but(norm=None)))
        self.hidden.append(layer)
        self.kernel_places.append(len(self.steps) - 1)
        if layer.norm:
            value = self._norm(layer.norm, f"{name}_norm", value)
            if activation != "linear":
                value = self._add(f"{name}_activation", Activation(activation), [value], self._shape(value))
        self.steps[-1] = self.steps[-1]._replace(hidden=number)
        return value

    def _dense(self, layer: DenseLayer, name: str, value: int, prefix: str = "") -> int:
        (inputs,) = self._shape(value)
        arrays = [("kernel", (inputs, layer.width)), ("bias", (layer.width,))]
        return self._add(name, layer, [value], (layer.width,), arrays, prefix)

    def _convolution(self, layer: ConvLayer, name: str, value: int, text: str) -> int:
        """Add a convolution, of which `text` says in an error what a person wrote."""
        rows, columns, maps = self._shape(value)
        extent = self._extent(text, (rows, columns), layer.kernel, layer.stride, layer.padding, layer.dilation)
        if layer.is_depthwise and layer.width % maps:
            said = tr("Layers: “{layer}” gets {maps} maps, and its width must be a multiple.", layer=text, maps=maps)
            raise _misfit(said)
        if maps % layer.groups or layer.width % layer.groups:
            said = tr(
                "Layers: “{layer}” gets {maps} maps; its groups must divide both them and its width.",
                layer=text,
                maps=maps,
            )
            raise _misfit(said)
        ends = (maps, layer.width // maps) if layer.is_depthwise else (maps // layer.groups, layer.width)
        arrays = [("kernel", (*layer.kernel, *ends)), ("bias", (layer.width,))]
        return self._add(name, layer, [value], (*extent, layer.width), arrays)

    def _norm(self, layer: Norm, name: str, value: int) -> int:
        shape = self._shape(value)
        roles = ("gamma", "beta", "mean", "variance")[: 4 if layer.kind == "batch" else 2]
        return self._add(name, layer, [value], shape, [(role, shape[-1:]) for role in roles])

    def _residual(self, layer: kinds.Residual, value: int) -> int:
        value = self._channelled(value)
        both = [self._sequence(inside, value) for inside in (layer.body, layer.shortcut)]
        body, shortcut = (self._shape(one) for one in both)
        if body != shortcut:
            said = tr(
                "Layers: in “{layer}” {body} and {shortcut} cannot be added.",
                layer=_said(layer),
                body=" × ".join(map(str, body)),
                shortcut=" × ".join(map(str, shortcut)),
            )
            if layer.shortcut or len(body) < 3:
                raise _misfit(said)
            stride = -(-shortcut[0] // body[0])
            example = f"conv {body[-1]} 1x1" + (f" stride {stride}" if stride > 1 else "")  # no text
            hint = tr("Write a shortcut that fits behind a bar: residual(… | {example}).", example=example)
            raise UserError(said, hint=hint)
        value = self._add(self._name("sum"), Sum(), both, body)
        if layer.activation in ("", "linear"):
            return value
        return self._add(self._name("activation"), Activation(layer.activation), [value], body)

    def _branches(self, layer: kinds.Branches, value: int) -> int:
        value = self._channelled(value)
        ends = [self._sequence(inside, value) for inside in layer.branches]
        shapes = [self._shape(end) for end in ends]
        if len({(len(shape), shape[:-1]) for shape in shapes}) > 1:
            said = tr(
                "Layers: the branches of “{layer}” give {shapes}, which cannot be joined.",
                layer=_said(layer),
                shapes=", ".join(" × ".join(map(str, shape)) for shape in shapes),
            )
            raise _misfit(said)
        if len(ends) == 1:
            return ends[0]
        return self._add(self._name("join"), Join(), ends, (*shapes[0][:-1], sum(shape[-1] for shape in shapes)))

    def _flat(self, value: int) -> int:
        shape = self._shape(value)
        if len(shape) == 1:
            return value
        return self._add(self._name("flat", "flat"), kinds.Flatten(), [value], (math.prod(shape),))

    def _channelled(self, value: int) -> int:
        """Return the value with a channel, if it is an image without one."""
        shape = self._shape(value)
        if len(shape) != 2:
            return value
        return self._add(self._name("channel", "channel"), Channel(), [value], (*shape, 1))

    def _maps(self, layer: Layer, value: int) -> int:
        """Return the value as feature maps; raise `UserError` if it is a row of numbers."""
        if len(self._shape(value)) == 1:
            if isinstance(layer, ConvLayer):
                raise UserError(tr("Layers: a convolution cannot follow a dense layer."))
            raise _misfit(tr("Layers: “{layer}” needs feature maps, and gets a row of numbers.", layer=_said(layer)))
        return self._channelled(value)

    def _extent(self, text: str, extent: Pair, size: Pair, stride: Pair, padding: str, dilation: Pair = (1, 1)) -> Pair:
        """Return rows and columns of a sliding window's results, as Keras counts them."""
        results = []
        for count, length, step, gap in zip(extent, size, stride, dilation, strict=True):
            reach = (length - 1) * gap + 1
            results.append(-(-count // step) if padding == "same" else (count - reach) // step + 1)
        if min(results) < 1:
            said = tr(
                "Layers: “{layer}” is larger than the {rows} × {columns} that it reads.",
                layer=text,
                rows=extent[0],
                columns=extent[1],
            )
            raise UserError(said, hint=tr("Write a smaller one, or padding the same."))
        return results[0], results[1]


def _said(operation: Any) -> str:
    """Return a layer as its text."""
    return as_text((operation,))


def _misfit(sentence: str) -> UserError:
    return UserError(sentence, hint=tr("Change this layer, or the one before it."))
