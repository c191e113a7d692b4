"""The fonts that ship with Layerlight, the same on every machine, and the type scale."""

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
    """Return sizes, spacing and radii at a text size of 100 %, from `resources/theme/metrics.json`."""
    loaded: dict[str, Any] = json.loads((RESOURCES / "theme" / "metrics.json").read_text("utf-8"))
    return loaded


def load_fonts() -> None:
    """Add the shipped fonts to Qt; needs an application."""
    for file in sorted((RESOURCES / "fonts").glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def font(role: str = "body", *, numbers: bool = False) -> QFont:
    """Return a font of the type scale: `body`, `label`, `caption`, `axis`, `title`, `value`, `answer` ...

    With `numbers` all digits are equally wide, so that a changing figure does not jump. Only for numbers, as in text
    it would widen the hyphen.
    """
    return QFont(_cached(role, numbers, text_size()))  # a copy, which the caller may change


def set_font(widget: QWidget, role: str, *, numbers: bool = False) -> None:
    """Set a widget's font, see `font`, and again whenever the text size changes."""
    keep(widget, lambda widget: widget.setFont(font(role, numbers=numbers)))


def code_font() -> QFont:
    """Return the font of code: the system's monospaced one."""
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setPixelSize(size_of("code"))
    return result


def size_of(role: str) -> int:
    """Return a size of the type scale in pixels; huge ones do not change with the text size."""
    entry = metrics()["fonts"][role]
    size: int = entry["size"]
    return size if entry.get("huge") else scaled(size)


@functools.cache
def _cached(role: str, numbers: bool, percent: int) -> QFont:
    entry = metrics()["fonts"][role]
    result = QFont(metrics()["family"])
    result.setPixelSize(size_of(role))
    result.setWeight(QFont.Weight(entry["weight"]))
    # With full hinting, a setting of the machine, letters have other widths than those that are drawn.
    result.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if numbers:
        result.setFeature(QFont.Tag("tnum"), 1)
    return result
