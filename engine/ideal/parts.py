"""What an ideal image is made by: objectives, penalties and steps, each a formula in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.lazy import tf

SMOOTH = 1e-6
"""Rounds the total variation off where neighbours are equal; it has no slope there otherwise."""

MOMENTUM, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-7


def cross_entropy(logits: Any, labels: Any) -> Any:
    """Return how far each image (n, classes) is from being surely its class (n,)."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def minus_logit(logits: Any, labels: Any) -> Any:
    """Return what falls as the logit of each image's class rises (n,)."""
    return -tf.gather(logits, labels, batch_dims=1)


OBJECTIVES: dict[str, Callable[[Any, Any], Any]] = {"class": cross_entropy, "logit": minus_logit}


def sum_of_squares(images: Any) -> Any:
    """Return the L2 penalty of each image (n, rows, columns): (n,)."""
    return tf.reduce_sum(tf.square(images), axis=(1, 2))


def sum_of_sizes(images: Any) -> Any:
    """Return the L1 penalty (n,). Its slope is not used: see `shrunk`."""
    return tf.reduce_sum(tf.abs(images), axis=(1, 2))


def total_variation(images: Any) -> Any:
    """Return how much neighbouring pixels differ, in sum (n,); isotropic (Rudin, Osher, Fatemi 1992)."""
    down = images[:, 1:, :-1] - images[:, :-1, :-1]
    across = images[:, :-1, 1:] - images[:, :-1, :-1]
    return tf.reduce_sum(tf.sqrt(tf.square(down) + tf.square(across) + SMOOTH), axis=(1, 2))


PENALTIES: dict[str, Callable[[Any], Any]] = {"l1": sum_of_sizes, "l2": sum_of_squares, "tv": total_variation}


def shrunk(images: Any, by: Any) -> Any:
    """Return the images with each pixel nearer to zero, those within `by` exactly there: L1's proximal step.

    Walking down L1's slope instead, pixels would dance around zero and never be there.
    """
    return tf.sign(images) * tf.maximum(tf.abs(images) - by, 0.0)


class Rule(NamedTuple):
    """An optimiser: how many memories it has, and its step: of gradient, memories, rate and number (from 1)."""

    memories: int
    step: Callable[[Any, tuple[Any, ...], Any, Any], tuple[Any, tuple[Any, ...]]]


def _sgd(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    return -rate * gradient, memories


def _momentum(
    gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any
) -> tuple[Any, tuple[Any, ...]]:
    speed = MOMENTUM * memories[0] - rate * gradient
    return speed, (speed,)


def _adam(gradient: Any, memories: tuple[Any, ...], rate: Any, number: Any) -> tuple[Any, tuple[Any, ...]]:
    mean = MOMENTUM * memories[0] + (1 - MOMENTUM) * gradient
    squares = SECOND_MOMENT * memories[1] + (1 - SECOND_MOMENT) * gradient * gradient
    rate = rate * tf.sqrt(1 - SECOND_MOMENT**number) / (1 - MOMENTUM**number)
    return -rate * mean / (tf.sqrt(squares) + TINY), (mean, squares)


RULES = {"sgd": Rule(0, _sgd), "momentum": Rule(1, _momentum), "adam": Rule(2, _adam)}
