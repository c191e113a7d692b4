"""The Train tab, fed with the messages of a run: what it draws, says, sends and starts."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, steps

from engine.core.lens import Lens
from engine.core.specs import PRESETS, USUAL_RATES, TrainSpec
from engine.model.training.messages import RunFinished
from gui.look.theme import theme
from gui.state.notices import tell
from gui.tabs.train.progress_panel import VIEWS
from gui.tabs.train.run_list import RunModel
from gui.tabs.train.tab import TrainTab
from tests.gui.controls import controls
from tests.gui.fake_engine import dataset_opened
from tests.gui.tabs.train.train_world import HE_WEIGHTS

show_rows = RunModel.show_rows


@pytest.fixture
def two(world):
    """Run B is looked at, and A is pinned behind it."""
    world.run("A", pinned=True)
    world.run("B")
    return world


def pin(world, run, pinned):
    world.tab.settings.runs.pinned.emit(run, pinned)
    return world.answer()


def drawn(world):
    """The curves that are seen in the plots."""
    world.draw()
    plots = {**world.tab.loss.plot.curves, **world.tab.progress.accuracy.curves}
    return {key for key, curve in plots.items() if curve.item.isVisible()}


def test_a_start_with_a_wrong_value_says_what_is_wrong_and_goes_to_the_field(world):
    world.write("batch", "0")
    assert world.tab.spec() is None
    assert world.figure("train.seed.error") == "Batch must be between 1 and 10,000, not 0."
    world.controls.toggle()
    assert world.started_specs() == []
    sentence, hint, topic = world.asked(tell)[-1]
    assert sentence == "Batch must be between 1 and 10,000, not 0."
    assert hint and topic
    assert world.tab.focusWidget() is world.tab.settings.form.fields["batch"].editor

    world.write("batch", "10")
    assert world.asked(tell)[-1] == ("", "", topic), "the mended value clears the sentence"
    world.controls.toggle()
    assert world.started_specs() == [TrainSpec(batch=10)]


def test_loss_and_accuracy_are_equally_high(world):
    world.tab.resize(1224, 576)
    world.tab.layout().activate()
    assert abs(world.tab.loss.height() - world.tab.progress.height()) <= 1


def test_the_blogs_curve_is_drawn_from_the_messages(world):
    world.run(epochs=1)
    tab = world.tab
    panels = (tab.settings, tab.loss, tab.progress, tab.health, tab.progress.view, tab.health.sentence)
    places = [panel.geometry() for panel in panels]
    for number in range(2, 41):
        world.say(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH), epoch(number))
    world.say(HE_WEIGHTS)
    world.draw()
    tab.layout().activate()
    assert [panel.geometry() for panel in panels] == places, "nothing moves while data stream in"
    loss, curves, epochs = world.tab.loss, world.tab.loss.plot.curves, np.arange(1, 41)
    assert np.allclose(curves["A.train"].item.getData()[0], epochs)
    assert np.allclose(10 ** curves["A.train"].item.getData()[1], blog_loss(epochs))
    assert np.allclose(10 ** curves["A.test"].item.getData()[1], blog_loss(epochs) + 0.05)
    assert len(curves["A.steps"].series) == 40 * STEPS_PER_EPOCH == 22_000
    accuracy = world.tab.progress.accuracy.curves["A.accuracy"].item.getData()[1]
    assert np.allclose(accuracy, 0.98 - 0.06 * 0.7**epochs)
    assert loss.plot.box.viewRange()[0] == pytest.approx([0, 40])
    assert [loss.legend.switches[name].value for name in ("train", "test")] == ["0.015", "0.065"]
    assert world.figure("train.accuracy") == "98.00 % accuracy"

    loss.tools.log.trigger()
    world.draw()
    assert np.allclose(curves["A.train"].item.getData()[1], blog_loss(epochs)), "linear"
    assert all(plot.across == "epoch" for plot in (loss.plot, *world.tab.progress.plots))


def test_new_steps_are_drawn_but_the_figures_of_epochs_are_said_with_epochs_only(world, monkeypatch):
    said = []
    monkeypatch.setattr("gui.tabs.train.loss_panel.say_loss", lambda loss: said.append(loss) or "0.1")
    world.run(epochs=1)
    said.clear()
    world.draw()
    world.say(*(steps(STEPS_PER_EPOCH + 1 + 10 * turn, 10) for turn in range(5)))
    assert world.tab.loss.plot.is_scheduled and said == []
    world.say(epoch(2))
    assert said


def seen(tab):
    """All that the tab says, lists and draws."""
    plots = tab.loss.plot, *tab.progress.plots
    return {
        "said": [(label.objectName(), label.text()) for label in tab.findChildren(QLabel) if label.isVisible()],
        "listed": list(tab.settings.runs.view.rows.rows),
        "marked": [name for name, field in tab.settings.form.fields.items() if field.label.property("tone")],
        "drawn": [{key: curve.series.y.tolist() for key, curve in plot.curves.items()} for plot in plots],
        "best": tab.loss.plot.best.spot,
        "cursors": [plot.cursor_at for plot in plots],
    }


def test_a_tab_that_was_hidden_while_a_run_trained_lists_nothing_then_and_shows_the_same_once_it_is_seen(
    world, monkeypatch
):
    listed, watched = [], TrainTab(world.bridge, world.controls, world.selection)
    theme().dress(watched)
    world.qtbot.addWidget(watched)
    watched.resize(world.tab.size())
    watched.show()
    world.say(dataset_opened())
    world.run("A", TrainSpec(batch=50, epochs=40), epochs=2)
    watched.loss.plot.redraw()
    before = seen(world.tab)
    assert before == seen(watched)

    world.tab.hide()
    monkeypatch.setattr(RunModel, "show_rows", lambda model, rows: listed.append(model) or show_rows(model, rows))
    later = steps(1 + 4 * STEPS_PER_EPOCH, 9)
    world.say(*(steps(1 + 2 * STEPS_PER_EPOCH, STEPS_PER_EPOCH), epoch(3, test_loss=0.01), epoch(4, test_loss=0.9)))
    world.say(dataclasses.replace(later, changes=((4 * STEPS_PER_EPOCH + 2, "learning_rate", 0.01),)))
    world.end()
    watched.loss.plot.redraw()
    assert set(listed) == {watched.settings.runs.view.rows} and seen(world.tab) == seen(world.tab) | {"best": None}
    world.tab.show()
    after = seen(world.tab)
    assert after == seen(watched) and all(after[what] != before[what] for what in before)


def test_the_legend_hides_a_curve_or_a_run_and_other_runs_stay_behind_in_their_own_colours_with_their_names(two, qtbot):
    def click(switch):
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)

    everything, test = drawn(two), two.tab.loss.legend.switches["test"]
    click(test)
    assert everything - drawn(two) == {"A.test", "B.test"}
    click(test)

    switch, others = two.tab.loss.older.switches["A"], {key for key in everything if not key.startswith("A.")}
    click(switch)
    assert two.answer() == [], "nothing of the session is changed"
    assert drawn(two) == others
    assert switch.isVisible() and not switch.isChecked()
    two.say(epoch(4, "B"))
    two.tab.settings.runs.renamed.emit("B", "other")
    two.answer()
    assert drawn(two) == others, "hidden stays hidden"
    two.look("A")
    assert "A.train" in drawn(two), "the run that is looked at is always drawn"
    two.look("B")
    click(two.tab.loss.older.switches["A"])
    assert drawn(two) == everything

    click(two.tab.loss.older.switches["A"])
    pin(two, "A", False)
    pin(two, "A", True)
    assert two.tab.loss.older.switches["A"].isChecked() and "A.train" in drawn(two), "a new pin shows it"

    assert two.tab.loss.key.text() == "solid: train, dashed: test" in two.tab.loss.older.switches["A"].toolTip()
    two.tab.settings.runs.colored.emit("A", 4)
    two.tab.settings.runs.renamed.emit("A", "Sharp")
    two.answer()
    curves, switch = two.tab.loss.plot.curves, two.tab.loss.older.switches["A"]
    assert curves["A.train"].stroke.color == curves["A.test"].stroke.color == "run_4"
    assert curves["A.train"].stroke.opacity < curves["B.train"].stroke.opacity == 1
    dashes = [curves[key].stroke.dashes for key in ("A.train", "A.test")]
    assert dashes == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]
    assert [stroke.dashes for stroke in switch.strokes] == dashes
    assert [curves[f"B.{kind}"].stroke.color for kind in ("train", "test")] == ["curve_1", "curve_2"]
    assert two.tab.progress.accuracy.curves["A.accuracy"].stroke.color == "run_4"
    assert "A.steps" not in curves

    assert switch.text() == curves["A.test"].tag == "Sharp"
    assert "A · Sharp" in switch.toolTip()
    two.tab.settings.runs.renamed.emit("A", "a much longer story")
    two.answer()
    assert two.tab.loss.plot.curves["A.test"].tag == "A", "a long title leaves the letter at the curve"


def test_only_pinned_runs_stay_six_at_most_a_click_takes_all_others_out_and_a_failed_one_stretches_no_axis(
    world, qtbot
):
    for run in "ABCDEFGH":
        world.run(run, epochs=1, pinned=True)
    assert [run.name for run in world.bridge.runs] == list("ABCDEFGH")
    assert world.answer() == [("pin_runs", ["A"], False), ("pin_runs", ["B"], False)]
    assert world.backdrops() == set(world.tab.loss.older.switches) == set("CDEFG")
    assert world.pinned() == set("CDEFGH")
    world.selection.change(lens=Lens("A"))
    assert world.answer() == []
    assert world.backdrops() == set("CDEFGH")

    assert pin(world, "B", True) == [("pin_runs", ["B"], True), ("pin_runs", ["C"], False)]
    assert world.pinned() == set("BDEFGH")
    assert {run.name for run in world.session.runs.values() if run.pinned} == set("BDEFGH")

    qtbot.mouseClick(world.tab.loss.clear, Qt.MouseButton.LeftButton)
    assert world.answer() == [("pin_runs", [*"BDEFGH"], False)]
    assert world.backdrops() == set() and not world.tab.loss.clear.isVisible()
    assert world.listed() == [*"HGFEDCBA"]
    world.selection.history.undo()
    world.answer()
    assert world.backdrops() == set("BDEFGH")

    qtbot.mouseClick(world.tab.loss.clear, Qt.MouseButton.LeftButton)
    world.answer()
    world.say(steps(551, 30, loss=1e30))
    world.draw()
    assert world.tab.loss.plot.box.viewRange()[1][1] > 1, "a power of ten"
    world.end()
    world.run("I", epochs=1)
    assert world.backdrops() == world.pinned() == set() and not world.tab.loss.older.switches
    assert {key.partition(".")[0] for key in world.tab.loss.plot.curves} == {"I"}
    assert world.tab.loss.plot.box.viewRange()[1][1] <= 1


def test_a_live_change_leaves_a_mark_in_all_plots_of_its_run_and_in_no_other(world):
    world.run("A", TrainSpec(epochs=3), epochs=2, pinned=True)
    world.say(
        dataclasses.replace(
            steps(2 * STEPS_PER_EPOCH + 1, 275), changes=((660, "learning_rate", 0.01), (1320, "dropout", 0.25))
        )
    )
    for plot in (world.tab.loss.plot, *world.tab.progress.plots):
        plot.redraw()
        assert [group.x for group in plot.groups] == [1.2, 2.4]
        assert plot.notes(1.2) == ["Learning rate 0.1 → 0.01 at epoch 1.20"]
        assert plot.notes(2.4) == ["Dropout 0 % → 25 % at epoch 2.40"]
    world.run("B", epochs=3)
    assert world.tab.loss.plot.groups == []
    world.selection.change(lens=Lens("A"))
    world.draw()
    assert [group.x for group in world.tab.loss.plot.groups] == [1.2, 2.4]


def test_no_number_breaks_the_tab_nor_does_a_message_of_an_unknown_run(world):
    world.say(steps(1, 5, run="Z"), epoch(1, run="Z"), HE_WEIGHTS, RunFinished(run="Z", reason="epochs", epoch=1))
    world.run(epochs=0)
    world.say(steps(1, 0))
    world.draw()
    assert len(world.tab.loss.plot.curves["A.steps"].series) == 0
    world.say(steps(1, STEPS_PER_EPOCH), epoch(1))
    for number, value in enumerate((np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300), 2):
        numbers = {"train_loss": value, "test_loss": value, "gradient_norms": (value, value), "finite": False}
        world.say(steps(1 + (number - 1) * STEPS_PER_EPOCH, 30, loss=value), epoch(number, **numbers))
        for segment in ("gradients", "dead", "accuracy"):
            world.tab.progress.view.choose(segment)
            world.draw()
        assert not world.tab.grab().isNull()
        assert world.figure("train.health.finite") == "some"


def test_the_tab_shows_fourteen_controls_until_something_is_zoomed_or_unfolded(world):
    world.run("A", epochs=2)
    knobs = {f"train.{name}" for name in ("layers", "activation", "optimizer", "epochs", "learning_rate")}
    around = {"train.pages.settings", "train.pages.runs", "train.preset"}
    folds = {"train.more.heading", "train.augmentation.heading"}
    plots = {"train.loss.legend", "train.loss.plot.tools", "train.progress.view", "train.accuracy.plot.tools"}
    shown = controls(world.tab)
    assert set(shown) == knobs | around | folds | plots
    assert len(shown) == 14
    world.tab.loss.plot.zoom_by(3)
    world.press("loss.plot.fit.button")
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])
    assert controls(world.tab) == shown, "the button is seen while the plot is zoomed"
    world.press("more.heading")
    assert len(controls(world.tab.settings)) == 10 + 16

    progress = world.tab.progress
    for key, (title, _) in VIEWS.items():
        progress.view.choose(key)
        assert progress.view.text() == progress.accessibleName() == title
        assert progress.accuracy.isVisible() == (key == "accuracy")
        assert world.tab.findChild(QWidget, "train.accuracy").isVisible() == (key == "accuracy")


def choose_optimizer(world, name):
    editor = world.tab.settings.form.fields["optimizer"].editor
    editor.setCurrentIndex(editor.findData(name))


def rate(world):
    return world.tab.settings.form.fields["learning_rate"].value()


def test_the_usual_rate_follows_another_optimiser_and_a_chosen_one_stays(world, qtbot):
    form, history = world.tab.settings.form, world.selection.history
    assert rate(world) == USUAL_RATES["sgd"] == 0.1
    choose_optimizer(world, "adam")
    assert rate(world) == USUAL_RATES["adam"] == 0.001
    assert world.tab.settings.note.text() == "Learning rate 0.001, the usual one of Adam."
    choose_optimizer(world, "adagrad")
    assert rate(world) == USUAL_RATES["adagrad"]
    history.undo()
    assert (form.spec().optimizer, rate(world)) == ("adam", 0.001)
    history.undo()
    assert form.spec() == TrainSpec()
    history.redo()
    assert (form.spec().optimizer, rate(world)) == ("adam", 0.001)
    history.undo()

    world.write("learning_rate", "0.02")
    choose_optimizer(world, "adam")
    assert rate(world) == 0.02
    assert "usual" not in world.tab.settings.note.text()
    history.undo()
    assert (form.spec().optimizer, rate(world)) == ("sgd", 0.02)

    history.undo()
    world.run("A", epochs=1)
    choose_optimizer(world, "adam")
    said = world.tab.settings.note.text()
    assert said.startswith("Learning rate 0.001, the usual one of Adam. For the next run: optimiser.")
    with qtbot.waitSignal(world.tab.settings.liveChanged) as sent:
        world.write("l2", "0.001")
    assert sent.args[0].get("learning_rate", 0.1) == 0.1, "that run keeps its rate"


def test_the_form_has_named_presets_the_ends_and_steps_of_the_data_and_selects_a_number_by_a_double_click(world, qtbot):
    settings = world.tab.settings
    chip = settings.chip
    offered = {action.text(): action for action in chip.menu().actions()}
    assert list(offered) == [each.title for each in PRESETS.values()]
    (label,) = (each for each in settings.findChildren(QLabel) if each.buddy() is chip)
    assert label.text() == "Preset" and label.isVisible()
    offered["Small and quick"].trigger()
    world.controls.start()
    assert world.started_specs() == [PRESETS["quick"].spec]

    def twice(name, x):
        editor = settings.form.fields[name].editor
        place = QPoint(x, editor.height() // 2)
        qtbot.mouseDClick(editor, Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=place)
        return editor.selectedText().strip()

    settings.set_spec(TrainSpec(learning_rate=0.002, layers="300 relu, 100 tanh"))
    assert (twice("learning_rate", 10), twice("epochs", 10)) == ("0.002", "40")
    assert twice("layers", 12) == "300", "of words, one"

    world.say(dataset_opened("few", classes=2, train=75, test=15, shape=(8, 9)))
    assert {"72 →", "→ 2"} <= {label.text() for label in settings.findChildren(QLabel)}
    assert settings.extent.words.endswith("· 10 steps an epoch"), "of the batch that fits"


def test_the_best_test_loss_is_marked_once_it_is_past_as_health_tells_it(world, qtbot):
    losses = [0.5, 0.3, 0.2, 0.25, 0.31]
    world.run("A", epochs=0)
    plot = world.tab.loss.plot
    for number, loss in enumerate(losses, 1):
        world.say(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH), epoch(number, test_loss=loss))
        world.draw()
        assert plot.best.is_seen == (number > 3), "the newest is no news"
    assert plot.best.spot == (3, 0.2, "lowest, epoch 3")
    assert "lowest, epoch 3" in plot.accessibleDescription()
    qtbot.mouseClick(world.tab.loss.legend.switches["test"], Qt.MouseButton.LeftButton)
    world.draw()
    assert not plot.best.is_seen, "with its curve"
    qtbot.mouseClick(world.tab.loss.legend.switches["test"], Qt.MouseButton.LeftButton)
    world.run("B", epochs=1)
    assert not plot.best.is_seen
    world.selection.change(lens=Lens("A"))
    world.draw()
    assert plot.best.spot == (3, 0.2, "lowest, epoch 3")
