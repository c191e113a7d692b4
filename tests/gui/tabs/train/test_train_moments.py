"""Moments in the Train tab: marked in the plots, told in the figures, chosen by a click."""

import pytest
from PySide6.QtCore import QPointF, Qt
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, steps

from engine.core.lens import Lens, Neuron
from gui.state.notices import tell
from tests.gui.tabs.train.train_world import HE_WEIGHTS


def test_before_the_first_epoch_health_says_why_it_is_blank(trained):
    trained.say(HE_WEIGHTS)
    trained.keep(0, 100, 550)
    trained.look("A", moment=100)
    assert trained.figure("train.health.dead.1") == ""
    wanted = "Health is judged after the first epoch; this is an earlier snapshot."
    assert trained.tab.health.sentence.text() == wanted
    assert not trained.tab.health.remedy.isVisible()
    trained.say(HE_WEIGHTS)
    assert "earlier snapshot" in trained.tab.health.sentence.text()
    trained.look("A")
    assert trained.tab.health.sentence.text() == HE_WEIGHTS.sentence


def test_a_click_where_no_moment_is_kept_says_to_which_one_it_led(trained):
    trained.keep(0, 550)
    trained.tab.loss.plot.placeClicked.emit(2.56)
    assert trained.selection.lens == Lens("A", 550)
    sentence, _, topic = trained.asked(tell)[-1]
    assert sentence == "No snapshot is kept at epoch 2.6; the nearest one is at epoch 1.0."
    trained.tab.loss.plot.placeClicked.emit(1.04)
    assert trained.asked(tell)[-1] == ("", "", topic)


def test_the_moment_that_is_looked_at_is_marked(trained):
    plot = trained.tab.loss.plot
    plot.redraw()
    assert plot.cursor_at == 3
    trained.selection.change(lens=Lens("A", 275))
    plot.redraw()
    assert plot.cursor_at == 0.5


def test_the_moment_is_marked_in_every_plot_at_once_and_no_more_when_live(trained):
    plots = (trained.tab.loss.plot, *trained.tab.progress.plots)
    trained.selection.change(lens=Lens("A", 550))
    assert [plot.cursor_at for plot in plots] == [1.0] * len(plots)
    trained.selection.change(lens=Lens("A"))
    assert {plot.cursor_at for plot in trained.tab.progress.plots} == {None}
    trained.draw()
    assert trained.tab.loss.plot.cursor_at == 3.0


def test_another_runs_moment_is_not_marked(trained):
    trained.selection.change(lens=Lens("B", 550))
    trained.draw()
    assert trained.tab.loss.plot.cursor_at is None


def test_the_figures_are_those_of_the_epoch_that_is_looked_at(world):
    world.run(epochs=1)
    world.say(epoch(2, dead=(7,), gradient_norms=(0.5, 0.25), test_accuracy=0.5), epoch(3))
    world.selection.change(lens=Lens("A", 2 * STEPS_PER_EPOCH + 40))
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(2):.3f}"
    assert world.figure("train.accuracy") == "50.00 %, epoch 2", "the weights between two epochs are not tested"
    assert world.figure("train.health.dead.1") == "7 of 300"
    assert world.figure("train.health.gradient.2") == "0.25"
    assert world.tab.progress.gradients.legend.switches["layer 1"].value == "0.5"
    world.selection.change(lens=Lens("A"))
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(3):.3f}"
    assert world.figure("train.health.dead.1") == "53 of 300"


def test_before_the_first_test_there_are_no_figures(world):
    world.run(epochs=2)
    world.selection.change(lens=Lens("A", 34))
    assert world.tab.loss.legend.switches["train"].value == ""
    for name in ("train.accuracy", "train.health.dead.1", "train.health.gradient.1", "train.health.finite"):
        assert world.figure(name) == ""


def test_what_comes_while_one_looks_at_the_past_changes_no_figure(world):
    world.run(epochs=2)
    world.selection.change(lens=Lens("A", 550))
    said = [world.figure(name) for name in ("train.accuracy", "train.health.gradient.1")]
    world.say(steps(1101, 550), epoch(3, gradient_norms=(9.0, 9.0)))
    assert [world.figure(name) for name in ("train.accuracy", "train.health.gradient.1")] == said
    assert len(world.tab.progress.accuracy.curves["A.accuracy"].series) == 3


def test_the_weights_of_the_lens_are_asked_for(trained):
    trained.answer_question()
    trained.clock.advance(100)
    lens = Lens("A", 550, frozenset({Neuron(0, 5)}))
    trained.selection.change(lens=lens)
    assert trained.questions()[-1] == lens


def click(plot, epoch, double=False):
    plot.redraw()
    box = plot.box
    scene = box.mapViewToScene(QPointF(epoch, sum(box.viewRange()[1]) / 2))
    place = QPointF(plot.mapToGlobal(plot.mapFromScene(scene)))
    box.clicked.emit(Qt.MouseButton.LeftButton, double, place)


@pytest.fixture
def quick_hand(qapp):
    """A second click would come at once."""
    usual = qapp.doubleClickInterval()
    qapp.setDoubleClickInterval(20)
    yield
    qapp.setDoubleClickInterval(usual)


@pytest.mark.usefixtures("quick_hand")
def test_a_click_into_a_curve_goes_to_the_nearest_moment(trained, qtbot):
    trained.keep(0, 550, 1100, 1650)
    for plot in (trained.tab.loss.plot, trained.tab.progress.accuracy):
        trained.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1)})))
        with qtbot.waitSignal(plot.placeClicked):
            click(plot, 2.2)
        assert trained.selection.lens == Lens("A", 1100, frozenset({Neuron(0, 1)}))
        with qtbot.waitSignal(plot.placeClicked):
            click(plot, 30)
        assert trained.selection.lens.moment is None


def test_a_double_click_goes_nowhere(trained, qtbot):
    trained.keep(0, 550, 1100, 1650)
    trained.selection.change(lens=Lens("A"))
    plot = trained.tab.loss.plot
    click(plot, 2.2)
    assert plot.is_click_waiting
    click(plot, 2.2, double=True)
    assert not plot.is_click_waiting
    assert trained.selection.lens.moment is None
