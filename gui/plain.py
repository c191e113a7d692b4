"""Words as words: Qt takes for HTML what looks like it, and for a key what follows an ampersand."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QToolTip, QWidget

from engine.text import printable


def plain_tip(text: str) -> str:
    """Return a tooltip that says this text, whatever names a stranger chose are in it."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<span>{html.escape(text).replace('\n', '<br>')}</span>"


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a text as a tooltip of the widget, at a place of the screen; an empty one hides it."""
    QToolTip.showText(place, plain_tip(text), widget)


def entry(name: str) -> str:
    """Return a name as the entry of a menu that says it."""
    return printable(name).replace("&", "&&")
