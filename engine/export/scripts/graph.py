"""The script of the Graph tab: the operations that TensorFlow traced, and what flows between them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.knobs import Spec, knob
from engine.export.scripts.parts.common import (
    ACTIVATIONS,
    MOST_IMAGES,
    WIDTH,
    activation_list,
    adds,
    lens_names,
    loss_cells,
    model_lines,
    optimizer_lines,
    picture_line,
    reading,
)
from engine.export.scripts.parts.template import Code, fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script

STEP_OF = {
    "warmup": "one step of the warm-up",
    "network": "a network's answer",
    "training": "one step of training",
}

ORDER = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings(Spec):
    """Of what the graph is, and for which image."""

    of: str = knob(
        "warmup",
        title="Of",
        help="What is traced.",
        choices={
            "warmup": "Warm-up",
            "network": "Network",
            "training": "Training step",
            "links": "Strongest connections",
        },
    )
    image: int = knob(
        0, title="Image", help="The test image whose connections are shown.", minimum=0, maximum=MOST_IMAGES
    )


SETTINGS = GraphSettings


def needs(settings: GraphSettings) -> frozenset[str]:
    """Return what has to be there."""
    if settings.of == "links":
        return frozenset({"run", "weights", "data"})
    return frozenset() if settings.of == "warmup" else frozenset({"run"})


def script(scene: Scene) -> Script:
    """Return the script; raises `UserError` where there is no such test image."""
    settings = scene.settings
    assert isinstance(settings, GraphSettings)
    step_of = STEP_OF.get(settings.of, "")
    if settings.of == "warmup":
        return fitted("graph", of=settings.of, step_of=step_of)
    looked = scene.looked
    spec, (rows, columns) = looked.spec, looked.shape
    if settings.of == "links":
        return _links(scene, settings)
    is_training = settings.of == "training"
    dropout = [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout and is_training else []
    return fitted(
        "graph",
        [looked.about],
        {
            "model": model_lines(looked, dropout),
            "optimizer": optimizer_lines(spec),
            "loss_of": loss_cells(looked),
        },
        of=settings.of,
        step_of=step_of,
        rows=rows,
        columns=columns,
        l2=spec.l2,
    )


def _links(scene: Scene, settings: GraphSettings) -> Script:
    looked, several = scene.looked, activation_list(scene.looked)
    changed = [number for number, change in enumerate(looked.passed, 1) if change is not None]
    passed = {number: lens_names(looked, number)[0] for number in changed}
    added = {number: lens_names(looked, number)[1] for number in changed if adds(looked, number)}
    return fitted(
        "links",
        [looked.about],
        {
            **reading(scene, *([] if "picture" in scene.files else ["test"])),
            "changes": f"{_assigned('passed', passed)}\n{_assigned('added', added)}",
            "picture": picture_line(scene, settings.image),
            "activations": f"activations = {several}" if several else "",
        },
        layers=len(looked.hidden) + 1,
        activation=Code("activations[n - 1]" if several else ACTIVATIONS[looked.spec.activation]),
    )


def _assigned(name: str, values: dict[int, str]) -> str:
    """Return the lines that make a dictionary with a value for each layer."""
    text = f"{name} = {{{', '.join(f'{layer}: {value}' for layer, value in values.items())}}}"
    return textwrap.fill(text, WIDTH, subsequent_indent="    ", break_long_words=False)
