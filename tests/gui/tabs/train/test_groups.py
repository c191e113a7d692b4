"""Groups in the Train tab: one row that folds, one thing to hide, colour, export and delete, a band in the plots."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.model.training.messages import Member, RunChanged
from engine.session.jobs.runs import RunsTogether, color_runs, delete_runs, export_figures, pin_runs, restore_runs
from gui.tabs.train.run_list import color_area, fold_area, pin_area
from gui.tabs.train.run_row import group_key
from tests.gui.mouse import double_click
from tests.gui.room import cut_off
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.train import train_world
from tests.gui.training_messages import epoch

LEFT = Qt.MouseButton.LeftButton
NAME = "A over seed"
ACCURACIES = {"B": (0.91, 0.95), "C": (0.92, 0.97, 0.96), "D": (0.9,)}


def member(name, number, **values):
    tests = tuple(
        epoch(place, run=name, test_accuracy=accuracy, test_loss=1 - accuracy)
        for place, accuracy in enumerate(ACCURACIES.get(name, (0.9,)), 1)
    )
    kept = {
        "spec": TrainSpec(seed=number + 1, stop_at=0.9),  # so each is trained to its end
        "epochs": tests,
        "pinned": True,
        "title": f"seed {number + 1}",
    }
    return summary(name, member=Member(NAME, number), **(kept | values))


class World(train_world.World):
    def __init__(self, qtbot):
        super().__init__(qtbot)
        self.view = self.tab.settings.runs.view
        self.group = [member(name, place) for place, name in enumerate("BCD")]
        self.open(summary("A", pinned=False), *self.group, summary("E"))
        self.tab.settings.pages.choose("runs")

    def open(self, *runs):
        """Open a session with these runs, and look at the last."""
        self.say(opened(runs=runs))
        self.look(runs[-1].name)

    def labels(self):
        return [row.label for row in self.view.rows.rows]

    def row(self, key=None):
        return self.view.rows.row(key or group_key(NAME))

    def click(self, area):
        place = area(self.view.inner(self.view.rows.index_of(group_key(NAME)))).center()
        QTest.mouseClick(self.view.viewport(), LEFT, pos=place)

    def middle(self):
        """A place on the row of the group."""
        return self.view.visualRect(self.view.rows.index_of(group_key(NAME))).center()

    def choose(self):
        QTest.mouseClick(self.view.viewport(), LEFT, pos=self.middle())

    def key(self, key):
        QTest.keyClick(self.view, key)

    def changed(self, name, **values):
        """What the engine says of a run after a change."""
        run = self.runs[name]
        look = {"title": run.look.title, "color": run.look.color, "pinned": run.look.pinned, "member": run.member}
        return RunChanged(run=name, moments=tuple(run.steps), bookmarks={}, **(look | values))

    def answer_to(self, job):
        self.say(JobEnded(outcome="done"), job=self.job(job))

    def curves(self, plot=None):
        return {key.rpartition(".")[0] for key, curve in (plot or self.tab.loss.plot).curves.items() if curve.tag}

    def band(self):
        return self.tab.progress.accuracy.curves[f"{group_key(NAME)}.accuracy"].band


def test_a_group_is_one_row_with_the_mean_of_its_last_accuracies_and_a_band_of_its_runs(world):
    assert world.labels() == ["E", NAME, "A"]
    last = np.array([0.95, 0.96, 0.9])
    row = world.row()
    assert row.accuracy == f"{100 * last.mean():.2f} ± {100 * last.std(ddof=1):.2f} %"
    assert (row.differences, row.progress) == ("seed 1, 2, 3", "3 runs · 90.00 to 96.00 %")
    assert "Group A over seed, folded" in row.sentence
    assert world.tab.settings.pages.findChild(object, "train.pages.runs").text() == "Runs 5"

    plot, band = world.tab.progress.accuracy, world.band()
    assert world.curves(plot) == {group_key(NAME)}
    columns = [[each[place] for each in ACCURACIES.values() if place < len(each)] for place in range(3)]
    for series, reduce in ((band.low, min), (band.high, max)):
        assert series.y.tolist() == pytest.approx([reduce(column) for column in columns])
    assert band.mean.y.tolist() == pytest.approx([np.mean(columns[0])]), "no mean of fewer than all"
    assert band.mean.x.tolist() == [1]
    world.say(epoch(2, run="D", test_accuracy=0.5))
    assert world.band().low.y.tolist() == [0.9, 0.5, 0.96], "it follows what its runs learn"
    world.click(fold_area)
    assert world.curves(plot) == {"B", "C", "D"}
    world.click(fold_area)
    assert world.curves(plot) == {group_key(NAME)}


def test_runs_that_differ_in_more_than_their_seed_have_a_range_and_a_group_counts_as_one_among_the_pinned(world):
    half = {"epochs": (epoch(1, run="D", test_accuracy=0.5),)}
    changed = "seed 1, 2, 3, dropout 0 %, 0 % → 30 % (step 9)"
    rate = {"spec": TrainSpec(seed=3, stop_at=0.9, learning_rate=0.3)}
    for values, differences, lowest, has_mean in (
        (rate, "seed 1, 2, 3, learning rate 0.1, 0.3", "90.00", False),
        ({"changes": ((9, "dropout", 0.3),)}, changed, "90.00", False),
        ({"dataset": "Fashion-MNIST"}, "seed 1, 2, 3, other data", "90.00", False),
        (half, "seed 1, 2, 3, other epochs trained", "50.00", True),
    ):
        world.open(member("B", 0), member("C", 1), member("D", 2, **values), summary("E"))
        row = world.row()
        assert (row.accuracy, row.progress) == (f"{lowest} to 96.00 %", "3 runs")
        assert row.differences == differences and "(range)" in row.sentence
        assert len(world.band().low) == 3 and bool(len(world.band().mean)) == has_mean, "as far as all have come"

    group = [member(name, place) for place, name in enumerate("FGH")]
    world.open(*(summary(name) for name in "ABCDE"), *group)
    assert world.asked(pin_runs) == []
    world.open(*(summary(name) for name in "ABCDE"), *group, summary("I"))
    assert world.asked(pin_runs) == [(["A"], False)], "the oldest of seven"

    names = [f"{one}{other}" for one in "AB" for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    world.open(*(member(name, place) for place, name in enumerate(names)), summary("CA", pinned=False))
    world.click(fold_area)
    assert len(world.labels()) == 54 and world.curves() == {group_key(NAME)}


def test_it_stays_chosen_opens_by_its_arrow_by_keys_and_by_a_double_click_and_folds_again(world):
    world.choose()
    assert world.selection.lens.run == "E" and world.view.current() is world.row()
    world.say(epoch(2, run="E"))
    assert world.view.current().name == NAME
    world.key(Qt.Key.Key_Right)
    assert world.labels() == ["E", NAME, "B · seed 1", "C · seed 2", "D · seed 3", "A"]
    assert [world.row(name).differences for name in "CD"] == ["seed 2", "seed 3"]
    world.key(Qt.Key.Key_Left)
    assert world.labels() == ["E", NAME, "A"]
    double_click(world.view.viewport(), world.middle())
    assert len(world.labels()) == 6
    world.click(fold_area)
    assert len(world.labels()) == 3

    world.look("A")
    assert world.view.current().name == "A"
    world.look("C")
    assert world.row().current and world.view.current() is world.row(), "one of its runs is looked at"
    world.click(fold_area)
    assert not world.row().current and world.view.current().name == "C"


def test_it_is_hidden_coloured_deleted_and_brought_back_as_one(world):
    assert group_key(NAME) in world.curves()
    world.click(pin_area)
    assert world.asked(pin_runs) == [(["B", "C", "D"], False)]
    world.say(RunsTogether(changed=tuple(world.changed(name, pinned=False) for name in "BCD")))
    world.answer_to(pin_runs)
    assert not world.row().pinned and group_key(NAME) not in world.curves()

    world.click(color_area)
    menu = world.tab.findChild(QMenu, "train.runs.colours")
    menu.actions()[4].trigger()
    menu.hide()
    assert world.asked(color_runs) == [({"B": 4, "C": 4, "D": 4},)]
    world.answer_to(color_runs)
    world.tab.history.undo()
    assert world.asked(color_runs)[-1] == ({"B": 0, "C": 0, "D": 0},)
    world.answer_to(color_runs)

    world.choose()
    world.key(Qt.Key.Key_Delete)
    assert world.asked(delete_runs) == [(("B", "C", "D"),)]
    world.say(RunsTogether(removed=("B", "C", "D")))
    assert world.labels() == ["E", "A"]
    world.answer_to(delete_runs)
    world.tab.history.undo()
    assert world.asked(restore_runs) == [(("B", "C", "D"),)]
    world.say(RunsTogether(restored=tuple(world.group)))
    assert world.labels() == ["E", NAME, "A"]


def test_it_is_exported_and_shown_as_one_table_and_has_no_title_and_no_settings_to_copy(world, place):
    place.answer = "/tables/mine.csv"
    world.choose()
    world.press("runs.export")
    assert Path(place.proposed).name == "group A over seed.csv"
    ((names, path),) = world.asked(export_figures)
    assert names == ("B", "C", "D") and str(path) == "/tables/mine.csv"
    for verb, why in (("rename", "called by what it goes over"), ("duplicate", "no settings of its own")):
        button = world.button(f"runs.{verb}")
        assert not button.isEnabled() and why in button.toolTip()

    wanted = []
    world.selection.compareWanted.connect(lambda *what: wanted.append(what))
    world.view.menuWanted.emit(world.view.mapToGlobal(world.view.rect().center()))
    menu = world.tab.settings.runs.menu
    expected = ["Show as a table", "Hide from plots", "Colour", "Export CSV…", "Delete"]
    assert [action.text() for action in menu.actions()] == expected
    menu.actions()[0].trigger()
    menu.hide()
    assert wanted == [("runs", NAME)]


def test_where_its_oldest_run_goes_it_stands_where_the_next_one_would_and_one_switch_hides_it_folded_or_open(world):
    world.open(member("A", 0), summary("B"), member("C", 1), member("D", 2))
    assert world.labels() == ["B", NAME]
    world.say(RunsTogether(removed=("A",)))
    assert world.labels() == [NAME, "C · seed 2", "D · seed 3", "B"], "two are seen side by side"
    world.say(RunsTogether(removed=("C",)))
    assert world.labels() == ["D · seed 3", "B"], "one run is no group"

    world.open(*world.group, summary("E"))
    switches = world.tab.loss.older.switches
    assert list(switches) == [group_key(NAME)] and switches[group_key(NAME)].text() == NAME
    assert cut_off(world.tab.loss) == [], "a legend that comes has room at once"
    QTest.mouseClick(switches[group_key(NAME)], LEFT)
    shown = [curve.shown for curve in world.tab.loss.plot.curves.values() if curve.tag]
    assert shown and not any(shown)
    world.click(fold_area)
    assert list(world.tab.loss.older.switches) == [group_key(NAME)]
    assert not any(curve.shown for curve in world.tab.loss.plot.curves.values() if curve.tag)
