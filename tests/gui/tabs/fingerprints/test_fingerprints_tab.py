"""The Fingerprints tab, fed with answers: what it asks and when, while it trains and with nothing to look at."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.base.lens import Lens, Neuron
from engine.base.messages import JobEnded, JobFailed
from engine.base.specs import TrainSpec
from engine.probes.class_accuracy import class_accuracy
from engine.probes.fingerprints import fingerprints
from engine.probes.neuron_card import neuron_card
from engine.training.messages import MomentKept
from gui.state.live_pace import REST, LivePace
from gui.tabs.fingerprints.tab import NO_LAYER, NO_NETWORK
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.fingerprints.fingerprint_messages import accuracy, card, maps_for
from tests.gui.tabs.fingerprints.fingerprints_world import World, neurons
from tests.gui.tabs.tab_world import SENT_BY_OTHERS, until_no_timer_runs
from tests.gui.training_messages import epoch, started


@pytest.fixture
def world(qtbot):
    made = World(qtbot)
    made.settle()
    yield made
    made.bridge.close()


# What is asked --------------------------------------------------------------------------------------------------


def test_the_maps_are_asked_for_in_pixels_of_the_screen(world):
    lens, view = world.questions()[0]
    assert lens == Lens("A") and (view.rows, view.columns, view.layer) == ("class", "confidence", 0)
    field = world.maps.maps[0].field()
    assert (world.view().height, world.view().width) == (round(field.height()), round(field.width()))


def test_accuracies_are_asked_for_when_the_first_maps_have_come(world):
    assert world.questions(class_accuracy) == [(Lens("A"),)]
    assert not world.questions(neuron_card)


def test_one_refusal_is_enough(qtbot):
    world = World(qtbot)
    world.say(JobEnded(outcome="failed"), job=world.job(fingerprints))
    assert not world.questions(class_accuracy) and world.maps.answer is None
    world.bridge.close()


def test_data_that_the_network_cannot_read_are_said_where_the_maps_were_until_others_come(world, qtbot):
    world.answer()
    assert world.tab.maps.isVisible()
    world.say(dataset_opened(), job=SENT_BY_OTHERS)
    qtbot.waitUntil(lambda: len(world.questions()) == 2)
    failed = JobFailed(sentence="letters is not what this network reads.")
    world.say(failed, JobEnded(outcome="failed"), job=world.job(fingerprints))
    assert world.tab.empty.isVisible() and not world.tab.maps.isVisible()
    assert world.tab.empty.findChild(QLabel).text() == failed.sentence
    assert not world.tab.empty.button.isVisible(), "a training does not help"
    world.selection.change(lens=Lens("A", 550))
    assert not world.tab.maps.isVisible(), "nor does it come and go with each moment"
    qtbot.waitUntil(lambda: len(world.questions()) == 3)
    world.answer()
    assert world.tab.maps.isVisible()


@pytest.mark.parametrize("lens", [Lens("A", 550), Lens("A", silenced=neurons(3)), Lens("B")])
def test_the_lens_is_followed(world, qtbot, lens):
    world.run("B", "7")
    world.selection.change(lens=lens)
    qtbot.waitUntil(lambda: world.questions()[-1][0] == lens)
    if lens.run == "A":
        assert world.questions(class_accuracy)[-1] == (lens,) or world.tab._accuracy._paced._wanted


def test_one_question_at_a_time_and_the_last_one_always(world, qtbot):
    before = len(world.questions())
    for step in (1, 2, 3, 4, 5):
        world.selection.change(lens=Lens("A", step))
    until_no_timer_runs(qtbot, world.tab)
    assert len(world.questions()) == before + 1
    world.answer()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("A", 5))


def test_a_hidden_tab_asks_nothing_until_it_is_shown(world, qtbot):
    world.tab.hide()
    before = len(world.runner.submitted)
    world.selection.change(lens=Lens("A", 550), neuron=Neuron(0, 4))
    world.say(epoch(1), job=1_000)
    until_no_timer_runs(qtbot, world.tab)
    assert len(world.runner.submitted) == before
    world.tab.show()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("A", 550))


def test_answers_to_another_run_are_not_shown(world):
    world.say(maps_for(run="B"), job=world.job(fingerprints))
    assert world.maps.answer.run == "A"


# Orders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["index", "similar", "mean"])
def test_rows_can_stand_in_another_order(world, qtbot, key):
    world.button(f"rows.{key}").click()
    qtbot.waitUntil(lambda: world.view().rows == key)
    world.settle()
    assert np.array_equal(world.rows.order, maps_for(world.view()).order)


@pytest.mark.parametrize("key", ["index", "similar"])
def test_columns_can_stand_in_another_order(world, qtbot, key):
    world.button(f"columns.{key}").click()
    qtbot.waitUntil(lambda: world.view().columns == key)


def test_a_kept_order_stays_at_another_moment(world, qtbot):
    kept = tuple(world.rows.order.tolist())
    world.button("keep").click()
    world.selection.change(lens=Lens("A", 550))
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("A", 550))
    assert world.view().held == kept
    world.button("keep").click()
    world.settle()
    assert world.view().held is None


def test_a_kept_order_is_not_asked_of_a_layer_of_another_width(world, qtbot):
    world.button("keep").click()
    world.run("B", "7")
    world.selection.change(lens=Lens("B"))
    world.answer()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("B"))
    assert world.view().held is None


def test_who_chooses_an_order_lets_go_of_the_kept_one(world, qtbot):
    world.button("keep").click()
    world.button("rows.mean").click()
    assert not world.button("keep").isChecked()
    qtbot.waitUntil(lambda: world.view().rows == "mean")
    assert world.view().held is None


# While it trains ------------------------------------------------------------------------------------------------


def test_while_the_run_that_is_looked_at_trains_its_epochs_are_followed(world, qtbot):
    until_no_timer_runs(qtbot, world.tab)
    world.tab._live._free = 0.0
    before = len(world.questions())
    world.say(epoch(1, run="B"), MomentKept(run="B", step=550), job=1_000)
    until_no_timer_runs(qtbot, world.tab)
    assert len(world.questions()) == before
    world.say(epoch(1), job=1_000)
    qtbot.waitUntil(lambda: len(world.questions()) == before + 1)


def test_at_an_earlier_moment_epochs_change_nothing(world, qtbot):
    world.selection.change(lens=Lens("A", 550))
    world.settle()
    world.tab._live._free = 0.0
    before = len(world.questions())
    world.say(epoch(1), job=1_000)
    until_no_timer_runs(qtbot, world.tab)
    assert len(world.questions()) == before


def test_what_follows_a_training_rests_many_times_as_long_as_it_took(qtbot, qapp, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("gui.state.live_pace.time", SimpleNamespace(monotonic=lambda: now[0]))
    pace = LivePace(qapp)
    told = []
    pace.due.connect(lambda: told.append(now[0]))
    pace.want()
    qtbot.waitUntil(lambda: told == [100.0])
    pace.want()
    assert not pace._timer.isActive(), "not before it is answered"
    now[0] += 0.02
    pace.end()
    assert pace.rest == pytest.approx(0.02 * REST)
    now[0] += 0.05
    pace.end()
    assert pace.rest == pytest.approx(0.15), "what a person asks for meanwhile does not count"
    pace.want()
    pace.want()
    assert pace._timer.isActive() and pace._timer.interval() == 150
    now[0] += 0.15
    qtbot.waitUntil(lambda: len(told) == 2)
    assert pace.rest == 0 and not pace._timer.isActive(), "once for all that wanted it"
    pace.deleteLater()


def test_after_an_epoch_was_followed_the_next_ones_wait_until_all_is_answered_and_then_a_rest(world, qtbot):
    world.answer(accuracy(), make=class_accuracy)
    until_no_timer_runs(qtbot, world.tab)
    before = len(world.questions())
    world.say(epoch(1), job=1_000)
    qtbot.waitUntil(lambda: len(world.questions()) == before + 1 and world.tab._accuracy.is_asking)
    world.answer()
    assert world.tab._live.rest == 0
    world.answer(accuracy(), make=class_accuracy)
    assert world.tab._live.rest > 0
    world.tab._live._free += 60
    world.say(epoch(2), job=1_000)
    qtbot.wait(40)
    assert len(world.questions()) == before + 1
    world.window.zoom(0.5)  # a hand does not wait
    qtbot.waitUntil(lambda: len(world.questions()) == before + 2)


# Nothing to look at ---------------------------------------------------------------------------------------------


def test_without_a_network_one_sentence_and_a_button(qtbot):
    world = World(qtbot)
    world.selection.change(lens=None)
    assert world.tab.empty.isVisible() and world.tab.empty.button.isEnabled()
    assert any(label.text() == NO_NETWORK for label in world.tab.empty.findChildren(QLabel))
    world.bridge.close()


def test_a_network_without_hidden_layers_has_no_neurons(qtbot):
    world = World(qtbot, "")
    assert not world.questions() and world.tab.empty.isVisible()
    assert any(label.text() == NO_LAYER for label in world.tab.empty.findChildren(QLabel))
    world.bridge.close()


def test_a_run_is_asked_about_when_its_first_moment_is_kept(world, qtbot):
    world.say(started("B", TrainSpec(layers="7")), job=1_000)
    world.selection.change(lens=Lens("B"))
    until_no_timer_runs(qtbot, world.tab)
    assert world.questions()[-1][0] == Lens("A") and world.maps.answer is None
    assert not world.tab.empty.isVisible()
    world.say(MomentKept(run="B", step=0), job=1_000)
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("B"))


def test_a_session_that_is_opened_brings_its_runs(qtbot):
    world = World(qtbot)
    world.say(opened(runs=[summary("Z", spec=TrainSpec(layers="30, 20"))]), job=1_000)
    world.selection.change(lens=Lens("Z"))
    world.answer()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("Z"))
    assert len(world.tab.bar.layers.titles) == 2
    world.bridge.close()


def test_nothing_moves_while_answers_come(world):
    parts = [*world.maps.maps, world.tab.neuron, world.tab.accuracy, world.tab.accuracy.bars]
    parts += [world.tab.neuron.chart, *world.tab.tools.findChildren(QAbstractButton), world.tab.tools.scale]

    def places():
        world.qtbot.wait(1)
        return [part.geometry() for part in parts]

    before = places()
    world.sweep(3, 6)
    assert places() == before
    world.click(5)
    world.answer(card(int(world.rows.order[5])), make=neuron_card)
    world.key(Qt.Key.Key_Delete)
    world.answer(accuracy(0.1), make=class_accuracy)
    world.answer(maps_for(world.view(), most=123.4, silent=()))
    assert places() == before


def test_every_control_says_what_it_is(world):
    for button in world.tab.findChildren(QAbstractButton):
        if button.objectName().startswith(
            "fingerprints."
        ):  # the plots hold some of their own that nobody sees
            assert button.accessibleName() and button.toolTip(), button.objectName()
