"""The type family that ships with Layerlight, and its scale: the same letters on every machine."""

from __future__ import annotations

import functools
import json
from typing import Any

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QWidget

from engine.core.machine.folders import RESOURCES
from gui.look.text_size import keep, scaled, text_size


@functools.cache
def metrics() -> dict[str, Any]:
    """Return sizes, spacing and radii for letters of 100 %, as `resources/theme/metrics.json` states them."""
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
        _made(role, numbers, text_size())
    )  # a copy: it shares Qt's glyph cache, and the caller may change it


def set_font(widget: QWidget, role: str, *, numbers: bool = False) -> None:
    """Give a widget a font, see `font`, that goes with the size of letters."""
    keep(widget, lambda each: each.setFont(font(role, numbers=numbers)))


def code_font() -> QFont:
    """Return the font of code: the system's own, all of whose letters are equally wide."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size_of("code"))
    return made


def size_of(role: str) -> int:
    """Return the height of the type scale's letters in pixels; those that are huge are so at any size of the others."""
    entry = metrics()["fonts"][role]
    size: int = entry["size"]
    return size if entry.get("huge") else scaled(size)


@functools.cache
def _made(role: str, numbers: bool, percent: int) -> QFont:
    entry = metrics()["fonts"][role]
    made = QFont(metrics()["family"])
    made.setPixelSize(size_of(role))
    made.setWeight(QFont.Weight(entry["weight"]))
    # Letters are as wide as they are drawn, whatever a machine's settings say.
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if numbers:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made
