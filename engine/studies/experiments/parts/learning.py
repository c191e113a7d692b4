"""Training steps for experiments, with masks, soft targets and weight decay; networks are dense, on rows of pixels."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from engine.core.layers.kinds import HiddenLayer
from engine.core.layers.plan import plan_of
from engine.core.lazy import Array, scalar, tf
from engine.core.lens import Weights
from engine.core.machine.compiled import compiled
from engine.core.machine.device import device
from engine.core.messages import Pace, Turns, read_only, slices

type Rule = Literal["sgd", "adam"]

# Returns the loss () of weights, pixels (batch, pixels) and targets (batch, ...).
type Objective = Callable[[list[tf.Tensor], tf.Tensor, tf.Tensor], tf.Tensor]

MOST_STEPS = 128  # maximum number of steps in a turn: the length of the arrays that a call fills
TURN_SECONDS = 0.02
# As in PyTorch, and in most papers. Keras adds its epsilon before the bias is corrected, which changes every figure.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

# Maximum numbers of images, and of products of pixels or activations with weights, of a turn: some 20 ms.
AT_ONCE, PRODUCTS = 2_500, 1_000_000_000


def uniform_start(layers: Sequence[HiddenLayer], pixels: int, classes: int, seed: int, scale: float = 1.0) -> Weights:
    """Return the initial weights of PyTorch's linear layers, all times `scale`: uniform within 1 / √inputs."""
    generator = np.random.default_rng(seed)
    shapes = plan_of(tuple(layers), (1, pixels), classes).shapes
    reaches = [scale / math.sqrt(shape[0]) for shape in shapes[::2] for _ in range(2)]
    return tuple(
        generator.uniform(-reach, reach, shape).astype(np.float32) for reach, shape in zip(reaches, shapes, strict=True)
    )


def forward(weights: Sequence[Any], x: Any, activation: str = "relu") -> tuple[list[tf.Tensor], tf.Tensor]:
    """Return the hidden layers' activations, (batch, neurons) each, and the logits (batch, classes)."""
    hidden: list[tf.Tensor] = []
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = getattr(tf.nn, activation)(x @ kernel + bias)
        hidden.append(x)
    return hidden, x @ weights[-2] + weights[-1]


def cross_entropy(weights: list[tf.Tensor], x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy; targets are labels (batch,)."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, forward(weights, x)[1]))


def squared_error(activation: str = "relu", factor: float = 1.0) -> Objective:
    """Return the mean squared distance of logits to the labels' unit vectors, times a factor, without softmax."""

    def loss(weights: list[tf.Tensor], x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        logits = forward(weights, x, activation)[1]
        return factor * tf.reduce_mean(tf.square(logits - tf.one_hot(labels, logits.shape[-1])))

    return loss


def read_parts(
    weights: Sequence[Array], x: Array, activation: str = "relu"
) -> Iterator[tuple[slice, list[Array], Array]]:
    """Yield for each turn its rows of pixels (images, pixels), bytes or 0 to 1, their hidden layers and logits."""
    tensors = [tf.constant(array) for array in weights]
    step = max(50, min(AT_ONCE, PRODUCTS // sum(kernel.size for kernel in weights[::2])))
    for chosen in slices(len(x), step):
        part = x[chosen] / np.float32(255) if x.dtype == np.uint8 else x[chosen]
        hidden, logits = forward(tensors, tf.constant(part), activation)
        yield chosen, [layer.numpy() for layer in hidden], logits.numpy()


def read(weights: Sequence[Array], x: Array, activation: str = "relu") -> Turns[tuple[list[Array], Array]]:
    """Return a network's hidden layers and logits for all rows of pixels, in turns, as `read_parts`."""
    parts: list[list[Array]] = []
    for _, hidden, logits in read_parts(weights, x, activation):
        parts.append([*hidden, logits])
        yield None
    *layers, logits = (np.concatenate(layer) for layer in zip(*parts, strict=True))
    return layers, logits


def accuracy(logits: Array, labels: Array) -> float:
    """Return the share of images whose likeliest class is the label."""
    return float((logits.argmax(axis=1) == labels).mean())


def entropy_of(logits: Array, labels: Array) -> float:
    """Return the mean cross-entropy, in nats an image."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    of_labels = shifted[np.arange(len(labels)), labels]
    return float((np.log(np.exp(shifted).sum(axis=1)) - of_labels).mean())


def squares_of(factor: float = 1.0) -> Callable[[Array, Array], float]:
    """Return the function that computes `squared_error` from logits and labels."""

    def loss(logits: Array, labels: Array) -> float:
        return factor * float(((logits - np.eye(logits.shape[1])[labels]) ** 2).mean())

    return loss


# Not `Learner`: an objective here is a function of the weights (an attack, a loss without softmax), and targets may be
# another network's answers. As settings of the ordinary training they would be in everybody's form.
class Learning:
    """Trains a dense network. The data are on the device; steps are compiled once."""

    def __init__(
        self,
        weights: Weights,
        objective: Objective,
        x: Array,
        targets: Array,
        *,
        rule: Rule,
        rate: float,
        decay: float = 0.0,
        masks: Weights | None = None,
    ) -> None:
        """`x` (images, pixels) is uint8 or float32; `targets` (images, ...) are labels, or others of the objective.

        `decay` is decoupled, as in AdamW: each step first reduces all weights by the share rate x decay. Weights stay
        zero where `masks`, of their shapes, are 0.
        """
        self._objective, self._rule = objective, rule
        with device().scope():
            self._x = tf.constant(x)
            self._targets = tf.constant(targets, tf.int64 if targets.ndim == 1 else None)
            self._weights = [tf.Variable(array) for array in weights]
            self._state = [tf.Variable(tf.zeros_like(array)) for array in self._weights for _ in range(_SLOTS[rule])]
            self._masks = [tf.Variable(array, trainable=False) for array in masks or ()]
            self.rate, self._decay = tf.Variable(np.float32(rate)), np.float32(decay)
        self.done = 0
        self._function = compiled(self._steps, reduce_retracing=True)
        self._pace = Pace(TURN_SECONDS, most=MOST_STEPS)
        if masks is not None:
            self.begin(weights, masks)

    def begin(self, weights: Weights, masks: Weights | None = None) -> None:
        """Restart with other weights, and other masks if it has masks, without compiling again."""
        for variable, array in zip(self._weights, weights, strict=True):
            variable.assign(array)
        for state in self._state:
            state.assign(tf.zeros_like(state))
        for variable, array in zip(self._masks, masks or (), strict=True):
            variable.assign(array)
        for variable, mask in zip(self._weights, self._masks, strict=False):
            variable.assign(variable * mask)
        self.done = 0

    @property
    def weights(self) -> Weights:
        """A copy of the weights."""
        return tuple(read_only(variable.numpy()) for variable in self._weights)

    def go(self, order: Array) -> Generator[Array]:
        """Take a step for each row of `order` (steps, batch), in turns; yield each turn's losses (steps,)."""
        first = 0
        while first < len(order):
            count = min(self._pace.size, len(order) - first)
            chosen = np.zeros((MOST_STEPS, order.shape[1]), np.int64)
            chosen[:count] = order[first : first + count]
            begin = time.perf_counter()
            with device().scope():
                losses = self._function(tf.constant(chosen), scalar(count), scalar(self.done)).numpy()[:count]
            self._pace.fit(count, time.perf_counter() - begin)
            first, self.done = first + count, self.done + count
            yield losses

    def _steps(self, order: tf.Tensor, count: tf.Tensor, done: tf.Tensor) -> tf.Tensor:
        def body(i: tf.Tensor, losses: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            chosen = tf.gather(order, i)
            x = tf.gather(self._x, chosen)
            x = tf.cast(x, tf.float32) / 255 if x.dtype == tf.uint8 else x
            loss = self._step(x, tf.gather(self._targets, chosen), done + i + 1)
            return i + 1, losses.write(i, loss)

        losses = tf.TensorArray(tf.float32, MOST_STEPS, element_shape=[])
        _, losses = tf.while_loop(lambda i, _: i < count, body, (tf.constant(0), losses), parallel_iterations=1)
        return losses.stack()

    def _step(self, x: tf.Tensor, targets: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self._objective(self._weights, x, targets)
        gradients = tape.gradient(loss, self._weights)
        slots = _SLOTS[self._rule]
        for place, (variable, gradient) in enumerate(zip(self._weights, gradients, strict=True)):
            if self._masks:
                gradient = gradient * self._masks[place]
            state = self._state[place * slots : (place + 1) * slots]
            change = _RULES[self._rule](gradient, state, tf.cast(number, tf.float32))
            variable.assign(variable * (1 - self.rate * self._decay) - self.rate * change)
        return loss


def _sgd(gradient: tf.Tensor, _: Sequence[Any], __: tf.Tensor) -> tf.Tensor:
    return gradient


def _adam(gradient: tf.Tensor, state: Sequence[Any], number: tf.Tensor) -> tf.Tensor:
    mean = state[0].assign(BETA1 * state[0] + (1 - BETA1) * gradient)
    square = state[1].assign(BETA2 * state[1] + (1 - BETA2) * tf.square(gradient))
    corrected = mean / (1 - tf.pow(BETA1, number))
    return corrected / (tf.sqrt(square / (1 - tf.pow(BETA2, number))) + EPSILON)


_RULES: dict[Rule, Callable[[Any, Sequence[Any], Any], Any]] = {"sgd": _sgd, "adam": _adam}
_SLOTS: dict[Rule, int] = {"sgd": 0, "adam": 2}
