"""The script of the Ideal images tab: gradient descent on the pixels of all images at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis.ideal.parts import DUAL_ITERATIONS
from engine.analysis.ideal.spec import IdealSpec
from engine.core.errors import UserError
from engine.core.knobs import knob
from engine.export.scripts.parts.common import MOST_LAYERS, network_cells, reading
from engine.export.scripts.parts.template import Code, fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script

COMPILED = "tf.function(jit_compile=True)  # compiled by XLA: several times as fast"

ORDER = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class IdealSettings(IdealSpec):
    """Ideal images, with the layer of the wanted neurons."""

    layer: int = knob(
        1,
        title="Layer",
        help="The hidden layer of the wanted neurons, from 1.",
        minimum=1,
        maximum=MOST_LAYERS,
    )


SETTINGS = IdealSettings


def needs(settings: IdealSettings) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "weights", *(["data"] if settings.start == "mean" else [])})


def script(scene: Scene) -> Script:
    """Return the script; raises `UserError` where the wanted cannot be."""
    spec, looked = scene.settings, scene.looked
    assert isinstance(spec, IdealSettings)
    neurons, is_neuron = _neurons(scene, spec), spec.objective == "neuron"
    rows, columns = looked.shape
    return fitted(
        "ideal",
        [looked.about],
        {
            **reading(scene, *(["test"] if spec.start == "mean" else [])),
            "network": network_cells(looked, spec.layer - 1 if is_neuron else None),
        },
        **spec.as_dict(),
        has_seed=bool(spec.shift or spec.start == "noise"),
        spread=2 * spec.shift + 1,
        neurons=neurons,
        what="neuron" if is_neuron else "class",
        classes=looked.classes,
        rows=rows,
        columns=columns,
        iterations=Code(f"{DUAL_ITERATIONS}.0"),
        function=Code("tf.function" if looked.convolutions else COMPILED),
    )


def _neurons(scene: Scene, spec: IdealSettings) -> list[int]:
    looked, neurons = scene.looked, [int(number) for number in scene.given.get("neurons", (0,))]
    if spec.objective != "neuron":
        return []
    if not neurons:
        raise UserError("No neuron is chosen to paint an ideal image of.", hint="Choose one.")
    if spec.layer > len(looked.hidden) or not all(
        0 <= n < looked.hidden[spec.layer - 1].width for n in neurons
    ):
        raise UserError(f"The network has no hidden neuron {max(neurons)} in layer {spec.layer}.")
    return neurons
