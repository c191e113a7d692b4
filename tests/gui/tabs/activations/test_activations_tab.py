"""The Activations tab over made-up runs: what it shows of a picture, what hands do in it, and what it asks."""

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.analysis.probes.activations import image_activations, unit_arithmetic
from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import FASHION
from engine.data.formats.sample import open_sample
from engine.model.training.messages import MomentKept
from engine.model.training.run import Moment, Moments
from engine.session.session import Session
from gui.look.class_names import fitted_name, use_names
from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.activations.pictures import AnswerBars, Unit, figure_of, numbers_image
from gui.tabs.activations.tab import CHOOSE, LIVE_MS, NO_NUMBERS, SOON, ActivationsTab
from tests.gui.fake_engine import dataset_opened, noise_run
from tests.gui.mouse import point_at, right_click
from tests.gui.pixels import pixels_of
from tests.gui.room import crowded
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.test_contract import AnsweringWorld

LEFT, PLAIN, SHIFT = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
LAYERS = {"A": "20, 12", "B": "conv 4, conv 6, 9"}


class World(AnsweringWorld):
    """The tab over a dense run A and a conv run B of noise, on the sample."""

    def __init__(self, qtbot):
        super().__init__(qtbot, ActivationsTab)
        self.session = Session(open_sample())
        for name, layers in LAYERS.items():
            self.put(name, layers)
        runs = [summary(name, spec=run.spec, moments=(0,)) for name, run in self.session.runs.items()]
        self.say(dataset_opened(), opened(runs=runs))

    def put(self, name, layers, **settings):
        """Put a run of noise into the place of one."""
        run = self.session.runs[name] = noise_run(TrainSpec(layers=layers, **settings))
        run.name = name

    def see(self, run="A", **lens):
        self.look(run, **lens)
        self.settle()

    @property
    def grids(self):
        return [column.grid for column in self.tab.columns]

    def activations(self, image=0, drawing=None):
        (found,) = image_activations(self.session, self.tab.selection.lens, image, drawing)
        return found

    def click(self, layer, number, place=None):
        grid = self.grids[layer]
        QTest.mouseClick(grid, LEFT, PLAIN, self.point(layer, number, place))
        self.settle()
        return grid

    def key(self, grid, key, modifier=PLAIN):
        QTest.keyClick(grid, key, modifier)
        self.settle()

    def point(self, layer, number, place=None):
        grid = self.grids[layer]
        rows, columns, _ = grid.values.shape
        area, (row, column) = grid.area(number), place or (0, 0)
        x = area.left() + (column + 0.5) * area.width() / columns
        return QPointF(x, area.top() + (row + 0.5) * area.height() / rows).toPoint()


@pytest.fixture
def dense(world):
    world.see("A")
    return world


@pytest.fixture
def conv(world):
    world.see("B")
    return world


def pixel(widget, point):
    return widget.grab().toImage().pixelColor(point * widget.devicePixelRatioF()).name()


def colours(widget, area):
    """All that are to be seen within an area, but at its edges."""
    image, inner = widget.grab().toImage(), area.toAlignedRect().adjusted(4, 4, -4, -4)
    places = itertools.product(range(inner.left(), inner.right()), range(inner.top(), inner.bottom()))
    return {image.pixel(x, y) for x, y in places}


def test_of_a_run_that_has_no_weights_yet_nothing_is_shown_and_nothing_of_the_one_before(world):
    world.see("A")
    run = world.session.runs["B"]
    moments, run.moments, run.is_beginning = run.moments, Moments({}), True
    world.see("B")
    assert world.tab.empty.isVisible() and world.tab.empty.findChild(QLabel).text() == SOON
    assert not world.tab.empty.offer.isVisible()
    run.moments, run.is_beginning = moments, False
    world.say(MomentKept(run="B", step=0))
    world.settle()
    assert world.tab.panel.isVisible() and len(world.grids) == 3


def test_each_layer_has_its_activations_its_name_and_its_own_scale(world):
    for run in LAYERS:
        world.see(run)
        shown = world.activations()
        assert len(world.grids) == len(shown.hidden)
        for number, (grid, values) in enumerate(zip(world.grids, shown.hidden, strict=True), 1):
            np.testing.assert_array_equal(grid.values, values if values.ndim == 3 else values[None, None])
            assert grid.most == pytest.approx(np.abs(values).max()) and grid.are_maps == (values.ndim == 3)
            assert grid.accessibleName().startswith(f"Layer {number}: ")
        np.testing.assert_array_equal(world.tab.input.numbers, shown.picture)
        assert world.grids[0].accessibleName().endswith("4 maps of 28 × 28" if run == "B" else "20 neurons")
        winner = int(shown.probabilities.argmax())
        assert world.text("readout") == f"Predicted {winner} · {world.tab.answer.texts[winner]}"
        assert f"reads {winner} with {world.tab.answer.texts[winner]}; next comes" in world.tab.answer.finding()
        rows = [part.text.partition(", logit")[0] for part in world.tab.answer.heard_parts()]
        assert rows == [f"{label}: {text}" for label, text in enumerate(world.tab.answer.texts)]
        grid, numbers = world.grids[-1], world.grids[-1].values.ravel()
        strongest, silent = (grid.area(int(each)).center().toPoint() for each in (numbers.argmax(), numbers.argmin()))
        assert numbers.min() == 0 and pixel(grid, strongest) != pixel(grid, silent)

    world.put("A", "20", activation="tanh")
    world.see()
    bar = world.tab.columns[0].bar
    low, high = bar.words
    assert low.startswith("−") and high.startswith("+"), "of values below zero too"
    shot, middle = bar.grab().toImage(), bar.height() // 2
    colors = [shot.pixelColor(x, middle).name().upper() for x in range(bar.width())]
    ends = [colors.index(theme().current.signed[end].upper()) for end in (0, -1)]
    assert ends[1] - ends[0] > 40, "in the colours of signs, and wide enough to be read"


@pytest.mark.parametrize("layers", ["300", "5, 5, 5, 5, 5, 5, 5, 5", "conv 256", ""])
def test_all_units_have_a_place_and_a_colour_of_their_own_in_sight(world, layers):
    world.put("A", layers)
    world.see()
    for width, height in ((960, 424), (1280, 576), (1864, 905)):
        world.tab.resize(width, height)
        QCoreApplication.processEvents()
        assert world.tab.minimumSizeHint().width() <= width, "a page scrolls in height only"
        for grid in world.grids:
            count, room = grid.values.shape[2], QRectF(grid.rect())
            areas = {number: grid.area(number) for number in {0, count // 3, count - 1}}
            assert all(room.contains(area) for area in areas.values()), count
            assert not any(one.intersects(other) for one, other in itertools.combinations(areas.values(), 2))
            assert all(grid.at(area.center()).number == number for number, area in areas.items())
            assert grid.at(QPointF(0, 0)) is None and grid.at(QPointF(grid.width() + 5, 9)) is None
            if layers == "300":
                picture, tile = grid.grab().toImage(), grid.area(0)
                for at in (grid.area(number).toRect() for number in range(300)):
                    colors = {picture.pixelColor(each).rgb() for each in (at.topLeft(), at.center(), at.bottomRight())}
                    assert len(colors) == 1, "each tile has its colour up to its edges"
                filled = 300 * tile.width() * tile.height() / (grid.width() * grid.height())
                assert filled >= 0.7 or width == 960, "they fill the room"
        assert world.tab.answer.width() >= world.tab.answer.minimumWidth()


def test_of_sixty_four_layers_each_has_room_and_a_chosen_neuron_or_layer_is_scrolled_into_sight(world):
    world.put("C", ", ".join(["conv 3 3x3"] * 62 + ["global max", "9", "7"]))
    world.say(opened(runs=[summary("C", spec=world.session.runs["C"].spec, moments=(0,))]))
    world.tab.resize(1180, 560)
    world.see("C")
    assert len(world.grids) == 64
    world.qtbot.waitUntil(lambda: all(column.width() >= 48 for column in world.tab.columns))
    assert not any(column.bar.isVisible() for column in world.tab.columns), "the scales have no room"

    def in_sight(layer):
        grid = world.grids[layer]
        return grid.visibleRegion().boundingRect().width() == grid.width()

    assert in_sight(0) and not in_sight(60)
    world.tab.selection.change(neuron=Neuron(60, 1))
    world.settle()
    assert in_sight(60) and not in_sight(0)
    assert not crowded(world.tab)
    world.tab.selection.layerWanted.emit(0)
    assert in_sight(0) and not in_sight(60)


def test_behind_a_norm_the_sum_is_normalised_and_then_activated_and_the_lines_say_so(world):
    world.put("C", "conv 4 5x5 stride 2, batchnorm, relu, branches(conv 3 1x1 | identity), conv 2 3x3 groups 1, 6")
    world.say(opened(runs=[summary("C", spec=world.session.runs["C"].spec, moments=(0,))]))
    world.see("C")
    world.click(0, 2, (3, 4))
    shown, lines = world.tab.sum.shown, world.tab.sum.lines()
    norm = shown.norm
    assert lines[-4] == f"sum {figure_of(shown.total)}"
    assert lines[-3].endswith(figure_of((shown.total - norm.mean) / norm.deviation))
    assert lines[-2].startswith("gamma ") and lines[-2].endswith(figure_of(norm.value))
    assert lines[-1] == f"after ReLU {figure_of(max(norm.value, 0.0))}"
    assert f"normalisation makes {figure_of(norm.value)} of it" in world.tab.sum.finding()
    assert world.tab.input.field == QRectF(7, 5, 5, 5), "of 28 places each second, with an edge of 1 before"
    world.click(2, 1, (3, 4))
    assert world.tab.sum.shown.field is None
    assert world.tab.input.field.isEmpty() and all(grid.field.isEmpty() for grid in world.grids), "of joined maps"


def test_of_many_classes_the_most_probable_have_rows_and_names_stand_whole_where_there_is_room(qtbot):
    bars = AnswerBars()
    qtbot.addWidget(bars)
    bars.resize(bars.width(), 320)
    for classes in (2, 10, 26, 100):
        shares = np.random.default_rng(1).dirichlet(np.ones(classes))
        bars.show_answer(shares, np.log(shares))
        count = min(classes, 22)
        assert [label for label, _ in bars.places()] == sorted(np.argsort(-shares)[:count].tolist())
        assert all(f"\n{number}: " in bars.toolTip() for number in np.argsort(-shares)[:20])
        assert not bars.grab().isNull()

    def width_with(names):
        use_names(names)
        bars.show_answer(np.full(10, 0.1), np.zeros(10))
        return bars.width()

    letters = font("value", numbers=True)
    room = max(map(QFontMetricsF(letters).horizontalAdvance, FASHION.classes))
    assert width_with(FASHION.classes) >= room + AnswerBars.FIGURE + 40
    assert [fitted_name(number, bars.names_width - 3, letters) for number in range(10)] == list(FASHION.classes)
    long = [f"a class with a name of many letters, {number}" for number in range(10)]
    assert width_with(long) <= AnswerBars.WIDTH + AnswerBars.MOST_NAME
    assert width_with(tuple("0123456789")) == AnswerBars.WIDTH


def test_images_larger_than_their_room_are_shown_whole_and_so_are_the_weights_of_a_neuron(dense):
    picture = np.zeros((200, 150), np.float32)
    dense.tab.input.set_numbers(picture)
    assert QRectF(dense.tab.input.rect()).contains(dense.tab.input.place())
    dense.click(0, 2)
    view, sums = dense.tab.sum, dense.tab.sum.shown
    ink = np.ones((200, 150, 1), np.float32)
    view.show_sum(dataclasses.replace(sums, inputs=ink, weights=ink))
    view.resize(900, 300)
    assert crowded(dense.tab) == [], "the sum has room below in a wide panel as well"
    ink_colour = numbers_image(ink[..., 0], 1, has_signs=True).pixel(0, 0)
    rows, columns = (ends[[0, -1]] for ends in np.nonzero(pixels_of(view.grab().toImage()) == ink_colour))
    assert columns[0] > 0 and columns[1] < view.width() - 1 and rows[1] < view.height() - 4 * 19, "above the sum"
    assert (rows[1] - rows[0]) / np.ptp(columns) == pytest.approx(200 / 150, abs=0.05), "the weights are seen whole"


def test_weights_that_are_no_numbers_are_said_and_break_nothing(world):
    run = world.session.runs["A"]
    first, *others = run.moments[0].weights
    for wrong in (np.nan, np.inf):
        broken = first.copy()
        broken[300:, ::2] = wrong
        run.moments[0] = Moment(step=0, weights=(broken, *others), optimizer=())
        with np.errstate(all="ignore"):
            world.see("A", moment=None if np.isnan(wrong) else 0)
            world.click(0, 2)
        assert world.text("readout") == NO_NUMBERS and set(world.tab.answer.texts) == {"–"}
        assert "no number" in world.tab.sum.lines()[-1] or "inf" in world.tab.sum.lines()[-1]
        assert not world.tab.grab().isNull()
        world.see("B")


def test_it_is_the_selected_test_image_the_buttons_go_to_the_next_and_a_drawing_takes_its_place(dense):
    assert dense.asked(image_activations)[-1][1:] == (None, None) and not dense.button("previous").isEnabled()
    dense.selection.change(image=7)
    dense.settle()
    picture = dense.activations(7).picture
    np.testing.assert_array_equal(dense.tab.input.numbers, picture)
    assert dense.tab.about.words == f"Test image 7, a {dense.session.data().test_labels[7]}"
    dense.press("next")
    assert dense.selection.image == 8
    dense.press("previous")
    dense.press("previous")
    assert dense.selection.image == 6

    dense.press("next")
    drawing = np.random.default_rng(1).random((28, 28), np.float32)
    dense.selection.show_drawing(drawing)
    dense.settle()
    np.testing.assert_array_equal(dense.tab.input.numbers, drawing)
    np.testing.assert_array_equal(dense.tab.code_settings()["picture"], drawing)
    assert not dense.button("next").isEnabled()
    dense.press("feed.image")
    dense.settle()
    np.testing.assert_array_equal(dense.tab.input.numbers, picture)
    assert dense.tab.code_settings() == {"image": 7}
    dense.press("feed.drawing")
    dense.selection.show_drawing(None)
    dense.settle()
    assert dense.tab.feed.key == "image" and not dense.button("feed.drawing").isEnabled()


def test_new_weights_of_the_run_that_trains_are_followed_and_of_no_other(dense):
    asked = len(dense.asked(image_activations))
    dense.say(MomentKept(run="B", step=12))
    dense.clock.advance(10 * LIVE_MS)
    assert len(dense.asked(image_activations)) == asked
    dense.say(MomentKept(run="A", step=12))
    dense.clock.advance(10 * LIVE_MS)
    assert len(dense.asked(image_activations)) == asked + 1


def test_the_mouse_tells_layer_unit_and_value(dense):
    point_at(dense.grids[1], dense.point(1, 5))
    value = dense.activations().hidden[1][5]
    assert dense.text("readout").startswith("Layer 2 · neuron 5 · ")
    assert float(dense.text("readout").split(" · ")[-1]) == pytest.approx(value, rel=1e-5, abs=1e-5)
    dense.see("B")
    point_at(dense.grids[0], dense.point(0, 2, (9, 20)))
    value = dense.activations().hidden[0][9, 20, 2]
    assert dense.text("readout").startswith("Layer 1 · map 2, row 9, column 20 · ")
    assert float(dense.text("readout").split(" · ")[-1]) == pytest.approx(value, rel=1e-5, abs=1e-5)
    point_at(dense.tab, QPoint(2, 2))


def test_a_click_selects_the_neuron_for_all_tabs_and_says_how_its_value_comes_about(dense):
    assert dense.tab.sum.sentence == CHOOSE
    dense.click(1, 5)
    assert dense.selection.neuron == Neuron(1, 5) and dense.grids[1].marked == Unit(5)
    shown = dense.tab.sum.shown
    assert shown.value == pytest.approx(dense.activations().hidden[1][5], abs=1e-5)
    assert dense.tab.which.words == "Layer 2, neuron 5"
    lines = dense.tab.sum.lines()
    assert [line.split()[0] for line in lines[-3:]] == ["bias", "sum", "after"]
    numbers = [float(line.split()[-1].replace("−", "-")) for line in lines]
    assert sum(numbers[:-2]) == pytest.approx(numbers[-2], rel=1e-2), "what is told adds up"
    assert numbers[-1] == pytest.approx(shown.value, rel=1e-3, abs=1e-3)
    assert "Chosen: Neuron 5: " in dense.grids[1].finding()
    QTest.mouseClick(dense.grids[1], LEFT, PLAIN, QPoint(dense.grids[1].width() - 1, dense.grids[1].height() - 1))
    assert dense.selection.neuron is None and dense.tab.sum.sentence == CHOOSE


def test_a_click_into_a_feature_map_shows_the_patch_and_frames_it_in_the_layer_before(conv):
    conv.click(1, 3, (4, 9))
    shown = conv.tab.sum.shown
    assert (shown.neuron, shown.place) == (Neuron(1, 3), (4, 9))
    assert conv.tab.which.words == "Layer 2, map 3, row 4, column 9"
    first = conv.activations().hidden[0]
    patch = first[6:12, 16:22].reshape(3, 2, 3, 2, -1).max(axis=(1, 3))
    np.testing.assert_array_equal(shown.inputs, patch)
    np.testing.assert_array_equal(shown.weights, conv.session.runs["B"].moments[0].weights[2][..., 3])
    channels = conv.tab.sum.channels()
    added = (patch.astype(float) * shown.weights).sum(axis=(0, 1))
    assert [number for number, _ in channels] == np.argsort(-np.abs(added))[: len(channels)].tolist()
    assert conv.grids[0].field == QRectF(16, 6, 6, 6)
    conv.click(0, 1, (0, 27))
    assert conv.tab.input.field == QRectF(26, -1, 3, 3) and conv.grids[0].field.isEmpty()
    assert conv.tab.sum.shown.place == (0, 27) and not conv.tab.sum.shown.inputs[0].any(), "beyond the edge"
    assert conv.grids[0].marked == Unit(1, (0, 27))


def test_a_map_that_was_chosen_elsewhere_is_shown_where_it_answers_most_and_a_place_that_it_lacks_is_not_marked(conv):
    grid = conv.click(0, 1, (20, 20))
    for layer in (1, 0):  # the maps of the second layer are smaller than the place in the first
        conv.selection.change(neuron=Neuron(layer, 2))
        assert conv.grids[layer].marked == Unit(2)
        conv.settle()
        values = conv.activations().hidden[layer][..., 2]
        assert values[conv.tab.sum.shown.place] == values.max() and conv.grids[layer].marked.place is not None

    conv.click(0, 1, (20, 20))
    grid.show_values(np.ones((8, 8, 4), np.float32), has_signs=False)  # of smaller images
    assert grid.marked == Unit(1) and "Chosen: Feature map 1: mean 1." in grid.finding()
    grid.mark(Unit(1, (20, 20)))
    assert grid.marked == Unit(1)
    grid.mark(Unit(4))
    assert grid.marked is None


def test_the_arrows_go_from_unit_to_unit_with_shift_from_place_to_place_and_escape_lets_go(conv):
    grid = conv.grids[0]
    conv.tab.next.setFocus()
    for each in conv.grids[:2]:
        conv.key(conv.tab.focusWidget(), Qt.Key.Key_Tab)
        assert conv.tab.focusWidget() is each, "it comes behind what stands before it, though it was made later"
    for number in (0, 1):
        conv.key(grid, Qt.Key.Key_Right)
        assert conv.selection.neuron == Neuron(0, number)
    row, column = conv.tab.sum.shown.place
    down, across = (1 if row < 27 else -1), (1 if column < 27 else -1)
    conv.key(grid, Qt.Key.Key_Down if down > 0 else Qt.Key.Key_Up, SHIFT)
    conv.key(grid, Qt.Key.Key_Right if across > 0 else Qt.Key.Key_Left, SHIFT)
    assert conv.tab.sum.shown.place == (row + down, column + across)
    assert conv.selection.neuron == Neuron(0, 1)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Right):
        conv.key(grid, key)
        assert conv.selection.neuron == Neuron(0, 3)
    conv.key(grid, Qt.Key.Key_Escape)
    assert conv.selection.neuron is None


def test_what_is_silenced_is_hatched_and_said_in_the_sum(dense):
    dense.click(0, int(dense.activations().hidden[0].argmax()))
    neuron = dense.selection.neuron
    other = int(dense.activations().hidden[0].argmin())
    dense.see(silenced=frozenset({neuron}))
    assert dense.tab.sum.shown.value == 0 < dense.tab.sum.shown.activated
    assert dense.tab.sum.lines()[-1].startswith("silenced: passes on")
    grid = dense.grids[0]
    assert grid.values[0, 0, neuron.number] == grid.values[0, 0, other] == 0
    hatched, plain = (colours(grid, grid.area(number)) for number in (neuron.number, other))
    assert len(hatched) > 1 and len(plain) == 1


def test_of_a_unit_that_is_chosen_no_more_or_that_another_network_lacks_nothing_is_shown(dense):
    dense.selection.change(neuron=Neuron(0, 3))
    dense.clock.advance(50)
    asked = dense.job(unit_arithmetic)
    dense.selection.change(neuron=Neuron(0, 14))
    late = list(unit_arithmetic(dense.session, Lens("A"), None, None, Neuron(0, 3)))
    dense.say(*late, job=asked)
    assert dense.tab.which.words == ""
    dense.settle()
    assert dense.tab.which.words == "Layer 1, neuron 14"

    dense.see("B")
    assert dense.selection.neuron is None and dense.tab.sum.sentence == CHOOSE
    assert all(grid.marked is None for grid in dense.grids)


def test_the_chosen_neuron_is_silenced_and_restored_by_the_word_beside_its_sum_or_a_key(dense):
    silence, grid = dense.button("silence"), dense.grids[0]
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert not silence.isVisible() and dense.selection.lens == Lens("A"), "none is chosen"
    number = int(dense.activations().hidden[0].argmax())
    dense.click(0, number)
    before = dense.tab.sum.shown.value
    assert silence.isVisible() and silence.text() == "Silence" and before > 0
    silence.click()
    dense.settle()
    assert dense.selection.lens == Lens("A", silenced=frozenset({Neuron(0, number)}))
    assert dense.tab.sum.shown.value == 0 and dense.tab.sum.shown.activated == pytest.approx(before)
    assert silence.text() == "Restore" and silence.accessibleName() == f"Restore neuron {number}"
    silence.click()
    dense.settle()
    assert dense.selection.lens == Lens("A") and dense.tab.sum.shown.value == pytest.approx(before)
    assert silence.text() == "Silence"
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert dense.selection.lens.silenced == {Neuron(0, number)}
    QTest.keyClick(grid, Qt.Key.Key_Backspace)
    assert dense.selection.lens == Lens("A")


def offered(world, layer, number, place=None, **how):
    """What the menu of a unit offers to do with the unit."""
    menu = right_click(world.grids[layer], world.point(layer, number, place), **how)
    world.settle()
    return [each for each in menu.actions() if each.objectName().startswith("activations.")] if menu else []


def test_a_right_click_on_a_feature_map_chooses_it_and_offers_to_silence_it(conv):
    keyboard = QContextMenuEvent.Reason.Keyboard
    assert offered(conv, 0, 2, reason=keyboard) == [], "nothing is chosen"
    (entry,) = offered(conv, 0, 2, (3, 5))
    assert conv.selection.neuron == Neuron(0, 2) and conv.tab.sum.shown.place == (3, 5)
    assert entry.text() == "Silence feature map 2"
    entry.trigger()
    conv.settle()
    assert conv.selection.lens.silenced == {Neuron(0, 2)}
    assert conv.tab.sum.shown.value == 0
    (entry,) = offered(conv, 0, 1, reason=keyboard)
    assert entry.text() == "Restore feature map 2", "the keyboard means what is chosen"
