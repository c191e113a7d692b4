"""The loss panel while a run goes step by step, and what smooths its noise; what the lines of other runs mean."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from training_messages import STEPS_PER_EPOCH, epoch, steps

from engine.core.lens import Lens
from engine.core.messages import JobPaused
from gui.tabs.train.loss_panel import FOLLOWED, place_of, weight_at
from gui.widgets.plots.smoothing import last_smoothing, remember_smoothing
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


def losses(world):
    return world.bridge.runs["A"].losses


def shows_all(world):
    """All of the training is shown, and no single step."""
    world.draw()
    assert not world.tab.loss.step.isVisible()
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])


def across(world):
    return [STEPS_PER_EPOCH * end for end in world.tab.loss.plot.box.viewRange()[0]]


# Step by step -----------------------------------------------------------------------------------------------------


def test_a_single_step_tells_its_number_and_its_loss_and_shows_the_last_hundred(stepped):
    loss = stepped.tab.loss
    assert loss.step.isVisible()
    assert loss.step.text() == f"Step 1,234 · loss {losses(stepped)[-1]:.3f}"
    assert across(stepped) == pytest.approx([1234 - FOLLOWED, 1234])
    seen = np.log10(losses(stepped)[1234 - FOLLOWED - 1 :])
    low, high = loss.plot.box.viewRange()[1]
    assert low <= seen.min() and high >= seen.max()
    assert high - low < 2 * (seen.max() - seen.min()) + 0.1, "as near as can be"
    assert loss.plot.where(1200 / STEPS_PER_EPOCH) == "step 1,200"
    axis = loss.plot.axes["bottom"]
    ticks = axis.tickValues(*loss.plot.box.viewRange()[0], 800)[0][1]
    assert axis.tickStrings(ticks, 1, 1)[:2] == ["1,140", "1,160"]


def test_the_next_step_moves_on(stepped):
    step(stepped, 1235)
    assert across(stepped) == pytest.approx([1235 - FOLLOWED, 1235])
    assert stepped.tab.loss.step.text().startswith("Step 1,235 ")


def test_when_training_goes_on_all_of_it_is_shown_again(stepped):
    stepped.controls.resume()
    shows_all(stepped)
    assert stepped.tab.loss.plot.where(2.0) == "epoch 2 · step 1,100"


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


def test_a_step_to_the_end_of_the_epoch_is_no_single_one(stepped):
    stepped.controls.step_epoch()
    shows_all(stepped)


def test_what_a_person_zooms_to_stays(stepped):
    plot = stepped.tab.loss.plot
    plot.zoom_by(3)
    zoomed = plot.box.viewRange()
    step(stepped, 1235)
    assert plot.box.viewRange() == zoomed
    assert plot.where(2.0) == "epoch 2 · step 1,100", "the axis counts epochs as ever"
    stepped.controls.resume()
    stepped.draw()
    assert plot.box.viewRange() == zoomed
    plot.fit()
    assert plot.box.viewRange()[0] == pytest.approx([0, 40])


def test_who_wants_to_see_everything_sees_it_while_stepping_on(stepped):
    stepped.tab.loss.plot.fit()
    step(stepped, 1235)
    assert stepped.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])
    assert stepped.tab.loss.step.text().startswith("Step 1,235 ")


def test_an_earlier_moment_is_no_step_that_is_just_taken(stepped):
    stepped.keep(550, 1100)
    stepped.selection.change(lens=Lens("A", 550))
    shows_all(stepped)
    stepped.selection.change(lens=Lens("A"))
    stepped.draw()
    assert stepped.tab.loss.step.isVisible() and across(stepped) == pytest.approx([1134, 1234])


def test_while_steps_are_told_the_loss_of_each_is_no_faint_noise(stepped):
    plot = stepped.tab.loss.plot
    assert not plot.curves["A.steps"].stroke.fine
    stepped.controls.resume()
    assert plot.curves["A.steps"].stroke.fine


def test_a_narrow_head_keeps_the_step_and_nothing_overlaps(stepped):
    loss = stepped.tab.loss
    for width in (1400, 1100, 900):
        stepped.tab.resize(width, 620)
        shown = [each for each in (loss.step, loss.legend, loss.tools) if each.isVisible()]
        assert loss.step in shown
        ends = [(each.mapTo(loss, QPoint()).x(), each.width()) for each in shown]
        for (left, wide), (right, _) in itertools.pairwise(ends):
            assert left + wide <= right


# The smoothed loss ------------------------------------------------------------------------------------------------


def test_the_slider_draws_the_smoothed_loss_in_front_of_the_steps(world):
    world.run("A", epochs=2)
    curves, slider = world.tab.loss.plot.curves, world.tab.loss.smoothing.slider
    assert len(curves["A.smoothed"].series) == 0
    slider.setValue(20)
    world.draw()
    assert world.tab.loss.smoothing.weight == 0.99
    total, expected = 0.0, []
    for number, loss in enumerate(losses(world), 1):
        total = 0.99 * total + 0.01 * float(loss)
        expected.append(total / (1 - 0.99**number))
    assert curves["A.smoothed"].series.y == pytest.approx(expected, rel=1e-5)
    assert curves["A.smoothed"].item.zValue() > curves["A.steps"].item.zValue()
    assert curves["A.steps"].item.isVisible(), "the raw curve stays behind it"
    assert curves["A.smoothed"].stroke.fine, "a wider line with as many points is drawn ten times slower"
    world.say(steps(1101, 50), epoch(3))
    assert len(curves["A.smoothed"].series) == 1150
    assert world.tab.loss.legend.switches["steps"].text() == "train, smoothed"
    slider.setValue(0)
    assert len(curves["A.smoothed"].series) == 0
    assert world.tab.loss.legend.switches["steps"].text() == "train, per step"


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


def test_the_switch_of_the_steps_hides_both_curves(world, qtbot):
    world.run("A", epochs=1)
    world.tab.loss.smoothing.slider.setValue(10)
    qtbot.mouseClick(world.tab.loss.legend.switches["steps"], Qt.MouseButton.LeftButton)
    world.draw()
    curves = world.tab.loss.plot.curves
    assert not curves["A.steps"].item.isVisible() and not curves["A.smoothed"].item.isVisible()


def test_the_slider_tells_its_formula_its_weight_and_how_many_steps_count(world):
    smoothing = world.tab.loss.smoothing
    assert "s(t) = w" in smoothing.slider.toolTip() and "debiased" in smoothing.slider.toolTip()
    assert smoothing.value.text() == "off"
    smoothing.slider.setValue(20)
    assert smoothing.value.text() == "0.99 · 100 steps"
    assert [weight_at(place) for place in (0, 10, 20, 30)] == [0, 0.9, 0.99, 0.999]
    assert all(place_of(weight_at(place)) == place for place in range(31))


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


# Solid and dashed -------------------------------------------------------------------------------------------------


def test_of_runs_behind_it_is_said_which_line_is_which(world):
    world.tab.resize(1600, 700)
    world.run("A", epochs=2, pinned=True)
    assert not world.tab.loss.key.isVisible()
    world.run("B", epochs=1)
    assert world.tab.loss.key.isVisible() and world.tab.loss.key.text() == "solid: train, dashed: test"
    switch = world.tab.loss.older.switches["A"]
    assert "solid: train, dashed: test" in switch.toolTip()
    colors = [world.tab.loss.plot.curves[key].stroke.dashes for key in ("A.train", "A.test")]
    assert colors == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]
    assert [stroke.dashes for stroke in switch.strokes] == colors


def test_every_plot_says_what_its_axis_counts(world):
    for plot in (world.tab.loss.plot, *world.tab.progress.plots):
        assert plot.across == "epoch"
