"""The time machine in the whole window: slider, film, figures, `live`, the Time menu and the field for names."""

import itertools

import pytest
from PySide6.QtCore import Qt
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

    def run(self, epochs=3):
        self.say(*whole_run("A", epochs, early=EARLY))
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


def menu_of(world):
    menu = world.window.findChild(QMenu, "menu.time.bookmarks")
    menu.aboutToShow.emit()
    return menu


def test_the_menu_time_lists_the_bookmarks_and_each_leads_to_its_moment(world):
    assert not menu_of(world).menuAction().isEnabled()
    world.run()
    world.name(s1650="the end", s550="A & B")
    menu = menu_of(world)
    assert menu.menuAction().isEnabled()
    wanted = ["&1  A && B\tepoch 1.0", "&2  the end\tepoch 3.0"]
    assert [action.text() for action in menu.actions()] == wanted
    menu.actions()[0].trigger()
    assert world.timeline.position == 550
    world.name()
    assert not menu_of(world).menuAction().isEnabled()


def test_the_keys_of_the_bookmarks_lead_to_the_next_and_the_previous_one(trained, qtbot):
    trained.name(s1="dawn", s13="noon")
    trained.timeline.go(5)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(trained.window, Qt.Key.Key_B, control)
    assert trained.selection.lens == Lens("A", 13)
    for _ in range(2):
        qtbot.keyClick(trained.window, Qt.Key.Key_B, control | shift)
    assert trained.selection.lens == Lens("A", 1)


def test_the_field_of_a_bookmark_has_a_label_and_buttons(trained, qtbot):
    trained.timeline.go(550)
    trained.ask_name()
    field = trained.field()
    assert field.label.text() == "Name of the snapshot at epoch 1.0" and field.label.isVisible()
    assert field.ok.isVisible() and field.cancel.isVisible() and not field.delete.isVisible()
    field.line.setText("knee")
    qtbot.mouseClick(field.ok, Qt.MouseButton.LeftButton)
    assert trained.submitted == [(bookmark, ("A", 550, "knee"))] and not field.isVisible()
    trained.ask_name().setText("other")
    qtbot.mouseClick(field.cancel, Qt.MouseButton.LeftButton)
    assert len(trained.submitted) == 1 and not field.isVisible()


def test_a_bookmark_is_deleted_by_a_button(trained, qtbot):
    trained.name(s550="knee")
    trained.timeline.go(550)
    trained.ask_name()
    field = trained.field()
    assert field.delete.isVisible() and field.delete.toolTip()
    qtbot.keyClick(field.line, Qt.Key.Key_Tab)
    assert field.isVisible(), "its own buttons have the keyboard without that it goes"
    qtbot.mouseClick(field.delete, Qt.MouseButton.LeftButton)
    assert trained.submitted == [(bookmark, ("A", 550, None))] and not field.isVisible()


TIME = ("previous", "next", "first", "live", "play", "bookmark", "previous_bookmark", "next_bookmark")


def test_without_a_run_nothing_can_be_used_and_each_says_why(world):
    for name in (*(f"time.{name}" for name in TIME), "run.train_on"):
        assert not world.actions[name].isEnabled()
        assert world.actions[name].toolTip() == "There is no run yet."
    for widget in (world.slider, world.chip, world.play):
        assert not widget.isEnabled() and widget.toolTip()
    assert world.figures() == ("", "")


def test_before_the_engine_is_ready_no_run_goes_on_and_the_reason_is_said(application):
    world = TimeWorld(application)
    world.run()
    go_on = world.actions["run.train_on"]
    assert not go_on.isEnabled() and go_on.toolTip() == "The data are still being loaded."
    assert world.actions["time.previous"].isEnabled()
    world.say(dataset_opened(), EngineReady(device="CPU"))
    assert go_on.isEnabled()


def test_the_figures_are_those_of_the_moment_that_is_looked_at(trained):
    assert trained.figures() == ("epoch 3.0", f"{100 * epoch(3).test_accuracy:.2f} % accuracy")
    trained.timeline.go(550)
    assert trained.figures() == ("epoch 1.0", f"{100 * epoch(1).test_accuracy:.2f} % accuracy")
    trained.timeline.go(8)
    assert trained.figures() == ("epoch 0.015", "")


def test_the_slider_moves_the_lens_and_the_lens_the_slider(trained):
    QTest.mouseClick(trained.slider, Qt.MouseButton.LeftButton, pos=trained.slider.place_of(1100).toPoint())
    assert trained.selection.lens == Lens("A", 1100)
    trained.selection.change(lens=Lens("A", 550))
    assert "epoch 1.0" in trained.slider.accessibleName()
    QTest.keyClick(trained.slider, Qt.Key.Key_End)
    assert trained.selection.lens == Lens("A")


def test_the_chip_is_filled_while_live_and_comes_back_to_now(trained):
    assert trained.chip.isChecked() and trained.chip.accessibleName() == "Latest"
    trained.chip.click()
    assert trained.chip.isChecked() and trained.selection.lens.moment is None
    trained.timeline.go(550)
    assert not trained.chip.isChecked() and "earlier" in trained.chip.toolTip()
    trained.chip.click()
    assert trained.chip.isChecked() and trained.selection.lens == Lens("A")


def test_the_keys_of_the_time_menu_move_the_lens(trained):
    trained.window.activateWindow()
    trained.slider.setFocus()
    seen = []
    for key, modifier in (
        (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier),
    ):
        QTest.keyClick(trained.slider, key, modifier)
        seen.append(trained.selection.lens.moment)
    assert seen == [1100, 550, 1100, 0, None]


def test_typing_with_the_focus_on_a_button_neither_moves_time_nor_starts_the_film(trained):
    trained.window.activateWindow()
    trained.chip.setFocus()
    wanted = []
    trained.timeline.bookmarkWanted.connect(lambda: wanted.append(True))
    for key in range(Qt.Key.Key_Exclam, Qt.Key.Key_Underscore):
        QTest.keyClick(trained.chip, Qt.Key(key))
    assert trained.selection.lens == Lens("A") and trained.timeline.is_live
    assert not trained.timeline.film.playing and not wanted


def test_the_actions_follow_the_moment(trained):
    usable = lambda: {name for name in TIME if trained.actions[f"time.{name}"].isEnabled()}  # noqa: E731
    assert usable() == {"previous", "first", "play", "bookmark"}
    trained.name(s550="x")
    trained.timeline.go(0)
    assert usable() == {"next", "live", "play", "bookmark", "next_bookmark"}
    trained.timeline.go(1100)
    assert usable() == set(TIME) - {"next_bookmark"}


def test_the_play_button_plays_and_holds_and_offers_the_speeds(trained):
    trained.play.click()
    assert trained.timeline.film.playing and trained.play.accessibleName() == "Pause playback"
    trained.play.click()
    assert not trained.timeline.film.playing and trained.play.accessibleName() == "Play training"
    wanted = [*(f"{speed} snapshots a second" for speed in (2, 5, 10, 20)), *("", "Film over training…")]
    assert [action.text().replace("&", "") for action in trained.play.menu().actions()] == wanted
    assert trained.actions["time.speed.10"].isChecked()
    trained.play.menu().actions()[3].trigger()
    assert trained.timeline.film.speed == 20 and trained.actions["time.speed.20"].isChecked()


def test_a_moment_gets_its_name_in_place(trained, qtbot):
    qtbot.keyClicks(trained.ask_name(), "x")
    qtbot.keyClick(trained.field().line, Qt.Key.Key_Escape)
    assert not trained.field().isVisible() and trained.submitted == []
    trained.timeline.go(550)
    trained.slider.setFocus()
    line = trained.ask_name()
    assert trained.field().isVisible() and line.placeholderText() == "Name for epoch 1.0"
    qtbot.keyClicks(line, "first epoch")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert trained.submitted == [(bookmark, ("A", 550, "first epoch"))]
    assert not trained.field().isVisible()


def test_an_empty_name_takes_it_away_and_only_where_there_is_one(trained, qtbot):
    trained.timeline.go(1100)
    qtbot.keyClick(trained.ask_name(), Qt.Key.Key_Return)
    assert trained.submitted == []
    trained.name(s1100="late")
    line = trained.ask_name()
    assert line.text() == "late"
    qtbot.keyClick(line, Qt.Key.Key_Backspace)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert trained.submitted == [(bookmark, ("A", 1100, None))]


def test_a_name_belongs_to_the_moment_it_was_asked_for(trained, qtbot):
    line = trained.ask_name()
    trained.say(steps(1651, 550), MomentKept(run="A", step=2200))
    qtbot.keyClicks(line, "here")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert trained.submitted == [(bookmark, ("A", 1650, "here"))]


@pytest.mark.parametrize("step", [0, 22_000])
def test_the_field_stays_inside_the_window(trained, step):
    trained.window.resize(960, 600)
    trained.say(MomentKept(run="A", step=step))
    trained.timeline.go(step)
    trained.ask_name()
    assert trained.window.rect().contains(trained.field().geometry())


def test_a_run_goes_on_from_the_moment_with_the_settings_of_the_form(world, monkeypatch):
    begun = []
    world.run()
    monkeypatch.setattr(world.application.controls, "start", lambda *args: begun.append(args))
    world.timeline.go(1100)
    world.actions["run.train_on"].trigger()
    ((spec, parent),) = begun
    assert parent == Parent("A", 1100)
    assert spec == world.application.controls.next_spec()


@pytest.mark.parametrize("width", [960, 1280])
def test_the_bar_has_room_for_all_and_nothing_moves(world, width, qtbot):
    world.window.resize(width, 720)
    bar = world.slider.parentWidget()
    qtbot.waitUntil(lambda: bar.window().width() == width)

    def parts():
        return [each.geometry() for each in bar.children() if each.isWidgetType() and not each.isHidden()]

    world.run()
    bar.parentWidget().layout().activate()
    before = parts()
    assert world.slider.width() >= 150
    for one, other in itertools.pairwise(before):
        assert one.right() < other.left()
    assert before[-1].right() <= bar.width()
    for step in (0, 8, 550, 1650):
        world.timeline.go(step)
        bar.parentWidget().layout().activate()
        assert parts() == before


def become(world, state):
    """Let the run be in that state, as if the engine had told so."""
    controls = world.application.controls
    controls.state = state
    controls.stateChanged.emit(state)


def interrupted(world, epochs=3):
    world.run(epochs)
    world.say(steps(1651, 330, "A"), MomentKept(run="A", step=1980))
    world.timeline.changed.emit()


def test_a_run_that_was_interrupted_has_a_button_that_continues_it(world, qtbot, monkeypatch):
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
    assert [parent for _, parent in begun] == [Parent("A", 1980)]


def test_nothing_is_to_be_continued_while_a_run_goes_on_or_after_its_end(world):
    go_on = world.find(QPushButton, "run.continue")
    interrupted(world)
    for state in ("running", "paused"):
        become(world, state)
        assert not go_on.isVisible()
    become(world, "idle")
    assert go_on.isVisible()
    world.say(MomentKept(run="A", step=22_000))
    world.timeline.changed.emit()
    assert not go_on.isVisible()


def test_stop_and_continue_share_a_place_and_the_focus(world, qtbot, monkeypatch):
    for name in ("start", "stop"):
        monkeypatch.setattr(world.application.controls, name, lambda *_: None)
    stop, go_on, step = (world.find(QPushButton, f"run.{name}") for name in ("stop", "continue", "step"))
    interrupted(world)
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


def test_start_says_that_it_begins_a_new_run_and_resume_that_it_goes_on(world):
    start = world.find(QPushButton, "run.start")
    assert start.toolTip().startswith("Start a new run")
    for state, tip in (("running", "Pause"), ("paused", "Resume the run"), ("idle", "Start a new run")):
        become(world, state)
        assert start.toolTip().startswith(tip)


def test_the_button_that_continues_does_not_crowd_the_bar(world, qtbot):
    interrupted(world)
    bar = world.find(QWidget, "transport")
    for width, percent in ((960, 100), (1024, 100), (1024, 150), (1280, 150)):
        theme().choose_text_size(percent)
        world.window.resize(width, 600)
        qtbot.waitUntil(lambda width=width: bar.width() == width >= bar.minimumSizeHint().width())
        bar.layout().activate()
        shown = [each for each in bar.children() if isinstance(each, QWidget) and each.isVisible()]
        for one, other in itertools.pairwise(sorted(shown, key=lambda each: each.x())):
            assert one.geometry().right() < other.x()
        assert not [each for each in cut_off(world.window) if each.startswith(("run.", "time.", "transport."))]


# The road between two networks ------------------------------------------------------------------------------------


@pytest.fixture
def road(world):
    world.run()
    world.say(*whole_run("B", 3, early=EARLY))
    world.selection.change(lens=Lens("A", 550, mixed=(Share("B", None, 0.4, matched=True),)))
    return world.find(RoadSlider, "time.road")


def test_while_a_mixture_is_looked_at_the_bar_shows_the_road_and_the_way_back(world, road):
    assert road.isVisible() and not world.slider.isVisible() and road.value() == 40
    assert world.figures() == ("40 % to B", "neurons matched")
    assert world.chip.text() == "Back to A" and not world.chip.isChecked()
    assert world.find(QWidget, "facts.run").words == "Run A, 40 % of the way to run B, neurons matched"
    assert not cut_off(world.slider.parentWidget())
    world.chip.click()
    assert world.selection.lens == Lens("A", 550)
    assert world.slider.isVisible() and not road.isVisible() and world.chip.text() == "Latest"
    assert world.figures()[0] == "epoch 1.0"


def test_keys_and_mouse_move_along_the_road(world, road, qtbot):
    for key, place in ((Qt.Key.Key_Right, 0.41), (Qt.Key.Key_PageUp, 0.51), (Qt.Key.Key_End, 1.0)):
        qtbot.keyClick(road, key)
        assert world.selection.lens.mixed == (Share("B", None, place, matched=True),)
    qtbot.mouseClick(road, Qt.MouseButton.LeftButton, pos=road.rect().center())
    assert abs(world.selection.lens.mixed[0].weight - 0.5) < 0.02 and world.selection.lens.moment == 550


def test_the_average_of_the_last_snapshots_is_in_the_menu_as_far_as_there_are_so_many(world, road):
    actions = world.application.actions
    assert all(actions[f"time.average.{count}"].isEnabled() for count in (2, 4, 8))
    actions["time.average.8"].trigger()
    lens = world.selection.lens
    assert (lens.run, lens.moment, len(lens.mixed)) == ("A", 550, 7)
    assert world.figures()[0] == "average of 8"
    assert world.find(QWidget, "facts.run").words.startswith("Run A, average of 8 snapshots, epoch ")
    world.chip.click()
    world.application.timeline.go(2)
    assert [actions[f"time.average.{count}"].isEnabled() for count in (2, 4)] == [True, False]
    assert "as many snapshots" in actions["time.average.4"].toolTip()


def test_a_mixture_of_many_has_no_road_but_a_way_back(world, road):
    shares = (Share("B", None, 0.25), Share("B", 0, 0.25))
    world.selection.change(lens=Lens("A", 550, mixed=shares))
    assert not road.isVisible() and world.figures()[0] == "mixture"
    world.chip.click()
    assert world.selection.lens == Lens("A", 550)
