"""The page of the layers: how similar each layer of one network is to each of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from engine.analysis.probes.comparison import Comparison
from engine.core.array import Array
from engine.core.specs import ConvLayer, HiddenLayer
from gui.look.arrows import ARROWS
from gui.look.color_maps import cell_colors, takes_light_words
from gui.look.fonts import font
from gui.look.layout import SPRING, hbox, vbox
from gui.look.named import named
from gui.look.text_size import scaled, sized
from gui.look.theme import theme
from gui.look.words import words
from gui.tabs.compare.names import Names
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel

LARGEST, GAP = 170, 10  # greatest side of a cell; gap beside the names

# From these similarities on layers are said to hold the same, much the same, or some of the same.
SAME, ALIKE, RELATED = 0.98, 0.9, 0.6

WORDS_WIDE = 340

ABOUT = (
    "1 means that one layer holds what the other holds, turned and enlarged at most; 0 that what they make of the "
    "test images has nothing in common. Which neuron is which does not matter."
)


def layer_titles(layers: Sequence[HiddenLayer]) -> list[str]:
    """Return the names of a network's layers: hidden ones by number and width, outputs last."""
    kinds = ["conv " if isinstance(layer, ConvLayer) else "" for layer in layers]
    hidden = [
        f"layer {number} ({kind}{layer.width})"
        for number, (kind, layer) in enumerate(zip(kinds, layers, strict=True), 1)
    ]
    return [*hidden, "output"]


class LayersPage(QWidget):
    """The matrix, and beside it in words what is pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = AlikeMatrix()
        self.sentence = named(words("", "", wrapped=True), "compare.layers.sentence")
        panel = Panel("Layers that hold the same (CKA)", "compare.layers")
        side = QWidget()
        sized(side.setFixedWidth, WORDS_WIDE, shrinks=False)
        vbox(self.sentence, words(ABOUT, "label", wrapped=True), SPRING, on=side)
        panel.body.addLayout(hbox((self.matrix, 1), side, gap="large"), 1)
        vbox(panel, on=self)
        self.matrix.pointed.connect(self._say)

    def show_comparison(
        self, found: Comparison, names: Names, layers: Sequence[HiddenLayer], others: Sequence[HiddenLayer]
    ) -> None:
        self.matrix.show_alike(found.alike, names, layer_titles(layers), layer_titles(others))
        self._say(None)

    def _say(self, cell: tuple[int, int] | None) -> None:
        self.sentence.setText(self.matrix.say(cell) if cell is not None else self.matrix.summary())


class AlikeMatrix(Painted):
    """A matrix of similarities, 0 to 1: rows are layers of the one network, columns of the other."""

    pointed = Signal(object)  # row and column under the mouse or the keyboard's cursor; `None` for none

    def __init__(self) -> None:
        super().__init__(
            "compare.matrix", "How alike the layers are", size=(420, 420), follows_mouse=True, takes_keys=True
        )
        self.alike: Array = np.zeros((0, 0))
        self._names = Names()
        self._rows: Sequence[str] = ()
        self._columns: Sequence[str] = ()
        self._pointed: tuple[int, int] | None = None

    def show_alike(self, alike: Array, names: Names, rows: Sequence[str], columns: Sequence[str]) -> None:
        """Show similarities (rows, columns), and the names of the layers."""
        self.alike, self._names, self._rows, self._columns = alike, names, rows, columns
        if self._pointed and not all(at < many for at, many in zip(self._pointed, alike.shape, strict=True)):
            self._pointed = None
        self.setAccessibleDescription(self.summary())
        self.update()

    def say(self, cell: tuple[int, int]) -> str:
        """Return a cell in words."""
        row, column = cell
        value, names = float(self.alike[row, column]), self._names
        how = (
            "hold the same"
            if value >= SAME
            else "hold much the same"
            if value >= ALIKE
            else "hold some of the same"
            if value >= RELATED
            else "hold little in common"
        )
        one = f"{self._rows[row].capitalize()} of {names.the_one}"
        return f"{one} and {self._columns[column]} of {names.the_other} {how}: {value:.3f}."

    def summary(self) -> str:
        """Return for each layer of the one network the most similar one of the other."""
        lines = []
        for row, title in enumerate(self._rows):
            best = int(self.alike[row].argmax())
            lines.append(
                f"{title.capitalize()} of {self._names.the_one} is most like {self._columns[best]} of "
                f"{self._names.the_other}: {self.alike[row, best]:.3f}."
            )
        return "\n\n".join(lines)

    def table(self) -> Table | None:
        if not self.alike.size:
            return None
        return matrix_table(self.alike, self._rows, self._columns, f"{self._names.one} / {self._names.other}")

    def tip_at(self, place: QPointF) -> str | None:
        cell = self._at(place)
        return None if cell is None else self.say(cell)

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(200), scaled(160))

    # Places -------------------------------------------------------------------------------------------------------

    def _measures(self) -> tuple[float, float, float]:
        """Return the left and top of the first cell, and a cell's side."""
        rows, columns = self.alike.shape
        measure = QFontMetricsF(font("label")).horizontalAdvance
        left = max(map(measure, self._rows), default=0) + GAP
        top = scaled(44)
        room = (self.width() - left - 1) / max(1, columns), (self.height() - top - 1) / max(1, rows)
        return left, top, min(*room, scaled(LARGEST))

    def place_of(self, cell: tuple[int, int]) -> QRectF:
        row, column = cell
        left, top, side = self._measures()
        return QRectF(round(left + column * side), round(top + row * side), round(side), round(side))

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        left, top, side = self._measures()
        row, column = int((position.y() - top) // side), int((position.x() - left) // side)
        rows, columns = self.alike.shape
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    # What a person does -------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._at(event.position()) if self.alike.size else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key not in ARROWS or not self.alike.size:
            super().keyPressEvent(event)
            return
        rows, columns = ARROWS[key]
        row, column = self._pointed or (0, 0)
        if self._pointed is not None:
            many = self.alike.shape
            row, column = min(max(row + rows, 0), many[0] - 1), min(max(column + columns, 0), many[1] - 1)
        self._point_at((row, column))

    def _point_at(self, cell: tuple[int, int] | None) -> None:
        if cell != self._pointed:
            self._pointed = cell
            self.pointed.emit(cell)
            self.update()

    # Drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        if not self.alike.size:
            return
        left, top, side = self._measures()
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        wide = side * self.alike.shape[1]
        head = QRectF(left, 0, max(wide, self.width() - left), scaled(20))
        painter.drawText(head, middle, f"columns: {self._names.the_other}, rows: {self._names.the_one}")
        painter.setFont(font("label"))
        painter.setPen(colors.color("text"))
        measure = QFontMetricsF(font("label"))
        for column, title in enumerate(self._columns):
            place = QRectF(self.place_of((0, column)).left(), scaled(20), side, top - scaled(20))
            text = measure.elidedText(title, Qt.TextElideMode.ElideRight, side - 4)
            text = text if len(text) > 3 else f"{column + 1}"
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | middle, text)
        for row, title in enumerate(self._rows):
            place = QRectF(0, self.place_of((row, 0)).top(), left - GAP, side)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, title)
        grounds = cell_colors(self.alike, 1.0, signed=False)
        is_light = takes_light_words(self.alike, 1.0, signed=False)
        letters = font("value", numbers=True)
        fits = QFontMetricsF(letters).horizontalAdvance("0.00") + 4 <= side
        for row, column in np.ndindex(self.alike.shape):
            self._draw_cell(
                painter, (row, column), grounds, bool(is_light[row, column]), letters if fits else None
            )
        if self._pointed is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent" if self.hasFocus() else "faint"), 2))
            painter.drawRect(self.place_of(self._pointed).adjusted(1, 1, -1, -1))

    def _draw_cell(
        self, painter: QPainter, cell: tuple[int, int], grounds: Array, is_light: bool, letters: Any
    ) -> None:
        place, colors = self.place_of(cell), theme().current
        painter.fillRect(place, colors.color("line"))
        painter.fillRect(place.adjusted(0, 0, -1, -1), QColor(*map(int, grounds[cell])))
        if letters is not None:
            painter.setFont(letters)
            painter.setPen(colors.color("surface" if is_light else "text"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{self.alike[cell]:.2f}")
