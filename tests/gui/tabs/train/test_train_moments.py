"""Moments in the Train tab: marked in the plots, told in the figures, chosen by a click."""

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


def test_the_moment_that_is_looked_at_is_marked_in_every_plot(trained):
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
    assert figures() == [""] * 5, "before the first test"
    world.selection.change(lens=Lens("A"))
    assert figures()[0] == f"{blog_loss(4):.3f}" and figures()[2] == "53 of 300"


def click(plot, epoch, double=False):
    plot.redraw()
    box = plot.box
    scene = box.mapViewToScene(QPointF(epoch, sum(box.viewRange()[1]) / 2))
    place = QPointF(plot.mapToGlobal(plot.mapFromScene(scene)))
    box.clicked.emit(Qt.MouseButton.LeftButton, double, place)


def test_a_click_into_a_curve_goes_to_the_nearest_moment_and_a_double_click_nowhere(trained, qtbot, qapp):
    trained.keep(0, 550, 1100, 1650)
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
