"""The script of the Draw tab: one picture is read, and the answer explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.base.specs import ConvLayer
from engine.scripts.parts.common import (
    MOST_IMAGES,
    NEEDS,
    PARTS,
    data_lines,
    drawn,
    filled,
    head,
    learned_lines,
    lens_lines,
    loss_lines,
    network_lines,
    quoted,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Looked, Scene

ORDER = 10
SENTENCE = "Let a network read a picture: the answer, the pixels that speak for it, the images most alike."

NOTE = """\
In TensorFlow 1 the picture is fed into the trained graph: sess.run(y_, feed_dict={x: picture.reshape(1, 784)}) gives \
the probabilities, and fetching [y_, hidden_out] the hidden layer with them. The gradient of a logit needs no tape: \
tf.gradients(logits[:, 3], x) adds it to the graph once, and sess.run computes it. Nothing here depends on when the \
graph was built; in TensorFlow 1 everything that will be asked for must be added before."""

METHODS = {
    "integrated": """\
# Why? Integrated gradients: what each pixel adds on a straight way from an empty picture to this one
way = (np.arange(256, dtype=np.float32) + 0.5) / 256
images = tf.constant(way[:, np.newaxis, np.newaxis] * picture)""",
    "gradient": """\
# Why? How the logit changes with each pixel
images = tf.constant(picture[np.newaxis])""",
}

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$weights
$lens


$network


$picture
layers, logits = network(picture[np.newaxis])
probabilities = tf.nn.softmax(logits)[0].numpy()
label = probabilities.argmax()
for number, probability in enumerate(probabilities):
    print(f"{number}: {probability:.4f}")
print(f"the answer is {label}")

$method
with tf.GradientTape() as tape:
    tape.watch(images)
    logits = network(images)[1]
    wanted = $wanted
heat = tf.reduce_mean(tape.gradient(wanted, images), axis=0).numpy()
$times
print(f"sum over all pixels: {heat.sum():.4f}")

$ranked
$labels
$counted
print(f"$called training images: x_train[{nearest.tolist()}], of the classes {labels}")
np.savez("draw-result.npz", probabilities=probabilities, heat=heat, nearest=nearest)
$drawn
"""

ALIKE = """\
# The training images that are most alike to the last hidden layer
$learned
parts = [network(images)[0][-1] for images in np.array_split($images, $parts)]
distances = np.linalg.norm(np.concatenate(parts) - layers[-1], axis=1)
nearest = np.argsort(distances)[:8]"""

SPOKE = """\
$loss


# The training images that spoke $which the answer: what a step on each alone does to log p (TracIn, $layers)
$learned
weights = {name: tf.constant(array) for name, array in weights.items()}
moved = [weights[name] for name in weights if $is_moved]
with tf.GradientTape() as tape:
    tape.watch(moved)
    log_p = tf.nn.log_softmax(network(picture[np.newaxis])[1])[0, label]
uphill = tape.gradient(log_p, moved)
parts = []
for images, labels in zip(np.array_split($images, $parts), np.array_split($learned_as, $parts)):
    with tf.autodiff.ForwardAccumulator(moved, uphill) as along:
        loss = loss_of(labels, network(images)[1])
    parts.append(-along.jvp(loss).numpy())
influences = np.concatenate(parts)
nearest = np.argsort($sign)[:8]
print(f"influences: {influences[nearest]}")"""

DRAWN = """\
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4.3), layout="constrained")
left.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
left.set_title(f"predicted {label}, probability {probabilities[label]:.2%}")
most = np.abs(heat).max() or 1
right.imshow(heat, cmap="RdBu", vmin=-most, vmax=most)
right.set_title("blue speaks for it, red against")
for place in (left, right):
    place.axis("off")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSettings(Spec):
    """Which picture is read, and how its answer is explained."""

    image: int = knob(0, title="Image", help="The test image that is read.", minimum=0, maximum=MOST_IMAGES)
    method: str = knob(
        "integrated",
        title="Method",
        help="How it is told which pixels speak for the answer.",
        choices={"integrated": "Integrated gradients", "gradient": "Gradient"},
    )
    by: str = knob(
        "alike",
        title="Training images",
        help="By what training images are chosen.",
        choices={"alike": "Most alike", "for": "Spoke for it", "against": "Spoke against it"},
    )
    against: int = knob(
        -1,
        title="Against",
        help="The class that the answer is held against; -1: none.",
        minimum=-1,
        maximum=99,
    )


SETTINGS = DrawSettings


def needs(settings: DrawSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "data"})


def script(scene: Scene) -> str:
    """Return the script."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, DrawSettings)
    is_drawn, images = "picture" in scene.files, int(scene.given["test_images"])
    if not is_drawn and settings.image >= images:
        raise UserError(f"There is no test image {settings.image:,}; the last is {images - 1:,}.")
    if settings.against >= looked.classes:
        raise UserError(f"The network knows no class {settings.against}; the last is {looked.classes - 1}.")
    first = scene.source.first
    learned = learned_lines(looked.spec, scene.given["learned_classes"])
    others = f" - logits[:, {settings.against}]" if settings.against >= 0 else ""
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, NEEDS),
        data=data_lines(scene.source, *(["train"] if is_drawn else ["train", "test"])),
        weights=weight_lines(scene.files["weights"]),
        lens=lens_lines(looked),
        network=network_lines(looked),
        picture=f'picture = np.load({quoted(scene.files["picture"])})["picture"]  # what the network receives'
        if is_drawn
        else f"picture = test_images[{settings.image}]",
        method=METHODS[settings.method],
        wanted=f"logits[:, label]{others}",
        times="heat = picture * heat" if settings.method == "integrated" else "",
        ranked=_ranked(settings.by, looked, learned),
        called="nearest" if is_alike(settings.by, looked) else "most influential",
        labels="labels, nearest = learned_labels[nearest], chosen[nearest]"
        if learned
        else "labels = train_labels[nearest]",
        counted=f"nearest = nearest + {first}  # x_train[0] is left out as well" if first else "",
        drawn=drawn("draw", DRAWN),
    )


def is_alike(by: str, looked: Looked) -> bool:
    """Whether training images are chosen as most alike; those of averaged feature maps always are."""
    return by == "alike" or bool(looked.hidden and isinstance(looked.hidden[-1], ConvLayer))


def _ranked(by: str, looked: Looked, learned: str) -> str:
    """Return the lines that choose training images: they make `nearest`."""
    images = "train_images[chosen]" if learned else "train_images"
    if is_alike(by, looked):
        return filled(ALIKE, learned=learned, images=images, parts=str(5 * PARTS))
    last = f'name.startswith("layer{len(looked.hidden) + 1}/")'
    return filled(
        SPOKE,
        which=by,
        layers="of the last layer" if looked.convolutions else "over all layers",
        loss=loss_lines(looked),
        learned=learned,
        is_moved=last if looked.convolutions else 'name.endswith(("kernel", "bias"))',
        images=images,
        learned_as="learned_labels" if learned else "train_labels",
        parts=str(5 * PARTS),
        sign="influences" if by == "against" else "-influences",
    )
