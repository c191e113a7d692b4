"""The script of the Graph tab: the operations that TensorFlow traced, and what flows between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scripts.parts import NEEDS, filled, head, loss_lines, model_lines, optimizer_lines
from engine.scripts.settings import GraphSettings

if TYPE_CHECKING:
    from engine.scripts.scene import Scene

SETTINGS = GraphSettings
SENTENCES = {
    "warmup": "Show the computation graph of one step of the warm-up.",
    "network": "Show the computation graph of a network's answer.",
    "training": "Show the computation graph of one step of training.",
}

NOTE = """\
In TensorFlow 1 there is always a graph: each line of the post adds to it, tf.get_default_graph().get_operations() \
lists it, and tf.summary.FileWriter("logs", sess.graph) writes it for TensorBoard. What is fed in are placeholders, \
and minimize adds the gradients and the optimiser as operations. TensorFlow 2 computes at once; only what is decorated \
with tf.function is traced into a graph, whose placeholders are the function's arguments and the variables that it \
uses. No session runs it: one calls the function."""

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
    optimizer.apply(gradients, variables)
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
"""


def needs(settings: GraphSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset() if settings.of == "warmup" else frozenset({"run"})


def script(scene: Scene) -> str:
    """Return the script."""
    settings = scene.settings
    assert isinstance(settings, GraphSettings)
    if settings.of == "warmup":
        return filled(TEMPLATE, head=head(SENTENCES["warmup"], NEEDS), traced=WARMUP)
    looked = scene.looked
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
    return filled(TEMPLATE, head=head(SENTENCES[settings.of], looked.about, NEEDS), traced=traced)
