"""The script of the Fingerprints tab: how every neuron of a layer answers to every test image, class by class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.scripts.parts.common import (
    MOST_LAYERS,
    NEEDS,
    answer_lines,
    data_lines,
    drawn,
    filled,
    head,
    lens_lines,
    network_lines,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Looked, Scene

ORDER = 30
SENTENCE = "See how every neuron of a hidden layer answers to every test image, class by class."

NOTE = """\
In TensorFlow 1 the hidden layer is a tensor of the graph, so it is fetched in an open session: sess.run(hidden_out, \
feed_dict={x: input_data}) gives the array of images and neurons, and the rest is NumPy, as here. The post draws nine \
maps with matplotlib's imshow, with labels that are off by one; these are ten, and right. A silenced neuron needs a \
changed graph there, in which hidden_out is multiplied by a placeholder of zeros and ones."""

ROWS = {
    "index": "rows = np.arange(hidden.shape[1])",
    "mean": 'rows = np.argsort(-hidden.mean(axis=0), kind="stable")  # the largest mean first',
    "class": """\
# Rows: by the class that a neuron answers most to, first those that answer to no other
means = np.stack([hidden[test_labels == label].mean(axis=0) for label in range($classes)])
means -= np.minimum(hidden.min(axis=0), 0)
most, rest = means.max(axis=0), (means.sum(axis=0) - means.max(axis=0)) / $others
rows = np.lexsort((-(most - rest) / (most + rest + 1e-30), means.argmax(axis=0)))""",
    "similar": """\
# Rows: each next neuron is the one most correlated with the last (the application sorts by clusters)
alike = np.nan_to_num(np.corrcoef(hidden[::5].T + 1e-9 * np.random.default_rng(0).normal(size=hidden[::5].T.shape)))
rows = [int(hidden.mean(axis=0).argmax())]
while len(rows) < len(alike):
    alike[:, rows[-1]] = -2  # is placed already
    rows.append(int(alike[rows[-1]].argmax()))
rows = np.array(rows)""",
}
COLUMNS = {
    "index": "",
    "probability": """\
    columns = columns[np.argsort(-probabilities[columns, label], kind="stable")]  # the most probable first""",
    "similar": """\
    centred = hidden[columns] - hidden[columns].mean(axis=0)
    columns = columns[np.argsort(centred @ np.linalg.svd(centred, full_matrices=False)[2][0])]""",
}

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens


$network


$answers
probabilities = tf.nn.softmax(logits.astype(np.float64)).numpy()

$rows
$silent
maps = {}
for label in range($classes):
    columns = np.flatnonzero(test_labels == label)
    right = np.mean(probabilities[columns].argmax(axis=1) == label)
$columns
    maps[f"map{label}"] = hidden[columns][:, rows].T  # a row for each neuron, a column for each image
    print(f"class {label}: {len(columns)} images, {right:.2%} classified correctly")
print(f"all classes: {np.mean(probabilities.argmax(axis=1) == test_labels):.2%} classified correctly")
print(f"{np.sum(hidden.max(axis=0) <= 0)} of {hidden.shape[1]} neurons are never above zero")
np.savez("fingerprints-result.npz", rows=rows, **maps)
$drawn
"""

DRAWN = """\
figure, places = plt.subplots(-(-$classes // 5), 5, figsize=(14, 8), squeeze=False, layout="constrained")
for place in places.flat:
    place.axis("off")
strong = np.percentile(hidden, 99.5) or 1
for label, place in zip(range($classes), places.flat):
    place.imshow(maps[f"map{label}"], cmap="Blues", vmin=0, vmax=strong, aspect="auto")
    place.set_title(f"class {label}")
figure.suptitle("A row for each neuron of layer $layer, a column for each test image")"""

SILENT = """\
fires = (hidden != 0).any(axis=0)[rows]
rows = np.concatenate([rows[fires], rows[~fires]])  # dead neurons come last"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintSettings(Spec):
    """Which hidden layer, and the orders."""

    layer: int = knob(1, title="Layer", help="The hidden layer, from 1.", minimum=1, maximum=MOST_LAYERS)
    rows: str = knob(
        "index",
        title="Rows",
        help="The order of the neurons.",
        choices={"index": "Number", "class": "Class", "similar": "Similarity", "mean": "Mean"},
    )
    columns: str = knob(
        "index",
        title="Columns",
        help="The order of the images of each class.",
        choices={"index": "Number", "probability": "Probability", "similar": "Similarity"},
    )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings; acts in older session files call the order by probability `confidence`."""
        if values.get("columns") == "confidence":
            values = {**values, "columns": "probability"}
        return super(FingerprintSettings, cls).from_dict(values)


SETTINGS = FingerprintSettings


def needs(settings: FingerprintSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "data"})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` when there is no such layer."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, FingerprintSettings)
    if settings.layer > len(looked.hidden):
        raise UserError(f"Run {looked.run} has no hidden layer {settings.layer}.")
    rows = ROWS[settings.rows].replace("$classes", str(looked.classes))
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, _of_untouched(looked, settings), NEEDS),
        data=data_lines(scene.source, "test"),
        weights=weight_lines(scene.files["weights"]),
        lens=lens_lines(looked),
        network=network_lines(looked),
        answers=answer_lines(hidden=f"layers[{settings.layer - 1}]", logits="logits"),
        rows=rows.replace("$others", str(max(1, looked.classes - 1))),
        silent=SILENT if settings.rows in ("class", "similar") else "",
        columns=COLUMNS[settings.columns],
        classes=str(looked.classes),
        drawn=drawn("fingerprints", DRAWN)
        .replace("$classes", str(looked.classes))
        .replace("$layer", str(settings.layer)),
    )


def _of_untouched(looked: Looked, settings: FingerprintSettings) -> str:
    is_sorted = settings.rows != "index" or settings.columns != "index"
    return "The application sorts by the untouched network." if any(looked.passed) and is_sorted else ""
