"""The same steps on the sums that the first layer makes of the pixels: a fifth of the work where that is possible.

A network sees the pixels x only through the sums s = x K of its first layer, and each step adds a multiple of Kᵀ to
them: x ← (1 - 2 rate weight) x - rate g Kᵀ, g being the loss' gradient for s. So s ← (1 - 2 rate weight) s - rate g KᵀK
needs no pixels, and these follow from the sum of all g. What is rounded must not depend on where turns end, so a `Way`
is handed on from turn to turn and begins anew at fixed steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.base.lazy import keras, tf
from engine.ideal.parts import OBJECTIVES
from engine.network.model import HIDDEN

if TYPE_CHECKING:
    from engine.ideal.painter import Style


STEPS_OF_A_WAY = 500
"""After that many steps the pixels are computed and a new way begins from them: rounding errors stay small."""


class Way(NamedTuple):
    """How far the sums have come from the pixels with which they began."""

    kernel: Any
    """The first layer's, (pixels, neurons); for another one a new way begins."""
    pixels: Any
    """Those of the begin (n, pixels)."""
    sums: Any
    """What the kernel makes of the pixels now (n, neurons)."""
    gathered: Any
    """The sum of all changes in front of the kernel (n, neurons)."""
    share: Any
    """What is left of the pixels of the begin, ()."""


def begun(images: Any, kernel: Any) -> Way:
    """Return a way that begins with images (n, rows, columns)."""
    flat = tf.reshape(images, (tf.shape(images)[0], -1))
    sums = tf.matmul(flat, kernel)
    return Way(kernel, flat, sums, tf.zeros_like(sums), tf.constant(1.0))


def has_shortcut(style: Style, model: Any) -> bool:
    """Whether the steps of this style are linear in pixels and gradient, and the first layer is dense.

    They have no shift, besides: see `Painter.paint`.
    """
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense | keras.layers.Conv2D)]
    return (
        style.objective in OBJECTIVES
        and style.penalty in ("none", "l2")
        and (style.pixels, style.optimizer) == ("free", "sgd")
        and isinstance(layers[0], keras.layers.Dense)
    )


def squared(kernel: Any) -> Any:
    """Return KᵀK of a kernel (pixels, neurons)."""
    return tf.matmul(kernel, kernel, transpose_a=True)


def logits_of_sums(model: Any, sums: Any, pass_on: Callable[[int, Any], Any]) -> Any:
    """Return the logits (n, classes) for what the first layer's kernel makes of the images (n, neurons)."""
    x, number = None, 0
    for layer in model.layers:
        if x is None:
            if not isinstance(layer, keras.layers.Dense):
                continue
            x = layer.activation(sums + layer.bias)
        else:
            x = layer(x)
        if layer.name.startswith(HIDDEN):
            x, number = pass_on(number, x), number + 1
    return x


def short_walk(
    losses: Callable[[Any], Any], way: Way, square: Any, rate: Any, shrink: Any, count: Any
) -> tuple[Any, Way]:
    """Return the pixels (n, pixels) after `count` more steps, and the way; `losses` maps sums (n, neurons) to (n,).

    `square` is KᵀK, and each step leaves the share `1 - rate * shrink` of the pixels.
    """
    left = 1.0 - rate * shrink

    def body(i: Any, sums: Any, gathered: Any, share: Any) -> tuple[Any, ...]:
        with tf.GradientTape() as tape:
            tape.watch(sums)
            total = tf.reduce_sum(losses(sums))
        step = rate * tape.gradient(total, sums)
        return i + 1, left * sums - tf.matmul(step, square), left * gathered - step, left * share

    _, sums, gathered, share = tf.while_loop(
        lambda i, *_: i < count,
        body,
        (tf.constant(0), way.sums, way.gathered, way.share),
        parallel_iterations=1,
    )
    pixels = share * way.pixels + tf.matmul(gathered, way.kernel, transpose_b=True)
    return pixels, way._replace(sums=sums, gathered=gathered, share=share)
