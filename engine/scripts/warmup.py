"""The script of the Warm-up tab: a matrix' inverse, learned by gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.base.lazy import np
from engine.scripts.parts.common import NEEDS, drawn, filled, head, quoted
from engine.warmup.spec import WarmupSpec

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

ORDER = 100
SETTINGS = WarmupSpec
SENTENCE = "Learn the inverse of a matrix by gradient descent."

NOTE = """\
In TensorFlow 1 the graph is built first: x is a variable of zeros (10, 10), A = tf.constant of random integers from 0 \
to 9, id_mat a constant as well, and the loss is tf.reduce_sum(tf.abs(output - id_mat)), where output is x times A. \
tf.train.AdagradOptimizer(0.01) adds the gradient to the graph. Nothing is fed. Each step is a call of sess.run, \
100,000 of them from Python, where tf.function here takes all steps in one call. Its Adagrad, too, starts its sums of \
squares at 0.1. The post computes in single precision, this script in double."""

MOST_EDITED = 8
"""Maximum number of edited values that are written out."""

START = {
    "sgd": "",
    "adagrad": "    squares = tf.fill(x.shape, tf.constant(0.1, tf.float64))",
    "adam": "    mean, squares = tf.zeros_like(x), tf.zeros_like(x)",
}
STEPS = {
    "sgd": "x -= RATE * gradient",
    "adagrad": "squares += gradient**2  # Adagrad: the further it went, the shorter its steps\n"
    "x -= RATE * gradient / tf.sqrt(squares)",
    "adam": "mean = 0.9 * mean + 0.1 * gradient  # Adam: means of the gradient and of its square\n"
    "squares = 0.999 * squares + 0.001 * gradient**2\n"
    "number = tf.cast(step, tf.float64)\n"
    "rate = RATE * tf.sqrt(1 - 0.999**number) / (1 - 0.9**number)\n"
    "x -= rate * mean / (tf.sqrt(squares) + 1e-7)",
}

TEMPLATE = '''\
$head
import numpy as np
import tensorflow as tf

SIZE, SEED, STEPS, RATE = $size, $seed, $steps, $rate
$matrix
id_mat = np.eye(SIZE)


def loss_of(x):
    """How far x A is from the identity."""
    output = x @ A
    rest = output - id_mat
    rest = tf.where(tf.abs(rest) > 1e-12, rest, 0.0)  # what is only rounding has no slope
    return tf.reduce_sum($loss)


@tf.function(jit_compile=True)  # compiled by XLA: many times as fast
def descend(x):
    """Take all steps of gradient descent from x."""
$start
    for step in tf.range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = loss_of(x)
        gradient = tape.gradient(loss, x)
$step
    return x


x = descend(tf.zeros((SIZE, SIZE), tf.float64))
print(f"after {STEPS} steps: loss {loss_of(x):.6f}")
print(f"condition number of A: {np.linalg.cond(A):.6g}")
if np.linalg.cond(A) < 1e12:
    print(f"largest difference from the true inverse: {np.abs(x - np.linalg.inv(A)).max():.6f}")
print(np.round(x @ A, 3))
np.savez("warmup-result.npz", x=x, A=A)
$drawn
'''

DRAWN = """\
figure, places = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for place, title, matrix in zip(places, ("A", "x, the inverse as learned", "x A"), (A, x, x @ A)):
    most = np.abs(matrix).max() or 1
    figure.colorbar(place.imshow(matrix, cmap="RdBu", vmin=-most, vmax=most), shrink=0.8)
    place.set_title(title)"""


def needs(settings: WarmupSpec) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset()


def edited(settings: WarmupSpec, matrix: Any) -> Any:
    """Return the places (edited, 2) where a matrix is not the one that is drawn; `None` where they are too many."""
    drawn = np.random.default_rng(settings.seed).integers(0, 10, (settings.size, settings.size))
    places = np.argwhere(np.asarray(matrix, np.float64) != drawn)
    return places if len(places) <= MOST_EDITED else None


def script(scene: Scene) -> str:
    """Return the script."""
    spec = scene.settings
    assert isinstance(spec, WarmupSpec)
    return filled(
        TEMPLATE,
        drawn=drawn("warmup", DRAWN),
        head=head(SENTENCE, NEEDS),
        size=str(spec.size),
        seed=str(spec.seed),
        steps=str(spec.steps),
        rate=f"{spec.learning_rate:.7g}",
        matrix=_matrix(spec, scene),
        loss="tf.abs(rest)" if spec.loss == "absolute" else "rest**2",
        start=START[spec.optimizer],
        step="\n".join(f"        {line}" for line in STEPS[spec.optimizer].split("\n")),
    )


def _matrix(spec: WarmupSpec, scene: Scene) -> str:
    if "matrix" in scene.files:
        return f'A = np.load({quoted(scene.files["matrix"])})["A"]'
    lines = ["A = np.random.default_rng(SEED).integers(0, 10, (SIZE, SIZE)).astype(np.float64)"]
    matrix = scene.given.get("matrix")
    if matrix is not None:
        lines += [
            f"A[{row}, {column}] = {float(matrix[row, column])!r}" for row, column in edited(spec, matrix)
        ]
    return "\n".join(lines)
