"""The page of the confusion matrix, with the images of the chosen cell."""

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.images import SomeImages
from engine.analysis.probes.mistakes import ALL, Cell, Mistakes
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import in_percent, printable, written
from gui.look.class_names import brief, elided_name
from gui.look.color_maps import magnitude_image
from gui.look.first_look import rarely
from gui.look.fonts import font, scaled, text_size
from gui.look.layout import SPRING, add, hbox, pixels, stack
from gui.look.percents import percent, probability_text
from gui.look.theme import contrast, theme
from gui.look.words import Elided, enable, for_hands, named, set_figure, words
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.forms.controls import Segments
from gui.widgets.painted import CENTER, RIGHT, Bar, Bars, Frame, Mark, Words
from gui.widgets.panel import Panel
from gui.widgets.pictures.camera import KEY_ZOOM, WHEEL, ZOOM_KEYS
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.chart import Cell as PlaceInMatrix
from gui.widgets.plots.chart import Cells, Places

MOST_IMAGES = 1000  # images of a cell that are shown
NOTHING_CHOSEN = mark("Click an image to pick it out in all tabs.")
EVERY = mark("All mistakes")
NO_IMAGE = mark("No image is read like this.")
VALUES = {
    "counts": (mark("counts"), mark("How many images")),
    "shares": (mark("% of row"), mark("The share of the images of the actual class")),
}

ORDERS = {
    "number": (mark("class"), mark("The classes by number")),
    "similar": (mark("similarity"), mark("Classes side by side that this network mixes up most")),
}

FIRST = {
    "highest": (mark("Most probable"), mark("First the images whose answer has the highest probability")),
    "lowest": (mark("Least"), mark("First the images whose answer has the lowest probability")),
}

# Height of the line of words, room before the totals, smallest cell, least and most room for names; in pixels.
HEAD, GAP, LEAST_CELL, LEAST_HEAD, WIDEST_NAME = 20, 6, 12, 44, 90
LEAST_ROW = 18  # height of a row that has room for numbers, for letters of 100 %
ROOMY, HUGE = 40, 64  # from these heights of a cell on its number is large, or huge, in pixels

# The fonts of a cell's number, the largest first: of a correct one and of a total, and of a mistake, which is bold.
NUMBERS = "large_body", "large_cell", "label", "caption"
MISTAKES = "figure", "title", "small_value", "caption"

HOW_TO = mark(
    "Click a cell to see its images; a total shows what is misread. Arrow keys move, Return chooses; "
    "of many classes the wheel, + and - go nearer to some, 0 shows all."
)

MOST_SAID = 3  # mistakes that a screen reader is given at once

# Maximum number of classes in view when zoomed in; with more, not every cell has room for a number.
FEWEST_SEEN, MOST_WHOLE = 10, 26


class Digit(NamedTuple):
    """What images of a digit are called: one of them, as one thing and as a word; many, within a title and first."""

    one: str
    word: str
    many: str
    title: str


DIGITS = {
    "0": Digit(mark("a zero"), mark("zero"), mark("zeros"), mark("Zeros")),
    "1": Digit(mark("a one"), mark("one"), mark("ones"), mark("Ones")),
    "2": Digit(mark("a two"), mark("two"), mark("twos"), mark("Twos")),
    "3": Digit(mark("a three"), mark("three"), mark("threes"), mark("Threes")),
    "4": Digit(mark("a four"), mark("four"), mark("fours"), mark("Fours")),
    "5": Digit(mark("a five"), mark("five"), mark("fives"), mark("Fives")),
    "6": Digit(mark("a six"), mark("six"), mark("sixes"), mark("Sixes")),
    "7": Digit(mark("a seven"), mark("seven"), mark("sevens"), mark("Sevens")),
    "8": Digit(mark("an eight"), mark("eight"), mark("eights"), mark("Eights")),
    "9": Digit(mark("a nine"), mark("nine"), mark("nines"), mark("Nines")),
}


class ConfusionPage(QWidget):
    """Shows all mistakes. It keeps the chosen cell while the network changes."""

    imagesWanted = Signal(object)  # the numbers (n,) of the images whose pictures are missing
    labelChosen = Signal(int)
    imageChosen = Signal(int)  # a test image's number
    sendWanted = Signal(object, str)  # a picture (rows, columns), uint8, and what it is

    def __init__(self) -> None:
        super().__init__()
        self.matrix = ConfusionMatrix("mistakes.matrix")
        self.values = Segments("mistakes.values", VALUES, narrow=True)
        self.sorting = Segments("mistakes.order", ORDERS, narrow=True)
        self.sentence, self.detail = Elided("mistakes.sentence", "label"), Elided("mistakes.detail", "label")
        self.images = ImageGrid("mistakes.images", tr("Images of the chosen cell"), scale=3, grows=True)
        self.images.setToolTip(for_hands(tr(NOTHING_CHOSEN)))
        self._pages = stack(self.images, named(words(tr(NO_IMAGE), "label", centred=True), "mistakes.images.none"))
        self.first = Segments("mistakes.first", FIRST, narrow=True)
        self.all = named(QPushButton(tr("All mistakes")), "mistakes.all", look="chip", title=tr("Show all mistakes"))
        self.send = named(QPushButton(tr("To Draw")), "mistakes.send", title=tr("Send the image to the Draw tab"))
        self._found: Mistakes | None = None
        self.cell: Cell = ALL  # the cell whose images are shown
        self._order: np.ndarray | None = None
        self._wanted = np.zeros(0, np.int64)
        self._shown: SomeImages | None = None
        self._image: int | None = None
        matrix = Panel(tr("Confusion"), "mistakes.confusion")
        add(matrix.head, "small", SPRING)
        for title, choice in ((tr("Order by"), self.sorting), (tr("Cells"), self.values)):
            label = words(title, "label")
            add(matrix.head, label, choice)
            rarely(label, choice)
        add(matrix.body, (self.matrix, 1), self.sentence)
        self._images_panel = images = Panel(tr(EVERY), "mistakes.cell", shortens=True)
        images.head.addSpacing(pixels("small"))
        self._figure = named(images.add_figure(), "mistakes.cell.figure")
        add(images.head, self.first, self.all)
        rarely(self.first)
        self.all.setToolTip(tr("Show the images of all mistakes."))
        add(images.body, (self._pages, 1), hbox((self.detail, 1), (self.send, 0, Qt.AlignmentFlag.AlignRight)))
        self.columns = hbox((matrix, 507), (images, 493), gap="medium", on=self)
        self.matrix.chosen.connect(self.choose)
        self.matrix.pointed.connect(self._say)
        self.values.chosen.connect(self._show_matrix)
        self.sorting.chosen.connect(self._choose_order)
        self.first.chosen.connect(self._choose_first)
        self.all.clicked.connect(lambda: self.choose(ALL))
        self.images.chosen.connect(self._choose_image)
        self.send.clicked.connect(self._send)
        self._show_detail()

    def show_mistakes(self, found: Mistakes) -> None:
        """Show how the test images are read."""
        before, self._found = self._found, found
        if before is None or before.run != found.run or before.confusion.shape != found.confusion.shape:
            self._order = None
            if any(each is not None and each >= len(found.confusion) for each in self.cell):
                self.cell = ALL
        self._show_matrix()
        self._want_images()

    def show_images(self, message: SomeImages) -> None:
        if self._found is None or not np.array_equal(message.numbers, self._wanted):
            return
        self._shown = message
        self._show_pictures()

    def forget(self) -> None:
        """Show nothing: other images are open."""
        self._found, self._order, self._shown, self.cell = None, None, None, ALL
        self._wanted = np.zeros(0, np.int64)
        self.matrix.show_confusion(None, np.zeros(0, np.int64), shares=False)
        self.images.show_images(np.zeros((0, 28, 28), np.uint8), [])
        self.sentence.set_words("")
        self._images_panel.set_title(tr(EVERY))
        set_figure(self._figure, "")
        self._show_detail()

    def pick(self, number: int | None) -> None:
        self._image = number
        self.images.mark(self._place_of_image())
        self._show_detail()

    def _show_matrix(self) -> None:
        if (found := self._found) is None:
            return
        if self._order is None:
            similar = self.sorting.key == "similar"
            self._order = found.order if similar else np.arange(len(found.confusion))
        self.matrix.show_confusion(found, self._order, shares=self.values.key == "shares")
        self.matrix.mark(self.cell)
        self._say(None)

    def _want_images(self) -> None:
        """Ask for the images of the cell, unless they are there."""
        if self._found is None:
            return
        numbers = self._found.images(self.cell, highest_first=self.first.key == "highest")
        self._show_title(len(numbers))
        is_new = not np.array_equal(numbers[:MOST_IMAGES], self._wanted)
        self._wanted = numbers[:MOST_IMAGES]
        if is_new or self._shown is None:
            self.imagesWanted.emit(self._wanted)
        else:
            self._show_pictures()

    def _show_title(self, many: int) -> None:
        assert self._found is not None
        self._images_panel.set_title(title(self._found, self.cell), title(self._found, self.cell, short=True))
        shown = tr("{count:,} of {all:,}", count=MOST_IMAGES, all=many) if many > MOST_IMAGES else written(many, ",")
        set_figure(self._figure, shown)
        self.images.setToolTip(for_hands(tr(NOTHING_CHOSEN)) if many else tr(NO_IMAGE))

    def _show_pictures(self) -> None:
        found, shown = self._found, self._shown
        if found is None or shown is None:
            return
        captions = [self._caption(number) for number in shown.numbers.tolist()]
        tips = [self._tell(number) for number in shown.numbers.tolist()]
        bar = self.images.bar
        kept = bar.value()
        self.images.show_images(shown.pictures, captions, tips, marked=self._place_of_image())
        bar.setValue(kept)
        self._show_detail()

    def _caption(self, number: int) -> str:
        assert self._found is not None
        found = self._found
        answer = name_of(found.answer_names, int(found.answers[number]))
        share = short_percent(float(found.probabilities[number]))
        if None not in self.cell:
            return f"{answer} · {share}"
        return f"{name_of(found.names, int(found.labels[number]))}→{answer} · {share}"

    def _tell(self, number: int) -> str:
        assert self._found is not None
        found = self._found
        label = name_of(found.names, int(found.labels[number]))
        answer = name_of(found.answer_names, int(found.answers[number]))
        share = probability_text(float(found.probabilities[number]))
        how = tr("classified correctly") if label == answer else tr("predicted as {one}", one=one_of(answer))
        # Translators: {how} is as `predicted as a five`
        return tr("{image}, {how}, probability {share}", image=self._called(number), how=how, share=share)

    def _called(self, number: int) -> str:
        assert self._found is not None
        name = name_of(self._found.names, int(self._found.labels[number]))
        name = tr("a {digit}", digit=name) if name.isdecimal() else name
        return tr("Test image {number:,}, {name}", number=number, name=name)

    def _show_detail(self) -> None:
        there = self._place_of_image() is not None and self._image is not None
        text = f"{self._tell(self._image)}." if there and self._image is not None else ""
        is_empty = self._found is not None and not len(self._wanted)
        self._pages.setCurrentIndex(int(is_empty))
        self.detail.set_words(text or ("" if is_empty else tr(NOTHING_CHOSEN)))
        enable(self.send, there, tr("Put this image onto the canvas of the Draw tab."), tr("Choose an image first."))

    def _place_of_image(self) -> int | None:
        if self._image is None or self._shown is None or self._found is None:
            return None
        places = np.flatnonzero(self._shown.numbers == self._image)
        return int(places[0]) if len(places) else None

    def _say(self, cell: Cell | None) -> None:
        if self._found is not None:
            brief = sentence(self._found, cell or self.cell)
            text = f"{brief} {printable(self._found.remark)}".strip()
            self.sentence.set_words(text, brief)

    def choose(self, cell: Cell) -> None:
        self.cell = cell
        self.matrix.mark(cell)
        self._say(None)
        self.images.bar.setValue(0)
        self._want_images()
        if cell[0] is not None:
            self.labelChosen.emit(cell[0])

    def _choose_order(self) -> None:
        self._order = None
        self._show_matrix()

    def _choose_first(self) -> None:
        self.images.bar.setValue(0)
        self._want_images()

    def _choose_image(self, place: int) -> None:
        if self._shown is not None and place < len(self._shown.numbers):
            self.imageChosen.emit(int(self._shown.numbers[place]))

    def _send(self) -> None:
        place = self._place_of_image()
        if place is not None and self._shown is not None and self._image is not None:
            self.sendWanted.emit(self._shown.pictures[place], self._called(self._image))


def short_percent(probability: float) -> str:
    """Return a probability with one decimal; with two where it would be rounded to 100 %."""
    return in_percent(probability, 1) if probability < 0.9995 else probability_text(probability)


class ConfusionMatrix(Cells):
    """Rows are actual classes, columns predicted ones. Mistakes have a scale of colours of their own.

    What is pointed at is row and column in the order, one more than there are classes for totals.
    """

    chosen = Signal(object)  # the cell that was clicked, or chosen by Return

    can_press = True

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Confusion matrix"), tip=tr(HOW_TO), size=(480, 420))
        self._found: Mistakes | None = None
        self.order: list[int] = []  # the classes from left to right and from top to bottom
        self._names: tuple[str, ...] = ()
        self._shares = False
        self._marked: Cell | None = None
        # First row, first column and number of classes of the part in view; `None` for all.
        self._part: tuple[int, int, int] | None = None

    def show_confusion(self, found: Mistakes | None, order: Array, *, shares: bool) -> None:
        """Show counts, or shares of the actual class, with the classes in this order (classes,)."""
        if len(order) != len(self.order):
            self.updateGeometry()
        self._found, self.order, self._shares = found, [int(label) for label in order], shares
        # Once for all cells: of 100 classes each of the 10,000 would ask for 100 names, for most of a second.
        self._names = tuple(map(self._name, self.order))
        if self._pointed and max(self._pointed) > len(self.order):
            self._pointed = None
        if self._part and max(self._part[:2]) + self._part[2] > len(self.order):
            self._part = None
        self.tell_pointed()
        self.update()

    def mark(self, cell: Cell | None) -> None:
        self._marked = cell
        self.update()

    def text_of(self, cell: Cell, form: str = ",") -> str:
        """Return the number in a cell; `form` is the format of a count."""
        if self._found is None:
            return ""
        confusion, (label, answer) = self._found.confusion, cell
        if label is None or answer is None:
            return written(int(confusion[_all_or(label)][..., _all_or(answer)].sum()), form)
        count, total = int(confusion[label, answer]), int(confusion[label].sum())
        if not count:
            return ""
        return written(100 * count / total, ".1f") if self._shares else written(count, form)

    def table(self) -> Table | None:
        if self._found is None or not self.order:
            return None
        numbers = self._found.confusion[np.ix_(self.order, self.order)]
        if self._shares:
            numbers = numbers / np.maximum(self._found.confusion.sum(axis=1)[self.order, None], 1)
        actual, predicted = ([self._name(label, answer=each) for label in self.order] for each in (False, True))
        return matrix_table(numbers, actual, predicted, mark("actual"))

    def minimumSizeHint(self) -> QSize:
        many = len(self.order)
        side = LEAST_CELL * (min(many, MOST_WHOLE) + 3) + scaled(HEAD)
        return QSize(side, max(side, scaled(LEAST_ROW) * (min(many, FEWEST_SEEN) + 1) + scaled(3 * HEAD)))

    def place_of(self, cell: Cell) -> QRectF:
        return self._place(*(len(self.order) if each is None else self.order.index(each) for each in cell))

    def _place(self, row: int, column: int) -> QRectF:
        """Return the rectangle of a cell, also outside of the part that is seen."""
        left, top, across, down = self._measures()
        first_row, first_column, count = self.part
        many = len(self.order)
        x = left + (column - first_column if column < many else count) * across + (column == many) * GAP
        y = top + (row - first_row if row < many else count) * down + (row == many) * GAP
        return QRectF(round(x), round(y), round(x + across) - round(x), round(y + down) - round(y))

    def heard_place(self, cell: PlaceInMatrix) -> QRectF | None:
        place = self._place(*cell)
        return place if self.rect().contains(place.toRect()) else None

    def say(self, cell: PlaceInMatrix) -> str:
        return sentence(self._found, self._cell(cell)) if self._found else ""

    def finding(self) -> str:
        """Return how many images are misread, and what is mixed up most."""
        found = self._found
        if found is None:
            return ""
        mistakes = found.confusion * (1 - np.eye(len(found.confusion), dtype=np.int64))
        largest = np.argsort(-mistakes, axis=None, kind="stable")[:MOST_SAID]
        pairs = [divmod(int(at), len(mistakes)) for at in largest if mistakes.flat[at]]
        said = ", ".join(_mixed_up(found, label, answer) for label, answer in pairs)
        often = tr("Most often: {pairs}.", pairs=said) if said else ""
        return " ".join(filter(None, (sentence(found, ALL), often, printable(found.remark))))

    def heard_cells(self) -> Iterator[PlaceInMatrix]:
        """Return all cells; of very many classes those in view when zoomed in, else totals and mistakes."""
        if len(self.order) <= MOST_WHOLE or self._found is None:
            yield from super().heard_cells()
            return
        numbers = self._found.confusion[np.ix_(self.order, self.order)].copy()
        np.fill_diagonal(numbers, 0)
        rows, columns = (set(self._seen(first)) for first in self.part[:2])
        for row, column in itertools.product(range(len(self.order) + 1), repeat=2):
            is_total = len(self.order) in (row, column)
            in_view = (row in rows and column in columns) if self._part else is_total or numbers[row, column]
            if in_view or (row, column) == self._pointed:
                yield PlaceInMatrix(row, column)

    @property
    def part(self) -> tuple[int, int, int]:
        return self._part or (0, 0, len(self.order))

    def zoom_by(self, steps: float, at: tuple[int, int] | None = None) -> None:
        """Zoom in on a cell, by row and column in the order; negative steps zoom out."""
        many, (first_row, first_column, count) = len(self.order), self.part
        if not many:  # no answer yet
            return
        fewest = min(many, FEWEST_SEEN)
        seen = min(max(round(count / KEY_ZOOM**steps), fewest), many)
        if seen == count:  # rounding leads nowhere
            seen = min(max(count + (1 if steps < 0 else -1), fewest), many)
        row, column = at or self._pointed or (first_row + count // 2, first_column + count // 2)
        top, left = (
            min(max(round(place - (place - first) * seen / count), 0), many - seen)
            for place, first in ((row, first_row), (column, first_column))
        )
        self._part = (top, left, seen) if seen < many else None
        self.update()

    def _seen(self, first: int) -> list[int]:
        """Return the rows or columns that are seen, from `first` on; the last one is that of the totals."""
        return [*range(first, first + self.part[2]), len(self.order)]

    def _measures(self) -> tuple[float, float, float, float]:
        """Return left and top of the first cell, and width and height of a cell, in pixels."""
        names, word = _widest(self._names, text_size()), _widest((tr("actual"),), text_size(), "caption")
        left = max(min(names, scaled(WIDEST_NAME)) + 14, scaled(LEAST_HEAD), word + 8)
        top = scaled(HEAD) + scaled(22)
        many = self.part[2] + 1
        across, down = (self.width() - left - GAP - 1) / many, (self.height() - top - GAP - 1) / many
        return left, top, min(across, 1.6 * down), min(down, 1.2 * across)

    def shape(self) -> tuple[int, int]:
        many = len(self.order) + 1 if self._found is not None and self.order else 0
        return many, many

    def cell_at(self, position: QPointF) -> PlaceInMatrix | None:
        many = len(self.order)
        if not many or self._found is None:
            return None
        left, top, across, down = self._measures()
        first_row, first_column, count = self.part
        places = list[int]()
        for at, begin, size, first in (
            (position.y(), top, down, first_row),
            (position.x(), left, across, first_column),
        ):
            number = int((at - begin) // size)
            if number >= count:
                number = int((at - begin - GAP) // size)
            if not 0 <= number <= count:
                return None
            places.append(first + number if number < count else many)
        return PlaceInMatrix(*places)

    def _cell(self, place: tuple[int, int]) -> Cell:
        row, column = (self.order[each] if each < len(self.order) else None for each in place)
        return row, column

    def _name(self, label: int, *, answer: bool = False) -> str:
        found = self._found
        return name_of((found.answer_names if answer else found.names) if found else (), label)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.point_at(place)
            self.chosen.emit(self._cell(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell with the arrows, choose one with Return."""
        key = Qt.Key(event.key())
        if key in ZOOM_KEYS:
            self.zoom_by(ZOOM_KEYS[key])
        elif key == Qt.Key.Key_0:
            self._part = None
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._cell(self._pointed))
        else:
            super().keyPressEvent(event)
            self._show_pointed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cell under the mouse; where all are seen already, let the page around scroll."""
        steps = math.log(WHEEL ** event.angleDelta().y(), KEY_ZOOM)
        at = self.cell_at(event.position())
        is_end = len(self.order) <= FEWEST_SEEN or (steps < 0 and self._part is None)
        if steps and at is not None and not is_end:
            self.zoom_by(steps, at)
            self.point_at(self.cell_at(event.position()))
            event.accept()
        else:
            event.ignore()

    def _show_pointed(self) -> None:
        """Scroll just so far that the cell that is pointed at is seen."""
        if self._part is not None and self._pointed is not None:
            *firsts, count = self._part
            row, column = (
                first if place == len(self.order) else min(max(first, place - count + 1), place)
                for first, place in zip(firsts, self._pointed, strict=True)
            )
            self._part = row, column, count

    def tell_pointed(self) -> None:
        self.pointed.emit(None if self._pointed is None else self._cell(self._pointed))

    def marks(self, seen: Places) -> Iterator[Mark]:
        if self._found is None or not self.order:
            return
        left, top, _, _ = self._measures()
        head, many, (first_row, first_column, _) = scaled(HEAD), len(self.order), self.part
        yield Words(QRectF(left, 0, self.width(), head), tr("predicted"), "faint")
        yield Words(QRectF(0, head, left - 8, top - head), tr("actual"), "faint", side=RIGHT)
        rows, columns = self._seen(first_row), self._seen(first_column)
        pointed = self._pointed or (-1, -1)
        yield from self._name_words(rows, pointed[0], partial(self._row_head, left=left), is_row=True)
        yield from self._name_words(columns, pointed[1], partial(self._column_head, top=top), is_row=False)
        yield from self._cell_marks(rows, columns)
        whole = self._place(0, 0).united(self._place(many - 1, many - 1))
        yield Frame(whole.adjusted(-0.5, -0.5, -0.5, -0.5))
        if self._pointed is not None:
            frame = self._place(*self._pointed).adjusted(0, 0, -1, -1)
            yield Frame(frame, "focus" if self.hasFocus() else "faint", 2)
        if self._marked is not None:
            place = self.place_of(self._marked).adjusted(0, 0, -1, -1)
            yield Frame(place, "accent", 2)
            yield Frame(place.adjusted(1.5, 1.5, -1.5, -1.5), "surface")  # else it is not seen on a dark cell

    def _colored(self) -> QImage:
        """Return the mistakes as an image, a pixel for each cell; zero has the colour of the panel."""
        assert self._found is not None
        numbers = self._found.confusion.astype(np.float64)
        if self._shares:
            numbers /= np.maximum(numbers.sum(axis=1, keepdims=True), 1)
        np.fill_diagonal(numbers, 0)
        return magnitude_image(numbers[np.ix_(self.order, self.order)], float(numbers.max(initial=0)))

    def _name_words(
        self, numbers: list[int], pointed: int, head: Callable[[int, str, QFont], QRectF], *, is_row: bool
    ) -> Iterator[Mark]:
        """Yield the names at one side: the one that is pointed at, and as many others as fit."""
        many, taken, every = len(self.order), list[QRectF](), self._every(is_row=is_row)
        for number in sorted(numbers, key=lambda number: (number != pointed, number != many, number)):
            is_name, is_pointed = number < many, number == pointed
            if is_name and not is_pointed and (number - numbers[0]) % every:
                continue
            name = self._name(self.order[number], answer=not is_row) if is_name else tr("all")
            role = "value" if is_name else "caption"
            letters = font(role)
            place = head(number, name if is_pointed or not is_name else brief(name), letters)
            if any(place.intersects(other) for other in taken):
                continue
            taken.append(place)
            color = "accent" if is_pointed else "text" if is_name else "faint"
            name = elided_name(name, place.width(), letters)
            yield Words(place, name, color, role, RIGHT if is_row else CENTER)

    def _every(self, *, is_row: bool) -> int:
        _, _, across, down = self._measures()
        measure = QFontMetricsF(font("value"))
        if is_row:
            return math.ceil((measure.capHeight() + 4) / max(down, 1e-6))
        briefs = [brief(self._name(label, answer=True)) for label in self.order]
        wide = max(map(measure.horizontalAdvance, briefs), default=0.0)
        return math.ceil((wide + 4) / max(across, 1e-6)) if wide > across - 2 else 1

    def _row_head(self, number: int, name: str, letters: QFont, left: float) -> QRectF:
        place, high = self._place(number, 0), QFontMetricsF(letters).capHeight() + 4
        head = QRectF(0, place.top(), left - 8, max(place.height(), high))
        head.moveCenter(QPointF(head.center().x(), place.center().y()))
        head.moveBottom(min(head.bottom(), self.height()))
        return head

    def _column_head(self, number: int, name: str, letters: QFont, top: float) -> QRectF:
        place, high = self._place(0, number), scaled(HEAD)
        wide = QFontMetricsF(letters).horizontalAdvance(name) + 4
        head = QRectF(0, high, max(place.width() - 2, wide), top - high)
        if wide <= place.width():
            head.moveCenter(QPointF(place.center().x(), head.center().y()))
        else:
            head.moveLeft(place.left())
        head.moveRight(min(head.right(), self.width()))
        return head

    def _cell_marks(self, rows: list[int], columns: list[int]) -> Iterator[Mark]:
        """Yield the cells and their numbers, as large as there is room for. Of 100 classes most cells are empty."""
        assert self._found is not None
        colors, colored, many = theme().current, self._colored(), len(self.order)
        *_, across, down = self._measures()  # the same for all, unlike rounded widths and heights
        edge = int(across > LEAST_CELL)  # of the line between cells
        tops, lefts = ({at: self._place(at, at) for at in places} for places in (rows, columns))
        ground = self._place(rows[0], columns[0]).united(self._place(rows[-2], columns[-2]))
        yield Bar(ground, colored.pixelColor(0, 0))  # the colour of no mistake
        if edge:
            right = [QRectF(lefts[column].right() - 1, ground.top(), 1, ground.height()) for column in columns[:-1]]
            below = [QRectF(ground.left(), tops[row].bottom() - 1, ground.width(), 1) for row in rows[:-1]]
            yield Bars([*right, *below], "line")
        rooms = {role: QFontMetricsF(font(role, numbers=True)) for role in {*NUMBERS, *MISTAKES}}
        has_numbers = min(room.height() for room in rooms.values()) <= down + 3
        counts = self._found.confusion[np.ix_(self.order, self.order)].tolist()
        for row, column in itertools.product(rows, columns):
            is_total, is_mistake = many in (row, column), row != column
            if not is_total and is_mistake and not counts[row][column]:
                continue
            top, left = tops[row], lefts[column]
            place, ink = QRectF(left.left(), top.top(), left.width(), top.height()), "faint" if is_total else "muted"
            if not is_total:
                color = colored.pixelColor(column, row) if is_mistake else colors.color("raised")
                ink = _ink(color.name(), colors.text, colors.surface) if is_mistake else ink
                yield Bar(place.adjusted(0, 0, -edge, -edge), color)
            if not has_numbers:
                continue
            cell = self._cell((row, column))
            text = self.text_of(cell)
            roles = MISTAKES if is_mistake and not is_total else NUMBERS
            fitting = roles[(down < scaled(HUGE)) + (down < scaled(ROOMY)) :]
            for role, digits in (*((role, text) for role in fitting), (roles[-1], self.text_of(cell, "d"))):
                room, edges = rooms[role], 2 if role == "caption" else 6
                if room.horizontalAdvance(digits) <= place.width() - edges and room.height() <= place.height() + 2:
                    yield Words(place, digits, ink, role, CENTER, numbers=True)
                    break


@functools.lru_cache(8)
def _widest(names: tuple[str, ...], percent: int, role: str = "value") -> float:
    """Return the width of the widest name in letters of `percent`, which is there for the cache."""
    return max(map(QFontMetricsF(font(role)).horizontalAdvance, names), default=0.0)


@functools.lru_cache(1024)
def _ink(ground: str, text: str, surface: str) -> str:
    """Return the colour of the theme with the better contrast on `ground`."""
    return "text" if contrast(ground, text) >= contrast(ground, surface) else "surface"


def _all_or(number: int | None) -> slice | int:
    return slice(None) if number is None else number


def one_of(name: str) -> str:
    """Return a class as one thing: `a four`, `an eight`, `a “Bag”`."""
    return tr(DIGITS[name].one) if name in DIGITS else tr("a “{name}”", name=name)


def thing(name: str) -> str:
    """Return a class as a word: `four`, `“Bag”`."""
    return tr(DIGITS[name].word) if name in DIGITS else tr("“{name}”", name=name)


def things(name: str) -> str:
    """Return a class as many things: `fours`, `“Bag”`."""
    return tr(DIGITS[name].many) if name in DIGITS else tr("“{name}”", name=name)


def name_of(names: tuple[str, ...], number: int) -> str:
    """Return what a class is called; a network may know more classes than the data have names for."""
    return names[number] if number < len(names) else str(number)


def sentence(found: Mistakes, cell: Cell) -> str:
    """Return what there is to say of a cell, a row's or a column's total, or all."""
    label, answer = cell
    if label is None:
        if answer is not None:
            return _of_answer(found, answer)
        wrong, images = found.wrong, len(found.labels)
        return tr_plural(
            "{count:,} of {all:,} test images is misread: {share}.",
            "{count:,} of {all:,} test images are misread: {share}.",
            wrong,
            all=images,
            share=_share(wrong, images),
        )
    of_class = int(found.confusion[label].sum())
    many = things(name_of(found.names, label))
    if not of_class:
        return tr("There are no {things} among the test images.", things=many)
    if answer is None:
        wrong = of_class - int(found.confusion[label, label])
        return tr_plural(
            "{count:,} of {all:,} {things} was predicted as something else: {share}.",
            "{count:,} of {all:,} {things} were predicted as something else: {share}.",
            wrong,
            all=of_class,
            things=many,
            share=_share(wrong, of_class),
        )
    count = int(found.confusion[label, answer])
    if label == answer:
        return tr_plural(
            "{count:,} of {all:,} {things} was classified correctly: {share}.",
            "{count:,} of {all:,} {things} were classified correctly: {share}.",
            count,
            all=of_class,
            things=many,
            share=_share(count, of_class),
        )
    one, other = name_of(found.names, label), name_of(found.answer_names, answer)
    if count == 0:
        return tr("No {thing} was predicted as {other}.", thing=thing(one), other=one_of(other))
    return tr_plural(
        "{count:,} {thing} was predicted as {other}: {share} of all {things}.",
        "{count:,} {things} were predicted as {others}: {share} of all {things}.",
        count,
        share=_share(count, of_class),
        **_pair(one, other),
    )


def _mixed_up(found: Mistakes, label: int, answer: int) -> str:
    """Return how often a class was predicted as another: `3 fours as nines`."""
    count = int(found.confusion[label, answer])
    one, other = name_of(found.names, label), name_of(found.answer_names, answer)
    return tr_plural("{count:,} {thing} as {other}", "{count:,} {things} as {others}", count, **_pair(one, other))


def _pair(one: str, other: str) -> dict[str, str]:
    return {"thing": thing(one), "things": things(one), "other": one_of(other), "others": things(other)}


def title(found: Mistakes, cell: Cell, *, short: bool = False) -> str:
    """Return what the images of a cell are, as a title."""
    label, answer = cell
    if label is None:
        if answer is None:
            return tr(EVERY)
        return tr("Wrongly predicted as {things}", things=things(name_of(found.answer_names, answer)))
    name = name_of(found.names, label)
    many = tr(DIGITS[name].title) if name in DIGITS else things(name)
    if answer is None:
        return tr("{things}, misread", things=many)
    if label == answer:
        return tr("{things}, classified correctly", things=many)
    others = things(name_of(found.answer_names, answer))
    if short:
        return tr("{things} as {others}", things=many, others=others)
    return tr("{things}, predicted as {others}", things=many, others=others)


def _of_answer(found: Mistakes, answer: int) -> str:
    count = int(found.confusion[:, answer].sum())
    wrong = count - int(found.confusion[answer, answer])
    many = things(name_of(found.answer_names, answer))
    if not count:
        return tr("Nothing was predicted as {one}.", one=one_of(name_of(found.answer_names, answer)))
    return tr_plural(
        "{count:,} of {all:,} images that were predicted as {things} is something else.",
        "{count:,} of {all:,} images that were predicted as {things} are something else.",
        wrong,
        all=count,
        things=many,
    )


def _share(count: int, of: int) -> str:
    return percent(count / of) if of else tr("none")
