"""The script of the Data tab: what is in the data, and what a run with some settings learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.specs import DataSpec
from engine.export.scripts.parts.common import data_cells, learned_lines
from engine.export.scripts.parts.template import Parts, fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script

ORDER = 95
SETTINGS = DataSpec


def needs(settings: DataSpec) -> frozenset[str]:
    """Return what has to be there."""
    return frozenset({"data"})


def script(scene: Scene) -> Script:
    """Return the script."""
    settings = scene.settings
    assert isinstance(settings, DataSpec)
    learned = learned_lines(settings, scene.given["learned_classes"])
    parts: Parts = {"data": data_cells(scene.source, "train", "test"), "learned": learned}
    return fitted("data", parts=parts, chooses=bool(learned))
