"""The Mistakes tab: what it asks, when, and that it shows what it is told."""

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.calibration import THRESHOLDS, Calibration, Fitted, calibration, refusal, reliability
from engine.analysis.probes.corruption import (
    STRENGTHS,
    CorruptedImages,
    CorruptionCurves,
    corrupted_images,
    corruption_curves,
)
from engine.analysis.probes.images import SomeImages, some_images
from engine.analysis.probes.mistakes import mistakes
from engine.core.lens import Lens, Neuron
from engine.data.corruption import CORRUPTIONS
from engine.model.training.messages import RunChanged
from engine.session.jobs.data import EngineReady
from gui.tabs.mistakes import corruption_page
from gui.tabs.mistakes.tab import LIVE_MS, NO_NETWORK, NO_NUMBERS, PATIENCE_MS, SOON, MistakesTab
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import point_at
from tests.gui.room import cut_off, squeezed
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.mistakes.test_confusion import found, many
from tests.gui.training_messages import epoch
from tests.gui.worlds import TabWorld


class World(TabWorld):
    """The tab on the screen with a run to look at."""

    def __init__(self, qtbot):
        super().__init__(qtbot, MistakesTab)
        self.say(EngineReady(device="CPU"), dataset_opened())

    def look(self, lens=None):
        """Look at a run, and let the engine tell how it reads."""
        self.selection.change(lens=lens or Lens("A"))
        self.clock.advance(1000)
        self.answer(mistakes, many())

    def open(self, page):
        self.press(f"page.{page}")


def calibrated(sure=None, temperature=1.0, is_finite=True):
    sure = np.linspace(0.3, 1.0, 200) if sure is None else sure
    hits = np.arange(len(sure)) % 5 != 0
    counts, confidence, accuracy = reliability(sure, hits)
    refused, right = refusal(sure, hits)
    return Calibration(
        run="A", step=0, temperature=temperature, counts=counts, confidence=confidence, accuracy=accuracy,
        error=0.0123, refused=refused, right=right, fitted=Fitted(1.36, 100, 0.02, 0.004), is_finite=is_finite,
    )  # fmt: skip


def curves(lenses, kind="noise", images=2000, known=11):
    accuracy = np.tile(np.linspace(0.98, 0.1, 11), (len(lenses), 1)) - 0.01 * np.arange(len(lenses))[:, None]
    accuracy[:, known:] = np.nan
    counts = np.where(np.arange(11) < known, images, 0)
    return CorruptionCurves(
        kind=kind, lenses=tuple(lenses), steps=(0,) * len(lenses), strengths=np.array(STRENGTHS),
        accuracy=accuracy, images=counts, of=10_000,
    )  # fmt: skip


def preview(numbers, answers=None, sure=0.9):
    labels = np.arange(len(numbers)) % 10
    return CorruptedImages(
        kind="noise", strength=0.3, numbers=np.array(numbers), labels=labels,
        pictures=np.zeros((len(numbers), 28, 28), np.uint8),
        answers=labels if answers is None else answers, probabilities=np.full(len(numbers), sure),
    )  # fmt: skip


def test_it_says_what_it_waits_for_and_no_slow_answer_is_waited_for(world):
    assert world.tab.empty.sentence.text() == NO_NETWORK and world.tab.empty.button.isVisible()
    world.selection.change(lens=Lens("A"))
    world.until(mistakes, 1)
    assert world.tab.empty.sentence.text() == SOON and not world.tab.empty.button.isVisible()
    world.answer(mistakes, many())
    world.selection.change(lens=Lens("A", 4))
    world.until(mistakes, 2)

    slow = world.job(mistakes)
    world.clock.advance(PATIENCE_MS)
    world.selection.change(lens=Lens("A"))
    assert world.runner.stopped[-1] == slow and len(world.asked(mistakes)) == 3
    shown = world.text("figure")
    world.say(found([(0, 1)]), job=slow)
    assert world.text("figure") == shown, "what comes late is not shown"


def test_a_training_is_followed_seldom_and_only_of_the_run_that_is_looked_at(world):
    world.look()
    for number in range(1, 30):
        world.say(epoch(number))
    assert len(world.asked(mistakes)) == 1
    world.clock.advance(LIVE_MS)
    assert len(world.asked(mistakes)) == 2
    world.answer(mistakes, many())
    world.say(epoch(1, run="B"))
    world.clock.advance(10 * LIVE_MS)
    assert len(world.asked(mistakes)) == 2


def test_the_figure_tells_what_is_misread_with_which_neurons_silenced_or_why_there_is_none(world):
    world.look()
    assert world.text("figure") == "5 of 205 test images misread · 97.6 % correct"
    assert world.text("sentence") == "5 of 205 test images are misread: 2.4 %."
    world.look(Lens("A", silenced=frozenset(Neuron(0, number) for number in range(23))))
    assert world.text("figure").endswith("· 97.6 % correct · with 23 silenced")
    world.selection.change(lens=Lens("A"))
    assert world.text("figure").endswith("with 23 silenced"), "until the answer comes it is of the lens before"

    broken = many()
    object.__setattr__(broken, "is_finite", False)
    world.until(mistakes, 3)
    world.answer(mistakes, broken)
    assert world.text("empty.sentence") == NO_NUMBERS and not world.tab.empty.button.isVisible()


def show_images(world):
    (numbers,) = world.asked(some_images)[-1]
    pictures = np.zeros((len(numbers), 28, 28), np.uint8)
    pictures[:, 3, 3] = 255
    world.answer(some_images, SomeImages(numbers=numbers, labels=many().labels[numbers], pictures=pictures))


def test_a_click_on_an_image_is_seen_in_all_tabs_and_one_that_is_selected_elsewhere_is_described(world):
    sent = []
    world.selection.pictureSent.connect(sent.append)
    world.look()
    matrix, grid = world.tab.confusion.matrix, world.tab.confusion.images
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.place_of((4, 9)).center().toPoint())
    assert world.selection.label == 4
    show_images(world)
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(2).center().toPoint())
    assert world.selection.image == 200
    world.press("send")
    assert sent[0].caption == "Test image 200, a 4"
    assert sent[0].picture[3, 3] == 1.0 and sent[0].picture.shape == (28, 28)

    world.selection.change(image=202)
    assert world.text("detail").startswith("Test image 202, a 4, predicted as a nine")
    world.say(dataset_opened("Fashion"))
    assert grid.captions == ()
    world.until(mistakes, 2)
    asked = len(world.asked(some_images))
    world.answer(mistakes, many())
    assert len(world.asked(some_images)) == asked + 1, "the same numbers are other images now"


@pytest.fixture
def tuned(world):
    world.look()
    world.open("calibration")
    world.until(calibration, 1)
    world.answer(calibration, calibrated())
    return world


def test_the_page_of_calibration_asks_for_itself_alone(tuned):
    assert tuned.asked(calibration) == [(Lens("A"), 1.0)]
    assert tuned.text("error") == "1.23 %"
    assert "100 of the test images" in tuned.text("honest") and "2.00 % to 0.40 %" in tuned.text("honest")
    assert tuned.text("figure") == "40 of 200 test images misread · 80.0 % correct"
    tuned.selection.change(lens=Lens("A", 4))
    tuned.until(calibration, 2)
    assert len(tuned.asked(mistakes)) == 1


def test_the_temperature_is_that_of_the_slider_or_the_fitted_one_which_follows_the_network(tuned):
    def asked_next(answer=None):
        """Answer the question that is due; return its lens and its temperature."""
        tuned.clock.advance(100)
        asked = tuned.asked(calibration)[-1]
        tuned.answer(calibration, answer or calibrated())
        return asked

    slider = tuned.tab.calibration.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert asked_next()[1] == pytest.approx(10**0.01)
    tuned.press("fit")
    assert asked_next(calibrated(temperature=1.36)) == (Lens("A"), 1.36) and tuned.text("degrees") == "1.36"
    tuned.selection.change(lens=Lens("A", 4))
    other = dataclasses.replace(calibrated(temperature=1.36), fitted=Fitted(1.97, 100, 0.02, 0.004))
    assert asked_next(other) == (Lens("A", 4), 1.36)
    assert asked_next(dataclasses.replace(other, temperature=1.97)) == (Lens("A", 4), 1.97)
    assert tuned.text("degrees") == "1.97"
    tuned.press("unfitted")
    assert asked_next() == (Lens("A", 4), 1.0)
    tuned.selection.change(lens=Lens("A", 5))
    assert asked_next() == (Lens("A", 5), 1.0) and tuned.text("degrees") == "1.00", "one set by hand stays"


def test_the_threshold_tells_both_figures_without_asking_and_the_bins_are_read_out(tuned):
    answer, page = calibrated(), tuned.tab.calibration
    asked = len(tuned.runner.submitted)
    for threshold in (0.0, 0.5, 0.95, 0.9999):
        place = int(np.flatnonzero(threshold == THRESHOLDS)[0])
        page.threshold.setValue(place)
        assert tuned.text("refused") == f"{100 * answer.refused[place]:.2f} %"
        assert tuned.text("rest") == f"{100 * answer.right[place]:.2f} %"
        assert page.refusal.mark == (answer.refused[place], answer.right[place])
    assert tuned.text("level") == "99.99 %"
    area = page.refusal.area()
    there = area.at(0.4, area.y.high).toPoint() + QPoint(0, 20)
    QTest.mouseClick(page.refusal, Qt.MouseButton.LeftButton, pos=there)
    assert answer.refused[page.threshold.value()] == pytest.approx(0.4, abs=0.02)
    assert len(tuned.runner.submitted) == asked

    chart = page.chart
    point_at(chart, chart.area().at(0.99, 0.5).toPoint())
    chart.grab()
    assert chart.say(14) == (
        f"Confidence 93 to 100 %: {answer.counts[14]} answers, on average {100 * answer.confidence[14]:.1f} %, "
        f"{100 * answer.accuracy[14]:.1f} % correct."
    )
    assert chart.say(0) == "" and chart.pointed == 14

    tuned.selection.change(lens=Lens("A", 4))
    tuned.until(calibration, 2)
    tuned.answer(calibration, calibrated(np.full(50, 0.5)))
    page.threshold.setValue(len(THRESHOLDS) - 1)
    assert (tuned.text("refused"), tuned.text("rest")) == ("100.00 %", "–"), "all are refused"
    tuned.tab.grab()


@pytest.fixture
def spoiled(world):
    """The page of robustness, whose previews have come."""
    world.say(opened(runs=[summary("A"), summary("B"), summary("C", pinned=False)]))
    world.look()
    world.open("spoil")
    world.until(corrupted_images, 1)
    (_, numbers, *_) = world.asked(corrupted_images)[0]
    world.answer(corrupted_images, preview(numbers))
    return world


@pytest.fixture
def measured(spoiled):
    spoiled.press("corruption.start")
    spoiled.answer(corruption_curves, curves([Lens("A"), Lens("B")], images=10_000))
    return spoiled


def test_the_preview_follows_kind_strength_and_lens_and_wrong_answers_among_it_are_counted(spoiled):
    lens, numbers, kind, strength = spoiled.asked(corrupted_images)[0]
    assert (lens, kind, strength, len(numbers)) == (Lens("A"), "noise", 0.3, 12)
    assert spoiled.text("amount") == "0.30 of full ink"
    spoiled.press("kind.rotation")
    spoiled.until(corrupted_images, 2)
    assert spoiled.asked(corrupted_images)[1][1:] == (numbers, "rotation", 0.3)
    assert spoiled.text("amount") == "54°"
    spoiled.answer(corrupted_images, preview(numbers))
    chart = spoiled.tab.corruption.chart
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.area().at(0.5, 0.5).toPoint())
    spoiled.until(corrupted_images, 3)
    assert spoiled.asked(corrupted_images)[2][3] == 0.5 and spoiled.text("amount") == "90°"
    spoiled.answer(corrupted_images, preview(numbers))
    spoiled.selection.change(lens=Lens("A", 7))
    spoiled.until(corrupted_images, 4)
    assert spoiled.asked(corrupted_images)[3][0] == Lens("A", 7)
    assert len(spoiled.asked(mistakes)) == 1
    spoiled.answer(corrupted_images, preview(numbers))

    spoiled.selection.change(image=4321)
    spoiled.until(corrupted_images, 5)
    _, numbers, *_ = spoiled.asked(corrupted_images)[4]
    assert numbers[0] == 4321, "the image that is picked out is among them"
    spoiled.answer(corrupted_images, preview(numbers))
    spoiled.press("preview.others")
    spoiled.until(corrupted_images, 6)
    wrong = np.arange(12) % 10
    wrong[[2, 5]] = 0
    spoiled.answer(corrupted_images, preview(numbers, wrong, sure=0.756))
    assert spoiled.text("preview.right") == "10 of 12 correct"
    assert spoiled.tab.corruption.preview.warned == {2, 5}
    assert spoiled.tab.corruption.preview.captions[2] == "0 · 75.6 %"


def test_the_curves_are_of_the_lens_and_of_the_other_pinned_runs(spoiled):
    assert not spoiled.asked(corruption_curves)
    spoiled.press("corruption.start")
    assert spoiled.asked(corruption_curves) == [([Lens("A"), Lens("B")], "noise")]
    assert spoiled.tab.corruption.start.text() == "Stop" and spoiled.tab.corruption.progress.isVisible()
    job = spoiled.job(corruption_curves)
    spoiled.say(curves([Lens("A"), Lens("B")], known=4), job=job)
    assert spoiled.text("corruption.said") == "Each point: 0 to 2,000 of 10,000 test images."
    spoiled.answer(corruption_curves, curves([Lens("A"), Lens("B")], images=10_000))
    assert spoiled.text("corruption.said") == "Each point: 10,000 of 10,000 test images."
    assert spoiled.tab.corruption.start.text() == "Run" and not spoiled.tab.corruption.progress.isVisible()
    switches = spoiled.tab.corruption.legend.switches
    assert list(switches) == ["A", "B"]
    assert switches["A"].value == f"{100 * np.linspace(0.98, 0.1, 11)[3]:.2f} %"
    lines = spoiled.tab.corruption.chart.lines
    assert [line.title for line in lines] == ["B", "A"], "the current run lies over the others"
    assert lines[1].stroke.color == "curve_3" and lines[0].stroke.color == "run_0"
    spoiled.say(RunChanged(run="B", title="blurred", color=4, pinned=True, moments=(0, 1, 550), bookmarks={}))
    other, current = spoiled.tab.corruption.chart.lines
    assert (other.title, other.stroke.color, current.title) == ("blurred", "run_4", "A")
    QTest.mouseClick(switches["B"], Qt.MouseButton.LeftButton)
    assert [line.title for line in spoiled.tab.corruption.chart.lines] == ["A"]

    spoiled.press("corruption.start")
    job = spoiled.job(corruption_curves)
    spoiled.say(curves([Lens("A"), Lens("B")], known=4), job=job)
    spoiled.press("corruption.start")
    assert job in spoiled.runner.stopped and spoiled.tab.corruption.start.text() == "Run"
    spoiled.say(curves([Lens("A"), Lens("B")], known=9), job=job)
    assert np.isfinite(spoiled.tab.corruption.curves.accuracy[0]).sum() == 4, "an answer that comes late goes unheard"


def test_every_kind_has_an_axis_in_its_own_units_and_curves_of_the_six_newest_runs_at_most(world):
    world.say(opened(runs=[summary(name) for name in "ABCDEFGHI"]))
    world.look()
    world.open("spoil")
    for kind, corruption in CORRUPTIONS.items():
        world.press(f"kind.{kind}")
        axis = world.tab.corruption.chart.area().x
        assert axis.title.startswith(corruption.title.lower()) and axis.say(1.0) != axis.say(0.5)
    world.press("corruption.start")
    ((lenses, _),) = world.asked(corruption_curves)
    assert [lens.run for lens in lenses] == ["A", "I", "H", "G", "F", "E"]


def test_each_kind_keeps_its_curves_until_the_lens_rests_elsewhere_but_not_at_the_cost_of_training(measured):
    measured.press("kind.blur")
    assert len(measured.asked(corruption_curves)) == 1, "nobody pressed for this kind, so the next press is no Stop"
    assert measured.tab.corruption.curves is None and measured.tab.corruption.start.text() == "Run"
    measured.press("corruption.start")
    assert measured.asked(corruption_curves)[-1][1] == "blur"
    measured.answer(corruption_curves, curves([Lens("A"), Lens("B")], kind="blur", images=10_000))
    measured.press("kind.noise")
    assert measured.tab.corruption.curves.kind == "noise" and len(measured.asked(corruption_curves)) == 2

    measured.selection.change(lens=Lens("A", 3))
    measured.until(corruption_curves, 2)
    measured.clock.advance(corruption_page.REST_MS)
    assert measured.asked(corruption_curves)[2][0][0] == Lens("A", 3)
    measured.selection.change(lens=Lens("A", 1))
    measured.clock.advance(corruption_page.REST_MS)
    assert len(measured.asked(corruption_curves)) == 3, "the same network by another name"
    measured.controls.state = "running"
    measured.selection.change(lens=Lens("A", 0))
    measured.clock.advance(corruption_page.REST_MS)
    assert measured.text("corruption.said") == corruption_page.STALE
    assert len(measured.asked(corruption_curves)) == 3


def test_the_curves_say_with_which_neurons_silenced_they_are_and_are_read_out_where_something_was_measured(spoiled):
    changed = Lens("A", silenced=frozenset(Neuron(0, number) for number in range(23)))
    spoiled.selection.change(lens=changed)
    spoiled.press("corruption.start")
    spoiled.answer(corruption_curves, curves([changed, Lens("B")], images=10_000, known=6))
    assert spoiled.text("corruption.said").endswith("of 10,000 test images. Run A with 23 silenced.")
    chart = spoiled.tab.corruption.chart
    x, rows = chart.readout(0.47)
    assert x == 0.5 and [text for _, text in rows] == ["0.50 of full ink", "A 54.00 %", "B 53.00 %"]
    assert chart.readout(0.9)[0] == 0.5
    point_at(chart, QPointF(chart.area().at(0.47, 0.5)).toPoint())
    chart.grab()


def test_nothing_is_clipped_from_the_smallest_window_on(world):
    world.say(opened(runs=[summary(name, title=f"Run called {name}") for name in "ABCDEF"]))
    world.look()
    world.open("calibration")
    world.until(calibration, 1)
    world.answer(calibration, calibrated())
    world.open("spoil")
    world.press("corruption.start")
    world.answer(corruption_curves, curves([Lens(name) for name in "ABCDEF"], known=4))
    tab = world.tab
    assert tab.minimumSizeHint().width() <= 960 and tab.minimumSizeHint().height() <= 456
    for page, size in itertools.product(("confusion", "calibration", "spoil"), ((960, 456), (1280, 576), (1920, 936))):
        world.open(page)
        tab.resize(*size)
        QCoreApplication.processEvents()  # what was laid out again by new figures finds its place
        assert tab.size().toTuple() == size and cut_off(tab) + squeezed(tab) == [], (page, size)
