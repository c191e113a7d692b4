"""The page of the layers: how similar each layer of one network is to each of the other."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget

from engine.analysis.probes.comparison import Comparison
from engine.core.language import mark, tr
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.color_maps import cell_colors, takes_light_words
from gui.look.fonts import font, scaled, sized
from gui.look.layout import SPRING, hbox, holder, scrolling, vbox
from gui.look.words import named, words
from gui.tabs.compare.other import Names, sentence
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.painted import CENTER, RIGHT, Bar, Frame, Mark, Words
from gui.widgets.panel import Panel
from gui.widgets.plots.chart import Cell, Cells, Places

LARGEST, GAP = 260, 10  # greatest side of a cell; gap beside the names

# What two layers are said to hold, each from a similarity on.
HOLD = (
    (0.98, mark("{one} of {the_one} and {other} of {the_other} hold the same: {similarity:.3f}.")),
    (0.9, mark("{one} of {the_one} and {other} of {the_other} hold much the same: {similarity:.3f}.")),
    (0.6, mark("{one} of {the_one} and {other} of {the_other} hold some of the same: {similarity:.3f}.")),
)

WORDS_WIDE = 340

ABOUT = mark(
    "1 means that one layer holds what the other holds, turned and enlarged at most; 0 that what they make of the "
    "test images has nothing in common. Which neuron is which does not matter."
)


def layer_titles(layers: Sequence[HiddenLayer]) -> list[str]:
    """Return the names of a network's layers: hidden ones by number and width, outputs last."""
    hidden = [
        tr("layer {number} (conv {width})", number=number, width=layer.width)
        if isinstance(layer, ConvLayer)
        else tr("layer {number} ({width})", number=number, width=layer.width)
        for number, layer in enumerate(layers, 1)
    ]
    return [*hidden, tr("output")]


class LayersPage(QWidget):
    """The matrix, and beside it in words what is pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = AlikeMatrix()
        self.sentence = named(words("", "", wrapped=True), "compare.layers.sentence")
        panel = Panel(tr("Layers that hold the same (CKA)"), "compare.layers")
        # A sentence for each layer: of many they are scrolled.
        said = holder(vbox(self.sentence, words(tr(ABOUT), "label", wrapped=True), SPRING))
        side = scrolling(said, "compare.layers.words")
        sized(side.setFixedWidth, WORDS_WIDE, shrinks=False)
        panel.body.addLayout(hbox((self.matrix, 1), side, gap="large"), 1)
        vbox(panel, on=self)
        self.matrix.pointed.connect(self._say)

    def show_comparison(
        self, comparison: Comparison, names: Names, layers: Sequence[HiddenLayer], others: Sequence[HiddenLayer]
    ) -> None:
        self.matrix.show_alike(comparison.alike, names, layer_titles(layers), layer_titles(others))
        self._say(None)

    def _say(self, cell: tuple[int, int] | None) -> None:
        self.sentence.setText(self.matrix.say(cell) if cell is not None else self.matrix.summary())


class AlikeMatrix(Cells):
    """A matrix of similarities, 0 to 1: rows are layers of the one network, columns of the other."""

    def __init__(self) -> None:
        super().__init__("compare.matrix", tr("How alike the layers are"), size=(420, 420), least=(200, 160))
        self.alike: Array = np.zeros((0, 0))
        self._names = Names()
        self._rows: Sequence[str] = ()
        self._columns: Sequence[str] = ()

    def show_alike(self, alike: Array, names: Names, rows: Sequence[str], columns: Sequence[str]) -> None:
        """Show similarities (rows, columns), and the names of the layers."""
        self.alike, self._names, self._rows, self._columns = alike, names, rows, columns
        if self._pointed and not all(at < many for at, many in zip(self._pointed, alike.shape, strict=True)):
            self._pointed = None
        self.update()

    def finding(self) -> str:
        """Return the summary in one line."""
        return self.summary().replace("\n\n", " ")

    def say(self, cell: tuple[int, int]) -> str:
        row, column = cell
        alike, names = float(self.alike[row, column]), self._names
        little = mark("{one} of {the_one} and {other} of {the_other} hold little in common: {similarity:.3f}.")
        text = tr(
            next((words for least, words in HOLD if alike >= least), little),
            one=self._rows[row],
            the_one=names.the_one,
            other=self._columns[column],
            the_other=names.the_other,
            similarity=alike,
        )
        return sentence(text)

    def summary(self) -> str:
        lines = []
        for row, title in enumerate(self._rows):
            best = int(self.alike[row].argmax())
            text = tr(
                "{one} of {the_one} is most like {other} of {the_other}: {similarity:.3f}.",
                one=title,
                the_one=self._names.the_one,
                other=self._columns[best],
                the_other=self._names.the_other,
                similarity=self.alike[row, best],
            )
            lines.append(sentence(text))
        return "\n\n".join(lines)

    def table(self) -> Table | None:
        if not self.alike.size:
            return None
        return matrix_table(self.alike, self._rows, self._columns, f"{self._names.one} / {self._names.other}")

    def tip_at(self, place: QPointF) -> str | None:
        cell = self.cell_at(place)
        return None if cell is None else self.say(cell)

    def _measures(self) -> tuple[float, float, float]:
        """Return the left and top of the first cell, and a cell's side."""
        rows, columns = self.alike.shape
        left = max(map(QFontMetricsF(font("label")).horizontalAdvance, self._rows), default=0) + GAP
        top = scaled(44)
        room = (self.width() - left - 1) / max(1, columns), (self.height() - top - 1) / max(1, rows)
        return left, top, min(*room, scaled(LARGEST))

    def _axes(self, one: str, other: str) -> str:
        return tr("columns: {the_other}, rows: {the_one}", the_other=other, the_one=one)

    def heard_place(self, cell: tuple[int, int]) -> QRectF:
        row, column = cell
        left, top, side = self._measures()
        return QRectF(round(left + column * side), round(top + row * side), round(side), round(side))

    def shape(self) -> tuple[int, int]:
        return self.alike.shape[0], self.alike.shape[1]

    def cell_at(self, position: QPointF) -> Cell | None:
        left, top, side = self._measures()
        row, column = int((position.y() - top) // side), int((position.x() - left) // side)
        rows, columns = self.alike.shape
        return Cell(row, column) if 0 <= row < rows and 0 <= column < columns else None

    def places(self) -> Places:
        cells = enumerate(np.ndindex(self.alike.shape))
        return [(number, self.heard_place(cell)) for number, cell in cells]

    def marks(self, seen: Places) -> Iterator[Mark]:
        if not self.alike.size:
            return
        (left, top, side), columns = self._measures(), self.alike.shape[1]
        names = self._axes(self._names.the_one, self._names.the_other)
        if _wide(names) > self.width():
            names = self._axes(self._names.one, self._names.other)
        begin = max(0.0, min(left, self.width() - _wide(names)))  # a long line begins over the titles of the rows
        yield Words(QRectF(begin, 0, self.width() - begin, scaled(20)), names, "faint")
        measure = QFontMetricsF(font("label"))
        # Of rows and columns that are lower or narrower than their names only some are named.
        every_row = max(1, math.ceil(measure.height() / side))
        every_column = max(1, math.ceil((measure.horizontalAdvance(f"{columns}") + 4) / side))
        for column, title in list(enumerate(self._columns))[::every_column]:
            place = QRectF(self.heard_place((0, column)).left(), scaled(20), side, top - scaled(20))
            text = measure.elidedText(title, Qt.TextElideMode.ElideRight, side - 4)
            whole = CENTER if every_column == 1 else CENTER | Qt.TextFlag.TextDontClip
            yield Words(place, text if len(text) > 3 else f"{column + 1}", role="label", side=whole)
        for row, title in list(enumerate(self._rows))[::every_row]:
            place = QRectF(0, self.heard_place((row, 0)).top(), left - GAP, side)
            whole = RIGHT if every_row == 1 else RIGHT | Qt.TextFlag.TextDontClip
            yield Words(place, title, role="label", side=whole)
        grounds = cell_colors(self.alike, 1.0, signed=False)
        is_light = takes_light_words(self.alike, 1.0, signed=False)
        fits = QFontMetricsF(font("value", numbers=True)).horizontalAdvance("0.00") + 4 <= side
        for number, place in seen:
            cell = divmod(number, columns)
            yield Bar(place, "line")
            yield Bar(place.adjusted(0, 0, -1, -1), QColor(*map(int, grounds[cell])))
            if fits:
                ink = "surface" if is_light[cell] else "text"
                yield Words(place, written(float(self.alike[cell]), ".2f"), ink, "value", CENTER, numbers=True)
        if self._pointed is not None:
            frame = self.heard_place(self._pointed).adjusted(1, 1, -1, -1)
            yield Frame(frame, "focus" if self.hasFocus() else "faint", 2)


def _wide(words: str) -> float:
    return QFontMetricsF(font("caption")).horizontalAdvance(words) + 1
