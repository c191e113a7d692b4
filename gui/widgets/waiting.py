"""The quiet sign that a picture is still being computed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gui.look.fonts import font
from gui.look.theme import theme

WAITING = "Computing…"


def draw_waiting(painter: QPainter, place: QRectF) -> None:
    """Say in the middle of an empty picture that something will come there."""
    painter.setPen(theme().current.color("faint"))
    painter.setFont(font("caption"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, WAITING)
