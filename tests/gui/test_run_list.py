"""The list of runs says what each run was about."""

import pytest
import training_messages as tell

from engine.specs import TrainSpec
from gui.widgets.run_history import RunHistory
from gui.widgets.run_list import RunList


def run(name, spec, accuracy=None):
    history = RunHistory(tell.started(name, spec))
    if accuracy is not None:
        history.add_epoch(tell.epoch(1, run=name, test_accuracy=accuracy))
    return history


@pytest.fixture
def shown(qtbot):
    made = RunList("test.runs")
    qtbot.addWidget(made)
    made.resize(270, 200)
    return made


def test_the_newest_run_stands_first_with_what_was_set_otherwise(shown):
    first = run("A", TrainSpec(), 0.9812)
    second = run("B", TrainSpec(batch=50, dropout=0.3, optimizer="adam"), 0.97)
    third = run("C", TrainSpec(batch=50, dropout=0.3, optimizer="adam"))
    shown.show_runs([first, second, third])
    assert shown.rows == [
        ("C", "", "the same settings"),
        ("B", "97.00 %", "optimiser Adam, batch 50, dropout 30 %"),
        ("A", "98.12 %", "layers 300, SGD"),
    ]
    shown.grab()


@pytest.mark.parametrize("height", [0, 1, 60, 80])
def test_it_draws_in_any_height_and_asks_for_none(shown, height):
    shown.show_runs([run(name, TrainSpec(layers="")) for name in "ABCDEF"])
    shown.resize(40, height)
    shown.grab()
    assert shown.minimumSizeHint().height() == 0
