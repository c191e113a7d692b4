"""A matrix with its title, a figure about it, and below in words the cell that is pointed at."""

from PySide6.QtWidgets import QWidget

from gui.look.fonts import set_font
from gui.look.layout import SPRING, hbox, vbox
from gui.look.words import Elided, figure, named, set_figure, words
from gui.tabs.warmup.number_map import NumberMap
from gui.widgets.plots.cells import Cell

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
        self.label.setText(label)
        set_figure(self.figure, value)

    def set_caption(self, caption: str) -> None:
        """Set the line for when nothing is pointed at."""
        self._caption = caption
        self.refresh()

    def refresh(self) -> None:
        """Update the cell's number, and the power of ten that all numbers are multiples of."""
        power = self.map.power if self.map.shows_words else 0
        self.power.setText(f"× 10{str(power).translate(RAISED)}" if power else "")
        self.line.set_words(self.map.say(self._cell) or self._caption)

    def _show_cell(self, cell: Cell | None) -> None:
        self._cell = cell
        self.refresh()
