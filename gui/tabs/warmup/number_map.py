"""A matrix as a heat map, with the numbers written in the cells where they fit; with a head and a line below it."""

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QWidget

from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.look.color_maps import cell_colors, magnitude_image, signed_image, takes_light_words
from gui.look.fonts import font, scaled, set_font, text_size
from gui.look.layout import Fitted, Spring, hbox, vbox
from gui.look.theme import theme
from gui.look.words import Elided, figure, named, set_figure, words
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.painted import Frame, Image, Mark
from gui.widgets.pictures.cell_words import FEWEST, MOST, exact, short
from gui.widgets.pictures.heard_pixels import say_picture
from gui.widgets.plots.chart import Cell, Cells, Places

WIDEST, HIGHEST = 2.25, 1.25  # greatest ratios of a cell's width to its height, and the other way round
SMALL = 0.1  # if no number is larger, they are multiples of a power of ten
ROOMY = (36, 7)  # from this height in pixels, and room in characters, on the numbers are large
UNEVEN = 4  # cells of fewer device pixels are of unequal size: whole pixels would leave too much room over
BESIDE = 16  # a third of the width of signs and gaps in a row of matrices, in pixels
KEPT = 2000  # words in the cache; when there are more, all are dropped

# A pixel that is covered wholly counts 128, so that its product with a difference of colours fits into 16 bits.
WHOLE_BITS = 7


AROUND = -0.5, -0.5, 0.5, 0.5  # what a rectangle grows by to its frame


class NumberMap(Cells):
    """A matrix (rows, columns). A cell is pointed at by mouse or arrow keys."""

    def __init__(self, name: str, title: str, help: str, *, signed: bool = True) -> None:
        # Opaque, or all below it is painted 20 times a second.
        super().__init__(name, title, tip=help, size=(282, 242), opaque=True)
        self._signed = signed
        self.numbers: Array | None = None  # the matrix (rows, columns); `None` for none
        self.most = 1.0  # the number of the strongest colour
        self.power = 0  # the shown numbers are to be multiplied by ten to this power
        self.marked = QRect()  # the framed cells, in columns and rows
        self.explain: Callable[[Cell], str] = lambda cell: ""  # more about a cell, for its tooltip

    @property
    def shows_words(self) -> bool:
        return self._signs(self.place()) > 0

    def show_numbers(self, numbers: Array | None, most: float, *, signed: bool | None = None) -> None:
        """Show a matrix (rows, columns); `most` has the strongest colour, zero that of the panel."""
        if numbers is None or self.numbers is None or numbers.shape != self.numbers.shape:
            self.point_at(None)
        self.numbers, self.most = numbers, most
        self._signed = self._signed if signed is None else signed
        # Of small numbers nothing would be seen in the digits that have room.
        self.power = math.ceil(math.log10(most) - 1e-9) - 1 if most <= SMALL else 0
        self.update()

    def mark(self, columns_and_rows: QRect) -> None:
        """Frame some cells (x: columns, y: rows); none for an empty rectangle."""
        if columns_and_rows != self.marked:
            self.marked = columns_and_rows
            self.update()

    def finding(self) -> str:
        if self.numbers is None:
            return ""
        rows, columns = self.numbers.shape
        return tr(
            "{rows} rows, {columns} columns. {picture}",
            rows=rows,
            columns=columns,
            picture=say_picture(self.numbers, signed=True),
        )

    def say(self, cell: Cell | None) -> str:
        """Return a cell in words: `row 3, column 5: −0.0123`; empty for none."""
        if cell is None or self.numbers is None:
            return ""
        return tr(
            "row {row}, column {column}: {number}",
            row=cell.row + 1,
            column=cell.column + 1,
            number=exact(float(self.numbers[cell])),
        )

    def table(self) -> Table | None:
        if self.numbers is None:
            return None
        rows, columns = self.numbers.shape
        return matrix_table(self.numbers, range(1, rows + 1), range(1, columns + 1), mark("row"))

    def minimumSizeHint(self) -> QSize:
        return QSize(102, 82)

    def place(self) -> QRectF:
        """Return the matrix' rectangle: at the upper left, in cells of whole device pixels."""
        rows, columns = (1, 1) if self.numbers is None else self.numbers.shape
        ratio = self.devicePixelRatioF()
        height = (self.height() - 2) * ratio / rows
        width = min((self.width() - 2) * ratio / columns, WIDEST * height)
        height = min(height, HIGHEST * width)
        if min(width, height) >= UNEVEN:
            width, height = int(width), int(height)
        return QRectF(1, 1, width * columns / ratio, height * rows / ratio)

    def heard_place(self, cell: Cell) -> QRectF:
        return self._around(QRect(cell.column, cell.row, 1, 1))

    def tip_at(self, place: QPointF) -> str:
        cell = self.cell_at(place)
        more = "" if cell is None else self.explain(cell)
        return "\n".join(filter(None, (self.say(cell), more or self.toolTip())))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    def shape(self) -> tuple[int, int]:
        return (0, 0) if self.numbers is None else (self.numbers.shape[0], self.numbers.shape[1])

    def cell_at(self, position: QPointF) -> Cell | None:
        place = self.place()
        if self.numbers is None or not place.contains(position):
            return None
        rows, columns = self.numbers.shape
        row = int((position.y() - place.top()) * rows / place.height())
        column = int((position.x() - place.left()) * columns / place.width())
        return Cell(min(row, rows - 1), min(column, columns - 1))

    def marks(self, seen: Places) -> Iterator[Mark]:
        place, has_focus = self.place(), self.hasFocus()
        if self.numbers is not None:
            signs, make = self._signs(place), signed_image if self._signed else magnitude_image
            image = self._written(place, self.numbers, signs) if signs else make(self.numbers, self.most)
            yield Image(place, image)
        yield Frame(place.adjusted(*AROUND), "focus" if has_focus else "line", 2 if has_focus else 1)
        if not self.marked.isEmpty():
            yield Frame(self._around(self.marked).adjusted(*AROUND), "accent", 2)
        if self._pointed is not None:
            yield Frame(self.heard_place(self._pointed), "text", 2)

    def _written(self, place: QRectF, numbers: Array, signs: int) -> QImage:
        """Return the numbers as one picture made in NumPy: zeros faint, words on strong colours light.

        Each call into Qt lets the engine's Python in between, and hundreds of them, one a cell, made the window
        stutter.
        """
        rows, columns = numbers.shape
        ratio, colors = self.devicePixelRatioF(), theme().current
        cell = round(place.height() * ratio / rows), round(place.width() * ratio / columns)
        shown = (numbers / 10.0**self.power).ravel().tolist()
        sign = -1 if signs > FEWEST and min(shown) < 0 else 1  # all with as many decimals as the negative ones
        words = [self.word(min(value, sign * value), signs).removeprefix("−" * (value > 0)) for value in shown]
        nothing = np.array([not word.strip("0.,") for word in words]).reshape(numbers.shape)
        light = takes_light_words(numbers, self.most, signed=self._signed)
        kinds = np.where(light, 0, np.where(nothing, 2, 1))
        inks = [colors.color(name) for name in ("surface", "text", "faint")]
        channels = np.array([(ink.red(), ink.green(), ink.blue()) for ink in inks], np.uint8)
        grounds = cell_colors(numbers, self.most, signed=self._signed)
        return written_image(grounds, channels[kinds], words, cell, ratio, self.role(place))

    def word(self, value: float, signs: int) -> str:
        """Return the text of a cell; `signs` is how many characters have room."""
        return short(value, signs)

    def role(self, place: QRectF) -> str:
        rows, columns = (1, 1) if self.numbers is None else self.numbers.shape
        room = int((place.width() / columns - 3) / _metrics("large_cell").horizontalAdvance("0"))
        return "large_cell" if place.height() / rows >= scaled(ROOMY[0]) and room >= ROOMY[1] else "cell"

    def _signs(self, place: QRectF) -> int:
        """Return how many characters a number in a cell may have; 0 where numbers do not fit."""
        if self.numbers is None:
            return 0
        rows, columns = self.numbers.shape
        metrics = _metrics(self.role(place))
        if place.height() / rows < metrics.capHeight() + 4:
            return 0
        signs = min(MOST, int((place.width() / columns - 3) / metrics.horizontalAdvance("0")))
        if signs >= FEWEST:
            return signs
        few = np.array_equal(self.numbers, np.rint(self.numbers)) and np.abs(self.numbers).max() < 10
        return signs if few and signs >= 1 + (self.numbers < 0).any() else 0

    def _around(self, cells: QRect) -> QRectF:
        place = self.place()
        rows, columns = (1, 1) if self.numbers is None else self.numbers.shape
        width, height = place.width() / columns, place.height() / rows
        return QRectF(
            place.left() + cells.left() * width,
            place.top() + cells.top() * height,
            cells.width() * width,
            cells.height() * height,
        )


def _metrics(role: str) -> QFontMetricsF:
    return QFontMetricsF(font(role, numbers=True))


def written_image(
    grounds: Array, inks: Array, words: Sequence[str], cell: tuple[int, int], ratio: float, role: str = "cell"
) -> QImage:
    """Return cells with words in their middles, `cell` (height, width) in device pixels, in the font `role`.

    `grounds` and `inks` (rows, columns, 3) are the colours of cells and words, uint8; `words` go row by row.
    """
    rows, columns, _ = grounds.shape
    height, width = cell
    canvas = np.empty((rows, height, columns, width, 4), np.uint8)
    ground, ink = (colors[:, None, :, None, ::-1] for colors in (grounds, inks))  # Qt has blue first
    canvas[..., :3] = ground
    canvas[..., 3] = 255  # painting a picture with opacity may read the unused byte
    tiles = word_tiles(ratio, role, text_size()).shares(words, cell)
    high, wide = tiles.shape[1:]
    share = tiles.reshape(rows, columns, high, wide).transpose(0, 2, 1, 3)[..., None]
    down, across = (height - high) // 2, (width - wide) // 2
    mixed = (ink.astype(np.int16) - ground) * share
    mixed >>= WHOLE_BITS
    mixed += ground
    canvas[:, down : down + high, :, across : across + wide, :3] = mixed
    high, wide = rows * height, columns * width
    return QImage(canvas.data, wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


class WordTiles:
    """Cache of rendered words: the coverage of each pixel."""

    def __init__(self, ratio: float, role: str) -> None:
        self._ratio, self._font = ratio, font(role, numbers=True)
        metrics = QFontMetricsF(self._font)
        self._width = math.ceil((MOST * metrics.horizontalAdvance("0") + 4) * ratio)
        self._height = math.ceil(metrics.height() * ratio)
        # Centred are the digits, without the room below the baseline.
        self._drop = (metrics.capHeight() - metrics.ascent() + metrics.descent()) / 2
        self._tiles: dict[str, Array] = {}

    def shares(self, words: Sequence[str], cell: tuple[int, int]) -> Array:
        """Return coverage (words, height, width), 0 to 128, cut to `cell` (height, width)."""
        if len(self._tiles) > KEPT:
            self._tiles.clear()
        for word in set(words) - self._tiles.keys():
            self._tiles[word] = self._draw(word)
        cut_y, cut_x = (max(0, -(-(size - room) // 2)) for size, room in zip(self._size, cell, strict=True))
        height, width = (size - 2 * cut for size, cut in zip(self._size, (cut_y, cut_x), strict=True))
        return np.stack([self._tiles[word][cut_y : cut_y + height, cut_x : cut_x + width] for word in words])

    @property
    def _size(self) -> tuple[int, int]:
        return self._height, self._width

    def _draw(self, word: str) -> Array:
        image = QImage(self._width, self._height, QImage.Format.Format_Grayscale8)
        image.fill(Qt.GlobalColor.black)
        painter = QPainter(image)
        painter.scale(self._ratio, self._ratio)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.setFont(self._font)
        room = QRectF(0, self._drop, self._width / self._ratio, self._height / self._ratio)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, word)
        painter.end()
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(self._height, image.bytesPerLine())
        return ((lines[:, : self._width].astype(np.int16) << WHOLE_BITS) + 127) // 255


@functools.lru_cache(4)
def word_tiles(ratio: float, role: str, percent: int) -> WordTiles:
    """Return the tiles for a device pixel ratio and a role of the type scale; `percent` is for the cache."""
    return WordTiles(ratio, role)


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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
