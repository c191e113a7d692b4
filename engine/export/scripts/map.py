"""The script of the Map tab: the test images as points, by PCA or t-SNE."""

from engine.analysis.mapping.settings import MapSpec
from engine.core.errors import UserError
from engine.core.knobs import knob
from engine.core.language import mark, tr
from engine.export.scripts.parts.common import MOST_LAYERS, needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

# Images of the script's t-SNE, which compares all pairs in each iteration; the application's is fast for 10,000.
MOST_EXACT = 1000

ORDER = 70


class Settings(MapSpec):
    """The settings of a map, and its layer."""

    layer: int = knob(0, title=mark("Layer"), within=(0, MOST_LAYERS))  # from 1; 0: the last hidden one


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such layer."""
    settings, network = scene.settings, scene.shown
    layers = len(network.hidden)
    layer = settings.layer or max(1, network.plan.last_hidden + 1)
    if layer > layers + 1:
        raise UserError(tr("Run {run} has no layer {layer}.", run=network.run, layer=layer))
    wanted = min(settings.images, int(scene.extras["test_images"]))
    images = min(wanted, MOST_EXACT) if settings.method == "tsne" else wanted
    return fitted(
        "map",
        [network.about],
        reading(scene, "test"),
        **settings.as_dict() | {"images": images, "perplexity": max(2.0, min(settings.perplexity, (images - 1) / 3))},
        is_fewer=images < wanted,
        is_logits=layer > layers,
        index=layer - 1,
        classes=network.classes,
    )
