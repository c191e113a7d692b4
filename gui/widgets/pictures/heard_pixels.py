"""Pictures in words: where their ink lies, and what each of their rows holds."""

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF

from engine.core.lazy import Array
from gui.widgets.heard import HeardPart
from gui.widgets.pictures.cell_words import heard_number

INKED = 0.5  # a pixel is ink from this part of the strongest one on

PLACES = (
    ("at the upper left", "at the top", "at the upper right"),
    ("at the left", "in the middle", "at the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)
NO_INK = "There is no ink."


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
        return NO_INK
    third = [int(3 * (ends.mean() + 0.5) / size) for ends, size in zip((down, across), ink.shape, strict=True)]
    return (
        f"Ink in {len(down):,} of {ink.size:,} pixels {PLACES[third[0]][third[1]]}: "
        f"rows {down.min() + 1} to {down.max() + 1}, columns {across.min() + 1} to {across.max() + 1}."
    )


def _inked_rows(numbers: Array) -> dict[int, str]:
    """Return in words in which columns each row has ink, by row; nothing of rows without."""
    words = {}
    for row, line in enumerate(_ink(numbers)):
        if line.any():
            template = "Row {}: column {}" if line.sum() == 1 else "Row {}: columns {}"
            words[row] = template.format(row + 1, _runs(line))
    return words


def _runs(line: Array) -> str:
    """Return where the ink of a row (columns,) begins and ends: `9 to 11, 17`."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8))).tolist()
    runs = list(pairwise(ends))[::2]
    return ", ".join(f"{start + 1} to {end}" if end - start > 1 else f"{end}" for start, end in runs)


def _say_extremes(numbers: Array) -> str:
    if not np.isfinite(numbers).any():
        return "There are no numbers."
    columns = numbers.shape[1]
    (low_row, low), (high_row, high) = (divmod(int(find(numbers)), columns) for find in (np.nanargmin, np.nanargmax))
    if numbers[low_row, low] == numbers[high_row, high]:
        return f"All are {heard_number(numbers[low_row, low])}."
    return (
        f"From {heard_number(numbers[low_row, low])} in row {low_row + 1}, column {low + 1}, "
        f"to {heard_number(numbers[high_row, high])} in row {high_row + 1}, column {high + 1}."
    )


def _signed_rows(numbers: Array) -> dict[int, str]:
    """Return the extremes of each row that is not all zero, with their columns, by row."""
    words = {}
    for row, line in enumerate(numbers):
        if np.isfinite(line).any() and line.any():
            low, high = int(np.nanargmin(line)), int(np.nanargmax(line))
            words[row] = (
                f"Row {row + 1}: from {heard_number(line[low])} in column {low + 1} "
                f"to {heard_number(line[high])} in column {high + 1}"
            )
    return words
