"""The script of the Fingerprints tab: the output of every neuron of a layer for every test image, class by class."""

from collections.abc import Mapping
from typing import Any, Self

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.export.scripts.parts.common import MOST_LAYERS, needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

ORDER = 30
ROWS = {"index": "Number", "class": "Class", "similar": "Similarity", "mean": "Mean"}
COLUMNS = {"index": "Number", "probability": "Probability", "similar": "Similarity"}


class Settings(Spec):
    """The hidden layer, from 1, and the orders of the neurons and of the images of each class."""

    layer: int = knob(1, title="Layer", within=(1, MOST_LAYERS))
    rows: str = knob("index", title="Rows", choices=ROWS)
    columns: str = knob("index", title="Columns", choices=COLUMNS)

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
        raise UserError(f"Run {network.run} has no hidden layer {settings.layer}.")
    is_sorted = settings.rows != "index" or settings.columns != "index"
    untouched = "The application sorts by the untouched network." if any(network.passed) and is_sorted else ""
    return fitted(
        "fingerprints",
        [network.about, untouched],
        reading(scene, "test"),
        **settings.as_dict(),
        index=settings.layer - 1,
        classes=network.classes,
        others=max(1, network.classes - 1),
    )
