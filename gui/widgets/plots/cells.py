"""A matrix whose cells are pointed at, by the mouse or by keys."""

from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from gui.look.arrows import ARROWS
from gui.widgets.plots.chart import Chart


class Cell(NamedTuple):
    """A place in a matrix, from 0."""

    row: int
    column: int


class Cells(Chart):
    """A kind of matrix says how many cells it has (`shape`), and which of them is where (`cell_at`)."""

    pointed = Signal(object)  # the `Cell` under the mouse or the keyboard's cursor; `None` for none

    def __init__(self, name: str, title: str, **options: Any) -> None:
        super().__init__(name, title, follows_mouse=True, takes_keys=True, **options)
        self._pointed: Cell | None = None

    def shape(self) -> tuple[int, int]:
        """Return how many rows and columns can be pointed at."""
        raise NotImplementedError

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell at a position of the widget; `None` beside all of them."""
        raise NotImplementedError

    def point_at(self, cell: Cell | None) -> None:
        """Point at a cell; `None` for none."""
        if cell != self._pointed:
            self._pointed = cell
            self.tell_pointed()
            self.update()

    def tell_pointed(self) -> None:
        """Emit `pointed`."""
        self.pointed.emit(self._pointed)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell with the arrows."""
        key, (rows, columns) = Qt.Key(event.key()), self.shape()
        if key not in ARROWS or not rows * columns:
            super().keyPressEvent(event)
            return
        down, right = ARROWS[key] if self._pointed else (0, 0)
        row, column = self._pointed or (0, 0)
        self.point_at(Cell(min(max(row + down, 0), rows - 1), min(max(column + right, 0), columns - 1)))
