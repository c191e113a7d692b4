"""A small round button."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from gui.look.named import named


def chip(name: str, title: str, tip: str, *, checkable: bool = False) -> QPushButton:
    """Return one that can be clicked, or switched if it is checkable."""
    made = named(QPushButton(title), name)
    made.setProperty("look", "chip")
    made.setAccessibleName(title)
    made.setToolTip(tip)
    made.setCheckable(checkable)
    return made
