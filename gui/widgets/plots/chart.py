"""Charts of marks: from what a chart says of its data follow its picture, its tips, its table and its description."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent

from engine.core.lazy import Array
from gui.widgets.figures.table import Table
from gui.widgets.marks import Mark, draw
from gui.widgets.painted import Painted


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

    def show_data(self, data: Sequence[Datum], *, changed: Iterable[int] | None = None) -> None:
        """Show these data; where others look as before, only the rows of those that `changed` are painted again."""
        self.data = data
        self.setAccessibleDescription(self.between.join(datum.says for datum in data if datum.says))
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
        """Return the numbers behind the picture; `None` where there are none."""
        return Table(self.heads, [datum.cells for datum in self.data]) if self.heads and self.data else None

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
