"""The parts of the step that paints an ideal image: objectives and penalties, as TensorFlow formulas."""

from collections.abc import Callable
from typing import Any

from engine.core.lazy import tf
from engine.model.training.losses import Loss, clipped, cross_entropy

# Inner iterations of the total variation's proximal step: few, as they start from the last step's dual.
DUAL_ITERATIONS = 10


def minus_logit(labels: Any, logits: Any) -> Any:
    """Return the negative logit of each image's class (n,)."""
    return -tf.gather(logits, labels, batch_dims=1)


# What is minimised, of the images' classes (n,) and logits (n, classes): (n,). Beyond its clip `clipped` has no slope.
OBJECTIVES: dict[str, Loss] = {"clipped": clipped, "class": cross_entropy, "logit": minus_logit}


def sum_of_squares(images: Any) -> Any:
    """Return the L2 penalty of each image (n, rows, columns): (n,)."""
    return tf.reduce_sum(tf.square(images), axis=(1, 2))


def sum_of_sizes(images: Any) -> Any:
    """Return the L1 penalty (n,). Its slope is not used: see `shrunk`."""
    return tf.reduce_sum(tf.abs(images), axis=(1, 2))


def total_variation(images: Any) -> Any:
    """Return the sum of each pixel's gradient norm (n,); isotropic (Rudin, Osher, Fatemi 1992). See `denoised`."""
    down, across = _gradient(images)
    return tf.reduce_sum(tf.sqrt(tf.square(down) + tf.square(across)), axis=(1, 2))


PENALTIES: dict[str, Callable[[Any], Any]] = {"l1": sum_of_sizes, "l2": sum_of_squares, "tv": total_variation}


def shrunk(images: Any, by: Any) -> Any:
    """Return the images with each pixel closer to zero by at most `by`: the proximal step of L1."""
    # Not a step down L1's slope, which would make pixels oscillate around zero without ever reaching it.
    return tf.sign(images) * tf.maximum(tf.abs(images) - by, 0.0)


def denoised(images: Any, by: Any, dual: tuple[Any, Any]) -> tuple[Any, tuple[Any, Any]]:
    """Return images with less total variation, and their dual: the total variation's proximal step.

    Minimises `|x - images|² / 2 + by * total_variation(x)` for each image (n, rows, columns) by accelerated projected
    gradient descent (Chambolle 2004; Beck and Teboulle 2009) from the last step's `dual`, two arrays like `images`.
    """
    # Not a step down its slope, which oscillates into checkerboards: its curvature has no bound at equal neighbours.

    def body(i: Any, down: Any, across: Any, ahead_down: Any, ahead_across: Any) -> tuple[Any, ...]:
        below, beside = _gradient(images + _divergence(ahead_down, ahead_across))
        # 8 bounds the squared norm of the gradient operator.
        below, beside = ahead_down + below / 8.0, ahead_across + beside / 8.0
        share = by / tf.maximum(by, tf.sqrt(tf.square(below) + tf.square(beside)))
        below, beside = below * share, beside * share
        number = tf.cast(i, tf.float32)
        speed = number / (number + 3.0)
        return i + 1, below, beside, below + speed * (below - down), beside + speed * (beside - across)

        # A loop although its length is constant: unrolled, XLA takes many seconds to compile it.

    _, down, across, _, _ = tf.while_loop(
        lambda i, *_: i < DUAL_ITERATIONS, body, (tf.constant(0), *dual, *dual), parallel_iterations=1
    )
    return images + _divergence(down, across), (down, across)


def _gradient(images: Any) -> tuple[Any, Any]:
    """Return each pixel's difference to the one below and to the one on the right; zero at the edge."""
    down = tf.pad(images[:, 1:] - images[:, :-1], ((0, 0), (0, 1), (0, 0)))
    across = tf.pad(images[:, :, 1:] - images[:, :, :-1], ((0, 0), (0, 0), (0, 1)))
    return down, across


def _divergence(down: Any, across: Any) -> Any:
    """Return the negative adjoint of `_gradient`, for arguments that are zero at the same edge."""
    return (
        down
        - tf.pad(down[:, :-1], ((0, 0), (1, 0), (0, 0)))
        + across
        - tf.pad(across[:, :, :-1], ((0, 0), (0, 0), (1, 0)))
    )
