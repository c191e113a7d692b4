"""The script of neurons that were silenced or changed in any tab: what becomes of the accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.export.scripts.parts.common import network_cells, reading
from engine.export.scripts.parts.template import fitted

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import Scene
    from engine.export.scripts.parts.template import Script


def silenced_script(scene: Scene) -> Script:
    """Return the script; the network that is looked at has neurons that are changed."""
    looked = scene.looked
    untouched = looked._replace(passed=[None] * len(looked.passed))
    return fitted(
        "silenced", [looked.about], {**reading(scene, "test"), "untouched": network_cells(untouched)}
    )
