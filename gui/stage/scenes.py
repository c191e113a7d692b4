"""What each tab is pictured with: the module `scene` in its package."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.widgets.tab import Scene, Tab


def scenes_of(tab: Tab) -> dict[str, Scene]:
    """Return by name what arranges the tab for a picture of it; an empty name: as a person meets it."""
    package = f"gui.tabs.{tab.objectName()}"
    if not all(importlib.util.find_spec(name) for name in (package, f"{package}.scene")):
        return {"": lambda: iter(())}
    made: dict[str, Scene] = importlib.import_module(f"{package}.scene").scenes(tab)
    return made
