"""The script of the Ideal images tab: gradient descent on the pixels of all images at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import knob
from engine.ideal.parts import DUAL_ITERATIONS
from engine.ideal.spec import IdealSpec
from engine.scripts.parts.common import (
    MOST_LAYERS,
    NEEDS,
    data_lines,
    drawn,
    filled,
    head,
    indented,
    lens_lines,
    network_lines,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

ORDER = 40
SENTENCE = "Paint what a network would like to see most, by gradient descent on the pixels."

NOTE = """\
In TensorFlow 1 the ideal images come from a second model, whose weights are constants and whose input x is what it \
learns. The penalty is one more term of the loss, for L2 penalty * tf.reduce_sum(x**2) with a penalty of 0.25. Each \
step is a call of sess.run. With L1 the post walks down the slope of |x|; here a proximal step follows each step, so \
that pixels become exactly zero instead of oscillating around it. The total variation has a proximal step for the same \
reason: neighbours become exactly equal."""

START = {
    "empty": "images = tf.zeros((len(wanted), $rows, $columns))",
    "grey": "images = tf.fill((len(wanted), $rows, $columns), 0.5)",
}
OBJECTIVES = {
    "clipped": "y, y_ = tf.one_hot(wanted, $classes), tf.nn.softmax(logits)\n"
    "y_clipped = tf.clip_by_value(y_, 1e-10, 0.9999999)\n"
    "loss = -tf.reduce_sum(y * tf.math.log(y_clipped) + (1 - y) * tf.math.log(1 - y_clipped), axis=1)",
    "class": "loss = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)",
    "logit": "loss = -tf.gather(logits, wanted, batch_dims=1)",
    "neuron": "loss = -tf.gather(sums, wanted, batch_dims=1)",
}
PENALTIES = {
    "l2": "loss += WEIGHT * tf.reduce_sum(seen**2, axis=(1, 2))  # the squares of all pixels",
}
DENOISING = '''\


def denoised(images, by, dual):
    """Take the total variation's proximal step: FISTA on its dual, from that of the last step."""
    ahead, spread = dual, lambda p: p[0] - tf.roll(p[0], 1, 1) + p[1] - tf.roll(p[1], 1, 2)
    for count in tf.range($iterations.0):
        x = images + spread(ahead)
        below, right = tf.concat([x[:, 1:], x[:, -1:]], 1), tf.concat([x[:, :, 1:], x[:, :, -1:]], 2)
        newest = tf.clip_by_norm(ahead + tf.stack([below - x, right - x]) / 8, by, axes=0)
        ahead, dual = newest + count / (count + 3) * (newest - dual), newest
    return images + spread(dual), dual'''
MEMORIES = {
    "sgd": "",
    "momentum": "    speed = tf.zeros_like(images)",
    "adam": "    mean, squares = tf.zeros_like(images), tf.zeros_like(images)",
}
RULES = {
    "sgd": "images -= RATE * gradient",
    "momentum": "speed = 0.9 * speed - RATE * gradient\nimages += speed",
    "adam": "mean = 0.9 * mean + 0.1 * gradient\n"
    "squares = 0.999 * squares + 0.001 * gradient**2\n"
    "number = tf.cast(step, tf.float32)\n"
    "rate = RATE * tf.sqrt(1 - 0.999**number) / (1 - 0.9**number)\n"
    "images -= rate * mean / (tf.sqrt(squares) + 1e-7)",
}
SHIFT = """\
# The images are moved a little in each step, so that they hold wherever they lie
moved = tf.random.stateless_uniform([2], tf.stack([SEED, step])) * (2 * $shift + 1)
seen = tf.roll(images, tf.cast(tf.floor(moved), tf.int32) - $shift, (1, 2))"""

TEMPLATE = '''\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$constants
$wanted
$lens


$network


$denoising
$function
def paint(images):
    """Take all steps; the images know nothing of each other."""
$memory
    for step in tf.range(1, STEPS + 1):
        with tf.GradientTape() as tape:
            tape.watch(images)
$look
        gradient = tape.gradient(loss, images)
$rule
    return images


$start
images = paint(images)
probabilities = tf.nn.softmax(network(images)[1]).numpy()
for what, image, probability in zip(wanted, images.numpy(), probabilities):
    print(f"$what {what}: answer {probability.argmax()} with probability {probability.max():.4f}, "
          f"sum of squares {np.sum(image**2):.2f}, {np.mean(image == 0):.1%} of the pixels are zero")
np.savez("ideal-result.npz", images=images, probabilities=probabilities)
$drawn
'''

DRAWN = """\
figure, places = plt.subplots(-(-len(wanted) // 5), 5, figsize=(11, 5), squeeze=False, layout="constrained")
for place in places.flat:
    place.axis("off")
most = np.abs(images).max() or 1
for place, what, image, probability in zip(places.flat, wanted, images.numpy(), probabilities):
    place.imshow(image, cmap="RdBu", vmin=-most, vmax=most)
    place.set_title(f"$what {what}: predicted {probability.argmax()}, {probability.max():.2%}", fontsize=8)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdealSettings(IdealSpec):
    """Ideal images, with the layer of the wanted neurons."""

    layer: int = knob(
        1,
        title="Layer",
        help="The hidden layer of the wanted neurons, from 1.",
        minimum=1,
        maximum=MOST_LAYERS,
    )


SETTINGS = IdealSettings


def needs(settings: IdealSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", *(["data"] if settings.start == "mean" else [])})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` where the wanted cannot be."""
    spec, looked = scene.settings, scene.looked
    assert isinstance(spec, IdealSettings)
    neurons, is_neuron = _neurons(scene, spec), spec.objective == "neuron"
    rows, columns = looked.shape
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, NEEDS),
        data=data_lines(scene.source, "test") if spec.start == "mean" else "",
        weights=weight_lines(scene.files["weights"]),
        constants=_constants(spec),
        wanted=f"wanted = np.array({neurons})  # neurons of layer {spec.layer}"
        if is_neuron
        else f"wanted = np.arange({looked.classes})  # an image for each class",
        lens=lens_lines(looked),
        network=network_lines(looked, spec.layer - 1 if is_neuron else None),
        function="@tf.function"
        if looked.convolutions
        else "@tf.function(jit_compile=True)  # compiled by XLA: several times as fast",
        denoising=DENOISING.replace("$iterations", str(DUAL_ITERATIONS)) + "\n\n"
        if spec.penalty == "tv"
        else "",
        memory=_memory(spec),
        look=indented(_look(spec).replace("$classes", str(looked.classes)), 3),
        rule=indented(_rule(spec), 2),
        start=_start(spec, rows, columns),
        what="neuron" if is_neuron else "class",
        drawn=drawn("ideal", DRAWN).replace("$what", "neuron" if is_neuron else "class"),
    )


def _neurons(scene: Scene, spec: IdealSettings) -> list[int]:
    looked, neurons = scene.looked, [int(number) for number in scene.given.get("neurons", (0,))]
    if spec.objective != "neuron":
        return []
    if not neurons:
        raise UserError("No neuron is chosen to paint an ideal image of.", hint="Choose one.")
    if spec.layer > len(looked.hidden) or not all(
        0 <= n < looked.hidden[spec.layer - 1].width for n in neurons
    ):
        raise UserError(f"The network has no hidden neuron {max(neurons)} in layer {spec.layer}.")
    return neurons


def _constants(spec: IdealSettings) -> str:
    values = {"STEPS": str(spec.steps), "RATE": f"{spec.learning_rate:.7g}"}
    if spec.penalty != "none":
        values["WEIGHT"] = f"{spec.weight:.7g}"
    if spec.shift or spec.start == "noise":
        values["SEED"] = str(spec.seed)
    return f"{', '.join(values)} = {', '.join(values.values())}"


def _look(spec: IdealSettings) -> str:
    shift = SHIFT.replace("(2 * $shift + 1)", str(2 * spec.shift + 1)).replace("$shift", str(spec.shift))
    sums = ", sums" if spec.objective == "neuron" else ""
    lines = [
        f"layers, logits{sums} = network(seen)",
        OBJECTIVES[spec.objective],
        PENALTIES.get(spec.penalty, ""),
    ]
    text = "\n".join(filter(None, [shift if spec.shift else "", *lines]))
    return text if spec.shift else text.replace("seen", "images")


def _memory(spec: IdealSettings) -> str:
    dual = "    dual = tf.zeros((2, *images.shape))" if spec.penalty == "tv" else ""
    return "\n".join(filter(None, [MEMORIES[spec.optimizer], dual]))


def _rule(spec: IdealSettings) -> str:
    lines = [RULES[spec.optimizer]]
    if spec.penalty == "l1":
        lines.append("# The sum of sizes is made small by a proximal step: pixels become exactly zero")
        lines.append("images = tf.sign(images) * tf.maximum(tf.abs(images) - RATE * WEIGHT, 0.0)")
    if spec.penalty == "tv":
        lines.append("images, dual = denoised(images, RATE * WEIGHT, dual)  # neighbours become equal")
    if spec.pixels == "unit":
        lines.append("images = tf.clip_by_value(images, 0.0, 1.0)")
    return "\n".join(lines)


def _start(spec: IdealSettings, rows: int, columns: int) -> str:
    if spec.start == "noise":
        noise = f"np.random.default_rng(SEED).random((len(wanted), {rows}, {columns}))"
        return f"images = tf.constant({noise}, tf.float32)  # uniform from 0 to 1"
    if spec.start == "mean":
        mean = "test_images[test_labels == label].mean(axis=0)"
        if spec.objective != "neuron":
            return f"images = tf.constant(np.stack([{mean} for label in wanted]))"
        means = f"means = [{mean} for label in np.unique(test_labels)]"
        return f"{means}\nimages = tf.constant(np.stack([np.mean(means, axis=0)] * len(wanted)))"
    return START[spec.start].replace("$rows", str(rows)).replace("$columns", str(columns))
