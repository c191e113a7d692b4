"""The script of the Map tab: the test images as points, by PCA or t-SNE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.analysis.mapping.settings import MapSpec
from engine.core.errors import UserError
from engine.core.knobs import knob
from engine.export.scripts.parts.common import MOST_LAYERS, reading
from engine.export.scripts.parts.template import fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script

MOST_EXACT = 1000
"""The application's t-SNE is quick for 10,000 images; the plain one compares all pairs in each iteration."""

ORDER = 80


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


def script(scene: Scene) -> Script:
    """Return the script; raises `UserError` when there is no such layer."""
    settings, looked = scene.settings, scene.looked
    assert isinstance(settings, MapSettings)
    layers = len(looked.hidden)
    layer = settings.layer or max(1, layers)
    if layer > layers + 1:
        raise UserError(f"Run {looked.run} has no layer {layer}.")
    wanted = min(settings.images, int(scene.given["test_images"]))
    images = min(wanted, MOST_EXACT) if settings.method == "tsne" else wanted
    return fitted(
        "map",
        [looked.about],
        reading(scene, "test"),
        **settings.as_dict()
        | {"images": images, "perplexity": max(2.0, min(settings.perplexity, (images - 1) / 3))},
        is_fewer=images < wanted,
        is_logits=layer > layers,
        index=layer - 1,
        classes=looked.classes,
    )
