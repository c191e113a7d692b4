"""The compiled loop of the warm-up: many steps of gradient descent in one call, without Python between them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.base.lazy import tf
from engine.base.scalars import scalar
from engine.system.device import device
from engine.warmup.rules import LOSSES, RULES

if TYPE_CHECKING:
    type Matrix = np.ndarray[Any, Any]

MAX_STEPS = 32_768
"""The most steps that one call can take: the length of the array of losses that it fills."""


class Place(NamedTuple):
    """Where the descent is: x, the optimiser's memories, and how many steps it took with them; float64."""

    x: Any
    one: Any
    other: Any
    taken: int


class Steps(NamedTuple):
    """Where some steps led, their losses (steps,) each before the step, and gradient and change of the last one."""

    place: Place
    losses: Matrix
    gradient: Matrix
    change: Matrix


def begin(x: Any, optimizer: str) -> Place:
    """Return the place with an optimiser that remembers nothing yet. `x` is (size, size)."""
    x = tf.constant(x, tf.float64)
    one, other = (tf.fill(x.shape, tf.constant(start, tf.float64)) for start in RULES[optimizer].begin)
    return Place(x, one, other, 0)


def descend(matrix: Any, place: Place, optimizer: str, loss: str, rate: float, count: int) -> Steps:
    """Take `count` steps (at most `MAX_STEPS`) on the way to the inverse of `matrix` (size, size), float64."""
    walk = _compiled(len(matrix), optimizer, loss)
    x, one, other, losses, gradient, change = walk(
        tf.constant(matrix, tf.float64),
        *place[:3],
        scalar(place.taken, np.float64),
        scalar(rate, np.float64),
        scalar(count),
    )
    moved = Place(x, one, other, place.taken + count)
    return Steps(moved, losses.numpy()[:count], gradient.numpy(), change.numpy())


@functools.lru_cache(16)
def _compiled(size: int, optimizer: str, loss: str) -> Any:
    """Return the loop for matrices of one size, an optimiser and a loss; compiled at its first call."""
    step, slope = RULES[optimizer].step, LOSSES[loss]
    device()  # sets TensorFlow up

    def walk(matrix: Any, x: Any, one: Any, other: Any, taken: Any, rate: Any, count: Any) -> tuple[Any, ...]:
        identity = tf.eye(size, dtype=tf.float64)

        def body(
            i: Any, x: Any, one: Any, other: Any, losses: Any, gradient: Any, change: Any
        ) -> tuple[Any, ...]:
            value, derivative = slope(x @ matrix - identity)
            gradient = tf.matmul(derivative, matrix, transpose_b=True)
            number = taken + tf.cast(i, tf.float64) + 1
            change, one, other = step(gradient, one, other, rate, number)
            return i + 1, x + change, one, other, losses.write(i, value), gradient, change

        losses = tf.TensorArray(tf.float64, MAX_STEPS, element_shape=[])
        start = (tf.constant(0), x, one, other, losses, tf.zeros_like(x), tf.zeros_like(x))
        _, x, one, other, losses, gradient, change = tf.while_loop(
            lambda i, *_: i < count, body, start, parallel_iterations=1
        )
        return x, one, other, losses.stack(), gradient, change

    square, number = tf.TensorSpec((size, size), tf.float64), tf.TensorSpec((), tf.float64)
    signature = [square] * 4 + [number, number, tf.TensorSpec((), tf.int32)]
    return tf.function(walk, signature, jit_compile=True, autograph=False)
