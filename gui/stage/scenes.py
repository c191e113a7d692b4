"""The scenes of tabs for pictures: the module `scene` in the package of a tab."""

import importlib
import importlib.util

from gui.widgets.tab import Scene, Tab


def scenes_of(tab: Tab) -> dict[str, Scene]:
    """Return the functions that arrange a tab for a picture, by name; the empty name is for its usual state."""
    package = f"gui.tabs.{tab.objectName()}"
    if not all(importlib.util.find_spec(name) for name in (package, f"{package}.scene")):
        return {"": lambda: iter(())}
    scenes: dict[str, Scene] = importlib.import_module(f"{package}.scene").scenes(tab)
    return scenes
