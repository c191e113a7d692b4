"""The losses that training minimises: each returns one number per image."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.lazy import tf

SMALLEST, LARGEST = 1e-10, 0.9999999  # where the blog post clips a probability before it takes the logarithm


def clipped(labels: tf.Tensor, logits: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
    """The blog's two-sided cross-entropy: -sum(y log p + (1 - y) log(1 - p)), with p clipped."""
    wanted = shares(labels, logits.shape[-1], smoothing)
    p = tf.clip_by_value(tf.nn.softmax(logits), SMALLEST, LARGEST)
    return -tf.reduce_sum(wanted * tf.math.log(p) + (1 - wanted) * tf.math.log(1 - p), axis=1)


def cross_entropy(labels: tf.Tensor, logits: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
    """The ordinary cross-entropy: -log of the right class' probability, or -sum(y log p) of smoothed labels y."""
    if smoothing is None:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.nn.softmax_cross_entropy_with_logits(shares(labels, logits.shape[-1], smoothing), logits)


def squared(labels: tf.Tensor, logits: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
    """The squared distance between the probabilities and the right class' unit vector, or the smoothed label."""
    return tf.reduce_sum(tf.square(tf.nn.softmax(logits) - shares(labels, logits.shape[-1], smoothing)), axis=1)


def shares(labels: tf.Tensor, classes: int, smoothing: tf.Tensor | None = None) -> tf.Tensor:
    """Return the share of each class in the labels (batch,): (batch, classes).

    It is 1 of the label. A share `smoothing` () of it is spread evenly over all classes: Szegedy et al., Rethinking the
    Inception Architecture (2016).
    """
    whole = tf.one_hot(labels, classes)
    return whole if smoothing is None else whole * (1 - smoothing) + smoothing / classes


type Loss = Callable[..., tf.Tensor]

# The losses by name: functions of labels (batch,), logits (batch, classes) and perhaps the share of the labels that is
# smoothed, () float32, that return (batch,).
LOSSES: dict[str, Loss] = {"clipped": clipped, "cross_entropy": cross_entropy, "squared": squared}
