"""The type family that ships with Layerlight, and its scale: the same letters on every machine."""

from __future__ import annotations

import functools
import json
from typing import Any

from PySide6.QtGui import QFont, QFontDatabase

from engine.system.folders import RESOURCES


@functools.cache
def metrics() -> dict[str, Any]:
    """Return sizes, spacing and radii as `resources/theme/metrics.json` states them."""
    loaded: dict[str, Any] = json.loads((RESOURCES / "theme" / "metrics.json").read_text("utf-8"))
    return loaded


def load_fonts() -> None:
    """Make the shipped fonts known to Qt; needs an application."""
    for file in sorted((RESOURCES / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def font(role: str = "body", *, numbers: bool = False) -> QFont:
    """Return a font of the type scale: `body`, `label`, `caption`, `axis`, `title`, `value`, `answer` ...

    With `numbers` all digits are equally wide, so that a changing figure does not jump. In words that would stretch
    the hyphen, hence only where numbers stand.
    """
    return QFont(
        _made(role, numbers)
    )  # a copy: it shares what Qt knows of its letters, and whoever changes it has it


def code_font() -> QFont:
    """Return the font of code: the system's own, all of whose letters are equally wide."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(metrics()["fonts"]["code"]["size"])
    return made


@functools.cache
def _made(role: str, numbers: bool) -> QFont:
    entry = metrics()["fonts"][role]
    made = QFont(metrics()["family"])
    made.setPixelSize(entry["size"])
    made.setWeight(QFont.Weight(entry["weight"]))
    # Letters are as wide as they are drawn, whatever a machine's settings say.
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if numbers:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made
