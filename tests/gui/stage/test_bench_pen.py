"""The benchmarks of the pen and of the start: the hand really draws, each of its events is timed once."""

import json
import os

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from bench.window import pen, start
from bench.window.hand import DIGITS, STEP, Hand, along
from bench.window.painted import Painted
from bench.window.pen_waits import PenWaits
from engine.core.errors import UserError
from gui.tabs.draw.canvas import Canvas
from gui.tabs.draw.tab import PERIOD_MS
from tests.gui.tabs.draw.draw_world import World


def test_the_hand_draws_whole_digits_and_clears_the_canvas_between_them(qtbot):
    canvas = Canvas("canvas")
    qtbot.addWidget(canvas)
    canvas.resize(300, 300)
    canvas.show()
    drawn = []
    canvas.edited.connect(lambda text, before, after: drawn.append((text, after)))
    hand = Hand(canvas, [DIGITS[4], DIGITS[0]])
    hand.start()
    qtbot.waitUntil(lambda: len(drawn) >= 4)
    hand.stop()
    assert canvas.is_empty and not canvas.is_drawing
    assert [text for text, _ in drawn[:4]] == ["stroke", "stroke", "clear", "stroke"]
    strokes = drawn[1][1].strokes
    for stroke, way in zip(strokes, DIGITS[4], strict=True):
        for (x, y), point in ((way[0], stroke.points[0]), (way[-1], stroke.points[-1])):
            assert (point.x, point.y) == pytest.approx((x, y), abs=0.1)
    assert hand.made == sorted(hand.made)


def test_a_way_has_all_its_corners_and_no_gaps():
    places = along(((0, 0), (3, 4), (3, 10)))
    assert places[0] == (0, 0) and (3, 4) in places and places[-1] == (3, 10)
    assert len(places) == pytest.approx(11 / STEP, abs=2)


def test_when_a_widget_has_painted_itself_is_told_after_it_has(qtbot):
    class Slow(QWidget):
        painted = 0

        def paintEvent(self, event):
            self.painted += 1

    widget, told = Slow(), []
    qtbot.addWidget(widget)
    watch = Painted(widget, lambda: told.append(widget.painted))
    widget.show()
    qtbot.waitUntil(lambda: bool(told))
    assert told == list(range(1, len(told) + 1)) and watch.parent() is widget


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


def test_figures_are_told_in_lines():
    spread = {"n": 1200, "p50": 4.0, "p95": 7.5, "p99": 9.0, "max": 30.0}
    each = {"wait_ms": spread, "gui_gap_ms": spread, "window_share": 0.21}
    speeds = {"steps_per_second": 3000.0, "steps_per_second_drawn": 2700.0, "speed_kept": 0.9}
    lines = pen.lines({"platform": "xcb", "data": "MNIST", "at_rest": each, "training": each, **speeds})
    text = "\n".join(lines)
    assert "p99   9.0" in text and "21 % of a core" in text and "2,700 while drawing (90 % kept)" in text


@pytest.mark.slow
def test_a_stroke_drawn_at_once_is_answered_before_tensorflow_is_there(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    figures = start.measure(1)
    (times,) = figures["starts"]
    assert 0 < times["painted"] < times["canvas"] < times["answer"] < times["ready"]
    assert times["longest_wait"] < (times["ready"] - times["canvas"]) / 2, "none waited for the import"
    assert "first answer to a stroke painted" in "\n".join(start.lines(figures))
    json.dumps(figures)


def test_a_start_that_ends_without_figures_is_told_with_what_it_said(monkeypatch):
    monkeypatch.setattr(start, "CHILD", "import sys; sys.exit('No luck.')")
    with pytest.raises(UserError, match=r"could not be measured\. No luck\."):
        start.measure(1)


def test_the_measured_start_sees_nothing_that_this_person_has(monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERLIGHT_DATA", "mine.npz")
    seen = start.fresh_environment(str(tmp_path))
    assert "LAYERLIGHT_DATA" not in seen and "XDG_STATE_HOME" not in seen
    assert seen["HOME"] == str(tmp_path) and seen["PATH"] == os.environ["PATH"]
