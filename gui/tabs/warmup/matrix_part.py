"""A matrix of the warm-up with a head and a line below it."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.look.fonts import scaled, set_font
from gui.look.layout import Fitted, Spring, hbox, vbox
from gui.look.words import Elided, figure, named, set_figure, words
from gui.widgets.plots.axis import RAISED
from gui.widgets.plots.chart import Cell
from gui.widgets.plots.number_map import HIGHEST, NumberMap

BESIDE = 16  # a third of the width of signs and gaps in a row of matrices, in pixels


class MatrixPart(Fitted, QWidget):
    """Head, map and one line; all keep their places, in the middle of the height. `tip` says what the figure is."""

    def __init__(self, name: str, title: str, caption: str, number_map: NumberMap, tip: str = "") -> None:
        super().__init__()
        self.map = number_map
        self._caption = caption
        self._cell: Cell | None = None
        self.line = Elided(f"{name}.line")
        self.line.set_words(caption)
        set_font(self.line, "caption", numbers=True)
        self.power = named(words("", "caption"), f"{name}.power")
        self.label, self.figure = Elided(f"{name}.label", "label", tip=tip), named(figure(), f"{name}.figure")
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.figure.setToolTip(tip)
        self._head = hbox(words(title, "title"), self.power, (self.label, 1), self.figure, gap="tight")
        vbox(Spring(0), self._head, (self.map, 1), self.line, Spring(0), gap="tight", on=self)
        self.map.pointed.connect(self._show_cell)

    def _fit(self) -> None:
        if (row := self.parentWidget()) is not None:  # whose three parts differ in width by a pixel
            self.map.setMaximumHeight(round(HIGHEST * (row.width() / 3 - scaled(BESIDE))))
        self.refresh()

    def show_figure(self, label: str, value: str) -> None:
        self.label.set_words(label)
        set_figure(self.figure, value)

    def set_caption(self, caption: str) -> None:
        """Set the line for when nothing is pointed at."""
        self._caption = caption
        self.refresh()

    def refresh(self) -> None:
        """Update the cell's number, the power of ten that all numbers are multiples of, and the end of the head."""
        power = self.map.power if self.map.shows_words else 0
        self.power.setText(f"× 10{str(power).translate(RAISED)}" if power else "")
        self.line.set_words(self.map.say(self._cell) or self._caption)
        self._head.setContentsMargins(0, 0, self.map.width() - math.ceil(self.map.place().right()), 0)

    def _show_cell(self, cell: Cell | None) -> None:
        self._cell = cell
        self.refresh()
