"""The losses and optimisers of the warm-up as formulas in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.core.lazy import tf

FIRST_MOMENT, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-7  # Adam's decay rates and epsilon, as in Keras
ACCUMULATED = 0.1  # initial value of Adagrad's sums of squares, as in TensorFlow and in the blog post


class Rule(NamedTuple):
    """An optimiser: the initial values of its two memories (size, size), and its step."""

    begin: tuple[float, float]
    # Of gradient, both memories, learning rate and the number of the step (from 1): change of x, new memories.
    step: Callable[[Any, Any, Any, Any, Any], tuple[Any, Any, Any]]


def _sgd(gradient: Any, one: Any, other: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    return -rate * gradient, one, other


def _adagrad(gradient: Any, squares: Any, other: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    squares = squares + gradient * gradient
    return -rate * gradient / tf.sqrt(squares), squares, other


def _adam(gradient: Any, mean: Any, squares: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    mean = FIRST_MOMENT * mean + (1 - FIRST_MOMENT) * gradient
    squares = SECOND_MOMENT * squares + (1 - SECOND_MOMENT) * gradient * gradient
    # Both start at zero, so at first they are too small: this corrects the bias.
    rate = rate * tf.sqrt(1 - SECOND_MOMENT**number) / (1 - FIRST_MOMENT**number)
    return -rate * mean / (tf.sqrt(squares) + TINY), mean, squares


RULES: dict[str, Rule] = {
    "adagrad": Rule((ACCUMULATED, 0.0), _adagrad),
    "sgd": Rule((0.0, 0.0), _sgd),
    "adam": Rule((0.0, 0.0), _adam),
}

# Of the residue x A - I (size, size): the loss () and its derivative (size, size).
type Loss = Callable[[Any], tuple[Any, Any]]

KINK = 1e-12  # a residue this close to zero gets no slope: its sign would be that of a rounding error

LOSSES: dict[str, Loss] = {
    "absolute": lambda residue: (
        tf.reduce_sum(tf.abs(residue)),
        tf.where(tf.abs(residue) > KINK, tf.sign(residue), tf.zeros_like(residue)),
    ),
    "squared": lambda residue: (tf.reduce_sum(residue * residue), 2 * residue),
}
