"""The script of the Mistakes tab: what is taken for what, how sure the network was, how far one may believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.scripts.parts import (
    NEEDS,
    PARTS,
    answer_lines,
    data_lines,
    filled,
    head,
    lens_lines,
    network_lines,
    weight_lines,
)
from engine.scripts.settings import MistakeSettings
from engine.scripts.spoiling import spoil_lines

if TYPE_CHECKING:
    from engine.scripts.scene import Looked, Scene

SETTINGS = MistakeSettings
SENTENCES = {
    "confusion": "See which test images a network misreads, and for what it takes them.",
    "calibration": "See how far the answers of a network may be believed.",
    "spoil": "See how far pictures may be spoiled before a network misreads them.",
}

NOTE = """\
In TensorFlow 1 the post prints one number: correct = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1)), accuracy = \
tf.reduce_mean(tf.cast(correct, tf.float32)), and sess.run(accuracy, feed_dict={x: mnist.test.images, y_: \
mnist.test.labels}). There the labels are unit vectors (one_hot=True), hence the second argmax; here they are whole \
numbers. To see single mistakes one fetches y itself, sess.run(y, feed_dict=…), and goes on in NumPy as here."""

PAGES = {
    "confusion": """\
# How often the class of the row was answered with that of the column
confusion = np.zeros(($classes, $classes), int)
np.add.at(confusion, (test_labels, answers), 1)
print(confusion)

found = np.flatnonzero($chosen)
found = found[np.argsort(-surety[found], kind="stable")]  # the surest first
for number in found[:20]:
    print(f"image {number}: a {test_labels[number]}, taken for {answers[number]}, {surety[number]:.2%} sure")
np.savez("mistakes-result.npz", confusion=confusion, numbers=found, images=test_images[found])
""",
    "calibration": """\
# Is it as often right as it says? Answers in 15 groups by how sure it was (Guo et al., 2017)
group = np.clip(np.ceil(surety * 15).astype(int) - 1, 0, 14)
error = 0.0
for number in range(15):
    members = group == number
    if members.any():
        said, right = surety[members].mean(), (answers == test_labels)[members].mean()
        error += members.mean() * abs(said - right)
        print(f"up to {(number + 1) / 15:.0%} sure: {members.sum():5} answers, {said:.1%} sure, {right:.1%} right")
print(f"expected calibration error: {error:.4f}")
""",
}

ANSWERS = """\
$answers
probabilities = tf.nn.softmax(logits.astype(np.float64)).numpy()
answers, surety = probabilities.argmax(axis=1), probabilities.max(axis=1)
wrong = np.sum(answers != test_labels)
print(f"{wrong} of {len(answers)} test images are misread: {1 - wrong / len(answers):.2%} are right")

"""

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens


$network


$page"""


def needs(settings: MistakeSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "data"})


def script(scene: Scene) -> str:
    """Return the script."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, MistakeSettings)
    for name, number in (("label", settings.label), ("answer", settings.answer)):
        if number >= looked.classes:
            raise UserError(f"There is no {name} {number}; the last class is {looked.classes - 1}.")
    return filled(
        TEMPLATE,
        head=head(SENTENCES[settings.page], looked.about, NEEDS),
        data=data_lines(scene.source, "test"),
        weights=weight_lines(scene.files["weights"]),
        lens=lens_lines(looked),
        network=network_lines(looked),
        page=_page(settings, looked),
    )


def _page(settings: MistakeSettings, looked: Looked) -> str:
    if settings.page == "spoil":
        return spoil_lines(settings.kind, looked.shape, PARTS)
    page = ANSWERS.replace("$answers", answer_lines(logits="logits")) + PAGES[settings.page]
    return page.replace("$classes", str(looked.classes)).replace("$chosen", _chosen(settings))


def _chosen(settings: MistakeSettings) -> str:
    """Return which images are listed: those of a class, those with an answer, or both; else all that is misread."""
    parts = [] if settings.label >= 0 and settings.answer >= 0 else ["(answers != test_labels)"]
    if settings.label >= 0:
        parts.append(f"(test_labels == {settings.label})")
    if settings.answer >= 0:
        parts.append(f"(answers == {settings.answer})")
    return " & ".join(parts)
