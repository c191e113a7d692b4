"""What the network receives: the drawing as 28 x 28 pixels, prepared as MNIST's images were, or raw."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from engine.data.preparation import SIDE, inner_box
from gui.look.named import named
from gui.look.text_size import sized
from gui.look.words import words
from gui.tabs.draw.plate import Plate
from gui.widgets.panel import Panel
from gui.widgets.pixels import Pixels
from gui.widgets.segments import Segments

TITLE, BRIEF_TITLE = "What the network receives", "Network input"

PREPARED = "{} in {}, centred by mass, as in MNIST."
RAW = "The whole canvas, only made smaller."
AS_IS = "As repainted: pixel for pixel, not centred again."

TIPS = {
    "prepared": "Scaled and centred as MNIST's images are",
    "raw": "As it lies on the canvas: a network that never saw such pictures errs more.",
}
AS_IS_HELP = "Neither of the two: what a network painted is received as it is, and not centred again."


class ReceivesPanel(Panel):
    """The pixels, and the switch between prepared and raw."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__(TITLE, "draw.receives")
        self.pixels = Pixels("draw.receives.picture", TITLE)
        self.switch = Segments("draw.preparation", {"prepared": "MNIST-style", "raw": "Raw"}, TIPS)
        self._caption = named(words("", "caption", wrapped=True), "draw.receives.caption")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        sized(self._caption.setFixedWidth, 56)
        self._is_as_is = False
        self._shape = (SIDE, SIDE)
        self._say()
        self.switch.chosen.connect(lambda _: self._say())
        side = QVBoxLayout()
        side.addWidget(self._caption, 1)
        self.body.addWidget(Plate(self.pixels, side), 1)
        self.body.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)

    def show_picture(self, picture: np.ndarray[Any, Any] | None, *, as_is: bool = False) -> None:
        """Show what goes into the network (rows, columns), 0 to 1; `as_is`: it was not prepared."""
        self.pixels.set_numbers(picture)
        if as_is != self._is_as_is:
            self._is_as_is = as_is
            self.switch.setEnabled(not as_is)
            for key, tip in TIPS.items():
                self.switch.set_tip(key, AS_IS_HELP if as_is else tip)
            self._say()

    def set_brief(self, brief: bool) -> None:
        """Have a short title, or the whole one."""
        self.set_title(BRIEF_TITLE if brief else TITLE)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Say of how many rows and columns the pictures are."""
        self._shape = shape
        self._say()

    def _say(self) -> None:
        box, whole = (
            f"{columns}\u00a0×\u00a0{rows}" for rows, columns in (inner_box(self._shape), self._shape)
        )
        prepared = PREPARED.format(box, whole)
        self._caption.setText(AS_IS if self._is_as_is else RAW if self.switch.key == "raw" else prepared)
