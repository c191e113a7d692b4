"""The desktop's setting for less motion, asked whenever an animation begins."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication


def is_reduced() -> bool:
    """Return whether animations are not wanted. Films and replays that a person starts are not affected."""
    hints = QGuiApplication.styleHints()  # in a variable: PySide deletes `accessibility()` with the wrapper
    return bool(hints.accessibility().motionPreference() == Qt.MotionPreference.ReducedMotion)
