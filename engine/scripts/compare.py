"""The script of the Compare tab: two networks on the same images, or the road between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.base.specs import loss_words
from engine.scripts.parts.common import (
    NEEDS,
    PARTS,
    comment,
    data_lines,
    drawn,
    filled,
    head,
    lens_lines,
    loss_lines,
    network_lines,
    quoted,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Scene

ORDER = 96
SENTENCES = {
    "compare": "Set two networks side by side: what they answer differently, and how alike their layers are.",
    "road": "See what lies on the straight road between the weights of two networks.",
}

NOTE = """\
In TensorFlow 1 the weights of both networks are fetched by sess.run([W1, b1, W2, b2]) in two sessions, or restored by \
two tf.train.Saver; a mixture is written back by sess.run(W1.assign(mixed)). What follows is NumPy, and the same in \
both."""

ANSWERS = '''

def answered():
    """Return what the network makes of all test images, in `weights` as they are now."""
    parts = [network(part) for part in np.array_split(test_images, $parts)]
    hidden = [np.concatenate([np.asarray(part[0][n]) for part in parts]) for n in range(len(parts[0][0]))]
    return hidden, np.concatenate([np.asarray(part[1]) for part in parts])


'''

COMPARED = '''\
$other_read
$other_network

$answered
other_hidden, other_logits = answered()
other_weights = weights

$weights
$lens


$network


hidden, logits = answered()
one, other = logits.argmax(axis=1), other_logits.argmax(axis=1)
right, other_right = one == test_labels, other == test_labels
print(f"both read {np.sum(right & other_right):,} of {len(one):,} test images correctly, only the one "
      f"{np.sum(right & ~other_right):,}, only the other {np.sum(~right & other_right):,}, "
      f"neither {np.sum(~right & ~other_right):,}")
differing = np.flatnonzero(one != other)
print(f"{len(differing):,} images are answered differently")
for number in differing[:20]:
    print(f"image {number}: a {test_labels[number]}, the one says {one[number]}, the other {other[number]}")


def alike(x, y):
    """Return the linear CKA of two layers (images, neurons): 1 where one is the other but for a turn and size."""
    x, y = (each - each.mean(axis=0) for each in (x.astype(np.float64), y.astype(np.float64)))
    shared, own, others = (np.square(a.T @ b).sum() for a, b in ((x, y), (x, x), (y, y)))
    return shared / max(np.sqrt(own * others), 1e-300)


cka = np.array([[alike(x, y) for y in [*other_hidden, other_logits]] for x in [*hidden, logits]])
print("how alike the layers are (CKA), a row for each of the one, the outputs last:")
print(cka.round(3))
$differences
np.savez("compare-result.npz", one=one, other=other, differing=differing, cka=cka)
'''

DIFFERENCES = """
# Layer by layer and neuron by neuron: both networks have the same layers
for number, (x, y) in enumerate(zip(hidden, other_hidden), 1):
    classes = np.unique(test_labels)
    means = [np.stack([each[test_labels == label].mean(axis=0) for label in classes]) for each in (x, y)]
    difference = means[0] - means[1]
    neuron = np.abs(difference).max(axis=0).argmax()
    print(f"layer {number}: the class means of neuron {neuron} differ most, by "
          f"{np.abs(difference[:, neuron]).max():.4g}")
for name, array in weights.items():
    if name in other_weights and name.endswith("kernel"):
        print(f"{name}: the weights differ by {np.sqrt(np.mean((array - other_weights[name]) ** 2)):.4g} on average")
"""

ROAD = """\
$weights
$other_read
$lens


$network


$loss


one = weights
places, accuracies, losses = np.linspace(0, 1, 25), [], []
for place in places:
    weights = {name: (1 - place) * one[name] + place * other[name] for name in other}
    weights |= {name: array for name, array in one.items() if name not in other}  # what the lens changes
    logits = np.concatenate([np.asarray(network(part)[1]) for part in np.array_split(test_images, $parts)])
    accuracies.append(np.mean(logits.argmax(axis=1) == test_labels))
    losses.append(np.mean(loss_of(test_labels, logits)))
    print(f"{place:.0%} of the way: accuracy {accuracies[-1]:.2%}, $loss_name {losses[-1]:.4f}")
for name, heights in (("accuracy", -np.array(accuracies)), ("$loss_name", np.array(losses))):
    line = heights[0] + (heights[-1] - heights[0]) * places
    print(f"barrier in {name}: {max(0, (heights - line)[1:-1].max()):.4f}")
np.savez("compare-result.npz", places=places, accuracies=accuracies, losses=losses)
"""

DRAWN = {
    "compare": """\
figure, place = plt.subplots(figsize=(5, 5), layout="constrained")
place.imshow(cka, cmap="Blues", vmin=0, vmax=1)
for (row, column), value in np.ndenumerate(cka):
    place.text(column, row, f"{value:.2f}", ha="center", va="center")
place.set(xlabel="layer of the other", ylabel="layer of the one", title="CKA of all layers")""",
    "road": """\
figure, (above, below) = plt.subplots(2, 1, figsize=(7, 6), sharex=True, layout="constrained")
above.plot(places, accuracies)
above.set(ylabel="test accuracy")
below.plot(places, losses)
below.set(xlabel="share of the other network", ylabel="test loss: $loss_name")""",
}

TEMPLATE = """\
$head
import numpy as np
import tensorflow as tf

$data
$page
$drawn
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSettings(Spec):
    """Which page, and which network is the other one."""

    page: str = knob(
        "answers",
        title="Page",
        help="What is compared.",
        choices={
            "answers": "Answers",
            "road": "Road",
            "layers": "Layers",
            "neurons": "Neurons",
            "settings": "Settings",
        },
    )
    other: str = knob(
        "", title="Other run", help="The run of the other network, by its letter; empty: the same."
    )
    other_step: int = knob(0, title="Other snapshot", help="Its snapshot (a step).", minimum=0, maximum=2**53)
    neurons: str = knob(
        "trained",
        title="Neurons",
        help="In which order the other network's neurons are.",
        choices={"trained": "as trained", "matched": "matched"},
    )


SETTINGS = CompareSettings


def needs(settings: CompareSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "other", "data"})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` where no road leads from the one to the other."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, CompareSettings)
    other, is_alike = scene.given["other_looked"], scene.given["is_alike"]
    kind = "road" if settings.page == "road" else "compare"
    if kind == "road" and not is_alike:
        raise UserError(
            f"Runs {looked.run} and {other.run} have different layers or numbers of classes, "
            "so there is no road between them.",
            hint="Show the code of another page of Compare.",
        )
    about = other.about.replace("The network:", "The other:", 1)
    matched = ", its neurons in the order in which they are most like the one's" if _is_matched(scene) else ""
    name = "other" if kind == "road" else "weights"
    read = f"{comment(about.rstrip('.') + matched + '.')}\n{name} = dict(np.load({quoted(scene.files['other'])}))"
    loss_name = loss_words(looked.spec.loss)
    page = filled(
        ROAD if kind == "road" else COMPARED,
        weights=weight_lines(scene.files["weights"]),
        other_read=read,
        other_network="" if kind == "road" else f"\n\n{network_lines(other)}",
        answered=ANSWERS.replace("$parts", str(PARTS)),
        lens=lens_lines(looked),
        network=network_lines(looked),
        loss=loss_lines(looked),
        loss_name=loss_name,
        differences=DIFFERENCES if is_alike else "",
        parts=str(PARTS),
    )
    return filled(
        TEMPLATE,
        head=head(SENTENCES[kind], looked.about.replace("The network:", "The one:", 1), about, NEEDS),
        data=data_lines(scene.source, "test"),
        page=page,
        drawn=drawn("compare", DRAWN[kind].replace("$loss_name", loss_name)),
    )


def _is_matched(scene: Scene) -> bool:
    assert isinstance(scene.settings, CompareSettings)
    return bool(scene.given["is_alike"]) and scene.settings.neurons == "matched"
