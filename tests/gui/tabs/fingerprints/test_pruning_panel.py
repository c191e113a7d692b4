"""Pruning: measured when wanted, stopped at once, and silenced by hand in one step."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.pruning import PruningCurve, WeightsCurve, known_pruning, prune
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import JobEnded
from engine.model.training.messages import MomentKept
from gui.tabs.fingerprints.pruning import PULL, WHAT
from tests.gui.mouse import point_at
from tests.gui.tabs.fingerprints.fingerprint_messages import NEURONS
from tests.gui.tabs.fingerprints.fingerprints_world import LEFT, PLAIN, World, neurons

ORDER = np.random.default_rng(5).permutation(NEURONS)
ACCURACIES = 1 - (np.arange(NEURONS + 1) / NEURONS) ** 4


def neurons_curve(known=NEURONS, accuracies=ACCURACIES):
    return PruningCurve(
        run="A", step=0, kind="neurons", layer=0, total=NEURONS, removed=np.arange(known + 1),
        accuracies=accuracies[: known + 1], order=ORDER[:known], measure="the worst goes", finished=known == NEURONS,
    )  # fmt: skip


def weights_curve(known=5, total=1_000):
    removed = np.array([0, 300, 600, 900, 1_000])[:known]
    return WeightsCurve(
        run="A", step=0, kind="weights", layer=None, total=total, removed=removed,
        accuracies=np.array([0.98, 0.98, 0.975, 0.6, 0.1])[:known], order=np.zeros(0, int), measure="",
        finished=known == 5,
    )  # fmt: skip


class Few(World):
    """The tab with its page on how few suffice."""

    def __init__(self, qtbot):
        super().__init__(qtbot)
        self.settle()
        self.panel = self.tab.how_few
        QTest.mouseClick(self.button("fewer.show"), LEFT)
        assert self.panel.isVisible() and not self.tab.neuron.isVisible() and self.tab.accuracy.isVisible()

    def measure(self):
        QTest.mouseClick(self.panel.measure, LEFT)

    def measured(self, of_weights=None):
        self.measure()
        assert self.panel.measure.text() == "Stop"
        self.say(neurons_curve(), job=self.job(prune))
        self.answer(of_weights or weights_curve(), make=prune)

    @property
    def sentence(self):
        return "\n".join(filter(None, (self.panel.sentence.text(), self.panel.weights.text())))

    def press(self, share):
        QTest.mousePress(self.panel.plot.viewport(), LEFT, PLAIN, self.panel.plot.place_of(share))

    def move(self, share):
        point_at(self.panel.plot.viewport(), self.panel.plot.place_of(share))

    def lift(self, share):
        QTest.mouseRelease(self.panel.plot.viewport(), LEFT, PLAIN, self.panel.plot.place_of(share))

    def least(self, count):
        return neurons(*ORDER[:count].tolist())

    @property
    def silenced(self):
        return self.selection.lens.silenced


@pytest.fixture
def few(qtbot):
    return Few(qtbot)


@pytest.fixture
def measuring(few):
    few.measure()
    return few


@pytest.fixture
def measured(few):
    few.measured()
    return few


def test_nothing_is_measured_until_it_is_wanted(few):
    few.rest()
    assert not few.questions(prune) and few.sentence == "\n".join(WHAT)
    assert not few.panel.slider.isEnabled() and few.panel.count.text() == PULL
    few.press(0.5)
    few.lift(0.5)
    assert few.selection.lens == Lens("A") and few.selection.history.stack.count() == 0, "there is no curve yet"

    changed = Lens("A", silenced=neurons(3), adjusted=frozenset({Adjusted(0, 4, 3.0)}))
    few.selection.change(lens=changed)
    few.measure()
    assert few.questions(prune) == [(Lens("A", 0, adjusted=changed.adjusted), 0)], "what is silenced does not count"
    few.say(JobEnded(outcome="failed"), job=few.job(prune))
    assert few.sentence == "\n".join(WHAT) and few.panel.measure.text() == "Run"


def test_the_curve_grows_and_then_that_of_the_weights(measuring):
    assert measuring.questions(prune) == [(Lens("A", 0), 0)]
    measuring.say(neurons_curve(7), job=measuring.job(prune))
    assert measuring.sentence == "Running: without 7 of 20 neurons…"
    assert measuring.panel.measure.text() == "Stop"
    curve = measuring.panel.plot.curves["neurons"].series
    assert np.allclose(curve.x, np.arange(8) / 20) and np.allclose(curve.y, ACCURACIES[:8])
    measuring.press(0.9)
    measuring.lift(0.9)
    assert measuring.silenced == measuring.least(7), "no more can be silenced than are known"
    measuring.panel.slider.setValue(15)
    assert measuring.panel.slider.value() == 7
    measuring.say(neurons_curve(), job=measuring.job(prune))
    assert np.allclose(curve.x, np.arange(21) / 20) and np.allclose(curve.y, ACCURACIES)
    assert measuring.sentence.splitlines()[1] == "Running: the weights…"
    measuring.say(weights_curve(3), job=measuring.job(prune))
    # 1 - (6 / 20) ** 4 = 0.9919 is within 1 % of 1, and 1 - (7 / 20) ** 4 = 0.985 is not.
    assert measuring.sentence.splitlines() == [
        "14 of 20 neurons keep the test accuracy within 1 percentage point.",
        "Running: without 60 % of the weights…",
    ]
    measuring.answer(weights_curve(), make=prune)
    assert measuring.sentence.splitlines()[1] == "So do about 400 of 1,000 weights."
    assert measuring.panel.measure.text() == "Run"
    assert np.allclose(measuring.panel.plot.curves["weights"].series.x, [0, 0.3, 0.6, 0.9, 1])


def test_points_that_are_found_between_others_stand_there_and_the_order_of_the_curves_stays(measuring):
    coarse = np.array([0, 5, 10, 20])
    measuring.say(
        dataclasses.replace(neurons_curve(), removed=coarse, accuracies=ACCURACIES[coarse], finished=False),
        job=measuring.job(prune),
    )
    assert np.allclose(measuring.panel.plot.curves["neurons"].series.x, coarse / 20)
    finer = np.array([0, 5, 6, 10, 20])
    measuring.say(
        dataclasses.replace(neurons_curve(), removed=finer, accuracies=ACCURACIES[finer]), job=measuring.job(prune)
    )
    curve = measuring.panel.plot.curves["neurons"].series
    assert np.allclose(curve.x, finer / 20) and np.allclose(curve.y, ACCURACIES[finer])
    assert list(measuring.panel.plot.curves) == ["neurons", "weights"]


def test_the_number_of_weights_is_said_with_as_many_digits_as_are_known_and_nothing_moves(few):
    parts = [few.panel, few.panel.plot, few.panel.slider, few.panel.count, few.tab.accuracy, *few.maps.maps]

    def places():
        few.rest()
        return [part.geometry() for part in parts]

    before = places()
    for left, said in ((238_200 - 27_849, "27,800"), (238_200 - 950, "950"), (238_200 - 5_555, "5,560")):
        removed, accuracies = np.array([0, left, 238_200]), np.array([0.98, 0.975, 0.1])
        few.measured(dataclasses.replace(weights_curve(), total=238_200, removed=removed, accuracies=accuracies))
        assert few.sentence.splitlines()[1] == f"So do about {said} of 238,200 weights."
    tip = few.panel.sentence.toolTip()
    assert tip.startswith("Chosen on training images, measured on all test images.")
    assert "the worst goes" in tip

    few.press(0.5)
    few.lift(0.5)
    assert places() == before


def test_stop_ends_it_at_once_and_keeps_what_is_known(measuring):
    measuring.say(neurons_curve(7), job=measuring.job(prune))
    for more, stopped in (
        ((), "Stopped after 7 of 20 neurons."),
        ((neurons_curve(), weights_curve(2)), "Stopped after 30 % of the weights."),
    ):
        measuring.say(*more, job=measuring.job(prune))
        job = measuring.job(prune)
        measuring.measure()  # the same button
        assert measuring.runner.stopped[-1] == job and measuring.panel.measure.text() == "Run"
        assert measuring.sentence.splitlines()[-1] == stopped
        measuring.say(neurons_curve(9), weights_curve(3), JobEnded(outcome="stopped"), job=job)
        assert measuring.sentence.splitlines()[-1] == stopped, "what comes too late is not heard"
        measuring.measure()


def test_of_another_moment_the_sentence_stands_in_the_past(few):
    few.say(MomentKept(run="A", step=550))
    few.measured()
    few.selection.change(lens=Lens("A", 0))
    kept = "14 of 20 neurons kept the test accuracy within 1 percentage point."
    past = f"{kept}\nThe network was another one then. Run it again."
    assert few.sentence == past
    few.selection.change(lens=Lens("A"))
    few.measured()
    assert few.sentence.startswith("14 of 20 neurons keep the")
    few.say(MomentKept(run="B", step=9))
    assert few.sentence.startswith("14 of 20 neurons keep the")
    few.say(MomentKept(run="A", step=1_100))
    assert few.sentence == past


def test_the_same_network_by_another_name_is_the_same_network(measured):
    asked, said = len(measured.questions(known_pruning)), measured.sentence
    measured.selection.change(lens=Lens("A", 0))  # as *Back to A* does, after a mixture of its last snapshots
    assert (len(measured.questions(prune)), measured.sentence) == (1, said)
    assert len(measured.questions(known_pruning)) == asked, "nor is anything asked again"

    def reads_the_middle():  # the plot throttles the mouse
        measured.move(0.5)
        return "50 % taken away" in measured.panel.plot.crosshair.text

    measured.qtbot.waitUntil(reads_the_middle)
    text = measured.panel.plot.crosshair.text
    assert f"{100 * ACCURACIES[10]:.2f} %" in text and "98.00 %" in text


def test_a_measurement_goes_on_when_the_run_is_looked_at_again(measuring):
    measuring.say(neurons_curve(7), job=measuring.job(prune))
    job = measuring.job(prune)
    measuring.run("B", str(NEURONS))
    measuring.selection.change(lens=Lens("B"))
    assert job in measuring.runner.stopped
    assert measuring.sentence == "\n".join(WHAT)
    assert measuring.panel.measure.text() == "Run"
    assert measuring.questions(known_pruning)[-1] == (Lens("B", 0), 0)
    measuring.selection.change(lens=Lens("A", 0))
    assert measuring.questions(prune) == [(Lens("A", 0), 0)] * 2 and measuring.panel.measure.text() == "Stop"
    measuring.say(neurons_curve(7), job=measuring.job(prune))  # the engine tells first what it knows
    assert measuring.sentence == "Running: without 7 of 20 neurons…"


def test_what_was_stopped_or_is_finished_stands_when_the_run_is_looked_at_again(few):
    few.run("B", str(NEURONS))
    few.measure()
    few.say(neurons_curve(7), job=few.job(prune))
    few.measure()  # Stop
    few.selection.change(lens=Lens("B"))
    few.selection.change(lens=Lens("A"))
    few.answer(neurons_curve(7), make=known_pruning)
    assert few.sentence == "Stopped after 7 of 20 neurons." and few.panel.measure.text() == "Run"
    few.selection.change(lens=Lens("B"))
    assert few.sentence == "\n".join(WHAT) and not few.panel.slider.isEnabled()
    assert not len(few.panel.plot.curves["neurons"].series)
    few.selection.change(lens=Lens("A"))
    for curve in (neurons_curve(), weights_curve()):
        few.say(curve, job=few.job(known_pruning))
    assert few.sentence.endswith("So do about 400 of 1,000 weights.") and len(few.questions(prune)) == 1


def test_a_drag_over_the_curve_or_the_slider_silences_at_once_and_is_undone_as_one_step(measured):
    measured.press(0.2)
    assert measured.silenced == measured.least(4)
    for share in (0.4, 0.6, 0.5):
        measured.move(share)
    assert measured.silenced == measured.least(10) and measured.selection.history.stack.count() == 0
    assert measured.panel.count.text() == "10 of 20 silenced" and measured.panel.slider.value() == 10
    assert measured.panel.accuracy.text() == f"{100 * ACCURACIES[10]:.2f} %"
    measured.lift(0.5)
    assert measured.rows.silenced == set(ORDER[:10].tolist())
    stack = measured.selection.history.stack
    assert (stack.count(), stack.undoText()) == (1, "silence the 10 neurons that are missed least")
    measured.selection.history.undo()
    assert not measured.silenced and measured.panel.slider.value() == 0 and measured.panel.count.text() == PULL
    measured.selection.history.redo()
    assert measured.silenced == measured.least(10) and measured.panel.slider.value() == 10
    measured.selection.change(lens=Lens("A", silenced=neurons(int(ORDER[15]))))
    assert measured.panel.slider.value() == 0 and measured.panel.count.text() == PULL, "others are silenced"

    slider, index = measured.panel.slider, stack.index()
    measured.selection.change(lens=Lens("A"))
    for _ in range(2):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    assert measured.silenced == measured.least(2)
    measured.selection.history.undo()
    assert measured.silenced == measured.least(1), "each key is a step"
    measured.selection.history.undo()

    handle, end = slider.rect().center(), slider.rect().center()
    handle.setX(6)
    end.setX(slider.width() - 4)
    QTest.mousePress(slider, LEFT, PLAIN, handle)
    QTest.mouseMove(slider, slider.rect().center())
    assert measured.silenced and stack.index() == index
    QTest.mouseMove(slider, end)
    QTest.mouseRelease(slider, LEFT, PLAIN, end)
    assert measured.silenced == measured.least(NEURONS) and stack.index() == index + 1


def test_other_layers_and_adjusted_neurons_stay_as_they_are_and_what_was_tried_in_another_run_is_no_step_of_this(few):
    lens = Lens("A", silenced=frozenset({Neuron(1, 2), Neuron(0, 1)}), adjusted=frozenset({Adjusted(0, 4, 3.0)}))
    few.selection.change(lens=lens)
    few.measured()
    few.press(0.25)
    few.lift(0.25)
    assert few.silenced == few.least(5) | {Neuron(1, 2)} and few.selection.lens.adjusted == lens.adjusted
    few.selection.history.undo()
    assert few.selection.lens == lens

    few.run("B", str(NEURONS))
    few.press(0.5)
    few.selection.change(lens=Lens("B"))
    few.lift(0.5)
    assert few.selection.lens == Lens("B") and few.selection.history.stack.index() == 0
