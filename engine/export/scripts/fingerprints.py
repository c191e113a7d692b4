"""The script of the Fingerprints tab: the output of every neuron of a layer for every test image, class by class."""

from collections.abc import Mapping
from typing import Any, Self

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr
from engine.export.scripts.parts.common import MOST_LAYERS, needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

ORDER = 30
ROWS = {"index": mark("Number"), "class": mark("Class"), "similar": mark("Similarity"), "mean": mark("Mean")}
COLUMNS = {"index": mark("Number"), "probability": mark("Probability"), "similar": mark("Similarity")}


class Settings(Spec):
    """The hidden layer, from 1, and the orders of the neurons and of the images of each class."""

    layer: int = knob(1, title=mark("Layer"), within=(1, MOST_LAYERS))
    rows: str = knob("index", title=mark("Rows"), choices=ROWS)
    columns: str = knob("index", title=mark("Columns"), choices=COLUMNS)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the settings; acts in older session files call the order by probability `confidence`."""
        if values.get("columns") == "confidence":
            values = {**values, "columns": "probability"}
        return super().from_dict(values)


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such layer."""
    settings, network = scene.settings, scene.shown
    if settings.layer > len(network.hidden):
        raise UserError(tr("Run {run} has no hidden layer {layer}.", run=network.run, layer=settings.layer))
    is_sorted = settings.rows != "index" or settings.columns != "index"
    about = [network.about]
    if any(network.passed) and is_sorted:
        about.append("The application sorts by the untouched network.")  # no text
    return fitted(
        "fingerprints",
        about,
        reading(scene, "test"),
        **settings.as_dict(),
        index=settings.layer - 1,
        classes=network.classes,
        others=max(1, network.classes - 1),
    )
