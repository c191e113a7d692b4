"""The script of the Mistakes tab: the confusion matrix, the network's calibration, its robustness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.data.corruption import CORRUPTIONS
from engine.scripts.parts.common import (
    NEEDS,
    PARTS,
    answer_lines,
    data_lines,
    drawn,
    filled,
    head,
    lens_lines,
    network_lines,
    weight_lines,
)
from engine.scripts.parts.corruption import corruption_lines

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Looked, Scene

ORDER = 50
SENTENCES = {
    "confusion": "See which test images a network misreads, and as what.",
    "calibration": "See how far the answers of a network may be believed.",
    "spoil": "See how robust a network is to corrupted pictures.",
}

NOTE = """\
In TensorFlow 1 the post prints one number: the accuracy is the mean of tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1)), \
where y are the labels and y_ the predictions; it is fetched with the test images and their labels fed as x and y. \
There the labels are one-hot vectors, hence the first argmax; here they are whole numbers. To see single mistakes one \
fetches y_ itself, sess.run(y_, feed_dict={x: input_data}), and continues in NumPy as here."""

PAGES = {
    "confusion": """\
# Rows are the actual classes, columns the predicted ones
confusion = np.zeros(($classes, $classes), int)
np.add.at(confusion, (test_labels, answers), 1)
print(confusion)

found = np.flatnonzero($chosen)
found = found[np.argsort(-confidence[found], kind="stable")]  # the most probable first
for number in found[:20]:
    print(f"image {number}: a {test_labels[number]}, predicted as {answers[number]}, "
          f"probability {confidence[number]:.2%}")
np.savez("mistakes-result.npz", confusion=confusion, numbers=found, images=test_images[found])
""",
    "calibration": """\
# Is it correct as often as its probabilities say? Answers in 15 bins by confidence (Guo et al., 2017)
group = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
error, said, right = 0.0, {}, {}
for number in range(15):
    members = group == number
    if members.any():
        said[number], right[number] = confidence[members].mean(), (answers == test_labels)[members].mean()
        error += members.mean() * abs(said[number] - right[number])
        print(f"confidence up to {(number + 1) / 15:.0%}: {members.sum():5} answers, on average {said[number]:.1%}, "
              f"{right[number]:.1%} correct")
print(f"expected calibration error: {error:.4f}")

# What if it may abstain where its confidence is below the threshold?
given = confidence >= THRESHOLD
print(f"at a threshold of {THRESHOLD:.4%} it abstains from {1 - given.mean():.2%} of the images")
if given.any():
    print(f"accuracy of the other answers: {(answers == test_labels)[given].mean():.2%}")
""",
}

DRAWN = {
    "confusion": """\
figure, place = plt.subplots(figsize=(7, 7), layout="constrained")
wrong_only = confusion - np.diag(np.diag(confusion))
place.imshow(wrong_only, cmap="Oranges")
for (label, answer), count in np.ndenumerate(confusion):
    if count:
        place.text(answer, label, count, ha="center", va="center")
place.set(xlabel="predicted", ylabel="actual", xticks=range($classes), yticks=range($classes))""",
    "calibration": """\
figure, place = plt.subplots(figsize=(6, 6), layout="constrained")
place.plot([0, 1], [0, 1], color="gray", linestyle="--", label="perfectly calibrated")
place.plot(list(said.values()), list(right.values()), "o-", label=f"temperature {TEMPERATURE:g}")
place.set(xlabel="confidence", ylabel="accuracy", title=f"expected calibration error {error:.4f}")
place.legend()""",
    "spoil": """\
figure, place = plt.subplots(figsize=(7, 4.5), layout="constrained")
place.plot(np.arange(11) / 10, accuracies, "o-")
place.set(xlabel="strength", ylabel="accuracy", ylim=(0, 1), title="by $kind")""",
}

ANSWERS = """\
$answers
probabilities = tf.nn.softmax(logits.astype(np.float64)$cooled).numpy()
answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
wrong = np.sum(answers != test_labels)
print(f"{wrong} of {len(answers)} test images are misread: accuracy {1 - wrong / len(answers):.2%}")

"""

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens


$network


$page
$drawn
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeSettings(Spec):
    """Which page, and which images."""

    page: str = knob(
        "confusion",
        title="Page",
        help="What is shown of the mistakes.",
        choices={"confusion": "Confusion", "calibration": "Calibration", "spoil": "Robustness"},
    )
    kind: str = knob(
        "noise",
        title="Kind",
        help="How the test images of the page Robustness are corrupted.",
        choices={kind: corruption.title for kind, corruption in CORRUPTIONS.items()},
    )
    label: int = knob(
        -1, title="Label", help="The actual class of the listed images; -1: any.", minimum=-1, maximum=99
    )
    answer: int = knob(
        -1, title="Answer", help="The predicted class of the listed images; -1: any.", minimum=-1, maximum=99
    )
    temperature: float = knob(
        1.0, title="Temperature", help="What the logits are divided by.", minimum=0.001, maximum=1000.0
    )
    threshold: float = knob(
        0.0,
        title="Confidence threshold",
        help="The least confidence with which the network does not abstain.",
        minimum=0.0,
        maximum=1.0,
    )


SETTINGS = MistakeSettings


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
        drawn=drawn("mistakes", DRAWN[settings.page])
        .replace("$classes", str(looked.classes))
        .replace("$kind", settings.kind),
    )


def _page(settings: MistakeSettings, looked: Looked) -> str:
    if settings.page == "spoil":
        return corruption_lines(settings.kind, looked.shape, PARTS)
    page = ANSWERS.replace("$answers", answer_lines(logits="logits")) + PAGES[settings.page]
    if settings.page == "calibration":
        values = f"TEMPERATURE, THRESHOLD = {settings.temperature:.7g}, {settings.threshold:.7g}"
        page = f"{values}  # what the logits are divided by; the least confidence of an answer\n{page}"
    page = page.replace("$cooled", " / TEMPERATURE" if settings.page == "calibration" else "")
    return page.replace("$classes", str(looked.classes)).replace("$chosen", _chosen(settings))


def _chosen(settings: MistakeSettings) -> str:
    """Return which images are listed: those of a class, those with an answer, or both; else all that is misread."""
    parts = [] if settings.label >= 0 and settings.answer >= 0 else ["(answers != test_labels)"]
    if settings.label >= 0:
        parts.append(f"(test_labels == {settings.label})")
    if settings.answer >= 0:
        parts.append(f"(answers == {settings.answer})")
    return " & ".join(parts)
