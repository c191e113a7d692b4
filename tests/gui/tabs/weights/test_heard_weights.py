"""What a screen reader gets of the Weights tab: the pictures in view, and one neuron's weights to the classes."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.tabs.weights.grid import WeightGrid
from gui.tabs.weights.neuron_panel import SignedBars


def figure(value):
    return f"{value:.3g}".replace("-", "−")


@pytest.fixture
def grid(qtbot):
    grid = qtbot.show(WeightGrid("grid"), 400, 300)
    pictures = np.random.default_rng(1).normal(0, 0.1, (40, 6, 5)).astype(np.float32)
    pictures[3, 0, 0] = np.nan
    grid.show_pictures(pictures, 0.3, np.random.default_rng(2).permutation(40))
    grid.pictures = pictures
    return grid


def test_each_picture_in_view_says_its_neuron_and_its_extremes_and_is_pressed_where_it_lies(grid):
    parts = grid.heard_parts()
    wanted = [(n, np.nanmin(grid.pictures[n]), np.nanmax(grid.pictures[n])) for n in grid.order]
    assert [part.text for part in parts] == [f"{n}: from {figure(low)} to {figure(high)}" for n, low, high in wanted]
    chosen = []
    grid.chosen.connect(chosen.append)
    for part in parts[:3]:
        assert part.can_press
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=part.place.center().toPoint())
    assert chosen == grid.order[:3]
    grid.zoom(8)
    assert len(grid.heard_parts()) < 40
    assert grid.finding().startswith(f"{len(grid.heard_parts())} of 40 pictures are in view, none is chosen.")


def test_the_chosen_neuron_is_the_chosen_part_and_a_silenced_one_says_so(grid):
    grid.set_marked(7)
    grid.set_silenced([7])
    low, high = (figure(end(grid.pictures[7])) for end in (np.min, np.max))
    assert [part.text for part in grid.heard_parts() if part.is_chosen] == [f"7: from {low} to {high}, silenced"]
    assert f"chosen is 7: from {low} to {high}, silenced." in grid.finding()
    grid.clear()
    assert grid.finding() == "There are no pictures yet." and grid.heard_parts() == []


def test_keys_that_choose_have_the_reader_say_the_neuron(grid, monkeypatch, qtbot):
    said = []
    monkeypatch.setattr("gui.tabs.weights.grid.say_part", lambda widget, number: said.append(number))
    grid.activateWindow()
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)
    grid.set_marked(grid.order[5])
    assert said == [5] and grid.heard_parts()[5].is_chosen


def test_bars_name_the_class_that_is_most_for_and_the_one_most_against(qtbot):
    bars = qtbot.show(SignedBars("bars", "Weights to the classes"), 200, 240)
    assert bars.finding() == "" and list(bars.heard_parts()) == []
    values = np.random.default_rng(3).normal(0, 1, 10)
    bars.set_values(values)
    most, least = int(values.argmax()), int(values.argmin())
    assert bars.finding() == f"Most for {most}, {bars.texts[most]}; most against {least}, {bars.texts[least]}."
    assert [part.text for part in bars.heard_parts()] == [
        f"{label}: {value:+.2f}".replace("-", "−") for label, value in enumerate(values)
    ]
