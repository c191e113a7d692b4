"""The numbers behind a picture, as a table for a file or for a spreadsheet."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core.language import mark, tr, tr_kept, with_marks
from engine.core.lazy import Array, np
from engine.core.text import harmless, printable

type Cell = str | float | int | bool | None

# Names of columns that have a value.
NAMES = (
    mark("axis {number}"),
    mark("image {number}"),
    mark("label for run {run}"),
    mark("learned by run {run}"),
    mark("text {number}"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Names of columns, and rows of as many cells: text, numbers, or `None` where nothing is known.

    The names are English, as files have them, and marked: people get the `heads`.
    """

    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]

    def heads(self) -> list[str]:
        """Return the names of the columns in the language."""
        return [tr_kept(name, NAMES) for name in self.columns]

    def csv(self) -> str:
        """Return it as CSV (RFC 4180, but lines end as in Unix): a line of names, decimal points, text in UTF-8."""
        return _lines([self.columns, *self.rows], ",")

    def copied(self, *, heads: bool = True) -> str:
        """Return it as a spreadsheet takes it from the clipboard, with tabs between the cells."""
        return _lines([self.heads(), *self.rows] if heads else self.rows, "\t")


def _lines(rows: Iterable[Sequence[Any]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([cell(each) for each in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """Return a value as a table writes it: as few digits as tell the number exactly, one line of harmless text."""
    if type(value) is float:  # first, as most cells of large tables are
        return repr(value) if value == value else ""
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return mark("yes") if value else mark("no")
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else str(value)
    return harmless(str(value))


def said(value: Any) -> str:
    """Return a value as people read it: yes and no in the language, numbers with its marks."""
    if isinstance(value, str):
        return printable(value)
    return tr(cell(value)) if isinstance(value, bool | np.bool_) else with_marks(cell(value))


def is_number(value: Any) -> bool:
    """Return whether a cell is a number: `True` and `False` are words, NaN is not known."""
    is_word = isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating)
    return not is_word and value == value


def matrix_table(numbers: Array, rows: Iterable[Any], columns: Iterable[Any], corner: str = "") -> Table:
    """Return numbers (rows, columns) with the names of the rows in the first column, which is called `corner`."""
    found = ([name, *line] for name, line in zip(rows, numbers.tolist(), strict=True))
    return Table([corner, *map(str, columns)], found)


def pixel_table(numbers: Array) -> Table:
    """Return a picture (rows, columns): a row of it a line, below the numbers of its columns."""
    height, width = numbers.shape
    return matrix_table(numbers, range(height), range(width), mark("row"))


def together(tables: Sequence[tuple[str, Table]], names: str = mark("of")) -> Table:
    """Return several tables as one: the first column, called `names`, says of which a row is."""
    if len(tables) == 1:
        return tables[0][1]
    columns = list(dict.fromkeys(name for _, each in tables for name in each.columns))
    rows = []
    for title, each in tables:
        places = [columns.index(name) for name in each.columns]
        for row in each.rows:
            line: list[Any] = [None] * len(columns)
            for place, value in zip(places, row, strict=True):
                line[place] = value
            rows.append([title, *line])
    return Table([names, *columns], rows)
