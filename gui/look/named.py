"""Names for widgets: tests, screen readers and scripts find a widget by its object name."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


def named[T: QObject](widget: T, name: str, *, title: str = "", tip: str = "", look: str | None = None) -> T:
    """Set the object name of a widget, an action or a menu (`run.start`, `status.notice` ...), and return it.

    `title` is its accessible name, for screen readers, `tip` its tooltip, `look` the property that the style sheet
    selects by.
    """
    widget.setObjectName(name)
    if title and isinstance(widget, QWidget):
        widget.setAccessibleName(title)
    if tip and isinstance(widget, QWidget | QAction):
        widget.setToolTip(tip)
    if look is not None:
        widget.setProperty("look", look)
    return widget
