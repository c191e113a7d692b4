"""The Compare tab: two networks' answers, layers, neurons, settings, and the road between them, checked with NumPy."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.comparison import compare
from engine.analysis.probes.data_images import data_pictures
from engine.analysis.probes.road import POINTS, road
from engine.core.lens import Lens, Neuron, Share
from engine.data.formats.sample import open_sample
from engine.model.network.mixture import in_order
from engine.model.training.messages import Parent
from engine.model.training.run import Moment
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session
from gui.look.class_names import use_names
from gui.state.training.runs import Run
from gui.tabs.compare.answers_page import DifferentGrid
from gui.tabs.compare.settings_page import DifferenceTable
from gui.tabs.compare.tab import NO_NETWORK, ONLY_ONE, CompareTab
from tests.gui.session_messages import opened, summary
from tests.gui.tabs import test_contract
from tests.gui.training_messages import epoch
from tests.hundred_classes import NAMES

LEFT = Qt.MouseButton.LeftButton


def made_session():
    """Runs A and C of the same layers, B of others; A's neurons are C's in another order, and a little changed."""
    session, noise = Session(open_sample()), np.random.default_rng(1)
    for layers, rate in (("20", 0.1), ("16, 12", 0.5), ("20", 0.2)):
        test_contract.add_run(session, noise, started=2.0, layers=layers, learning_rate=rate)
    one, other = session.runs["A"], session.runs["C"]
    moved = in_order(one.spec.hidden, one.moments[24].weights, (noise.permutation(20),))
    near = tuple((array + noise.normal(0, 0.02, array.shape)).astype(np.float32) for array in moved)
    other.moments[24] = Moment(step=24, weights=near, optimizer=())
    return session


def logits_of(weights, images):
    x = images.reshape(len(images), -1) / 255
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(x @ kernel + bias, 0)
    return x @ weights[-2] + weights[-1]


class World(test_contract.World):
    def __init__(self, qtbot):
        super().__init__(qtbot, CompareTab)

    def weights(self, run, step=24):
        return self.session.runs[run].moments[step].weights

    def answers(self, run, step=24):
        return logits_of(self.weights(run, step), self.session.data().test_images).argmax(axis=1)

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

    @property
    def share(self):
        (found,) = self.selection.lens.mixed
        return found


@pytest.fixture
def world(qtbot, monkeypatch):
    monkeypatch.setattr(test_contract, "made_session", made_session)
    return World(qtbot)


@pytest.fixture
def along(world):
    """The page of the road is open."""
    world.page("road")
    return world


# The answers --------------------------------------------------------------------------------------------------------


def test_exactly_the_images_that_are_answered_differently_are_listed(world):
    data, one, other = world.session.data(), world.answers("A"), world.answers("C")
    wanted = np.flatnonzero(one != other)
    grid = world.tab.answers.grid
    assert 0 < len(wanted) < len(one) and grid.numbers.tolist() == wanted.tolist()
    assert world.text("figure") == f"{len(wanted):,}"
    for place in (0, len(wanted) - 1):
        number = wanted[place]
        assert grid.caption_of(place) == f"{data.test_labels[number]}: {one[number]} | {other[number]}"


def test_it_is_counted_who_reads_what_correctly_in_all_and_by_class(world):
    labels = world.session.data().test_labels
    one, other = (world.answers(run) == labels for run in "AC")
    rows = [list(row) for row in world.tab.answers.bars.table().rows]
    counts = [(one & other).sum(), (one & ~other).sum(), (~one & other).sum(), (~one & ~other).sum()]
    titles = ("Both", "Only A", "Only C", "Neither")
    assert rows == [list(pair) for pair in zip(titles, counts, strict=True)]
    by_class = list(world.tab.answers.classes.table().rows)
    for label, here, there in by_class:
        of_class = labels == label
        assert (here, there) == ((one & ~other & of_class).sum(), (~one & other & of_class).sum())
    assert len(by_class) == 10


def test_the_images_can_be_those_that_only_one_reads_or_neither(world):
    labels, one, other = world.session.data().test_labels, world.answers("A"), world.answers("C")
    differing, grid = one != other, world.tab.answers.grid
    for key, chosen in (
        ("one", one == labels),
        ("other", other == labels),
        ("none", (one != labels) & (other != labels)),
        ("all", differing),
    ):
        world.press(f"which.{key}")
        assert grid.numbers.tolist() == np.flatnonzero(differing & chosen).tolist()


def test_of_many_images_only_those_that_are_seen_are_fetched(world):
    world.choose("A", 0)
    grid = world.tab.answers.grid
    fetched = {int(number) for args in world.asked(data_pictures) for number in args[1]}
    assert grid.count() > 400 and len(fetched) < grid.count()
    seen = [int(grid.numbers[place]) for place in grid.seen()]
    assert set(seen) <= fetched
    assert (grid.picture_of(seen[0]) == world.session.data().test_images[seen[0]]).all()


def test_a_click_picks_an_image_out_everywhere_and_a_double_click_sends_it_to_the_canvas(world):
    grid, sent = world.tab.answers.grid, []
    world.selection.pictureSent.connect(sent.append)
    number, place = int(grid.numbers[2]), grid.place_of(2).center().toPoint()
    QTest.mouseClick(grid, LEFT, pos=place)
    assert world.selection.image == number and grid.marked == 2
    assert world.selection.label == world.session.data().test_labels[number]
    assert f"Test image {number:,}" in world.tab.answers.detail.words
    assert "run A says" in world.tab.answers.detail.words and "run C" in world.tab.answers.detail.words
    QTest.mouseDClick(grid, LEFT, pos=place)
    world.press("send")
    assert len(sent) == 2
    np.testing.assert_allclose(sent[0].picture, world.session.data().test_images[number] / 255, atol=1e-6)
    world.selection.change(image=int(grid.numbers[4]))
    assert grid.marked == 4


def test_classes_are_called_by_their_names(world):
    called = tuple(f"class {number}" for number in range(10))
    world.say(dataclasses.replace(test_contract.dataset_opened(), names=called))
    world.settle()
    grid = world.tab.answers.grid
    label = world.session.data().test_labels[grid.numbers[0]]
    assert grid.caption_of(0).startswith(f"class {label}: ")
    assert f", class {label}: run A says" in grid.tell(0)


def test_each_answer_has_the_name_that_its_own_run_gives_it(qtbot, monkeypatch):
    def of_two_zoos():
        session = made_session()
        for name, kind in (("A", "ape"), ("C", "cat")):
            session.runs[name].classes = tuple(f"{kind} {number}" for number in range(10))
            session.runs[name].started = 3.0
        return session

    monkeypatch.setattr(test_contract, "made_session", of_two_zoos)
    world = World(qtbot)
    grid = world.tab.answers.grid
    number = int(grid.numbers[0])
    label, one, other = (
        int(each[number]) for each in (world.session.data().test_labels, world.answers("A"), world.answers("C"))
    )
    assert grid.caption_of(0) == f"{label}: ape {one} | cat {other}"
    assert f"a {label}: run A says ape {one} " in grid.tell(0) and f"run C cat {other} " in grid.tell(0)
    assert (grid.table().rows[0][1:3], grid.table().rows[0][4]) == ((label, f"ape {one}"), f"cat {other}")


# Which network is the other one -------------------------------------------------------------------------------------


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


def test_one_network_alone_is_compared_with_none_and_no_network_with_no_other(world):
    for run in "BC":
        world.say(RunsTogether(removed=(run,)))
    world.runs["A"].steps = [24]
    world.look("A", moment=24)
    world.settle()
    assert world.says(ONLY_ONE) and not world.button("other.run").isEnabled()
    world.selection.change(lens=None)
    world.settle()
    assert world.says(NO_NETWORK)


def test_snapshots_with_names_are_offered_under_these(world):
    run, moments = world.session.runs["B"], world.tab.chips.moment.menu()
    for step in (5, 7):
        run.moments[step] = dataclasses.replace(run.moments[12], step=step)
    run.bookmarks[5] = "before it broke"
    world.say(run.changed())
    world.choose("B")
    moments.aboutToShow.emit()
    wanted = ["the start", "before it broke", "epoch 1.0", "epoch 2.0"]
    assert [action.text() for action in moments.actions()][1:] == wanted


def test_the_chips_offer_all_runs_and_the_snapshots_of_the_chosen_one(world):
    runs, moments = world.tab.chips.run.menu(), world.tab.chips.moment.menu()
    runs.aboutToShow.emit()
    wanted = ["C", "B", "A (this run, at another snapshot)"]
    assert [action.text() for action in runs.actions()] == wanted
    runs.actions()[1].trigger()
    moments.aboutToShow.emit()
    expected = ["Latest", "the start", "epoch 1.0", "epoch 2.0"]
    assert [action.text() for action in moments.actions()] == expected
    moments.actions()[2].trigger()
    world.settle()
    assert world.tab.other == Share("B", 12, 1.0)
    assert world.asked(compare)[-1] == (Lens("A"), Share("B", 12, 1.0, False), ("answers",))
    assert (world.tab.chips.run.text(), world.tab.chips.moment.text()) == ("Run B", "epoch 1.0")


def test_where_the_chosen_snapshot_is_kept_no_longer_it_is_the_nearest_one(world):
    world.choose("C", 12)
    del world.session.runs["C"].moments[12], world.session.runs["C"].moments[0]
    world.say(world.session.runs["C"].changed())
    world.settle()
    assert world.tab.other == Share("C", 24, 1.0)
    assert world.asked(compare)[-1] == (Lens("A"), Share("C", 24, 1.0, False), ("answers",))


def test_two_snapshots_of_one_run_are_called_by_their_time(world):
    world.look("A", moment=24)
    world.choose("A")
    assert world.asked(compare)[-1] == (Lens("A", 24), Share("A", 0, 1.0, False), ("answers",))
    wanted = ["Both", "Only epoch 2.0", "Only start", "Neither"]
    assert [row[0] for row in world.tab.answers.bars.table().rows] == wanted


def test_a_session_that_follows_is_compared_as_at_first(world):
    world.choose("C", 12)
    world.match()
    world.say(opened(runs=[run.summary() for run in world.session.runs.values()]))
    world.look("A")
    world.settle()
    assert world.tab.other == Share("C", None, 1.0) and not world.button("match").isChecked()


def test_another_tab_opens_a_page_with_a_run(world):
    world.selection.compareWanted.emit("road", "C")
    world.settle()
    assert world.tab.page.key == "road" and world.asked(road)
    world.selection.compareWanted.emit("answers", "A")
    assert world.tab.page.key == "answers" and world.tab.other == Share("A", 0, 1.0)


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


# The road -----------------------------------------------------------------------------------------------------------


def test_the_road_is_drawn_as_trained_and_once_neurons_are_matched_with_both_barriers(along):
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


def test_the_slider_lets_all_tabs_look_at_the_mixture_and_the_road_is_not_asked_for_anew(along):
    before = len(along.asked(road))
    slider = along.tab.road.slider
    slider.setValue(40)
    assert along.selection.lens == Lens("A", mixed=(Share("C", None, 0.4, False),))
    QTest.keyClick(slider, Qt.Key.Key_Right)
    along.settle()
    assert along.share.weight == 0.41 and len(along.asked(road)) == before
    assert along.tab.road.accuracy.plot.cursor_at == along.tab.road.loss.plot.cursor_at == 0.41
    assert along.text("road.place") == "41 %"
    assert "run A, 41 % of the way to run C" in along.tab.road.where.words
    along.press("road.back")
    assert along.selection.lens == Lens("A") and along.tab.road.accuracy.plot.cursor_at is None
    assert not along.button("road.back").isEnabled()


def test_the_average_with_a_run_lies_halfway_along_the_road(world):
    world.tab.selection.compareWanted.emit("average", "C")
    assert world.tab.page.key == "road" and world.selection.lens == Lens("A", mixed=(Share("C", None, 0.5),))


def test_to_another_snapshot_both_roads_are_asked_for_anew(along):
    along.match()
    along.choose(moment=12)
    assert [args[1] for args in along.asked(road)[-2:]] == [Share("C", 12, 1.0, how) for how in (False, True)]
    curves = along.tab.road.loss.plot.curves
    assert len(curves["plain"].series) == len(curves["matched"].series) == POINTS


def test_once_a_training_rests_the_road_leads_to_its_newest_network(along):
    along.match()
    before = len(along.asked(road))
    along.controls.state = "running"
    run = along.session.runs["C"]
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


def test_a_click_into_a_plot_goes_there(along):
    along.tab.road.loss.plot.placeClicked.emit(0.25)
    assert along.share.weight == 0.25 and along.tab.road.slider.value() == 25
    along.tab.road.loss.plot.placeClicked.emit(1.2)
    assert along.share.weight == 1.0


def test_matching_keeps_the_place_and_mixes_matched_neurons(along):
    along.tab.road.slider.setValue(40)
    along.match()
    assert along.share == Share("C", None, 0.4, matched=True)
    assert "neurons matched" in along.tab.road.where.words
    along.match()
    assert along.share == Share("C", None, 0.4, matched=False)


def test_another_network_ends_the_mixture_with_the_one_before(along):
    along.tab.road.slider.setValue(40)
    along.choose("A")
    assert along.selection.lens == Lens("A")
    assert along.asked(road)[-1] == (Lens("A"), Share("A", 0, 1.0, False))


def test_silenced_neurons_stay_silenced_along_the_road(world):
    silenced = frozenset({Neuron(0, 3)})
    world.look("A", silenced=silenced)
    world.page("road")
    world.tab.road.slider.setValue(40)
    assert world.selection.lens.silenced == silenced and world.asked(road)[-1][0].silenced == silenced


def test_a_mixture_from_elsewhere_stands_on_the_road_only_where_it_lies_on_it(along):
    along.selection.change(lens=Lens("A", mixed=(Share("C", None, 0.3),)))
    assert along.tab.road.slider.value() == 30
    along.selection.change(lens=Lens("A", mixed=(Share("C", 12, 0.3),)))
    assert along.tab.road.slider.value() == 0 and along.text("road.place") == "–"


def test_a_mixture_is_compared_under_its_own_name(world):
    world.selection.change(lens=Lens("A", mixed=(Share("C", None, 0.5),)))
    world.settle()
    mixed = tuple((a + b) / 2 for a, b in zip(world.weights("A"), world.weights("C"), strict=True))
    one = logits_of(mixed, world.session.data().test_images).argmax(axis=1)
    wanted = np.flatnonzero(one != world.answers("C"))
    assert abs(world.tab.answers.grid.count() - len(wanted)) <= 2  # rounding decides a tie
    assert "the mixture says" in world.tab.answers.grid.tell(0)


# Layers and neurons -------------------------------------------------------------------------------------------------


def test_networks_of_other_layers_are_compared_as_far_as_that_can_be(world):
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


def test_a_network_that_grew_an_output_is_neither_matched_nor_mixed_with_one_that_did_not(world):
    kernel, bias = world.weights("C")[-2:]
    grown = np.hstack([kernel, kernel[:, :1]]), np.append(bias, np.float32(-9))
    run, classes = world.session.runs["C"], (*tuple("0123456789"), "heart")
    run.moments[24] = Moment(step=24, weights=(*world.weights("C")[:-2], *grown), optimizer=())
    own = world.session.runs["A"].summary()
    world.say(opened(runs=[own, dataclasses.replace(run.summary(), classes=classes)]))
    world.look("A")
    world.settle()
    asked = len(world.asked(road))
    match = world.button("match")
    assert not match.isEnabled() and "different numbers of classes" in match.toolTip()
    world.page("road")
    assert world.says("Runs A and C have different numbers of classes") and len(world.asked(road)) == asked
    world.page("neurons")
    assert world.says("These networks have different numbers of classes")


def test_the_matrix_says_in_numbers_and_words_how_alike_layers_are(world):
    world.page("layers")
    matrix = world.tab.layers.matrix
    rows = [row[1:] for row in matrix.table().rows]
    np.testing.assert_allclose(rows, world.asked(compare) and matrix.alike)
    told = matrix.tip_at(matrix.place_of((0, 1)).center())
    assert told == matrix.say((0, 1)) and told.startswith("Layer 1 (20) of run A and output of run C")
    assert f"{matrix.alike[0, 1]:.3f}" in told
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert world.text("layers.sentence") == matrix.say((1, 0))


def means_of(world, run):
    data = world.session.data()
    kernel, bias = world.weights(run)[:2]
    hidden = np.maximum(data.test_images.reshape(len(data.test_images), -1) / 255 @ kernel + bias, 0)
    return np.stack([hidden[data.test_labels == label].mean(axis=0) for label in range(10)])


def test_class_means_are_subtracted_neuron_by_neuron(world):
    world.page("neurons")
    wanted = means_of(world, "A") - means_of(world, "C")
    table = world.tab.neurons.means.table()
    np.testing.assert_allclose([row[1:] for row in table.rows], wanted, atol=1e-4)
    world.press("order.difference")
    first = int(np.abs(wanted).max(axis=0).argmax())
    means = world.tab.neurons.means
    assert means.neuron_at(0) == first and world.tab.neurons.means.table().columns[1] == str(first)
    QTest.mouseClick(means, LEFT, pos=means.place_of(0).center().toPoint())
    assert world.selection.neuron == Neuron(0, first)


def test_with_neurons_matched_hardly_a_difference_is_left(world):
    world.page("neurons")
    plain = np.abs([row[1:] for row in world.tab.neurons.means.table().rows]).max()
    world.match()
    assert world.asked(compare)[-1][1].matched
    assert np.abs([row[1:] for row in world.tab.neurons.means.table().rows]).max() < plain / 2


def test_the_neurons_whose_weights_differ_most_come_first(world):
    world.page("neurons")
    difference = world.weights("A")[0] - world.weights("C")[0]
    wanted = np.argsort(-np.linalg.norm(difference, axis=0))
    weights = world.tab.neurons.weights
    assert list(weights.neurons) == wanted.tolist() and weights.captions == tuple(map(str, wanted))
    np.testing.assert_allclose(weights.reach, np.abs(difference).max())
    QTest.mouseClick(weights, LEFT, pos=weights.place_of(1).center().toPoint())
    assert world.selection.neuron == Neuron(0, int(wanted[1])) and weights.marked == 1


# The settings -------------------------------------------------------------------------------------------------------


def test_settings_that_differ_are_said_as_the_form_says_them_with_what_became_of_the_runs(world):
    for run, accuracies in (("A", (0.95, 0.96)), ("C", (0.94, 0.7))):
        for number, accuracy in enumerate(accuracies, 2):
            world.say(dataclasses.replace(epoch(number, run=run), test_accuracy=accuracy))
    world.page("settings")
    table = world.tab.settings.table.table()
    assert list(table.columns) == ["what", "Run A", "Run C"]
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Learning rate"] == ("0.1", "0.2")
    assert rows["Test accuracy at the end"] == ("96.00 % of the test images", "70.00 % of the test images")
    assert rows["Test accuracy, best"] == ("96.00 % · best, epoch 3", "94.00 % · best, epoch 2")
    assert rows["The best is chosen on"] == ("the test images", "the test images")
    curves = world.tab.settings.accuracy.curves
    wanted = {"A": [0.95, 0.96], "C": [0.94, 0.7]}
    assert {key: curve.series.y.tolist()[-2:] for key, curve in curves.items()} == wanted


def test_settings_that_were_changed_on_the_way_are_said_with_what_they_became_and_when(world):
    changes = ((40, "learning_rate", 0.5), (45, "dropout", 0.3))
    runs = [run.summary() for run in world.session.runs.values()]
    world.say(opened(runs=[*runs[:2], dataclasses.replace(runs[2], spec=runs[0].spec, changes=changes)]))
    world.look("A")
    world.settle()
    world.page("settings")
    rows = {row[0]: row[1:] for row in world.tab.settings.table.table().rows}
    assert rows["Learning rate"] == ("0.1", "0.1 → 0.5 (step 40)")
    assert rows["Dropout"] == ("0 %", "0 % → 30 % (step 45)")
    world.look("C")
    world.choose("C")
    lines = world.tab.settings.table.accessibleDescription().split("; ")
    assert "Learning rate: 0.1 → 0.5 (step\u00a040)" in lines, "of one run it is said, too"


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


def test_figures_and_curves_follow_a_training(world):
    world.page("settings")
    world.say(dataclasses.replace(epoch(2, run="C"), test_accuracy=0.7))
    rows = {row[0]: row[1:] for row in world.tab.settings.table.table().rows}
    assert rows["Test accuracy at the end"][1] == "70.00 % of the test images"
    assert rows["Epochs"][1] == "2"
    assert world.tab.settings.accuracy.curves["C"].series.y[-1] == 0.7


def test_a_training_with_nothing_beside_it_leaves_the_settings_empty(world):
    world.say(opened())
    world.page("settings")
    world.say(epoch(2, run="A"))
    assert world.says(NO_NETWORK) and world.tab.settings.table.table() is None


def test_data_and_origin_that_differ_are_said_too(world):
    runs = [run.summary() for run in world.session.runs.values()]
    taught = dataclasses.replace(runs[2], dataset="Digits 9 + 1", parent=Parent("A", 1200))
    world.say(opened(runs=[*runs[:2], taught]))
    world.look("A")
    world.settle()
    world.page("settings")
    rows = {row[0]: row[1:] for row in world.tab.settings.table.table().rows}
    assert rows["Data"] == (runs[0].dataset, "Digits 9 + 1")
    assert rows["Begun from"] == ("the start", "run A, step 1,200")


def test_of_one_run_no_setting_differs(world):
    world.choose("A")
    world.page("settings")
    assert "no setting differs" in world.tab.settings.table.accessibleDescription()
    assert list(world.tab.settings.accuracy.curves) == ["A"]


def test_a_caption_that_is_too_long_keeps_the_end_of_each_name(qtbot):
    called = NAMES[:30]
    use_names(called)
    grid = DifferentGrid()
    qtbot.addWidget(grid)
    grid.set_data((28, 28), len(called))
    for name, caption in zip(called, grid.possible_captions(), strict=True):
        assert len(caption) < len(f"{name}: {name} | {name}") and caption.count(name[-2:]) == 3
