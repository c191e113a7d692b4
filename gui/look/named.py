"""Object names of widgets, by which tests, screen readers and scripts find them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


def named[T: QObject](widget: T, name: str, *, title: str = "", tip: str = "", look: str | None = None) -> T:
    """Set the object name of a widget, an action or a menu (`run.start`, `status.notice` ...), and return it.

    `title` is the accessible name, `tip` the tooltip, `look` the property in selectors of the style sheet.
    """
    widget.setObjectName(name)
    if title and isinstance(widget, QWidget):
        widget.setAccessibleName(title)
    if tip and isinstance(widget, QWidget | QAction):
        widget.setToolTip(tip)
    if look is not None:
        widget.setProperty("look", look)
    return widget
