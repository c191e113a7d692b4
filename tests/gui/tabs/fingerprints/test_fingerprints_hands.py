"""What hands do on the maps of the Fingerprints tab: mark, silence, zoom, move, point."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QCursor
from PySide6.QtTest import QTest

from engine.analysis.probes.class_accuracy import class_accuracy
from engine.analysis.probes.images import SomeImages, some_images
from engine.core.lens import Adjusted, Lens, Neuron
from gui.look.color_maps import magnitude_image
from gui.look.theme import theme
from gui.look.words import Elided
from gui.tabs.fingerprints.map_bars import HINT
from gui.tabs.fingerprints.map_rows import MapRows, MapWindow
from gui.tabs.fingerprints.neuron_maps import SIGN_AT, NeuronMap, bands
from gui.widgets.painted import Frame
from gui.widgets.veil import LATE_MS
from tests.gui.mouse import double_click, drag, point_at, right_click
from tests.gui.tabs.fingerprints.fingerprint_messages import LABELS, NEURONS, accuracy, hidden_layer, maps_for
from tests.gui.tabs.fingerprints.fingerprints_world import CONTROL, LEFT, MIDDLE, PLAIN, SHIFT, by_class, neurons


def test_delete_silences_the_band_and_undo_brings_it_back(world):
    world.sweep(4, 7)
    band = neurons(*world.rows.order[4:8].tolist())
    world.key(Qt.Key.Key_Delete)
    assert world.selection.lens.silenced == band
    assert world.selection.history.stack.undoText() == "silence 4 neurons"
    world.rest()
    assert world.questions()[-1][0].silenced == band
    assert world.rows.silenced == {neuron.number for neuron in band}
    world.selection.history.undo()
    assert world.selection.lens == Lens("A") and not world.rows.silenced
    world.settle()
    assert world.questions()[-1][0] == Lens("A")
    world.selection.history.redo()
    assert world.selection.lens.silenced == band


def test_accuracies_are_asked_for_at_once_when_neurons_are_silenced_and_are_as_fine_as_one_image(world):
    world.answer(accuracy(0.981), make=class_accuracy)
    world.rest()
    usual = world.tab.accuracy.grab().toImage()
    world.click(5)
    world.press("silence")
    world.clock.advance(LATE_MS - 1)
    assert world.tab.accuracy.grab().toImage() == usual, "what comes at once flickers not"
    world.clock.advance(1)
    assert world.tab.accuracy in world.tab.veils.marked
    assert world.tab.accuracy.grab().toImage() != usual

    assert world.questions(class_accuracy)[-1][0].silenced
    world.answer(accuracy(0.931, 0.981), make=class_accuracy)
    assert world.text("accuracy.overall") == "98.10 % → 93.10 %"
    assert world.tab.accuracy.of.words == "on these 10,000 test images, with 1 silenced"
    assert world.tab.accuracy.bars.changes[4] == "−5.0" and world.tab.accuracy.bars.changes[3] == ""
    assert world.tab.accuracy.bars.data[4].tip == "4: 931 of 1,000 correct; 981 before anything was changed"
    world.clock.advance(10 * LATE_MS)
    assert world.tab.accuracy not in world.tab.veils.marked
    world.selection.history.undo()
    world.settle()
    world.answer(accuracy(0.981), make=class_accuracy)
    assert world.tab.accuracy.grab().toImage() == usual

    lost, gained = {"curve_2", "curve_2_text"}, {"good"}
    for now, change, own, other in ((0.931, "−5.0", lost, gained), (0.999, "+1.8", gained, lost)):
        world.look(moment=int(1000 * now))
        world.settle()
        world.answer(accuracy(now, 0.981), make=class_accuracy)
        bars = world.tab.accuracy.bars
        colors = {mark.color for mark in bars.marks(bars.places())}
        assert bars.changes[4] == change and own <= colors and not other & colors
        is_hollow = any(isinstance(mark, Frame) for mark in bars.marks(bars.places()))
        assert is_hollow == (own is lost), "what is gone is empty, what was gained is filled"

    found = accuracy(0.9802, before=0.9803)
    shares = np.array([0.996, 0.9959, 1.0, *[0.9803] * 7])
    found = dataclasses.replace(found, class_accuracy=shares, before_class_accuracy=shares)
    world.look(moment=550)
    world.settle()
    world.answer(found, make=class_accuracy)
    assert world.text("accuracy.overall") == "98.03 % → 98.02 %"
    assert world.tab.accuracy.of.words == "on these 10,000 test images"
    assert world.tab.accuracy.bars.texts[:4] == ["99.6 %", "99.6 %", "100.0 %", "98.0 %"]
    few = dataclasses.replace(found, counts=np.full(10, 100), accuracy=0.977, before_accuracy=0.977)
    world.look(moment=1_100)
    world.settle()
    world.answer(few, make=class_accuracy)
    assert world.text("accuracy.overall") == "97.7 %"
    assert world.tab.accuracy.of.words == "on these 1,000 test images"


def test_where_not_all_of_many_classes_have_room_those_without_test_images_have_no_row(world):
    there = np.arange(100) < 9
    shares, counts = np.where(there, 0.9, np.nan), np.where(there, 50, 0)
    bars = world.tab.accuracy.bars
    for before in (shares, shares - 0.1):
        few = dataclasses.replace(accuracy(0.9), counts=counts, class_accuracy=shares, before_class_accuracy=before)
        bars.show_accuracy(few)
        assert bars.shown() == list(range(9)) and len(bars.places()) == 9


def test_clicks_mark_rows_and_a_sweep_a_band_that_is_drawn_in_all_maps_until_another_run_is_looked_at(world):
    order = world.rows.order.tolist()
    world.click(2)
    world.click(9, keys=CONTROL)
    assert world.rows.marked == {order[2], order[9]}
    world.click(9, keys=CONTROL)
    assert world.rows.marked == {order[2]}
    world.click(2)
    world.click(6, keys=SHIFT)
    assert world.rows.marked == set(order[2:7])

    world.key(Qt.Key.Key_Escape)
    before = [each.grab().toImage() for each in world.maps.maps]
    world.sweep(4, 7, label=2)
    assert world.rows.marked == set(world.rows.order[4:8].tolist())
    assert world.text("marked") == "4 marked"
    orange = QColor(theme().current.curve_2)
    for each, old in zip(world.maps.maps, before, strict=True):
        image, field = each.grab().toImage(), each.field()
        edge = QPoint(int(field.left()), int(field.top() + 6 / NEURONS * field.height()))
        assert orange in [image.pixelColor(edge + QPoint(way, 0)) for way in (-1, 0, 1)]
        assert image != old

    drag(world.maps.maps[1], world.point(2, 1), QPoint(20, -50))
    assert world.rows.marked == set(world.rows.order[:3].tolist()), "upwards out of the map it goes to its end"
    world.selection.change(lens=Lens("A", 0))
    assert len(world.rows.marked) == 3, "at another snapshot they are the same neurons"
    world.selection.change(lens=Lens("B"))
    assert not world.rows.marked and world.text("marked") != "3 marked"


def test_the_buttons_silence_boost_and_freeze_what_is_marked_or_the_selected_neuron_and_bring_it_back(world):
    names = ("silence", "boost", "freeze", "restore")
    assert not any(world.button(name).isEnabled() for name in names)
    first, second = (int(number) for number in world.rows.order[:2])
    world.click(0)
    assert all(world.button(name).isEnabled() for name in names[:3])
    world.press("silence")
    assert world.button("silence").text() == "Restore" and world.rows.marked == {first}, "it needs no new sweep"
    world.press("silence")
    assert world.selection.lens == Lens("A")

    world.tab.more.factor.setValue(2.5)
    world.button("boost").click()
    assert world.selection.lens.adjusted == {Adjusted(0, first, 2.5)}
    world.click(1)
    world.button("freeze").click()
    frozen = next(each for each in world.selection.lens.adjusted if each.number == second)
    assert frozen.factor == 0 and frozen.offset == pytest.approx(hidden_layer()[:, second].mean())
    assert world.rows.adjusted == {first, second}
    world.button("restore").click()
    assert world.selection.lens == Lens("A") and not world.button("restore").isEnabled()

    world.key(Qt.Key.Key_Escape)
    assert not world.rows.marked
    world.selection.change(neuron=None)
    assert not world.button("silence").isEnabled()

    hint = world.tab.findChild(Elided, "fingerprints.hint")
    assert (world.text("marked"), hint.words) == ("None marked", HINT)
    world.selection.change(neuron=Neuron(0, 5))
    assert world.text("marked") == "Neuron 5" and hint.words == HINT
    world.press("silence")
    assert world.selection.lens.silenced == {Neuron(0, 5)} and world.button("silence").text() == "Restore"
    world.sweep(1, 3)
    assert world.text("marked") == "3 marked" and not hint.words
    world.key(Qt.Key.Key_Escape)
    assert hint.words
    world.press("silence")
    assert not world.selection.lens.silenced
    world.selection.change(neuron=Neuron(3, 1))
    assert world.text("marked") == "None marked" and not world.button("silence").isEnabled()


def test_a_click_on_the_bracket_marks_the_neurons_of_its_class_and_silence_is_the_next_click(world):
    label, group = max(enumerate(by_class(world)), key=lambda each: len(each[1]))
    assert len(group) > 2
    of = world.maps.maps[label]
    zone = of.bracket_zone()
    assert zone.width() >= 12 and zone.left() == 0 and zone.right() == of.field().left()
    at = zone.center().toPoint()
    point_at(of, at)
    assert of.toolTip() == f"{len(group)} neurons answer most to {label}: click marks them"
    assert of.cursor().shape() == Qt.CursorShape.PointingHandCursor and not world.tab.pointed.card.isVisible()
    row = int(of.group_place().center().y())
    drawn = of.grab().toImage().pixelColor(int(of.field().left()) - 3, row)
    assert drawn == theme().current.color("accent")
    world.click(NEURONS - 1, label)
    QTest.mouseClick(of, LEFT, PLAIN, at)
    assert world.rows.marked == set(group) and world.text("marked") == f"{len(group)} marked"
    assert world.selection.neuron == Neuron(0, group[0]), "the arrow keys go on from its first"
    double_click(of, at)
    assert world.rows.marked == set(group)
    world.press("silence")
    assert world.selection.lens.silenced == neurons(*group)
    point_at(of, world.point(0, label))
    assert of.toolTip() == "" and of.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_bracket_adds_its_neurons_with_control_and_that_of_a_single_row_is_as_high_as_a_mouse_can_hit(world):
    groups = by_class(world)
    empty = next(label for label, group in enumerate(groups) if not group)
    assert world.maps.maps[empty].bracket_zone() is None
    world.key(Qt.Key.Key_M, label=empty)
    assert not world.rows.marked
    one, other = [label for label, group in enumerate(groups) if group][:2]
    at = [world.maps.maps[label].bracket_zone().center().toPoint() for label in (one, other)]
    QTest.mouseClick(world.maps.maps[one], LEFT, PLAIN, at[0])
    QTest.mouseClick(world.maps.maps[other], LEFT, CONTROL, at[1])
    assert world.rows.marked == {*groups[one], *groups[other]}
    QTest.mouseClick(world.maps.maps[one], LEFT, CONTROL, at[0])
    assert world.rows.marked == set(groups[other])
    heads = [world.maps.panels[label].head_line for label in (one, other)]
    QTest.mouseClick(heads[0], LEFT, PLAIN)
    assert world.rows.marked == set(groups[one]), "the head of a map is a larger target for the same"
    for neuron in (*groups[one][1:], groups[one][0]):
        QTest.mouseClick(heads[0], LEFT, PLAIN)
        assert world.selection.neuron == Neuron(0, neuron) and world.rows.marked == set(groups[one])
    QTest.mouseClick(heads[1], LEFT, CONTROL)
    assert world.rows.marked == {*groups[one], *groups[other]}
    assert heads[0].height() >= 24
    QTest.mouseClick(heads[1], LEFT, PLAIN)

    world.window.set_size(1_000, 8)
    label = next(label for label, group in enumerate(groups) if len(group) == 1)
    of = world.maps.maps[label]
    world.tab.resize(world.tab.width(), 300)
    world.rest()
    assert of.group_place().height() < 12
    assert of.bracket_zone().height() == pytest.approx(12)
    point_at(of, of.bracket_zone().center().toPoint())
    assert of.toolTip() == f"1 neuron answers most to {label}: click marks it"

    world.pick("rows", "index")
    world.settle()
    assert world.maps.maps[one].bracket_zone() is None
    world.key(Qt.Key.Key_M, label=one)
    assert world.rows.marked == set(groups[one]), "in whatever order"


def texts(menu):
    return [each.text() for each in menu.actions() if each.isVisible() and not each.isSeparator()]


def entry(menu, name):
    return next(each for each in menu.actions() if each.objectName() == f"fingerprints.maps.{name}")


def test_the_menu_of_a_map_marks_its_neurons_and_silences_what_is_marked(world):
    groups = by_class(world)
    label = max(range(10), key=lambda label: len(groups[label]))
    of = world.maps.maps[label]
    copies = ["Copy picture of all maps", "Copy averages", "Save all maps…"]
    copies += ["Copy picture", "Copy numbers", "Show as table…", "Save picture or numbers…", "Film over training…"]
    menu = right_click(of)
    assert texts(menu) == [f"Mark the {len(groups[label])} neurons of {label}", *copies]
    entry(menu, "mark").trigger()
    assert world.rows.marked == set(groups[label])
    assert texts(right_click(of))[1:] == ["Silence these", *copies]
    entry(menu, "silence").trigger()
    assert world.selection.lens.silenced == neurons(*groups[label])
    assert texts(right_click(of))[1:] == ["Restore these", *copies]
    entry(menu, "silence").trigger()
    assert world.selection.lens == Lens("A")
    world.key(Qt.Key.Key_Escape)
    empty = next(label for label, group in enumerate(groups) if not group)
    assert texts(right_click(world.maps.maps[empty])) == copies
    single = next(label for label, group in enumerate(groups) if len(group) == 1)
    assert texts(right_click(world.maps.panels[single])) == [f"Mark the neuron of {single}", *copies]


def test_a_click_on_a_cell_selects_the_image_too_and_its_mark_is_seen_in_its_map(world):
    of, before = world.maps.maps[6], world.maps.maps[6].grab().toImage()
    world.click(5, label=6, share=0.3)
    image = int(world.maps.answer.images[6][2])
    assert world.selection.neuron == Neuron(0, int(world.rows.order[5])) and world.selection.image == image
    field, column, after = of.field(), of.column_place(), of.grab().toImage()
    assert column.left() == pytest.approx(field.left() + 2 / 8 * field.width())
    assert all(each.column_place() is None for each in world.maps.maps if each is not of)
    row = world.point(15, 6).y()
    changed = [
        x for x in range(round(field.left()), of.width()) if before.pixelColor(x, row) != after.pixelColor(x, row)
    ]
    assert changed == [round(column.left()) - 1, round(column.right())]
    tip = QPoint(round(column.center().x()), int(field.top()) - 5)
    assert after.pixelColor(tip) == theme().current.color("accent")

    QTest.mouseClick(of, LEFT, PLAIN, QPoint(round(of.average_place().center().x()), world.point(1, 6).y()))
    assert world.selection.image == image and world.selection.neuron == Neuron(0, int(world.rows.order[1]))
    world.window.set_size(NEURONS, 1_000)
    world.window.zoom(0.5, 1.0, rows=False)
    assert of.column_place() is None, "it is not among those that are seen"
    world.window.fit()
    world.selection.change(image=int(world.maps.answer.images[1][7]))
    assert world.maps.maps[1].column_place().right() == pytest.approx(field.right())
    world.selection.change(image=None)
    assert world.maps.maps[1].column_place() is None


def test_many_silenced_rows_leave_those_between_them_as_they_are(qtbot):
    """Every other of 300 rows is silenced: rows of two pixels."""
    shown = NeuronMap(0, MapRows(), MapWindow())
    qtbot.addWidget(shown)
    shown.resize(160, 608)
    order = np.arange(300)
    shown.rows.set_order(order, ())
    ones = np.ones((300, 8), np.float32)
    answer = maps_for()
    wide = {"order": order, "maps": (ones,) * 10, "means": np.ones((10, 300)), "rows": (0, 300)}
    shown.show_answer(dataclasses.replace(answer, **wide))
    field, surface = shown.field(), theme().current.color("surface")
    assert field.height() == 600
    middle = [QPoint(int(field.center().x()), int(field.top()) + 2 * row) for row in range(300)]
    whole = shown.grab().toImage()
    shown.rows.set_changed(range(0, 300, 2), ())
    image = shown.grab().toImage()
    assert all(image.pixelColor(at) == surface != whole.pixelColor(at) for at in middle[::2])
    assert all(image.pixelColor(at) == whole.pixelColor(at) for at in middle[1::2])
    assert all(
        image.pixelColor(int(field.left()) - SIGN_AT + 1, at.y()) == theme().current.color("curve_2")
        for at in middle[::2]
    )


def test_wheel_and_keys_zoom_all_maps_and_the_arrows_go_from_row_to_row_and_bring_it_into_sight(world):
    place = world.point(5, share=0.25)
    neuron = world.rows.order[world.maps.maps[0].place_at(QPointF(place))]
    world.wheel(place, 3)
    assert world.window.bottom - world.window.top == pytest.approx(0.8**3, abs=0.01)
    assert world.rows.order[world.maps.maps[4].place_at(QPointF(place))] == neuron
    world.rest()
    assert world.view().top == world.window.top and world.view().right == world.window.right

    world.window.fit()
    world.wheel(world.point(5), 1, CONTROL)
    assert world.window.bottom - world.window.top < 1 and world.window.right - world.window.left == 1
    world.window.fit()
    world.window.set_size(NEURONS, 1_000)
    world.wheel(world.point(5), 1, SHIFT)
    assert world.window.bottom - world.window.top == 1
    assert world.window.right - world.window.left == pytest.approx(0.8)

    world.window.fit()
    world.key(Qt.Key.Key_Plus)
    assert world.window.bottom - world.window.top == pytest.approx(0.8)
    top = world.window.top
    world.key(Qt.Key.Key_Down, CONTROL)
    assert world.window.top > top
    world.key(Qt.Key.Key_Minus)
    world.key(Qt.Key.Key_Plus)
    world.key(Qt.Key.Key_F)
    assert world.window.is_fitted

    world.window.zoom(0.25, y=0.0)
    order = world.rows.order.tolist()
    world.click(0)
    for _ in range(7):
        world.key(Qt.Key.Key_Down)
    assert world.selection.neuron == Neuron(0, order[7])
    assert world.window.top <= 7 / NEURONS and world.window.bottom >= 8 / NEURONS - 1e-9
    world.key(Qt.Key.Key_Down, SHIFT)
    assert world.rows.marked == {order[7], order[8]}


def test_a_zoomed_map_is_moved_by_the_middle_button_or_the_left_one_with_space_or_the_move_button(world):
    world.window.zoom(0.5)
    top, of = world.window.top, world.maps.maps[0]
    QTest.mousePress(of, MIDDLE, PLAIN, QPoint(50, 50))
    QTest.mouseMove(of, QPoint(50, 70))
    assert world.window.top == pytest.approx(top - 20 / of.field().height() * 0.5)
    QTest.mouseMove(of, QPoint(50, 5_000))
    QTest.mouseRelease(of, MIDDLE, PLAIN, QPoint(50, 5_000))
    assert (world.window.top, world.window.bottom) == pytest.approx((0, 0.5)), "it ends at its edge"

    for begin, end in (
        (lambda: QTest.keyPress(of, Qt.Key.Key_Space), lambda: QTest.keyRelease(of, Qt.Key.Key_Space)),
        (world.button("pan").click, world.button("pan").click),
    ):
        begin()
        top = world.window.top
        drag(of, QPoint(80, 60), QPoint(80, 40))
        end()
        assert world.window.top > top and not world.rows.marked
    world.click(10)
    assert world.rows.marked


def test_that_the_maps_are_zoomed_is_seen_and_a_button_or_a_double_click_shows_everything_again(world):
    fit = world.button("fit")
    assert not fit.isEnabled() and fit.toolTip() == "Everything is shown."
    world.window.set_size(NEURONS, 100)
    world.window.zoom(0.5, 0.0, 1.0)
    assert fit.isEnabled()
    assert fit.toolTip() == "Zoomed: rows 11 to 20 of 20, columns 1 to 50 of 100. Show everything (F)."
    fit.click()
    assert world.window.is_fitted and not fit.isEnabled()

    world.click(5, label=6, share=0.3)
    world.sweep(8, 10)
    before = world.selection.neuron, world.selection.image, world.rows.marked
    world.window.zoom(0.5)
    of, at = world.maps.maps[2], QPoint(60, 90)
    QTest.mouseClick(of, LEFT, PLAIN, at)
    assert (world.selection.neuron, world.selection.image) != before[:2]
    double_click(of, at)
    assert world.window.is_fitted
    assert (world.selection.neuron, world.selection.image, world.rows.marked) == before, "as before the double click"


def test_until_the_answer_comes_what_there_is_is_stretched(world):
    of, answer = world.maps.maps[2], world.maps.answer
    shown = magnitude_image(answer.maps[2], answer.most)
    world.window.zoom(0.5, 0.0, 0.0)
    image, field = of.grab().toImage(), of.field()
    for row in range(3):
        at = QPoint(int(field.left()) + 5, int(field.top() + (row + 0.5) / (NEURONS * 0.5) * field.height()))
        assert image.pixelColor(at) == shown.pixelColor(0, row)

    world.window.fit()
    world.window.set_size(NEURONS, 1_000)
    world.window.zoom(0.5, 1.0, 0.0, rows=False)
    image, high = of.grab().toImage(), int(field.top() + 2.5 / NEURONS * field.height())
    for column in range(4, 8):
        at = QPoint(int(field.left() + (column - 4 + 0.5) / 4 * field.width()), high)
        assert image.pixelColor(at) == shown.pixelColor(column, 2)


def test_a_card_tells_exactly_what_lies_under_the_mouse_covers_nothing_beside_the_maps_and_is_gone_in_a_sweep(world):
    point_at(world.maps.maps[6], world.point(4, 6, share=0.3))
    neuron, image = int(world.rows.order[4]), int(world.maps.answer.images[6][2])
    value = hidden_layer()[image, neuron]
    lines = world.text("pointed.text").splitlines()
    assert lines == [f"Neuron {neuron}", f"image {image}, a 6", f"activation {value:.4g}"]
    assert world.rows.pointed.neuron == neuron and world.tab.pointed.card.isVisible()
    assert world.questions(some_images) == [([image],)]
    picture = np.full((1, 28, 28), 9, np.uint8)
    found = SomeImages(numbers=np.array([image]), labels=LABELS[[image]], pictures=picture)
    world.answer(found, make=some_images)
    assert np.array_equal(world.tab.pointed.card.picture.numbers, picture[0])
    point_at(world.maps.maps[6], world.point(5, 6, share=0.3))
    assert len(world.questions(some_images)) == 1

    of, card = world.maps.maps[2], world.tab.pointed.card
    point_at(of, QPoint(round(of.average_place().center().x()), world.point(1, 2).y()))
    neuron = int(world.rows.order[1])
    mean = hidden_layer()[LABELS == 2, neuron].mean()
    assert world.text("pointed.text") == f"Neuron {neuron}\nmean over class 2: {mean:.4g}"
    assert card.isVisible() and not card.picture.isVisible()

    for label in (4, 9):
        of = world.maps.maps[label]
        for place in (of.rect().bottomRight() - QPoint(24, 8), of.rect().topRight() + QPoint(-24, 12)):
            point_at(of, place)
            QCursor.setPos(of.mapToGlobal(place))
            world.rows.point_at(None)
            point_at(of, place)
            assert card.isVisible()
            assert QRect(world.maps.mapTo(world.tab, QPoint()), world.maps.size()).contains(card.geometry())

    world.sweep(4, 7, lift=False)
    assert not card.isVisible()
    QTest.mouseRelease(world.maps.maps[0], LEFT, PLAIN, world.point(7))
    assert world.text("pointed.text").startswith(f"Neuron {int(world.rows.order[7])}\n")
    assert card.isVisible()
    world.key(Qt.Key.Key_Down)
    assert not card.isVisible(), "the keys have gone elsewhere"


def test_large_values_are_let_go_of_while_others_are_due(world, monkeypatch):
    held = world.maps.answer.hidden
    monkeypatch.setattr("gui.tabs.fingerprints.neuron_maps.MOST_HELD", held.nbytes - 1)
    world.sweep(4, 5)
    world.key(Qt.Key.Key_Delete)
    of = world.maps.maps[6]
    assert not len(world.maps.answer.hidden) and not len(of.answer.hidden)
    point_at(of, world.point(4, 6, share=0.3))
    assert len(world.text("pointed.text").splitlines()) == 2, "no activation is told"
    world.sweep(8, 9)
    world.button("freeze").click()
    assert not world.selection.lens.adjusted
    world.rest()
    assert world.questions()[-1][0].silenced
    world.answer()
    point_at(of, world.point(5, 6, share=0.3))
    assert world.text("pointed.text").splitlines()[2].startswith("activation ")


def test_of_thousands_of_rows_no_more_bands_are_drawn_than_fit():
    rows, window, field = MapRows(), MapWindow(), QRectF(10, 20, 150, 190)
    rows.set_order(np.arange(4_096), [])
    window.set_size(4_096, 100)
    single = list(bands(field, rows, window, frozenset({1_000}), 3.0))
    middle = 20 + 190 * 1_000.5 / 4_096
    assert [(place.top(), place.bottom()) for place in single] == [
        (pytest.approx(middle - 1.5), pytest.approx(middle + 1.5))
    ]
    every_other = list(bands(field, rows, window, frozenset(range(0, 2_000, 2)), 3.0))
    assert len(every_other) == 1
    assert every_other[0].bottom() == pytest.approx(20 + 190 * 1_998.5 / 4_096 + 1.5)
    apart = list(bands(field, rows, window, frozenset(range(0, 4_096, 128)), 3.0))
    assert len(apart) == 32 and all(one.bottom() < two.top() for one, two in pairwise(apart))
    window.zoom(0.2)
    assert len(list(bands(field, rows, window, frozenset(range(0, 4_096, 128)), 3.0))) < 10
