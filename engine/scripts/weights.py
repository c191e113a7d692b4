"""The script of the Weights tab: what leads into each neuron of a layer, as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.scripts.parts.common import (
    MOST_LAYERS,
    NEEDS_NUMPY,
    drawn,
    factors,
    filled,
    head,
    lens_lines,
    quoted,
    weight_lines,
)

if TYPE_CHECKING:
    from engine.scripts.parts.scene import Looked, Scene

ORDER = 70
SENTENCE = "Look at the weights that lead into each neuron, as pictures."

NOTE = """\
In TensorFlow 1 a variable has a value only inside a session: sess.run(W1) fetches the array of 784 x 300, whose \
column 7 in the shape (28, 28) is the picture of neuron 7. To keep it one writes a checkpoint with \
tf.train.Saver().save(sess, path); TensorFlow 2 gives the array at once by variable.numpy(), and the file here was \
written by numpy.savez. The rest needs no TensorFlow in either version."""

TEMPLATE = '''\
$head
import numpy as np

$lens_weights


def pictures_of(weights):
    """Return a picture for each neuron of layer $layer, as (neurons, rows, columns)."""
$pictures


$weights
pictures = pictures_of(weights)
biases = weights["layer$layer/bias"]
$against
norms = np.sqrt(np.sum(pictures**2, axis=(1, 2)))
for number in np.argsort(-norms)[:10]:  # the ten with the largest weights
    picture = pictures[number]
    print(f"neuron {number}: bias {biases[number]:.4f}, weights {picture.min():.4f} to {picture.max():.4f}, "
          f"norm {norms[number]:.4f}")
np.savez("weights-result.npz", pictures=pictures, biases=biases, norms=norms)
$drawn
'''

DRAWN = """\
figure, places = plt.subplots(6, 10, figsize=(11, 7.4), layout="constrained")
for place in places.flat:
    place.axis("off")
most = np.abs(pictures).max() or 1
for number, place in zip(np.argsort(-norms), places.flat):
    place.imshow(pictures[number], cmap="RdBu", vmin=-most, vmax=most, aspect="$aspect")
    place.set_title(f"{number}", fontsize=7)
figure.suptitle("The neurons of layer $layer with the largest weights: blue excites, red inhibits")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSettings(Spec):
    """Which layer's weights, as what, and against which moment."""

    layer: int = knob(
        1,
        title="Layer",
        help="The layer, from 1; the last are the classes.",
        minimum=1,
        maximum=MOST_LAYERS,
    )
    view: str = knob(
        "pixels",
        title="View",
        help="Through to the pixels, or over the neurons before.",
        choices={"pixels": "Pixels", "inputs": "Inputs"},
    )
    against: int = knob(
        -1,
        title="Against",
        help="Less the weights of this snapshot (a step); -1: of none.",
        minimum=-1,
        maximum=2**53,
    )


SETTINGS = WeightSettings


def needs(settings: WeightSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", *(["before"] if settings.against >= 0 else [])})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` when there is no such layer."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, WeightSettings)
    layers = len(looked.hidden) + 1
    if settings.layer > layers:
        raise UserError(f"Run {looked.run} has no layer {settings.layer}.", hint=f"It has {layers} layers.")
    against = ""
    if "before" in scene.files:
        against = (
            f"# Less those that the run had after {int(scene.given['against_step']):,} steps\n"
            f"before = dict(np.load({quoted(scene.files['before'])}))\n"
            f'pictures, biases = pictures - pictures_of(before), biases - before["layer{settings.layer}/bias"]'
        )
    lines, uses_lens = _pictures(looked, settings)
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, NEEDS_NUMPY),
        lens_weights=lens_lines(looked, is_linear=True) if uses_lens else "",
        layer=str(settings.layer),
        pictures="\n".join(f"    {line}" for line in lines),
        weights=weight_lines(scene.files["weights"]),
        against=against,
        drawn=drawn("weights", DRAWN)
        .replace("$layer", str(settings.layer))
        .replace("$aspect", "auto" if settings.view == "inputs" else "equal"),
    )


def _pictures(looked: Looked, settings: WeightSettings) -> tuple[list[str], bool]:
    """Return the body of `pictures_of`, and whether it asks for the lens."""
    layer, first = settings.layer, looked.convolutions + 1
    kernel = f'kernel = weights["layer{layer}/kernel"]'
    if layer < first:
        return [
            f"{kernel}  # (3, 3, maps before, maps)",
            "return kernel.mean(axis=2).transpose(2, 0, 1)  # averaged over the maps before",
        ], False
    if layer > first and settings.view == "inputs":
        return [
            f"{kernel}  # (neurons before, neurons)",
            "return kernel.T[:, np.newaxis, :]  # in one row",
        ], False
    lines, uses_lens = [f'kernel = weights["layer{first}/kernel"]'], False
    for number in range(first, layer):
        change = looked.passed[number - 1]
        uses_lens |= change is not None
        lens = "" if change is None else f" * {factors(looked, number)}"
        what = "  # as if nothing were bent between" if number == first else ""
        lines.append(f'kernel = (kernel{lens}) @ weights["layer{number + 1}/kernel"]{what}')
        lines[-1] = lines[-1] if lens else lines[-1].replace("(kernel)", "kernel")
    rows, columns, maps = looked.places
    if looked.convolutions:
        lines.append(
            f"kernel = kernel.reshape({rows * columns}, {maps}, -1).mean(axis=1)  # over the feature maps"
        )
    return [*lines, f"return kernel.T.reshape(-1, {rows}, {columns})"], uses_lens
