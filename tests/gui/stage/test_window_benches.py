"""The benchmarks of the window: hands really draw and drag, each event is timed once, figures are as NumPy's."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from bench.window import start
from bench.window.figures import say_spread, share_kept, spread
from bench.window.hand import DIGITS, Hand
from bench.window.live import Sight
from bench.window.many import EACH, WORDS, extrapolated, lines, measure
from bench.window.pen_waits import PenWaits
from bench.window.slider import Answers, RoadHand, SliderHand
from bench.window.timed_training import TimedTraining
from engine.analysis.ideal.job import IdealImages
from engine.core.errors import UserError
from engine.core.messages import JobEnded, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from gui.shell.bars.time_slider import TimeSlider
from gui.tabs.draw.canvas import Canvas
from gui.tabs.draw.tab import PERIOD_MS
from gui.widgets.forms.road_slider import RoadSlider
from tests.gui.fake_engine import fake_train
from tests.gui.shell.bars.test_time_slider import run_of
from tests.gui.tabs.draw.draw_world import World
from tests.gui.tabs.ideal.test_ideal_tab import images
from tests.gui.training_messages import epoch


def test_figures_are_those_of_numpy_and_of_the_rests_beside_the_work_and_go_on_along_the_line():
    values = np.random.default_rng(0).permutation(np.arange(201.0)).tolist()
    found = spread(values)
    assert found["n"] == 201 and found["max"] == 200
    for name, percent in (("p50", 50), ("p95", 95), ("p99", 99)):
        assert found[name] == np.percentile(values, percent)
    assert say_spread(found) == "p50 100.0, p95 190.0, p99 198.0, longest 200.0"

    rested, worked = [100.0, 100.0, 50.0, 50.0], [90.0, 67.5, 45.0]
    assert share_kept(rested, worked) == pytest.approx(0.9)
    with pytest.raises(ValueError, match="zip"):
        share_kept([100.0, 100.0], [90.0, 90.0])

    assert extrapolated("open_seconds", (100, 1_000), (1.0, 10.0)) == pytest.approx(1_000)
    assert extrapolated("open_seconds", (100, 1_000), (10.0, 9.0)) == 9
    assert {extrapolated(name, (100, 1_000), (1.0, 3.0)) for name in EACH} == {3.0}


def test_timed_training_counts_steps_by_the_engines_clock_and_times_each_epoch_but_the_first(monkeypatch):
    monkeypatch.setattr("bench.window.timed_training.train", fake_train)
    timed = TimedTraining()
    list(timed.train(None, TrainSpec(epochs=4)))
    (begin, first), (end, last) = timed.steps[0], timed.steps[-1]
    assert timed.steps_per_second(begin, end) == (last - first) / (end - begin) > 0
    assert timed.steps_per_second(end + 1, end + 2) == 0
    assert len(timed.epoch_seconds()) == 3 and min(timed.epoch_seconds()) > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_figures_of_many_runs_are_measured_and_said():
    figures = measure(1, (3, 6), 9)
    for count in ("3", "6"):
        assert figures[count].keys() == WORDS.keys()
        assert all(value > 0 for name, value in figures[count].items() if name != "window_mb")
    assert "sort_ms" in figures["9"] and "open_seconds" not in figures["9"]
    told = lines(figures)
    assert len(told) == 2 + len(WORDS) and "3 runs" in told[1] and "100,000" in told[1]


def test_hands_draw_whole_digits_on_a_clear_canvas_and_drag_the_slider_and_along_the_road_as_a_person_does(qtbot):
    canvas, drawn = qtbot.show(Canvas("canvas"), 300, 300), []
    canvas.edited.connect(lambda text, before, after: drawn.append((text, after)))
    hand = Hand(canvas, [DIGITS[4], DIGITS[0]])
    hand.start()
    qtbot.waitUntil(lambda: len(drawn) >= 3)
    hand.stop()
    assert canvas.is_empty and not canvas.is_drawing
    assert [text for text, _ in drawn[:3]] == ["stroke", "stroke", "clear"]
    strokes = drawn[1][1].strokes
    for stroke, way in zip(strokes, DIGITS[4], strict=True):
        for (x, y), point in ((way[0], stroke.points[0]), (way[-1], stroke.points[-1])):
            assert (point.x, point.y) == pytest.approx((x, y), abs=0.1)
    assert hand.made == sorted(hand.made)

    slider, run, seen = TimeSlider(), run_of(), []
    qtbot.addWidget(slider)
    slider.resize(700, 46)
    slider.show_run(run, 0, live=False)
    slider.moved.connect(lambda step: (seen.append(step), slider.show_run(run, step, live=False)))
    slider.liveWanted.connect(lambda: seen.append("live"))
    hand = SliderHand(slider, run.steps[16:20])
    hand.press()
    qtbot.waitUntil(lambda: len(seen) >= 8)
    hand.release()
    assert set(seen) <= set(run.steps[15:21]) and len(set(seen)) >= 3

    road, seen = RoadSlider("time.road"), []
    qtbot.addWidget(road)
    road.moved.connect(seen.append)
    hand = RoadHand(road)
    hand.press()
    qtbot.waitUntil(lambda: len(seen) >= 5)
    hand.release()
    assert seen == sorted(seen) and seen[0] == 0.01 and seen[4] < 0.3, "not all at once"


def test_each_event_is_timed_once_up_to_the_bars_that_show_its_answer(qtbot):
    world = World(qtbot)
    hand = Hand(world.canvas)
    waits = PenWaits(world.tab, hand)
    hand.press(5, 5)
    assert len(world.questions()) == 1
    hand.drag(9, 9)
    hand.drag(12, 12)
    QCoreApplication.processEvents()
    assert not waits.seconds and not waits.first_painted
    world.answer()
    qtbot.waitUntil(lambda: len(waits.seconds) == 1)  # the answer is about the first event only
    assert waits.first_painted
    world.clock.advance(PERIOD_MS)
    world.answer()
    qtbot.waitUntil(lambda: len(waits.seconds) == 3)
    assert waits.seconds[0] > 0 and waits.seconds[1] >= waits.seconds[2] > 0
    hand.drag(20, 20)
    hand.lift(20, 20)
    hand.clear()
    world.clock.advance(1000)
    QCoreApplication.processEvents()
    assert len(waits.seconds) == 3, "what was wiped off has no answer"
    world.bridge.close()


def test_a_change_is_seen_with_the_first_picture_of_a_message_that_knows_of_it(qtbot):
    listeners, widget, order = [], QWidget(), []
    hall = SimpleNamespace(  # as much of a stage as a sight needs
        application=SimpleNamespace(bridge=SimpleNamespace(listen=lambda kind, call, job: listeners.append(call))),
        live=lambda seconds: None,
        wait_for=lambda condition: qtbot.waitUntil(lambda: bool(condition())),
    )
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    sight = Sight(hall, widget, IdealImages, lambda: 1)

    def change():
        for number in (1, 2):
            for call in listeners:
                call(images(number))
            order.append(sight.is_seen)
            widget.repaint()
            order.append(sight.is_seen)

    waited = sight.wait_of(change, lambda message: message.number == 2)
    assert order == [False, False, False, True] and 0 < waited < 60_000


def test_a_request_counts_as_one_answer_or_none_if_it_tells_nothing(bridge, mailbox):
    answers = Answers(bridge)
    for job, messages in ((1, [epoch(1), epoch(2)]), (2, [epoch(3), MomentKept(run="A", step=0)]), (3, [])):
        for message in (JobStarted(), *messages, JobEnded(outcome="stopped" if job % 2 else "done")):
            mailbox.post(job, message)
    while answers.count["EpochDone"] < 2:
        bridge.deliver()
    bridge.deliver()
    assert answers.count == {"EpochDone": 2, "MomentKept": 1}


@pytest.mark.slow
def test_a_stroke_drawn_at_once_is_answered_before_tensorflow_is_there():
    figures = start.measure(1)
    (times,) = figures["starts"]
    assert 0 < times["painted"] < times["canvas"] < times["answer"] < times["ready"]
    assert times["longest_wait"] < (times["ready"] - times["canvas"]) / 2, "none waited for the import"
    assert "first answer to a stroke painted" in "\n".join(start.lines(figures))
    json.dumps(figures)


def test_the_measured_start_sees_nothing_that_this_person_has_and_without_figures_it_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERLIGHT_DATA", "mine.npz")
    seen = start.fresh_environment(str(tmp_path))
    assert "LAYERLIGHT_DATA" not in seen and "XDG_STATE_HOME" not in seen
    assert seen["HOME"] == str(tmp_path) and seen["PATH"] == os.environ["PATH"]
    monkeypatch.setattr(start, "CHILD", "import sys; sys.exit('No luck.')")
    with pytest.raises(UserError, match=r"could not be measured\. No luck\."):
        start.measure(1)
