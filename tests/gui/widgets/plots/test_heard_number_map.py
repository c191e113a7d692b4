"""What a screen reader gets of a matrix of the warm-up: each cell, and its extremes."""

import numpy as np

from gui.widgets.plots.chart import Cell
from gui.widgets.plots.number_map import NumberMap


def test_each_cell_says_its_place_and_its_number_and_the_matrix_its_extremes(qtbot):
    view = qtbot.show(NumberMap("map", "Weights", "The weights"), 200, 160)
    assert view.finding() == "" and list(view.heard_parts()) == []
    numbers = np.array([[1.0, -2.5, 0.0], [4.0, 0.25, 3.0]])
    view.show_numbers(numbers, 4.0)
    assert view.finding() == ("2 rows, 3 columns. From −2.5 in row 1, column 2, to 4 in row 2, column 1.")
    assert [part.text for part in view.heard_parts()] == [
        f"row {row + 1}, column {column + 1}: {numbers[row, column]:g}".replace("-", "−")
        for row, column in np.ndindex(2, 3)
    ]
    view.point_at(Cell(1, 0))
    assert [part.is_chosen for part in view.heard_parts()] == [False, False, False, True, False, False]
    for part, (row, column) in zip(view.heard_parts(), np.ndindex(2, 3), strict=True):
        assert view.cell_at(part.place.center()) == Cell(row, column)
