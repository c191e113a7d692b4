"""The Fingerprints tab, fed with answers: what it asks and when, while it trains and with nothing to look at."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.fingerprints import fingerprints
from engine.analysis.probes.neuron_card import neuron_card
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded, JobFailed
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from gui.state.link.query import REST
from gui.tabs.fingerprints.tab import NO_LAYER
from tests.gui.controls import controls
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.fingerprints.fingerprint_messages import accuracy, card, maps_for
from tests.gui.tabs.fingerprints.fingerprints_world import World, neurons
from tests.gui.training_messages import epoch, started

# What is asked --------------------------------------------------------------------------------------------------


def test_the_maps_are_asked_for_in_pixels_of_the_screen(world):
    lens, view = world.questions()[0]
    assert lens == Lens("A") and (view.rows, view.columns, view.layer) == ("class", "probability", 0)
    field = world.maps.maps[0].field()
    assert (world.view().height, world.view().width) == (round(field.height()), round(field.width()))


def test_accuracies_are_asked_for_when_the_first_maps_have_come(world):
    assert world.questions(class_accuracy) == [(Lens("A"),)]
    assert not world.questions(neuron_card)


def test_one_refusal_is_enough(qtbot):
    world = World(qtbot)
    failed = JobFailed(sentence="The images are others.")
    world.say(failed, JobEnded(outcome="failed"), job=world.job(fingerprints))
    world.rest()
    assert not world.questions(class_accuracy) and world.maps.answer is None


def test_data_that_the_network_cannot_read_are_said_where_the_maps_were_until_others_come(world):
    assert world.tab.maps.isVisible()
    world.say(dataset_opened())
    world.rest()
    failed = JobFailed(sentence="letters is not what this network reads.")
    world.say(failed, JobEnded(outcome="failed"), job=world.job(fingerprints))
    assert world.tab.empty.isVisible() and not world.tab.maps.isVisible()
    assert world.tab.empty.findChild(QLabel).text() == failed.sentence
    assert not world.tab.empty.button.isVisible(), "a training does not help"
    world.selection.change(lens=Lens("A", 550))
    assert not world.tab.maps.isVisible(), "nor does it come and go with each moment"
    world.rest()
    world.answer()
    assert world.tab.maps.isVisible()


@pytest.mark.parametrize("lens", [Lens("A", 550), Lens("A", silenced=neurons(3)), Lens("B")])
def test_the_lens_is_followed(world, lens):
    world.run("B", "7")
    world.settle()
    world.answer(accuracy(), make=class_accuracy)
    world.rest()
    world.answer(accuracy(), make=class_accuracy)
    world.selection.change(lens=lens)
    world.rest()
    assert world.questions()[-1][0] == lens
    assert (world.questions(class_accuracy)[-1] == (lens,)) == (lens.run == "A")
    world.answer()
    assert world.questions(class_accuracy)[-1] == (lens,)


def test_the_card_comes_after_the_maps_of_another_network_and_not_after_a_zoom(world):
    world.selection.change(neuron=Neuron(0, 4))
    world.answer(card(4), make=neuron_card)
    world.window.zoom(0.5)
    world.settle()
    assert len(world.questions(neuron_card)) == 1
    world.selection.change(lens=Lens("A", 550))
    world.rest()
    assert len(world.questions(neuron_card)) == 1
    world.answer()
    assert world.questions(neuron_card)[1:] == [(Lens("A", 550), Neuron(0, 4))]


def test_where_a_hand_is_faster_than_the_maps_all_three_are_asked_about_one_network(world):
    world.selection.change(neuron=Neuron(0, 4))
    world.settle()
    world.answer(card(4), make=neuron_card)
    world.answer(accuracy(), make=class_accuracy)
    world.selection.change(lens=Lens("A", 550))
    world.rest()
    assert world.questions(class_accuracy)[-1] == (Lens("A", 550),), "at rest it is asked at once"
    world.answer(accuracy(), make=class_accuracy)
    world.selection.change(lens=Lens("A", 1100))
    world.rest()
    assert world.questions(class_accuracy)[-1] == (Lens("A", 550),), "the maps of that are to come"
    world.answer()
    world.rest()
    assert world.questions()[-1][0] == Lens("A", 1100)
    assert world.questions(class_accuracy)[-1] == (Lens("A", 1100),)
    assert world.questions(neuron_card)[-1] == (Lens("A", 1100), Neuron(0, 4))


def test_another_moment_draws_no_row_anew_before_its_maps_are_there(world):
    world.selection.change(lens=Lens("A", silenced=neurons(3)))
    world.settle()
    drawn = []
    world.rows.changed.connect(lambda: drawn.append(world.selection.lens))
    world.selection.change(lens=Lens("A", 550, neurons(3)))
    assert drawn == []
    world.selection.change(lens=Lens("A", 550, neurons(3, 5)))
    assert drawn


def test_answers_to_another_run_are_not_shown(world):
    world.say(maps_for(run="B"), job=world.job(fingerprints))
    assert world.maps.answer.run == "A"


# Orders ---------------------------------------------------------------------------------------------------------


def test_rows_can_stand_in_another_order(world):
    for key in ("index", "similar", "mean"):
        world.pick("rows", key)
        world.rest()
        assert world.view().rows == key
        world.settle()
        assert np.array_equal(world.rows.order, maps_for(world.view()).order)


def test_columns_can_stand_in_another_order(world):
    for key in ("index", "similar"):
        world.pick("columns", key)
        world.rest()
        assert world.view().columns == key
        world.settle()


def test_a_kept_order_stays_at_another_moment(world):
    kept = tuple(world.rows.order.tolist())
    world.button("keep").click()
    world.selection.change(lens=Lens("A", 550))
    world.rest()
    assert world.questions()[-1][0] == Lens("A", 550) and world.view().held == kept
    world.button("keep").click()
    world.settle()
    assert world.view().held is None


def test_a_kept_order_is_not_asked_of_a_layer_of_another_width(world):
    world.button("keep").click()
    world.run("B", "7")
    world.selection.change(lens=Lens("B"))
    world.settle()
    assert world.questions()[-1][0] == Lens("B") and world.view().held is None


def test_who_chooses_an_order_lets_go_of_the_kept_one(world):
    world.button("keep").click()
    world.pick("rows", "mean")
    assert not world.button("keep").isChecked()
    world.rest()
    assert world.view().rows == "mean" and world.view().held is None


# While it trains ------------------------------------------------------------------------------------------------


def test_the_epochs_of_the_run_that_is_looked_at_are_followed_alone(world):
    before = len(world.questions())
    world.say(epoch(1, run="B"), MomentKept(run="B", step=550))
    world.rest()
    assert len(world.questions()) == before
    world.say(epoch(1))
    world.rest()
    assert len(world.questions()) == before + 1


def test_maps_and_accuracies_follow_a_training_and_the_card_with_them_but_a_hand_does_not_wait(world):
    world.selection.change(neuron=Neuron(0, 4))
    world.answer(card(4), make=neuron_card)
    world.answer(accuracy(), make=class_accuracy)
    world.rest()

    def asked():
        return [len(world.questions(each)) for each in (fingerprints, class_accuracy, neuron_card)]

    before = np.array(asked())
    world.say(epoch(1))
    world.clock.advance(100)
    assert (asked() - before).tolist() == [1, 1, 0]
    world.answer(maps_for(world.view(), step=550))
    assert (asked() - before).tolist() == [1, 1, 1]
    world.answer(accuracy(), make=class_accuracy)
    world.answer(card(4), make=neuron_card)
    world.say(epoch(2))
    world.clock.advance(99 * REST)
    assert (asked() - before).tolist() == [1, 1, 1]
    world.window.zoom(0.5)
    assert (asked() - before).tolist() == [2, 1, 1]


# Nothing to look at ---------------------------------------------------------------------------------------------


def test_a_network_without_hidden_layers_has_no_neurons(qtbot):
    world = World(qtbot, "")
    assert not world.questions() and world.tab.empty.isVisible()
    assert any(label.text() == NO_LAYER for label in world.tab.empty.findChildren(QLabel))


def test_a_run_is_asked_about_when_its_first_moment_is_kept(world):
    world.say(started("B", TrainSpec(layers="7")))
    world.selection.change(lens=Lens("B"))
    world.rest()
    assert world.questions()[-1][0] == Lens("A") and world.maps.answer is None
    assert not world.tab.empty.isVisible()
    world.say(MomentKept(run="B", step=0))
    world.rest()
    assert world.questions()[-1][0] == Lens("B")


def test_a_session_that_is_opened_brings_its_runs(qtbot):
    world = World(qtbot)
    world.say(opened(runs=[summary("Z", spec=TrainSpec(layers="30, 20"))]))
    world.selection.change(lens=Lens("Z"))
    world.rest()
    assert world.questions()[-1][0] == Lens("Z")
    assert len(world.tab.bar.layers.titles) == 2


def test_nothing_moves_while_answers_come(world):
    parts = [*world.maps.maps, world.tab.neuron, world.tab.accuracy, world.tab.accuracy.bars]
    parts += [world.tab.neuron.chart, *world.tab.tools.findChildren(QAbstractButton), world.tab.bar.more]

    def places():
        world.rest()
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


# What is shown, and what is kept in More -------------------------------------------------------------------------

FOLDED = (
    *("boost", "factor", "freeze", "sets", "fold", "columns", "keep"),
    *("averages", "pan", "fit", "scale", "scale.auto"),
)


def visible_controls(world):
    """Return the controls' names without that of the tab."""
    return {name.removeprefix("fingerprints.") for name in controls(world.tab)}


def test_at_most_eight_controls_are_seen_until_more_is_wanted(qtbot):
    world = World(qtbot, "20, 8")
    world.settle()
    world.click(5)
    world.answer(card(int(world.rows.order[5])), make=neuron_card)
    assert visible_controls(world) == {
        *("rows", "layer", "fewer.show", "more.show", "silence", "restore"),
        *("neuron.which", "neuron.page"),
    }
    world.press("more.show")
    assert visible_controls(world) >= set(FOLDED)


def test_more_and_prune_take_the_place_of_the_neuron_in_turn(world):
    world.press("more.show")
    assert world.tab.more.isVisible() and not world.tab.neuron.isVisible()
    world.press("fewer.show")
    assert world.tab.how_few.isVisible() and not world.button("more.show").isChecked()
    world.press("more.show")
    assert world.tab.more.isVisible() and not world.button("fewer.show").isChecked()
    world.press("more.show")
    assert world.tab.neuron.isVisible()


def test_the_tab_key_goes_from_more_through_all_that_it_shows(world):
    world.press("more.show")
    world.click(5)  # or else there is nothing to boost
    world.window.zoom(0.5)
    button = world.button("more.show")
    world.tab.activateWindow()
    button.setFocus()
    reached = []
    for _ in FOLDED:
        QTest.keyClick(world.tab.focusWidget(), Qt.Key.Key_Tab)
        reached.append(world.tab.focusWidget().objectName().removeprefix("fingerprints."))
    assert tuple(reached) == FOLDED


@pytest.mark.parametrize(
    ("deviate", "words"),
    [
        (lambda world: world.button("pan").click(), "Dragging pans"),
        (lambda world: world.button("keep").click(), "Order kept"),
        (lambda world: world.button("averages").click(), "Averages only"),
        (lambda world: world.pick("columns", "index"), "Columns by index"),
        (lambda world: world.tab.more.scale.setValue(100), "Colours to 9"),
        (lambda world: world.window.zoom(0.5, columns=False), "Zoomed to rows 6 to 15 of 20 (F shows all)"),
    ],
)
def test_what_is_not_as_usual_is_said_above_the_maps_while_more_is_folded(world, deviate, words):
    said = world.tab.bar.deviations
    assert said.words == "" and not world.tab.more.isVisible()
    deviate(world)
    assert said.words == words and said.isVisible()


def test_all_that_is_not_as_usual_is_said_and_no_more_when_it_is_again(world):
    said = world.tab.bar.deviations
    world.button("pan").click()
    world.tab.more.scale.setValue(100)
    assert said.words == "Dragging pans · colours to 9"
    world.button("scale.auto").click()
    world.button("pan").click()
    assert said.words == ""
