"""The Ideal images tab, by mouse and keys: what it asks of the engine, and what it shows of the answers."""

import dataclasses
import itertools

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QSlider, QSpinBox

from engine.analysis.ideal.job import IdealImages, paint_ideal, save_ideal
from engine.analysis.ideal.spec import PRESETS, IdealSpec
from engine.analysis.probes.images import MeanImages, tell_mean_images
from engine.analysis.probes.judge import Judgement, Verdict, judge_image
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded, JobPaused, JobResumed
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from engine.session.jobs.data import EngineReady
from engine.session.jobs.export import save_file
from engine.session.session import Session
from gui.look.theme import theme
from gui.tabs.ideal.board import CAPTION
from gui.tabs.ideal.one_ideal_image import BLANK, NONE, sentence
from gui.tabs.ideal.settings import CONTINUED
from gui.tabs.ideal.tab import EPOCH_MS, EPOCH_STEPS, NO_NEURONS, RAN_AWAY, SETTLE_MS, IdealTab
from gui.tabs.ideal.words import captions, ends, tip
from gui.widgets.figures.figure_menu import menu_of
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import double_click, point_at
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import TabWorld

LEFT = Qt.MouseButton.LeftButton
ELSE = 1_000  # a job that is nobody's in particular

AS_SET = IdealSpec()  # images are finished as the tab's settings are, where a test does not say otherwise


class World(TabWorld):
    """A tab that is shown by `begin`; the engine speaks of its painting."""

    def __init__(self, qtbot, *engine):
        super().__init__(qtbot, IdealTab, *engine, shown=False)
        self.board, self.painting = self.tab.board, self.tab.painting

    def say(self, *messages, job=None):
        told = [
            dataclasses.replace(each, spec=self.tab.settings.spec())
            if isinstance(each, IdealImages) and each.spec is AS_SET
            else each
            for each in messages
        ]
        super().say(*told, job=self.painting.job() if job is None else job)

    def begin(self, layers="300", runs="AB"):
        """Show the tab with a session to look at; the engine is ready, and asked for the images."""
        self.tab.show()
        runs = [summary(name, spec=TrainSpec(layers=layers)) for name in runs]
        self.say(EngineReady(device="CPU"), dataset_opened(), opened(runs=runs), job=ELSE)
        self.selection.change(lens=Lens("A"))
        self.wait_for_painting(1)
        self.runner.take()
        return self

    def paintings(self):
        return self.asked(paint_ideal)

    def wait_for_painting(self, count):
        self.clock.advance(1000)
        assert len(self.paintings()) >= count
        return self.paintings()[count - 1]

    def finish(self, number=1000, **others):
        self.say(images(0, **others), images(number, is_last=True, **others), JobEnded(outcome="done"))

    def rest(self, **others):
        self.say(images(40, **others), JobPaused())

    def slide(self, name, key=Qt.Key.Key_Right):
        slider = self.find(QSlider, f"{name}.slider")
        slider.setFocus()
        QTest.keyClick(slider, key)

    def center(self, place):
        return self.board.place_of(place).center().toPoint()

    def click_image(self, place):
        QTest.mouseClick(self.board, LEFT, pos=self.center(place))

    def value(self, name):
        return self.tab.settings.form.fields[name].value()


def images(
    number=0, wanted=tuple(range(10)), layer=None, is_last=False, pictures=None, run="A", losses=None, spec=AS_SET
):
    count = len(wanted)
    if pictures is None:
        pictures = np.random.default_rng(number).normal(0, 0.3, (count, 28, 28)).astype(np.float32)
    probabilities = np.full((count, 10), 0.01)
    for place, what in enumerate(wanted):
        probabilities[place, what % 10] = 0.91
    return IdealImages(
        spec=spec,
        run=run,
        step=0,
        number=number,
        images=pictures,
        wanted=tuple(wanted),
        layer=layer,
        losses=np.linspace(0.1, 0.2, count) if losses is None else losses,
        penalties=np.arange(count, dtype=float),
        probabilities=probabilities,
        is_last=is_last,
        steps_per_second=5_000.0,
    )


@pytest.fixture
def unshown(qtbot):
    return World(qtbot)


@pytest.fixture
def world(unshown):
    return unshown.begin()


@pytest.fixture
def finished(world):
    world.finish()
    return world


@pytest.fixture
def judged(finished):
    finished.click_image(3)
    finished.press("judge")
    return finished


def test_the_images_begin_to_grow_when_the_tab_is_seen_with_a_network_and_tensorflow(unshown):
    unshown.tab.show()
    unshown.clock.advance(1000)
    assert unshown.tab.panel.empty.isVisible() and not unshown.board.isVisible()
    unshown.selection.change(lens=Lens("A"))
    unshown.clock.advance(1000)
    assert unshown.paintings() == [] and not unshown.button("run").isEnabled(), "TensorFlow is not there yet"

    unshown.begin("")
    assert unshown.paintings()[0] == (Lens("A"), IdealSpec(), (), None)
    assert unshown.text("run") == "Pause" and unshown.board.isVisible()

    unshown.choose("objective", Qt.Key.Key_End)
    unshown.clock.advance(1000)
    assert unshown.text("sentence") == NO_NEURONS, "it has no hidden layer"
    assert all(spec.objective != "neuron" for _, spec, *_ in unshown.paintings())


def test_a_hidden_tab_asks_nothing_and_rests_until_it_is_shown(world):
    world.say(images(20))
    world.tab.hide()
    assert world.runner.take() == [("pause", world.painting.job())]
    world.say(JobPaused())
    world.tab.show()
    assert [order[0] for order in world.runner.take()] == ["change", "resume"]
    assert len(world.paintings()) == 1, "it goes on where it was"

    world.say(JobResumed())
    world.tab.hide()
    world.say(JobPaused())
    world.selection.change(lens=Lens("A", 1))
    world.runner.take()
    world.tab.show()
    assert world.wait_for_painting(2)[0] == Lens("A", 1)
    assert world.text("run") == "Pause" and "step" not in [order[0] for order in world.runner.take()]

    world.finish()
    world.selection.change(lens=Lens("A"))
    world.wait_for_painting(3)
    world.finish()
    world.tab.hide()
    world.say(epoch(4), job=ELSE)
    world.tab.show()
    assert world.wait_for_painting(4)[1].steps == IdealSpec().steps, "an epoch that nobody saw is followed to the end"


def color_at(world, shot, place, row, column):
    """The colour of a pixel of an image on the board."""
    area = world.board.place_of(place)
    x, y = area.left() + (column + 0.5) / 28 * area.width(), area.top() + (row + 0.5) / 28 * area.height()
    return shot.pixelColor(round(x), round(y)).name().upper()


def test_the_images_are_shown_on_one_scale_symmetric_around_zero(world):
    pictures = np.zeros((10, 28, 28), np.float32)
    pictures[3, 5, 6], pictures[4, 7, 8], pictures[5, 9, 9] = -2.0, 1.0, 2.0
    world.say(images(1, pictures=pictures))
    assert world.board.most == 2.0 and world.tab.panel.strip.words == ("−2.00", "+2.00")
    shot, colors = world.board.grab().toImage(), theme().current
    extremes = color_at(world, shot, 3, 5, 6), color_at(world, shot, 5, 9, 9)
    assert extremes == (colors.signed[0].upper(), colors.signed[-1].upper())
    assert color_at(world, shot, 0, 5, 6) == colors.surface.upper(), "zero has the panel's colour"
    paler = color_at(world, shot, 4, 7, 8)
    assert paler not in (colors.surface.upper(), colors.signed[-1].upper()), "half as much"

    world.choose("pixels", Qt.Key.Key_Down)
    assert world.wait_for_painting(2)[1].pixels == "unit"
    pictures = np.zeros((10, 28, 28), np.float32)
    pictures[0, 5, 6] = 1.0
    world.say(images(pictures=pictures))
    shot = world.board.grab().toImage()
    assert color_at(world, shot, 0, 5, 6) == colors.magnitude[-1].upper() and world.tab.panel.strip.words == ("0", "1")
    assert [ends(value, signed=True) for value in (0.0, 0.0031)] == [("0", "0"), ("−0.0031", "+0.0031")]


def test_class_probability_loss_and_penalty_are_drawn_below_each_image_or_what_it_is_read_as(world):
    world.say(images(1, pictures=np.zeros((10, 28, 28), np.float32)))
    colors, area, shot = theme().current, world.board.place_of(4), world.board.grab().toImage()
    bar = round(area.bottom() + 3 + 21 / 2)
    across = {x: shot.pixelColor(x, bar).name().upper() for x in range(round(area.left()), round(area.right()))}
    filled, free, inks = (
        [x for x, color in across.items() if color == wanted.upper()]
        for wanted in (colors.accent, colors.line, colors.text)
    )
    assert len(filled) / (len(filled) + len(free)) == pytest.approx(0.91, abs=0.06)
    assert min(inks) < min(filled) and max(inks) > max(free), "the class before the bar, the figure behind it"

    world.press("preset.l2")
    world.wait_for_painting(2)
    world.say(images())
    third = world.board.captions[3]
    assert (third.name, third.figure, third.below) == ("3", "p 0.910", "loss 0.133 · L2 3.000")
    assert third.share == pytest.approx(0.91) and not third.warned

    message = images()
    as_five = np.where(np.arange(10)[:, None] == 3, np.eye(10)[5], message.probabilities)
    caption = captions(dataclasses.replace(message, probabilities=as_five))[3]
    assert caption.warned and caption.below == "predicted 5" and caption.figure == "p < 0.001"
    certain = dataclasses.replace(message, probabilities=np.eye(10))
    assert captions(certain)[0].figure == "p > 0.999"

    world.clock.advance(1000)
    world.say(images(3, pictures=np.full((10, 28, 28), np.nan, np.float32), losses=np.full(10, np.nan)))
    assert world.text("sentence") == RAN_AWAY and world.board.captions[0].figure == "–"
    assert "no numbers" in tip(world.painting.latest, 0)


def test_the_average_of_the_real_digits_lies_in_the_corner_in_colours_and_on_a_scale_of_its_own(world):
    means = np.ones((10, 28, 28), np.float32)
    strips = [world.tab.panel.strip, world.tab.panel.mean_strip]
    world.say(images(1, pictures=np.full((10, 28, 28), 0.25, np.float32)))
    assert world.board.insets is None and [each.isVisible() for each in strips] == [True, False]
    world.say(MeanImages(means=means), job=world.job(tell_mean_images))
    world.say(images(2, pictures=np.full((10, 28, 28), 0.25, np.float32)), JobPaused())
    assert np.array_equal(world.board.insets, means) and [each.isVisible() for each in strips] == [True, True]
    assert [each.words for each in strips] == [("−0.25", "+0.25"), ("0", "1")]
    shot = world.board.grab().toImage()
    for row, column in ((1, 1), (26, 26)):
        assert color_at(world, shot, 4, row, column) == theme().current.signed[-1].upper()

    world.press("means")
    world.say(images(3), JobPaused())
    assert world.board.insets is None and [each.isVisible() for each in strips] == [True, False]
    world.press("means")
    world.press("preset.robust")
    world.say(images(1, pictures=np.full((10, 28, 28), 0.25, np.float32)))
    assert world.board.insets is not None and not strips[1].isVisible() and strips[0].words == ("0", "1")

    more = images(3, range(12), pictures=np.full((12, 28, 28), 0.25, np.float32))  # than the data have classes
    world.say(dataclasses.replace(more, probabilities=np.eye(12)), JobPaused())
    shot = world.board.grab().toImage()
    corners = [color_at(world, shot, place, 26, 26) for place in (9, 10, 11)]
    assert corners[1] == corners[2] == color_at(world, shot, 10, 1, 1) != corners[0]
    world.say(images(3, range(9), pictures=np.full((9, 28, 28), 0.25, np.float32)), JobPaused())
    assert world.board.insets is None, "a network of fewer classes reads other data"
    world.say(images(3, pictures=np.full((10, 28, 28), 0.25, np.float32)), JobPaused())

    asked = len(world.asked(tell_mean_images))
    world.tab.hide()
    world.say(dataset_opened("Fashion"), job=ELSE)
    assert world.board.insets is None, "those were the averages of other data"
    assert len(world.asked(tell_mean_images)) == asked
    world.tab.show()
    assert len(world.asked(tell_mean_images)) == asked + 1
    world.say(MeanImages(means=means), job=world.job(tell_mean_images))
    assert (world.board.insets == 1).all()


def test_the_images_fill_their_panel_and_nothing_moves_while_they_grow(world):
    world.say(images())
    for size in ((1280, 576), (960, 456), (1920, 936), (1280, 800), (900, 900)):
        world.tab.resize(*size)
        QCoreApplication.processEvents()
        last, board = world.board.place_of(9), world.board
        assert board.rect().contains(last.toAlignedRect())
        wide = (board.width() - last.right()) / board.width()
        high = (board.height() - last.bottom()) / board.height()
        assert min(wide, high) < 0.12
        first = world.board.place_of(0)
        assert first.top() == pytest.approx(board.height() - last.bottom() - CAPTION, abs=3), "in the middle"

    parts = [world.tab.settings, world.tab.panel, world.board, world.tab.settings.run]
    QCoreApplication.processEvents()
    before = [part.geometry() for part in parts]
    for number, factor in ((40, 1), (999, 1000)):
        world.say(images(number, pictures=np.full((10, 28, 28), factor, np.float32), losses=np.full(10, -1e6)))
        QCoreApplication.processEvents()
        assert [part.geometry() for part in parts] == before


def test_a_slow_window_paints_no_more_than_thirty_times_a_second(world):
    world.say(images(0))
    shown = []
    world.tab.settings.show_progress = lambda steps, *_: shown.append(steps)
    for number in range(1, 100):
        world.say(images(number))
    assert len(shown) <= 2
    world.clock.advance(1000)
    assert shown[-1] == 99

    del world.tab.settings.show_progress
    world.say(images(100))
    world.slide("learning_rate")
    world.say(images(101))
    assert world.text("taken").startswith("101 of"), "not after the pause between two pictures"


def test_pause_and_continue_until_the_images_are_finished_and_an_act_for_the_notebook(world):
    job = world.painting.job()
    world.say(images(40))
    world.press("run")
    assert world.runner.take() == [("pause", job)]
    world.say(JobPaused())
    assert world.text("run") == "Continue"
    world.press("run")
    assert world.runner.take() == [("change", job, {"steps_per_turn": 0.0}), ("resume", job)]
    world.say(JobResumed())
    assert world.text("run") == "Pause"

    assert not world.tab.shows_act
    world.finish()
    assert world.tab.shows_act
    world.press("run")
    assert world.wait_for_painting(2)[3] is None, "they are run again"
    assert not world.tab.shows_act


def test_one_step_at_a_time_also_from_finished_images_and_reset_begins_again(world):
    job = world.painting.job()
    world.rest()
    world.press("step")
    assert world.runner.take() == [("change", job, {"steps_per_turn": 1.0}), ("step", job, IdealImages)]
    world.say(images(41), JobPaused())
    assert world.text("taken") == "41 of 1,000 steps"

    world.say(JobResumed())
    world.finish()
    assert world.text("run") == "Run again" and world.text("taken") == "1,000 of 1,000 steps"
    before = world.painting.latest.images
    world.press("step")
    assert np.array_equal(world.wait_for_painting(2)[3], before)
    world.runner.take()
    world.say(images(0, pictures=before), JobPaused())
    assert [order[0] for order in world.runner.take()] == ["change", "step"]
    world.say(images(1), JobPaused())
    assert world.text("taken") == "1 of 1,000 steps" and world.text("run") == "Continue"

    world.press("reset")
    assert world.wait_for_painting(3)[3] is None
    assert ("step", world.painting.job(), IdealImages) in world.runner.take()
    world.say(images(0), JobPaused())
    assert world.text("run") == "Run" and world.text("taken") == "0 of 1,000 steps"
    world.press("run")
    world.say(JobResumed(), images(40))
    world.press("reset")
    assert world.wait_for_painting(4)[3] is None and world.text("run") == "Pause", "it grows if the images grew"
    assert "step" not in [order[0] for order in world.runner.take()]


def test_a_preset_is_one_click_and_grows_from_its_start(finished):
    finished.choose("start", Qt.Key.Key_Down)
    for key, preset in PRESETS.items():
        finished.press(f"preset.{key}")
        assert finished.paintings()[-1][1] == preset.spec and finished.paintings()[-1][3] is None
        checked = [each for each in PRESETS if finished.button(f"preset.{each}").isChecked()]
        assert checked == [key] and finished.text("sentence") == preset.sentence


def test_a_slider_acts_while_the_images_grow_and_after_the_end_goes_on_from_them(world):
    assert not world.find(QSlider, "weight.slider").isEnabled(), "there is no penalty"
    world.press("preset.l2")
    world.say(images(10))
    world.runner.take()
    asked = len(world.paintings())
    for name in ("weight", "learning_rate"):
        world.slide(name)
        assert world.runner.take() == [("change", world.painting.job(), {name: world.value(name)})]
        assert world.value(name) != getattr(PRESETS["l2"].spec, name)
    world.type("shift", "2")
    world.type("steps", "5000")
    orders = [order[2] for order in world.runner.take() if order[0] == "change"]
    assert {"shift": 2} in orders and {"steps": 5000} in orders
    assert len(world.paintings()) == asked

    for name in ("weight", "learning_rate"):
        world.finish()
        before, asked = world.painting.latest.images, len(world.paintings())
        world.slide(name)
        _, spec, _, begin = world.wait_for_painting(asked + 1)
        assert np.array_equal(begin, before) and getattr(spec, name) == world.value(name)
        world.say(images(0), images(5))
        world.clock.advance(1000)
        assert world.text("taken") == "5 of 5,000 steps"

    before, asked = world.tab.settings.spec(), len(world.paintings())
    world.slide("weight")
    world.say(images(5000, is_last=True, spec=before), JobEnded(outcome="done"))
    _, spec, _, begin = world.wait_for_painting(asked + 1)
    assert spec.weight == world.value("weight") != before.weight and begin is not None, "the last steps came too early"
    world.say(JobEnded(outcome="failed"))
    assert len(world.paintings()) == asked + 1, "what cannot be finished is not tried for ever"


def test_a_person_sees_them_grow_for_a_second_and_many_steps_are_taken_at_full_speed(finished, monkeypatch):
    finished.press("run")
    job = finished.painting.job()
    assert finished.runner.take()[-2:] == [("change", job, {"most_per_turn": 20}), ("pace", job, 50)]
    finished.type("steps", "60000")
    assert finished.runner.take()[-2:] == [("change", job, {"most_per_turn": 0}), ("pace", job, None)]

    finished.type("steps", "1000")
    monkeypatch.setattr("gui.look.motion.is_reduced", lambda: True)
    finished.press("reset")
    job = finished.painting.job()
    orders = finished.runner.take()
    assert ("pace", job, None) in orders and ("pace", job, 50) not in orders, "who wants less motion sees them done"


def test_another_penalty_goes_on_from_the_images_and_another_start_or_objective_begins_anew(world):
    for resting, name in itertools.product((False, True), ("penalty", "pixels", "optimizer", "start", "objective")):
        world.rest() if resting else world.say(JobResumed(), images(40))
        world.runner.take()
        before, was, asked = world.painting.latest.images, world.value(name), len(world.paintings())
        world.choose(name, Qt.Key.Key_Up if resting else Qt.Key.Key_Down)
        _, spec, _, begin = world.wait_for_painting(asked + 1)
        assert getattr(spec, name) != was
        assert begin is None if name in ("start", "objective") else np.array_equal(begin, before)
        assert (("step", world.painting.job(), IdealImages) in world.runner.take()) == (resting and begin is not None)


def test_a_seed_that_is_typed_counts_when_it_is_typed_and_a_wrong_number_is_told(world):
    world.type("seed", "123")
    world.clock.advance(SETTLE_MS - 1)
    assert len(world.paintings()) == 1
    assert world.wait_for_painting(2)[1].seed == 123
    assert len(world.paintings()) == 2

    world.type("shift", "9")
    assert "between 0 and 4" in world.text("sentence") and len(world.paintings()) == 2
    assert {"shift": 9} not in [order[2] for order in world.runner.take() if order[0] == "change"]


def test_under_another_lens_the_images_go_on_from_where_they_are_but_not_under_another_name_of_the_same(finished):
    finished.selection.change(lens=Lens("A", 550))  # the latest, pinned
    finished.clock.advance(1000)
    assert len(finished.paintings()) == 1
    for count, lens in enumerate((Lens("A", 1), Lens("A", silenced=frozenset({Neuron(0, 3)})), Lens("A", 0)), 2):
        before = finished.painting.latest.images
        finished.selection.change(lens=lens)
        asked, _, _, begin = finished.wait_for_painting(count)
        assert asked == lens and np.array_equal(begin, before)
        assert not {"pace", "step"} & {order[0] for order in finished.runner.take()}, "a film is not slowed"
        finished.finish()

    finished.selection.change(lens=Lens("A"))
    finished.wait_for_painting(5)
    finished.say(images(0))
    finished.rest()
    finished.runner.take()
    finished.selection.change(lens=Lens("A", 1))
    finished.wait_for_painting(6)
    assert ("step", finished.painting.job(), IdealImages) in finished.runner.take(), "images that rest are only shown"
    assert finished.text("run") == "Continue"


def test_a_film_asks_one_question_at_a_time_and_a_run_without_weights_is_painted_for_when_it_has_some(world):
    world.say(images(0))
    world.clock.advance(1000)
    for moment in range(50):
        world.selection.change(lens=Lens("A", moment))
    world.clock.advance(1000)
    assert len(world.paintings()) == 2, "the first is not answered"
    world.say(images(0))
    assert world.wait_for_painting(3)[0] == Lens("A", 49)

    world.say(images(0))
    world.say(started("C"), job=ELSE)
    world.selection.change(lens=Lens("C"))
    world.clock.advance(1000)
    assert len(world.paintings()) == 3
    world.say(MomentKept(run="C", step=0), job=ELSE)
    lens, _, _, begin = world.wait_for_painting(4)
    assert lens == Lens("C") and begin is None


def test_each_epoch_is_followed_by_a_few_steps_at_full_speed(finished):
    finished.runner.take()
    finished.say(epoch(1, run="B"), job=ELSE)
    assert len(finished.paintings()) == 1
    before = finished.painting.latest.images
    for number in (1, 2):
        finished.say(epoch(number), job=ELSE)
    _, spec, _, begin = finished.paintings()[1]
    assert spec.steps == EPOCH_STEPS and np.array_equal(begin, before)
    finished.finish(EPOCH_STEPS)
    finished.clock.advance(EPOCH_MS - 1)
    assert len(finished.paintings()) == 2, "not for each of two epochs at once"
    finished.wait_for_painting(3)
    assert "pace" not in [order[0] for order in finished.runner.take()]


def test_another_run_is_painted_for_from_the_start(world):
    for resting, run in ((True, "B"), (False, "A")):
        world.rest() if resting else world.finish(run="B")
        world.runner.take()
        asked = len(world.paintings())
        world.selection.change(lens=Lens(run))
        lens, _, _, begin = world.wait_for_painting(asked + 1)
        assert lens == Lens(run) and begin is None, "the former run's images would stay as they are"
        assert (("step", world.painting.job(), IdealImages) in world.runner.take()) == resting
        world.say(images(0, run=run))
        assert world.text("taken") == "0 of 1,000 steps"

    world.finish()
    world.tab.hide()
    world.selection.change(lens=Lens("B", 550))
    world.clock.advance(1000)
    world.tab.show()
    lens, _, _, begin = world.wait_for_painting(asked + 2)
    assert lens == Lens("B", 550) and begin is None, "it was chosen while the tab was hidden"
    world.finish(run="B")
    world.say(opened(runs=[summary("A"), summary("B")]), job=ELSE)
    assert world.wait_for_painting(asked + 3)[3] is None, "another session"


def test_steps_are_counted_from_the_last_change_and_a_sentence_says_that_the_images_were_continued(world):
    world.press("preset.l2")
    world.finish()
    assert world.text("sentence") == PRESETS["l2"].sentence
    for asked, moment in ((3, 0), (4, 550)):
        world.selection.change(lens=Lens("A", moment))
        world.wait_for_painting(asked)
        world.finish()
        assert world.text("taken") == "1,000 of 1,000 steps" and world.text("sentence") == CONTINUED
    assert "2,000 earlier steps" in world.find(QLabel, "taken").toolTip()
    world.press("reset")
    world.say(images(0), JobPaused())
    assert world.text("sentence") == PRESETS["l2"].sentence and not world.find(QLabel, "taken").toolTip()


def want_neurons(world):
    world.choose("objective", Qt.Key.Key_End)
    world.clock.advance(SETTLE_MS)
    assert world.paintings()[-1][1].objective == "neuron"


def numbers(world):
    return [neuron.number for neuron in world.paintings()[-1][2]]


def test_ten_neurons_of_a_layer_from_a_number_on_are_shown_with_their_excitement(unshown):
    unshown.begin("30, 14")
    assert not unshown.find(QComboBox, "layer").isVisible()
    want_neurons(unshown)
    assert unshown.paintings()[-1][2] == tuple(Neuron(0, number) for number in range(10))
    unshown.press("on")
    assert numbers(unshown) == list(range(10, 20))
    unshown.choose("layer", Qt.Key.Key_Down)
    assert unshown.paintings()[-1][2] == tuple(Neuron(1, number) for number in range(10))
    unshown.press("on")
    assert numbers(unshown) == [10, 11, 12, 13] and not unshown.button("on").isEnabled()
    unshown.press("back")
    assert numbers(unshown) == list(range(10))

    box = unshown.find(QSpinBox, "first")
    box.selectAll()
    QTest.keyClicks(box, "3\r")
    assert numbers(unshown) == list(range(3, 13))
    unshown.selection.change(neuron=Neuron(0, 27))
    assert unshown.paintings()[-1][2] == tuple(Neuron(0, number) for number in range(20, 30))
    unshown.say(MeanImages(means=np.ones((10, 28, 28), np.float32)), job=1)
    unshown.say(images(wanted=range(20, 30), layer=0, losses=-np.arange(1.0, 11.0)))
    assert unshown.board.marked == 7 and unshown.board.insets is None, "the selected one is among them, and framed"
    caption = unshown.board.captions[4]
    assert (caption.figure, caption.share, caption.below) == ("+5.000", 0.5, "predicted 4")


def test_a_pixel_that_is_pointed_at_tells_its_row_column_and_value(world):
    pictures = np.zeros((10, 28, 28), np.float32)
    pictures[3, 11, 14] = -0.3125
    world.say(images(pictures=pictures))
    area = world.board.place_of(3)
    at = area.topLeft() + QPointF(14.5 / 28 * area.width(), 11.5 / 28 * area.height())
    point_at(world.board, at.toPoint())
    world.qtbot.waitUntil(lambda: world.text("readout") == "Image of 3, row 12, column 15: −0.312")
    pictures = pictures.copy()
    pictures[3, 11, 14] = 0.5
    world.say(images(pictures=pictures))
    assert world.text("readout").endswith("+0.500"), "it grows under the mouse"
    QTest.mouseMove(world.board, QPoint(1, world.board.height() - 1))
    world.qtbot.waitUntil(lambda: world.text("readout").startswith("Point at"))


def test_an_image_is_chosen_by_mouse_or_keys_with_its_class_or_neuron_and_goes_to_the_canvas_cut_off(world):
    pictures = np.zeros((10, 28, 28), np.float32)
    pictures[5, 0, :3] = -1, 0.5, 2
    world.say(images(pictures=pictures))
    sent = []
    world.selection.pictureSent.connect(sent.append)
    assert not world.button("draw").isEnabled()
    world.board.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(world.board, key)
    assert world.selection.label == 6
    world.click_image(5)
    assert world.selection.label == 5
    world.press("draw")
    assert sent[0].picture[0, :3].tolist() == [0, 0.5, 1]
    assert sent[0].caption == "Ideal image of 5, cut off to 0 to 1"
    world.click_image(4)
    world.press("draw")
    assert sent[1].caption == "Ideal image of 4"
    double_click(world.board, QPoint(1, world.board.height() - 1))
    assert len(sent) == 2
    world.click_image(5)
    double_click(world.board, world.center(5))
    assert sent[2].caption == "Ideal image of 5, cut off to 0 to 1"

    want_neurons(world)
    world.say(images(wanted=range(10), layer=0))
    asked = len(world.paintings())
    world.click_image(2)
    assert world.selection.neuron == Neuron(0, 2) and len(world.paintings()) == asked


def test_in_a_low_window_the_judgement_still_has_room_for_its_words(judged):
    judged.say(judgement(), job=judged.job(judge_image))
    panel = judged.tab.judgement
    for height, rows in ((576, 2), (456, 1)):
        judged.tab.resize(960, height)
        QCoreApplication.processEvents()
        assert panel.nearest.geometry().bottom() < panel.likeness.geometry().top()
        assert panel.verdicts.geometry().bottom() < panel.height()
        assert panel.nearest.height() >= 80 * rows

    many = {
        "numbers": np.arange(40),
        "labels": np.zeros(40, np.uint8),
        "pictures": np.zeros((40, 28, 28), np.uint8),
        "likeness": np.linspace(0.9, 0.1, 40),
    }
    theme().choose_text_size(150)
    judged.tab.resize(1800, 1000)
    QCoreApplication.processEvents()
    judged.say(dataclasses.replace(judgement(), **many), job=judged.job(judge_image))
    nearest = panel.nearest
    assert nearest.columns() > 4 and nearest.count() == 2 * nearest.columns(), "a wider one shows more real images"
    assert nearest.place_of(nearest.count() - 1).bottom() <= nearest.height()


def judgement(likeness=0.31, label=3, **others):
    values = {"usual": 0.8, "odd": 0.7, "least": 0.6, "asked": 1_107} | others
    return Judgement(
        run="A",
        step=0,
        label=label,
        numbers=np.array([17, 4]),
        labels=np.array([3, 8], np.uint8),
        pictures=np.zeros((2, 28, 28), np.uint8),
        likeness=np.array([likeness, likeness - 0.1]),
        verdicts=(Verdict("A", "Blog post", 3, 0.97), Verdict("B", "Sharp", 8, 0.5)),
        **values,
    )


def test_how_far_it_is_from_real_digits_is_told_in_the_place_of_the_settings(judged):
    make, (lens, picture, label) = judged.runner.jobs[-1]
    assert make is judge_image and lens == Lens("A") and label == 3
    assert np.array_equal(picture, judged.painting.latest.images[3])
    judged.say(judgement(), job=judged.job(judge_image))
    panel = judged.tab.judgement
    assert panel.isVisible() and not judged.tab.settings.isVisible()
    assert panel.nearest.captions == ("3", "8")
    QTest.mouseClick(panel.nearest, LEFT, pos=panel.nearest.place_of(1).center().toPoint())
    assert judged.selection.image == 4
    rows = [(row.name, row.share, row.figure) for row in panel.likeness.rows]
    assert rows == [("this image", 0.31, "31 %"), ("a real 3", 0.8, "80 %"), ("an unusual 3", 0.7, "70 %")]
    assert judged.text("judgement.sentence").startswith("Unlike any real digit: all 1,107 real 3s")
    wanted = [("A Blog post", "3, 97 %"), ("B Sharp", "8, 50 %")]
    assert [(row.name, row.figure) for row in panel.verdicts.rows] == wanted
    judged.click_image(4)
    assert np.array_equal(judged.runner.jobs[-1][1][1], judged.painting.latest.images[4])
    judged.press("judgement.close")
    assert judged.tab.settings.isVisible()

    judged.click_image(3)
    judged.press("judge")
    judged.selection.change(lens=Lens("B"))
    judged.wait_for_painting(2)
    judged.finish(run="B")
    make, (lens, picture, label) = judged.runner.jobs[-1]
    assert make is judge_image and (lens, label) == (Lens("B"), 3)
    assert np.array_equal(picture, judged.painting.latest.images[3])


def test_the_likeness_in_words_without_data_or_ink_too_and_below_nothing_no_bar(unshown):
    for likeness, words in (
        (0.85, "As like a real digit as real 3s are to each other."),
        (0.75, "Like a rather unusual one of the real 3s."),
        (0.65, "As unusual as the most unusual of real 3s: 95 of 100 are more like another."),
        (0.59, "Unlike any real digit: all 1,107 real 3s that were looked at are more like another."),
    ):
        assert sentence(judgement(likeness)) == words
        assert sentence(judgement(likeness, label=None)) == words.replace("3s", "digits")

    panel, nothing = unshown.tab.judgement, np.zeros(0)
    bare = dataclasses.replace(
        judgement(), numbers=nothing, labels=nothing, pictures=np.zeros((0, 28, 28)), likeness=nothing
    )
    panel.show_judgement(bare)
    assert panel.sentence.text() == BLANK and panel.likeness.rows[0].figure == "0 %"
    panel.show_judgement(dataclasses.replace(bare, asked=0))
    assert panel.sentence.text() == NONE and panel.likeness.rows == ()
    for likeness, figure in ((-0.164, "−16 %"), (-0.004, "0 %")):
        panel.show_judgement(judgement(likeness))
        assert (panel.likeness.rows[0].figure, panel.likeness.rows[0].share) == (figure, 0.0)


def test_the_images_are_saved_as_a_figure_or_for_numpy(finished, place, tmp_path):
    numbers = "Numbers for NumPy (*.npz)"
    for name, chosen, saved in (("ideal", "", "ideal.png"), ("ideal", numbers, "ideal.npz"), ("a.npz", "", "a.npz")):
        place.answer, place.chosen = str(tmp_path / name), chosen
        menu_of(finished.tab.panel).save.trigger()
        make, args = finished.runner.jobs[-1]
        assert make is (save_ideal if saved.endswith("npz") else save_file) and tmp_path / saved in args

    message, path = args
    assert message is finished.painting.latest
    shown = dataclasses.replace(message, images=np.arange(7840, dtype=np.float32).reshape(10, 28, 28))
    list(save_ideal(Session(), shown, path))
    with np.load(path) as stored:
        assert set(stored) == {"images", "losses", "probabilities", "penalties", "labels"}
        np.testing.assert_array_equal(stored["images"], shown.images)
