"""The script of neurons that were silenced or changed in any tab: the accuracy with and without them."""

from __future__ import annotations

from typing import Any

from engine.export.scripts.parts.common import network_cells, reading
from engine.export.scripts.parts.scene import Scene
from engine.export.scripts.parts.template import Script, fitted


def silenced_script(scene: Scene[Any]) -> Script:
    """Return the script for a network with changed neurons."""
    network = scene.shown
    untouched = network._replace(passed=[None] * len(network.passed))
    return fitted("silenced", [network.about], {**reading(scene, "test"), "untouched": network_cells(untouched)})
