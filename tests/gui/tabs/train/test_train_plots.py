"""The plots of the Train tab: single steps, what smooths their noise, and moments: marked, in figures, clicked."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, steps

from engine.core.lens import Lens, Neuron
from engine.core.messages import JobPaused
from gui.state.notices import tell
from gui.state.settings import settings
from gui.tabs.train.loss_panel import FOLLOWED, place_of, weight_at
from tests.gui.tabs.train.train_world import HE_WEIGHTS, World


@pytest.fixture
def world(qtbot):
    return World(qtbot)


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


def test_slow_motion_goes_step_by_step_too_but_an_earlier_moment_a_whole_epoch_or_the_end_does_not(stepped):
    stepped.keep(550, 1100)
    stepped.selection.change(lens=Lens("A", 550))
    shows_all(stepped)
    stepped.selection.change(lens=Lens("A"))
    stepped.draw()
    assert stepped.tab.loss.step.isVisible() and across(stepped) == pytest.approx([1134, 1234])
    stepped.controls.step_epoch()
    shows_all(stepped)
    for end in (lambda: stepped.controls.set_pace(None), stepped.end):
        stepped.controls.set_pace(4)
        stepped.draw()
        assert stepped.tab.loss.step.isVisible() and across(stepped) == pytest.approx([1134, 1234])
        end()
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


def test_the_slider_in_the_menu_draws_the_smoothed_loss_in_front_of_the_steps_of_later_runs_too(world, qtbot):
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

    world.run("B", epochs=1, pinned=True)
    assert len(world.tab.loss.plot.curves["B.smoothed"].series) == STEPS_PER_EPOCH
    world.selection.change(lens=Lens("A"))
    curves = world.tab.loss.plot.curves
    assert len(curves["A.smoothed"].series) == 1150
    assert "B.smoothed" not in curves, "behind it there are means alone"
    assert settings().smoothing == 0.99
    assert World(qtbot).tab.loss.smoothing.slider.value() == 20

    switch = world.tab.loss.legend.switches["steps"]
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    world.draw()
    assert not curves["A.steps"].item.isVisible() and not curves["A.smoothed"].item.isVisible()
    smoothing.slider.setValue(0)
    assert len(curves["A.smoothed"].series) == 0
    assert switch.text() == "train, per step"

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
    assert loss.tools.menu.activeAction() is smoothing and smoothing.slider.hasFocus()
    for _ in range(10):
        press(Qt.Key.Key_Right)
    assert smoothing.weight == 0.9 and loss.tools.menu.isVisible()
    press(Qt.Key.Key_Down)
    assert smoothing.weight == 0.9 and loss.tools.menu.activeAction() is not smoothing
    press(Qt.Key.Key_Escape)
    assert not loss.tools.menu.isVisible()


def test_each_place_of_the_slider_has_its_weight():
    assert [weight_at(place) for place in (0, 10, 20, 30)] == [0, 0.9, 0.99, 0.999]
    assert all(place_of(weight_at(place)) == place for place in range(31))


def test_the_moment_that_is_looked_at_is_marked_in_every_plot_and_health_is_blank_before_the_first_epoch(trained):
    plots = (trained.tab.loss.plot, *trained.tab.progress.plots)
    trained.draw()
    assert trained.tab.loss.plot.cursor_at == 3
    trained.selection.change(lens=Lens("A", 275))
    assert [plot.cursor_at for plot in plots] == [0.5] * len(plots)
    trained.selection.change(lens=Lens("A"))
    assert {plot.cursor_at for plot in trained.tab.progress.plots} == {None}
    trained.draw()
    assert trained.tab.loss.plot.cursor_at == 3.0
    trained.selection.change(lens=Lens("B", 550))
    trained.draw()
    assert trained.tab.loss.plot.cursor_at is None, "the moment of a run that is not here"

    health = trained.tab.health
    trained.keep(0, 100, 550)
    trained.look("A", moment=100)
    for _ in range(2):
        trained.say(HE_WEIGHTS)
        assert trained.figure("train.health.dead.1") == "" and not health.remedy.isVisible()
        wanted = "Health is judged after the first epoch; this is an earlier snapshot."
        assert health.sentence.text() == wanted
    trained.look("A")
    assert health.sentence.text() == HE_WEIGHTS.sentence


def test_the_figures_are_those_of_the_epoch_that_is_looked_at(world):
    def figures():
        names = ("train.accuracy", "train.health.dead.1", "train.health.gradient.2", "train.health.finite")
        return [world.tab.loss.legend.switches["train"].value, *map(world.figure, names)]

    world.run(epochs=1)
    world.say(epoch(2, dead=(7,), gradient_norms=(0.5, 0.25), test_accuracy=0.5), epoch(3))
    world.selection.change(lens=Lens("A", 2 * STEPS_PER_EPOCH + 40))
    past = [f"{blog_loss(2):.3f}", "50.00 %, epoch 2", "7 of 300", "0.25", "none"]
    assert figures() == past, "the weights between two epochs are not tested"
    assert world.tab.progress.gradients.legend.switches["layer 1"].value == "0.5"
    world.say(steps(1651, 550), epoch(4, gradient_norms=(9.0, 9.0)))
    assert figures() == past, "what comes meanwhile changes none"
    assert len(world.tab.progress.accuracy.curves["A.accuracy"].series) == 4

    world.selection.change(lens=Lens("A", 34))
    assert figures() == ["", "", "", "", "–"], "before the first test"
    world.selection.change(lens=Lens("A"))
    assert figures()[0] == f"{blog_loss(4):.3f}" and figures()[2] == "53 of 300"


def test_a_click_into_a_curve_goes_to_the_nearest_moment_and_a_double_click_nowhere(trained, qtbot, qapp):
    def click(plot, epoch, double=False):
        plot.redraw()
        scene = plot.box.mapViewToScene(QPointF(epoch, sum(plot.box.viewRange()[1]) / 2))
        place = QPointF(plot.mapToGlobal(plot.mapFromScene(scene)))
        plot.box.clicked.emit(Qt.MouseButton.LeftButton, double, place)

    trained.keep(0, 550)
    trained.tab.loss.plot.placeClicked.emit(2.56)
    assert trained.selection.lens == Lens("A", 550)
    sentence, _, topic = trained.asked(tell)[-1]
    assert sentence == "No snapshot is kept at epoch 2.6; the nearest one is at epoch 1.0."
    trained.tab.loss.plot.placeClicked.emit(1.04)
    assert trained.asked(tell)[-1] == ("", "", topic)

    trained.look("A")
    trained.keep(1100, 1650)
    plot, usual = trained.tab.loss.plot, qapp.doubleClickInterval()
    click(plot, 2.2)
    assert plot.is_click_waiting
    click(plot, 2.2, double=True)
    assert not plot.is_click_waiting
    assert trained.selection.lens.moment is None

    qapp.setDoubleClickInterval(20)  # a second click would come at once
    for plot in (trained.tab.loss.plot, trained.tab.progress.accuracy):
        trained.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1)})))
        with qtbot.waitSignal(plot.placeClicked):
            click(plot, 2.2)
        assert trained.selection.lens == Lens("A", 1100, frozenset({Neuron(0, 1)}))
        with qtbot.waitSignal(plot.placeClicked):
            click(plot, 30)
        assert trained.selection.lens.moment is None
    qapp.setDoubleClickInterval(usual)
