"""Whether what is shown may move on its own account: a glide, growth slowed to be seen. Asked whenever it begins."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication


def is_reduced() -> bool:
    """Whether the person has asked the desktop for less motion. Films and replays that are started by hand go on."""
    hints = QGuiApplication.styleHints()  # held: PySide takes what belongs to it for deleted with the wrapper
    return bool(hints.accessibility().motionPreference() == Qt.MotionPreference.ReducedMotion)
