"""A matrix with its name above, the figure that it is about, and below in words what is pointed at."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.look.elided import Elided
from gui.look.fonts import set_font
from gui.look.layout import SPRING, hbox, vbox
from gui.look.named import named
from gui.look.words import figure, set_figure, words
from gui.tabs.warmup.number_map import Cell, NumberMap

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class MatrixPart(QWidget):
    """Head, map and one line; all keep their places."""

    def __init__(self, name: str, title: str, caption: str, number_map: NumberMap) -> None:
        super().__init__()
        self.map = number_map
        self._caption = caption
        self._cell: Cell | None = None
        self.line = Elided(f"{name}.line")
        self.line.set_words(caption)
        set_font(self.line, "caption", numbers=True)
        self.power = named(words("", "caption"), f"{name}.power")
        self.label, self.figure = words("", "label"), named(figure(), f"{name}.figure")
        vbox(
            hbox(words(title, "title"), self.power, SPRING, self.label, self.figure, gap="tight"),
            (self.map, 1),
            self.line,
            gap="tight",
            on=self,
        )
        self.map.pointed.connect(self._show_cell)

    def show_figure(self, label: str, value: str) -> None:
        """Show the figure that the matrix is about, and what it is."""
        self.label.setText(label)
        set_figure(self.figure, value)

    def set_caption(self, caption: str) -> None:
        """Say something else while nothing is pointed at."""
        self._caption = caption
        self.refresh()

    def refresh(self) -> None:
        """Say again what the cell that is pointed at holds, and what the numbers are multiples of."""
        power = self.map.power if self.map.shows_words else 0
        self.power.setText(f"× 10{str(power).translate(RAISED)}" if power else "")
        self.line.set_words(self.map.say(self._cell) or self._caption)

    def _show_cell(self, cell: Cell | None) -> None:
        self._cell = cell
        self.refresh()
