"""Pictures in words: where their ink lies, and what each of their rows holds."""

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF

from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.widgets.heard import HeardPart
from gui.widgets.pictures.cell_words import heard_number

INKED = 0.5  # a pixel is ink from this part of the strongest one on

PLACES = (
    (mark("at the upper left"), mark("at the top"), mark("at the upper right")),
    (mark("at the left"), mark("in the middle"), mark("at the right")),
    (mark("at the lower left"), mark("at the bottom"), mark("at the lower right")),
)
NO_INK = mark("There is no ink.")


def say_picture(numbers: Array, *, signed: bool = False) -> str:
    """Return what a picture (rows, columns) shows: where its ink lies, or its extremes around zero."""
    return _say_extremes(numbers) if signed else _say_ink(np.nan_to_num(numbers))


def heard_rows(numbers: Array, place: QRectF, *, signed: bool = False) -> list[HeardPart]:
    """Return the rows of a picture (rows, columns) painted in `place` as parts: of ink those that have some."""
    high = place.height() / len(numbers)
    words = _signed_rows(numbers) if signed else _inked_rows(np.nan_to_num(numbers))
    return [
        HeardPart(text, QRectF(place.left(), place.top() + row * high, place.width(), high))
        for row, text in words.items()
    ]


def _ink(numbers: Array) -> Array:
    """Return which pixels of a picture are ink (rows, columns)."""
    most = float(numbers.max(initial=0.0))
    return numbers >= INKED * most if most > 0 else np.zeros(numbers.shape, bool)


def _say_ink(numbers: Array) -> str:
    ink = _ink(numbers)
    down, across = np.nonzero(ink)
    if not len(down):
        return tr(NO_INK)
    third = [int(3 * (ends.mean() + 0.5) / size) for ends, size in zip((down, across), ink.shape, strict=True)]
    return tr(
        "Ink in {inked:,} of {pixels:,} pixels {place}: rows {top} to {bottom}, columns {left} to {right}.",
        inked=len(down),
        pixels=ink.size,
        place=tr(PLACES[third[0]][third[1]]),
        top=down.min() + 1,
        bottom=down.max() + 1,
        left=across.min() + 1,
        right=across.max() + 1,
    )


def _inked_rows(numbers: Array) -> dict[int, str]:
    """Return in words in which columns each row has ink, by row; nothing of rows without."""
    words = {}
    for row, line in enumerate(_ink(numbers)):
        if line.any():
            sentence = mark("Row {row}: column {columns}") if line.sum() == 1 else mark("Row {row}: columns {columns}")
            words[row] = tr(sentence, row=row + 1, columns=_runs(line))
    return words


def _runs(line: Array) -> str:
    """Return where the ink of a row (columns,) begins and ends: `9 to 11, 17`."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8))).tolist()
    runs = list(pairwise(ends))[::2]
    return ", ".join(
        tr("{low} to {high}", low=start + 1, high=end) if end - start > 1 else f"{end}" for start, end in runs
    )


def _say_extremes(numbers: Array) -> str:
    if not np.isfinite(numbers).any():
        return tr("There are no numbers.")
    columns = numbers.shape[1]
    (low_row, low), (high_row, high) = (divmod(int(find(numbers)), columns) for find in (np.nanargmin, np.nanargmax))
    if numbers[low_row, low] == numbers[high_row, high]:
        return tr("All are {number}.", number=heard_number(numbers[low_row, low]))
    return tr(
        "From {least} in row {row}, column {column}, to {most} in row {most_row}, column {most_column}.",
        least=heard_number(numbers[low_row, low]),
        row=low_row + 1,
        column=low + 1,
        most=heard_number(numbers[high_row, high]),
        most_row=high_row + 1,
        most_column=high + 1,
    )


def _signed_rows(numbers: Array) -> dict[int, str]:
    """Return the extremes of each row that is not all zero, with their columns, by row."""
    words = {}
    for row, line in enumerate(numbers):
        if np.isfinite(line).any() and line.any():
            low, high = int(np.nanargmin(line)), int(np.nanargmax(line))
            words[row] = tr(
                "Row {row}: from {least} in column {column} to {most} in column {most_column}",
                row=row + 1,
                least=heard_number(line[low]),
                column=low + 1,
                most=heard_number(line[high]),
                most_column=high + 1,
            )
    return words
