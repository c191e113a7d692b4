"""The Compare tab: two networks' answers, layers, neurons, settings, and the road between them, checked with NumPy."""

import dataclasses
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest

from engine.analysis.probes.comparison import compare
from engine.analysis.probes.road import POINTS, road
from engine.core.layers.kinds import ConvLayer
from engine.core.lens import Lens, Neuron, Share
from engine.model.network.lens_network import lens_network
from engine.model.network.mixture import in_order
from engine.model.training.messages import Parent
from engine.model.training.run import Moment
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session
from gui.look.class_names import use_names
from gui.look.fonts import font
from gui.state.training.runs import Run
from gui.tabs.compare.answers_page import DifferentGrid
from gui.tabs.compare.layers_page import LayersPage
from gui.tabs.compare.other import Names, RunChip
from gui.tabs.compare.settings_page import DifferenceTable
from gui.tabs.compare.tab import NO_NETWORK, ONLY_ONE, CompareTab
from gui.widgets.painted import Words
from tests.gui.heard_parts import Heard
from tests.gui.session_messages import opened, summary
from tests.gui.tabs import test_contract
from tests.gui.training_messages import epoch
from tests.hundred_classes import NAMES

LEFT = Qt.MouseButton.LeftButton
GENERAL = "colour, conv 6 5x3 stride 4, batchnorm, relu, residual(depthwise 6), global average, 9, layernorm, 7"


def made_session():
    """Runs A and C of the same layers, B of others; A's neurons are C's in another order, and a little changed."""
    session, noise = Session(test_contract.few_digits()), np.random.default_rng(1)
    for layers, rate in (("20", 0.1), ("16, 12", 0.5), ("20", 0.2)):
        test_contract.add_run(session, noise, started=2.0, layers=layers, learning_rate=rate)
    one, other = session.runs["A"], session.runs["C"]
    moved = in_order(one.spec.hidden, one.moments[24].weights, (noise.permutation(20),))
    near = tuple((array + noise.normal(0, 0.02, array.shape)).astype(np.float32) for array in moved)
    other.moments[24] = Moment(step=24, weights=near, optimizer=())
    return session


class World(test_contract.KnownWorld):
    heard: ClassVar = {}

    def __init__(self, qtbot):
        super().__init__(qtbot, CompareTab)

    def new_session(self):
        return made_session()

    def change(self):
        """Return the session to change it: what was answered before is not true of it any more."""
        self.heard = {}
        return self.session

    def weights(self, run, step=24):
        return self.session.runs[run].moments[step].weights

    def answers(self, run, step=24):
        network = lens_network(self.session, Lens(run, step))
        return network.outputs(self.session.data().test_images)[1].argmax(axis=1)

    def page(self, key):
        self.press(f"page.{key}")
        self.settle()

    def choose(self, run=None, moment=()):
        if run is not None:
            self.tab.chips.runChosen.emit(run)
        if moment != ():
            self.tab.chips.momentChosen.emit(moment)
        self.settle()

    def match(self):
        self.press("match")
        self.settle()

    def open(self, *runs):
        """Open a session with these runs, and look at A."""
        self.say(opened(runs=runs))
        self.look("A")
        self.settle()

    def settings(self):
        """The rows of the page of the settings, by their first words."""
        self.page("settings")
        return {row[0]: row[1:] for row in self.tab.settings.table.table().rows}

    @property
    def share(self):
        (found,) = self.selection.lens.mixed
        return found


@pytest.fixture
def along(world):
    """The page of the road is open."""
    world.page("road")
    return world


def test_exactly_the_images_that_are_answered_differently_are_listed_and_counted(world):
    labels, one, other = world.session.data().test_labels, world.answers("A"), world.answers("C")
    differing, grid = one != other, world.tab.answers.grid
    wanted = np.flatnonzero(differing)
    assert 0 < len(wanted) < len(one) and grid.numbers.tolist() == wanted.tolist()
    assert world.text("figure") == f"{len(wanted):,}"
    for place in (0, len(wanted) - 1):
        number = wanted[place]
        assert grid.caption_of(place) == f"{labels[number]}: {one[number]} | {other[number]}"

    here, there = one == labels, other == labels
    counts = [(here & there).sum(), (here & ~there).sum(), (~here & there).sum(), (~here & ~there).sum()]
    wanted = list(zip(("Both", "Only A", "Only C", "Neither"), counts, strict=True))
    assert [tuple(row) for row in world.tab.answers.bars.table().rows] == wanted
    by_class = [tuple(row) for row in world.tab.answers.classes.table().rows]
    classes = [labels == label for label in range(10)]
    assert by_class == [
        (label, (here & ~there & each).sum(), (~here & there & each).sum()) for label, each in enumerate(classes)
    ]

    for key, chosen in (("one", here), ("other", there), ("none", ~here & ~there), ("all", differing)):
        world.press(f"which.{key}")
        assert grid.numbers.tolist() == np.flatnonzero(differing & chosen).tolist()


def test_a_click_picks_an_image_out_everywhere_and_a_double_click_sends_it_to_the_canvas(world):
    grid, sent, data = world.tab.answers.grid, [], world.session.data()
    world.selection.pictureSent.connect(sent.append)
    number, place = int(grid.numbers[2]), grid.place_of(2).center().toPoint()
    assert (grid.picture_of(number) == data.test_images[number]).all()
    QTest.mouseClick(grid, LEFT, pos=place)
    assert world.selection.image == number and grid.marked == 2
    assert world.selection.label == data.test_labels[number]
    assert f"Test image {number:,}" in world.tab.answers.detail.words
    assert "run A says" in world.tab.answers.detail.words and "run C" in world.tab.answers.detail.words
    QTest.mouseDClick(grid, LEFT, pos=place)
    world.press("send")
    assert len(sent) == 2
    np.testing.assert_allclose(sent[0].picture, data.test_images[number] / 255, atol=1e-6)
    world.selection.change(image=int(grid.numbers[4]))
    assert grid.marked == 4


def test_classes_and_answers_have_the_names_of_the_data_and_of_each_run(qtbot):
    class OfTwoZoos(World):
        heard = None

        def new_session(self):
            session = made_session()
            for name, kind in (("A", "ape"), ("C", "cat")):
                session.runs[name].classes = tuple(f"{kind} {number}" for number in range(10))
                session.runs[name].started = 3.0
            return session

    world = OfTwoZoos(qtbot)
    grid, labels = world.tab.answers.grid, world.session.data().test_labels
    number = int(grid.numbers[0])
    label, one, other = (int(each[number]) for each in (labels, world.answers("A"), world.answers("C")))
    assert grid.caption_of(0) == f"{label}: ape {one} | cat {other}"
    assert f"a {label}: run A says ape {one} " in grid.tell(0) and f"run C cat {other} " in grid.tell(0)
    assert (grid.table().rows[0][1:3], grid.table().rows[0][4]) == ((label, f"ape {one}"), f"cat {other}")

    called = tuple(f"class {number}" for number in range(10))
    world.say(dataclasses.replace(test_contract.dataset_opened(), names=called))
    world.settle()
    label = labels[grid.numbers[0]]
    assert grid.caption_of(0).startswith(f"class {label}: ")
    assert f", class {label}: run A says" in grid.tell(0)


def test_without_a_choice_it_is_the_newest_run_of_the_same_layers_or_of_others_or_another_snapshot(world):
    assert world.tab.other == Share("C", None, 1.0)
    world.look("C")
    assert world.tab.other == Share("A", None, 1.0), "B is newer and has other layers"
    world.look("B")
    assert world.tab.other == Share("C", None, 1.0), "the newest, where none has the same layers"
    world.look("A")
    for run in "BC":
        world.say(RunsTogether(removed=(run,)))
    assert world.tab.other == Share("A", 0, 1.0)
    world.look("A", moment=0)
    assert world.tab.other == Share("A", None, 1.0)

    world.runs["A"].steps = [24]
    world.look("A", moment=24)
    world.settle()
    assert world.says(ONLY_ONE) and not world.button("other.run").isEnabled()
    world.selection.change(lens=None)
    world.settle()
    assert world.says(NO_NETWORK)


def test_the_chips_offer_all_runs_and_the_snapshots_of_the_chosen_one(world):
    runs, moments = world.tab.chips.run.menu(), world.tab.chips.moment.menu()

    def offered(menu):
        menu.aboutToShow.emit()
        return [action.text() for action in menu.actions()]

    assert offered(runs) == ["C", "B", "A (this run, at another snapshot)"]
    runs.actions()[1].trigger()
    assert offered(moments) == ["Latest", "the start", "epoch 1.0", "epoch 2.0"]
    moments.actions()[2].trigger()
    world.settle()
    assert world.tab.other == Share("B", 12, 1.0)
    assert world.asked(compare)[-1] == (Lens("A"), Share("B", 12, 1.0, False), ("answers",))
    assert (world.tab.chips.run.text(), world.tab.chips.moment.text()) == ("Run B", "epoch 1.0")

    world.look("A", moment=24)
    world.choose("A")
    assert world.asked(compare)[-1] == (Lens("A", 24), Share("A", 0, 1.0, False), ("answers",))
    wanted = ["Both", "Only epoch 2.0", "Only start", "Neither"]
    assert [row[0] for row in world.tab.answers.bars.table().rows] == wanted
    world.choose("B")

    run = world.change().runs["B"]
    for step in (5, 7):
        run.moments[step] = dataclasses.replace(run.moments[12], step=step)
    run.bookmarks[5] = "before it broke"
    world.say(run.changed())
    assert offered(moments)[1:] == ["the start", "before it broke", "epoch 1.0", "epoch 2.0"]


def test_where_the_chosen_snapshot_is_kept_no_longer_it_is_the_nearest_and_in_another_session_the_first(world):
    world.choose("C", 12)
    run = world.change().runs["C"]
    del run.moments[12], run.moments[0]
    world.say(run.changed())
    world.settle()
    assert world.tab.other == Share("C", 24, 1.0)
    assert world.asked(compare)[-1] == (Lens("A"), Share("C", 24, 1.0, False), ("answers",))

    world.match()
    world.open(*(run.summary() for run in world.session.runs.values()))
    assert world.tab.other == Share("C", None, 1.0) and not world.button("match").isChecked()


def test_another_tab_opens_a_page_with_a_run(world):
    world.selection.compareWanted.emit("answers", "A")
    assert world.tab.page.key == "answers" and world.tab.other == Share("A", 0, 1.0)
    world.selection.compareWanted.emit("average", "C")
    assert world.tab.page.key == "road" and world.selection.lens == Lens("A", mixed=(Share("C", None, 0.5),))
    world.settle()
    assert world.asked(road)


def test_a_training_that_is_looked_at_live_is_followed(world):
    before = len(world.asked(compare))
    world.say(epoch(3, run="C"))
    world.settle()
    assert len(world.asked(compare)) == before + 1
    world.look("A", moment=12)
    world.choose("C", 12)
    before = len(world.asked(compare))
    world.say(epoch(4, run="C"))
    world.settle()
    assert len(world.asked(compare)) == before


def test_the_road_is_drawn_with_both_barriers_and_its_slider_or_a_click_lets_all_tabs_look_at_the_mixture(along):
    page = along.tab.road
    assert len(page.accuracy.plot.curves["plain"].series) == POINTS
    assert "matched" not in page.accuracy.plot.curves
    ends = page.accuracy.plot.curves["plain"].series.y[[0, -1]]
    labels = along.session.data().test_labels
    np.testing.assert_allclose(ends, [(along.answers(run) == labels).mean() for run in "AC"])
    along.match()
    assert [args[1].matched for args in along.asked(road)] == [False, True]
    for panel in (page.accuracy, page.loss):
        plain, matched = (panel.plot.curves[key] for key in ("plain", "matched"))
        assert len(matched.series) == POINTS
        assert plain.stroke.opacity < 1 and matched.stroke.opacity == 1 and matched.shown
    barriers = [found.barrier for found in (page.roads["plain"], page.roads["matched"])]
    assert barriers[1] < barriers[0], "they are the same neurons but for noise"
    said = along.text("barrier")
    assert f"as trained: {100 * barriers[0]:.1f} points" in said
    assert f"matched: {100 * barriers[1]:.1f} points" in said
    along.match()
    assert not page.accuracy.plot.curves["matched"].shown

    before = len(along.asked(road))
    page.slider.setValue(40)
    assert along.selection.lens == Lens("A", mixed=(Share("C", None, 0.4, False),))
    QTest.keyClick(page.slider, Qt.Key.Key_Right)
    along.settle()
    assert along.share.weight == 0.41 and len(along.asked(road)) == before
    assert page.accuracy.plot.cursor_at == page.loss.plot.cursor_at == 0.41
    assert along.text("road.place") == "41 %"
    assert "run A, 41 % of the way to run C" in page.where.words
    along.press("road.back")
    assert along.selection.lens == Lens("A") and page.accuracy.plot.cursor_at is None
    assert not along.button("road.back").isEnabled()

    page.loss.plot.placeClicked.emit(1.2)
    assert along.share.weight == 1.0
    page.loss.plot.placeClicked.emit(0.25)
    assert along.share.weight == 0.25 and page.slider.value() == 25
    along.match()
    assert along.share == Share("C", None, 0.25, matched=True)
    assert "neurons matched" in page.where.words
    along.match()
    assert along.share == Share("C", None, 0.25, matched=False)
    along.choose("A")
    assert along.selection.lens == Lens("A")
    assert along.asked(road)[-1] == (Lens("A"), Share("A", 0, 1.0, False))


def test_the_road_leads_to_another_snapshot_and_once_a_training_rests_to_its_newest_network(along):
    along.match()
    along.choose(moment=12)
    assert [args[1] for args in along.asked(road)[-2:]] == [Share("C", 12, 1.0, how) for how in (False, True)]
    curves = along.tab.road.loss.plot.curves
    assert len(curves["plain"].series) == len(curves["matched"].series) == POINTS

    along.choose(moment=None)
    before = len(along.asked(road))
    along.controls.state = "running"
    run = along.change().runs["C"]
    run.moments[36] = dataclasses.replace(run.moments[12], step=36)
    along.say(run.changed())
    along.settle()
    assert len(along.asked(road)) == before
    along.controls.state = "idle"
    along.controls.stateChanged.emit("idle")
    along.settle()
    assert [args[1].matched for args in along.asked(road)[before:]] == [False, True]
    ends = along.tab.road.accuracy.plot.curves["plain"].series.y[-1]
    assert ends == (along.answers("C", 12) == along.session.data().test_labels).mean()


def test_a_mixture_from_elsewhere_stands_on_the_road_only_where_it_lies_on_it_and_is_compared_as_such(along):
    along.selection.change(lens=Lens("A", mixed=(Share("C", None, 0.3),)))
    assert along.tab.road.slider.value() == 30
    along.selection.change(lens=Lens("A", mixed=(Share("C", 12, 0.3),)))
    assert along.tab.road.slider.value() == 0 and along.text("road.place") == "–"

    silenced = frozenset({Neuron(0, 3)})
    along.look("A", silenced=silenced)
    along.settle()
    along.tab.road.slider.setValue(40)
    assert along.selection.lens == Lens("A", silenced=silenced, mixed=(Share("C", None, 0.4, False),))
    assert along.asked(road)[-1][0].silenced == silenced
    along.page("answers")
    assert "the mixture says" in along.tab.answers.grid.tell(0)


def test_networks_of_other_layers_or_with_an_output_more_are_compared_as_far_as_that_can_be(world):
    world.choose("B")
    match = world.button("match")
    assert not match.isEnabled() and "different layers" in match.toolTip()
    assert world.tab.answers.grid.count() == (world.answers("A") != world.answers("B")).sum()
    world.page("layers")
    assert world.tab.layers.matrix.alike.shape == (2, 3)
    world.page("neurons")
    assert world.says("These networks have different layers, so their neurons cannot be subtracted")
    world.page("road")
    assert world.says("Runs A and B have different layers") and not world.asked(road)
    world.page("settings")
    assert not world.says("different layers")

    kernel, bias = world.weights("C")[-2:]
    grown = np.hstack([kernel, kernel[:, :1]]), np.append(bias, np.float32(-9))
    run, classes = world.change().runs["C"], (*tuple("0123456789"), "heart")
    run.moments[24] = Moment(step=24, weights=(*world.weights("C")[:-2], *grown), optimizer=())
    world.open(world.session.runs["A"].summary(), dataclasses.replace(run.summary(), classes=classes))
    assert not match.isEnabled() and "different numbers of classes" in match.toolTip()
    world.page("road")
    assert world.says("Runs A and C have different numbers of classes") and not world.asked(road)
    world.page("neurons")
    assert world.says("These networks have different numbers of classes")


def test_layers_are_compared_in_numbers_and_words_and_means_and_weights_neuron_by_neuron(world):
    world.page("layers")
    matrix = world.tab.layers.matrix
    rows = [row[1:] for row in matrix.table().rows]
    np.testing.assert_allclose(rows, world.asked(compare) and matrix.alike)
    tip = matrix.tip_at(matrix.heard_place((0, 1)).center())
    assert tip == matrix.say((0, 1)) and tip.startswith("Layer 1 (20) of run A and output of run C")
    assert f"{matrix.alike[0, 1]:.3f}" in tip
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert world.text("layers.sentence") == matrix.say((1, 0))

    world.page("neurons")
    means, weights, images = world.tab.neurons.means, world.tab.neurons.weights, world.session.data().test_images
    (before,), (other,) = (lens_network(world.session, Lens(run)).outputs(images)[0] for run in "AC")
    labels = world.session.data().test_labels
    wanted = np.stack([(before - other)[labels == label].mean(axis=0) for label in range(10)])
    np.testing.assert_allclose([row[1:] for row in means.table().rows], wanted, atol=1e-4)
    world.press("order.difference")
    first = int(np.abs(wanted).max(axis=0).argmax())
    assert means.neuron_at(0) == first and means.table().columns[1] == str(first)
    QTest.mouseClick(means, LEFT, pos=means.place_of(0).center().toPoint())
    assert world.selection.neuron == Neuron(0, first)

    difference = world.weights("A")[0] - world.weights("C")[0]
    order = np.argsort(-np.linalg.norm(difference, axis=0))
    assert list(weights.neurons) == order.tolist() and weights.captions == tuple(map(str, order))
    np.testing.assert_allclose(weights.reach, np.abs(difference).max())
    QTest.mouseClick(weights, LEFT, pos=weights.place_of(1).center().toPoint())
    assert world.selection.neuron == Neuron(0, int(order[1])) and weights.marked == 1

    world.match()
    assert world.asked(compare)[-1][1].matched
    left = np.abs([row[1:] for row in means.table().rows]).max()
    assert left < np.abs(wanted).max() / 2, "hardly a difference is left"


def test_networks_with_normalisation_and_blocks_are_subtracted_and_mixed_but_not_matched(world):
    session, noise = world.change(), np.random.default_rng(4)
    for name in "DE":
        run = session.new_run(session.runs["A"].spec.but(layers=GENERAL), steps_per_epoch=12)
        plan = run.spec.plan(run.shape, 10)
        drawn = tuple(np.abs(noise.normal(0.1, 0.2, weight.shape)).astype(np.float32) for weight in plan.weights)
        run.moments[24] = Moment(step=24, weights=drawn, optimizer=())
        assert run.name == name
    world.open(*(session.runs[name].summary() for name in "ADE"))
    world.look("D")
    world.choose("E")
    match = world.button("match")
    assert not match.isEnabled() and "several layers share one order" in match.toolTip()

    world.page("neurons")
    difference = world.weights("D")[0] - world.weights("E")[0]
    order = np.argsort(-np.linalg.norm(difference.reshape(-1, 6), axis=0))
    weights = world.tab.neurons.weights
    assert list(weights.neurons) == order.tolist()
    np.testing.assert_allclose(weights.reach, np.abs(difference.mean(axis=2)).max())
    assert "mean of the maps" in weights.parent().accessibleName()
    world.page("layers")
    assert world.tab.layers.matrix.alike.shape == (5, 5)
    world.page("road")
    assert [args[1].matched for args in world.asked(road)] == [False]
    assert "batch normalisation are mixed as weights are" in world.text("barrier")


def test_settings_that_differ_are_said_as_the_form_says_them_with_changes_on_the_way_data_and_origin(world):
    for run, accuracies in (("A", (0.95, 0.96)), ("C", (0.94, 0.9))):
        for number, accuracy in enumerate(accuracies, 2):
            world.say(dataclasses.replace(epoch(number, run=run), test_accuracy=accuracy))
    world.page("settings")
    assert list(world.tab.settings.table.table().columns) == ["what", "Run A", "Run C"]
    world.say(dataclasses.replace(epoch(4, run="C"), test_accuracy=0.7))
    rows, curves = world.settings(), world.tab.settings.accuracy.curves
    assert rows["Learning rate"] == ("0.1", "0.2")
    assert rows["Test accuracy at the end"] == ("96.00 % of the test images", "70.00 % of the test images")
    assert rows["Test accuracy, best"] == ("96.00 % · best, epoch 3", "94.00 % · best, epoch 2")
    assert rows["The best is chosen on"] == ("the test images", "the test images")
    assert rows["Epochs"][1] == "4", "they follow a training"
    wanted = {"A": [0.95, 0.96], "C": [0.9, 0.7]}
    assert {key: curve.series.y.tolist()[-2:] for key, curve in curves.items()} == wanted

    world.choose("A")
    assert "no setting differs" in world.tab.settings.table.finding()
    assert list(curves) == ["A"]

    changes = ((40, "learning_rate", 0.5), (45, "dropout", 0.3))
    runs = [run.summary() for run in world.session.runs.values()]
    told = {"spec": runs[0].spec, "changes": changes, "dataset": "Digits 9 + 1", "parent": Parent("A", 30)}
    world.open(*runs[:2], dataclasses.replace(runs[2], **told))
    rows = world.settings()
    assert rows["Learning rate"] == ("0.1", "0.1 → 0.5 (step 40)")
    assert rows["Dropout"] == ("0 %", "0 % → 30 % (step 45)")
    assert rows["Data"] == (runs[0].dataset, "Digits 9 + 1")
    assert rows["Begun from"] == ("the start", "run A, step 30")
    world.open(*(dataclasses.replace(run, fingerprint=of) for run, of in zip(runs, "aab", strict=True)))
    assert world.settings()["Data"] == (runs[0].dataset, f"{runs[0].dataset}, other images")
    world.open(*(dataclasses.replace(run, fingerprint=of) for run, of in zip(runs, ("a", "a", ""), strict=True)))
    assert "Data" not in world.settings(), "of a run from an old session it is not known which images they were"
    world.open(*runs[:2], dataclasses.replace(runs[2], **told))
    world.look("C")
    world.choose("C")
    (line,) = (words for words in Heard(world.tab.settings.table).words if words.startswith("Learning rate: Run C"))
    assert line.endswith(": 0.1 → 0.5 (step\u00a040)"), "of one run it is said, too"


def test_a_training_with_nothing_beside_it_leaves_the_settings_empty(world):
    world.say(opened())
    world.page("settings")
    world.say(epoch(2, run="A"))
    assert world.says(NO_NETWORK) and world.tab.settings.table.table() is None


def test_of_many_layers_some_are_named_and_the_words_about_all_are_scrolled(qtbot):
    page, layers = LayersPage(), [ConvLayer(16)] * 40
    qtbot.addWidget(page)
    alike = np.random.default_rng(1).random((41, 41))
    page.show_comparison(SimpleNamespace(alike=alike), Names("A", "B", "run A", "run B"), layers, layers)
    page.resize(CompareTab.LEAST_WIDTH, CompareTab.LEAST_HEIGHT)
    page.show()
    assert page.height() == CompareTab.LEAST_HEIGHT
    named = [mark for mark in page.matrix.marks(()) if isinstance(mark, Words)][1:]
    rows = [mark for mark in named if mark.text.startswith("layer")]
    columns = [mark for mark in named if mark.text.isdigit()]
    assert 5 < len(rows) < 40 and 5 < len(columns) < 41
    tops, lefts = (
        [getattr(mark.place, side)() for mark in marks] for marks, side in ((rows, "top"), (columns, "left"))
    )
    assert np.diff(tops).min() >= QFontMetricsF(font("label")).height()
    assert np.diff(lefts).min() >= QFontMetricsF(font("label")).horizontalAdvance("41")


def test_words_that_are_too_long_for_a_line_take_several_and_nothing_is_cut(qtbot):
    one, other = (Run.of(summary(name)) for name in "AB")
    other.changes += [(step, "learning_rate", step / 1_000) for step in (200, 250, 300)]
    table = DifferenceTable()
    qtbot.addWidget(table)
    heights = []
    for width in (4_000, 500, 350):
        table.resize(width, 400)
        table.show_rows(one, other)
        heights.append(table.minimumHeight())
    assert heights[0] < heights[1] < heights[2]


def test_a_caption_that_is_too_long_keeps_the_end_of_each_name(qtbot):
    called = NAMES[:30]
    use_names(called)
    grid = DifferentGrid()
    qtbot.addWidget(grid)
    grid.set_data((28, 28), len(called))
    for name, caption in zip(called, grid.possible_captions(), strict=True):
        assert len(caption) < len(f"{name}: {name} | {name}") and caption.count(name[-2:]) == 3


def test_the_name_of_the_other_run_is_cut_off_only_where_it_has_no_room(qtbot):
    chip, name = RunChip("other"), "Run B · a rather long title"
    qtbot.addWidget(chip)
    chip.setText(name)
    wanted = chip.sizeHint()
    assert chip.minimumSizeHint().width() < wanted.width()
    chip.resize(wanted)
    chip.show()
    assert chip.text() == name
    chip.resize(wanted.width() - 60, wanted.height())
    assert chip.text().endswith("…")
    assert name.startswith(chip.text()[:-1])
    assert chip.sizeHint() == wanted, "it asks for room for all of its words again"
    chip.resize(wanted)
    assert chip.text() == name
