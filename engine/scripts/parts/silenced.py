"""The script of neurons that were silenced or changed in any tab: what becomes of the accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.scripts.parts.common import (
    NEEDS,
    PARTS,
    data_lines,
    drawn,
    filled,
    head,
    lens_lines,
    network_lines,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

SENTENCE = "Let some neurons pass on something else than they compute, and see what becomes of the accuracy."

TEMPLATE = '''\
$head
import numpy as np
import tensorflow as tf

$data
$weights


$untouched


def right_answers():
    """Return of each test image whether the network reads it correctly, as it is now."""
    parts = [network(part)[1] for part in np.array_split(test_images, $parts)]
    return np.concatenate(parts).argmax(axis=1) == test_labels


right_before = right_answers()

$lens


$network


right_after = right_answers()
print(f"all classes: {right_before.mean():.2%} classified correctly before, {right_after.mean():.2%} after")
classes = np.unique(test_labels)
before = [right_before[test_labels == label].mean() for label in classes]
after = [right_after[test_labels == label].mean() for label in classes]
for label, share_before, share_after in zip(classes, before, after):
    print(f"class {label}: {share_before:.2%} before, {share_after:.2%} after")
$drawn
'''

DRAWN = """\
figure, place = plt.subplots(figsize=(8, 4), layout="constrained")
place.bar(classes - 0.2, before, 0.4, label="before")
place.bar(classes + 0.2, after, 0.4, label="after")
place.set(xlabel="class", ylabel="classified correctly", xticks=classes)
place.legend(loc="lower right")"""


def silenced_script(scene: Scene) -> str:
    """Return the script; the network that is looked at has neurons that are changed."""
    looked = scene.looked
    untouched = looked._replace(passed=[None] * len(looked.passed))
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, NEEDS),
        data=data_lines(scene.source, "test"),
        weights=weight_lines(scene.files["weights"]),
        untouched=network_lines(untouched),
        lens=lens_lines(looked),
        network=network_lines(looked),
        parts=str(PARTS),
        drawn=drawn("silenced", DRAWN),
    )
