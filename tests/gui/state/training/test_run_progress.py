"""The figures in the bars: how far, how fast, how long."""

import dataclasses
import itertools
import math
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QLabel

from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobPaused, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentTested, Parent, RunChanged, RunFinished, RunStarted, Score
from engine.session.jobs.data import EngineReady
from gui.shell.bars.status_line import StatusLine
from gui.state.notices import Notices
from gui.state.sessions import Sessions
from gui.state.settings import Settings
from gui.state.time.timeline import Timeline
from gui.state.training.ongoing import DataReading, ExperimentWork, Handouts
from gui.state.training.run_progress import RunProgress, TimeLeft, duration
from gui.state.training.sweeps import Sweeps
from tests.gui.fake_clock import FakeClock
from tests.gui.fake_engine import dataset_opened, fake_train
from tests.gui.session_messages import opened
from tests.gui.state.time.test_timeline import summary
from tests.gui.training_messages import epoch, started, steps
from tests.gui.worlds import World


def test_durations_in_words():
    words = {0.0: "1 s", 3.6: "4 s", 59: "59 s", 61: "1 min", 128: "2 min 10 s", 179: "3 min", 720: "12 min"}
    assert {seconds: duration(seconds) for seconds in words} == words
    assert duration(3 * 3600 + 310) == "3 h 5 min"


def run_at(speeds, total=10_000, period=0.05):
    """Return the seconds left as they are told while the speed in steps a second changes."""
    clock, told, done = FakeClock(), [], 0.0
    left = TimeLeft(clock.now)
    for speed in speeds:
        clock.advance(1000 * period)
        done += speed * period
        left.update(int(done), total)
        told.append(left.seconds())
    return told


def test_the_time_left_counts_down_follows_a_new_speed_never_jumps_and_is_measured_again_after_a_rest(clock):
    told = run_at([100.0] * 400)
    assert told[5] is None  # nobody knows after a quarter of a second
    assert told[399] == pytest.approx((10_000 - 2_000) / 100, rel=0.02)
    told = run_at([100.0] * 200 + [50.0] * 400)
    assert told[-1] == pytest.approx((10_000 - 2_000) / 50, rel=0.05)
    told = [seconds for seconds in run_at([100.0] * 200 + [10.0] * 200) if seconds is not None]
    for before, after in itertools.pairwise(told):
        assert 0.65 * before - 0.6 <= after <= 1.35 * before + 0.6

    left = TimeLeft(clock.now)
    left.update(0, 100)
    clock.advance(1_000)
    left.update(10, 100)
    assert left.seconds() == pytest.approx(9)
    left.forget()
    assert left.seconds() is None
    clock.advance(999_000)
    left.update(10, 100)
    clock.advance(1_000)
    left.update(20, 100)
    assert left.seconds() == pytest.approx(8)


@pytest.fixture
def shown(qtbot, clock):
    world = World(train=fake_train)
    bridge, controls, selection = world.bridge, world.controls, world.selection
    progress = RunProgress(bridge, controls, clock=clock.now)
    notices = Notices()
    timeline = Timeline(bridge, selection, controls)
    sessions = Sessions(bridge, controls, selection, notices, Settings())
    work = {"reading": DataReading(bridge, notices), "handouts": Handouts(bridge, notices)}
    work |= {"sweeps": Sweeps(bridge, sessions, notices), "experiments": ExperimentWork(bridge, notices)}
    models = {"controls": controls, "progress": progress, "notices": notices, "sessions": sessions}
    line = StatusLine(SimpleNamespace(**models, bridge=bridge, selection=selection, timeline=timeline, **work))
    bridge.listen(RunStarted, lambda message: selection.change(lens=Lens(message.run)))
    qtbot.addWidget(line)

    def tell(*messages):
        world.say(*messages, job=controls.job())
        progress.changed.emit()
        return line.findChild(QLabel, "status.words").text()

    def begin():
        """A run is submitted, and the engine begins with it."""
        world.say(EngineReady(device="CPU"))
        controls.start()
        return tell(JobStarted())

    tell.begin, tell.controls, tell.progress, tell.selection = begin, controls, progress, selection
    tell.say = world.say
    return tell


def test_the_status_line_follows_a_run(shown):
    assert shown() == "Loading data"
    assert shown(dataset_opened()) == "Loading TensorFlow"
    assert shown.begin() == "Preparing the run"
    words = shown(started(), steps(1, 275))
    assert words.startswith("Training  ·  epoch 1 of 40  ·  300,000 images/s")
    shown(steps(276, 275), epoch(1))
    words = shown(steps(551, 110))
    assert "epoch 2 of 40" in words
    assert shown.progress.epoch == pytest.approx(1.2)
    words = shown(JobPaused())
    assert words.startswith("Paused  ·  epoch 2 of 40") and "left" not in words and "images/s" not in words


def slow_steps(shown, clock, first, count, period):
    """The run takes `count` single steps, one each `period` seconds; return what was told after each."""
    told = []
    for number in range(first, first + count):
        clock.advance(1000 * period)
        told.append(shown(steps(number, 1)))
    return told


def test_in_slow_motion_speed_and_time_left_are_those_of_the_clock_and_another_pace_is_told_at_once(shown, clock):
    shown(dataset_opened())
    shown.controls.set_pace(4.0)
    shown.begin()
    shown(started(spec=TrainSpec(epochs=3)))  # 1,650 steps of 100 images, so 6.9 minutes at 4 steps a second
    clock.advance(3_000)  # compiling
    for words in slow_steps(shown, clock, 1, 60, 0.25):
        assert "400 images/s" in words and "7 min left" in words, words
    shown.controls.set_pace(16.0)
    words = slow_steps(shown, clock, 61, 60, 0.5)[-1]
    assert "200 images/s" in words and "13 min left" in words, "steps take longer than the pace allows"

    shown.controls.set_pace(None)
    for first in range(121, 620, 10):
        clock.advance(50)
        shown(steps(first, 10))
    assert "300,000 images/s" in shown()
    shown.controls.set_pace(1.0)
    words = slow_steps(shown, clock, 621, 1, 1.0)[0]
    assert "100 images/s" in words and "17 min left" in words  # 1,029 steps
    shown.controls.set_pace(None)
    assert "images/s" not in shown()


def test_the_status_line_tells_how_a_run_ended(shown):
    def ended(*messages, **settings):
        shown.begin()
        return shown(started(spec=TrainSpec(**settings)), *messages, JobEnded(outcome="done"))

    words = ended(steps(1, 550), epoch(1))
    assert words == "Run A stopped at epoch 1.0 of 40  ·  93.80 % of the test images"
    words = ended(steps(1, 550), epoch(1), epochs=1)
    assert words == "Run A is done  ·  1 epoch  ·  93.80 % of the test images"
    words = ended(*(epoch(number) for number in (1, 2, 3)), epochs=3)
    assert words.startswith("Run A is done  ·  3 epochs  ·")
    assert ended(epoch(1), stop_at=0.9).startswith("Run A reached its accuracy")
    assert "NaN or infinite" in ended(epoch(1, finite=False))
    assert "NaN or infinite" in ended(steps(1, 10, loss=math.nan))
    seven = [epoch(number) for number in range(1, 8)]
    words = ended(*seven, RunFinished(run="A", reason="taught", epoch=7), epochs=35)
    assert words.startswith("Run A is done: it reads all examples right  ·  7 epochs  ·")
    shown(opened(runs=[summary("B", epochs=3, spec=TrainSpec(epochs=3), taught_from=Parent("A", 1650))]))
    words = shown(MomentTested(run="B", tested=Score(0, 0.1, 0.941)))
    assert words == "Run B is done  ·  3 epochs  ·  95.94 % of the test images, 94.10 % before"


def test_the_status_line_is_about_the_run_that_is_looked_at(shown):
    """However long ago another one ended."""
    shown(dataset_opened())
    kept = summary("A", epochs=3, title="Blog", spec=TrainSpec(epochs=3))
    cut = summary("C", epochs=1, losses=steps(1, 880).losses, moments=(0, 550, 880))
    shown(opened(runs=[kept, cut]))
    shown.begin()
    shown(started("F"), steps(1, 550, "F"), epoch(1, "F"))
    assert shown().startswith("Training  ·  epoch 2 of 40")
    shown.selection.change(lens=Lens("A"))
    assert shown().startswith("Training run F  ·  epoch 2 of 40")
    assert shown(JobPaused()) == "Paused: run F  ·  epoch 2 of 40"
    words = shown(RunFinished(run="F", reason="epochs", epoch=40), JobEnded(outcome="done"))
    assert words.startswith("Run A · Blog is done  ·  3 epochs")
    shown.selection.change(lens=Lens("C"))
    assert shown() == "Run C stopped at epoch 1.6 of 40  ·  93.80 % of the test images after epoch 1"
    shown(RunChanged(run="C", title="Bad", color=0, pinned=True, moments=(0, 550, 880), bookmarks={}))
    assert shown().startswith("Run C · Bad stopped at epoch 1.6 of 40")


def test_figures_change_ten_times_a_second_not_by_a_run_of_another_session_and_begin_where_a_run_goes_on(shown, qtbot):
    shown(dataset_opened())
    shown.begin()
    told = []
    shown.progress.changed.connect(lambda: told.append(shown.progress.step))
    shown.say(started(), *(steps(first, 5) for first in range(1, 501, 5)), job=shown.controls.job())
    qtbot.waitUntil(lambda: bool(told))
    assert told == [500]

    shown.controls.set_pace(4.0)  # slow motion, whose pace is that of each run that goes on
    shown(opened())
    shown(steps(501, 1))
    assert (shown.progress.run, shown.progress.fraction, shown.progress.seconds_left()) == ("", 0.0, None)

    shown(dataclasses.replace(started("B", TrainSpec(epochs=4)), resumed=summary("B", epochs=1)))
    assert (shown.progress.run, shown.progress.step, shown.progress.fraction) == ("B", 550, 0.25)
