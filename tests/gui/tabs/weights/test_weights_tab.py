"""The Weights tab, fed with what the engine would answer: what it shows, and what it asks."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from engine.analysis.probes.weight_reading import NeuronsSorted, read_weights, sort_neurons
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept, RunChanged
from engine.model.training.run import Moment
from engine.session.jobs.data import EngineReady
from engine.session.session import Session
from gui.tabs.weights.neuron_panel import SignedBars
from gui.tabs.weights.tab import LIVE_MS, MOMENTS_PERIOD_MS, NO_NETWORK, REST_MS, SOON, WeightsTab
from gui.widgets.painted import RIGHT, Bar, Words
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


def test_every_neuron_of_the_first_layer_is_a_picture_once_the_weights_are_there(world):
    sentence = world.tab.empty.sentence
    assert world.tab.empty.isVisible() and sentence.text() == NO_NETWORK
    world.selection.change(lens=Lens("A"))
    assert world.questions() and sentence.text() == SOON and not world.tab.empty.button.isVisible()

    run = world.open()
    assert not world.tab.empty.isVisible() and world.grid.order == list(range(300))
    assert "28 × 28 pixels into one neuron" in world.meaning()
    assert [histogram.now.sum() > 0.9 for histogram in world.tab.spreads.histograms] == [True, True]
    point_at(world.grid, world.point(17, 5, 9))
    wanted = kernel(run)[28 * 5 + 9, 17]
    assert world.text("readout") == f"Neuron 17 · row 5, column 9 · {wanted:+.3g}".replace("-", "−")
    for go_away in (
        lambda: QTest.mouseMove(world.grid, QPoint(1, 1)),
        lambda: QApplication.sendEvent(world.grid, QEvent(QEvent.Type.Leave)),
    ):
        point_at(world.grid, world.point(299, 27, 27))
        assert world.text("readout").startswith("Neuron 299 · row 27, column 27 ·")
        go_away()
        assert world.text("readout") == "300 neurons"


def test_a_click_chooses_the_neuron_in_all_tabs_and_one_that_another_tab_chooses_is_marked_and_seen(world, run):
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

    for _ in range(5):
        world.grid.zoom(1)
    world.selection.change(neuron=Neuron(0, 299))
    assert world.grid.marked == 299
    assert world.grid.rect().contains(world.grid.area(299).center().toPoint())
    world.selection.change(neuron=None)
    assert world.grid.marked is None and world.tab.neuron.pixels.numbers is None

    world.selection.change(lens=Lens("A", silenced=frozenset({Neuron(0, 3), Neuron(0, 9)})), neuron=Neuron(0, 3))
    world.settle()
    assert world.grid.silenced == {3, 9}
    assert world.text("readout") == "300 neurons, 2 silenced"
    assert world.text("neuron.state") == "silenced"


def is_by_size(world, run, step=20):
    norms = np.linalg.norm(kernel(run, step=step), axis=0)
    return (np.diff(norms[world.grid.order]) < 1e-4).all() and sorted(world.grid.order) == list(range(300))


def test_order_by_size_is_kept_while_the_slider_moves_and_is_that_of_the_moment_when_it_rests(world, run):
    world.press("order.size")
    assert is_by_size(world, run)
    world.press("order.index")
    assert world.grid.order == list(range(300))
    assert len(world.questions()) == 1 and not world.asked(sort_neurons), "nothing had to be asked"

    world.press("order.size")
    before = world.grid.order
    world.selection.change(lens=Lens("A", 10), neuron=Neuron(0, 5))
    world.settle()
    np.testing.assert_array_equal(world.tab.neuron.pixels.numbers, kernel(run, step=10)[:, 5].reshape(28, 28))
    assert world.grid.order == before
    world.settle(REST_MS)
    assert is_by_size(world, run, step=10)
    world.tab.hide()
    world.selection.change(lens=Lens("A"))
    world.settle(1000)
    world.tab.show()
    world.settle()
    assert is_by_size(world, run), "what moved while nobody looked"


def test_orders_by_activations_are_found_by_the_engine(shown):
    for number, (key, moments) in enumerate({"class": (10, 0), "similar": (20, 10)}.items()):
        shown.press(f"order.{key}")
        lens, layer, asked = shown.wanted_order()
        assert (lens.run, layer, asked) == ("A", 0, key)
        order = np.random.default_rng(number).permutation(300)
        shown.answer(
            sort_neurons,
            NeuronsSorted(run="A", step=20 if lens.moment is None else lens.moment, layer=0, key=key, order=order),
        )
        assert shown.grid.order == order.tolist()
        count = len(shown.asked(sort_neurons))
        for moment in moments:
            shown.selection.change(lens=Lens("A", moment))
            shown.settle(REST_MS - 20)
            assert shown.grid.order == order.tolist() and len(shown.asked(sort_neurons)) == count
        shown.settle(20)
        assert shown.wanted_order() == (Lens("A", moments[-1]), 0, key), "the slider rests"
        shown.answer(sort_neurons, NeuronsSorted(run="A", step=moments[-1], layer=0, key=key, order=order))


def test_another_layer_is_put_in_order_when_its_pictures_are_there(world):
    world.open("30, 20")
    world.press("order.class")
    world.tab.pictures.layer.setCurrentIndex(1)
    world.settle()
    assert world.wanted_order() == (Lens("A"), 1, "class")
    late = NeuronsSorted(run="A", step=20, layer=0, key="class", order=np.arange(30)[::-1])
    world.answer(sort_neurons, late)
    assert world.grid.order == list(range(20))

    asked = len(world.asked(sort_neurons))
    world.say(JobEnded(outcome="failed"), job=world.job(sort_neurons))
    world.say(epoch(1))
    world.settle(1000)
    assert len(world.asked(sort_neurons)) == asked, "an order that cannot be found is not asked for again"


def test_buttons_show_small_weights_as_strong_as_large_ones_and_go_nearer_away_and_to_all(shown):
    shared = shown.tab.pictures.bar.words
    before = shown.grid.grab().toImage()
    shown.press("scale.own")
    assert shown.grid.grab().toImage() != before
    assert shown.tab.pictures.bar.words != shared
    shown.press("scale.shared")
    assert shown.grid.grab().toImage() == before and shown.tab.pictures.bar.words == shared

    for name, is_fitted in (("nearer", False), ("away", True), ("nearer", False), ("fit", True)):
        shown.press(name)
        assert shown.grid.view.is_fitted == is_fitted

    assert shown.tab.neuron.bars.classes == 10
    shown.look("A", moment=10)
    found = next(filter(None, read_weights(shown.session, *shown.questions()[-1])))
    wide = dataclasses.replace(found, outgoing=np.zeros((len(found.pictures), 26), np.float32))
    shown.answer(read_weights, wide)
    assert shown.tab.neuron.bars.classes == 26 and shown.tab.neuron.bars.texts == []


def test_no_bar_of_a_neuron_covers_the_sign_of_its_figure(qtbot):
    bars = SignedBars("bars", "Bars")
    qtbot.addWidget(bars)
    bars.resize(bars.sizeHint())
    for largest in (0.0431, 0.431, 43.1):
        bars.set_values(np.linspace(-largest, largest, 10))
        marks = list(bars.marks(bars.places()))
        ends = [mark.place.right() for mark in marks if isinstance(mark, Bar)]
        assert max(ends) < min(mark.area().left() for mark in marks if isinstance(mark, Words) and mark.side == RIGHT)


def test_the_layers_are_offered_and_the_chosen_one_is_shown_over_the_pixels_or_the_neurons_before(world):
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

    world.press("view.inputs")
    world.settle()
    assert "30 neurons before" in world.meaning() and "neighbours mean nothing" in world.meaning()
    columns = world.grid.view.layout.columns
    point_at(world.grid, world.point(4, 1, 2))
    text = f"Neuron 4 · from neuron {columns + 2} · {kernel(run, 1)[columns + 2, 4]:+.3g}".replace("-", "−")
    assert world.text("readout") == text

    QTest.keyClick(layer, Qt.Key.Key_Down)
    world.settle()
    QTest.mouseClick(world.grid, Qt.MouseButton.LeftButton, NONE, world.point(7, 1, 1))
    assert world.selection.label == 7 and world.grid.marked == 7
    world.selection.change(neuron=Neuron(1, 13))
    world.settle()
    assert world.text("readout") == "20 neurons" and world.grid.marked == 13, "a neuron brings its layer"
    world.tab.pictures.layer.setCurrentIndex(2)
    world.settle()
    world.open("40", run="B")
    assert world.questions()[-1][1] == 1 and world.text("readout") == "10 classes", "the last layer that it has"


def test_kernels_of_convolutions_are_pictures_of_nine(world):
    world.open("conv 6, conv 5, 8")
    assert world.text("readout") == "6 feature maps" and "3 × 3 weights" in world.meaning()
    world.tab.pictures.layer.setCurrentIndex(1)
    world.settle()
    assert "averaged" in world.meaning()
    world.press("view.inputs")
    world.settle()
    assert "the 6 maps that it reads" in world.meaning()
    point_at(world.grid, world.point(2, 5, 6))
    assert world.text("readout").startswith("Map 2 · from map 4 · row 1, column 2 · ")
    world.selection.change(neuron=Neuron(1, 2))
    assert world.text("neuron.caption") == "Through to the classes"


def test_other_kernels_name_their_size_and_the_map_of_their_group_and_no_sum_is_said_where_there_is_none(world):
    world.open("conv 6 5x3 stride 2, conv 8 2x3 groups 2, batchnorm, relu, depthwise 8, global average, 9")
    view, hint = world.tab.pictures.view, world.tab.neuron.hint
    assert "5 × 3 weights" in world.meaning() and not view.isVisibleTo(world.tab)
    world.selection.change(neuron=Neuron(0, 2))
    world.settle()
    assert hint.isVisibleTo(world.tab) and "no sum of weights" in hint.text(), (
        "what the second layer sums up is normalised"
    )
    world.selection.change(neuron=Neuron(1, 5))
    world.settle()
    assert view.isVisibleTo(world.tab) and not hint.isVisibleTo(world.tab)
    world.press("view.inputs")
    world.settle()
    assert "kernels of 2 × 3 weights" in world.meaning() and "the 3 maps that it reads" in world.meaning()
    point_at(world.grid, world.point(5, 4, 2))
    assert world.text("readout").startswith("Map 5 · from map 5 · row 1, column 2 · "), "the last of the second group"
    world.tab.pictures.layer.setCurrentIndex(2)
    world.settle()
    assert "a single map before" in world.meaning() and not view.isVisibleTo(world.tab)
    world.tab.pictures.layer.setCurrentIndex(3)
    world.settle()
    assert "from the 8 values before" in world.meaning()
    point_at(world.grid, world.point(4, 1, 2))
    assert world.text("readout").startswith("Neuron 4 · from value 6 · ")
    world.selection.change(neuron=None)
    world.settle()
    assert hint.text() == "Click a picture to look closely at its neuron."


def test_all_of_sixty_four_layers_are_offered(world):
    world.open(", ".join(["7"] * 64))
    layer = world.tab.pictures.layer
    assert layer.count() == 65 and layer.itemText(63) == "Layer 64 · 7"
    layer.setCurrentIndex(63)
    world.settle()
    assert world.text("readout") == "7 neurons"
    assert len(world.tab.spreads.histograms) == 65
    assert world.tab.minimumSizeHint().height() <= WeightsTab.LEAST_HEIGHT, "the histograms are scrolled"


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

    world.say(RunChanged(run="A", title="", color=0, pinned=True, moments=(0, 20), bookmarks={}))
    assert choice.count() == 4
    world.settle(MOMENTS_PERIOD_MS + 100)
    assert choice.count() == 3
    assert world.meaning().startswith("Each picture: the weights"), "a moment that is given up is taken off no more"


def test_a_run_that_trains_is_followed_but_not_at_every_epoch_in_the_same_order_and_place(world, run):
    world.press("order.size")
    for _ in range(3):
        world.grid.zoom(1)
    first = world.grid.order[0]
    before, area, picture = world.grid.order, world.grid.area(first), world.grid.grab().toImage()
    weights = tuple(array[::-1].copy() for array in run.moments[10].weights)
    weights[0][28 * 5 + 9, first] = np.nan
    run.moments[30] = Moment(step=30, weights=weights, optimizer=())
    for number in range(1, 40):
        world.say(epoch(number))
    assert len(world.questions()) == 1
    world.settle(LIVE_MS)
    assert len(world.questions()) == 2
    assert world.grid.grab().toImage() != picture
    assert world.grid.order == before and world.grid.area(first) == area

    world.press("fit")
    point_at(world.grid, world.point(first, 5, 9))
    assert world.text("readout") == f"Neuron {first} · row 5, column 9 · no number"
    world.selection.change(neuron=Neuron(0, first))
    world.tab.grab()


def test_of_a_run_that_is_gone_or_has_no_weights_yet_nothing_is_left_until_it_has_some(shown):
    shown.selection.change(lens=Lens("Z"))
    shown.settle()
    assert shown.tab.empty.isVisible() and shown.grid.order == []
    shown.selection.change(lens=None)
    assert shown.tab.empty.isVisible()
    shown.look("B")
    shown.say(MomentKept(run="B", step=0))
    shown.answer(read_weights)
    asked = len(shown.questions())
    assert shown.tab.empty.isVisible()
    shown.clock.advance(LIVE_MS)
    assert len(shown.questions()) == asked + 1
