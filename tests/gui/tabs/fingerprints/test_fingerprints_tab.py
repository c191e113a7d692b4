"""The Fingerprints tab, fed with answers: what it asks and when, while it trains and with nothing to look at."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.fingerprints import fingerprints
from engine.analysis.probes.neuron_card import neuron_card
from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from gui.look.class_names import use_names
from gui.state.link.query import REST
from gui.tabs.fingerprints.tab import NO_LAYER
from tests.gui.controls import controls
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.fingerprints import fingerprint_messages
from tests.gui.tabs.fingerprints.fingerprint_messages import NEURONS, PER_CLASS, accuracy, card, maps_for
from tests.gui.tabs.fingerprints.fingerprints_world import World
from tests.gui.training_messages import epoch, started
from tests.hundred_classes import NAMES as HUNDRED


def test_the_maps_are_asked_for_in_pixels_and_of_a_run_when_its_first_moment_is_kept_or_a_session_brings_it(world):
    lens, view = world.questions()[0]
    assert lens == Lens("A") and (view.rows, view.columns, view.layer) == ("class", "probability", 0)
    fields = [one.field() for one in world.maps.maps]  # a pixel that is left over makes one wider than another
    largest = max(round(field.height()) for field in fields), max(round(field.width()) for field in fields)
    assert (world.view().height, world.view().width) == largest
    assert world.questions(class_accuracy) == [(Lens("A"),)]
    assert not world.questions(neuron_card)
    world.say(maps_for(run="B"), job=world.job(fingerprints))
    assert world.maps.answer.run == "A", "answers to another run are not shown"

    world.say(started("B", TrainSpec(layers="7")))
    world.selection.change(lens=Lens("B"))
    world.rest()
    assert world.questions()[-1][0] == Lens("A") and world.maps.answer is None
    assert not world.tab.empty.isVisible()
    world.say(MomentKept(run="B", step=0))
    world.rest()
    assert world.questions()[-1][0] == Lens("B")

    world.settle()
    world.say(opened(runs=[summary("Z", spec=TrainSpec(layers="30, 20"))]))
    world.selection.change(lens=Lens("Z"))
    world.rest()
    assert world.questions()[-1][0] == Lens("Z")
    assert len(world.tab.bar.layers.titles) == 2


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


def test_rows_and_columns_have_a_chosen_order_and_a_kept_one_stays_until_another_is_chosen_or_the_width_changes(world):
    for key in ("mean", "similar", "index"):
        world.pick("rows", key)
        world.rest()
        assert world.view().rows == key
        world.settle()
        assert np.array_equal(world.rows.order, maps_for(world.view()).order)
    for key in ("index", "similar"):
        world.pick("columns", key)
        world.rest()
        assert world.view().columns == key
        world.settle()

    kept = tuple(world.rows.order.tolist())
    world.button("keep").click()
    world.selection.change(lens=Lens("A", 550))
    world.rest()
    assert world.questions()[-1][0] == Lens("A", 550) and world.view().held == kept
    world.button("keep").click()
    world.settle()
    assert world.view().held is None

    world.button("keep").click()
    world.pick("rows", "mean")
    assert not world.button("keep").isChecked()
    world.rest()
    assert world.view().rows == "mean" and world.view().held is None
    world.settle()
    world.button("keep").click()
    world.run("B", "7")
    world.selection.change(lens=Lens("B"))
    world.settle()
    assert world.questions()[-1][0] == Lens("B") and world.view().held is None


def test_maps_and_accuracies_follow_a_training_and_the_card_with_them_but_a_hand_does_not_wait(world):
    world.selection.change(neuron=Neuron(0, 4))
    world.answer(card(4), make=neuron_card)
    world.answer(accuracy(), make=class_accuracy)
    world.rest()

    def asked():
        return [len(world.questions(each)) for each in (fingerprints, class_accuracy, neuron_card)]

    before = np.array(asked())
    world.say(epoch(1, run="B"), MomentKept(run="B", step=550))
    world.rest()
    assert (asked() - before).tolist() == [0, 0, 0], "another run"
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


def test_of_a_hundred_classes_a_dozen_have_maps_and_those_that_are_looked_for_show_the_same_answer(world, monkeypatch):
    monkeypatch.setattr(fingerprint_messages, "CLASSES", len(HUNDRED))
    monkeypatch.setattr(fingerprint_messages, "LABELS", np.repeat(np.arange(len(HUNDRED)), PER_CLASS))
    use_names(HUNDRED)
    world.say(epoch(1))
    world.clock.advance(100)
    maps, answer = world.maps, maps_for(world.view(), step=550)
    world.answer(answer)
    assert [each.label for each in maps.maps if each.isVisible()] == list(range(12))
    maps.show_image(int(answer.images[57][0]))
    maps.set_bound(0.25)

    world.tab.bar.search.setText("57, 93")
    shown = [panel for panel in maps.panels.values() if panel.isVisible()]
    assert [panel.map.label for panel in shown] == [57, 93] and len(maps.panels) == 14
    assert [panel.count.text() for panel in shown] == [f"{PER_CLASS}"] * 2
    assert [panel.map.image for panel in shown] == [answer.images[57][0]] * 2
    for panel in shown:
        group = {neuron for neuron in range(NEURONS) if answer.favourites[neuron] == panel.map.label}
        assert panel.map.group == group - set(answer.silent.tolist())
        assert panel.map.answer is answer

    other = maps_for(world.view(), hidden=fingerprint_messages.hidden_layer(2))
    maps.show_answer(other)
    assert all(each.answer is other for each in maps.fields)
    world.tab.bar.search.setText("")
    assert [each.label for each in maps.maps if each.isVisible()] == list(range(12))


def test_a_network_without_hidden_layers_has_no_neurons(qtbot):
    world = World(qtbot, "")
    assert not world.questions() and world.tab.empty.isVisible()
    assert any(label.text() == NO_LAYER for label in world.tab.empty.findChildren(QLabel))


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


FOLDED = (
    *("boost", "factor", "freeze", "sets", "fold", "columns", "keep"),
    *("averages", "pan", "fit", "scale", "scale.auto"),
)


def visible_controls(world):
    """Return the controls' names without that of the tab."""
    return {name.removeprefix("fingerprints.") for name in controls(world.tab)}


def test_at_most_eight_controls_are_seen_until_more_is_wanted_through_which_the_tab_key_goes(qtbot, world):
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
    assert world.tab.more.isVisible() and not world.tab.neuron.isVisible()
    world.press("fewer.show")
    assert world.tab.how_few.isVisible() and not world.button("more.show").isChecked()
    world.press("more.show")
    assert world.tab.more.isVisible() and not world.button("fewer.show").isChecked()
    world.press("more.show")
    assert world.tab.neuron.isVisible()

    world.press("more.show")
    world.window.zoom(0.5)
    button = world.button("more.show")
    world.tab.activateWindow()
    button.setFocus()
    reached = []
    for _ in FOLDED:
        QTest.keyClick(world.tab.focusWidget(), Qt.Key.Key_Tab)
        reached.append(world.tab.focusWidget().objectName().removeprefix("fingerprints."))
    assert tuple(reached) == FOLDED


def test_what_is_not_as_usual_is_said_above_the_maps_while_more_is_folded(world):
    said = world.tab.bar.deviations
    assert said.words == "" and not world.tab.more.isVisible()
    for press, words in (("pan", "Dragging pans"), ("keep", "Order kept"), ("averages", "Averages only")):
        world.button(press).click()
        assert said.words == words and said.isVisible()
        world.button(press).click()
    world.button("pan").click()
    world.tab.more.scale.setValue(100)
    assert said.words == "Dragging pans · colours to 9"
    world.button("scale.auto").click()
    world.button("pan").click()
    assert said.words == ""

    world.window.zoom(0.5, columns=False)
    assert said.words == "Zoomed to rows 6 to 15 of 20 (F shows all)"
    world.window.fit()
    world.pick("columns", "index")
    assert said.words == "Columns by index"
