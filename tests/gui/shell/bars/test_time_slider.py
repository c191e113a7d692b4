"""The slider: a root scale that loses nothing, and every way of mouse, wheel and keys to a moment."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from engine.core.specs import TrainSpec
from gui.look.theme import theme
from gui.shell.bars.time_slider import NO_RUN, TimeSlider
from gui.state.link.clock import DRAG_PERIOD_MS
from gui.state.training.runs import Run, RunLook
from gui.widgets import heard
from gui.widgets.heard import be_heard
from gui.widgets.plots.time_scale import LEAST_TICK_GAP, TimeScale
from tests.gui.fake_clock import FakeClock
from tests.gui.mouse import turn_wheel

EARLY = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377]
PER_EPOCH = 550


def run_of(epochs=14, planned=40, **changes):
    steps = [*EARLY, *(number * PER_EPOCH for number in range(1, epochs + 1))]
    values = {
        "look": RunLook("A"),
        "steps_per_epoch": PER_EPOCH,
        "spec": TrainSpec(epochs=planned),
        "newest": steps[-1] + 110,
        "steps": steps,
    }
    return Run(**(values | changes))


class World:
    def __init__(self, qtbot):
        self.clock = FakeClock()
        self.slider = qtbot.show(TimeSlider(self.clock), 700, 46)
        self.wanted = []
        self.slider.moved.connect(self.wanted.append)
        self.slider.liveWanted.connect(lambda: self.wanted.append("live"))

    def show(self, run=None, position=None, live=None):
        run = run or run_of()
        self.slider.show_run(
            run, run.newest if position is None else position, live=position is None if live is None else live
        )
        return run

    def point(self, step, above=0):
        return self.slider.place_of(step).toPoint() - QPoint(0, above)

    def press(self, point):
        QTest.mousePress(self.slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)

    def release(self, point):
        QTest.mouseRelease(self.slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)

    def turn(self, angle):
        turn_wheel(self.slider, QPoint(5, 5), angle)

    def hover(self, point):
        place = self.slider.mapToGlobal(point)
        QApplication.sendEvent(self.slider, QHelpEvent(QEvent.Type.ToolTip, point, place))
        return QToolTip.text()


@pytest.fixture
def world(qtbot):
    made = World(qtbot)
    yield made
    for button in QGuiApplication.mouseButtons():
        QTest.mouseRelease(made.slider, button)
    QToolTip.hideText()


@given(st.integers(1, 10**7), st.floats(1, 4000), st.floats(0, 1))
def test_the_scale_loses_nothing_on_the_way_there_and_back(end, width, share):
    scale = TimeScale(end, width)
    assert scale.step(scale.place(share * end)) == pytest.approx(share * end, rel=1e-9, abs=1e-6)
    assert scale.place(0) == 0 and scale.place(end) == width
    assert scale.step(-5) == 0 and scale.step(width + 5) == end


def test_the_first_epoch_has_the_room_of_a_root_and_each_has_a_tick_each_ten_a_long_one():
    scale = TimeScale(40 * PER_EPOCH, 1000)
    assert scale.place(PER_EPOCH) == pytest.approx(1000 / 40**0.5)
    ticks = TimeScale(40 * PER_EPOCH, 700).ticks(PER_EPOCH)
    assert len(ticks) == 41
    assert [number for number, tick in enumerate(ticks) if tick.long] == [0, 10, 20, 30, 40]
    assert ticks[25].place == pytest.approx(700 * (25 / 40) ** 0.5)
    for epochs, width in itertools.product((1, 5, 40, 137, 1000, 10_000), (0.0, 30.0, 400.0, 1500.0)):
        places = [tick.place for tick in TimeScale(epochs * PER_EPOCH, width).ticks(PER_EPOCH)]
        assert places[0] == 0 and places[-1] == width
        gaps = [after - before for before, after in itertools.pairwise(places)]
        assert width < LEAST_TICK_GAP or min(gaps) >= LEAST_TICK_GAP * 0.999, "ticks can be told apart"


@pytest.mark.qt_log_ignore("not accepted by receiving widget", "This plugin does not support", extend=True)
def test_without_a_run_or_a_moment_it_can_do_nothing_and_says_why(world):
    assert not world.slider.isEnabled()
    assert world.slider.toolTip() == NO_RUN
    assert world.slider.finding() == "" and world.slider.heard_value()[:3] == (0, 0, 0)
    world.press(QPoint(300, 23))
    QTest.keyClick(world.slider, Qt.Key.Key_Left)
    world.turn(120)
    assert world.wanted == []
    assert not world.slider.grab().isNull()

    world.slider.setMinimumSize(1, 1)
    world.show(run_of(steps=[], newest=0))
    for width in (1, 20, 120, 3000):
        world.slider.resize(width, 46)
        assert not world.slider.grab().isNull()
    world.press(QPoint(0, 23))
    world.turn(-120)
    QTest.keyClick(world.slider, Qt.Key.Key_Home)
    assert world.wanted == []


def test_a_drag_goes_through_the_moments_without_waiting_for_an_answer(world):
    world.show()
    QTest.mouseMove(world.slider, world.point(100))
    QTest.mousePress(world.slider, Qt.MouseButton.RightButton, pos=world.point(100))
    assert world.wanted == [], "no left button is pressed"
    world.press(world.point(7 * PER_EPOCH) + QPoint(3, 0))
    for number, step in enumerate((6 * PER_EPOCH, 100, 0), 2):
        world.slider.show_run(run_of(), world.wanted[-1], live=False)
        QTest.mouseMove(world.slider, world.point(step))
        world.clock.advance(DRAG_PERIOD_MS)
        assert len(world.wanted) == number
    assert world.wanted == [7 * PER_EPOCH, 6 * PER_EPOCH, 89, 0], "the nearest moments"


def test_a_fast_hand_moves_no_more_than_can_be_seen_and_is_where_it_lets_go(world):
    world.show()
    world.press(world.point(7 * PER_EPOCH))
    world.slider.show_run(run_of(), 7 * PER_EPOCH, live=False)
    for step in range(7 * PER_EPOCH, 0, -50):
        QTest.mouseMove(world.slider, world.point(step))
    assert len(world.wanted) <= 2
    world.release(world.point(89))
    moved = list(world.wanted)
    world.clock.advance(1000)
    assert world.wanted == moved and moved[-1] == 89


def test_to_drag_to_the_newest_step_or_beyond_it_is_to_come_back_to_now(world):
    run = world.show()
    world.press(world.point(run.newest))
    assert world.wanted == [], "it is there already"
    for beyond in (0, 40, 10_000):
        world.release(world.point(run.newest))
        world.show(position=550)
        world.wanted.clear()
        world.press(world.point(run.newest) + QPoint(beyond, 0))
        assert world.wanted == ["live"]


def test_where_moments_stand_close_together_a_bookmark_is_hit_on_its_mark(world):
    run = world.show(run_of(bookmarks={21: "early"}))
    for offset in (-3, 0, 3):
        point = world.point(21, above=15) + QPoint(offset, 0)
        assert world.slider.moment_at(QPointF(point)) == 21
    assert world.slider.moment_at(QPointF(world.point(34))) == 34
    run.bookmarks[22] = "not kept"
    assert world.slider.moment_at(QPointF(world.point(22, above=15))) == 21


def test_a_notch_of_the_wheel_is_one_moment(world):
    world.show(position=5 * PER_EPOCH)
    world.turn(120)
    world.turn(-120)
    world.turn(-240)
    assert world.wanted == [6 * PER_EPOCH, 4 * PER_EPOCH, 3 * PER_EPOCH]
    world.show(position=5 * PER_EPOCH)
    for _ in range(7):
        world.turn(20)
    assert world.wanted[3:] == [6 * PER_EPOCH], "a touchpad adds up to a notch"


def test_keys_move_by_moments_and_stop_at_the_ends(world):
    left, right = Qt.Key.Key_Left, Qt.Key.Key_Right
    for position, key, wanted in (
        (5 * PER_EPOCH, left, [4 * PER_EPOCH]),
        (5 * PER_EPOCH, right, [6 * PER_EPOCH]),
        (5 * PER_EPOCH, Qt.Key.Key_PageUp, [14 * PER_EPOCH]),
        (5 * PER_EPOCH, Qt.Key.Key_PageDown, [34]),
        (5 * PER_EPOCH, Qt.Key.Key_Home, [0]),
        (5 * PER_EPOCH, Qt.Key.Key_End, ["live"]),
        (0, left, []),
        (14 * PER_EPOCH, right, ["live"]),
        (None, right, []),
        (None, left, [14 * PER_EPOCH]),
        (5 * PER_EPOCH, Qt.Key.Key_Space, []),
    ):
        world.show(position=position)
        world.wanted.clear()
        QTest.keyClick(world.slider, key)
        assert world.wanted == wanted, (position, key)
    QTest.keyClick(world.slider, left, Qt.KeyboardModifier.AltModifier)
    assert world.wanted == [], "it means something else"


def test_the_moment_is_told_in_words_and_that_under_the_pointer_in_a_tooltip(world):
    world.show(run_of(bookmarks={550: "first epoch"}), position=550)
    assert world.slider.finding() == "Run A, first epoch, epoch 1.0, step 550"
    run = world.show()
    assert world.slider.finding() == f"Run A, epoch 14.2, step {run.newest:,}, the latest"
    world.show(run_of(bookmarks={550: "first epoch"}))
    assert world.hover(world.point(3850)) == "epoch 7.0 · step 3,850"
    assert world.hover(world.point(550, above=15)).startswith("first epoch · ")


def test_a_screen_reader_gets_a_slider_and_moves_it_to_kept_moments(world):
    be_heard()
    world.show(position=550)
    face = QAccessible.queryAccessibleInterface(world.slider)
    assert (face.role(), face.text(QAccessible.Text.Name)) == (QAccessible.Role.Slider, "Snapshot")
    for kind in (QAccessible.Text.Value, QAccessible.Text.Description):
        assert face.text(kind) == "Run A, epoch 1.0, step 550"
    value = face.valueInterface()
    assert (value.minimumValue(), value.maximumValue(), value.currentValue()) == (0, 40 * PER_EPOCH, 550)
    value.setCurrentValue(7 * PER_EPOCH - 20)
    value.setCurrentValue(40 * PER_EPOCH)
    assert world.wanted == [7 * PER_EPOCH, "live"]
    assert face.actionInterface() is not None and face.textInterface() is None


def test_a_reader_hears_where_a_person_goes_and_not_each_step_of_a_training(world, monkeypatch):
    sent = []
    monkeypatch.setattr(heard.QAccessible, "updateAccessibility", sent.append)
    QAccessible.setActive(True)
    run = world.show(position=550)
    world.show(run)
    world.show(run, position=run.newest + 10, live=True)
    world.show(run, position=1100)
    QAccessible.setActive(False)
    world.show(run, position=550)
    assert [event.value() for event in sent] == [550, run.newest, 1100]


def pixel(slider, point):
    return slider.grab().toImage().pixelColor(point)


def test_the_track_is_filled_up_to_the_handle_a_bookmark_has_a_mark_and_the_handle_a_ring_while_keys_go_to_it(
    world, qtbot
):
    run = world.show(position=4 * PER_EPOCH)
    colors = theme().current
    behind, between, ahead = (world.point(step) for step in (2 * PER_EPOCH, 9 * PER_EPOCH, 30 * PER_EPOCH))
    assert pixel(world.slider, behind) == colors.color("accent")
    assert pixel(world.slider, ahead) == colors.color("line")
    assert pixel(world.slider, between) not in (colors.color("accent"), colors.color("line"))
    assert pixel(world.slider, world.point(4 * PER_EPOCH)) == colors.color("surface")
    assert pixel(world.slider, world.point(run.newest) - QPoint(5, 0)) == pixel(world.slider, between)

    world.show(run_of(bookmarks={550: "x"}), position=4 * PER_EPOCH)
    assert pixel(world.slider, world.point(550, above=15)) == theme().current.color("text")
    beside = world.point(4 * PER_EPOCH, above=10)
    without = pixel(world.slider, beside)
    world.slider.activateWindow()
    world.slider.setFocus()
    qtbot.waitUntil(world.slider.hasFocus)
    assert pixel(world.slider, beside) != without
