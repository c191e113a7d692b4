"""How the panels of the Draw tab share its room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from gui.look.fonts import metrics

if TYPE_CHECKING:
    from gui.widgets.panel import Panel

NARROW = 1120
"""In a window that is less wide all edges are tight."""

CANVAS_REST, OTHERS_ROOM = 94, 770
"""How much less wide than the tab is high the canvas' panel is, and how much width the others have at least."""


class DrawLayout:
    """A grid of the canvas at the left, what the network receives and why in the middle, the answer at the right."""

    def __init__(
        self,
        tab: QWidget,
        sheet: Panel,
        receives: Panel,
        why: Panel,
        answer: Panel,
        fingerprint: Panel,
        evidence: Panel,
    ) -> None:
        self._panels = (sheet, receives, why, answer, fingerprint, evidence)
        self._grid = grid = QGridLayout(tab)
        grid.addWidget(sheet, 0, 0, 4, 1)
        grid.addWidget(receives, 0, 1, 2, 1)
        grid.addWidget(why, 2, 1, 2, 1)
        grid.addWidget(answer, 0, 2, 3, 2)
        grid.addWidget(fingerprint, 3, 2)
        grid.addWidget(evidence, 3, 3)
        for column, stretch in ((1, 266), (2, 162), (3, 267)):
            grid.setColumnStretch(column, stretch)
        for row, stretch in enumerate((133, 133, 38, 228)):
            grid.setRowStretch(row, stretch)

    def fit(self, width: int, height: int) -> None:
        """Give the canvas as much width as it has height, as far as the others have room; tighten all edges in need."""
        space, tight = metrics()["space"], width < NARROW
        edge, gap = (space["small"],) * 2 if tight else (space["large"], space["medium"])
        self._grid.setContentsMargins(edge, edge, edge, gap)
        self._grid.setSpacing(gap)
        for panel in self._panels:
            panel.set_tight(tight)
        self._grid.setColumnMinimumWidth(0, min(height - CANVAS_REST, width - OTHERS_ROOM))
