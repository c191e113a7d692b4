"""The neuron's panel of the Fingerprints tab, averages, those that never fire, layers."""

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget

from engine.analysis.probes.neuron_card import neuron_card
from engine.core.lens import Lens, Neuron
from gui.look.color_maps import magnitude_image
from gui.look.fonts import metrics
from gui.look.theme import theme
from gui.tabs.fingerprints.neuron_card_panel import ColumnChart
from gui.tabs.fingerprints.neuron_maps import stretched
from gui.widgets.painted import Words
from tests.gui.mouse import double_click
from tests.gui.room import painted_words
from tests.gui.tabs.fingerprints.fingerprint_messages import NEURONS, SILENT, card, maps_for
from tests.gui.tabs.fingerprints.fingerprints_world import LEFT, PLAIN, World, by_class


def test_a_click_looks_at_a_neuron_and_its_card_is_shown(world):
    buttons, chart = [world.button(f"neuron.{name}") for name in ("which", "page")], world.tab.neuron.chart
    assert not any(button.isVisible() for button in buttons), "the empty panel offers no switches and draws no line"
    before, empty = chart.geometry(), chart.grab().toImage()
    assert {empty.pixel(20, y) for y in range(empty.height())} == {empty.pixel(20, 0)}

    world.click(5, label=7)
    neuron = Neuron(0, int(world.rows.order[5]))
    assert world.selection.neuron == neuron and world.rows.selected == neuron.number
    assert world.questions(neuron_card)[-1] == (Lens("A"), neuron)
    world.answer(card(neuron.number), make=neuron_card)
    panel = world.tab.neuron
    assert all(button.isVisible() for button in buttons)
    assert chart.geometry() == before and chart.grab().toImage() != empty
    assert panel.accessibleName() == f"Neuron {neuron.number}"
    assert np.array_equal(panel.weights.numbers, card().weights)
    assert panel.images.tips[0] == "Test image 44, a 4: 2"
    assert world.text("neuron.share") == "fires for 25.0 %"
    assert np.array_equal(panel.chart.values, card().means)
    world.pick("neuron.which", "least")
    assert panel.images.tips[0] == "Test image 7, a 7: 2"
    world.pick("neuron.page", "outgoing")
    assert np.array_equal(panel.chart.values, card().outgoing)
    world.pick("neuron.page", "spread")
    assert panel.chart.tips[1] == "9 images: 1 to 2" and not panel.grab().isNull()

    world.pick("neuron.which", "most")
    images, sent = world.tab.neuron.images, []
    world.selection.pictureSent.connect(sent.append)
    place = images.place_of(4).center().toPoint()
    QTest.mouseClick(images, LEFT, PLAIN, place)
    assert world.selection.image == 48 and not images.grab().isNull()
    double_click(images, place)
    assert sent[0].caption == "Test image 48, a 4" and sent[0].picture.max() == pytest.approx(44 / 255)


def test_a_neuron_of_another_view_is_marked_here_a_late_card_is_left_out_and_a_deeper_one_has_no_picture(world):
    world.selection.change(neuron=Neuron(0, 9))
    assert world.rows.selected == 9 and world.questions(neuron_card) == [(Lens("A"), Neuron(0, 9))]
    world.selection.change(neuron=Neuron(4, 2))
    world.rest()
    assert world.rows.selected is None and len(world.questions(neuron_card)) == 1
    world.selection.change(neuron=Neuron(0, 9))
    job = world.job(neuron_card)
    world.selection.change(neuron=Neuron(0, 2))
    world.say(card(9), job=job)
    assert world.tab.neuron.card is None

    world.click(5)
    world.pick("neuron.page", "outgoing")
    world.answer(card(int(world.rows.order[5]), weights=False, outgoing=False), make=neuron_card)
    assert world.tab.neuron.no_weights.isVisible()
    page = world.tab.neuron.page
    assert page.key == "means" and page.text() == "Mean per class" and not page.menu().actions()[-1].isEnabled()


def test_after_a_change_of_run_no_card_of_another_network_stands_there(qtbot):
    world = World(qtbot, "128, 64, 32")
    world.run("B", str(NEURONS))
    world.selection.change(neuron=Neuron(1, 3))
    world.settle()
    world.answer(card(3, layer=1), make=neuron_card)
    assert world.tab.neuron.accessibleName() == "Neuron 3" and world.tab.neuron.card is not None
    world.look("B")
    assert world.tab.neuron.accessibleName() == "Neuron" and world.tab.neuron.card is None
    asked = len(world.questions(neuron_card))
    world.settle()
    assert world.tab.neuron.card is None and len(world.questions(neuron_card)) == asked


def test_the_panel_says_how_the_neuron_is_changed_and_never_cuts_how_often_it_fires(qtbot):
    world = World(qtbot, "conv 16, 12")
    feature_map = Neuron(0, 12)
    world.selection.change(neuron=feature_map)
    panel, silencing = world.tab.neuron, world.tab.silencing
    panel.show_card(dataclasses.replace(card(12), share_firing=0.98))
    world.find(QStackedWidget, "pages").setCurrentIndex(1)
    for change, said in (
        (lambda: None, ""),
        (lambda: silencing.silence([feature_map]), "silenced"),
        (lambda: silencing.boost([feature_map], 3), "boosted × 3"),
        (lambda: silencing.freeze({feature_map: 2.4}), "set to 0.8"),
        (silencing.restore_all, ""),
    ):
        change()
        QApplication.processEvents()
        assert panel.state.text() == said
        assert panel.accessibleName() == "Feature map 12" and panel.share.text() == "fires for 98.0 %"
        for label in (panel.share, panel.state):
            if label.isVisible():
                assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()
        assert panel.share.isVisible() or (said and "fires for 98.0 %" in panel.state.toolTip())


def test_dead_neurons_are_counted_and_folded_away_by_a_click(world):
    assert world.button("fold").text() == "4 dead neurons"
    assert "dead neurons away: never active on these 10,000 test images" in world.button("fold").toolTip()
    assert "Train counts them on the run's own test images" in world.button("fold").toolTip()
    for each in world.maps.maps:
        assert [text for text, _ in painted_words(each)] in (["4 dead neurons"], ["4 dead"]), "each map says it"
    of = world.maps.maps[0]
    field = of.field()
    words = QPoint(round(field.center().x()), round(field.top() + field.height() * (1 - 2 / NEURONS)))
    QTest.mouseClick(of, LEFT, PLAIN, words)
    assert world.window.end == pytest.approx(1 - 4 / NEURONS) and world.button("fold").isChecked()
    world.settle()
    assert world.view().bottom == world.window.end
    assert world.window.is_fitted and of.place_at(QPointF(5, of.field().bottom() - 1)) == NEURONS - 5
    QTest.mouseClick(of, LEFT, PLAIN, QPoint(20, of.height() - 5))
    assert world.window.end == 1 and not world.button("fold").isChecked() and not world.rows.marked

    world.pick("rows", "index")
    world.settle()
    assert world.rows.folding_end == 1
    world.button("fold").click()
    world.settle()
    expected = [number for number in range(NEURONS) if number not in SILENT]
    assert world.rows.order.tolist() == [*expected, *SILENT]
    assert world.window.end == pytest.approx(1 - 4 / NEURONS)
    assert world.view().bottom == pytest.approx(world.window.end)
    world.button("fold").click()
    world.settle()
    assert world.rows.order.tolist() == list(range(NEURONS)) and world.window.is_fitted


def test_averages_stand_alone_as_one_picture_on_the_engines_scale_until_a_hand_moves_it_and_can_be_copied(world):
    world.button("averages").click()
    of = world.maps.averages
    assert of.isVisible() and not world.maps.maps[0].isVisible()
    assert world.find(QLabel, "in_words").accessibleName().endswith("a class.")
    texts = [label.text() for label in world.maps.findChildren(QLabel) if label.isVisible()]
    assert "20 neurons × 10 classes, 4 dead neurons on these 80 test images" in texts
    image, field, answer = of.grab().toImage(), of.field(), world.maps.answer
    expected = magnitude_image(answer.means[:, answer.order].T, answer.most)
    for row, label in ((0, 0), (5, 3), (11, 9)):
        at = QPointF((label + 0.5) / 10 * field.width(), field.top() + (row + 0.5) / NEURONS * field.height()).toPoint()
        assert image.pixelColor(at) == expected.pixelColor(label, row)
    at = QPoint(40, int(field.top() + 2.5 / NEURONS * field.height()))
    QTest.mouseClick(of, LEFT, PLAIN, at)
    assert world.rows.marked == {int(world.rows.order[2])}

    slider = world.tab.more.scale
    assert world.maps.most == pytest.approx(0.9)
    slider.setValue(100)
    world.look(moment=550)
    assert world.maps.most == pytest.approx(9.0) and not world.button("scale.auto").isChecked()
    world.answer(maps_for(world.view(), most=0.5))
    assert world.maps.most == pytest.approx(9.0)
    world.button("scale.auto").click()
    assert world.maps.most == pytest.approx(0.5) and slider.value() == 50

    world.button("averages").click()
    entries = {each.objectName(): each for each in world.maps.panels[0].menu_actions()}
    entries["fingerprints.maps.numbers"].trigger()
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    order, means = world.rows.order, world.maps.answer.means
    assert [int(line[0]) for line in lines[1:]] == order.tolist()
    table = np.array([[float(text) for text in line[1:]] for line in lines[1:]])
    assert np.array_equal(table.astype(np.float32), means[:, order].T)
    entries["fingerprints.maps.picture"].trigger()
    assert QApplication.clipboard().image().width() == 2 * world.maps.width()


def test_an_average_finer_than_the_screen_loses_nothing():
    column = np.random.default_rng(3).random(300)
    assert np.allclose(stretched(column, 0, 1, 100), column.reshape(100, 3).mean(axis=1))
    assert np.allclose(stretched(column, 0.5, 1, 150), column[150:])
    assert np.allclose(stretched(column, 0, 0.01, 12), np.repeat(column[:3], 4))


def test_by_class_a_bracket_marks_the_rows_of_each_maps_own_class(world):
    groups = by_class(world)
    living, field = world.rows.order.tolist(), world.maps.maps[0].field()
    row = field.height() / NEURONS
    for each, numbers in zip(world.maps.maps, groups, strict=True):
        group = each.group_place()
        assert (group is None) == (not numbers)
        if numbers:
            assert group.top() == pytest.approx(field.top() + living.index(numbers[0]) * row)
            assert group.height() == pytest.approx(len(numbers) * row)
            image, middle = each.grab().toImage(), int(group.center().y())
            assert image.pixelColor(int(field.left()) - 2, middle) == theme().current.color("muted")
    world.pick("rows", "index")
    world.settle()
    assert all(each.group_place() is None for each in world.maps.maps)


def test_the_focus_ring_is_seen_on_all_four_sides(world):
    for of in (world.maps.maps[3], world.maps.averages):
        world.button("averages").setChecked(of is world.maps.averages)
        of.clearFocus()
        plain = of.grab().toImage()
        world.tab.activateWindow()
        of.setFocus()
        world.qtbot.waitUntil(lambda of=of: of.hasFocus() and QApplication.activeWindow() is world.tab)
        ringed, field, accent = of.grab().toImage(), of.field(), theme().current.color("accent")
        x, y = int(field.center().x()), int(field.center().y())
        sides = (
            QPoint(int(field.left()) - 1, y), QPoint(int(field.right()) + 1, y),
            QPoint(x, int(field.top()) - 1), QPoint(x, int(field.bottom()) + 1),
        )  # fmt: skip
        assert [ringed.pixelColor(at).name() for at in sides] == [accent.name()] * 4, field
        assert all(plain.pixelColor(at) != accent for at in sides)

    world.button("averages").setChecked(False)
    of = world.maps.maps[3]
    of.clearFocus()
    world.click(4, label=3)
    world.qtbot.waitUntil(of.hasFocus)
    side = QPoint(int(of.field().left()) - 1, int(of.field().bottom()) - 30)
    assert of.grab().toImage().pixelColor(side) != accent, "a click leaves none until a key is pressed"
    world.key(Qt.Key.Key_Down, label=3)
    assert of.grab().toImage().pixelColor(side) == accent


def test_the_layer_is_chosen_where_there_are_several(qtbot):
    world = World(qtbot, "conv 6, 20, 12")
    world.settle()
    picker = world.tab.bar.layers
    assert picker.text() == "Layer 1, averaged"
    wanted = ["Layer 1: 6 feature maps, averaged", "Layer 2: 20 neurons", "Layer 3: 12 neurons"]
    assert picker.titles == wanted
    picker.menu().actions()[1].trigger()
    world.settle()
    assert world.view().layer == 1
    world.click(2)
    assert world.selection.neuron == Neuron(1, int(world.rows.order[2]))
    world.key(Qt.Key.Key_Delete)
    assert world.selection.lens.silenced == {world.selection.neuron}
    picker.menu().actions()[2].trigger()
    assert not world.rows.silenced and world.rows.selected is None


def test_below_many_columns_are_so_few_names_that_a_gap_stays_between_them(qtbot):
    chart = qtbot.show(ColumnChart("many", "Many"), 272, 60)
    for count in (10, 40, 100, 1000):
        chart.show_values(np.ones(count), [str(number) for number in range(count)])
        areas = [mark.area() for mark in chart.marks(chart.places()) if isinstance(mark, Words)]
        gaps = [after.left() - before.right() for before, after in itertools.pairwise(areas)]
        assert len(areas) > 2 and min(gaps) >= (1 if count == 10 else metrics()["space"]["small"])
