"""How an array becomes rows and columns, so that it uses the room there is: folded, or cut into pictures."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

type Numbers = np.ndarray[Any, Any]

WIDE, HIGH = 780, 98
"""The room in the smallest usual window, in pixels."""

MOST_SIDE = 512
"""Larger maps are averaged: the screen has no more pixels for them."""

DIGIT_PIXELS, DIGIT_SIDE = 784, 28
ENOUGH_TILES, MOST_TILES = 8, 24
"""Of weights over the pixels the strongest neurons are pictures: at least this number, as large as possible."""

LEAST_BAND = 2
"""Of a number in a band: smaller ones would be dust, and are averaged instead."""


class Folded(NamedTuple):
    """Rows and columns, float64; nothing stands where it is no number."""

    map: Numbers
    caption: str = ""
    """How it was folded; empty where it lies as it is."""


def folded(value: Numbers, wide: int = WIDE, high: int = HIGH) -> Folded:
    """Return an array for so much room, in pixels of the screen.

    784 numbers of one picture are its pixels; of 784 rows the strongest columns are pictures side by side; a single row
    is broken into lines, few long ones into bands; feature maps stand side by side; what is higher than wide lies down.
    """
    numbers = np.asarray(value, np.float64)
    numbers = numbers.reshape(numbers.shape[1:]) if numbers.ndim > 1 and numbers.shape[0] == 1 else numbers
    numbers = numbers.reshape(numbers.shape[:-1]) if numbers.ndim > 2 and numbers.shape[-1] == 1 else numbers
    if numbers.ndim == 1:
        return _lines(numbers, wide, high)
    if numbers.ndim == 3:
        return Folded(_averaged(_tiles(np.moveaxis(numbers, 2, 0), wide, high)))
    if numbers.ndim > 3:
        numbers = numbers.reshape(-1, numbers.shape[-1])
    if numbers.shape[0] == DIGIT_PIXELS:
        return _strongest(numbers, wide, high)
    return _bands(numbers.T if numbers.shape[0] > numbers.shape[1] else numbers, wide, high)


def _strongest(numbers: Numbers, wide: int, high: int) -> Folded:
    """Return the columns (784 each) with the largest entries as pictures, in their own order."""
    most = np.abs(np.nan_to_num(numbers)).max(axis=0)
    count = min(len(most), MOST_TILES)
    across, down = _grid(count, min(count, ENOUGH_TILES), DIGIT_SIDE, DIGIT_SIDE, wide, high)
    chosen = np.sort(np.argsort(-most, kind="stable")[: across * down])
    pictures = numbers[:, chosen].T.reshape(-1, DIGIT_SIDE, DIGIT_SIDE)
    which = ", ".join(map(str, chosen.tolist()))
    return Folded(_laid(pictures, across), f"the {len(chosen)} strongest columns as pictures: {which}")


def _tiles(pictures: Numbers, wide: int, high: int) -> Numbers:
    """Return all these pictures (n, rows, columns) side by side, below each other where that makes them larger."""
    count, rows, columns = pictures.shape
    return _laid(pictures, _grid(count, count, rows, columns, wide, high)[0])


def _grid(most: int, least: int, rows: int, columns: int, wide: int, high: int) -> tuple[int, int]:
    """Return how many pictures stand side by side, and below each other, where `least` of them are largest."""
    for scale in range(max(high // rows, 1), 0, -1):
        across = min((wide + scale) // ((columns + 1) * scale), most)
        down = (high + scale) // ((rows + 1) * scale)
        if across * down >= least:
            down = min(down, -(-most // across))
            return min(across, -(-most // down)), down
    return most, 1


def _laid(pictures: Numbers, across: int) -> Numbers:
    """Return pictures in rows of `across`, an empty line between them."""
    count, rows, columns = pictures.shape
    down = -(-count // across)
    made = np.full((down, across, rows + 1, columns + 1), np.nan)
    for place, picture in enumerate(pictures):
        made[place // across, place % across, :rows, :columns] = picture
    return made.transpose(0, 2, 1, 3).reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _lines(numbers: Numbers, wide: int, high: int) -> Folded:
    """Return a single row broken into lines: as few as let the squares be largest."""
    count = len(numbers)
    if count == DIGIT_PIXELS:
        return Folded(numbers.reshape(DIGIT_SIDE, DIGIT_SIDE))
    columns = math.ceil(math.sqrt(1.6 * count))
    for scale in range(high, 0, -1):
        if wide >= scale and -(-count // (wide // scale)) * scale <= high:
            columns = -(-count // -(-count // (wide // scale)))
            break
    rows = -(-count // columns)
    full = np.full(rows * columns, np.nan)
    full[:count] = numbers
    return Folded(_averaged(full.reshape(rows, columns)), f"{rows} rows of {columns}" if rows > 1 else "")


def _bands(numbers: Numbers, wide: int, high: int) -> Folded:
    """Return rows that are longer than the room in bands below each other, where that makes them larger."""
    rows, columns = numbers.shape
    for scale in range(high // rows, LEAST_BAND - 1, -1):
        count = -(-columns // max(wide // scale, 1))
        if count == 1:
            break
        if (count * (rows + 1) - 1) * scale <= high:
            each = -(-columns // count)
            full = np.pad(numbers, ((0, 0), (0, count * each - columns)), constant_values=np.nan)
            pictures = full.reshape(rows, count, each).transpose(1, 0, 2)
            return Folded(_laid(pictures, 1), f"in {count} bands of {each} columns")
    return Folded(_averaged(numbers))


def _averaged(numbers: Numbers) -> Numbers:
    for axis in (0, 1):
        by = -(-numbers.shape[axis] // MOST_SIDE)
        if by > 1:
            starts = np.arange(0, numbers.shape[axis], by)
            ends = np.diff(np.append(starts, numbers.shape[axis]))
            sums = np.add.reduceat(numbers, starts, axis=axis)
            numbers = sums / (ends[:, None] if axis == 0 else ends)
    return numbers
