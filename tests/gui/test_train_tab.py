"""The Train tab, fed with the messages of a run: what it draws, says, sends and starts."""

import dataclasses
import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, started, steps

from engine.errors import UserError
from engine.jobs import DatasetOpened, EngineReady
from engine.lens import Lens, Neuron
from engine.mailbox import Mailbox
from engine.messages import JobEnded, JobStarted
from engine.probes.weight_histograms import LayerHistogram, WeightHistograms, weight_histograms
from engine.run_jobs import color_run, delete_run, export_history, pin_run, rename_run, restore_run
from engine.session import Session
from engine.session_jobs import SessionOpened
from engine.specs import PRESETS, TrainSpec
from engine.training.messages import Diagnosis, MomentKept, Parent, RunFinished
from engine.training.run import Run
from gui.bridge import Bridge
from gui.run_controls import RunControls
from gui.selection import Selection
from gui.tabs.train import TrainTab
from gui.timeline import Timeline
from tests.gui.tab_world import SENT_BY_OTHERS, RecordingRunner, TabWorld
from tests.gui.test_timeline import summary

RUN_JOBS = (rename_run, color_run, pin_run, delete_run, restore_run)


class World(TabWorld):
    """A tab on the screen, and hands for engine and person."""

    def __init__(self, qtbot):
        super().__init__(qtbot, TrainTab, train=train)
        self.session, self.answered = Session(), 0
        self.say(EngineReady(device="CPU"))

    def make_tab(self, kind):
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        return super().make_tab(kind)

    def say(self, *messages, job=SENT_BY_OTHERS):
        super().say(*messages, job=job)

    def run(self, run="A", spec=None, epochs=3):
        """Start a run and let it tell of so many epochs."""
        self.controls.start(spec or TrainSpec())
        self.say(JobStarted(), job=self.controls.job())
        self.session.runs[run] = Run(name=run, spec=spec or TrainSpec(), steps_per_epoch=STEPS_PER_EPOCH)
        self.say(started(run, spec))
        for number in range(1, epochs + 1):
            self.say(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH, run), epoch(number, run))
        self.draw()

    def answer(self):
        """Let a session do the jobs on runs that were submitted, and tell what it answers; return what they are."""
        done = []
        while self.answered < len(self.runner.submitted):  # an answer may lead to more jobs
            make, args, _ = self.runner.submitted[self.answered]
            self.answered += 1
            if make in RUN_JOBS:
                done.append((make.__name__, *args))
                self.say(*make(self.session, *args))
        return done

    def backdrops(self):
        return {key.partition(".")[0] for key, curve in self.tab.loss.plot.curves.items() if curve.tag}

    def listed(self):
        return [row.name for row in self.tab.settings.runs.view.rows.rows]

    def pinned(self):
        return {row.name for row in self.tab.settings.runs.view.rows.rows if row.pinned}

    def end(self):
        self.say(JobEnded(outcome="done"), job=self.controls.job())

    def keep(self, *steps, run="A"):
        self.say(*(MomentKept(run=run, step=step) for step in steps))

    def questions(self):
        return [args[0] for args in self.asked(weight_histograms)]

    def answer_question(self):
        """The engine ends the tab's job."""
        self.say(JobEnded(outcome="done"), job=self.tab._job)

    def figure(self, name):
        return self.tab.findChild(QWidget, name).text()

    def draw(self):
        self.tab.loss.plot.redraw()
        self.tab.progress.accuracy.redraw()

    def write(self, name, text):
        editor = self.tab.settings.form.fields[name].editor
        editor.setText(text)
        editor.textEdited.emit(text)

    def started_specs(self):
        return [args[0] for args in self.asked(train)]


def train(session, spec):
    yield


@pytest.fixture
def world(qtbot):
    return World(qtbot)


def test_before_the_first_run_the_tab_says_what_to_do_and_does_it(world, qtbot):
    button = world.tab.loss.empty.button
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert world.started_specs() == [TrainSpec()]


def test_nothing_can_be_started_before_the_engine_is_ready(qtbot):
    bridge = Bridge(RecordingRunner(), Mailbox())
    tab = TrainTab(bridge, RunControls(bridge), Selection())
    qtbot.addWidget(tab)
    assert not tab.loss.empty.button.isEnabled()
    assert tab.loss.empty.button.toolTip()


def test_the_blogs_curve_is_drawn_from_the_messages(world):
    world.run(epochs=40)
    curves = world.tab.loss.plot.curves
    assert np.allclose(curves["A.train"].item.getData()[0], np.arange(1, 41))
    assert np.allclose(10 ** curves["A.train"].item.getData()[1], blog_loss(np.arange(1, 41)))
    assert np.allclose(10 ** curves["A.test"].item.getData()[1], blog_loss(np.arange(1, 41)) + 0.05)
    assert len(curves["A.steps"].series) == 40 * STEPS_PER_EPOCH == 22_000
    accuracy = world.tab.progress.accuracy.curves["A.accuracy"].item.getData()[1]
    assert np.allclose(accuracy, 0.98 - 0.06 * 0.7 ** np.arange(1, 41))
    assert world.tab.loss.plot.viewRange()[0] == pytest.approx([0, 40])


def test_the_newest_values_stand_in_the_legend_and_at_the_accuracy(world):
    world.run(epochs=2)
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(2):.3f}"
    assert world.tab.loss.legend.switches["test"].value == f"{blog_loss(2) + 0.05:.3f}"
    assert world.tab.findChild(QWidget, "train.accuracy").text() == "95.06 %"


def test_the_log_switch_makes_the_axis_linear(world):
    world.run(epochs=5)
    world.tab.loss.tools.log.trigger()
    world.draw()
    drawn = world.tab.loss.plot.curves["A.train"].item.getData()[1]
    assert np.allclose(drawn, blog_loss(np.arange(1, 6)))


def test_a_switch_of_the_legend_hides_its_curve_in_every_run(world, qtbot):
    world.run("A")
    world.run("B")
    qtbot.mouseClick(world.tab.loss.legend.switches["test"], Qt.MouseButton.LeftButton)
    world.draw()
    curves = world.tab.loss.plot.curves
    assert not any(curves[key].item.isVisible() for key in ("A.test", "B.test"))
    assert all(curves[key].item.isVisible() for key in ("A.train", "B.train"))


def test_other_runs_stay_behind_in_their_own_colours_with_their_names(world):
    world.run("A", epochs=5)
    world.run("B", epochs=2)
    world.tab.settings.runs.colored.emit("A", 4)
    world.tab.settings.runs.renamed.emit("A", "no dropout")
    world.answer()
    curves = world.tab.loss.plot.curves
    assert curves["A.train"].stroke.color == curves["A.test"].stroke.color == "class_4"
    assert curves["A.train"].stroke.opacity < curves["B.train"].stroke.opacity == 1
    assert curves["A.train"].stroke.dashes != curves["A.test"].stroke.dashes == Qt.PenStyle.DashLine
    assert curves["A.test"].tag == "no dropout"
    assert [curves[f"B.{kind}"].stroke.color for kind in ("train", "test")] == ["curve_1", "curve_2"]
    assert world.tab.progress.accuracy.curves["A.accuracy"].stroke.color == "class_4"
    assert "A.steps" not in curves


def test_a_long_title_leaves_the_letter_at_the_curve(world):
    world.run("A")
    world.run("B")
    world.tab.settings.runs.renamed.emit("A", "a much longer story")
    world.answer()
    assert world.tab.loss.plot.curves["A.test"].tag == "A"


def test_all_other_runs_are_taken_out_of_the_plots_by_one_click_and_brought_back_by_undo(world, qtbot):
    for run in "ABC":
        world.run(run)
    qtbot.mouseClick(world.tab.loss.clear, Qt.MouseButton.LeftButton)
    assert world.answer() == [("pin_run", "A", False), ("pin_run", "B", False)]
    assert world.backdrops() == set()
    assert not world.tab.loss.clear.isVisible()
    assert world.listed() == ["C", "B", "A"]
    world.selection.history.undo()
    world.answer()
    assert world.backdrops() == {"A", "B"}


def test_six_runs_are_pinned_and_the_oldest_lose_their_pins_for_all_to_see(world):
    for run in "ABCDEFGH":
        world.run(run, epochs=1)
    assert list(world.tab.runs) == list("ABCDEFGH")
    assert world.answer() == [("pin_run", "A", False), ("pin_run", "B", False)]
    assert world.backdrops() == set(world.tab.loss.older.switches) == set("CDEFG")
    assert world.pinned() == set("CDEFGH")


def test_looking_at_a_run_changes_no_pins_and_at_most_six_are_drawn_behind_it(world):
    for run in "ABCDEFGH":
        world.run(run, epochs=1)
    world.answer()
    world.selection.change(lens=Lens("A"))
    assert world.answer() == []
    assert world.backdrops() == set("CDEFGH")


def test_an_old_run_that_is_pinned_takes_the_place_of_the_oldest_other(world):
    for run in "ABCDEFG":
        world.run(run, epochs=1)
    world.answer()
    world.tab.settings.runs.pinned.emit("A", True)
    assert world.answer() == [("pin_run", "A", True), ("pin_run", "B", False)]
    assert world.pinned() == set("ACDEFG")
    assert {run.name for run in world.session.runs.values() if run.pinned} == set("ACDEFG")


def test_the_legend_takes_a_run_out_of_all_plots(world, qtbot):
    world.run("A")
    world.run("B")
    qtbot.mouseClick(world.tab.loss.older.switches["A"], Qt.MouseButton.LeftButton)
    assert world.answer() == [("pin_run", "A", False)]
    assert world.backdrops() == set()
    assert "A.accuracy" not in world.tab.progress.accuracy.curves
    assert "B.train" in world.tab.loss.plot.curves
    assert world.pinned() == {"B"}


# The list of runs -------------------------------------------------------------------------------------------------


def test_the_left_panel_has_two_pages(world, qtbot):
    world.run("A")
    world.run("B")
    settings, pages = world.tab.settings, world.tab.settings.pages
    runs = world.tab.findChild(QAbstractButton, "train.pages.runs")
    assert runs.text() == "Runs 2"
    assert settings.form.fields["batch"].isVisible()
    qtbot.mouseClick(runs, Qt.MouseButton.LeftButton)
    assert settings.runs.view.isVisible()
    assert not settings.form.fields["batch"].isVisible()
    assert not settings.chip.isVisible()
    pages.choose("settings")
    assert settings.form.fields["batch"].isVisible()
    assert settings.chip.isVisible()


def test_a_click_on_a_run_makes_it_the_one_that_all_tabs_look_at(world, qtbot):
    world.run("A", TrainSpec(layers="300, 200"), epochs=2)
    world.run("B", epochs=3)
    assert world.selection.lens == Lens("B")
    world.tab.settings.pages.choose("runs")
    view = world.tab.settings.runs.view
    place = view.visualRect(view.rows.index_of("A")).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert world.selection.lens == Lens("A")
    curves = world.tab.loss.plot.curves
    assert curves["A.train"].stroke.color == "curve_1"
    assert "A.steps" in curves
    assert world.backdrops() == {"B"}
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(2):.3f}"
    assert len(world.tab.progress.gradients.plot.curves) == 3
    assert view.current().name == "A"


def test_a_run_that_others_look_at_is_shown_here_too(world):
    world.run("A")
    world.run("B")
    world.selection.change(lens=Lens("A", 550))
    assert world.selection.lens == Lens("A", 550)
    assert world.tab.settings.runs.view.current().name == "A"
    assert world.tab.loss.accessibleName() == "Loss · run A"


def test_the_run_that_is_trained_goes_on_behind_the_one_that_is_looked_at(world):
    world.run("A", epochs=2)
    world.run("B", epochs=1)
    world.selection.change(lens=Lens("A"))
    health = world.tab.findChild(QWidget, "train.health.dead.1").text()
    world.say(
        steps(551, 550, "B"),
        epoch(2, "B", dead=(7,)),
        Diagnosis(run="B", ailment="plateau", sentence="Rests."),
    )
    world.draw()
    assert len(world.tab.loss.plot.curves["B.train"].item.getData()[0]) == 2
    assert world.tab.findChild(QWidget, "train.health.dead.1").text() == health
    rows = {row.name: row for row in world.tab.settings.runs.view.rows.rows}
    assert (rows["B"].state, rows["A"].state) == ("training", "")
    assert world.tab.settings.note.text().startswith("Run B is on.")
    world.selection.change(lens=Lens("B"))
    assert world.tab.findChild(QWidget, "train.health.dead.1").text() == "7 of 300"
    assert world.tab.health.sentence.text() == "Rests."


def test_a_remedy_of_a_run_that_is_not_trained_does_not_change_the_one_that_is(world, qtbot):
    world.run("A")
    world.say(Diagnosis(run="A", ailment="plateau", sentence="It rests.", remedy="Lower", changes=LOWER_RATE))
    world.run("B", TrainSpec(batch=50))
    world.selection.change(lens=Lens("A"))
    world.runner.orders.clear()
    qtbot.mouseClick(world.tab.health.remedy, Qt.MouseButton.LeftButton)
    assert not [changes for _, changes in world.runner.changes if "learning_rate" in changes]
    assert world.started_specs()[-1] == TrainSpec(learning_rate=0.01)


def test_rename_colour_and_delete_are_undone_by_the_engine(world):
    world.run("A")
    world.run("B")
    world.end()
    runs, history = world.tab.settings.runs, world.selection.history
    runs.renamed.emit("B", "no dropout")
    world.answer()
    assert world.tab.loss.accessibleName() == "Loss · B · no dropout"
    runs.colored.emit("B", 7)
    world.answer()
    runs.deleted.emit("B")
    assert world.answer() == [("delete_run", "B")]
    assert world.listed() == ["A"]
    assert world.selection.lens == Lens("A")
    for _ in range(3):
        history.undo()
        world.answer()
    assert world.listed() == ["B", "A"]
    assert (world.tab.runs["B"].title, world.tab.runs["B"].color) == ("", 0)
    assert world.selection.lens == Lens("B")
    history.redo()
    world.answer()
    assert world.tab.runs["B"].title == "no dropout"


def test_a_restored_run_has_its_old_place_in_list_and_legend(world):
    for run in "ABC":
        world.run(run)
    world.tab.settings.runs.deleted.emit("A")
    world.answer()
    world.selection.history.undo()
    world.answer()
    world.selection.change(lens=Lens("C"))
    assert world.listed() == ["C", "B", "A"]
    assert list(world.tab.loss.older.switches) == ["A", "B"]


def test_when_the_last_run_is_deleted_the_tab_is_as_before_the_first(world):
    world.run("A")
    world.end()
    world.tab.settings.runs.deleted.emit("A")
    world.answer()
    assert world.selection.lens is None
    assert world.tab.loss.empty.isVisible()
    assert world.tab.loss.plot.curves == {}
    assert world.tab.settings.runs.empty is world.tab.settings.runs._pages.currentWidget()
    world.selection.history.undo()
    world.answer()
    assert not world.tab.loss.empty.isVisible()


def test_a_duplicate_is_put_into_the_form(world, qtbot):
    world.run("A", TrainSpec(batch=64, layers="64"))
    world.run("B")
    world.selection.change(lens=Lens("A"))
    world.tab.settings.pages.choose("runs")
    qtbot.mouseClick(world.tab.settings.runs.buttons["duplicate"], Qt.MouseButton.LeftButton)
    assert world.tab.spec() == TrainSpec(batch=64, layers="64")
    assert world.tab.settings.form.fields["batch"].isVisible()


def test_the_history_is_exported_by_the_engine(world, tmp_path):
    world.run("A")
    world.tab.settings.runs.exported.emit("A", tmp_path / "a.csv")
    assert world.runner.submitted[-1][:2] == (export_history, ("A", tmp_path / "a.csv"))


def trained(name, epochs=2, **changes):
    spec = TrainSpec()
    run = Run(name=name, spec=spec, steps_per_epoch=STEPS_PER_EPOCH, **changes)
    for number in range(1, epochs + 1):
        run.losses.append(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH, name).losses)
        run.epochs.append(epoch(number, name))
    return run


def opened(*runs):
    summaries = tuple(run.summary() if isinstance(run, Run) else run for run in runs)
    return SessionOpened(name="x", path=None, is_saved=False, read_only="", runs=summaries, view={})


def test_a_session_that_is_opened_brings_its_runs_as_if_one_had_watched_them(world):
    world.run("A", epochs=3)
    world.run("Q", epochs=1)
    watched = world.tab.runs["A"]
    world.say(
        opened(
            trained("A", 3, title="first", color=3), trained("B", 2, pinned=False, parent=Parent("A", 550))
        )
    )
    assert world.listed() == ["B", "A"]
    there = world.tab.runs["A"]
    np.testing.assert_allclose(there.steps.x, np.arange(1, 1651) / 550)
    for name in ("steps", "train", "test", "accuracy"):
        np.testing.assert_array_equal(getattr(there, name).x, getattr(watched, name).x)
        np.testing.assert_array_equal(getattr(there, name).y, getattr(watched, name).y)
    for name in ("gradients", "dead"):
        for one, other in zip(getattr(there, name), getattr(watched, name), strict=True):
            np.testing.assert_array_equal(one.y, other.y)
    assert (there.position, there.title, there.color, there.parent) == (3, "first", 3, None)
    assert (world.tab.runs["B"].pinned, world.tab.runs["B"].parent) == (False, Parent("A", 550))


def test_an_opened_run_says_what_ails_it(world):
    world.say(opened(trained("A", 3)))
    assert world.tab.health.sentence.text() == HE_WEIGHTS.sentence.replace("60", "53")
    assert world.tab.findChild(QWidget, "train.health.dead.1").text() == "53 of 300"


def test_an_empty_session_shows_nothing_of_the_one_before(world):
    world.run("A")
    world.say(opened())
    assert world.listed() == []
    assert world.selection.lens is None
    assert world.tab.loss.empty.isVisible()
    assert world.tab.findChild(QWidget, "train.accuracy").text() == ""


def test_a_session_with_too_many_pinned_runs_unpins_the_oldest(world):
    runs = [trained(name) for name in "ABCDEFGH"]
    world.session.runs = {run.name: run for run in runs}
    world.say(opened(*runs))
    assert world.answer() == [("pin_run", "A", False), ("pin_run", "B", False)]
    assert world.pinned() == set("CDEFGH")


def test_a_run_that_goes_on_takes_over_what_its_parent_had_done(world):
    world.run("A", epochs=3)
    taken = trained("B", 2, color=1, parent=Parent("A", 2 * STEPS_PER_EPOCH)).summary()
    world.say(dataclasses.replace(started("B"), resumed=taken))
    world.say(steps(2 * STEPS_PER_EPOCH + 1, STEPS_PER_EPOCH, "B"), epoch(3, "B"))
    history = world.tab.runs["B"]
    np.testing.assert_array_equal(history.train.x, [1, 2, 3])
    assert len(history.steps) == 3 * STEPS_PER_EPOCH
    assert world.selection.lens == Lens("B")
    assert "from A, epoch 2" in world.tab.settings.runs.view.rows.rows[0].progress


def test_a_wrong_setting_is_no_spec_and_starts_nothing(world):
    world.write("batch", "0")
    assert world.tab.spec() is None
    assert world.tab.settings.note.text() == "Batch must be between 1 and 10,000, not 0."
    world.controls.start()
    assert world.started_specs() == []


def test_a_preset_of_the_chip_is_what_the_next_run_uses(world):
    next(
        action for action in world.tab.settings.chip.menu().actions() if action.text() == "Small and quick"
    ).trigger()
    world.controls.start()
    assert world.started_specs() == [PRESETS["quick"].spec]


def test_a_live_setting_goes_to_the_run_at_once(world, qtbot):
    world.run()
    world.runner.orders.clear()
    slider = world.tab.settings.form.fields["learning_rate"].slider
    with qtbot.waitSignal(world.tab.settings.liveChanged):
        slider.setValue(slider.value() - 40)
    assert world.runner.changes == [(world.controls.job(), {"learning_rate": 0.01})]


def test_a_remedy_for_the_running_run_is_applied_by_one_click(world, qtbot):
    world.run()
    world.say(
        Diagnosis(
            run="A",
            ailment="diverging",
            sentence="It diverges.",
            remedy="Lower the rate to 0.01",
            changes=LOWER_RATE,
        )
    )
    assert world.tab.health.sentence.text() == "It diverges."
    assert world.tab.health.remedy.text() == "Lower the rate to 0.01"
    qtbot.mouseClick(world.tab.health.remedy, Qt.MouseButton.LeftButton)
    assert world.runner.changes[-1] == (world.controls.job(), LOWER_RATE)
    assert world.tab.spec().learning_rate == 0.01
    assert len(world.started_specs()) == 1


def test_a_remedy_that_needs_a_new_run_starts_one_by_one_click(world, qtbot):
    world.run()
    world.say(HE_WEIGHTS)
    qtbot.mouseClick(world.tab.health.remedy, Qt.MouseButton.LeftButton)
    assert world.started_specs()[-1] == TrainSpec(initial="he")
    assert world.tab.spec() == TrainSpec(initial="he")


def test_a_remedy_for_a_run_that_has_ended_starts_a_new_one(world, qtbot):
    world.run()
    world.say(RunFinished(run="A", reason="epochs", epoch=3))
    world.say(JobEnded(outcome="done"), job=world.controls.job())
    world.say(
        Diagnosis(
            run="A", ailment="plateau", sentence="It rests.", remedy="Raise it", changes={"dropout": 0.3}
        )
    )
    qtbot.mouseClick(world.tab.health.remedy, Qt.MouseButton.LeftButton)
    assert world.started_specs()[-1] == TrainSpec(dropout=0.3)


def test_a_healthy_run_has_no_remedy(world):
    world.run()
    world.say(HE_WEIGHTS, Diagnosis(run="A", ailment="healthy", sentence="Learning as it should."))
    assert not world.tab.health.remedy.isVisible()


def test_the_diagnosis_of_another_run_is_not_shown(world):
    world.run("A")
    world.run("B")
    before = world.tab.health.sentence.text()
    world.say(HE_WEIGHTS)
    assert world.tab.health.sentence.text() == before


def test_health_says_what_each_layer_does(world):
    world.run()
    said = {name: world.tab.findChild(QWidget, f"train.health.{name}").text() for name in HEALTH}
    assert said == HEALTH


@pytest.mark.parametrize("layers", ["", "64", "300, 200", "9, 9, 9, 9, 9, 9, 9, 9"])
def test_networks_of_any_depth_have_their_rows_and_curves(world, layers):
    spec = TrainSpec(layers=layers)
    hidden = len(spec.hidden)
    world.controls.start(spec)
    world.say(started("A", spec))
    world.say(
        epoch(1, gradient_norms=(0.1,) * (hidden + 1), dead=(3,) * hidden, widths=(9,) * hidden),
    )
    assert world.tab.findChild(QWidget, f"train.health.gradient.{hidden + 1}").text() == "0.10"
    assert len(world.tab.progress.gradients.plot.curves) == hidden + 1
    assert len(world.tab.progress.dead.plot.curves) == hidden


def test_weights_are_asked_for_and_drawn(world, qtbot):
    world.run()
    qtbot.waitUntil(lambda: (Lens("A"),) in world.asked(weight_histograms))
    edges, shares = np.linspace(-1, 1, 61), np.full(60, 1 / 60)
    layer = LayerHistogram("Layer 1", edges, shares, shares)
    asked = world.job(weight_histograms)
    world.say(WeightHistograms(run="A", step=550, layers=(layer, layer)), job=asked)
    assert (
        world.tab.findChild(QWidget, "train.health.weights.1").toolTip().startswith("How the layer's weights")
    )


def test_weights_are_not_asked_for_at_every_epoch(world):
    world.run(epochs=30)
    assert len(world.asked(weight_histograms)) <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300])
def test_no_number_breaks_the_tab(world, value):
    world.run(epochs=1)
    world.say(
        steps(551, 30, loss=value),
        epoch(
            2,
            train_loss=value,
            test_loss=value,
            test_accuracy=0.1,
            gradient_norms=(value, value),
            finite=False,
        ),
    )
    for segment in ("gradients", "dead", "accuracy"):
        world.tab.progress.segments.choose(segment)
        world.draw()
    assert not world.tab.grab().isNull()
    assert world.tab.findChild(QWidget, "train.health.finite").text() == "no"


def test_empty_chunks_and_messages_of_unknown_runs_do_no_harm(world):
    world.say(
        steps(1, 5, run="Z"), epoch(1, run="Z"), HE_WEIGHTS, RunFinished(run="Z", reason="epochs", epoch=1)
    )
    world.run(epochs=0)
    world.say(steps(1, 0))
    world.draw()
    assert len(world.tab.loss.plot.curves["A.steps"].series) == 0


def test_the_data_set_gives_the_network_its_ends(world):
    world.say(
        DatasetOpened(
            name="x", summary="", train_images=1, test_images=1, shape=(8, 9), classes=4, source=None
        )
    )
    texts = [label.text() for label in world.tab.settings.findChildren(QWidget) if hasattr(label, "text")]
    assert "72 –" in texts
    assert "– 4" in texts


def test_the_moment_that_is_looked_at_is_marked(world):
    world.run(epochs=3)
    cursor = world.tab.loss.plot._cursor
    world.tab.loss.plot.redraw()
    assert cursor.value() == 3
    world.selection.change(lens=Lens("A", 275))
    world.tab.loss.plot.redraw()
    assert cursor.value() == 0.5
    assert cursor.isVisible()


def test_the_moment_is_marked_in_every_plot_at_once_and_no_more_when_live(world):
    world.run(epochs=3)
    plots = (world.tab.loss.plot, *world.tab.progress.plots)
    world.selection.change(lens=Lens("A", 550))
    for plot in plots:
        assert plot._cursor.isVisible()
        assert plot._cursor.value() == 1.0
    world.selection.change(lens=Lens("A"))
    assert not any(plot._cursor.isVisible() for plot in world.tab.progress.plots)
    world.draw()
    assert world.tab.loss.plot._cursor.value() == 3.0


def test_another_runs_moment_is_not_marked(world):
    world.run(epochs=3)
    world.selection.change(lens=Lens("B", 550))
    world.draw()
    assert world.tab.loss.plot._cursor.value() == 3.0


def test_the_figures_are_those_of_the_epoch_that_is_looked_at(world):
    world.run(epochs=1)
    world.say(epoch(2, dead=(7,), gradient_norms=(0.5, 0.25), test_accuracy=0.5), epoch(3))
    world.selection.change(lens=Lens("A", 2 * STEPS_PER_EPOCH + 40))
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(2):.3f}"
    assert world.figure("train.accuracy") == "50.00 %"
    assert world.figure("train.health.dead.1") == "7 of 300"
    assert world.figure("train.health.gradient.2") == "0.25"
    assert world.tab.progress.gradients.legend.switches["layer 1"].value == "0.5"
    world.selection.change(lens=Lens("A"))
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(3):.3f}"
    assert world.figure("train.health.dead.1") == "53 of 300"


def test_before_the_first_test_there_are_no_figures(world):
    world.run(epochs=2)
    world.selection.change(lens=Lens("A", 34))
    assert world.tab.loss.legend.switches["train"].value == ""
    for name in ("train.accuracy", "train.health.dead.1", "train.health.gradient.1", "train.health.finite"):
        assert world.figure(name) == ""


def test_what_comes_while_one_looks_at_the_past_changes_no_figure(world):
    world.run(epochs=2)
    world.selection.change(lens=Lens("A", 550))
    said = [world.figure(name) for name in ("train.accuracy", "train.health.gradient.1")]
    world.say(steps(1101, 550), epoch(3, gradient_norms=(9.0, 9.0)))
    assert [world.figure(name) for name in ("train.accuracy", "train.health.gradient.1")] == said
    assert len(world.tab.progress.accuracy.curves["A.accuracy"].series) == 3


def test_the_weights_of_the_lens_are_asked_for_and_the_last_ones_always(world, qtbot):
    world.run(epochs=3)
    world.answer_question()
    qtbot.waitUntil(lambda: not world.tab._weights._timer.isActive())
    before = len(world.questions())
    silenced = frozenset({Neuron(0, 5)})
    for step in (1100, 550, 0):
        world.selection.change(lens=Lens("A", step, silenced))
    assert world.questions()[before:] == [Lens("A", 1100, silenced)]
    world.answer_question()
    qtbot.waitUntil(lambda: len(world.questions()) == before + 2)
    assert world.questions()[-1] == Lens("A", 0, silenced)


def test_a_drag_asks_no_oftener_than_it_is_answered(world):
    world.run(epochs=3)
    world.answer_question()
    before = len(world.questions())
    for step in list(range(0, 1600, 10)):
        world.selection.change(lens=Lens("A", step))
    assert len(world.questions()) <= before + 1


def click(plot, epoch, double=False):
    plot.redraw()
    box = plot.getPlotItem().getViewBox()
    scene = box.mapViewToScene(QPointF(epoch, sum(box.viewRange()[1]) / 2))
    place = QPointF(plot.mapToGlobal(plot.mapFromScene(scene)))
    box.clicked.emit(Qt.MouseButton.LeftButton, double, place)


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_a_click_into_a_curve_goes_to_the_nearest_moment(world, qtbot, name):
    world.run(epochs=3)
    world.keep(0, 550, 1100, 1650)
    world.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1)})))
    plot = world.tab.loss.plot if name == "loss" else world.tab.progress.accuracy
    with qtbot.waitSignal(plot.placeClicked):
        click(plot, 2.2)
    assert world.selection.lens == Lens("A", 1100, frozenset({Neuron(0, 1)}))
    with qtbot.waitSignal(plot.placeClicked):
        click(plot, 30)
    assert world.selection.lens.moment is None


def test_a_double_click_goes_nowhere(world, qtbot):
    world.run(epochs=3)
    world.keep(0, 550, 1100, 1650)
    world.selection.change(lens=Lens("A"))
    plot = world.tab.loss.plot
    click(plot, 2.2)
    assert plot._click_timer.isActive()
    click(plot, 2.2, double=True)
    assert not plot._click_timer.isActive()
    assert world.selection.lens.moment is None


def test_another_session_replaces_all_runs(world):
    world.run("A")
    world.run("Z")
    world.say(opened(summary("A", epochs=2), summary("B", epochs=3)))
    assert list(world.tab.runs) == ["A", "B"]
    curves = world.tab.loss.plot.curves
    assert {key.partition(".")[0] for key in curves} == {"A", "B"}
    assert np.allclose(curves["B.train"].series.y, blog_loss(np.arange(1, 4)))
    assert len(curves["B.steps"].series) == 3 * STEPS_PER_EPOCH
    assert world.tab.loss.legend.switches["test"].value == f"{blog_loss(3) + 0.05:.3f}"
    assert world.figure("train.health.dead.1") == "53 of 300"
    assert world.questions()[-1].run == "B" or world.tab._weights._wanted
    world.selection.change(lens=Lens("B", 550))
    world.draw()
    assert world.tab.loss.plot._cursor.value() == 1.0


def test_an_empty_session_invites_to_train(world):
    world.run("A")
    world.say(opened())
    assert world.tab.runs == {}
    assert world.tab.loss.empty.button.isVisible()
    assert not world.tab.loss.plot.curves and not world.tab.progress.accuracy.curves
    assert world.figure("train.accuracy") == ""
    world.run("A", epochs=1)
    assert world.tab.loss.plot.isVisible()
    assert world.figure("train.accuracy") == "93.80 %"


def test_a_run_that_goes_on_from_a_moment_shows_what_it_has_behind_it(world):
    world.run("A", epochs=2)
    world.say(dataclasses.replace(started("B"), resumed=summary("B", epochs=2)))
    curves = world.tab.loss.plot.curves
    assert np.allclose(curves["B.train"].series.x, [1, 2])
    assert len(curves["B.steps"].series) == 1100
    world.say(steps(1101, 550, "B"), epoch(3, "B"))
    assert np.allclose(curves["B.train"].series.x, [1, 2, 3])
    assert curves["B.steps"].series.x[-1] == 3.0


def test_nothing_moves_while_data_streams_in(world):
    world.run(epochs=1)
    places = [panel.geometry() for panel in panels(world.tab)]
    world.say(*(epoch(number) for number in range(2, 20)), HE_WEIGHTS)
    world.tab.layout().activate()
    assert [panel.geometry() for panel in panels(world.tab)] == places


def test_all_of_it_fits_a_projector(world):
    world.run()
    world.run("B")
    hint = world.tab.minimumSizeHint()
    assert hint.width() <= 1280
    assert hint.height() <= 576


def test_the_names_of_what_can_be_used_are_its_own(world):
    world.run()
    names = [
        each.objectName() for each in world.tab.findChildren(QWidget) if each.objectName().startswith("train")
    ]
    assert len(names) == len(set(names))


def test_a_flood_of_steps_costs_little(world):
    world.run(epochs=40)
    plot = world.tab.loss.plot
    times = []
    for number in range(20):
        world.say(steps(22_001 + 30 * number, 30))
        begin = time.thread_time()
        plot.redraw()
        plot.viewport().repaint()
        times.append(time.thread_time() - begin)
    assert sorted(times)[10] < 0.033, "a picture takes longer than there is time for it"


def test_a_hidden_tab_draws_nothing_and_asks_nothing(world, qtbot):
    world.tab.hide()
    world.run(epochs=2)
    assert not world.tab.loss.plot._timer.isActive()
    world.tab._ask_weights()
    assert not world.asked(weight_histograms)
    world.tab.show()
    assert world.asked(weight_histograms)


def test_a_plot_is_saved_by_the_engine(world, tmp_path):
    world.run(epochs=2)
    world.tab.loss.tools.save(tmp_path / "loss.csv")
    make, args, _ = world.runner.submitted[-1]
    assert [message.sentence for message in make(None, *args)] == [f"Saved {tmp_path / 'loss.csv'}."]
    assert "train,2.0," in (tmp_path / "loss.csv").read_text()


def test_a_plot_that_cannot_be_saved_says_so(world, tmp_path):
    world.run(epochs=2)
    world.tab.loss.tools.save(tmp_path / "nowhere" / "loss.png")
    make, args, _ = world.runner.submitted[-1]
    with pytest.raises(UserError, match=r"loss.png cannot be saved"):
        list(make(None, *args))


LOWER_RATE = {"learning_rate": 0.01}

HE_WEIGHTS = Diagnosis(
    run="A",
    ailment="dead neurons",
    sentence="60 of 300 neurons never fire: they learn nothing any more.",
    remedy="Try He weights",
    changes={"initial": "he"},
    restart=True,
)

HEALTH = {"dead.1": "53 of 300", "gradient.1": "0.021", "gradient.2": "0.034", "finite": "yes"}


def panels(tab):
    return tab.settings, tab.loss, tab.progress, tab.health, tab.progress.segments, tab.health.sentence
