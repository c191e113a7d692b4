"""The script of the Graph tab: the operations that TensorFlow traced, and what flows between them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.scripts.parts.common import (
    ACTIVATIONS,
    MOST_IMAGES,
    NEEDS,
    WIDTH,
    activation_list,
    adds,
    data_lines,
    drawn,
    factors,
    filled,
    head,
    lens_lines,
    loss_lines,
    model_lines,
    optimizer_lines,
    quoted,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

ORDER = 90
SENTENCES = {
    "warmup": "Show the computation graph of one step of the warm-up.",
    "network": "Show the computation graph of a network's answer.",
    "training": "Show the computation graph of one step of training.",
    "links": "Follow a picture through a network: the strongest neurons, and what flows most between them.",
}

NOTE = """\
In TensorFlow 1 there is always a graph: every line of the post adds to it, tf.get_default_graph().get_operations() \
lists it, and tf.summary.FileWriter("logs", sess.graph) writes it for TensorBoard. x and y are placeholders that are \
fed, and minimize adds the gradients and the optimiser as operations. TensorFlow 2 computes at once; only what is \
decorated with tf.function is traced into a graph, whose placeholders are the function's arguments and the variables \
that it uses. No session runs it: one calls the function."""

WARMUP = '''\
x = tf.Variable(tf.zeros((10, 10), tf.float64), name="x")
squares = tf.Variable(tf.fill((10, 10), tf.constant(0.1, tf.float64)), name="memory")  # Adagrad's


@tf.function
def step(A):
    """Take one step of Adagrad towards the inverse of A."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.abs(x @ A - tf.eye(10, dtype=tf.float64)))
    gradient = tape.gradient(loss, x)
    squares.assign(squares + gradient * gradient)
    x.assign_add(-0.01 * gradient / tf.sqrt(squares))
    return loss


traced = step.get_concrete_function(tf.TensorSpec((10, 10), tf.float64))'''

NETWORK = '''\
$model


@tf.function
def answer(images):
    """Return the probabilities of the classes."""
    return tf.nn.softmax(model(images))


traced = answer.get_concrete_function(tf.TensorSpec((None, $rows, $columns)))'''

TRAINING = '''\
$model
$optimizer


$loss


@tf.function
def step(images, labels):
    """Take one step of training; return the loss of before."""
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        loss = objective = tf.reduce_mean(loss_of(labels, model(images, training=True)))
$decay
    gradients = tape.gradient(objective, variables)
    optimizer.apply(gradients, variables)  # the application leaves out the sum over replicas: IdentityN
    return loss


traced = step.get_concrete_function(tf.TensorSpec((None, $rows, $columns)), tf.TensorSpec((None,), tf.int32))'''

TEMPLATE = """\
$head
import tensorflow as tf

$traced
operations = traced.graph.get_operations()
for operation in operations:  # in the order in which they run
    inputs = ", ".join(f"{tensor.name} {tensor.shape}" for tensor in operation.inputs)
    print(f"{operation.type:24} {operation.name}  <-  {inputs or 'nothing'}")
edges = sum(len(operation.inputs) + len(operation.control_inputs) for operation in operations)
print(f"{len(operations)} operations, {edges} edges")
$drawn
"""

DRAWN = """\
columns, places = {}, {}
for operation in operations:  # a column further to the right than all that it waits for
    column = 1 + max((places[tensor.op.name][0] for tensor in operation.inputs), default=-1)
    columns[column] = columns.get(column, 0) + 1
    places[operation.name] = column, -columns[column]
wide, high = len(columns), max(columns.values())
figure, place = plt.subplots(figsize=(2 + 1.6 * wide, 2 + 0.4 * high), layout="constrained")
for operation in operations:
    for tensor in operation.inputs:
        (x, y), (end_x, end_y) = places[tensor.op.name], places[operation.name]
        place.annotate("", (end_x, end_y), (x, y), arrowprops={"arrowstyle": "->", "color": "silver"})
    place.text(*places[operation.name], operation.type, ha="center", va="center", fontsize=7)
place.set(xlim=(-0.7, wide - 0.3), ylim=(-high - 0.7, -0.3))
place.axis("off")"""

LINKS = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens
LAYERS, MOST_NEURONS, MOST_LINKS = $layers, 40, 160  # of each layer, and between two layers
# What the neurons of each changed layer pass on of their output, and what is added to that
$passed
$added
$picture

# What enters each layer, and what each hidden layer makes of it
$activations
given, hidden, x = [], [], picture[np.newaxis, ..., np.newaxis]
for n in range(1, LAYERS + 1):
    kernel, bias = weights[f"layer{n}/kernel"], weights[f"layer{n}/bias"]
    given.append(np.squeeze(np.asarray(x), axis=0) if n > 1 else picture)
    is_map = kernel.ndim == 4
    x = (tf.nn.conv2d(x, kernel, 1, "SAME") if is_map else tf.reshape(x, (1, -1)) @ kernel) + bias
    if n < LAYERS:
        x = $activation(x) * passed.get(n, 1) + added.get(n, 0)
        hidden.append(np.mean(x, axis=(0, 1, 2)) if is_map else x.numpy()[0])  # feature maps, averaged
        x = tf.nn.max_pool2d(x, 2, 2, "SAME") if is_map else x
logits = x.numpy()[0]

chosen = [np.sort(np.argsort(-np.abs(output), kind="stable")[:MOST_NEURONS]) for output in hidden]
chosen.append(np.arange(len(logits)))
links = {}
for n in range(1, LAYERS + 1):
    kernel, values = weights[f"layer{n}/kernel"], given[n - 1]
    # What flows is activation times weight; with feature maps it is summed over their places
    if kernel.ndim == 4:
        flow = kernel.sum(axis=(0, 1)) * values.mean(axis=(0, 1))[:, np.newaxis] if n > 1 \\
            else values.reshape(-1, 1) * kernel.sum(axis=(0, 1, 2))
    else:
        flow = values.reshape(-1, 1) * kernel
        flow = flow.reshape(-1, values.shape[2], kernel.shape[1]).sum(axis=0) if values.ndim == 3 else flow
    flow = flow[:, chosen[n - 1]] if n == 1 else flow[np.ix_(chosen[n - 2], chosen[n - 1])]
    strongest = np.argsort(-np.abs(flow), axis=None, kind="stable")[:MOST_LINKS]
    strongest = strongest[flow.ravel()[strongest] != 0]
    sources, targets = np.unravel_index(strongest, flow.shape)
    links[f"links{n}"] = np.stack([sources, targets, flow.ravel()[strongest]])
    source, target, strength = sources[:1], chosen[n - 1][targets[:1]], flow.ravel()[strongest[:1]]
    print(f"into layer {n}: {len(strongest)} links, the strongest from {source} to neuron {target}: {strength}")
probabilities = tf.nn.softmax(logits).numpy()
print(f"the answer is {probabilities.argmax()}, probability {probabilities.max():.2%}")
np.savez("graph-result.npz", probabilities=probabilities, **links)
$drawn
"""

LINKS_DRAWN = """\
figure, place = plt.subplots(figsize=(3 + 3 * LAYERS, 8), layout="constrained")
rows, columns = picture.shape
heights = [np.linspace(1, 0, len(numbers)) for numbers in chosen]
for n in range(1, LAYERS + 1):
    sources, targets, flows = links[f"links{n}"]
    for source, target, flow in zip(sources.astype(int), targets.astype(int), flows):
        x, y = n - 1, heights[n - 2][source] if n > 1 else 0
        if n == 1:  # from a pixel
            x, y = (source % columns + 0.5) / columns - 1.1, 0.68 - 0.36 * (source // columns + 0.5) / rows
        color = "tab:blue" if flow > 0 else "tab:orange"
        place.plot([x, n], [y, heights[n - 1][target]], color=color, alpha=0.5, lw=2 * abs(flow) / abs(flows).max())
place.imshow(picture, cmap="gray_r", extent=(-1.1, -0.1, 0.32, 0.68), aspect="auto", zorder=0)
for n, numbers in enumerate(chosen, 1):
    place.scatter(np.full(len(numbers), n), heights[n - 1], color="black", s=12, zorder=3)
for label, height in enumerate(heights[-1]):
    place.text(LAYERS + 0.05, height, f"{label}: {probabilities[label]:.2%}", va="center")
place.set(xlim=(-1.15, LAYERS + 0.6), ylim=(-0.03, 1.03))
place.axis("off")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings(Spec):
    """Of what the graph is, and for which image."""

    of: str = knob(
        "warmup",
        title="Of",
        help="What is traced.",
        choices={
            "warmup": "Warm-up",
            "network": "Network",
            "training": "Training step",
            "links": "Strongest connections",
        },
    )
    image: int = knob(
        0, title="Image", help="The test image whose connections are shown.", minimum=0, maximum=MOST_IMAGES
    )


SETTINGS = GraphSettings


def needs(settings: GraphSettings) -> frozenset[str]:
    """Return what has to be there."""
    if settings.of == "links":
        return frozenset({"run", "weights", "data"})
    return frozenset() if settings.of == "warmup" else frozenset({"run"})


def script(scene: Scene) -> str:
    """Return the script."""
    settings = scene.settings
    assert isinstance(settings, GraphSettings)
    if settings.of == "warmup":
        return _graph_script("warmup", "", WARMUP)
    looked = scene.looked
    if settings.of == "links":
        return _links_script(scene, settings)
    spec = looked.spec
    rows, columns = map(str, looked.shape)
    parts = {"$rows": rows, "$columns": columns, "$model": model_lines(looked)}
    if settings.of == "training":
        extra = [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout else []
        decay = (
            f"        objective += {spec.l2:.7g} * sum(tf.reduce_sum(tf.square(v)) for v in variables[::2])"
        )
        parts |= {
            "$model": model_lines(looked, extra),
            "$optimizer": optimizer_lines(spec),
            "$loss": loss_lines(looked),
            "$decay": decay if spec.l2 else "",
        }
    traced = NETWORK if settings.of == "network" else TRAINING
    for name, text in parts.items():
        traced = traced.replace(name if text else f"{name}\n", text)
    return _graph_script(settings.of, looked.about, traced)


def _graph_script(of: str, about: str, traced: str) -> str:
    return filled(
        TEMPLATE, head=head(SENTENCES[of], about, NEEDS), traced=traced, drawn=drawn("graph", DRAWN)
    )


def _links_script(scene: Scene, settings: GraphSettings) -> str:
    looked, images = scene.looked, int(scene.given["test_images"])
    if "picture" in scene.files:
        picture = (
            f'picture = np.load({quoted(scene.files["picture"])})["picture"]  # what the network receives'
        )
    elif settings.image < images:
        picture = f"picture = test_images[{settings.image}]"
    else:
        raise UserError(f"There is no test image {settings.image:,}; the last is {images - 1:,}.")
    changed = [number for number, change in enumerate(looked.passed, 1) if change is not None]
    named, several = lens_lines(looked), activation_list(looked)
    passed = {n: f"passed{n}" if f"passed{n}" in named else factors(looked, n) for n in changed}
    added = {
        n: f"added{n}" if f"added{n}" in named else f'weights["layer{n}/added"]'
        for n in changed
        if adds(looked, n)
    }
    return filled(
        LINKS,
        head=head(SENTENCES["links"], looked.about, NEEDS),
        data=data_lines(scene.source, "test") if "picture" not in scene.files else "",
        weights=weight_lines(scene.files["weights"]),
        lens=named,
        layers=str(len(looked.hidden) + 1),
        passed=_assigned("passed", passed),
        added=_assigned("added", added),
        picture=picture,
        activations=f"activations = {several}" if several else "",
        activation="activations[n - 1]" if several else ACTIVATIONS[looked.spec.activation],
        drawn=drawn("graph", LINKS_DRAWN),
    )


def _assigned(name: str, values: dict[int, str]) -> str:
    """Return the lines that make a dictionary with a value for each layer."""
    text = f"{name} = {{{', '.join(f'{layer}: {value}' for layer, value in values.items())}}}"
    return textwrap.fill(text, WIDTH, subsequent_indent="    ", break_long_words=False)
