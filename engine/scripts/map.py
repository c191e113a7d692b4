"""The script of the Map tab: the test images as points, by PCA or t-SNE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import knob
from engine.mapping.settings import MapSpec
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
    from engine.scripts.parts.scene import Scene

ORDER = 80
SENTENCE = "Lay the test images out on a map, so that those lie together that a layer takes for alike."

NOTE = """\
The map itself is NumPy in both versions; TensorFlow only computes the layer's output for the images, in TensorFlow 1 \
by sess.run(hidden_out, feed_dict={x: input_data}). The post has no map. At its time one wrote the vectors into a \
checkpoint and looked at them with TensorBoard's projector, which also offers PCA and t-SNE."""

MOST_EXACT = 1000
"""The application's t-SNE is quick for 10,000 images; the plain one compares all pairs in each iteration."""

PCA = """\
# Principal components: the two directions along which the vectors differ most
centred = vectors - vectors.mean(axis=0)
values, axes = np.linalg.eigh(centred.T @ centred)
axes = axes[:, ::-1][:, :2]"""

SIGN = """
axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # their largest weight is positive"""

SHARE = """
print(f"shares of all variance along both axes: {values[::-1][:2] / values.sum()}")
for label in range($classes):
    print(f"class {label}: middle {np.round(points[labels == label].mean(axis=0), 3)}")"""

POINTS = "\npoints = centred @ axes"

TSNE = """
PERPLEXITY, ITERATIONS = $perplexity, $iterations
distances = np.stack([np.sum((vectors - vector) ** 2, axis=1) for vector in vectors]).astype(float)
np.fill_diagonal(distances, np.inf)
# Around each image a bell so wide that PERPLEXITY neighbours count: found by halving
low, high, narrow = (np.full((len(vectors), 1), start) for start in (0.0, np.inf, 1.0))
for _ in range(60):
    near = np.exp(-narrow * (distances - distances.min(axis=1, keepdims=True)))
    near /= near.sum(axis=1, keepdims=True)
    is_wide = -np.sum(near * np.log(near + 1e-300), axis=1, keepdims=True) > np.log(PERPLEXITY)
    low, high = np.where(is_wide, narrow, low), np.where(is_wide, high, narrow)
    narrow = np.where(np.isinf(high), 2 * narrow, (low + high) / 2)
near = (near + near.T) / (2 * len(near))
# It starts from the PCA, very small; neighbours attract each other (at first 12 times as much), all repel
points = 1e-4 * points / points[:, 0].std() + np.random.default_rng($seed).normal(0, 1e-5, points.shape)
speed, gain = np.zeros_like(points), np.ones_like(points)
for step in range(ITERATIONS):
    pull, keep = (12, 0.5) if step < ITERATIONS // 3 else (1, 0.8)
    close = 1 / (1 + np.sum((points[:, np.newaxis] - points) ** 2, axis=2)) - np.eye(len(points))
    force = (pull * near - close / close.sum()) * close
    slope = 4 * (force.sum(axis=1, keepdims=True) * points - force @ points)
    gain = np.maximum(np.where(speed * slope < 0, gain + 0.2, gain * 0.8), 0.01)
    speed = keep * speed - len(points) / 12 * gain * slope
    points = points + speed - (points + speed).mean(axis=0)"""

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens
numbers = np.arange($images) * len(test_images) // $images  # evenly picked$fewer
images, labels = test_images[numbers], test_labels[numbers]


$network


$answers

$method
np.savez("map-result.npz", points=points, labels=labels, numbers=numbers)
$drawn
"""

DRAWN = """\
figure, place = plt.subplots(figsize=(8, 8), layout="constrained")
for label in np.unique(labels):
    look = {"color": plt.cm.tab10(label % 10), "marker": "o^Xsv"[label // 10 % 5]}
    place.scatter(*points[labels == label].T, s=6, **look, label=f"{label}")
place.legend(markerscale=3, title="class")
place.set_aspect("equal")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSettings(MapSpec):
    """A map, and of which layer."""

    layer: int = knob(
        0, title="Layer", help="The layer, from 1; 0: the last hidden one.", minimum=0, maximum=MOST_LAYERS
    )


SETTINGS = MapSettings


def needs(settings: MapSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "data"})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` when there is no such layer."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, MapSettings)
    layers, is_tsne = len(looked.hidden), settings.method == "tsne"
    layer = settings.layer or max(1, layers)
    if layer > layers + 1:
        raise UserError(f"Run {looked.run} has no layer {layer}.")
    there = int(scene.given["test_images"])
    wanted = min(settings.images, there)
    images = min(wanted, MOST_EXACT) if is_tsne else wanted
    perplexity = max(2.0, min(settings.perplexity, (images - 1) / 3))
    tsne = TSNE.replace("$perplexity", f"{perplexity:.7g}").replace("$iterations", str(settings.iterations))
    tsne, share = tsne.replace("$seed", str(settings.seed)), SHARE.replace("$classes", str(looked.classes))
    return filled(
        TEMPLATE,
        drawn=drawn("map", DRAWN),
        head=head(SENTENCE, looked.about, NEEDS),
        data=data_lines(scene.source, "test"),
        weights=weight_lines(scene.files["weights"]),
        lens=lens_lines(looked),
        images=str(images),
        fewer="; more take minutes" if images < wanted else "",
        network=network_lines(looked),
        answers=answer_lines("images", vectors="logits" if layer > layers else f"layers[{layer - 1}]"),
        method="".join([PCA, "" if is_tsne else SIGN, POINTS, tsne if is_tsne else share]),
    )
