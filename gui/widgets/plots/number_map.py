"""A matrix as a heat map, with the numbers written in the cells where they fit."""

import functools
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QImage, QPainter

from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.look.color_maps import cell_colors, magnitude_image, picture_image, signed_image, takes_light_words
from gui.look.fonts import font, scaled, text_size
from gui.look.theme import theme
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.painted import Frame, Image, Mark
from gui.widgets.pictures.cell_words import FEWEST, MOST, exact, short
from gui.widgets.pictures.heard_pixels import say_picture
from gui.widgets.plots.chart import Cell, Cells, Places

HIGHEST = 1.25  # greatest ratio of a cell's height to its width
SMALL = 0.1  # if no number is larger, they are multiples of a power of ten
ROOMY = (36, 7)  # from this height in pixels, and room in characters, on the numbers are large
UNEVEN = 4  # cells of fewer device pixels are of unequal size: whole pixels would leave too much room over
KEPT = 2000  # words in the cache; when there are more, all are dropped

# A pixel that is covered wholly counts 128, so that its product with a difference of colours fits into 16 bits.
WHOLE_BITS = 7


AROUND = -0.5, -0.5, 0.5, 0.5  # what a rectangle grows by to its frame


class NumberMap(Cells):
    """A matrix (rows, columns). A cell is pointed at by mouse or arrow keys. One that is no number is grey."""

    # Greatest ratios of a cell's width to its height, and the other way round.
    widest, highest = 2.25, HIGHEST

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

    def room(self) -> QRectF:
        """Return the room for the matrix, which begins at its upper left."""
        return QRectF(1, 1, self.width() - 2, self.height() - 2)

    def place(self) -> QRectF:
        """Return the matrix' rectangle: at the upper left of its room, in cells of whole device pixels."""
        rows, columns = (1, 1) if self.numbers is None else self.numbers.shape
        ratio, room = self.devicePixelRatioF(), self.room()
        height = room.height() * ratio / rows
        width = min(room.width() * ratio / columns, self.widest * height)
        height = min(height, self.highest * width)
        if min(width, height) >= UNEVEN:
            width, height = int(width), int(height)
        return QRectF(room.left(), room.top(), width * columns / ratio, height * rows / ratio)

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
            signs = self._signs(place)
            yield Image(place, self._written(place, self.numbers, signs) if signs else self._colored(self.numbers))
        yield Frame(place.adjusted(*AROUND), "focus" if has_focus else "line", 2 if has_focus else 1)
        if not self.marked.isEmpty():
            yield Frame(self._around(self.marked).adjusted(*AROUND), "accent", 2)
        if self._pointed is not None:
            yield Frame(self.heard_place(self._pointed), "text", 2)

    def _colored(self, numbers: Array) -> QImage:
        if np.isnan(numbers).any():
            return picture_image(self._grounds(numbers))
        return (signed_image if self._signed else magnitude_image)(numbers, self.most)

    def _grounds(self, numbers: Array) -> Array:
        """Return the colours of the cells (rows, columns, 3), uint8."""
        colors = cell_colors(numbers, self.most, signed=self._signed)
        gap = theme().current.color("line")
        colors[np.isnan(numbers)] = gap.red(), gap.green(), gap.blue()
        return colors

    def _written(self, place: QRectF, numbers: Array, signs: int) -> QImage:
        """Return the numbers as one picture made in NumPy: zeros faint, words on strong colours light.

        Each call into Qt lets the engine's Python in between, and hundreds of them, one a cell, made the window
        stutter.
        """
        rows, columns = numbers.shape
        ratio, colors = self.devicePixelRatioF(), theme().current
        cell = round(place.height() * ratio / rows), round(place.width() * ratio / columns)
        shown = (numbers / 10.0**self.power).ravel().tolist()
        sign = -1 if signs > FEWEST and (numbers < 0).any() else 1  # all with as many decimals as the negative ones
        words = [self.word(min(value, sign * value), signs).removeprefix("−" * (value > 0)) for value in shown]
        nothing = np.array([not word.strip("0.,") for word in words]).reshape(numbers.shape)
        light = takes_light_words(numbers, self.most, signed=self._signed)
        kinds = np.where(light, 0, np.where(nothing, 2, 1))
        inks = [colors.color(name) for name in ("surface", "text", "faint")]
        channels = np.array([(ink.red(), ink.green(), ink.blue()) for ink in inks], np.uint8)
        grounds = self._grounds(numbers)
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
