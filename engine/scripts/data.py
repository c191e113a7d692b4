"""The script of the Data tab: what is in the data, and what a run with some settings learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.base.specs import DataSpec
from engine.scripts.parts.common import NEEDS_NUMPY, data_lines, drawn, filled, head, learned_lines

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

ORDER = 95
SETTINGS = DataSpec
SENTENCE = "Look at the data: how many images of each class, their means, and what a network learns from."

NOTE = """\
Nothing here needs TensorFlow, so it is the same in TensorFlow 1: NumPy counts, averages and chooses. The chosen \
images and their one-hot labels are fed as any others, in sess.run with feed_dict={x: batch_x, y: batch_y}."""

TEMPLATE = """\
$head
import numpy as np

$data

$learned
classes = np.unique(train_labels)
means = np.stack([train_images[train_labels == each].mean(axis=0) for each in classes])
print(f"{len(train_images):,} training and {len(test_images):,} test images")
for each in classes:
    counts = [np.sum(labels == each) for labels in (train_labels, train_labels[chosen], test_labels)]
    print("class {}: {:,} for training, {:,} of them chosen, {:,} for testing".format(each, *counts))
wrong = learned_labels != train_labels[chosen]
print(f"a run learns from {len(chosen):,} images, {wrong.sum():,} of them with a wrong label")
np.savez("data-result.npz", means=means, chosen=chosen, learned_labels=learned_labels)
$drawn
"""

ALL = """\
chosen, learned_labels = np.arange(len(train_labels)), train_labels  # a network learns from all images"""

DRAWN = """\
figure, places = plt.subplots(2, len(means), figsize=(len(means), 2.4), layout="constrained", squeeze=False)
for each, mean, above, below in zip(classes, means, *places):
    above.imshow(mean, cmap="gray_r")
    above.set_title(each)
    own = chosen[learned_labels == each]
    if len(own):
        below.imshow(train_images[own[0]], cmap="gray_r")
    above.axis("off"), below.axis("off")"""


def needs(settings: DataSpec) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"data"})


def script(scene: Scene) -> str:
    """Return the script."""
    settings = scene.settings
    assert isinstance(settings, DataSpec)
    return filled(
        TEMPLATE,
        head=head(SENTENCE, NEEDS_NUMPY),
        data=data_lines(scene.source, "train", "test"),
        learned=learned_lines(settings, scene.given["learned_classes"]) or ALL,
        drawn=drawn("data", DRAWN),
    )
