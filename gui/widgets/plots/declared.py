"""Panels for charts that are declared as numbers and words: a plug-in's page, which may come from a stranger.

All of its names are shown as plain words on one line; long ones are shortened, and whole in tips and tables.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar

from engine.core.charts import Bars, Cells, Chart, Images, Plot, Sentences
from engine.core.language import headed, mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import MINUS, isolated, percent
from gui.look.fonts import font, keep, scaled
from gui.look.layout import SPRING, Fitted, add, hbox, scrolling
from gui.look.words import Elided, named, start, words
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, LEFT, RIGHT, Frame, Mark, Words
from gui.widgets.panel import Panel
from gui.widgets.pictures.cell_words import exact
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.axis import RAISED, say_number
from gui.widgets.plots.bars import BarRows
from gui.widgets.plots.chart import Cell, Datum, Places
from gui.widgets.plots.number_map import NumberMap
from gui.widgets.plots.picture_plot import PictureView
from gui.widgets.plots.scale_bar import ScaleBar

MEASURED = 200  # of many names, that many of the longest are measured
NAMES, GAP = 0.35, 8  # most of a chart's width for the names at its left, and the gap behind them

LEAST_ROW, MOST_ROW, ROWS = 18, 30, 16  # heights of a bar's row, and number of rows that it prefers to have at most

LEAST_COLUMN, MOST_COLUMN, CUT_COLUMN = 22, 72, 34  # room for the name of a column, and for one that is longer
NAME_LINE = 18  # height of the names over the columns
MOST_PARTS = 2_500  # of more cells, a screen reader gets the largest of each row

NOTHING = mark("There are no numbers.")
CAPTION = 150  # greatest width of a caption below a picture
LONG_WORD, PART = re.compile(r"\S{25,}"), re.compile(r"(\S{8})(?=\S)")  # within longer ones lines may end, and where


class Declared(Panel):
    """The panel of one chart, which can show other charts of its `kind` in place."""

    kind: ClassVar[type]

    def __init__(self, title: str, name: str) -> None:
        super().__init__(isolated(title) or tr("Chart"), name, shortens=True)
        self.title = title
        add(self.head, SPRING)

    def show_chart(self, chart: Any) -> None:
        """Show a chart of its kind."""
        if chart.title != self.title:
            self.title = chart.title
            self.set_title(isolated(chart.title) or tr("Chart"))
        self.show_content(chart)

    def show_content(self, chart: Any) -> None:
        """Show what is below the title."""
        raise NotImplementedError

    def finding(self) -> str:
        """Return what the chart says, in a sentence or two."""
        raise NotImplementedError


def shown(chart: Chart, name: str) -> Declared:
    """Return a panel that shows a chart; `name` is its object name, and begins those of its parts.

    Arrays and names have to be as many as one another, as the process that declares them sees to.
    """
    panel: Declared = KINDS[type(chart)](chart.title, name)
    panel.show_chart(chart)
    return panel


class PlotPanel(Declared):
    """Curves and points, below the name of what they show."""

    kind = Plot

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name)
        self.view = PictureView(name, isolated(title), from_zero=False)
        self.up = Elided(f"{name}.up")
        add(self.head, self.view.tools)
        add(self.body, self.up, (self.view, 1))

    def show_content(self, chart: Plot) -> None:
        picture = chart.picture
        curves = tuple(replace(curve, label=isolated(curve.label)) for curve in picture.curves)
        levels = tuple(replace(level, label=isolated(level.label)) for level in picture.levels)
        x_label, y_label = isolated(picture.x_label), isolated(picture.y_label)
        self.up.set_words(y_label)
        self.up.setVisible(bool(y_label))
        self.view.show_picture(replace(picture, x_label=x_label, y_label=y_label, curves=curves, levels=levels))
        self.view.legend.setVisible(any(curve.label for curve in curves))

    def finding(self) -> str:
        return self.view.plot.finding()


class BarsPanel(Declared):
    """Bars below each other."""

    kind = Bars

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name)
        self.bars = NamedBars(f"{name}.bars", isolated(title))
        self.body.addWidget(self.bars, 1)

    def show_content(self, chart: Bars) -> None:
        self.bars.show_chart(chart)

    def finding(self) -> str:
        return self.bars.finding()


class NamedBars(Fitted, BarRows):
    """Rows from top to bottom, which scroll where they have no room; the arrow keys go from one to the next."""

    heads = mark("name"), mark("value")

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, takes_keys=True)
        self.current: int | None = None  # the bar under the cursor of the keys
        self._widths = 0.0, 0.0  # of names and numbers
        self._known = np.zeros(0, bool)  # which of the values are numbers
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.valueChanged.connect(self.update)
        keep(self, NamedBars._measure)

    def show_chart(self, chart: Bars) -> None:
        """Show a number for each name."""
        values = np.asarray(chart.values, float)
        texts = [(_share_words if chart.percent else say_number)(value) for value in values.tolist()]
        names = [isolated(name) for name in chart.names]
        if len(values) != len(self.values):
            self.current = None
        self._known = ~np.isnan(values)
        self.is_signed = bool((values < 0).any())
        self.setAccessibleName(isolated(chart.title))
        self.show_bars(values, names, texts, names)
        self.updateGeometry()
        self._measure()

    def datum(self, cell: Any, value: float, says: str) -> Datum:
        return Datum((cell, value), says, says)

    def finding(self) -> str:
        """Return the largest and the smallest bar, and which are in view."""
        count, seen = len(self.values), self.in_view()
        values = np.where(self._known, self.values, np.nan) if count else self.values
        said = _extremes(values, lambda number: headed(self.names[number], self.texts[number]), self.texts.__getitem__)
        if len(seen) == count:
            return said
        sentence = mark("{all:,} bars; {first:,} to {last:,} are in view, the arrows go to the others.")
        return f"{said} {tr(sentence, all=count, first=seen.start + 1, last=seen.stop)}"

    def in_view(self) -> range:
        """Return which bars are in view."""
        high, count = self._row, len(self.values)
        first = self.bar.value() // high
        return range(min(first, count), min(-(-(self.bar.value() + self.height()) // high), count))

    def places(self) -> Places:
        wide, high, top = self.width() - self._beside, self._row, self.bar.value()
        return [(number, QRectF(0, number * high - top, wide, high)) for number in self.in_view()]

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the bars in view."""
        return [
            HeardPart(self.data[number].says, place, is_chosen=number == self.current)
            for number, place in self.places()
        ]

    def names_room(self, letters: QFont) -> float:
        return min(self._widths[0], NAMES * (self.width() - self._beside))

    def numbers_room(self, letters: QFont) -> float:
        return self._widths[1]

    def marks(self, seen: Places) -> Iterator[Mark]:
        yield from super().marks(seen)
        if not len(self.values):
            yield Words(QRectF(self.rect()), tr(NOTHING), "faint", side=CENTER)
        for number, row in seen:
            if number == self.current and self.hasFocus():
                yield Frame(row.adjusted(1, 1, -1, -1), "focus", 2, 3)

    def sizeHint(self) -> QSize:
        return QSize(scaled(240), scaled(LEAST_ROW) * min(max(len(self.values), 1), ROWS))

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(140), scaled(LEAST_ROW) * min(max(len(self.values), 1), 3))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from bar to bar with the arrows, by pages, or to an end."""
        page = max(1, self.height() // self._row)
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self.values),
            Qt.Key.Key_End: len(self.values),
        }
        if (step := steps.get(Qt.Key(event.key()))) is None or not len(self.values):
            super().keyPressEvent(event)
            return
        wanted = self.in_view().start if self.current is None and abs(step) == 1 else (self.current or 0) + step
        self.current = number = min(max(wanted, 0), len(self.values) - 1)
        top = number * self._row
        self.bar.setValue(max(min(self.bar.value(), top), top + self._row - self.height()))
        self.update()
        say_part(self, number - self.in_view().start)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
        if self.bar.maximum() > 0:
            QApplication.sendEvent(self.bar, event)

    @property
    def _row(self) -> int:
        """The height of a row: what there is, between the least and the most that looks well."""
        share = self.height() // max(1, len(self.values))
        return min(max(share, scaled(LEAST_ROW)), scaled(MOST_ROW))

    @property
    def _beside(self) -> int:
        """The width of the scroll bar, if there is one."""
        return self.bar.width() + GAP // 2 if self.bar.maximum() > 0 else 0

    def _measure(self) -> None:
        """Find the room that names and numbers need in letters of the present size."""
        letters = font("small_value", numbers=True)
        self._widths = _widest(self.names, letters) + GAP, _widest(self.texts, letters) + GAP
        self._fit()

    def _fit(self) -> None:
        wide = self.bar.sizeHint().width()
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())
        self.bar.setMaximum(max(0, len(self.values) * self._row - self.height()))
        self.bar.setPageStep(self.height())
        self.bar.setSingleStep(self._row)
        self.bar.setVisible(self.bar.maximum() > 0)
        self.update()


class CellsPanel(Declared):
    """A matrix as colours; above it what its sides are, below what its colours mean."""

    kind = Cells

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name)
        self.cells = NamedCells(f"{name}.cells", isolated(title))
        self.sides = Elided(f"{name}.sides")
        self.power = named(words("", "caption"), f"{name}.power")
        self.gaps = named(words(tr("grey: no number"), "caption"), f"{name}.gaps")
        self.scale = ScaleBar(f"{name}.scale", tr("What the colours mean"))
        below = hbox(self.power, SPRING, self.gaps, self.scale, gap="small")
        add(self.body, self.sides, (self.cells, 1), below)
        self.cells.resized.connect(self._say_power)

    def show_content(self, chart: Cells) -> None:
        self.cells.show_chart(chart)
        self.sides.set_words(self.cells.say_sides())
        self.sides.setVisible(bool(self.sides.words))
        self._say_power()
        known = self.cells.numbers is not None
        self.gaps.setVisible(known and bool(np.isnan(chart.values).any()))
        self.scale.setVisible(known)
        low, high = say_number(-self.cells.most), say_number(self.cells.most)
        self.scale.set_words(low if self.cells.is_signed else "0", high, signed=self.cells.is_signed)

    def _say_power(self) -> None:
        self.power.setText(self.cells.say_power())

    def finding(self) -> str:
        return self.cells.finding()


class NamedCells(NumberMap):
    """A matrix with the names of its rows and columns; where these have no room, with that of every few of them."""

    widest, highest = 4.0, 6.0

    resized = Signal()  # its numbers may be written otherwise

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, "")
        self._rows: Sequence[str] = ()
        self._columns: Sequence[str] = ()
        self._sides = "", ""
        self._widths = 0.0, 0.0  # of the names of rows and of columns
        keep(self, NamedCells._measure)

    def show_chart(self, chart: Cells) -> None:
        """Show a matrix with its names."""
        numbers = np.asarray(chart.values, float)
        sizes = np.abs(numbers[np.isfinite(numbers)])
        self._rows, self._columns = ([isolated(name) for name in names] for names in (chart.rows, chart.columns))
        self._sides = isolated(chart.row_label), isolated(chart.column_label)
        self.setAccessibleName(isolated(chart.title))
        self._measure()
        most = float(sizes.max(initial=0.0)) or 1.0
        self.show_numbers(numbers if numbers.size else None, most, signed=bool((numbers < 0).any()))

    @property
    def is_signed(self) -> bool:
        """Whether a number is negative."""
        return self._signed

    def say_sides(self) -> str:
        """Return what rows and columns are, in words."""
        rows, columns = self._sides
        if rows and columns:
            return tr("columns: {the_other}, rows: {the_one}", the_other=columns, the_one=rows)
        return headed(tr("rows"), rows) if rows else headed(tr("columns"), columns) if columns else ""

    def say_power(self) -> str:
        """Return what the written numbers are multiples of: `× 10⁻³`; empty of 1, and where none are written."""
        return f"× 10{str(self.power).translate(RAISED)}" if self.power and self.shows_words else ""

    def say(self, cell: Cell | None) -> str:
        """Return a cell in words, `row, column: value`; empty for none."""
        if cell is None or self.numbers is None:
            return ""
        names = ", ".join(filter(None, (self._rows[cell.row], self._columns[cell.column])))
        return headed(names, self._text(cell))

    def finding(self) -> str:
        if self.numbers is None:
            return tr(NOTHING)
        rows, columns = self.numbers.shape
        numbers = self.numbers.ravel()
        said = _extremes(
            numbers,
            lambda number: self.say(Cell(*divmod(number, columns))),
            lambda number: self._text(Cell(*divmod(number, columns))),
        )
        return tr("{rows} rows, {columns} columns. {picture}", rows=rows, columns=columns, picture=said)

    def table(self) -> Table | None:
        if self.numbers is None:
            return None
        return matrix_table(self.numbers, self._rows, self._columns, " / ".join(filter(None, self._sides)))

    def heard_cells(self) -> Iterator[Cell]:
        """Return all cells; of very many, the largest of each row."""
        if self.numbers is None or self.numbers.size <= MOST_PARTS:
            yield from super().heard_cells()
            return
        largest = np.nan_to_num(np.abs(self.numbers)).argmax(axis=1).tolist()
        cells = {Cell(row, column) for row, column in enumerate(largest)}
        yield from sorted(cells | ({self._pointed} if self._pointed is not None else set()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def room(self) -> QRectF:
        left, top = min(self._widths[0], NAMES * self.width()), scaled(NAME_LINE) if any(self._columns) else 1
        return QRectF(left, top, max(1.0, self.width() - left - 1), max(1.0, self.height() - top - 1))

    def marks(self, seen: Places) -> Iterator[Mark]:
        if self.numbers is None:
            yield Words(QRectF(self.rect()), tr(NOTHING), "faint", side=CENTER)
            return
        yield from self._named_sides()
        yield from super().marks(seen)

    def _named_sides(self) -> Iterator[Mark]:
        place, letters = self.place(), QFontMetricsF(font("caption"))
        down, across = place.height() / len(self._rows), place.width() / len(self._columns)
        line = letters.height()
        if place.left() > 1:
            every = max(1, int(-(-line // down)))
            for row in range(0, len(self._rows), every):
                middle = place.top() + (row + 0.5) * down
                area = QRectF(0, middle - line / 2, place.left() - GAP + 2, line)
                if area.bottom() > self.height() + 1:
                    break  # the name of the last one that is named would be cut
                name = letters.elidedText(self._rows[row], Qt.TextElideMode.ElideMiddle, area.width())
                yield Words(area, name, "muted", side=RIGHT)
        if any(self._columns):
            wanted = max(self._widths[1], scaled(LEAST_COLUMN))
            if wanted > scaled(MOST_COLUMN):
                wanted = scaled(CUT_COLUMN)  # shortened all the same
            every = max(1, int(-(-wanted // across)))
            for column in range(0, len(self._columns), every):
                area = QRectF(place.left() + column * across, 0, across * every - GAP / 2, place.top())
                area.setRight(min(area.right(), float(self.width())))
                if every > 1 and area.width() < wanted - GAP:
                    break
                name = letters.elidedText(self._columns[column], Qt.TextElideMode.ElideMiddle, area.width())
                yield Words(area, name, "muted", side=CENTER if every == 1 else LEFT)

    def _text(self, cell: Cell) -> str:
        assert self.numbers is not None
        value = float(self.numbers[cell])
        return exact(value) if np.isfinite(value) else say_number(value)

    def _measure(self) -> None:
        letters = font("caption")
        self._widths = (
            _widest(self._rows, letters) + GAP if any(self._rows) else 1.0,
            _widest(self._columns, letters) + GAP,
        )
        self.update()


class ImagesPanel(Declared):
    """Pictures with captions."""

    kind = Images

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name)
        self.grid = PlainGrid(f"{name}.images", isolated(title), grows=True, widest=CAPTION)
        self.body.addWidget(self.grid, 1)

    def show_content(self, chart: Images) -> None:
        pictures = np.asarray(chart.pictures, np.uint8)
        if not pictures.size:
            pictures = np.zeros((0, 28, 28), np.uint8)
        captions = [isolated(caption) for caption in chart.captions[: len(pictures)]]
        self.grid.setAccessibleName(isolated(chart.title))
        self.grid.show_images(pictures, [caption or f"{number}" for number, caption in enumerate(captions, 1)])

    def finding(self) -> str:
        return self.grid.finding()


class PlainGrid(ImageGrid):
    """Pictures that are only looked at."""

    can_press = False


class SentencesPanel(Declared):
    """A text, which scrolls where it has no room."""

    kind = Sentences

    def __init__(self, title: str, name: str) -> None:
        super().__init__(title, name)
        self.label = named(words("", "", wrapped=True), f"{name}.text")
        self.label.setAlignment(start(Qt.AlignmentFlag.AlignTop))
        self._lines: list[str] = []
        area = scrolling(self.label, f"{name}.area")
        area.verticalScrollBar().rangeChanged.connect(
            lambda _, most: area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if most else Qt.FocusPolicy.NoFocus)
        )
        self.body.addWidget(area, 1)

    def show_content(self, chart: Sentences) -> None:
        self._lines = [isolated(line.expandtabs(4)) for line in chart.text.splitlines()]
        text = "\n".join(self._lines)
        # A line may end within a word that would be wider than the panel.
        self.label.setText(LONG_WORD.sub(lambda found: PART.sub("\\1\N{ZERO WIDTH SPACE}", found[0]), text))
        self.label.setAccessibleName(text)

    def table(self) -> Table | None:
        rows = [(line,) for line in self._lines if line]
        return Table((mark("text"),), rows) if rows else None

    def finding(self) -> str:
        return "\n".join(self._lines)


KINDS: dict[type, type[Declared]] = {
    panel.kind: panel for panel in (PlotPanel, BarsPanel, CellsPanel, ImagesPanel, SentencesPanel)
}


def _share_words(value: float) -> str:
    if not np.isfinite(value):
        return say_number(value)
    return f"{MINUS}{percent(-value)}" if value < 0 else percent(value)


def _widest(names: Sequence[str], letters: QFont) -> float:
    """Return the width of the widest of some words, in pixels; of many, only the longest are measured."""
    some = names if len(names) <= MEASURED else sorted(names, key=len)[-MEASURED:]
    return max(map(QFontMetricsF(letters).horizontalAdvance, some), default=0.0)


def _extremes(values: Array, say: Callable[[int], str], write: Callable[[int], str]) -> str:
    """Return the largest and the smallest of numbers (n,); `say` writes one with its name, `write` without."""
    known = ~np.isnan(values)
    if not known.any():
        return tr(NOTHING)
    most, least = int(np.nanargmax(values)), int(np.nanargmin(values))
    gaps = len(values) - int(known.sum())
    more = tr_plural("{count:,} is no number.", "{count:,} are no numbers.", gaps) if gaps else ""
    if len(values) == 1:
        return f"{say(most)}."
    if values[most] == values[least]:
        said = tr("All are {number}.", number=write(most))
    else:
        said = tr("Largest: {most}. Smallest: {least}.", most=say(most), least=say(least))
    return " ".join(filter(None, (said, more)))
