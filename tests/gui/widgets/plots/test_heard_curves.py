"""What a screen reader gets of a plot of curves, beside the numbers that it draws."""

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from gui.look.percents import percent
from gui.widgets.heard import be_heard
from gui.widgets.plots.axis import accuracy_extent
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.curve_words import say_way
from gui.widgets.plots.legend import CurveSwitch
from gui.widgets.plots.marks import Mark
from gui.widgets.plots.series import Band, EvenSeries, Series

EPOCHS = np.arange(1.0, 33.0)
LOSSES = 0.1 + 0.4 / EPOCHS
ACCURACIES = 0.9 + 0.07 * np.sin(EPOCHS / 10)


@pytest.fixture
def plot(qtbot):
    be_heard()
    made = CurvePlot("test.plot", "Loss")
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.set_end(32)
    made.show()
    return made


@pytest.fixture
def losses(plot):
    """It has the test loss of 32 epochs, and below it the loss of each of 40 steps in an epoch."""
    steps = EvenSeries(40)
    steps.show((2.0 / np.arange(1, 32 * 40 + 1)).astype(np.float32))
    plot.add_curve("steps", "train, per step", steps, Stroke(width=1), spoken="training loss per step")
    plot.add_curve("test", "test", series(EPOCHS, LOSSES), Stroke(), spoken="test loss")
    plot.redraw()
    return plot


def series(x, y):
    made = Series()
    made.extend(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return made


def zoom(plot, left, right):
    plot.zoom_by(0)
    plot.box.setXRange(left, right, padding=0)
    plot.redraw()


def heard(widget):
    return QAccessible.queryAccessibleInterface(widget)


def description(widget):
    return heard(widget).text(QAccessible.Text.Description)


def parts(widget):
    widget.viewport().repaint()
    face = heard(widget)
    return [part for number in range(face.childCount()) if (part := face.child(number)).object() is None]


def texts(widget):
    return [part.text(QAccessible.Text.Name) for part in parts(widget)]


def way(y, x=EPOCHS):
    return say_way("test loss", (x[: len(y)], np.asarray(y)), "{:.2f}".format, "epoch {:g}".format)


def test_a_plot_is_a_chart_that_says_first_how_its_curves_go(losses):
    assert heard(losses).role() == QAccessible.Role.Chart
    assert heard(losses).text(QAccessible.Text.Name) == "Loss"
    first, second = description(losses).split(". ")
    assert first == f"Test loss fell from {losses.say(LOSSES[0])} to {losses.say(LOSSES[-1])}; lowest at epoch 32"
    assert second.startswith("Training loss per step fell from 2.000 to ")


def test_the_way_names_the_extreme_that_a_curve_went_for_or_where_it_turned():
    assert way([0.52, 0.3, 0.12]) == "Test loss fell from 0.52 to 0.12; lowest at epoch 3."
    assert way([0.52, 0.1, 0.12]) == "Test loss fell from 0.52 to 0.12; lowest at epoch 2, 0.10."
    assert way([0.52, 0.1, 0.7]) == "Test loss rose from 0.52 to 0.70; lowest at epoch 2, 0.10."
    assert way([0.1, 0.5, 0.7]) == "Test loss rose from 0.10 to 0.70; highest at epoch 3."
    assert way([0.1, 0.9, 0.7]) == "Test loss rose from 0.10 to 0.70; highest at epoch 2, 0.90."
    assert way([0.9, 0.97, 0.1]) == "Test loss fell from 0.90 to 0.10; highest at epoch 2, 0.97."
    assert way([0.5, 0.1, 0.5]) == "Test loss is back at 0.50; lowest at epoch 2, 0.10."
    assert way([0.5, 0.9, 0.5]) == "Test loss is back at 0.50; highest at epoch 2, 0.90."
    assert way([0.5, 0.5]) == "Test loss stays at 0.50."
    assert way([0.5]) == "Test loss is 0.50 at epoch 1."
    assert way([0.5, math.nan, 0.3]) == "Test loss fell from 0.50 to 0.30; lowest at epoch 3."
    assert way([0.5, 0.3, math.nan, math.inf]) == "Test loss is no number from epoch 3 on."
    assert way([math.nan]) == "Test loss is no number from epoch 1 on."
    assert way([]) == ""


def test_each_epoch_is_a_part_with_all_values_there_in_its_column(losses):
    said = texts(losses)
    assert len(said) == 32
    assert said[2] == f"epoch 3, step 120: train, per step {losses.say(2 / 120)}, test {losses.say(LOSSES[2])}"
    third = parts(losses)[2].rect()
    left, right = losses.box.viewRange()[0]
    area = losses.mapFromScene(losses.box.sceneBoundingRect()).boundingRect()
    across = losses.viewport().mapToGlobal(area.topLeft()).x() + (3 - left) / (right - left) * area.width()
    assert third.left() <= across <= third.right() and third.width() <= area.width() / 30


def test_within_an_epoch_some_fifty_steps_are_read_and_of_many_epochs_as_many(losses):
    zoom(losses, 0.0, 0.9)
    assert len(texts(losses)) == 36 and texts(losses)[0].startswith("epoch 0.03, step 1: ")
    losses.remove_curve("steps")
    many = EvenSeries(10_000)
    many.show(np.linspace(1, 0, 20_000).astype(np.float32))
    losses.add_curve("steps", "train", many, Stroke(width=1))
    losses.redraw()
    steps = [int(text.split("step ")[1].split(":")[0].replace(",", "")) for text in texts(losses)]
    assert len(steps) == 50 and steps[0] == 1 and steps[-1] == 9_000
    assert max(np.diff(steps)) - min(np.diff(steps)) <= 1
    losses.add_curve("test", "test", series(np.arange(1, 501), np.ones(500)), Stroke())
    losses.set_end(500)
    losses.fit()
    assert len(texts(losses)) == 50 and texts(losses)[-1].startswith("epoch 500")


def test_what_is_not_in_view_or_switched_off_is_not_said(losses):
    losses.set_shown("steps", False)
    zoom(losses, 10, 20)
    low = losses.say(LOSSES[19])
    assert description(losses) == f"Test loss fell from {losses.say(LOSSES[9])} to {low}; lowest at epoch 20."
    assert len(texts(losses)) == 11 and texts(losses)[0] == f"epoch 10: test {losses.say(LOSSES[9])}"
    losses.set_shown("test", False)
    assert description(losses) == losses.toolTip() and texts(losses) == []


def test_of_many_curves_three_are_said_then_how_many_more_and_what_was_changed(plot):
    for number, run in enumerate("ABCDE"):
        plot.add_curve(run, "test", series([1, 2], [0.5, 0.1 * number]), Stroke(), run * (run != "E"), spoken="loss")
    plot.set_marks([Mark(1.5, "Learning rate", "0.1", "0.01")])
    plot.redraw()
    assert description(plot).split(". ") == [
        "Loss fell from 0.5000 to 0.4000; lowest at epoch 2",
        "Loss of D fell from 0.5000 to 0.3000; lowest at epoch 2",
        "Loss of C fell from 0.5000 to 0.2000; lowest at epoch 2",
        "2 more curves",
        "Learning rate 0.1 → 0.01 at epoch 1.50",
    ]


def test_a_group_is_its_mean_with_the_lowest_and_the_highest(plot):
    runs = np.array([[0.4, 0.2], [0.6, 0.4]])
    band = Band([(np.array([1.0, 2.0]), run) for run in runs])
    plot.add_curve("group", "test", band, Stroke(), "seeds", spoken="test loss")
    plot.redraw()
    assert description(plot) == "Mean test loss of seeds fell from 0.5000 to 0.3000; lowest at epoch 2."
    assert texts(plot)[1] == "epoch 2: test, seeds 0.3000, 0.2000–0.4000"


def test_percents_are_said_as_the_window_writes_them(qtbot):
    be_heard()
    plot = CurvePlot("accuracy", "Test accuracy", "percent", accuracy_extent)
    qtbot.addWidget(plot)
    plot.set_end(32)
    plot.add_curve("test", "test accuracy", series(EPOCHS, ACCURACIES), Stroke())
    plot.show()
    best = int(np.argmax(ACCURACIES))
    first, last, top = (percent(ACCURACIES[place], 2) for place in (0, -1, best))
    assert description(plot) == f"Test accuracy fell from {first} to {last}; highest at epoch {best + 1}, {top}."


def test_the_arrow_keys_lead_the_crosshair_from_epoch_to_epoch_and_the_reader_with_it(losses, qtbot):
    def chosen():
        return [number for number, part in enumerate(parts(losses)) if part.state().selected]

    for key, number in ((Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Left, 0), (Qt.Key.Key_Left, 0)):
        qtbot.keyClick(losses, key)
        assert chosen() == [number] and f"epoch {number + 1}" in losses.crosshair.text
    losses.crosshair.point_at(None)
    qtbot.keyClick(losses, Qt.Key.Key_Left)
    assert "epoch 32" in losses.crosshair.text


def test_a_part_is_pressed_where_a_click_leads_to_that_snapshot(losses, qtbot):
    assert not losses.can_press
    losses.placeClicked.connect(lambda _: None)
    action = parts(losses)[6].actionInterface()
    with qtbot.waitSignal(losses.placeClicked) as clicked:
        action.doAction(action.pressAction())
    assert round(clicked.args[0]) == 7


def test_a_switch_of_the_legend_says_its_curve_its_newest_value_and_whether_it_is_on(qtbot):
    switch = qtbot.show(CurveSwitch("switch", "test", Stroke(), "0.0000"), 120, 24)
    QAccessible.setActive(True)
    switch.set_value("0.0523")
    QAccessible.setActive(False)
    assert (heard(switch).text(QAccessible.Text.Name), description(switch)) == ("Show test", "Value: 0.0523")
    assert heard(switch).role() == QAccessible.Role.CheckBox and heard(switch).state().checked
    switch.click()
    assert not heard(switch).state().checked


def test_while_a_run_goes_step_by_step_its_last_steps_are_read_and_not_its_epochs(losses):
    losses.follow(losses.curves["steps"].series, 20)
    losses.redraw()
    said = texts(losses)
    assert len(said) in (20, 21) and said[-1].startswith("step 1,280: train, per step ")
    assert description(losses).startswith("Test loss is 0.1125 at step 1,280.")
