"""The Fingerprints tab without eyes: the neurons of a class, silencing them, and the accuracies, by words and keys."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.neuron_card import neuron_card
from tests.gui.heard_parts import Heard
from tests.gui.tabs.fingerprints.fingerprint_messages import LABELS, NEURONS, SILENT, accuracy, card, hidden_layer
from tests.gui.tabs.fingerprints.fingerprints_world import SHIFT, by_class, neurons


def mean(neuron, label):
    return f"{hidden_layer()[label == LABELS, neuron].mean(dtype=float):.3g}"


def said_by(keys, monkeypatch):
    """What the reader is sent while a person uses keys."""
    sent = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", sent.append)
    QAccessible.setActive(True)
    keys()
    QAccessible.setActive(False)
    return sent


def test_each_row_is_a_neuron_with_its_mean_and_what_was_done_to_it(world):
    heard = Heard(world.maps.maps[4])
    assert heard.face.role() == QAccessible.Role.List
    dead = dict.fromkeys(SILENT, ", dead")
    expected = [f"Neuron {each}, mean {mean(each, 4)} for class 4{dead.get(each, '')}" for each in world.rows.order]
    assert heard.words == expected[: len(heard.words)] and len(heard.words) in (NEURONS, NEURONS - len(SILENT))
    fifth = heard.parts[5]
    middle = world.maps.maps[4].mapFromGlobal(fifth.rect().center())
    assert world.maps.maps[4].place_at(middle.toPointF()) == 5


def test_the_head_of_a_map_says_whose_neurons_a_click_marks(world):
    heads = [QAccessible.queryAccessibleInterface(panel.head_line) for panel in world.maps.panels.values()]
    assert [head.text(QAccessible.Text.Name) for head in heads] == [f"Neurons of class {label}" for label in range(10)]


def test_a_map_says_which_rows_answer_most_to_its_class(world):
    groups = by_class(world)
    first = 1
    for label, group in enumerate(groups):
        last, finding = first + len(group) - 1, Heard(world.maps.maps[label]).finding
        if len(group) > 1:
            assert finding.startswith(f"Rows {first} to {last} answer most to class {label}.")
        elif group:
            assert finding.startswith(f"Row {first} answers most to class {label}.")
        else:
            assert finding == f"No neuron answers most to class {label}."
        first = last + 1


def test_in_another_order_it_says_how_many_rows_answer_most_and_which_is_the_first(world):
    favourites = hidden_layer().reshape(10, -1, NEURONS).mean(axis=1).argmax(axis=0)
    order = world.rows.order.tolist()
    for label in range(10):
        places = [place for place, each in enumerate(order) if favourites[each] == label and each not in SILENT]
        if len(places) > 1 and places[-1] - places[0] + 1 > len(places):
            finding = Heard(world.maps.maps[label]).finding
            assert finding.startswith(
                f"{len(places)} of the rows answer most to class {label}, the first is row {places[0] + 1}."
            )
            break
    else:
        pytest.fail("no class has rows apart")


def test_the_neurons_of_a_class_are_marked_and_silenced_by_keys_and_the_rows_say_so(world, monkeypatch):
    label, group = max(enumerate(by_class(world)), key=lambda each: len(each[1]))
    sent = said_by(lambda: world.key(Qt.Key.Key_M, label=label), monkeypatch)
    assert [event.message() for event in sent if event.type() == QAccessible.Event.Announcement] == [
        f"{len(group)} neurons marked."
    ]
    heard = Heard(world.maps.maps[label])
    assert [words for words in heard.words if words.endswith(", marked")] == [
        f"Neuron {each}, mean {mean(each, label)} for class {label}, marked" for each in group
    ]
    world.key(Qt.Key.Key_Delete, label=label)
    assert world.selection.lens.silenced == neurons(*group)
    silenced = Heard(world.maps.maps[label])
    assert sum("silenced" in words for words in silenced.words) == len(group)
    assert f" Silenced of them: {len(group)}." in silenced.finding


def test_the_arrows_go_from_row_to_row_and_the_reader_says_each(world, monkeypatch):
    def keys():
        world.key(Qt.Key.Key_Down)
        world.key(Qt.Key.Key_Down, SHIFT)

    sent = [event for event in said_by(keys, monkeypatch) if event.type() == QAccessible.Event.Focus]
    one, two = world.rows.order[:2].tolist()
    assert world.rows.marked == {one, two}
    assert (
        sent[-1].accessibleInterface().text(QAccessible.Text.Name)
        == f"Neuron {two}, mean {mean(two, 0)} for class 0, marked"
    )
    assert Heard(world.maps.maps[0]).chosen == [f"Neuron {two}, mean {mean(two, 0)} for class 0, marked"]


def test_the_rows_in_view_are_parts_and_the_keys_bring_others_into_view(world, monkeypatch):
    for _ in range(6):
        QTest.keyClick(world.maps.maps[0], Qt.Key.Key_Plus)
    heard = Heard(world.maps.maps[0])
    top, bottom = world.window.top * NEURONS, world.window.bottom * NEURONS
    in_view = [place for place in range(NEURONS) if top <= place + 0.5 < bottom]
    assert len(in_view) < NEURONS / 2
    assert heard.words == [f"Neuron {n}, mean {mean(n, 0)} for class 0" for n in world.rows.order[in_view]]
    sent = said_by(lambda: [world.key(Qt.Key.Key_Down) for _ in range(len(in_view) + 1)], monkeypatch)
    focused = [event.accessibleInterface() for event in sent if event.type() == QAccessible.Event.Focus][-1]
    assert focused.text(QAccessible.Text.Name).startswith(f"Neuron {world.rows.selected},")
    assert world.rows.place_of(world.rows.selected) > in_view[-1]


def test_a_press_on_a_row_picks_its_neuron(world, qtbot):
    neuron = int(world.rows.order[6])
    Heard(world.maps.maps[2]).press(f"Neuron {neuron},")
    qtbot.waitUntil(lambda: world.rows.marked == {neuron})
    qtbot.waitUntil(lambda: world.selection.lens is not None and world.rows.selected == neuron)


def test_the_averages_say_of_each_neuron_which_class_it_answers_to_most(world):
    world.maps.show_averages_only(True)
    heard = Heard(world.maps.averages)
    means = hidden_layer().reshape(10, -1, NEURONS).mean(axis=1)
    first = int(world.rows.order[0])
    best = int(means[:, first].argmax())
    assert heard.words[0] == f"Neuron {first}, its highest mean is {means[best, first]:.3g} for class {best}"
    assert heard.finding.startswith(f"{NEURONS} neurons, {len(SILENT)} of them dead.")


def test_the_accuracies_say_which_class_lost_most_and_each_bar_its_figure_and_its_change(world):
    bars = world.tab.accuracy.bars
    world.answer(accuracy(0.931, 0.981), make=class_accuracy)
    heard = Heard(bars)
    assert heard.finding == "Class 4 lost most: −5.0 points, now 93.1 %."
    assert heard.words == [f"{n}: 93.1 %, −5.0 points" if n == 4 else f"{n}: 98.1 %" for n in range(10)]
    bars.show_accuracy(accuracy(0.995, 0.981))
    assert Heard(bars).finding == "Class 4 gained most: +1.4 points, now 99.5 %."
    as_trained = np.linspace(0.9, 0.99, 10)[::-1]
    bars.show_accuracy(
        dataclasses.replace(accuracy(), class_accuracy=as_trained, before_class_accuracy=as_trained.copy())
    )
    assert Heard(bars).finding == "Class 9 is read worst: 90.0 %."


def test_a_neurons_card_says_the_highest_column_and_its_strongest_image(world):
    world.click(5)
    world.rest()
    world.answer(card(int(world.rows.order[5])), make=neuron_card)
    panel = world.tab.neuron
    chart = Heard(panel.chart)
    assert chart.finding == "Highest: 9: 9. Lowest: 0: 0."
    assert chart.words == [f"{n}: {n}" for n in range(10)]
    images = Heard(panel.images)
    assert images.finding == "9 pictures; the first: Test image 44, a 4: 2." and len(images.words) == 9


def test_rows_of_a_convolution_are_called_feature_maps(world):
    world.maps.show_answer(dataclasses.replace(world.maps.answer, kind="feature maps, averaged"))
    of = next(each for each in world.maps.maps if len(each.group) > 1)
    count, label = len(of.group), of.label
    assert of.mark_words() == f"Mark the {count} feature maps of {label}"
    assert of.group_words() == f"{count} feature maps answer most to {label}: click marks them"
    assert of.say_row(5).startswith("Feature map 5, mean ")
    assert world.maps.averages.finding().startswith(f"{len(world.rows.order)} feature maps, ")
    of.group = frozenset()
    assert of.finding() == f"No feature map answers most to class {label}."
