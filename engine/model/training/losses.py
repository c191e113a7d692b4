"""The losses that training minimises: each returns one number per image."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.lazy import tf

SMALLEST, LARGEST = 1e-10, 0.9999999  # where the blog post clips a probability before it takes the logarithm


def clipped(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The blog's two-sided cross-entropy: -sum(y log p + (1 - y) log(1 - p)), with p clipped."""
    wanted = tf.one_hot(labels, logits.shape[-1])
    p = tf.clip_by_value(tf.nn.softmax(logits), SMALLEST, LARGEST)
    return -tf.reduce_sum(wanted * tf.math.log(p) + (1 - wanted) * tf.math.log(1 - p), axis=1)


def cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The ordinary cross-entropy: -log of the right class' probability."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def squared(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The squared distance between the probabilities and the right class' unit vector."""
    return tf.reduce_sum(tf.square(tf.nn.softmax(logits) - tf.one_hot(labels, logits.shape[-1])), axis=1)


type Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

# The losses by name: functions of labels (batch,) and logits (batch, classes) that return (batch,).
LOSSES: dict[str, Loss] = {"clipped": clipped, "cross_entropy": cross_entropy, "squared": squared}
