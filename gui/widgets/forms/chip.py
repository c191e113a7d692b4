"""Small buttons: round ones with a text, square ones with an icon."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QToolButton

from gui.look.icons import icon
from gui.look.named import named
from gui.look.text_size import sized


def chip(name: str, title: str, tip: str, *, checkable: bool = False) -> QPushButton:
    """Return a round button, which may be checkable."""
    button = named(QPushButton(title), name, title=title, tip=tip, look="chip")
    button.setCheckable(checkable)
    return button


def icon_button(name: str, sign: str, tip: str, *, title: str = "", side: int = 26, inside: int = 16) -> QToolButton:
    """Return a button of `side` pixels with an icon of `inside` pixels.

    The accessible name is its `title`, or without one the tooltip.
    """
    button = named(QToolButton(), name, title=title or tip, tip=tip)
    button.setIcon(icon(sign, "muted"))
    sized(button.setIconSize, QSize(inside, inside))
    sized(button.setFixedSize, side, side)
    return button
