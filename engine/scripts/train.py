"""The script of the Train tab: the run, with its very settings, from its first weights on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.specs import SLOTS, TrainSpec, loss_words
from engine.scripts.parts.common import (
    NEEDS,
    comment,
    data_lines,
    drawn,
    filled,
    head,
    learned_lines,
    loss_lines,
    model_lines,
    optimizer_lines,
    quoted,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Looked, Scene

ORDER = 20
SETTINGS = TrainSpec
SENTENCE = "Train a network to read digits."

NOTE = """\
In TensorFlow 1 this is built first and run later. x and y are placeholders for the images and their one-hot labels; \
W1, b1, W2 and b2 are variables drawn from a normal distribution (standard deviation 0.03 for weights, 1 for biases). \
hidden_out is what the hidden layer passes on after ReLU, y_ the prediction after softmax, and y_clipped = \
tf.clip_by_value(y_, 1e-10, 0.9999999) keeps both logarithms of the cross-entropy finite. \
tf.train.GradientDescentOptimizer(0.1) adds the gradient to the graph. After \
sess.run(tf.global_variables_initializer()) a loop feeds 100 images at a time from mnist.train.next_batch, one call of \
sess.run for each step; here one call of a tf.function takes a whole epoch's. The post's code has epochs = 50; the \
author's notebook, whose figures the preset reproduces, has 40. TensorFlow 1 draws its own initial weights and \
batches, so no two runs agree."""

INITIAL = {
    "blog": """\
    is_bias = len(variable.shape) == 1
    variable.assign(generator.normal(0.0, 1.0 if is_bias else 0.03, variable.shape))""",
    "glorot": """\
    if len(variable.shape) > 1:  # biases begin with zero; a kernel with the rule of Glorot and Bengio
        fan_in, fan_out = np.prod(variable.shape[:-1]), np.prod(variable.shape[:-2]) * variable.shape[-1]
        reach = np.sqrt(6 / (fan_in + fan_out))
        variable.assign(generator.uniform(-reach, reach, variable.shape))""",
    "he": """\
    if len(variable.shape) > 1:  # biases begin with zero; a kernel with the rule of He et al.
        fan_in = np.prod(variable.shape[:-1])
        variable.assign(generator.normal(0.0, np.sqrt(2 / fan_in), variable.shape))""",
}

GENERATOR = """\
generator = np.random.default_rng(SEED)  # NumPy's, so that a seed means the same on every computer
for variable in model.trainable_variables:"""

TAUGHT = """\
start = np.load({})  # the network that was taught, with its outputs for new classes
model.set_weights([start[name] for name in start.files if name.startswith("layer")])"""

STATE = """\
optimizer.build(model.trainable_variables)
for number, variable in enumerate(optimizer.variables):
    variable.assign(start[f"optimizer/{number}"].reshape(variable.shape))"""

TEMPLATE = '''\
$head
import numpy as np
import tensorflow as tf

$data
$learned
all_images, all_labels = $all
EPOCHS, BATCH, SEED = $epochs, $batch, $seed

$model
$initial
$optimizer
$state


$loss


@tf.function
def train_epoch(order):
    """Take a step for each row of image numbers; return the mean loss."""
    total = 0.0
    for chosen in order:
        batch_x, batch_y = tf.gather(all_images, chosen), tf.gather(all_labels, chosen)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(loss_of(batch_y, model(batch_x, training=True)))$objective
        gradients = tape.gradient($what, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        total += loss
    return total / len(order)


$remarks
train_losses, test_losses, accuracies = [], [], []
$validations
for epoch in range(1, EPOCHS + 1):
    order = np.random.default_rng([SEED, epoch]).permutation(len(all_images))
    order = order[: $steps * BATCH].reshape(-1, BATCH)  # $others this epoch out
    train_loss = train_epoch(tf.constant(order))
    logits = model.predict(test_images, batch_size=1000, verbose=0)
    test_loss = tf.reduce_mean(loss_of(test_labels, logits))
    accuracy = np.mean(logits.argmax(axis=1) == test_labels)
    print(f"epoch {epoch}  train loss {train_loss:.6f}  test loss {test_loss:.6f}  accuracy {accuracy:.4f}")
    train_losses.append(train_loss), test_losses.append(test_loss), accuracies.append(accuracy)
$validated
$stop
best = int(np.argmax($chosen_on))
print(f"best, epoch {best + 1}, chosen on the $on images: {accuracies[best]:.2%} of {len(test_labels):,} test images")
$drawn
'''

DRAWN = """\
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
epochs = range(1, len(train_losses) + 1)
left.plot(epochs, train_losses, label="training images")
left.plot(epochs, test_losses, "--", label="test images")
$curve
left.set(xlabel="epoch", ylabel="$loss_name", yscale="log")
left.legend()
right.plot(epochs, accuracies)
right.set(xlabel="epoch", ylabel=f"accuracy on {len(test_labels):,} test images")"""

CURVE = """\
left.plot(epochs, validation_losses, ":", label="validation images")"""

VALIDATED = """\
    logits = model.predict(train_images[validation], batch_size=1000, verbose=0)
    validation_losses.append(tf.reduce_mean(loss_of(train_labels[validation], logits)))
    validation_accuracies.append(np.mean(logits.argmax(axis=1) == train_labels[validation]))
    print(f"  validation loss {validation_losses[-1]:.6f}  accuracy {validation_accuracies[-1]:.4f}")"""


def needs(settings: TrainSpec) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "data"})


def script(scene: Scene) -> str:
    """Return the script."""
    looked = scene.looked
    spec = looked.spec
    judged = "validation_accuracies[-1]" if spec.validation else "accuracy"
    stop = f"    if {judged} >= {spec.stop_at:.7g}:\n        break" if spec.stop_at else ""
    curve = CURVE if spec.validation else ""
    picture = filled(DRAWN, curve=curve, loss_name=loss_words(spec.loss)).strip()
    learned = learned_lines(spec, scene.given["learned_classes"])
    decay = (
        f" + {spec.l2:.7g} * sum(tf.reduce_sum(v**2) for v in model.trainable_variables[::2])"
        if spec.l2
        else ""
    )
    return filled(
        TEMPLATE,
        head=head(SENTENCE, f"The settings: those of run {looked.run}." if looked.run else "", NEEDS),
        data=data_lines(scene.source, "train", "test"),
        learned=learned,
        all="tf.constant(train_images[chosen]), tf.constant(learned_labels)"
        if learned
        else "tf.constant(train_images), tf.constant(train_labels)",
        epochs=str(spec.epochs),
        batch=str(spec.batch),
        seed=str(spec.seed),
        model=model_lines(looked, [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout else []),
        initial=TAUGHT.format(quoted(scene.files["start"]))
        if looked.steps
        else f"{GENERATOR}\n{INITIAL[spec.initial]}",
        state=STATE if looked.steps and SLOTS[spec.optimizer] else "",
        steps=str(looked.steps or "len(order) // BATCH"),
        others="all other images sit" if looked.steps else "what fills no batch sits",
        optimizer=optimizer_lines(spec, looked.rates),
        loss=loss_lines(looked),
        objective=f"\n            objective = loss{decay}" if decay else "",
        what="objective" if decay else "loss",
        remarks=comment(" ".join(_remarks(looked))),
        validations="validation_losses, validation_accuracies = [], []" if spec.validation else "",
        validated=VALIDATED if spec.validation else "",
        stop=stop,
        chosen_on="validation_accuracies" if spec.validation else "accuracies",
        on="validation" if spec.validation else "test",
        drawn=drawn("train", picture),
    )


def _remarks(looked: Looked) -> list[str]:
    """Return what is otherwise than in the application."""
    spec, remarks = looked.spec, list(looked.remarks)
    if spec.dropout:
        remarks.append("Other neurons sit out a step here than in the application: losses differ a little.")
    augmented = [name for name in ("shift", "rotate", "scale", "noise") if getattr(spec, name)]
    if augmented:
        told = ", ".join(f"{name} {getattr(spec, name):g}" for name in augmented)
        remarks.append(f"Left out here: the application also augments each training image ({told}).")
    return remarks
