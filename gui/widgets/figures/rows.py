"""Rows on the screen, in columns: a click on a column's head or Enter in it orders by it, as numbers or as text."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.core.language import mark, tr, with_marks
from engine.core.text import printable
from gui.look.fonts import keep, scaled, set_font
from gui.look.theme import theme
from gui.look.words import named
from gui.widgets.heard import say

type Index = QModelIndex | QPersistentModelIndex

ROW = 26  # height of a row, in pixels

# Rows that a column's width is measured by, its gap beside the words, the rest of the gap within a cell, and its most.
MEASURED, BESIDE, INSET, WIDEST = 50, 18, 14, 420

DOWN = Qt.SortOrder.DescendingOrder
SIGNS = {Qt.SortOrder.AscendingOrder: ("↑", mark("ascending")), DOWN: ("↓", mark("descending"))}


class Column(NamedTuple):
    """A column: its name, marked title and tooltip, the sort key of a row (NaN last), and the words of its cell."""

    key: str
    title: str
    tip: str
    value: Callable[[Any], Any]
    say: Callable[[Any], str]
    is_number: bool = True


class RowModel(QAbstractTableModel):
    """Rows of any kind in their own order, or in that of a column. Cells are made when they are seen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.columns: Sequence[Column] = ()
        self._given: Sequence[Any] = ()
        self._places: Sequence[int] = ()  # of the shown rows, in their own order
        self.order: tuple[str, Qt.SortOrder] = "", Qt.SortOrder.AscendingOrder

    @property
    def rows(self) -> list[Any]:
        """The rows in the shown order."""
        return [self._given[place] for place in self._places]

    def row(self, number: int) -> Any:
        """Return a row by its number in the shown order."""
        return self._given[self._places[number]]

    def show_rows(self, rows: Sequence[Any], columns: Sequence[Column]) -> None:
        self.beginResetModel()
        self._given, self.columns = rows, columns
        self._places = self._in_order()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the rows' own order. Unknown values are last."""
        self.order = self.columns[column].key if column >= 0 else "", order
        self.layoutAboutToBeChanged.emit()
        before, self._places = self._places, self._in_order()
        known = self.persistentIndexList()  # the marked row stays marked
        places = {place: number for number, place in enumerate(self._places)} if known else {}
        moved = [self.index(places[before[index.row()]], index.column()) for index in known]
        self.changePersistentIndexList(known, moved)
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)

    def say_order(self) -> str:
        """Return in a sentence what the rows are sorted by."""
        key, order = self.order
        title = next((tr(column.title) for column in self.columns if column.key == key), "")
        if not title:
            return tr("In the order in which they came.")
        sentence = mark("Sorted by {column}, descending.") if order == DOWN else mark("Sorted by {column}, ascending.")
        return tr(sentence, column=title)

    def place_of(self, key: str) -> int:
        """Return the place of a column; -1 if there is none of that name."""
        return next((place for place, column in enumerate(self.columns) if column.key == key), -1)

    def _in_order(self) -> Sequence[int]:
        key, order = self.order
        if (place := self.place_of(key)) < 0:
            return range(len(self._given))
        values = [(self.columns[place].value(row), number) for number, row in enumerate(self._given)]
        known = [pair for pair in values if pair[0] == pair[0]]
        known.sort(key=lambda pair: pair[0], reverse=order == DOWN)
        return [number for _, number in known] + [number for value, number in values if value != value]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 -- Qt's own signature
        return 0 if parent.isValid() else len(self._places)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Return a cell's words or alignment."""
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return printable(column.say(self.row(index.row())))
        return _side(column) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        """Return a column's title; of a row, its number in the rows' own order, for a screen reader its first cell."""
        if orientation == Qt.Orientation.Vertical:
            if role == Qt.ItemDataRole.AccessibleTextRole and section < len(self._places):
                return printable(self.columns[0].say(self.row(section)))
            return with_marks(f"{self._places[section] + 1:,}") if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self.columns):
            return None
        column, (key, order) = self.columns[section], self.order
        arrow, word = SIGNS[order] if column.key == key else ("", "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{column.title} {arrow}".strip()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}, {tr(word)}" if word else column.title
        return column.tip if role == Qt.ItemDataRole.ToolTipRole else None


def _side(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class RowTable(QTableView):
    """Shows a `RowModel`. A click on a head sorts by it, a second one in reverse, a third one as the rows came."""

    def __init__(self, name: str, title: str, model: type[RowModel] = RowModel) -> None:
        super().__init__()
        named(self, name, title=title, look="rows")
        self.shown = model(self)
        self.setModel(self.shown)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = named(self.horizontalHeader(), f"{name}.head")
        head.setHighlightSections(False)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.setSortIndicatorClearable(True)
        head.setStretchLastSection(True)
        self.setSortingEnabled(True)
        for part in (self, head, self.verticalHeader()):
            set_font(part, "label", numbers=True)
        keep(self, RowTable._make_room)
        theme().changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[Any], columns: Sequence[Column]) -> None:
        """Show rows in the order of the column that was chosen last, if it is one of these."""
        self.shown.show_rows(rows, columns)
        key, order = self.shown.order
        self.horizontalHeader().setSortIndicator(self.shown.place_of(key), order)
        self._make_room()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Sort by the column of the current cell, as a click on its head does."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not self.currentIndex().isValid():
            super().keyPressEvent(event)
            return
        head, column = self.horizontalHeader(), self.currentIndex().column()
        if head.sortIndicatorSection() != column:
            head.setSortIndicator(column, Qt.SortOrder.AscendingOrder)
        elif head.sortIndicatorOrder() != DOWN:
            head.setSortIndicator(column, DOWN)
        else:
            head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.scrollTo(self.currentIndex())
        say(self, self.shown.say_order())

    def mark_beside(self, column: Column) -> int:
        """Return the width of what stands before the words of a column's cells, in pixels."""
        return 0

    def _make_room(self) -> None:
        self.verticalHeader().setDefaultSectionSize(scaled(ROW))
        measure = self.fontMetrics().horizontalAdvance
        rows = [self.shown.row(number) for number in range(min(MEASURED, self.shown.rowCount()))]
        for place, column in enumerate(self.shown.columns):
            texts = [printable(column.say(row)) for row in rows]
            widest = max([measure(f"{tr(column.title)} ↓"), *(measure(text) + INSET for text in texts)])
            self.setColumnWidth(place, min(widest, scaled(WIDEST)) + scaled(self.mark_beside(column) + BESIDE))
