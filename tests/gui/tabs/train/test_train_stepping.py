"""The loss panel while a run goes step by step, and what smooths its noise."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from training_messages import STEPS_PER_EPOCH, epoch, steps

from engine.core.lens import Lens
from engine.core.messages import JobPaused
from gui.tabs.train.loss_panel import FOLLOWED, place_of, weight_at
from gui.widgets.plots.series import last_smoothing, remember_smoothing
from tests.gui.tabs.train.train_world import World


@pytest.fixture
def world(qtbot):
    yield World(qtbot)
    remember_smoothing(0.0)


@pytest.fixture
def stepped(world):
    """A run that rests at step 1,234, and of which one more step was taken by hand."""
    world.run("A", epochs=2)
    world.say(steps(1101, 133))
    world.controls.pause()
    world.say(JobPaused(), job=world.controls.job())
    step(world, 1234)
    return world


def step(world, number):
    world.controls.step()
    world.say(steps(number, 1))
    world.say(JobPaused(), job=world.controls.job())
    world.draw()


def shows_all(world):
    """All of the training is shown, and no single step."""
    world.draw()
    assert not world.tab.loss.step.isVisible()
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])


def across(world):
    return [STEPS_PER_EPOCH * end for end in world.tab.loss.plot.box.viewRange()[0]]


def test_a_single_step_tells_its_number_and_its_loss_and_shows_the_last_hundred(stepped):
    loss, losses = stepped.tab.loss, stepped.bridge.runs["A"].losses
    assert loss.step.isVisible()
    assert loss.step.text() == f"Step 1,234 · loss {losses[-1]:.3f}"
    assert across(stepped) == pytest.approx([1234 - FOLLOWED, 1234])
    seen = np.log10(losses[1234 - FOLLOWED - 1 :])
    low, high = loss.plot.box.viewRange()[1]
    assert low <= seen.min() and high >= seen.max()
    assert high - low < 2 * (seen.max() - seen.min()) + 0.1, "as near as can be"
    assert loss.plot.where(1200 / STEPS_PER_EPOCH) == "step 1,200"
    axis = loss.plot.axes["bottom"]
    ticks = axis.tickValues(*loss.plot.box.viewRange()[0], 800)[0][1]
    assert axis.tickStrings(ticks, 1, 1)[:2] == ["1,140", "1,160"]
    assert not loss.plot.curves["A.steps"].stroke.fine, "the loss of each step is no faint noise"

    for width in (1400, 1100, 900):
        stepped.tab.resize(width, 620)
        shown = [each for each in (loss.step, loss.legend, loss.tools) if each.isVisible()]
        assert loss.step in shown, "also where the head is narrow"
        ends = [(each.mapTo(loss, QPoint()).x(), each.width()) for each in shown]
        for (left, wide), (right, _) in itertools.pairwise(ends):
            assert left + wide <= right

    step(stepped, 1235)
    assert across(stepped) == pytest.approx([1235 - FOLLOWED, 1235])
    assert loss.step.text().startswith("Step 1,235 ")
    stepped.controls.resume()
    shows_all(stepped)
    assert loss.plot.where(2.0) == "epoch 2 · step 1,100"
    assert loss.plot.curves["A.steps"].stroke.fine


def test_slow_motion_goes_step_by_step_too_and_the_end_of_the_run_ends_it(world):
    world.run("A", epochs=1)
    world.controls.set_pace(4)
    world.draw()
    assert world.tab.loss.step.isVisible() and across(world) == pytest.approx([450, 550])
    world.controls.set_pace(None)
    world.draw()
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])
    world.controls.set_pace(4)
    world.end()
    shows_all(world)


def test_an_earlier_moment_and_a_step_to_the_end_of_the_epoch_are_no_single_steps(stepped):
    stepped.keep(550, 1100)
    stepped.selection.change(lens=Lens("A", 550))
    shows_all(stepped)
    stepped.selection.change(lens=Lens("A"))
    stepped.draw()
    assert stepped.tab.loss.step.isVisible() and across(stepped) == pytest.approx([1134, 1234])
    stepped.controls.step_epoch()
    shows_all(stepped)


def test_what_a_person_zooms_to_stays_also_everything(stepped):
    plot = stepped.tab.loss.plot
    plot.zoom_by(3)
    zoomed = plot.box.viewRange()
    step(stepped, 1235)
    assert plot.box.viewRange() == zoomed
    assert plot.where(2.0) == "epoch 2 · step 1,100", "the axis counts epochs as ever"
    plot.fit()
    step(stepped, 1236)
    assert plot.box.viewRange()[0] == pytest.approx([0, 40])
    assert stepped.tab.loss.step.text().startswith("Step 1,236 ")

    plot.zoom_by(3)
    zoomed = plot.box.viewRange()
    stepped.controls.resume()
    stepped.draw()
    assert plot.box.viewRange() == zoomed
    plot.fit()
    assert plot.box.viewRange()[0] == pytest.approx([0, 40])


def test_the_slider_draws_the_smoothed_loss_in_front_of_the_steps(world, qtbot):
    world.run("A", epochs=2)
    curves, smoothing = world.tab.loss.plot.curves, world.tab.loss.smoothing
    switch = world.tab.loss.legend.switches["steps"]
    assert "s(t) = w" in smoothing.slider.toolTip() and "debiased" in smoothing.slider.toolTip()
    assert smoothing.value.text() == "off" and len(curves["A.smoothed"].series) == 0
    smoothing.slider.setValue(20)
    world.draw()
    assert smoothing.weight == 0.99 and smoothing.value.text() == "0.99 · 100 steps"
    total, expected = 0.0, []
    for number, loss in enumerate(world.bridge.runs["A"].losses, 1):
        total = 0.99 * total + 0.01 * float(loss)
        expected.append(total / (1 - 0.99**number))
    assert curves["A.smoothed"].series.y == pytest.approx(expected, rel=1e-5)
    assert curves["A.smoothed"].item.zValue() > curves["A.steps"].item.zValue()
    assert curves["A.steps"].item.isVisible(), "the raw curve stays behind it"
    assert curves["A.smoothed"].stroke.fine, "a wider line with as many points is drawn ten times slower"
    world.say(steps(1101, 50), epoch(3))
    assert len(curves["A.smoothed"].series) == 1150
    assert switch.text() == "train, smoothed"

    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    world.draw()
    assert not curves["A.steps"].item.isVisible() and not curves["A.smoothed"].item.isVisible()
    smoothing.slider.setValue(0)
    assert len(curves["A.smoothed"].series) == 0
    assert switch.text() == "train, per step"


def test_each_place_of_the_slider_has_its_weight():
    assert [weight_at(place) for place in (0, 10, 20, 30)] == [0, 0.9, 0.99, 0.999]
    assert all(place_of(weight_at(place)) == place for place in range(31))


def test_the_choice_holds_for_the_next_run_and_the_next_window(world, qtbot):
    world.run("A", epochs=1)
    world.tab.loss.smoothing.slider.setValue(10)
    world.run("B", epochs=1, pinned=True)
    curves = world.tab.loss.plot.curves
    assert len(curves["B.smoothed"].series) == STEPS_PER_EPOCH
    world.selection.change(lens=Lens("A"))
    assert len(curves["A.smoothed"].series) == STEPS_PER_EPOCH
    assert "B.smoothed" not in curves, "behind it there are means alone"
    assert last_smoothing() == 0.9
    assert World(qtbot).tab.loss.smoothing.slider.value() == 10


def test_the_slider_lies_in_the_menu_of_the_plot_and_is_reached_by_its_keys(world, qtbot):
    world.run("A", epochs=1)
    loss = world.tab.loss
    button = loss.tools.button
    assert button.toolTip() == "Axis, smoothing, copy, save"
    assert "Smoothing" in [action.text() for action in loss.tools.menu.actions()]
    loss.tools.menu.popup(QPoint(0, 0))

    def press(key):
        QTest.keyClick(loss.tools.menu.focusWidget() or loss.tools.menu, key)

    press(Qt.Key.Key_Down)
    assert loss.tools.menu.activeAction() is loss.tools.log
    press(Qt.Key.Key_Down)
    assert loss.tools.menu.activeAction() is loss.smoothing and loss.smoothing.slider.hasFocus()
    for _ in range(10):
        press(Qt.Key.Key_Right)
    assert loss.smoothing.weight == 0.9 and loss.tools.menu.isVisible()
    press(Qt.Key.Key_Down)
    assert loss.smoothing.weight == 0.9 and loss.tools.menu.activeAction() is not loss.smoothing
    press(Qt.Key.Key_Escape)
    assert not loss.tools.menu.isVisible()
