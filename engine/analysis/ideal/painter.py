"""The compiled loop that paints ideal images: all images at once, many steps in one call, the weights as arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.ideal.parts import OBJECTIVES, PENALTIES, denoised, shrunk
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.warmup.problem import RULES
from engine.core.layers.plan import Plan
from engine.core.lazy import keras, scalar, tf
from engine.core.machine.compiled import compiled
from engine.core.machine.device import device
from engine.model.network.compiled_network import Architecture
from engine.model.network.model import Model

# After that many steps over the first layer's sums these restart from the pixels: rounding errors stay small.
STEPS_OF_A_WAY = 500


class Style(NamedTuple):
    """What determines the operations of a step; `layer` is that of the target neurons, -1 for classes."""

    objective: str
    penalty: str
    pixels: str
    optimizer: str
    layer: int = -1

    @classmethod
    def of(cls, spec: IdealSpec, layer: int) -> Style:
        """Return the style of these settings."""
        return cls(spec.objective, spec.penalty, spec.pixels, spec.optimizer, layer)


class Seen(NamedTuple):
    """The network's view of each image: objective, penalty without its weight, logits; (n,), (n,), (n, classes)."""

    losses: Any
    penalties: Any
    logits: Any


class Canvas(NamedTuple):
    """Images (n, rows, columns), the memories of the steps, and the number of steps taken."""

    images: Any
    # Each like the images: the optimiser's, then the dual of the total variation's proximal step.
    memories: tuple[Any, ...]
    taken: int
    seen: Seen | None = None  # the network's view of them, unshifted; `None` before the first step
    way: Way | None = None  # the state of the first layer's sums, if the steps take the shortcut over them


class Painter:
    """Paints in one style for one architecture; the weights of the network are arguments of each call."""

    def __init__(self, architecture: Architecture, style: Style) -> None:
        on = device()  # sets TensorFlow up
        self.style, self._shape = style, architecture.shape
        self._model = Model(architecture.plan)
        fast = on.pays_xla(architecture.layers)
        # All that varies between calls is an argument, with the same shapes: nothing is compiled again while it paints.
        self.walk = compiled(self._steps, xla=fast)
        self._look = compiled(self._seen, xla=fast)
        self.short_walk = compiled(self._short_steps, xla=fast)
        # Whether unshifted steps are taken over the first layer's sums (`short_walk`), not the pixels (`walk`).
        self.has_shortcut = has_shortcut(style, architecture.plan)
        self._square: tuple[Any, Any] = None, None  # the first layer's kernel K, and KᵀK

    def begin(self, images: Any) -> Canvas:
        """Return a canvas with images (n, rows, columns) before the first step."""
        images = tf.constant(images, tf.float32)
        starts = (*RULES[self.style.optimizer].begin, *((0.0, 0.0) if self.style.penalty == "tv" else ()))
        return Canvas(images, tuple(tf.fill(images.shape, start) for start in starts), 0)

    def paint(
        self, network: Sequence[Sequence[tf.Tensor]], canvas: Canvas, wanted: tf.Tensor, spec: IdealSpec, count: int
    ) -> Canvas:
        """Take `count` steps towards the `wanted` class or neuron of each image (n,), with `LensNetwork.tensors`."""
        numbers = [scalar(value, np.float32) for value in (spec.weight, spec.learning_rate)]
        if self.has_shortcut and not spec.shift:
            return self._paint_short(network, canvas, wanted, numbers, count)
        whole = (scalar(value, np.int32) for value in (spec.shift, spec.seed, canvas.taken, count))
        images, memories, seen = self.walk(
            *map(list, network), canvas.images, canvas.memories, wanted, *numbers, *whole
        )
        return Canvas(images, tuple(memories), canvas.taken + count, Seen(*seen))

    def _paint_short(
        self,
        network: Sequence[Sequence[tf.Tensor]],
        canvas: Canvas,
        wanted: tf.Tensor,
        numbers: Sequence[tf.Tensor],
        count: int,
    ) -> Canvas:
        """Take `count` steps over the first layer's sums, in parts of at most `STEPS_OF_A_WAY`."""
        # A step changes the pixels by K times a vector, so the sums by KᵀK times it: several times faster than by the
        # pixels, which are computed at the end of a part.
        kernel = network[0][0]
        if self._square[0] is not kernel:
            self._square = kernel, tf.matmul(kernel, kernel, transpose_a=True)
        way = canvas.way
        if way is None or way.kernel is not kernel:
            way = first_sums(canvas.images, kernel)
        part = min(count, STEPS_OF_A_WAY - canvas.taken % STEPS_OF_A_WAY)
        images, changed, seen = self.short_walk(
            *map(list, network), tuple(way), wanted, self._square[1], *numbers, scalar(part)
        )
        taken = canvas.taken + part
        is_over = taken % STEPS_OF_A_WAY == 0
        way = first_sums(images, kernel) if is_over else Way(kernel, way.pixels, *changed)
        canvas = Canvas(images, canvas.memories, taken, Seen(*seen), way)
        return self._paint_short(network, canvas, wanted, numbers, count - part) if part < count else canvas

    def look(self, network: Sequence[Sequence[tf.Tensor]], images: tf.Tensor, wanted: tf.Tensor) -> Seen:
        """Return the network's view of the images, unshifted."""
        return Seen(*self._look(*map(list, network), images, wanted))

    def _steps(
        self,
        weights: list[Any],
        passed: list[Any],
        images: Any,
        memories: tuple[Any, ...],
        wanted: Any,
        weight: Any,
        rate: Any,
        shift: Any,
        seed: Any,
        taken: Any,
        count: Any,
    ) -> tuple[Any, ...]:
        rule = RULES[self.style.optimizer]

        def body(i: Any, images: Any, memories: tuple[Any, ...]) -> tuple[Any, ...]:
            memories, dual = memories[: len(rule.begin)], memories[len(rule.begin) :]
            number = taken + i + 1
            by = _offsets(shift, seed, number)
            moved = _moved(images, shift, by)
            with tf.GradientTape() as tape:
                tape.watch(moved)
                losses, penalties, _ = self._seen(weights, passed, moved, wanted)
                if self.style.penalty == "l2":
                    losses += weight * penalties
                total = tf.reduce_sum(losses)  # images are independent: one gradient gives those of all
            gradient = _moved(tape.gradient(total, moved), shift, -by)
            change, memories = rule.step(gradient, memories, rate, tf.cast(number, tf.float32))
            images = images + change
            if self.style.penalty == "l1":
                images = shrunk(images, rate * weight)
            if self.style.penalty == "tv":
                images, dual = denoised(images, rate * weight, dual)
            if self.style.pixels == "unit":
                images = tf.clip_by_value(images, 0.0, 1.0)
            return i + 1, images, memories + dual

        _, images, memories = tf.while_loop(
            lambda i, *_: i < count, body, (tf.constant(0), images, tuple(memories)), parallel_iterations=1
        )
        # Evaluated in the same call: another one would cost as much as some ten steps.
        return images, memories, self._seen(weights, passed, images, wanted)

    def _short_steps(
        self,
        weights: list[Any],
        passed: list[Any],
        way: tuple[Any, ...],
        wanted: Any,
        square: Any,
        weight: Any,
        rate: Any,
        count: Any,
    ) -> tuple[Any, ...]:
        def losses(sums: Any) -> Any:
            with self._replaced(weights):
                logits = logits_of_sums(self._model, sums, _scaling(passed))
            return OBJECTIVES[self.style.objective](wanted, logits)

        shrink = 2.0 * weight if self.style.penalty == "l2" else 0.0
        pixels, changed = short_walk(losses, Way(*way), square, rate, shrink, count)
        images = tf.reshape(pixels, (-1, *self._shape))
        return images, changed[2:], self._seen(weights, passed, images, wanted)

    def _replaced(self, weights: list[Any]) -> Any:
        """Return a scope in which the model has these weights."""
        return keras.StatelessScope(state_mapping=list(zip(self._model.variables, weights, strict=True)))

    def _seen(self, weights: list[Any], passed: list[Any], images: Any, wanted: Any) -> tuple[Any, Any, Any]:
        pass_on = _scaling(passed)
        with self._replaced(weights):
            _, logits = self._model(images, pass_on)
            if self.style.objective == "neuron":
                losses = -self._excitement(images, pass_on, wanted)
            else:
                losses = OBJECTIVES[self.style.objective](wanted, logits)
        penalty = PENALTIES.get(self.style.penalty)
        return losses, penalty(images) if penalty else tf.zeros_like(losses), logits

    def _excitement(self, images: Any, pass_on: Any, wanted: Any) -> Any:
        """Return each wanted neuron's input (n,), of a feature map the mean over its places."""
        # Before the activation: there a silent neuron has a slope, too.
        sums = self._model.sums(images, self.style.layer, pass_on)
        if len(sums.shape) == 4:
            sums = tf.reduce_mean(sums, axis=(1, 2))
        return tf.gather(sums, wanted, batch_dims=1)


def _scaling(passed: list[Any]) -> Callable[[int, Any], Any]:
    """Return the function that applies the lens' factors and offsets to a hidden layer's output."""
    return lambda layer, output: output * passed[layer][0] + passed[layer][1]


def _offsets(most: Any, seed: Any, number: Any) -> Any:
    """Return the shift of the images in step `number`, in pixels down and to the right (2,)."""

    def drawn() -> Any:
        share = tf.random.stateless_uniform([2], tf.stack([seed, number]))
        return tf.cast(tf.floor(share * tf.cast(2 * most + 1, tf.float32)), tf.int32) - most

    return tf.cond(most > 0, drawn, lambda: tf.zeros([2], tf.int32))


def _moved(images: Any, most: Any, by: Any) -> Any:
    """Return the images shifted. Without jitter the condition saves a fifth of a step."""
    return tf.cond(most > 0, lambda: tf.roll(images, by, (1, 2)), lambda: images)


@functools.lru_cache(8)
def painter(architecture: Architecture, style: Style) -> Painter:
    """Return the painter of a style, with what it has compiled."""
    return Painter(architecture, style)


class Way(NamedTuple):
    """The state of the shortcut over the first layer's sums."""

    kernel: Any  # the first layer's, (pixels, neurons)
    pixels: Any  # those at the beginning (n, pixels)
    sums: Any  # the kernel's sums for the current pixels (n, neurons)
    gathered: Any  # the sum of all changes before the kernel (n, neurons)
    share: Any  # the share of the first pixels that is left, ()


def first_sums(images: Any, kernel: Any) -> Way:
    """Return the state that begins with images (n, rows, columns)."""
    flat = tf.reshape(images, (tf.shape(images)[0], -1))
    sums = tf.matmul(flat, kernel)
    return Way(kernel, flat, sums, tf.zeros_like(sums), tf.constant(1.0))


def has_shortcut(style: Style, plan: Plan) -> bool:
    """Whether the unshifted steps of this style are linear in pixels and gradient, and all layers are dense."""
    return (
        style.objective in OBJECTIVES
        and style.penalty in ("none", "l2")
        and (style.pixels, style.optimizer) == ("free", "sgd")
        and plan.is_dense
    )


def logits_of_sums(model: Model, sums: Any, pass_on: Callable[[int, Any], Any]) -> Any:
    """Return the logits (n, classes) of a network of dense layers for the first layer's sums (n, neurons)."""
    first, *others = (layer for layer, step in zip(model.layers, model.plan.steps, strict=True) if step.weights)
    x = first.activation(sums + first.bias)
    for number, layer in enumerate(others):
        x = layer(pass_on(number, x))
    return x


def short_walk(
    losses: Callable[[Any], Any], way: Way, square: Any, rate: Any, shrink: Any, count: Any
) -> tuple[Any, Way]:
    """Return pixels (n, pixels) and state after `count` steps; `losses` maps sums to (n,), `square` is KᵀK."""
    left = 1.0 - rate * shrink

    def body(i: Any, sums: Any, gathered: Any, share: Any) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(sums)
            total = tf.reduce_sum(losses(sums))
        step = rate * tape.gradient(total, sums)
        return i + 1, left * sums - tf.matmul(step, square), left * gathered - step, left * share

    _, sums, gathered, share = tf.while_loop(
        lambda i, *_: i < count, body, (tf.constant(0), way.sums, way.gathered, way.share), parallel_iterations=1
    )
    pixels = share * way.pixels + tf.matmul(gathered, way.kernel, transpose_b=True)
    return pixels, way._replace(sums=sums, gathered=gathered, share=share)
