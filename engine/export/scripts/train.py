"""The script of the Train tab: the run, with its very settings, from its first weights on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.specs import SLOTS, TrainSpec, loss_words
from engine.export.scripts.parts.common import (
    data_cells,
    learned_lines,
    loss_cells,
    model_lines,
    optimizer_lines,
)
from engine.export.scripts.parts.template import Parts, comment, fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Looked, Scene
    from engine.export.scripts.parts.template import Script

ORDER = 20
SETTINGS = TrainSpec


def needs(settings: TrainSpec) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"run", "data"})


def script(scene: Scene) -> Script:
    """Return the script."""
    looked = scene.looked
    spec = looked.spec
    learned = learned_lines(spec, scene.given["learned_classes"])
    dropout = [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout else []
    parts: Parts = {
        "data": data_cells(scene.source, "train", "test"),
        "learned": learned,
        "model": model_lines(looked, dropout),
        "optimizer": optimizer_lines(spec, looked.rates),
        "loss_of": loss_cells(looked),
        "remarks": comment(" ".join(_remarks(looked))),
    }
    return fitted(
        "train",
        [f"The settings: those of run {looked.run}." if looked.run else ""],
        parts,
        **spec.as_dict(),
        chooses=bool(learned),
        start=scene.files["start"] if looked.steps else "",
        has_state=bool(looked.steps and SLOTS[spec.optimizer]),
        steps=looked.steps,
        loss_name=loss_words(spec.loss),
    )


def _remarks(looked: Looked) -> list[str]:
    """Return what is otherwise than in the application."""
    spec, remarks = looked.spec, list(looked.remarks)
    if spec.dropout:
        remarks.append("Other neurons sit out a step here than in the application: losses differ a little.")
    augmented = [name for name in ("shift", "rotate", "scale", "noise") if getattr(spec, name)]
    if augmented:
        values = ", ".join(f"{name} {getattr(spec, name):g}" for name in augmented)
        remarks.append(f"Left out here: the application also augments each training image ({values}).")
    return remarks
