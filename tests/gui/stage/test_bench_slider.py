"""The benchmark of the slider: its hand really drags, its figures are those of the clock."""

from PySide6.QtCore import QObject

from bench.window.slider import Answers, RoadHand, SliderHand, lines
from bench.window.timed_training import TimedTraining
from engine.core.messages import JobEnded, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from gui.shell.bars.time_slider import TimeSlider
from gui.widgets.forms.road_slider import RoadSlider
from tests.gui.fake_engine import fake_train
from tests.gui.shell.bars.test_time_slider import run_of
from tests.gui.training_messages import epoch

GAPS = {"n": 100, "p50": 10.0, "p95": 15.0, "p99": 20.0, "max": 30.0}


def test_the_hand_goes_along_the_road_and_back(qtbot):
    slider, seen = RoadSlider("time.road"), []
    qtbot.addWidget(slider)
    slider.moved.connect(seen.append)
    hand = RoadHand(slider)
    hand.press()
    qtbot.waitUntil(lambda: len(seen) >= 5)
    hand.release()
    assert seen == sorted(seen) and seen[0] == 0.01 and seen[4] < 0.3, "as a hand goes, not all at once"


def test_the_hand_drags_the_slider_through_the_moments_and_back(qtbot):
    slider, run = TimeSlider(), run_of()
    qtbot.addWidget(slider)
    slider.resize(700, 46)
    slider.show_run(run, 0, live=False)
    seen = []
    slider.moved.connect(lambda step: (seen.append(step), slider.show_run(run, step, live=False)))
    slider.liveWanted.connect(lambda: seen.append("live"))
    hand = SliderHand(slider, run.steps[16:20])
    hand.press()
    qtbot.waitUntil(lambda: len(seen) >= 8)
    hand.release()
    assert set(seen) <= set(run.steps[15:21])
    assert len(set(seen)) >= 3
    assert isinstance(hand, QObject)


def test_a_request_counts_as_one_answer_or_none_if_it_tells_nothing(bridge, mailbox):
    answers = Answers(bridge)

    def tell(job, *messages):
        for message in (JobStarted(), *messages, JobEnded(outcome="stopped" if job % 2 else "done")):
            mailbox.post(job, message)

    tell(1, epoch(1), epoch(2))
    tell(2, epoch(3), MomentKept(run="A", step=0))
    tell(3)
    while answers.count["EpochDone"] < 2:
        bridge.deliver()
    bridge.deliver()
    assert answers.count == {"EpochDone": 2, "MomentKept": 1}


def test_timed_training_counts_steps_by_the_engines_clock(monkeypatch):
    monkeypatch.setattr("bench.window.timed_training.train", fake_train)
    timed = TimedTraining()
    list(timed.train(None, TrainSpec(epochs=4)))
    (begin, first), (end, last) = timed.steps[0], timed.steps[-1]
    assert timed.steps_per_second(begin, end) == (last - first) / (end - begin) > 0
    assert timed.steps_per_second(end + 1, end + 2) == 0


def test_figures_are_told_in_lines():
    told = lines(
        {
            "platform": "xcb",
            "data": "MNIST",
            "weights_per_second": 24.5,
            "cursors_per_second": 29.9,
            "steps_per_second": 3000.0,
            "steps_per_second_dragged": 2700.0,
            "speed_kept": 0.9,
            "traces": 0,
            "gui_gap_ms": GAPS,
            "road": {"matched": True, "weights_per_second": 22.5, "traces": 7, "gui_gap_ms": GAPS},
            "tabs": {
                "Draw": {"answers_per_second": {"Answer": 51.5, "ClassMeans": 21.0}, "traces": 3},
                "Map": {"answers_per_second": {}, "traces": 0},
            },
        }
    )
    text = "\n".join(told)
    assert "24.5 weight histograms a second" in text
    assert "2,700 while dragging (90 % kept)" in text
    assert "0 new ones" in text
    assert "Draw              51.5    3   Answer 51.5, ClassMeans 21.0" in text
    assert "Map                0.0    0" in text
    assert "neurons matched" in text and "22.5 weight histograms a second" in text and "7 new ones" in text
