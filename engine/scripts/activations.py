"""The script of the Activations tab: what each layer makes of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.knobs import Spec, knob
from engine.scripts.parts.common import (
    MOST_IMAGES,
    NEEDS_NUMPY,
    adds,
    data_lines,
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

ORDER = 60
SENTENCE = "See what each layer of a network makes of one picture."

NOTE = """\
In TensorFlow 1 what a layer passes on is a tensor of the graph, hidden_out in the post. It has a value only inside a \
session: sess.run(hidden_out, feed_dict={x: input_data}) fetches it, and a list of tensors fetches several at once. \
What no Python variable refers to is found by its name: sess.graph.get_tensor_by_name("Relu:0"). The rest is \
arithmetic on arrays, for which this script needs no TensorFlow."""

ACTIVATIONS = {
    "relu": "np.maximum(x, 0)",
    "tanh": "np.tanh(x)",
    "sigmoid": "0.5 * (np.tanh(0.5 * x) + 1)",
    "gelu": "0.5 * x * (1 + erf(x / np.sqrt(2)))",
    "leaky_relu": "np.where(x > 0, x, 0.2 * x)",
}

TEMPLATE = """\
$head
import numpy as np

$data
$weights
$lens


$erf
$activate


$patches
$picture
x, hidden = $start, []
$layers
kernel, bias = weights["layer$last/kernel"], weights["layer$last/bias"]
logits = x.ravel() @ kernel + bias
probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
for n, values in enumerate(hidden, 1):
    place = np.unravel_index(values.argmax(), values.shape)
    print(f"layer {n}: {values.shape}, {np.mean(values > 0):.1%} above zero, most {values[place]:.4f} at {place}")
print(f"the answer is {logits.argmax()}, with {probabilities.max():.4f}")
layers = {f"layer{n}": values for n, values in enumerate(hidden, 1)}
np.savez("activations-result.npz", logits=logits, probabilities=probabilities, **layers)
$drawn
"""

ERF = '''\
def erf(x):
    """Return the error function within 2e-7: Abramowitz and Stegun (1964), 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    factors = 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592, 0
    return np.sign(x) * (1 - np.polyval(factors, t) * np.exp(-x * x))


'''

PATCHES = '''\
def patches(x):
    """Return the 3 x 3 numbers around each place of x (rows, columns, maps); beyond the edges lies zero."""
    rows, columns, _ = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    return np.stack([[padded[i:i + rows, j:j + columns] for j in range(3)] for i in range(3)])


def pooled(x):
    """Return the largest of each 2 x 2 places."""
    rows, columns, _ = x.shape
    padded = np.pad(x, ((0, rows % 2), (0, columns % 2), (0, 0)), constant_values=-np.inf)
    return np.max([padded[i::2, j::2] for i in range(2) for j in range(2)], axis=0)


'''

DRAWN = """\
size = 4 * len(hidden) + 3, 4.6
figure, places = plt.subplots(1, len(hidden) + 1, figsize=size, layout="constrained", squeeze=False)
places[0, 0].imshow(picture, cmap="gray_r", vmin=0, vmax=1)
places[0, 0].set_title(f"predicted {logits.argmax()}")
for n, (place, values) in enumerate(zip(places[0, 1:], hidden), 1):
    maps = values.transpose(2, 0, 1) if values.ndim == 3 else values.reshape(-1, 1, 1)
    across = int(np.ceil(np.sqrt(len(maps))))
    empty = np.full((-len(maps) % across, *maps.shape[1:]), np.nan)
    tiles = np.concatenate([maps, empty]).reshape(-1, across, *maps.shape[1:])
    seen = place.imshow(np.concatenate(np.concatenate(tiles, axis=1), axis=1))
    figure.colorbar(seen, ax=place, shrink=0.8)
    place.set_title(f"layer {n}: {len(maps)} {'maps' if values.ndim == 3 else 'neurons'}")
for place in places.flat:
    place.axis("off")"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationSettings(Spec):
    """Which picture is read."""

    image: int = knob(0, title="Image", help="The test image that is read.", minimum=0, maximum=MOST_IMAGES)


SETTINGS = ActivationSettings


def needs(settings: ActivationSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", "data"})


def script(scene: Scene) -> str:
    """Return the script; raises `UserError` where there is no such test image."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, ActivationSettings)
    is_drawn, images = "picture" in scene.files, int(scene.given["test_images"])
    if not is_drawn and settings.image >= images:
        raise UserError(f"There is no test image {settings.image:,}; the last is {images - 1:,}.")
    used = list(dict.fromkeys(layer.activation for layer in looked.hidden))
    return filled(
        TEMPLATE,
        head=head(SENTENCE, looked.about, NEEDS_NUMPY),
        erf=ERF if "gelu" in used else "",
        data="" if is_drawn else data_lines(scene.source, "test"),
        weights=weight_lines(scene.files["weights"]),
        lens=lens_lines(looked),
        activate="\n\n\n".join(_function(name, _called(name, used)) for name in used),
        patches=PATCHES if looked.convolutions else "",
        picture=f'picture = np.load({quoted(scene.files["picture"])})["picture"]  # what the network receives'
        if is_drawn
        else f"picture = test_images[{settings.image}]",
        start="picture[..., np.newaxis]" if looked.convolutions else "picture.ravel()",
        layers="\n".join(_layers(looked)),
        last=str(len(looked.hidden) + 1),
        drawn=drawn("activations", DRAWN),
    )


def _called(activation: str, used: Sequence[str]) -> str:
    """Return what its function is called in the script; where all layers have the same, it needs no name of its own."""
    return activation if len(used) > 1 else "activate"


def _function(activation: str, called: str) -> str:
    return f'''\
def {called}(x):
    """Return what the activation function {activation} makes of sums."""
    return {ACTIVATIONS[activation]}'''


def _layers(looked: Looked) -> list[str]:
    lines, used = [], {layer.activation for layer in looked.hidden}
    for number in range(1, len(looked.hidden) + 1):
        is_map = number <= looked.convolutions
        kernel = f'weights["layer{number}/kernel"]'
        product = f'np.einsum("ijrcm,ijmn->rcn", patches(x), {kernel})' if is_map else f"x.ravel() @ {kernel}"
        lines.append(f'x = {product} + weights["layer{number}/bias"]')
        activate = _called(looked.hidden[number - 1].activation, list(used))
        lines.append(f"x = {activate}(x){_lens(looked, number)}")
        lines.append("hidden.append(x)")
        if is_map:
            lines.append("x = pooled(x)")
    return lines


def _lens(looked: Looked, number: int) -> str:
    """Return what the lens changes of a layer's output."""
    if looked.passed[number - 1] is None:
        return ""
    passed = factors(looked, number)
    if not passed.startswith("weights"):
        return f" * {passed}" + (f" + added{number}" if adds(looked, number) else "")
    named = f"passed{number}" in lens_lines(looked)
    one, other = (
        (f"passed{number}", f"added{number}") if named else (passed, f'weights["layer{number}/added"]')
    )
    return f" * {one} + {other}"
