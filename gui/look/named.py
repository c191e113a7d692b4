"""Names for widgets: tests, screen readers and scripts find a widget by its object name."""

from __future__ import annotations

from PySide6.QtCore import QObject


def named[T: QObject](made: T, name: str) -> T:
    """Return `made` with its object name set: `run.start`, `status.notice` ..."""
    made.setObjectName(name)
    return made
