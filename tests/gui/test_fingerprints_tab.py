"""The Fingerprints tab, fed with answers: what hands do on the maps, what is asked then, what the lens carries."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from engine.jobs import EngineReady
from engine.lens import Adjusted, Lens, Neuron
from engine.messages import JobEnded
from engine.probes.class_accuracy import class_accuracy
from engine.probes.fingerprints import fingerprints
from engine.probes.neuron_card import neuron_card
from engine.probes.some_images import SomeImages, some_images
from engine.specs import TrainSpec
from engine.training.messages import MomentKept
from gui.live_pace import REST, LivePace
from gui.tabs.fingerprints import NO_LAYER, NO_NETWORK, FingerprintsTab
from gui.theme import theme
from gui.widgets.color_maps import magnitude_image
from gui.widgets.map_field import stretched
from gui.widgets.map_marks import _bands
from gui.widgets.map_rows import MapRows
from gui.widgets.map_window import MapWindow
from tests.gui.fake_engine import dataset_opened
from tests.gui.fingerprint_messages import LABELS, NEURONS, SILENT, accuracy, card, hidden_layer, maps_for
from tests.gui.session_messages import opened, summary
from tests.gui.tab_world import SENT_BY_OTHERS, TabWorld
from tests.gui.training_messages import epoch, started

LEFT, MIDDLE, PLAIN = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class World(TabWorld):
    """A tab on the screen with a run to look at, and hands for engine and person."""

    def __init__(self, qtbot, layers=str(NEURONS)):
        super().__init__(qtbot, FingerprintsTab)
        self.maps, self.rows, self.window = self.tab.maps, self.tab.rows, self.tab.window_
        self.run("A", layers)
        self.say(EngineReady(device="CPU"), dataset_opened(), job=SENT_BY_OTHERS)
        self.look()
        if layers:
            qtbot.waitUntil(lambda: bool(self.questions()))

    def run(self, name, layers):
        self.say(started(name, TrainSpec(layers=layers)), MomentKept(run=name, step=0), job=SENT_BY_OTHERS)

    def questions(self, make=fingerprints):
        return self.asked(make)

    def answer(self, message=None, make=fingerprints):
        """Let the engine answer the last question of that kind."""
        if message is None:
            lens, view = self.questions()[-1]
            message = maps_for(view, run=lens.run)
        super().answer(make, message)

    def settle(self):
        """Answer all questions about maps until none comes any more."""
        asked = len(self.questions())
        self.answer()
        self.qtbot.wait(25)
        while len(self.questions()) > asked:
            asked = len(self.questions())
            self.answer()
            self.qtbot.wait(25)

    def view(self):
        return self.questions()[-1][1]

    # Hands on a map

    def point(self, place, label=0, share=0.5):
        """Return the middle of a row of a map, in the map's pixels."""
        field = self.maps.maps[label].field()
        part = ((place + 0.5) / len(self.rows.order) - self.window.top) / (
            self.window.bottom - self.window.top
        )
        return QPoint(round(field.left() + share * field.width()), int(field.top() + part * field.height()))

    def click(self, place, label=0, keys=PLAIN):
        QTest.mouseClick(self.maps.maps[label], LEFT, keys, self.point(place, label))

    def sweep(self, first, last, label=0, lift=True):
        of = self.maps.maps[label]
        QTest.mousePress(of, LEFT, PLAIN, self.point(first, label))
        step = 1 if last > first else -1
        for place in range(first + step, last + step, step):
            QTest.mouseMove(of, self.point(place, label))
        if lift:
            QTest.mouseRelease(of, LEFT, PLAIN, self.point(last, label))

    def key(self, key, keys=PLAIN, label=0):
        QTest.keyClick(self.maps.maps[label], key, keys)

    def wheel(self, position, notches, keys=PLAIN, label=0):
        widget = self.maps.maps[label]
        place = QPointF(position)
        turned = QPoint(0, 120 * notches)
        event = QWheelEvent(
            place, widget.mapToGlobal(place), QPoint(), turned, Qt.MouseButton.NoButton, keys,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)


@pytest.fixture
def world(qtbot):
    made = World(qtbot)
    made.settle()
    yield made
    made.bridge.close()


def neurons(*numbers):
    return frozenset(Neuron(0, number) for number in numbers)


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
    qtbot.wait(40)
    assert len(world.questions()) == before + 1
    world.answer()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("A", 5))


def test_a_hidden_tab_asks_nothing_until_it_is_shown(world, qtbot):
    world.tab.hide()
    before = len(world.runner.submitted)
    world.selection.change(lens=Lens("A", 550), neuron=Neuron(0, 4))
    world.say(epoch(1), job=1_000)
    qtbot.wait(60)
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


# Marking and silencing ------------------------------------------------------------------------------------------


def test_a_sweep_marks_a_band_that_is_drawn_in_all_maps(world):
    before = [each.grab().toImage() for each in world.maps.maps]
    world.sweep(4, 7, label=2)
    assert world.rows.marked == set(world.rows.order[4:8].tolist())
    assert world.text("marked") == "4 marked"
    orange = QColor(theme().current.curve_2)
    for each, old in zip(world.maps.maps, before, strict=True):
        image, field = each.grab().toImage(), each.field()
        edge = QPoint(
            round(field.left() + field.width() / 2), int(field.top() + 4 / NEURONS * field.height())
        )
        colors = [image.pixelColor(edge + QPoint(0, way)) for way in (-1, 0, 1)]
        assert any(color == orange for color in colors)
        assert image != old


def test_a_sweep_upwards_and_out_of_the_map_goes_to_its_end(world):
    of = world.maps.maps[1]
    QTest.mousePress(of, LEFT, PLAIN, world.point(2, 1))
    QTest.mouseMove(of, QPoint(20, -50))
    QTest.mouseRelease(of, LEFT, PLAIN, QPoint(20, -50))
    assert world.rows.marked == set(world.rows.order[:3].tolist())


def test_delete_silences_the_band_and_undo_brings_it_back(world, qtbot):
    world.sweep(4, 7)
    band = neurons(*world.rows.order[4:8].tolist())
    world.key(Qt.Key.Key_Delete)
    assert world.selection.lens.silenced == band and not world.rows.marked
    assert world.selection.history.stack.undoText() == "silence 4 neurons"
    qtbot.waitUntil(lambda: world.questions()[-1][0].silenced == band)
    assert world.rows.silenced == {neuron.number for neuron in band}
    world.selection.history.undo()
    assert world.selection.lens == Lens("A") and not world.rows.silenced
    world.answer()
    qtbot.waitUntil(lambda: world.questions()[-1][0] == Lens("A"))
    world.selection.history.redo()
    assert world.selection.lens.silenced == band


def test_the_accuracies_are_asked_for_at_once_when_neurons_are_silenced(world, qtbot):
    world.answer(accuracy(0.981), make=class_accuracy)
    qtbot.wait(25)
    world.click(5)
    world.button("silence").click()
    assert world.questions(class_accuracy)[-1][0].silenced
    world.answer(accuracy(0.931, 0.981), make=class_accuracy)
    assert world.text("accuracy.overall") == "98.1 % → 93.1 %"
    assert world.tab.accuracy.bars.changes[4] == "−5.0" and world.tab.accuracy.bars.changes[3] == ""
    assert world.tab.accuracy.bars.tip(4) == "4: 931 of 1,000 right; 981 before anything was changed"


def test_clicks_with_control_mark_single_rows_and_shift_marks_up_to_one(world):
    order = world.rows.order.tolist()
    world.click(2)
    world.click(9, keys=CONTROL)
    assert world.rows.marked == {order[2], order[9]}
    world.click(9, keys=CONTROL)
    assert world.rows.marked == {order[2]}
    world.click(2)
    world.click(6, keys=SHIFT)
    assert world.rows.marked == set(order[2:7])


def test_marked_rows_that_are_silenced_are_brought_back_by_the_same_button(world):
    world.click(3)
    world.button("silence").click()
    world.click(3)
    assert world.button("silence").text() == "Bring back"
    world.button("silence").click()
    assert world.selection.lens == Lens("A")


def test_boost_freeze_and_bring_back_all(world):
    first, second = (int(number) for number in world.rows.order[:2])
    world.click(0)
    world.tab.tools.factor.setValue(2.5)
    world.button("boost").click()
    assert world.selection.lens.adjusted == {Adjusted(0, first, 2.5)}
    world.click(1)
    world.button("freeze").click()
    frozen = next(each for each in world.selection.lens.adjusted if each.number == second)
    assert frozen.factor == 0 and frozen.offset == pytest.approx(hidden_layer()[:, second].mean())
    assert world.rows.adjusted == {first, second}
    world.button("restore").click()
    assert world.selection.lens == Lens("A") and not world.button("restore").isEnabled()


def test_nothing_can_be_done_while_nothing_is_marked(world):
    names = ("silence", "boost", "freeze", "restore")
    assert not any(world.button(name).isEnabled() for name in names)
    world.click(1)
    assert all(world.button(name).isEnabled() for name in names[:3])
    world.key(Qt.Key.Key_Escape)
    assert not world.rows.marked and not world.button("silence").isEnabled()


# Zoom and pan ---------------------------------------------------------------------------------------------------


def test_the_wheel_zooms_all_maps_about_the_mouse(world, qtbot):
    place = world.point(5, share=0.25)
    neuron = world.rows.order[world.maps.maps[0].place_at(QPointF(place))]
    world.wheel(place, 3)
    assert world.window.bottom - world.window.top == pytest.approx(0.8**3, abs=0.01)
    assert world.rows.order[world.maps.maps[4].place_at(QPointF(place))] == neuron
    qtbot.waitUntil(lambda: world.view().bottom - world.view().top < 0.6)
    assert world.view().top == world.window.top and world.view().right == world.window.right


def test_with_control_the_wheel_zooms_rows_alone_and_with_shift_columns_alone(world):
    world.wheel(world.point(5), 1, CONTROL)
    assert world.window.bottom - world.window.top < 1 and world.window.right - world.window.left == 1
    world.window.fit()
    world.window.set_size(NEURONS, 1_000)
    world.wheel(world.point(5), 1, SHIFT)
    assert world.window.bottom - world.window.top == 1
    assert world.window.right - world.window.left == pytest.approx(0.8)


def test_a_zoomed_map_moves_with_the_middle_button_and_ends_at_its_edge(world):
    world.window.zoom(0.5)
    top, of = world.window.top, world.maps.maps[3]
    QTest.mousePress(of, MIDDLE, PLAIN, QPoint(50, 50))
    QTest.mouseMove(of, QPoint(50, 70))
    assert world.window.top == pytest.approx(top - 20 / of.field().height() * 0.5)
    QTest.mouseMove(of, QPoint(50, 5_000))
    QTest.mouseRelease(of, MIDDLE, PLAIN, QPoint(50, 5_000))
    assert (world.window.top, world.window.bottom) == (0, 0.5) and not world.rows.marked


def test_space_or_the_move_button_let_the_left_button_move(world):
    world.window.zoom(0.5)
    of = world.maps.maps[0]
    for begin, end in (
        (lambda: QTest.keyPress(of, Qt.Key.Key_Space), lambda: QTest.keyRelease(of, Qt.Key.Key_Space)),
        (world.button("pan").click, world.button("pan").click),
    ):
        begin()
        top = world.window.top
        QTest.mousePress(of, LEFT, PLAIN, QPoint(80, 60))
        QTest.mouseMove(of, QPoint(80, 40))
        QTest.mouseRelease(of, LEFT, PLAIN, QPoint(80, 40))
        end()
        assert world.window.top > top and not world.rows.marked
    world.click(10)
    assert world.rows.marked


def test_space_that_moved_nothing_is_the_windows(world):
    heard = []
    world.tab.keyPressEvent = lambda event: heard.append(event.key())
    QTest.keyClick(world.maps.maps[0], Qt.Key.Key_Space)
    assert heard == [Qt.Key.Key_Space]


def test_keys_zoom_move_and_fit(world):
    world.key(Qt.Key.Key_Plus)
    assert world.window.bottom - world.window.top == pytest.approx(0.8)
    top = world.window.top
    world.key(Qt.Key.Key_Down, CONTROL)
    assert world.window.top > top
    world.key(Qt.Key.Key_Minus)
    world.key(Qt.Key.Key_Plus)
    world.key(Qt.Key.Key_F)
    assert world.window.is_fitted
    world.window.zoom(0.5)
    QTest.mouseDClick(world.maps.maps[2], LEFT, PLAIN, QPoint(30, 30))
    assert world.window.is_fitted


def test_arrows_go_from_row_to_row_and_bring_it_into_sight(world):
    world.window.zoom(0.25, y=0.0)
    order = world.rows.order.tolist()
    world.click(0)
    for _ in range(7):
        world.key(Qt.Key.Key_Down)
    assert world.selection.neuron == Neuron(0, order[7])
    assert world.window.top <= 7 / NEURONS and world.window.bottom >= 8 / NEURONS - 1e-9
    world.key(Qt.Key.Key_Down, SHIFT)
    assert world.rows.marked == {order[7], order[8]}


def test_until_the_answer_comes_what_there_is_is_stretched(world):
    of, answer = world.maps.maps[0], world.maps.answer
    world.window.zoom(0.5, 0.0, 0.0)
    image, field = of.grab().toImage(), of.field()
    shown = magnitude_image(answer.maps[0], answer.most)
    for row in range(3):
        at = QPoint(5, int((row + 0.5) / (NEURONS * 0.5) * field.height()))
        assert image.pixelColor(at) == shown.pixelColor(0, row)


def test_columns_are_stretched_too(world):
    world.window.set_size(NEURONS, 1_000)
    of, answer = world.maps.maps[2], world.maps.answer
    world.window.zoom(0.5, 1.0, 0.0, rows=False)
    image, field = of.grab().toImage(), of.field()
    shown = magnitude_image(answer.maps[2], answer.most)
    for column in range(4, 8):
        at = QPoint(int((column - 4 + 0.5) / 4 * field.width()), int(2.5 / NEURONS * field.height()))
        assert image.pixelColor(at) == shown.pixelColor(column, 2)


# Pointing -------------------------------------------------------------------------------------------------------


def test_what_lies_under_the_mouse_is_told_exactly_with_its_picture(world, qtbot):
    QTest.mouseMove(world.maps.maps[6], world.point(4, 6, share=0.3))
    neuron, image = int(world.rows.order[4]), int(world.maps.answer.images[6][2])
    value = hidden_layer()[image, neuron]
    lines = world.text("pointed.text").splitlines()
    assert lines == [f"Neuron {neuron}", f"image {image}, a 6", f"activation {value:.4g}"]
    assert world.rows.pointed.neuron == neuron and world.tab.pointed.card.isVisible()
    qtbot.waitUntil(lambda: world.questions(some_images) == [([image],)])
    picture = np.full((1, 28, 28), 9, np.uint8)
    found = SomeImages(numbers=np.array([image]), labels=LABELS[[image]], pictures=picture)
    world.answer(found, make=some_images)
    assert np.array_equal(world.tab.pointed.card.picture.numbers, picture[0])
    QTest.mouseMove(world.maps.maps[6], world.point(5, 6, share=0.3))
    assert len(world.questions(some_images)) == 1


def test_over_the_average_column_the_mean_is_told(world):
    of = world.maps.maps[2]
    place = QPoint(round(of.average_place().center().x()), world.point(1, 2).y())
    QTest.mouseMove(of, place)
    neuron = int(world.rows.order[1])
    mean = hidden_layer()[LABELS == 2, neuron].mean()
    assert world.text("pointed.text") == f"Neuron {neuron}\nmean over class 2: {mean:.4g}"
    assert not world.tab.pointed.card.picture.isVisible()


def test_large_values_are_let_go_of_while_others_are_due(world, qtbot, monkeypatch):
    held = world.maps.answer.hidden
    monkeypatch.setattr("gui.widgets.neuron_maps.MOST_HELD", held.nbytes - 1)
    world.sweep(4, 5)
    world.key(Qt.Key.Key_Delete)
    of = world.maps.maps[6]
    assert not len(world.maps.answer.hidden) and not len(of.answer.hidden)
    QTest.mouseMove(of, world.point(4, 6, share=0.3))
    assert len(world.text("pointed.text").splitlines()) == 2, "no activation is told"
    world.sweep(8, 9)
    world.button("freeze").click()
    assert not world.selection.lens.adjusted
    qtbot.waitUntil(lambda: bool(world.questions()[-1][0].silenced))
    world.answer()
    QTest.mouseMove(of, world.point(5, 6, share=0.3))
    assert world.text("pointed.text").splitlines()[2].startswith("activation ")


def test_of_thousands_of_rows_no_more_bands_are_drawn_than_fit():
    rows, window, field = MapRows(), MapWindow(), QRectF(10, 20, 150, 190)
    rows.set_order(np.arange(4_096), [])
    window.set_size(4_096, 100)
    single = list(_bands(field, rows, window, frozenset({1_000}), 3.0))
    middle = 20 + 190 * 1_000.5 / 4_096
    assert [(place.top(), place.bottom()) for place in single] == [
        (pytest.approx(middle - 1.5), pytest.approx(middle + 1.5))
    ]
    every_other = list(_bands(field, rows, window, frozenset(range(0, 2_000, 2)), 3.0))
    assert len(every_other) == 1 and every_other[0].bottom() == pytest.approx(
        20 + 190 * 1_998.5 / 4_096 + 1.5
    )
    apart = list(_bands(field, rows, window, frozenset(range(0, 4_096, 128)), 3.0))
    assert len(apart) == 32 and all(one.bottom() < two.top() for one, two in pairwise(apart))
    window.zoom(0.2)
    assert len(list(_bands(field, rows, window, frozenset(range(0, 4_096, 128)), 3.0))) < 10


# The neuron's panel ---------------------------------------------------------------------------------------------


def test_a_click_looks_at_a_neuron_and_its_card_is_shown(world):
    world.click(5, label=7)
    neuron = Neuron(0, int(world.rows.order[5]))
    assert world.selection.neuron == neuron and world.rows.selected == neuron.number
    assert world.questions(neuron_card)[-1] == (Lens("A"), neuron)
    world.answer(card(neuron.number), make=neuron_card)
    panel = world.tab.neuron
    assert panel.accessibleName() == f"Neuron {neuron.number}"
    assert np.array_equal(panel.weights.numbers, card().weights)
    assert panel.images.tips[0] == "Test image 44, a 4: 2"
    assert world.text("neuron.share") == "fires for 25.0 %"
    assert np.array_equal(panel.chart.values, card().means)
    world.button("neuron.which.least").click()
    assert panel.images.tips[0] == "Test image 7, a 7: 2"
    world.button("neuron.page.outgoing").click()
    assert np.array_equal(panel.chart.values, card().outgoing)
    world.button("neuron.page.spread").click()
    assert panel.chart.tips[1] == "9 images: 1 to 2"


def test_a_neuron_that_another_view_picked_is_marked_here(world, qtbot):
    world.selection.change(neuron=Neuron(0, 9))
    assert world.rows.selected == 9 and world.questions(neuron_card)[-1] == (Lens("A"), Neuron(0, 9))
    world.selection.change(neuron=Neuron(4, 2))
    qtbot.wait(40)
    assert world.rows.selected is None and len(world.questions(neuron_card)) == 1


def test_a_card_of_another_neuron_comes_too_late(world):
    world.selection.change(neuron=Neuron(0, 9))
    job = world.job(neuron_card)
    world.selection.change(neuron=Neuron(0, 2))
    world.say(card(9), job=job)
    assert world.tab.neuron.card is None


def test_a_deeper_neuron_has_no_picture_and_perhaps_no_word_to_the_classes(world):
    world.click(5)
    world.button("neuron.page.outgoing").click()
    world.answer(card(int(world.rows.order[5]), weights=False, outgoing=False), make=neuron_card)
    assert world.tab.neuron.no_weights.isVisible()
    assert (
        not world.button("neuron.page.outgoing").isEnabled() and world.button("neuron.page.means").isChecked()
    )


def test_an_image_is_chosen_by_a_click_and_sent_to_the_canvas_by_two(world):
    world.click(5)
    world.answer(card(int(world.rows.order[5])), make=neuron_card)
    images, sent = world.tab.neuron.images, []
    world.selection.pictureSent.connect(sent.append)
    place = images.place_of(4).center().toPoint()
    QTest.mouseClick(images, LEFT, PLAIN, place)
    assert world.selection.image == 48
    QTest.mouseDClick(images, LEFT, PLAIN, place)
    assert sent[0].caption == "Test image 48, a 4" and sent[0].picture.max() == pytest.approx(44 / 255)


def test_the_panel_says_how_the_neuron_is_changed(world):
    world.selection.change(neuron=Neuron(0, 2))
    state = world.tab.neuron.state
    assert state.text() == ""
    world.tab.silencing.silence([Neuron(0, 2)])
    assert state.text() == "silenced"
    world.tab.silencing.boost([Neuron(0, 2)], 3)
    assert state.text() == "boosted × 3"
    world.tab.silencing.freeze({Neuron(0, 2): 2.4})
    assert state.text() == "frozen at 0.8"


# What never fires, averages, scale ------------------------------------------------------------------------------


def test_those_that_never_fire_are_counted_and_folded_away_by_a_click(world, qtbot):
    assert world.button("fold").text() == "4 never fire"
    of = world.maps.maps[0]
    field = of.field()
    words = QPoint(round(field.center().x()), round(field.top() + field.height() * (1 - 2 / NEURONS)))
    QTest.mouseClick(of, LEFT, PLAIN, words)
    assert world.window.end == pytest.approx(1 - 4 / NEURONS) and world.button("fold").isChecked()
    qtbot.waitUntil(lambda: world.view().bottom == world.window.end)
    world.settle()
    assert world.window.is_fitted and of.place_at(QPointF(5, of.field().bottom() - 1)) == NEURONS - 5
    QTest.mouseClick(of, LEFT, PLAIN, QPoint(10, of.height() - 5))
    assert world.window.end == 1 and not world.button("fold").isChecked() and not world.rows.marked


def test_by_number_those_that_never_fire_stand_below_only_when_folded(world):
    world.button("rows.index").click()
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


def test_averages_stand_alone_as_one_picture_of_the_same_rows(world):
    world.button("averages").click()
    of = world.maps.averages
    assert of.isVisible() and not world.maps.maps[0].isVisible()
    image, field, answer = of.grab().toImage(), of.field(), world.maps.answer
    expected = magnitude_image(answer.means[:, answer.order].T, answer.most)
    for row, label in ((0, 0), (5, 3), (11, 9)):
        at = QPointF(
            (label + 0.5) / 10 * field.width(), field.top() + (row + 0.5) / NEURONS * field.height()
        ).toPoint()
        assert image.pixelColor(at) == expected.pixelColor(label, row)
    at = QPoint(40, int(field.top() + 2.5 / NEURONS * field.height()))
    QTest.mouseClick(of, LEFT, PLAIN, at)
    assert world.rows.marked == {int(world.rows.order[2])}


def test_the_scale_is_the_engines_until_a_hand_moves_it(world):
    slider = world.tab.tools.scale
    assert world.maps.most == pytest.approx(0.9)
    slider.setValue(100)
    assert world.maps.most == pytest.approx(9.0) and not world.button("scale.auto").isChecked()
    world.answer(maps_for(world.view(), most=0.5))
    assert world.maps.most == pytest.approx(9.0)
    world.button("scale.auto").click()
    assert world.maps.most == pytest.approx(0.5) and slider.value() == 50


def test_picture_and_averages_can_be_copied(world):
    picture, numbers = world.maps.menu.actions()
    numbers.trigger()
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    order, means = world.rows.order, world.maps.answer.means
    assert [int(line[0]) for line in lines[1:]] == order.tolist()
    table = np.array([[float(text) for text in line[1:]] for line in lines[1:]])
    assert np.allclose(table, means[:, order].T, rtol=1e-5)
    picture.trigger()
    assert QApplication.clipboard().image().width() == world.maps.width()


def test_an_average_finer_than_the_screen_loses_nothing():
    column = np.random.default_rng(3).random(300)
    assert np.allclose(stretched(column, 0, 1, 100), column.reshape(100, 3).mean(axis=1))
    assert np.allclose(stretched(column, 0.5, 1, 150), column[150:])
    assert np.allclose(stretched(column, 0, 0.01, 12), np.repeat(column[:3], 4))


# Layers ---------------------------------------------------------------------------------------------------------


def test_the_layer_is_chosen_where_there_are_several(qtbot):
    world = World(qtbot, "conv 6, 20, 12")
    world.settle()
    picker = world.tab.bar.layers
    assert picker.text() == "Layer 1, averaged"
    assert picker.titles == [
        "Layer 1: 6 feature maps, averaged",
        "Layer 2: 20 neurons",
        "Layer 3: 12 neurons",
    ]
    picker.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: world.view().layer == 1)
    world.settle()
    world.click(2)
    assert world.selection.neuron == Neuron(1, int(world.rows.order[2]))
    world.key(Qt.Key.Key_Delete)
    assert world.selection.lens.silenced == {world.selection.neuron}
    picker.menu().actions()[2].trigger()
    assert not world.rows.silenced and world.rows.selected is None
    world.bridge.close()


def test_a_single_layer_needs_no_picker(world):
    assert not world.tab.bar.layers.isVisible()


# While it trains ------------------------------------------------------------------------------------------------


def test_while_the_run_that_is_looked_at_trains_its_epochs_are_followed(world, qtbot):
    qtbot.wait(20)
    world.tab._live._free = 0.0
    before = len(world.questions())
    world.say(epoch(1, run="B"), MomentKept(run="B", step=550), job=1_000)
    qtbot.wait(40)
    assert len(world.questions()) == before
    world.say(epoch(1), job=1_000)
    qtbot.waitUntil(lambda: len(world.questions()) == before + 1)


def test_at_an_earlier_moment_epochs_change_nothing(world, qtbot):
    world.selection.change(lens=Lens("A", 550))
    world.settle()
    world.tab._live._free = 0.0
    before = len(world.questions())
    world.say(epoch(1), job=1_000)
    qtbot.wait(40)
    assert len(world.questions()) == before


def test_what_follows_a_training_rests_many_times_as_long_as_it_took(qtbot, qapp):
    pace = LivePace(qapp)
    told = []
    pace.due.connect(lambda: told.append(True))
    pace.want()
    qtbot.waitUntil(lambda: told == [True])
    pace.want()
    qtbot.wait(15)
    assert told == [True]  # not before it is answered
    pace.end()
    rest = pace.rest
    assert rest > 0.015 * REST * 0.9
    pace.end()
    assert pace.rest <= rest  # what a person asks for meanwhile does not count
    pace.want()
    pace.want()
    qtbot.wait(round(1000 * rest / 3))
    assert told == [True]
    qtbot.waitUntil(lambda: told == [True, True])
    assert pace.rest < 0.03  # Qt may be a little early
    pace.deleteLater()


def test_after_an_epoch_was_followed_the_next_ones_wait_until_all_is_answered_and_then_a_rest(world, qtbot):
    world.answer(accuracy(), make=class_accuracy)
    qtbot.wait(20)
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
    qtbot.wait(60)
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
