"""What the network receives: the drawing as 28 x 28 pixels, prepared as MNIST's images were, or raw."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from gui.fonts import metrics
from gui.widgets.panel import Panel
from gui.widgets.pixels import Pixels
from gui.widgets.segments import Segments
from gui.widgets.words import words

CAPTIONS = {
    "prepared": "20\u00a0×\u00a020 in 28\u00a0×\u00a028, centred by mass, as MNIST was made.",
    "raw": "The whole canvas, only made smaller.",
}


class ReceivesPanel(Panel):
    """The pixels, and the switch between prepared and raw."""

    def __init__(self) -> None:
        super().__init__("What the network receives", "draw.receives")
        self.pixels = Pixels("draw.receives.picture", "What the network receives")
        self.switch = Segments("draw.preparation", {"prepared": "Prepared", "raw": "Raw"})
        self.switch.setToolTip(
            "Prepared as MNIST's images were, or raw: a network that never saw raw ones errs more."
        )
        self._caption = words(CAPTIONS["prepared"], "caption", wrapped=True)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._caption.setFixedWidth(56)
        self.switch.chosen.connect(lambda key: self._caption.setText(CAPTIONS[key]))
        side = QVBoxLayout()
        side.addWidget(self._caption, 1)
        row = QHBoxLayout()
        row.setSpacing(metrics()["space"]["small"])
        row.addWidget(self.pixels, 1)
        row.addLayout(side)
        self.body.addLayout(row, 1)
        self.body.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)

    def show_picture(self, picture: np.ndarray[Any, Any] | None) -> None:
        """Show what goes into the network (rows, columns), 0 to 1."""
        self.pixels.set_numbers(picture)
