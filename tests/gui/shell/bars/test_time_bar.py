"""The time machine in the whole window: slider, film, figures, `live`, the Time menu and the field for names."""

import itertools

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from engine.core.lens import Lens, Share
from engine.model.training.messages import MomentKept, Parent, RunChanged
from engine.session.jobs.data import EngineReady
from engine.session.jobs.examples import follow_run
from engine.session.jobs.runs import bookmark
from gui.look.theme import theme
from gui.shell.bars.time_slider import TimeSlider
from gui.widgets.forms.name_field import NameField
from gui.widgets.forms.road_slider import RoadSlider
from tests.gui.fake_engine import dataset_opened
from tests.gui.room import cut_off
from tests.gui.training_messages import epoch, steps, whole_run
from tests.gui.worlds import WindowWorld

EARLY = (0, 1, 2, 3, 5, 8, 13)


class TimeWorld(WindowWorld):
    def __init__(self, application):
        super().__init__(application)
        self.timeline, self.actions = application.timeline, application.actions
        self.slider = self.find(TimeSlider, "time.slider")
        self.chip = self.find(QPushButton, "time.live")
        self.play = self.find(QToolButton, "time.play")
        self.submitted = []
        application.bridge.submit = lambda make, *args: self._take_job(make, args) or 0

    def run(self):
        self.say(*whole_run("A", 3, early=EARLY))
        assert self.selection.lens == Lens("A")
        self.timeline.changed.emit()  # at once, instead of a tenth of a second later

    def _take_job(self, make, args):
        if make is not follow_run:  # which no person wants: the data follow the run
            self.submitted.append((make, args))

    def name(self, **bookmarks):
        marks = {int(step[1:]): name for step, name in bookmarks.items()}
        moments = tuple(self.timeline.run.steps)
        self.say(RunChanged(run="A", title="", color=0, pinned=True, moments=moments, bookmarks=marks))

    def figures(self):
        return tuple(self.find(QLabel, f"transport.{name}").text() for name in ("epoch", "accuracy"))

    @property
    def field(self):
        return self.window.findChild(NameField)

    def ask_name(self):
        self.actions["time.bookmark"].trigger()
        return self.find(QLineEdit, "time.bookmark.name")


@pytest.fixture
def world(ready):
    return TimeWorld(ready)


@pytest.fixture
def trained(world):
    world.run()
    return world


TIME = ("previous", "next", "first", "live", "play", "bookmark", "previous_bookmark", "next_bookmark")


def menu_of(world):
    """The entries of the menu of bookmarks below the three that are always there."""
    menu = world.window.findChild(QMenu, "menu.time.bookmarks")
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()][3:]


def test_menu_and_keys_lead_to_the_bookmarks_and_actions_and_play_button_follow_the_moment(world, qtbot):
    assert menu_of(world) == []
    world.run()
    world.name(s13="the start", s550="A & B")
    named = menu_of(world)
    wanted = ["&1  the start\tepoch 0.024", "&2  A && B\tepoch 1.0"]
    assert [action.text() for action in named] == wanted
    named[1].trigger()
    assert world.timeline.position == 550
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(world.window, Qt.Key.Key_B, control | shift)
    assert world.selection.lens == Lens("A", 13)
    qtbot.keyClick(world.window, Qt.Key.Key_B, control)
    assert world.selection.lens == Lens("A", 550)
    world.name()
    assert menu_of(world) == []

    def usable():
        return {name for name in TIME if world.actions[f"time.{name}"].isEnabled()}

    world.timeline.live()
    assert usable() == {"previous", "first", "play", "bookmark"}
    world.name(s550="x")
    world.timeline.go(0)
    assert usable() == {"next", "live", "play", "bookmark", "next_bookmark"}
    world.timeline.go(1100)
    assert usable() == set(TIME) - {"next_bookmark"}

    world.play.click()
    assert world.timeline.film.playing and world.play.accessibleName() == "Pause playback"
    world.play.click()
    assert not world.timeline.film.playing and world.play.accessibleName() == "Play training"
    wanted = [*(f"{speed} snapshots a second" for speed in (2, 5, 10, 20)), *("", "Film over training…")]
    assert [action.text().replace("&", "") for action in world.play.menu().actions()] == wanted
    assert world.actions["time.speed.10"].isChecked()
    world.play.menu().actions()[3].trigger()
    assert world.timeline.film.speed == 20 and world.actions["time.speed.20"].isChecked()


def test_a_moment_gets_its_name_in_place_by_buttons_and_by_keys(trained, qtbot):
    trained.timeline.go(550)
    trained.ask_name()
    field = trained.field
    assert field.label.text() == "Name of the snapshot at epoch 1.0" and field.label.isVisible()
    assert field.ok.isVisible() and field.cancel.isVisible() and not field.delete.isVisible()
    field.line.setText("knee")
    qtbot.mouseClick(field.ok, Qt.MouseButton.LeftButton)
    assert trained.submitted == [(bookmark, ("A", 550, "knee"))] and not field.isVisible()
    trained.ask_name().setText("other")
    qtbot.mouseClick(field.cancel, Qt.MouseButton.LeftButton)
    assert len(trained.submitted) == 1 and not field.isVisible()
    trained.name(s550="knee")
    trained.ask_name()
    assert field.delete.isVisible() and field.delete.toolTip()
    qtbot.keyClick(field.line, Qt.Key.Key_Tab)
    assert field.isVisible(), "its own buttons have the keyboard without that it goes"
    qtbot.mouseClick(field.delete, Qt.MouseButton.LeftButton)
    assert trained.submitted[1:] == [(bookmark, ("A", 550, None))] and not field.isVisible()

    def write(text, key=Qt.Key.Key_Return):
        trained.submitted.clear()
        line = trained.ask_name()
        qtbot.keyClicks(line, text)
        qtbot.keyClick(line, key)
        assert not field.isVisible()
        return list(trained.submitted)

    trained.name()
    assert write("x", Qt.Key.Key_Escape) == write("") == []
    trained.slider.setFocus()
    assert trained.ask_name().placeholderText() == "Name for epoch 1.0"
    assert write("first epoch") == [(bookmark, ("A", 550, "first epoch"))]
    trained.name(s550="late")
    assert trained.ask_name().text() == "late"
    qtbot.keyClick(field.line, Qt.Key.Key_Backspace)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert trained.submitted[1:] == [(bookmark, ("A", 550, None))]
    trained.submitted.clear()
    trained.timeline.live()
    line = trained.ask_name()
    trained.say(steps(1651, 550), MomentKept(run="A", step=2200))
    qtbot.keyClicks(line, "here")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert trained.submitted == [(bookmark, ("A", 1650, "here"))], "the snapshot for which it was asked"
    trained.window.resize(960, 600)
    for step in (0, 22_000):
        trained.say(MomentKept(run="A", step=step))
        trained.timeline.go(step)
        trained.ask_name()
        assert trained.window.rect().contains(field.geometry())


def test_without_a_run_or_data_nothing_can_be_used_and_each_says_why(application):
    world = TimeWorld(application)
    for name in (*(f"time.{name}" for name in TIME), "run.train_on"):
        assert not world.actions[name].isEnabled()
        assert world.actions[name].toolTip() == "There is no run yet."
    for widget in (world.slider, world.chip, world.play):
        assert not widget.isEnabled() and widget.toolTip()
    assert world.figures() == ("", "")
    world.run()
    go_on = world.actions["run.train_on"]
    assert not go_on.isEnabled() and go_on.toolTip() == "The data are still being loaded."
    assert world.actions["time.previous"].isEnabled()
    world.say(dataset_opened(), EngineReady(device="CPU"))
    assert go_on.isEnabled()


def test_slider_figures_and_chip_follow_the_lens_and_move_it_and_so_do_the_keys_of_the_time_menu(trained):
    assert trained.figures() == ("epoch 3.0", f"{100 * epoch(3).test_accuracy:.2f} % accuracy")
    QTest.mouseClick(trained.slider, Qt.MouseButton.LeftButton, pos=trained.slider.place_of(1100).toPoint())
    assert trained.selection.lens == Lens("A", 1100)
    trained.selection.change(lens=Lens("A", 550))
    assert "epoch 1.0" in trained.slider.finding()
    assert trained.figures() == ("epoch 1.0", f"{100 * epoch(1).test_accuracy:.2f} % accuracy")
    trained.timeline.go(8)
    assert trained.figures() == ("epoch 0.015", "")
    QTest.keyClick(trained.slider, Qt.Key.Key_End)
    assert trained.selection.lens == Lens("A")

    assert trained.chip.isChecked() and trained.chip.accessibleName() == "Latest"
    trained.chip.click()
    assert trained.chip.isChecked() and trained.selection.lens.moment is None
    trained.timeline.go(550)
    assert not trained.chip.isChecked() and "earlier" in trained.chip.toolTip()
    trained.chip.click()
    assert trained.chip.isChecked() and trained.selection.lens == Lens("A")

    trained.slider.setFocus()
    alt, control = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
    left, right, home, end = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End
    seen = []
    for key, modifier in ((left, alt), (left, alt), (right, alt), (home, control), (end, control)):
        QTest.keyClick(trained.slider, key, modifier)
        seen.append(trained.selection.lens.moment)
    assert seen == [1100, 550, 1100, 0, None]
    trained.chip.setFocus()
    wanted = []
    trained.timeline.bookmarkWanted.connect(lambda: wanted.append(True))
    for key in range(Qt.Key.Key_Exclam, Qt.Key.Key_Underscore):
        QTest.keyClick(trained.chip, Qt.Key(key))
    assert trained.timeline.is_live and not trained.timeline.film.playing and not wanted, "letters move nothing"


def become(world, state):
    controls = world.application.controls
    controls.state = state
    controls.stateChanged.emit(state)


def interrupted(world):
    world.run()
    world.say(steps(1651, 330, "A"), MomentKept(run="A", step=1980))
    world.timeline.changed.emit()


def test_a_run_that_was_interrupted_is_continued_by_its_button_or_its_key_with_the_settings_of_the_form(
    world, qtbot, monkeypatch
):
    begun = []
    monkeypatch.setattr(world.application.controls, "start", lambda *args: begun.append(args))
    go_on = world.find(QPushButton, "run.continue")
    assert not go_on.isVisible(), "there is no run"
    interrupted(world)
    assert go_on.isVisible() and go_on.text() == "Continue"
    assert not world.find(QPushButton, "run.stop").isVisible(), "there is nothing to be stopped"
    assert go_on.toolTip().startswith("Run A stopped at epoch 3.6 of 40. ") and "F9" in go_on.toolTip()
    assert go_on.accessibleName() == "Continue training from here"
    qtbot.mouseClick(go_on, Qt.MouseButton.LeftButton)
    world.timeline.go(1100)
    world.actions["run.train_on"].trigger()
    spec = world.application.controls.next_spec()
    assert begun == [(spec, Parent("A", 1980)), (spec, Parent("A", 1100))]
    world.timeline.live()
    for state in ("running", "paused", "idle"):
        become(world, state)
        assert go_on.isVisible() == (state == "idle")
    world.say(MomentKept(run="A", step=22_000))
    world.timeline.changed.emit()
    assert not go_on.isVisible(), "it has ended"

    stop, step, start = (world.find(QPushButton, f"run.{name}") for name in ("stop", "step", "start"))
    monkeypatch.setattr(world.application.controls, "stop", lambda: None)
    world.say(*whole_run("B"), steps(1651, 330, "B"), MomentKept(run="B", step=1980))
    world.timeline.changed.emit()
    become(world, "running")
    stop.setFocus()
    qtbot.keyClick(stop, Qt.Key.Key_Space)
    become(world, "idle")
    assert go_on.hasFocus(), "Space once more goes on, and does not take a step"
    qtbot.keyClick(go_on, Qt.Key.Key_Space)
    become(world, "running")
    assert stop.hasFocus()
    step.setFocus()
    become(world, "idle")
    become(world, "running")
    assert step.hasFocus(), "who pressed neither stays where he is"
    for state, tip in (("running", "Pause"), ("paused", "Resume the run"), ("idle", "Start a new run")):
        become(world, state)
        assert start.toolTip().startswith(tip)


def test_the_bar_has_room_for_all_and_nothing_moves(world, qtbot):
    bar = world.find(QWidget, "transport")

    def parts():
        bar.parentWidget().layout().activate()
        return [each.geometry() for each in bar.children() if isinstance(each, QWidget) and not each.isHidden()]

    own = ("run.", "time.", "transport.")
    interrupted(world)
    for width, percent in ((1006, 100), (1024, 150), (1280, 100)):
        theme().choose_text_size(percent)
        world.window.resize(width, 600)
        qtbot.waitUntil(lambda width=width: bar.width() == width >= bar.minimumSizeHint().width())
        world.timeline.live()
        qtbot.waitUntil(lambda: not [each for each in cut_off(world.window) if each.startswith(own)])
        before = parts()
        for one, other in itertools.pairwise(sorted(before, key=QRect.x)):
            assert one.right() < other.left()
        assert max(map(QRect.right, before)) <= bar.width() and world.slider.width() >= 100
        for step in (0, 8, 550, 1650):
            world.timeline.go(step)
            assert parts() == before


def test_a_mixture_has_its_road_or_its_average_in_the_bar_and_the_way_back(world, qtbot):
    world.run()
    world.say(*whole_run("B", 3, early=EARLY))
    world.selection.change(lens=Lens("A", 550, mixed=(Share("B", None, 0.4, matched=True),)))
    road = world.find(RoadSlider, "time.road")
    assert road.isVisible() and not world.slider.isVisible() and road.value() == 40
    assert world.figures() == ("40 % to B", "neurons matched")
    assert world.chip.text() == "Back to A" and not world.chip.isChecked()
    assert world.find(QWidget, "facts.run").words == "Run A, 40 % of the way to run B, neurons matched"
    assert not cut_off(world.slider.parentWidget())
    qtbot.keyClick(road, Qt.Key.Key_PageUp)
    assert world.selection.lens == Lens("A", 550, mixed=(Share("B", None, 0.5, matched=True),))
    world.chip.click()
    assert world.selection.lens == Lens("A", 550)
    assert world.slider.isVisible() and not road.isVisible() and world.chip.text() == "Latest"
    assert world.figures()[0] == "epoch 1.0"
    world.selection.change(lens=Lens("A", 550, mixed=(Share("B", None, 0.25), Share("B", 0, 0.25))))
    assert not road.isVisible() and world.figures()[0] == "mixture", "of many there is no road"

    assert all(world.actions[f"time.average.{count}"].isEnabled() for count in (2, 4, 8))
    world.actions["time.average.8"].trigger()
    lens = world.selection.lens
    assert (lens.run, lens.moment, len(lens.mixed)) == ("A", 550, 7)
    assert world.figures()[0] == "average of 8"
    assert world.find(QWidget, "facts.run").words.startswith("Run A, average of 8 snapshots, epoch ")
    world.chip.click()
    assert world.selection.lens == Lens("A", 550)
    world.timeline.go(2)
    assert [world.actions[f"time.average.{count}"].isEnabled() for count in (2, 4)] == [True, False]
    assert "as many snapshots" in world.actions["time.average.4"].toolTip()
