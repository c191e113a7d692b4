"""The warm-up's problem: the matrix whose inverse is learned, and losses and optimisers as formulas in TensorFlow."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array, tf
from engine.core.messages import read_only

LARGEST = 9  # entries of drawn matrices are whole numbers from 0 to this
# From this condition number on one direction is so much flatter that its descent remains unfinished.
HARD = 1e3
SINGULAR = 1e12  # from this condition number on the inverse is lost in the rounding of double precision


def drawn_matrix(size: int, seed: int) -> Array:
    """Return a random matrix (size, size) of whole numbers from 0 to 9, float64."""
    return np.random.default_rng(seed).integers(0, LARGEST + 1, (size, size)).astype(np.float64)


def checked_matrix(entries: Any, size: int) -> Array:
    """Return a person's matrix as (size, size) float64; raise `UserError` for another shape or values not finite."""
    matrix = np.asarray(entries, np.float64)
    if matrix.shape != (size, size) or not np.isfinite(matrix).all():
        raise UserError(tr("The matrix must have {size} × {size} numbers.", size=size))
    return matrix


class Outlook(NamedTuple):
    """What is known of a matrix before learning."""

    condition_number: float  # the ratio of the largest to the smallest singular value; infinite for a singular matrix
    inverse: Array | None  # the true inverse, float64, or `None`

    @classmethod
    def of(cls, matrix: Array) -> Self:
        """Return the outlook of a matrix (size, size)."""
        condition = float(np.linalg.cond(matrix))
        if not condition < SINGULAR:  # also for NaN
            return cls(float("inf"), None)
        return cls(condition, read_only(np.linalg.inv(matrix)))

    @property
    def sentence(self) -> str:
        """The prospects in a sentence; empty if all is well."""
        if self.inverse is None:
            return tr(
                "This matrix has no inverse: some row is a mixture of the others, so x A never becomes the identity."
            )
        if self.condition_number >= HARD:
            return tr(
                "Badly conditioned ({condition:,.0f}): one direction is that many times flatter than "
                "another; descent hardly gets ahead in it.",
                condition=self.condition_number,
            )
        return ""


FIRST_MOMENT, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-7  # Adam's decay rates and epsilon, as in Keras
ACCUMULATED = 0.1  # initial value of Adagrad's sums of squares, as in TensorFlow and in the blog post


class Rule(NamedTuple):
    """An optimiser: the initial values of its memories, which are shaped like x, and its step."""

    begin: tuple[float, ...]
    # Of gradient, memories, learning rate and the number of the step (from 1): change of x, new memories.
    step: Callable[[Any, tuple[Any, ...], Any, Any], tuple[Any, tuple[Any, ...]]]


def _sgd(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    return -rate * gradient, memories


def _momentum(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    speed = FIRST_MOMENT * memories[0] - rate * gradient
    return speed, (speed,)


def _adagrad(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    squares = memories[0] + gradient * gradient
    return -rate * gradient / tf.sqrt(squares), (squares,)


def _adam(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    mean, squares = memories
    mean = FIRST_MOMENT * mean + (1 - FIRST_MOMENT) * gradient
    squares = SECOND_MOMENT * squares + (1 - SECOND_MOMENT) * gradient * gradient
    # Both start at zero, so at first they are too small: this corrects the bias.
    rate = rate * tf.sqrt(1 - SECOND_MOMENT**number) / (1 - FIRST_MOMENT**number)
    return -rate * mean / (tf.sqrt(squares) + TINY), (mean, squares)


# Those of the warm-up, and those that paint ideal images.
RULES: dict[str, Rule] = {
    "adagrad": Rule((ACCUMULATED,), _adagrad),
    "sgd": Rule((), _sgd),
    "momentum": Rule((0.0,), _momentum),
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
