"""What a screen reader says of a picture, beside the numbers that are painted."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from gui.widgets.pictures.heard_pixels import NO_INK, heard_rows, say_picture
from gui.widgets.pictures.pixels import Pixels

PLACE = QRectF(10, 20, 56, 56)


def columns_in(text):
    """The columns that a row in words names, from 0."""
    numbers = [int(each) for each in re.findall(r"\d+", text.partition(": ")[2])]
    runs = re.findall(r"(\d+)(?: to (\d+))?", text.partition(": ")[2])
    assert numbers == sorted(numbers)
    return [column - 1 for start, end in runs for column in range(int(start), int(end or start) + 1)]


def test_rows_of_ink_name_the_columns_that_have_it_and_leave_out_rows_without():
    rng = np.random.default_rng(3)
    picture = np.where(rng.random((28, 28)) < 0.2, rng.uniform(0.6, 1, (28, 28)), rng.uniform(0, 0.2, (28, 28)))
    picture[[0, 11]] = 0.1
    rows = heard_rows(picture, PLACE)
    said = {int(re.match(r"Row (\d+)", row.text)[1]) - 1: row for row in rows}
    assert list(said) == [row for row in range(28) if (picture[row] > 0.5).any()] and 11 not in said
    for number, row in said.items():
        assert columns_in(row.text) == np.flatnonzero(picture[number] > 0.5).tolist()
        assert row.place == QRectF(10, 20 + 2 * number, 56, 2)
    dot = np.zeros((3, 3))
    dot[1, 2] = 0.2
    assert [row.text for row in heard_rows(dot, PLACE)] == ["Row 2: column 3"]


@pytest.mark.parametrize(
    ("corner", "where"),
    [
        ((0, 0), "at the upper left"),
        ((10, 10), "in the middle"),
        ((10, 24), "at the right"),
        ((24, 10), "at the bottom"),
    ],
)
def test_of_ink_its_amount_its_place_and_its_edges_are_said(corner, where):
    picture, (top, left) = np.zeros((28, 28)), corner
    picture[top : top + 4, left : left + 3] = 1
    assert say_picture(picture) == (
        f"Ink in 12 of 784 pixels {where}: rows {top + 1} to {top + 4}, columns {left + 1} to {left + 3}."
    )
    assert say_picture(np.zeros((28, 28))) == NO_INK and heard_rows(np.zeros((28, 28)), PLACE) == []


def test_of_signed_numbers_the_extremes_are_said_of_all_and_of_each_row_that_is_not_zero():
    numbers = np.random.default_rng(4).normal(0, 1, (5, 7))
    numbers[2], numbers[3, 1] = 0, np.nan
    rows, columns = np.unravel_index([np.nanargmin(numbers), np.nanargmax(numbers)], (5, 7))
    low, high = (f"{value:.3g}".replace("-", "−") for value in (np.nanmin(numbers), np.nanmax(numbers)))
    assert say_picture(numbers, signed=True) == (
        f"From {low} in row {rows[0] + 1}, column {columns[0] + 1}, "
        f"to {high} in row {rows[1] + 1}, column {columns[1] + 1}."
    )
    said = heard_rows(numbers, PLACE, signed=True)
    assert [row.text.partition(":")[0] for row in said] == ["Row 1", "Row 2", "Row 4", "Row 5"]
    column = int(np.nanargmax(numbers[3])) + 1
    assert said[2].text.endswith(f"to {np.nanmax(numbers[3]):.3g} in column {column}".replace("-", "−"))
    assert say_picture(np.zeros((2, 2)), signed=True) == "All are 0."
    assert say_picture(np.full((2, 2), np.nan), signed=True) == "There are no numbers."


def test_a_picture_is_heard_as_it_is_painted_and_says_where_there_is_none(qtbot):
    view = qtbot.show(Pixels("view", "Input"), 100, 100)
    assert view.finding() == "There is no picture yet." and view.heard_parts() == []
    colours = np.zeros((28, 28, 3), np.uint8)
    colours[4:6, 9] = 255
    view.set_numbers(colours)
    assert "Ink in 2 of 784 pixels" in view.finding()
    assert [part.text for part in view.heard_parts()] == ["Row 5: column 10", "Row 6: column 10"]
    assert all(view.place().contains(part.place) for part in view.heard_parts())
