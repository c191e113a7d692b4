"""TensorFlow graphs of the warm-up's step, a network and its training step, traced with variables of their own."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from engine.analysis.warmup.problem import RULES
from engine.core.layers.kinds import Layers
from engine.core.layers.plan import Plan as NetworkPlan
from engine.core.layers.plan import plan_of
from engine.core.lazy import Array, np, tf
from engine.core.machine.compiled import compiled
from engine.core.machine.device import device
from engine.model.network.model import Model
from engine.model.training.learner import OPTIMIZERS, decayed, optimized, training_logits
from engine.model.training.losses import LOSSES as TRAINING_LOSSES

type Values = Mapping[str, Array]

type Of = Literal["warmup", "network", "training"]  # the function that a graph shows

MOST_TRACED = 6  # maximum number of traced functions in the cache: each has a network's weights


class Plan(NamedTuple):
    """What determines the operations of a graph; whatever only changes their values is no part of it."""

    of: Of
    layers: Layers = ()
    loss: str = "absolute"
    optimizer: str = "adagrad"
    l2: bool = False
    decay: bool = False
    smoothing: bool = False
    dropout: bool = False
    shape: tuple[int, int] = (10, 10)  # rows and columns of an image, or of the warm-up's matrix
    classes: int = 10
    changed: tuple[int, ...] = ()  # the hidden layers (from 0) of which the lens silences or adjusts neurons

    @property
    def network(self) -> NetworkPlan:
        """The steps of the network."""
        return plan_of(self.layers, self.shape, self.classes)

    @property
    def rates(self) -> list[str]:
        """The settings that a training step has as arguments."""
        rates = [name for name in ("l2", "decay", "smoothing", "dropout") if getattr(self, name)]
        return [*rates, "momentum"] if self.optimizer == "momentum" else rates


class Traced:
    """A function as TensorFlow traced it. Running it changes only its own variables."""

    def __init__(
        self,
        plan: Plan,
        step: Callable[..., Any],
        arguments: Mapping[str, Any],
        variables: Sequence[Any],
        layers: Sequence[str] = (),
    ) -> None:
        self.plan, self.variables, self.layers = plan, list(variables), tuple(layers)
        self._initial = [np.asarray(variable) for variable in self.variables]
        self.rate: Any = None  # the variable of the learning rate, if a network's optimiser has one
        self._step = step
        self._signature = [tf.TensorSpec(*spec, name=name) for name, spec in arguments.items()]
        # The `ConcreteFunction`; its operations are in `.graph`.
        self.function = compiled(step, xla=False).get_concrete_function(*self._signature)

    @property
    def arguments(self) -> list[str]:
        """The names of the function's arguments."""
        return [str(spec.name) for spec in self._signature]

    def set_variables(self, values: Sequence[Any]) -> None:
        """Assign these values to the first variables, and to all others their initial ones."""
        for variable, value in zip(self.variables, [*values, *self._initial[len(values) :]], strict=True):
            variable.assign(value)

    def values(self, arguments: Sequence[Any]) -> Values:
        """Run it once and return every tensor by its name, and each variable as it was before."""
        before = {name: variable.numpy() for name, variable in self._captured.items()}
        tensors = self._everything(
            *(tf.constant(value, spec.dtype) for value, spec in zip(arguments, self._signature, strict=True))
        )
        return before | {name: tensor.numpy() for name, tensor in tensors.items()}

    @functools.cached_property
    def _captured(self) -> dict[str, Any]:
        """The variables by the name of the tensor that refers to them."""
        graph = self.function.graph
        by_handle = {id(variable.handle): variable for variable in graph.variables}
        return {inner.name: by_handle[id(outer)] for outer, inner in graph.captures if id(outer) in by_handle}

    def name_of(self, tensor: str) -> str:
        """Return the name of the variable that a resource tensor refers to, or an empty string."""
        variable = self.variable_of(tensor)
        return "" if variable is None else str(variable.name).partition(":")[0]

    def variable_of(self, tensor: str) -> Any:
        """Return the variable that a resource tensor refers to, or `None`."""
        return self._captured.get(tensor)

    @functools.cached_property
    def _everything(self) -> Any:
        """The same function traced again so that it returns all of its tensors."""
        # Values come from this second trace, on variables of its own: a graph that was traced returns only its outputs.

        def everything(*arguments: Any) -> dict[str, Any]:
            self._step(*arguments)
            operations = arguments[0].graph.get_operations()
            tensors = [tensor for operation in operations for tensor in operation.outputs]
            return {tensor.name: tensor for tensor in tensors if tensor.dtype not in (tf.resource, tf.variant)}

        return compiled(everything, self._signature, xla=False)


@functools.lru_cache(MOST_TRACED)
def traced(plan: Plan) -> Traced:
    """Return the traced function of a plan; imports TensorFlow, and the first call takes some tenths of a second."""
    device()  # sets TensorFlow up
    trace: dict[Of, Callable[[Plan], Traced]] = {"warmup": _warmup, "network": _network, "training": _training}
    return trace[plan.of](plan)


def _warmup(plan: Plan) -> Traced:
    """One step towards the inverse; arguments A (size, size) and, for Adam, the number of the step."""
    size, rule = plan.shape[0], RULES[plan.optimizer]
    x = tf.Variable(tf.zeros((size, size), tf.float64), name="x")
    starts = zip(("memory", "second memory"), rule.begin, strict=False)  # no text
    memories = [tf.Variable(tf.fill((size, size), tf.constant(start, tf.float64)), name=name) for name, start in starts]
    rate = tf.Variable(tf.constant(0.01, tf.float64), name="learning rate", trainable=False)  # no text

    def step(A: Any, number: Any = 0) -> Any:
        with tf.GradientTape() as tape:
            with tf.name_scope("forward"):
                residue = tf.matmul(x, A, name="product") - tf.eye(size, dtype=tf.float64, name="identity")
            with tf.name_scope("loss"):
                loss = tf.reduce_sum(tf.abs(residue) if plan.loss == "absolute" else residue * residue)
        with tf.name_scope("gradients"):
            gradient = tape.gradient(loss, x)
        with tf.name_scope("optimiser"):
            change, after = rule.step(gradient, tuple(memories), rate, number)
            for memory, value in zip(memories, after, strict=True):
                memory.assign(value)
            x.assign_add(change)
        return tf.identity(loss, name="loss_before")

    arguments: dict[str, Any] = {"A": ((size, size), tf.float64)}
    if plan.optimizer == "adam":  # the only one that uses it
        arguments["number"] = ((), tf.float64)
    return Traced(plan, step, arguments, [x, *memories, rate])


def _network(plan: Plan) -> Traced:
    """The probabilities (batch, classes) of images (batch, rows, columns)."""
    model = Model(plan.network)
    change, passed = _changing(plan)

    def answer(images: Any) -> Any:
        with tf.name_scope("forward"):
            logits = model(images, change)[1] if passed or not model.plan.is_plain else model.keras(images)
            with tf.name_scope("softmax"):
                answer = tf.nn.softmax(logits)
        return tf.identity(answer, name="probabilities")

    arguments: dict[str, Any] = {"images": ((None, *plan.shape), tf.float32)}
    return Traced(plan, answer, arguments, [*model.variables, *passed], _layers(model))


def _training(plan: Plan) -> Traced:
    """One step of training on images and labels, as a run takes it; returns the loss before it."""
    model = Model(plan.network)
    change, passed = _changing(plan)
    optimizer = OPTIMIZERS[plan.optimizer](0.1)
    # Keras would number optimisers: in a second trace every operation would have another name.
    optimizer.name = plan.optimizer
    variables, kernels = model.trained, model.kernels
    optimizer.build(variables)
    loss_of = TRAINING_LOSSES[plan.loss]

    def step(images: Any, labels: Any, *more: Any) -> Any:
        rates = dict(zip(plan.rates, more, strict=True))
        with tf.GradientTape() as tape:
            with tf.name_scope("forward"):
                if passed:
                    logits = model(images, change, training=True)[1]
                elif model.plan.is_plain and not plan.dropout:
                    logits = model.keras(images)
                else:
                    logits = training_logits(model, images, tf.constant([0, 0]), rates.get("dropout"))
            with tf.name_scope("loss"):
                loss = objective = tf.reduce_mean(loss_of(labels, logits))
                if plan.smoothing:
                    objective = tf.reduce_mean(loss_of(labels, logits, rates["smoothing"]))
                if plan.l2:
                    objective += rates["l2"] * sum(tf.reduce_sum(tf.square(kernel)) for kernel in kernels)
        with tf.name_scope("gradients"):
            gradients = tape.gradient(objective, variables)
        with tf.name_scope("optimiser"):
            if plan.decay:
                decayed(optimizer, rates["decay"], kernels)
            optimized(optimizer, gradients, variables, rates.get("momentum"))
        return tf.identity(loss, name="loss_before")

    arguments: dict[str, Any] = {"images": ((None, *plan.shape), tf.float32), "labels": ((None,), tf.int32)}
    arguments |= dict.fromkeys(plan.rates, ((), tf.float32))
    function = Traced(plan, step, arguments, [*model.variables, *passed, *optimizer.variables], _layers(model))
    function.rate = optimizer.learning_rate
    return function


def _layers(model: Model) -> list[str]:
    return [step.name for step in model.plan.steps]


def _changing(plan: Plan) -> tuple[Callable[[int, Any], Any], list[Any]]:
    """Return what the lens makes of the output of a hidden layer, by its number, and the variables of its changes."""
    passed = {
        number: tf.Variable(
            tf.zeros((2, plan.network.hidden[number].width)), name=f"lens_{number + 1}", trainable=False
        )
        for number in plan.changed
    }

    def change(number: int, output: Any) -> Any:
        if number not in passed:
            return output
        with tf.name_scope(f"layer{number + 1}"):
            return output * passed[number][0] + passed[number][1]

    return change, list(passed.values())
