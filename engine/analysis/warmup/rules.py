"""Losses and optimisers of the warm-up, written out: the same formulas run in TensorFlow and can be read by anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.core.lazy import tf

FIRST_MOMENT, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-7
"""Adam's decay rates and what keeps it from dividing by zero, as Keras has them."""

ACCUMULATED = 0.1
"""What Adagrad's sums of squares begin with, in TensorFlow and in the blog post."""


class Rule(NamedTuple):
    """An optimiser: what its two memories (size, size) begin with, and the step that it takes."""

    begin: tuple[float, float]
    step: Callable[[Any, Any, Any, Any, Any], tuple[Any, Any, Any]]
    """Of gradient, both memories, learning rate and the number of the step (from 1): change of x, new memories."""


def _sgd(gradient: Any, one: Any, other: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    return -rate * gradient, one, other


def _adagrad(gradient: Any, squares: Any, other: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    squares = squares + gradient * gradient
    return -rate * gradient / tf.sqrt(squares), squares, other


def _adam(gradient: Any, mean: Any, squares: Any, rate: Any, number: Any) -> tuple[Any, Any, Any]:
    mean = FIRST_MOMENT * mean + (1 - FIRST_MOMENT) * gradient
    squares = SECOND_MOMENT * squares + (1 - SECOND_MOMENT) * gradient * gradient
    # Both begin at zero, so at first they are too small: this makes up for it.
    rate = rate * tf.sqrt(1 - SECOND_MOMENT**number) / (1 - FIRST_MOMENT**number)
    return -rate * mean / (tf.sqrt(squares) + TINY), mean, squares


RULES: dict[str, Rule] = {
    "adagrad": Rule((ACCUMULATED, 0.0), _adagrad),
    "sgd": Rule((0.0, 0.0), _sgd),
    "adam": Rule((0.0, 0.0), _adam),
}

type Loss = Callable[[Any], tuple[Any, Any]]
"""Of the residue x A - I (size, size): the loss () and its derivative (size, size)."""

KINK = 1e-12
"""Where the residue is no further from zero its absolute value has no slope: of rounding it would have any."""

LOSSES: dict[str, Loss] = {
    "absolute": lambda residue: (
        tf.reduce_sum(tf.abs(residue)),
        tf.where(tf.abs(residue) > KINK, tf.sign(residue), tf.zeros_like(residue)),
    ),
    "squared": lambda residue: (tf.reduce_sum(residue * residue), 2 * residue),
}
