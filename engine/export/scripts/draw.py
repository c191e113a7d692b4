"""The script of the Draw tab: one picture is read, and the answer explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.specs import ConvLayer
from engine.export.scripts.parts.common import MOST_IMAGES, learned_lines, loss_cells, picture_line, reading
from engine.export.scripts.parts.template import Code, fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script

ORDER = 10


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


def script(scene: Scene) -> Script:
    """Return the script; raises `UserError` where there is no such test image, or no such class."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, DrawSettings)
    picture = picture_line(scene, settings.image)
    if settings.against >= looked.classes:
        raise UserError(f"The network knows no class {settings.against}; the last is {looked.classes - 1}.")
    learned = learned_lines(looked.spec, scene.given["learned_classes"])
    which = ["train"] if "picture" in scene.files else ["train", "test"]
    # Averaged feature maps are compared only with others of their kind.
    is_averaged = bool(looked.hidden and isinstance(looked.hidden[-1], ConvLayer))
    return fitted(
        "draw",
        [looked.about],
        {**reading(scene, *which), "picture": picture, "learned": learned, "loss_of": loss_cells(looked)},
        **settings.as_dict() | {"by": "alike" if is_averaged else settings.by},
        is_last=looked.convolutions > 0,
        last=f"layer{len(looked.hidden) + 1}/",
        over="of the last layer" if looked.convolutions else "over all layers",
        chooses=bool(learned),
        images=Code("train_images[chosen]" if learned else "train_images"),
        labels=Code("learned_labels" if learned else "train_labels"),
        first=scene.source.first,
    )
