"""What each tab is pictured with: a module per tab, called as the tab is."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.tab import Tab

type Scene = Callable[[], Iterator[None]]
"""Arranges a tab for a picture, in parts; after each the tab is left alone until it shows all that was asked for."""


def scenes_of(tab: Tab) -> dict[str, Scene]:
    """Return by name what arranges the tab for a picture of it; an empty name: as a person meets it."""
    name = f"{__name__}.{tab.objectName()}"
    if importlib.util.find_spec(name) is None:
        return {"": lambda: iter(())}
    made: dict[str, Scene] = importlib.import_module(name).scenes(tab)
    return made
