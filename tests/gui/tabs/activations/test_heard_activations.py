"""What a screen reader gets of the Activations tab: units with their values, and a sum line by line."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.activations import Arithmetic
from gui.tabs.activations.pictures import ArithmeticView, Unit, UnitGrid
from tests.gui.blank import blank


def figure(value):
    return f"{value:.3g}".replace("-", "−")


@pytest.fixture
def grid(qtbot):
    return qtbot.show(UnitGrid("grid"), 300, 300)


def test_each_neuron_is_a_part_with_its_value_that_is_chosen_by_a_press(grid):
    assert grid.finding() == "There are no values yet." and grid.heard_parts() == []
    values = np.maximum(np.random.default_rng(1).normal(0, 1, 30), 0).astype(np.float32)
    grid.show_values(values, has_signs=False)
    parts = grid.heard_parts()
    assert [part.text for part in parts] == [f"Neuron {n}: {figure(value)}" for n, value in enumerate(values)]
    largest, zeros = int(values.argmax()), int((values == 0).sum())
    found = f"Neuron {largest}: {figure(values.max())} is the largest; {zeros} of 30 are zero."
    assert grid.finding() == f"{found} None is chosen."
    chosen = []
    grid.chosen.connect(chosen.append)
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=parts[4].place.center().toPoint())
    assert chosen == [Unit(4)] and parts[4].can_press
    grid.mark(Unit(4))
    grid.set_silenced([4])
    assert grid.finding() == f"{found} Chosen: Neuron 4: {figure(values[4])}, silenced."
    assert [n for n, part in enumerate(grid.heard_parts()) if part.is_chosen] == [4]


def test_a_feature_map_says_its_mean_and_the_chosen_one_the_value_at_its_place(grid):
    values = np.random.default_rng(2).random((6, 5, 4)).astype(np.float32)
    grid.show_values(values, has_signs=False)
    means = values.mean(axis=(0, 1))
    assert [part.text for part in grid.heard_parts()] == [
        f"Feature map {n}: mean {figure(mean)}" for n, mean in enumerate(means)
    ]
    grid.mark(Unit(2, (3, 1)))
    assert grid.heard_parts()[2].text == f"Feature map 2, row 3, column 1: {figure(values[3, 1, 2])}"
    assert grid.heard_parts()[2].is_chosen


def test_keys_that_choose_have_the_reader_say_the_unit(grid, monkeypatch, qtbot):
    said = []
    monkeypatch.setattr("gui.tabs.activations.pictures.say_part", lambda widget, number: said.append(number))
    grid.show_values(np.arange(6, dtype=np.float32), has_signs=False)
    grid.clearFocus()
    grid.mark(Unit(1))
    assert said == [], "it was chosen elsewhere"
    grid.activateWindow()
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)
    grid.mark(Unit(3))
    assert said == [3]


def test_a_sum_is_read_line_by_line_and_says_what_comes_out_of_it(qtbot):
    view = qtbot.show(ArithmeticView(), 300, 400)
    view.show_sum(None, "Choose a unit.")
    assert view.finding() == "Choose a unit." and view.heard_parts() == []
    inputs, weights = (np.random.default_rng(seed).normal(0, 1, (1, 1, 8)) for seed in (3, 4))
    total = float((inputs * weights).sum() + 0.5)
    numbers = {"inputs": inputs, "weights": weights, "bias": 0.5, "total": total, "activation": "relu"}
    view.show_sum(blank(Arithmetic, **numbers, activated=max(total, 0.0), value=max(total, 0.0)))
    assert [part.text for part in view.heard_parts()] == view.lines()
    before, after = view.lines()[-2].removeprefix("sum "), view.lines()[-1].split()[-1]
    assert view.finding() == f"All products and the bias sum to {before}; ReLU makes {after} of it."
    view.show_sum(blank(Arithmetic, **numbers, activated=3.0, value=0.0))
    assert view.finding().endswith("ReLU makes +3.000 of it, 0.000 is passed on.")
