"""Rows of neurons that show an answer of the engine, in colours of one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QImage

from gui.look.color_maps import magnitude_image, signed_image
from gui.look.theme import theme
from gui.tabs.fingerprints.map_rows import MapRows
from gui.tabs.fingerprints.map_window import MapWindow
from gui.tabs.fingerprints.row_field import RowField

if TYPE_CHECKING:
    from engine.probes.fingerprints import Fingerprints


class MapField(RowField):
    """Has an `answer`, and colours for numbers."""

    def __init__(self, name: str, title: str, rows: MapRows, window: MapWindow) -> None:
        super().__init__(name, title, rows, window)
        self.answer: Fingerprints | None = None
        self._most, self._signed = 1.0, False
        self.image: int | None = None
        """The number of the test image that is selected."""
        theme().changed.connect(self.recolor)

    def show_answer(self, answer: Fingerprints | None) -> None:
        """Show what the engine told, or nothing."""
        self.answer = answer
        self.recolor()

    def show_image(self, image: int | None) -> None:
        """Mark the test image that is selected, where it is one of those that are shown."""
        if image != self.image:
            self.image = image
            self.update()

    def set_scale(self, most: float, *, signed: bool) -> None:
        """Give `most` the strongest colour; `signed`: there is a colour for less than nothing, too."""
        if (most, signed) != (self._most, self._signed):
            self._most, self._signed = most, signed
            self.recolor()

    def recolor(self) -> None:
        """Draw everything anew."""
        self.update()

    def colored(self, numbers: np.ndarray[Any, Any]) -> QImage:
        """Return numbers (rows, columns) as an image."""
        made = (signed_image if self._signed else magnitude_image)(numbers, self._most)
        return made.convertToFormat(QImage.Format.Format_RGB32)  # once, instead of at each drawing


def stretched(column: np.ndarray[Any, Any], top: float, bottom: float, pixels: int) -> np.ndarray[Any, Any]:
    """Return the part of `column` (neurons,) between two shares of it as `pixels` means over equal stretches."""
    sums = np.concatenate([[0.0], np.cumsum(column, dtype=float)])
    edges = np.linspace(top, bottom, pixels + 1) * len(column)
    ends = np.interp(edges, np.arange(len(column) + 1), sums)
    return np.diff(ends) / max(1e-12, edges[1] - edges[0])
