"""What the map shows while there is nothing to show: faint groups of points, as they will be."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from gui.look.theme import class_token, theme
from gui.widgets.empty_state import EmptyState

GROUPS, EACH, REACH, DOT, OPACITY = 10, 26, 0.045, 2.5, 0.28


class MapEmpty(EmptyState):
    """A sentence and a button in the middle of a ring of groups."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the faint picture."""
        painter, colors = QPainter(self), theme().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        drawn = np.random.default_rng(1)
        for group in range(GROUPS):
            angle = 2 * np.pi * (group + 0.5) / GROUPS
            middle = np.array((0.5 + 0.36 * np.cos(angle), 0.5 + 0.36 * np.sin(angle)))
            painter.setBrush(colors.color(class_token(group), OPACITY))
            for x, y in middle + drawn.normal(0, REACH, (EACH, 2)) * (0.7, 1):
                painter.drawEllipse(QPointF(x * self.width(), y * self.height()), DOT, DOT)
