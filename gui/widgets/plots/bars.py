"""Bars from zero, in rows with a name and a number each."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from engine.core.lazy import Array
from gui.look.fonts import font
from gui.look.theme import theme
from gui.widgets.painted import RIGHT, Bar, Mark, Rule, Words, part_of, track_in
from gui.widgets.plots.chart import Chart, Datum, Places

BAR_HEIGHT = 10
STRENGTH = {False: 5, True: 1}  # the step of the seven signed colours that a bar has: above zero, below
LEAST_NUMBER = "−0.000"  # the room that numbers have at least


class BarRows(Chart):
    """A row for each number: its name, a bar, and the number in words.

    A kind of them says which rows are seen, and where (`places`), and how much room their names have (`names_room`).
    """

    def __init__(self, name: str, title: str, **options: Any) -> None:
        super().__init__(name, title, **options)
        self.values: Array = np.zeros(0)  # (bars,), without NaN
        self.names: Sequence[str] = ()
        self.texts: Sequence[str] = ()  # the numbers in words
        self.is_signed = True  # whether the bars begin in the middle

    def show_bars(self, values: Array, names: Sequence[str], texts: Sequence[str], cells: Sequence[Any]) -> None:
        """Show numbers (bars,) with their names, what is written behind them, and the names in a table."""
        self.values, self.names, self.texts = np.nan_to_num(values, posinf=np.inf, neginf=-np.inf), names, texts
        rows = zip(cells, values.tolist(), names, texts, strict=True)
        self.show_data([self.datum(cell, value, f"{name}: {text}") for cell, value, name, text in rows])

    def datum(self, cell: Any, value: float, says: str) -> Datum:
        """Return what the chart shows of a bar."""
        return Datum((cell, value), says)

    def names_room(self, letters: QFont) -> float:
        """Return the width of the names, in pixels."""
        raise NotImplementedError

    def numbers_room(self, letters: QFont) -> float:
        """Return the width of the numbers behind the bars, in pixels."""
        measure = QFontMetricsF(letters).horizontalAdvance
        return max(map(measure, (LEAST_NUMBER, *self.texts))) + 4

    def fitted(self, number: int, room: float, letters: QFont) -> str:
        """Return the name of a bar in a room of that many pixels."""
        return QFontMetricsF(letters).elidedText(self.names[number], Qt.TextElideMode.ElideMiddle, room)

    def marks(self, seen: Places) -> Iterator[Mark]:
        if not seen:
            return
        letters, sizes = font("small_value", numbers=True), np.abs(self.values)
        largest = float(sizes.max(initial=0.0, where=np.isfinite(sizes))) or 1.0
        left, right = self.names_room(letters), self.numbers_room(letters)
        whole = track_in(seen[0][1], left, right, 0)
        zero = whole.center().x() if self.is_signed else whole.left()
        for number, row in seen:
            yield Words(row, self.fitted(number, left - 3, letters), "muted", "small_value", numbers=True)
            if len(self.values):
                yield Words(row, self.texts[number], "muted", "small_value", RIGHT, numbers=True)
                value = float(self.values[number])
                track = track_in(row, left, right, min(BAR_HEIGHT, row.height() - 3))
                bar = part_of(track, min(abs(value) / largest, 1.0) / (2 if self.is_signed else 1))
                bar.moveLeft(zero - (bar.width() if value < 0 else 0))
                yield Bar(bar, QColor(theme().current.signed[STRENGTH[value < 0]]))
        if self.is_signed:
            middle = round(round(zero) + 0.5)  # of the two middle pixels the even one
            yield Rule(QPointF(middle, 0), QPointF(middle, self.height()))
