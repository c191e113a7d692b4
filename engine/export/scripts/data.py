"""The script of the Data tab: the contents of the data, and the images that a run with some settings learns from."""

from engine.core.specs import DataSpec
from engine.export.scripts.parts.common import data_cells, learned_lines, needing
from engine.export.scripts.parts.template import Parts, Scene, Script, fitted

ORDER = 25
Settings = DataSpec
needs = needing("data")


def script(scene: Scene[DataSpec]) -> Script:
    """Return the script."""
    learned = learned_lines(scene.settings, scene.extras["learned_classes"])
    parts: Parts = {"data": data_cells(scene.source, "train", "test"), "learned": learned}
    return fitted("data", parts=parts, chooses=bool(learned))
