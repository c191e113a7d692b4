"""The sheet of a panel's numbers: a table that is read cell by cell, sorted, copied and saved."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from engine.core.language import mark, tr, tr_plural
from engine.core.text import printable
from gui.look.fonts import scaled
from gui.look.icons import set_icon
from gui.look.layout import SPRING, hbox, vbox
from gui.look.words import named, reserve, words
from gui.shell.dialogs.sheets import CLOSE, COPIED, SIZE, Sheet
from gui.shell.parts import Parts
from gui.widgets.figures import figure
from gui.widgets.figures.figure_menu import NO_NUMBERS, file_name, save_table
from gui.widgets.figures.rows import Column, RowTable
from gui.widgets.figures.table import Table, is_number, said
from gui.widgets.panel import Panel

TIP = mark("Click a head to sort by its column, or press Return in it; Ctrl+C copies the chosen cells.")


class TableSheet(Sheet):
    """Shows the numbers of one panel as they were when it was asked for; of another panel once that is asked for."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window, "table", tr("Table"))
        self._bridge, self._file = parts.bridge, ""
        self._heading, self._said = words("", "title"), named(words("", "caption", wrapped=True), "table.said")
        self.cells = NumberTable("table.cells")
        self.copy = self.button("copy", tr("Copy"), tr("Copy the whole table for a spreadsheet."), self._copy)
        self.save = self.button("save", tr("Save…"), tr("Save the whole table for a spreadsheet (CSV)."), self._save)
        for button, sign in ((self.copy, "copy"), (self.save, "save")):
            set_icon(button, sign)
        reserve(self.copy, tr(COPIED))
        foot = hbox(
            self.copy, self.save, SPRING, self.button("close", tr("Close"), tr(CLOSE), self.reject), gap="small"
        )
        vbox(self._heading, (self.cells, 1), self._said, foot, gap="medium", edges="large", on=self)
        self.resize(*map(scaled, SIZE))

    def turn_to(self, panel: Panel) -> None:
        """Take the numbers that a panel shows now."""
        title, table = figure.title_of(panel), figure.table_of(panel) or Table((), ())
        self._file = file_name(panel)
        self.setWindowTitle(tr("{title} as a table", title=title))
        self._heading.setText(title)
        self.cells.show_table(title, table)
        rows, columns = self.cells.shown.rowCount(), self.cells.shown.columnCount()
        size = tr(
            "{rows}, {columns}, as they were at {time}. Open the table again for newer numbers.",
            rows=tr_plural("{count:,} row", "{count:,} rows", rows),
            columns=tr_plural("{count:,} column", "{count:,} columns", columns),
            time=f"{datetime.now():%H:%M:%S}",
        )
        lines = figure.small_print(panel), size if rows else tr(NO_NUMBERS)
        self._said.setText("\n".join(filter(None, lines)))
        self.copy.setText(tr("Copy"))
        self.cells.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.cells.table().copied())
        self.copy.setText(tr(COPIED))

    def _save(self) -> None:
        save_table(self.cells.table(), self, self._bridge, self._heading.text(), self._file)


class NumberTable(RowTable):
    """Shows a `Table`, of which cells can be chosen and copied."""

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Table"))
        self.setToolTip(tr(TIP))
        self.setProperty("framed", True)
        self._names: Sequence[str] = ()  # of the columns, as files have them
        self.horizontalHeader().setStretchLastSection(False)

    def show_table(self, title: str, table: Table) -> None:
        """Show a table in its own order, and go to its first cell; a screen reader says its `title`."""
        self.setAccessibleName(title)
        self.sortByColumn(-1, self.horizontalHeader().sortIndicatorOrder())
        self._names, rows = table.columns, list(table.rows)
        self.show_rows(rows, [_column(place, head, rows) for place, head in enumerate(table.heads())])
        self.scrollToTop()
        self.setCurrentIndex(self.shown.index(0, 0))

    def table(self) -> Table:
        """Return the table as it is sorted."""
        return Table(self._names, self.shown.rows)

    def chosen(self) -> Table:
        """Return the chosen cells, with their rows and columns whole; in these, cells that are not chosen are empty."""
        chosen = {(index.row(), index.column()) for index in self.selectedIndexes()}
        rows, places = sorted({row for row, _ in chosen}), sorted({place for _, place in chosen})
        cells = [[self.shown.row(row)[place] if (row, place) in chosen else None for place in places] for row in rows]
        return Table([self._names[place] for place in places], cells)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the chosen cells, or where none or all are chosen the whole table with its heads."""
        if not event.matches(QKeySequence.StandardKey.Copy):
            super().keyPressEvent(event)
            return
        chosen = sum(part.width() * part.height() for part in self.selectionModel().selection().toList())
        is_part = 0 < chosen < self.shown.rowCount() * self.shown.columnCount()
        text = self.chosen().copied(heads=False) if is_part else self.table().copied()
        QGuiApplication.clipboard().setText(text)


def _column(place: int, head: str, rows: Sequence[Sequence[Any]]) -> Column:
    """Return a column of a table; its side is that of the first value which is known."""

    def say(row: Sequence[Any]) -> str:
        return said(row[place])

    def key(row: Sequence[Any]) -> Any:
        """Return a key that sorts numbers before text in any case; NaN where nothing is known."""
        value = row[place]
        if is_number(value):
            return 0, value
        return (1, text.casefold()) if (text := say(row)) else math.nan

    known = next((sorts for row in rows if (sorts := key(row)) == sorts), (1, ""))
    return Column(f"{place}", printable(head), "", key, say, known[0] == 0)
