"""The Weights tab, fed with what the engine would answer: what it shows, and what it asks."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from engine.analysis.probes.weight_reading import NeuronsSorted, read_weights, sort_neurons
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept, RunChanged
from engine.model.training.run import Moment
from engine.session.jobs.data import EngineReady
from engine.session.session import Session
from gui.tabs.weights.tab import LIVE_MS, MOMENTS_PERIOD_MS, NO_NETWORK, REST_MS, SOON, WeightsTab
from tests.gui.fake_engine import dataset_opened, noise_run
from tests.gui.mouse import point_at
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import TabWorld, told_by

NONE = Qt.KeyboardModifier.NoModifier


class World(TabWorld):
    """A tab on the screen, a session of made-up runs behind it, and hands for engine and person."""

    def __init__(self, qtbot):
        super().__init__(qtbot, WeightsTab)
        self.session = Session()
        self.grid = self.tab.grid
        self.answered = 0
        self.say(EngineReady(device="CPU"), dataset_opened())

    def open(self, layers="300", steps=(0, 10, 20), bookmarks=None, run="A"):
        """Have a run of noise and look at it, with all that is asked answered."""
        spec = TrainSpec(layers=layers)
        made = self.session.runs[run] = noise_run(spec)
        made.name = run
        noise = np.random.default_rng(7)
        for step in steps[1:]:
            weights = tuple(noise.normal(size=array.shape).astype(np.float32) for array in made.moments[0].weights)
            made.moments[step] = Moment(step=step, weights=weights, optimizer=())
        told = summary(name=run, spec=spec, moments=steps, bookmarks=bookmarks or {})
        self.say(opened(runs=(told,)))
        self.selection.change(lens=Lens(run))
        self.settle()
        return made

    def questions(self):
        return self.asked(read_weights)

    def wanted_order(self):
        """For which lens, layer and key the neurons were to be put in order last."""
        return self.asked(sort_neurons)[-1]

    def settle(self, ms=100):
        """Let that time pass, with the pictures that are asked for answered as the engine would."""
        for _ in range(ms // 20):
            self.clock.advance(20)
            if len(self.questions()) > self.answered:
                self.answered = len(self.questions())
                self.answer(read_weights, *told_by(read_weights(self.session, *self.questions()[-1])))

    def meaning(self):
        return self.tab.pictures.meaning.words

    def point(self, neuron, row, column):
        area = self.grid.area(neuron)
        side = area.width() / self.grid.view.layout.columns
        return QPoint(int(area.left() + (column + 0.5) * side), int(area.top() + (row + 0.5) * side))


@pytest.fixture
def run(world):
    """A run of 300 neurons that is looked at."""
    return world.open()


@pytest.fixture
def shown(world, run):
    return world


def kernel(run, layer=0, step=20):
    return run.moments[step].weights[2 * layer]


# Pictures ---------------------------------------------------------------------------------------------------------


def test_who_has_a_network_is_told_to_wait_for_its_weights(world):
    sentence = world.tab.empty.sentence
    assert world.tab.empty.isVisible() and sentence.text() == NO_NETWORK
    world.selection.change(lens=Lens("A"))
    assert world.questions() and sentence.text() == SOON and not world.tab.empty.button.isVisible()
    world.open()
    assert not world.tab.empty.isVisible() and world.grid.isVisible()


def test_every_neuron_of_the_first_layer_is_a_picture(shown):
    assert shown.grid.order == list(range(300))
    assert shown.text("readout") == "300 neurons"
    assert "28 × 28 pixels into one neuron" in shown.meaning()
    assert [histogram.now.sum() > 0.9 for histogram in shown.tab.spreads.histograms] == [True, True]


def test_the_mouse_tells_neuron_place_and_weight(world, run):
    point_at(world.grid, world.point(17, 5, 9))
    wanted = kernel(run)[28 * 5 + 9, 17]
    assert world.text("readout") == f"Neuron 17 · row 5, column 9 · {wanted:+.3g}".replace("-", "−")
    QTest.mouseMove(world.grid, QPoint(1, 1))
    assert world.text("readout") == "300 neurons"


def test_a_click_chooses_the_neuron_in_all_tabs_and_shows_it_large(world, run):
    hint = world.find(QWidget, "neuron.hint")
    assert hint.isVisible() and hint.text() and not world.find(QWidget, "neuron.caption").isVisible()
    QTest.mouseClick(world.grid, Qt.MouseButton.LeftButton, NONE, world.point(42, 9, 9))
    assert world.selection.neuron == Neuron(0, 42) and world.grid.marked == 42
    column = kernel(run)[:, 42]
    np.testing.assert_array_equal(world.tab.neuron.pixels.numbers, column.reshape(28, 28))
    figures = {name: world.text(f"neuron.{name}") for name in ("bias", "lowest", "highest", "norm")}
    wanted = {
        "bias": f"{run.moments[20].weights[1][42]:+.3g}",
        "lowest": f"{column.min():+.3g}",
        "highest": f"{column.max():+.3g}",
        "norm": f"{np.linalg.norm(column):.3g}",
    }
    assert figures == {name: text.replace("-", "−") for name, text in wanted.items()}
    bars = [float(text.replace("−", "-")) for text in world.tab.neuron.bars.texts]
    np.testing.assert_allclose(bars, kernel(run, 1)[42], rtol=0.06)
    assert world.text("neuron.caption") == "To the classes" and not hint.isVisible()


def test_a_neuron_that_another_tab_chooses_is_marked_and_seen(shown):
    for _ in range(5):
        shown.grid.zoom(1)
    shown.selection.change(neuron=Neuron(0, 299))
    assert shown.grid.marked == 299
    assert shown.grid.rect().contains(shown.grid.area(299).center().toPoint())
    shown.selection.change(neuron=None)
    assert shown.grid.marked is None and shown.tab.neuron.pixels.numbers is None


def test_silenced_neurons_are_marked_and_said_to_be_so(shown):
    shown.selection.change(lens=Lens("A", silenced=frozenset({Neuron(0, 3), Neuron(0, 9)})), neuron=Neuron(0, 3))
    shown.settle()
    assert shown.grid.silenced == {3, 9}
    assert shown.text("readout") == "300 neurons, 2 silenced"
    assert shown.text("neuron.state") == "silenced"


def test_order_by_size_puts_the_largest_norm_first_and_back(world, run):
    world.press("order.size")
    norms = np.linalg.norm(kernel(run), axis=0)
    assert (np.diff(norms[world.grid.order]) < 1e-4).all() and sorted(world.grid.order) == list(range(300))
    world.press("order.index")
    assert world.grid.order == list(range(300))
    assert len(world.questions()) == 1 and not world.asked(sort_neurons), "nothing had to be asked"


@pytest.mark.parametrize("key", ["class", "similar"])
def test_orders_by_activations_are_found_by_the_engine(shown, key):
    shown.press(f"order.{key}")
    assert shown.wanted_order() == (Lens("A"), 0, key)
    assert shown.grid.order == list(range(300))
    order = np.random.default_rng(3).permutation(300)
    shown.answer(sort_neurons, NeuronsSorted(run="A", step=20, layer=0, key=key, order=order))
    assert shown.grid.order == order.tolist()
    for moment in (10, 0):
        shown.selection.change(lens=Lens("A", moment))
        shown.settle(REST_MS - 20)
        assert shown.grid.order == order.tolist() and len(shown.asked(sort_neurons)) == 1
    shown.settle(20)
    assert shown.wanted_order() == (Lens("A", 0), 0, key), "the slider rests"


def test_another_layer_is_put_in_order_when_its_pictures_are_there(world):
    world.open("30, 20")
    world.press("order.class")
    world.tab.pictures.layer.setCurrentIndex(1)
    world.settle()
    assert world.wanted_order() == (Lens("A"), 1, "class")
    late = NeuronsSorted(run="A", step=20, layer=0, key="class", order=np.arange(30)[::-1])
    world.answer(sort_neurons, late)
    assert world.grid.order == list(range(20))


def test_an_order_that_cannot_be_found_is_not_asked_for_again_and_again(shown):
    shown.press("order.class")
    shown.say(JobEnded(outcome="failed"), job=shown.job(sort_neurons))
    shown.say(epoch(1))
    shown.settle(1000)
    assert len(shown.questions()) == 2 and len(shown.asked(sort_neurons)) == 1
    assert shown.grid.order == list(range(300))


def test_own_scales_show_small_weights_as_strong_as_large_ones(shown):
    shared = shown.tab.pictures.bar.words
    before = shown.grid.grab().toImage()
    shown.press("scale.own")
    assert shown.grid.grab().toImage() != before
    assert shown.tab.pictures.bar.words != shared
    shown.press("scale.shared")
    assert shown.grid.grab().toImage() == before and shown.tab.pictures.bar.words == shared


def test_the_buttons_go_nearer_away_and_show_all(shown):
    for name, is_fitted in (("nearer", False), ("away", True), ("nearer", False), ("fit", True)):
        shown.press(name)
        assert shown.grid.view.is_fitted == is_fitted


# Layers -----------------------------------------------------------------------------------------------------------


def test_the_layers_are_offered_and_the_chosen_one_is_shown(world):
    run = world.open("30, 20")
    layer = world.tab.pictures.layer
    wanted = ["Layer 1 · 30", "Layer 2 · 20", "The 10 classes"]
    assert [layer.itemText(place) for place in range(3)] == wanted
    layer.setFocus()
    QTest.keyClick(layer, Qt.Key.Key_Down)
    world.settle()
    assert world.text("readout") == "20 neurons" and "activations left out" in world.meaning()
    product = kernel(run, 0) @ kernel(run, 1)
    QTest.mouseClick(world.grid, Qt.MouseButton.LeftButton, NONE, world.point(4, 1, 1))
    assert world.selection.neuron == Neuron(1, 4)
    np.testing.assert_allclose(world.tab.neuron.pixels.numbers, product[:, 4].reshape(28, 28), rtol=1e-3, atol=1e-4)


def test_a_deeper_layer_is_also_shown_over_the_neurons_before(world):
    run = world.open("30, 20")
    world.tab.pictures.layer.setCurrentIndex(1)
    world.settle()
    world.press("view.inputs")
    world.settle()
    assert "30 neurons before" in world.meaning() and "neighbours mean nothing" in world.meaning()
    columns = world.grid.view.layout.columns
    point_at(world.grid, world.point(4, 1, 2))
    wanted = kernel(run, 1)[columns + 2, 4]
    text = f"Neuron 4 · from neuron {columns + 2} · {wanted:+.3g}".replace("-", "−")
    assert world.text("readout") == text


def test_the_classes_are_chosen_as_classes(shown):
    shown.tab.pictures.layer.setCurrentIndex(1)
    shown.settle()
    QTest.mouseClick(shown.grid, Qt.MouseButton.LeftButton, NONE, shown.point(7, 3, 3))
    assert shown.selection.label == 7 and shown.selection.neuron is None
    assert shown.grid.marked == 7


def test_a_neuron_of_another_layer_brings_that_layer(world):
    world.open("30, 20")
    world.selection.change(neuron=Neuron(1, 13))
    world.settle()
    assert world.text("readout") == "20 neurons" and world.grid.marked == 13


def test_kernels_of_convolutions_are_pictures_of_nine(world):
    world.open("conv 6, conv 5, 8")
    assert world.text("readout") == "6 feature maps" and "3 × 3 weights" in world.meaning()
    world.tab.pictures.layer.setCurrentIndex(1)
    world.settle()
    assert "averaged" in world.meaning()
    world.selection.change(neuron=Neuron(1, 2))
    assert world.text("neuron.caption") == "Through to the classes"


def test_a_run_with_fewer_layers_is_asked_for_one_that_it_has(world):
    world.open("30, 20")
    world.tab.pictures.layer.setCurrentIndex(2)
    world.settle()
    world.open("40", run="B")
    assert world.questions()[-1][1] == 1 and world.text("readout") == "10 classes"


# Other moments ----------------------------------------------------------------------------------------------------


def test_the_pictures_follow_the_time_slider(world, run):
    world.selection.change(lens=Lens("A", 10), neuron=Neuron(0, 5))
    world.settle()
    np.testing.assert_array_equal(world.tab.neuron.pixels.numbers, kernel(run, step=10)[:, 5].reshape(28, 28))


def test_while_the_slider_moves_each_neuron_stays_where_it_is_and_finds_its_place_when_it_rests(world, run):
    world.press("order.size")
    before = world.grid.order
    world.selection.change(lens=Lens("A", 10))
    world.settle()
    assert world.grid.order == before
    norms = np.linalg.norm(kernel(run, step=10), axis=0)
    world.settle(REST_MS)
    assert (np.diff(norms[world.grid.order]) < 1e-4).all()


def test_what_moved_while_nobody_looked_is_in_order_when_it_is_seen(world, run):
    world.press("order.size")
    world.tab.hide()
    world.selection.change(lens=Lens("A", 10))
    world.settle(1000)
    world.tab.show()
    world.settle()
    assert (np.diff(np.linalg.norm(kernel(run, step=10), axis=0)[world.grid.order]) < 1e-4).all()


def test_the_change_since_another_moment_is_shown(world):
    run = world.open(bookmarks={10: "before the fall"})
    choice = world.tab.pictures.moments
    assert [choice.itemText(place) for place in range(4)] == [
        "The weights",
        "Change since the start",
        "Change since before the fall",
        "Change since epoch 0.036",
    ]
    world.selection.change(neuron=Neuron(0, 8))
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_Down)
    QTest.keyClick(choice, Qt.Key.Key_Down)
    world.settle()  # of two answers only the last one counts
    assert world.questions()[-1][3] == 10
    moved = (kernel(run) - kernel(run, step=10))[:, 8]
    np.testing.assert_array_equal(world.tab.neuron.pixels.numbers, moved.reshape(28, 28))
    assert "the change of the" in world.meaning() and world.text("neuron.state") == "change"


def test_a_moment_that_is_given_up_is_taken_off_no_more(shown):
    shown.tab.pictures.moments.setCurrentIndex(2)
    shown.tab.pictures.moments.activated.emit(2)
    shown.settle()
    assert shown.questions()[-1][3] == 10
    told = RunChanged(run="A", title="", color=0, pinned=True, moments=(0, 20), bookmarks={})
    shown.say(told)
    assert shown.tab.pictures.moments.count() == 4
    shown.settle(MOMENTS_PERIOD_MS + 100)
    assert shown.tab.pictures.moments.count() == 3
    assert shown.meaning().startswith("Each picture: the weights")


def test_a_run_that_trains_is_followed_but_not_at_every_epoch(shown):
    for number in range(1, 40):
        shown.say(epoch(number))
    assert len(shown.questions()) == 1
    shown.clock.advance(LIVE_MS)
    assert len(shown.questions()) == 2


def test_new_weights_that_come_while_training_leave_order_and_place(world, run):
    world.press("order.size")
    for _ in range(3):
        world.grid.zoom(1)
    before, area = world.grid.order, world.grid.area(before_first := world.grid.order[0])
    weights = tuple(array[::-1].copy() for array in run.moments[10].weights)
    run.moments[30] = Moment(step=30, weights=weights, optimizer=())
    shown = world.grid.grab().toImage()
    world.say(epoch(1))
    world.settle(LIVE_MS)
    assert world.grid.grab().toImage() != shown
    assert world.grid.order == before and world.grid.area(before_first) == area


# What may go wrong ------------------------------------------------------------------------------------------------


def test_a_question_that_fails_keeps_no_other_from_being_asked(world, run):
    world.selection.change(lens=Lens("A", 10))
    world.answered = len(world.questions())
    world.say(JobEnded(outcome="failed"), job=world.job(read_weights))
    world.selection.change(lens=Lens("A", 0), neuron=Neuron(0, 5))
    world.settle()
    np.testing.assert_array_equal(world.tab.neuron.pixels.numbers, kernel(run, step=0)[:, 5].reshape(28, 28))


def test_of_a_run_that_is_gone_nothing_is_left(shown):
    shown.selection.change(lens=Lens("Z"))
    shown.settle()
    assert shown.tab.empty.isVisible() and shown.grid.order == []
    shown.selection.change(lens=None)
    assert shown.tab.empty.isVisible()


def test_a_run_that_has_no_weights_yet_is_asked_for_again_once_it_has(shown):
    shown.look("B")
    shown.say(MomentKept(run="B", step=0))
    shown.answer(read_weights)
    assert shown.tab.empty.isVisible() and len(shown.questions()) == 2
    shown.clock.advance(LIVE_MS)
    assert len(shown.questions()) == 3


def test_an_answer_about_another_run_is_not_shown(shown):
    shown.open("40", run="B")
    shown.look("A")
    shown.look("B")
    shown.answer(read_weights, *filter(None, read_weights(shown.session, *shown.questions()[-1])))
    assert shown.text("readout") == "40 neurons"


def test_weights_that_are_no_numbers_are_shown_as_such(world, run):
    weights = [array.copy() for array in run.moments[20].weights]
    weights[0][28 * 5 + 9, 17] = np.nan
    run.moments[30] = Moment(step=30, weights=tuple(weights), optimizer=())
    world.say(epoch(1))
    world.settle(LIVE_MS)
    point_at(world.grid, world.point(17, 5, 9))
    assert world.text("readout") == "Neuron 17 · row 5, column 9 · no number"
    world.selection.change(neuron=Neuron(0, 17))
    world.tab.grab()


# In the window, with a true engine's thread -------------------------------------------------------------------------


@pytest.mark.tabs("weights")
def test_in_the_window_the_tab_follows_a_run_and_comes_back_to_its_start(ready, qtbot):
    window = ready.window
    tab = next(each for each in window.all_tabs() if isinstance(each, WeightsTab))
    window.tabs.setCurrentWidget(tab)
    assert tab.empty.isVisible()
    QTest.mouseClick(tab.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(tab.grid.order) == 300)
    QTest.mouseClick(tab.grid, Qt.MouseButton.LeftButton, NONE, tab.grid.area(5).center().toPoint())
    assert ready.selection.neuron == Neuron(0, 5)
    ready.controls.stop()
    qtbot.waitUntil(lambda: ready.controls.state == "idle")
    ready.selection.change(lens=Lens("A", 0))
    QTest.mouseClick(tab.findChild(QAbstractButton, "weights.order.size"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.is_settled)
    assert not tab.empty.isVisible() and sorted(tab.grid.order) == list(range(300)) != tab.grid.order


def test_without_a_neuron_there_are_as_many_rows_as_the_network_has_classes(shown):
    assert shown.tab.neuron.bars.classes == 10
    shown.look("A", moment=10)
    found = next(filter(None, read_weights(shown.session, *shown.questions()[-1])))
    wide = dataclasses.replace(found, outgoing=np.zeros((len(found.pictures), 26), np.float32))
    shown.answer(read_weights, wide)
    assert shown.tab.neuron.bars.classes == 26 and shown.tab.neuron.bars.texts == []
