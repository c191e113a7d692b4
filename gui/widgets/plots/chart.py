"""Charts of marks, whose data give picture, tips, table and description; and matrices whose cells are pointed at."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPainter, QPaintEvent

from engine.core.lazy import Array
from gui.look.arrows import ARROWS
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, row_text, say_part, spoken
from gui.widgets.painted import Mark, Painted, draw


def most(values: Array, count: int) -> list[int]:
    """Return the places of the `count` largest values (n,), at least one, in the order in which they stand."""
    return sorted(np.argsort(-values, kind="stable")[: max(count, 1)].tolist())


type Places = Sequence[tuple[int, QRectF]]  # numbers of data, and where they are


class Datum(NamedTuple):
    """One of the things that a chart shows: its row in the table, its part of the description, its tooltip."""

    cells: Sequence[Any] = ()
    says: str = ""
    tip: str = ""


class Chart(Painted):
    """A kind of chart says what it shows (`data`), where each of that lies (`places`), and how it looks (`marks`)."""

    heads: Sequence[str] = ()  # the names of the table's columns; a chart without them has no table

    smooth = False  # whether edges are smoothed: those of upright bars would be blurred, and take ten times as long

    between: ClassVar[str] = ", "  # what stands between the parts of the description

    data: Sequence[Datum] = ()

    can_press = False  # whether a click on one of its data does something

    def show_data(self, data: Sequence[Datum], *, changed: Iterable[int] | None = None) -> None:
        """Show these data; where others look as before, only the rows of those that `changed` are painted again."""
        self.data = data
        if changed is None:
            self.update()
        else:
            places = dict(self.places())
            for number in changed:
                self.update(places[number].toAlignedRect())

    def places(self) -> Places:
        """Return which data are seen, by number, and where."""
        return ()

    def marks(self, seen: Places) -> Iterable[Mark]:
        """Return the picture: what stands for the data of `seen`, and what lies behind them and over them."""
        raise NotImplementedError

    def table(self) -> Table | None:
        return Table(self.heads, [datum.cells for datum in self.data]) if self.heads and self.data else None

    def finding(self) -> str:
        """Return what the data say, unless a kind of chart knows something shorter."""
        return self.between.join(datum.says for datum in self.data if datum.says)

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the data as they stand from the first place to the last one, then those out of view."""
        places = {number: place for number, place in self.places() if number < len(self.data)}
        return [
            HeardPart(self._text_of(self.data[number]), places.get(number), can_press=self.can_press)
            for number in dict.fromkeys([*places, *range(len(self.data))])
        ]

    def _text_of(self, datum: Datum) -> str:
        return datum.says or spoken(datum.tip) or row_text(Table(self.heads, ()).heads(), datum.cells)

    def tip_at(self, place: QPointF) -> str | None:
        number = next((number for number, area in self.places() if area.contains(place)), None)
        return self.data[number].tip or None if number is not None and self.data else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, seen = self.painter(event), self.places()
        if self.smooth:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if event.rect() != self.rect() or event.region().rectCount() > 1:
            seen = [row for row in seen if event.region().intersects(row[1].toAlignedRect())]
        draw(painter, *self.marks(seen))


class Cell(NamedTuple):
    """A place in a matrix, from 0."""

    row: int
    column: int


class Cells(Chart):
    """A kind of matrix says how many cells it has (`shape`), and which of them is where (`cell_at`)."""

    heard_role: ClassVar = QAccessible.Role.Table
    part_role: ClassVar = QAccessible.Role.Cell

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
            if cell is not None and QAccessible.isActive():
                say_part(self, list(self.heard_cells()).index(cell))

    def heard_place(self, cell: Cell) -> QRectF | None:
        """Return where a cell lies in the widget; `None` out of view."""
        raise NotImplementedError

    def say(self, cell: Cell) -> str:
        """Return a cell in words, with its row and its column."""
        raise NotImplementedError

    def heard_cells(self) -> Iterable[Cell]:
        """Return the cells that are parts for a screen reader, among them the one that is pointed at."""
        rows, columns = self.shape()
        return (Cell(row, column) for row in range(rows) for column in range(columns))

    def heard_parts(self) -> Sequence[HeardPart]:
        return [
            HeardPart(self.say(cell), self.heard_place(cell), is_chosen=cell == self._pointed, can_press=self.can_press)
            for cell in self.heard_cells()
        ]

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
