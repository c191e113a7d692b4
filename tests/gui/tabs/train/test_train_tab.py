"""The Train tab, fed with the messages of a run: what it draws, says, sends and starts."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QMargins, QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, steps

from engine.analysis.probes.weight_histograms import weight_histograms
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.specs import PRESETS, USUAL_RATES, TrainSpec
from engine.model.training.messages import RunFinished
from engine.session.session import Session
from gui.look.theme import theme
from gui.state.notices import tell
from gui.tabs.train.progress_panel import VIEWS
from gui.tabs.train.tab import TrainTab
from tests.gui.controls import controls
from tests.gui.fake_engine import dataset_opened
from tests.gui.tabs.train.train_world import HE_WEIGHTS
from tests.gui.worlds import TabWorld


@pytest.fixture
def two(world):
    """Run B is looked at, and A is pinned behind it."""
    world.run("A", pinned=True)
    world.run("B")
    return world


def test_before_the_first_run_the_tab_says_what_to_do_and_does_it(world, qtbot):
    button = world.tab.loss.empty.button
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert world.started_specs() == [TrainSpec()]


def test_a_start_with_a_wrong_value_says_what_is_wrong_in_the_bar_and_goes_to_the_field(world):
    world.write("batch", "0")
    world.controls.toggle()
    assert world.started_specs() == []
    sentence, hint, topic = world.asked(tell)[-1]
    assert sentence == "Batch must be between 1 and 10,000, not 0."
    assert hint and topic
    assert world.tab.focusWidget() is world.tab.settings.form.fields["batch"].editor
    world.write("batch", "10")
    assert world.asked(tell)[-1] == ("", "", topic), "it is void as soon as it is mended"
    world.controls.toggle()
    assert world.started_specs() == [TrainSpec(batch=10)]


def test_nothing_can_be_started_before_the_engine_is_ready(qtbot):
    tab = TabWorld(qtbot, TrainTab).tab
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
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])


def test_the_newest_values_stand_in_the_legend_and_at_the_accuracy(world):
    world.run(epochs=2)
    assert world.tab.loss.legend.switches["train"].value == f"{blog_loss(2):.3f}"
    assert world.tab.loss.legend.switches["test"].value == f"{blog_loss(2) + 0.05:.3f}"
    assert world.tab.findChild(QWidget, "train.accuracy").text() == "95.06 % accuracy"


def test_the_log_switch_makes_the_axis_linear(world):
    world.run(epochs=5)
    world.tab.loss.tools.log.trigger()
    world.draw()
    drawn = world.tab.loss.plot.curves["A.train"].item.getData()[1]
    assert np.allclose(drawn, blog_loss(np.arange(1, 6)))


def test_a_switch_of_the_legend_hides_its_curve_in_every_run(two, qtbot):
    qtbot.mouseClick(two.tab.loss.legend.switches["test"], Qt.MouseButton.LeftButton)
    two.draw()
    curves = two.tab.loss.plot.curves
    assert not any(curves[key].item.isVisible() for key in ("A.test", "B.test"))
    assert all(curves[key].item.isVisible() for key in ("A.train", "B.train"))


def test_other_runs_stay_behind_in_their_own_colours_with_their_names(world):
    world.run("A", epochs=5, pinned=True)
    world.run("B", epochs=2)
    world.tab.settings.runs.colored.emit("A", 4)
    world.tab.settings.runs.renamed.emit("A", "no dropout")
    world.answer()
    curves = world.tab.loss.plot.curves
    assert curves["A.train"].stroke.color == curves["A.test"].stroke.color == "run_4"
    assert curves["A.train"].stroke.opacity < curves["B.train"].stroke.opacity == 1
    assert curves["A.train"].stroke.dashes != curves["A.test"].stroke.dashes == Qt.PenStyle.DashLine
    assert curves["A.test"].tag == "no dropout"
    assert [curves[f"B.{kind}"].stroke.color for kind in ("train", "test")] == ["curve_1", "curve_2"]
    assert world.tab.progress.accuracy.curves["A.accuracy"].stroke.color == "run_4"
    assert "A.steps" not in curves


def test_all_other_runs_are_taken_out_of_the_plots_by_one_click_and_brought_back_by_undo(world, qtbot):
    for run in "ABC":
        world.run(run, pinned=True)
    qtbot.mouseClick(world.tab.loss.clear, Qt.MouseButton.LeftButton)
    assert world.answer() == [("pin_runs", ["A", "B"], False)]
    assert world.backdrops() == set()
    assert not world.tab.loss.clear.isVisible()
    assert world.listed() == ["C", "B", "A"]
    world.selection.history.undo()
    world.answer()
    assert world.backdrops() == {"A", "B"}


def test_six_runs_are_pinned_and_the_oldest_lose_their_pins_for_all_to_see(world):
    for run in "ABCDEFGH":
        world.run(run, epochs=1, pinned=True)
    assert [run.name for run in world.bridge.runs] == list("ABCDEFGH")
    assert world.answer() == [("pin_runs", ["A"], False), ("pin_runs", ["B"], False)]
    assert world.backdrops() == set(world.tab.loss.older.switches) == set("CDEFG")
    assert world.pinned() == set("CDEFGH")
    world.selection.change(lens=Lens("A"))
    assert world.answer() == []
    assert world.backdrops() == set("CDEFGH")


def test_no_run_lies_in_the_plots_that_nobody_showed_and_a_failed_one_stretches_no_axis(world):
    world.run("A", epochs=0)
    world.say(steps(1, 50, "A", loss=1e30))
    world.run("B", epochs=3)
    assert world.backdrops() == set() and not world.tab.loss.older.switches
    assert world.tab.loss.plot.box.viewRange()[1][1] <= 1, "a power of ten"


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


def test_an_old_run_that_is_pinned_takes_the_place_of_the_oldest_other(world):
    for run in "ABCDEFG":
        world.run(run, epochs=1, pinned=True)
    world.answer()
    world.tab.settings.runs.pinned.emit("A", True)
    assert world.answer() == [("pin_runs", ["A"], True), ("pin_runs", ["B"], False)]
    assert world.pinned() == set("ACDEFG")
    assert {run.name for run in world.session.runs.values() if run.pinned} == set("ACDEFG")


def test_no_run_stays_in_the_plots_unless_somebody_wants_it_there(world):
    world.run("A", epochs=1)
    world.say(steps(551, 30, loss=1e6))
    world.end()
    world.run("B")
    assert world.backdrops() == set() and world.pinned() == set()
    assert {key.partition(".")[0] for key in world.tab.loss.plot.curves} == {"B"}
    assert 10 ** world.tab.loss.plot.box.viewRange()[1][1] < 100, "the failed run does not stretch the axis"
    world.tab.settings.runs.pinned.emit("A", True)
    world.answer()
    assert world.backdrops() == {"A"}


def test_the_legend_hides_a_run_in_all_plots_and_shows_it_again(two, qtbot):

    def drawn():
        two.draw()
        plots = {**two.tab.loss.plot.curves, **two.tab.progress.accuracy.curves}
        return {key for key, curve in plots.items() if curve.item.isVisible()}

    everything = drawn()
    switch = two.tab.loss.older.switches["A"]
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert two.answer() == [], "nothing of the session is changed"
    assert drawn() == {key for key in everything if not key.startswith("A.")}
    assert switch.isVisible() and not switch.isChecked()
    two.say(epoch(4, "B"))
    two.tab.settings.runs.renamed.emit("B", "other")
    two.answer()
    assert drawn() == {key for key in everything if not key.startswith("A.")}, "hidden stays hidden"
    two.look("A")
    assert "A.train" in drawn(), "what is looked at is always drawn"
    two.look("B")
    qtbot.mouseClick(two.tab.loss.older.switches["A"], Qt.MouseButton.LeftButton)
    assert drawn() == everything


def test_a_hidden_run_that_is_pinned_anew_is_shown(two, qtbot):
    qtbot.mouseClick(two.tab.loss.older.switches["A"], Qt.MouseButton.LeftButton)
    for pinned in (False, True):
        two.tab.settings.runs.pinned.emit("A", pinned)
        two.answer()
    assert two.tab.loss.older.switches["A"].isChecked()
    assert two.tab.loss.plot.curves["A.train"].item.isVisible()


def test_legend_and_plot_name_other_runs_alike(two):
    two.tab.settings.runs.renamed.emit("A", "Sharp")
    two.answer()
    assert two.tab.loss.older.switches["A"].text() == two.tab.loss.plot.curves["A.test"].tag == "Sharp"
    assert "A · Sharp" in two.tab.loss.older.switches["A"].toolTip()
    two.tab.settings.runs.renamed.emit("A", "a much longer story")
    two.answer()
    assert two.tab.loss.plot.curves["A.test"].tag == "A", "a long title leaves the letter at the curve"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300])
def test_no_number_breaks_the_tab(world, value):
    world.run(epochs=1)
    world.say(
        steps(551, 30, loss=value),
        epoch(2, train_loss=value, test_loss=value, test_accuracy=0.1, gradient_norms=(value, value), finite=False),
    )
    for segment in ("gradients", "dead", "accuracy"):
        world.tab.progress.view.choose(segment)
        world.draw()
    assert not world.tab.grab().isNull()
    assert world.tab.findChild(QWidget, "train.health.finite").text() == "some"


def test_empty_chunks_and_messages_of_unknown_runs_do_no_harm(world):
    world.say(steps(1, 5, run="Z"), epoch(1, run="Z"), HE_WEIGHTS, RunFinished(run="Z", reason="epochs", epoch=1))
    world.run(epochs=0)
    world.say(steps(1, 0))
    world.draw()
    assert len(world.tab.loss.plot.curves["A.steps"].series) == 0


def test_the_data_set_gives_the_network_its_ends(world):
    world.say(dataset_opened(shape=(8, 9), classes=4))
    texts = [label.text() for label in world.tab.settings.findChildren(QWidget) if hasattr(label, "text")]
    assert "72 →" in texts
    assert "→ 4" in texts


def test_of_few_images_the_steps_are_those_of_the_batch_that_fits(world):
    world.say(dataset_opened("few", classes=2, train=75, test=15, shape=(8, 8)))
    assert world.tab.settings.extent.words.endswith("· 10 steps an epoch")


def test_nothing_moves_while_data_streams_in(world):
    world.run(epochs=1)
    places = [panel.geometry() for panel in panels(world.tab)]
    world.say(*(epoch(number) for number in range(2, 20)), HE_WEIGHTS)
    world.tab.layout().activate()
    assert [panel.geometry() for panel in panels(world.tab)] == places


def test_a_hidden_tab_draws_nothing_and_asks_nothing(world):
    world.tab.hide()
    world.run(epochs=2)
    assert not world.tab.loss.plot.is_scheduled
    world.clock.advance(10_000)
    assert not world.asked(weight_histograms)
    world.tab.show()
    assert world.asked(weight_histograms)


def save_plot(world, path, monkeypatch):
    """Save the plot of the loss as a person does, and return what is asked of the engine."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    world.tab.loss.tools.menu.save.trigger()
    make, args, _ = world.runner.submitted[-1]
    return make, args


def test_a_plot_is_saved_by_the_engine_or_it_says_why_not(world, tmp_path, monkeypatch):
    world.run(epochs=2)
    make, args = save_plot(world, tmp_path / "loss.csv", monkeypatch)
    assert [message.sentence for message in make(Session(), *args)] == [f"Saved {tmp_path / 'loss.csv'}."]
    assert "train,2.0," in (tmp_path / "loss.csv").read_text()
    make, args = save_plot(world, tmp_path / "nowhere" / "loss.png", monkeypatch)
    with pytest.raises(UserError, match=r"loss.png cannot be saved"):
        list(make(Session(), *args))


def panels(tab):
    return tab.settings, tab.loss, tab.progress, tab.health, tab.progress.view, tab.health.sentence


def test_the_tab_shows_fourteen_controls_until_something_is_unfolded(world):
    world.run("A", epochs=2)
    knobs = {f"train.{name}" for name in ("layers", "activation", "optimizer", "epochs", "learning_rate")}
    around = {"train.pages.settings", "train.pages.runs", "train.preset"}
    folds = {"train.more.heading", "train.augmentation.heading"}
    plots = {"train.loss.legend", "train.loss.plot.tools", "train.progress.view", "train.accuracy.plot.tools"}
    shown = controls(world.tab)
    assert set(shown) == knobs | around | folds | plots
    assert len(shown) == 14
    world.press("more.heading")
    assert len(controls(world.tab.settings)) == 10 + 11


def test_while_a_plot_is_zoomed_a_button_shows_everything(world):
    world.run("A", epochs=2)
    assert "train.loss.plot.fit.button" not in controls(world.tab)
    world.tab.loss.plot.zoom_by(3)
    world.press("loss.plot.fit.button")
    assert world.tab.loss.plot.box.viewRange()[0] == pytest.approx([0, 40])
    assert "train.loss.plot.fit.button" not in controls(world.tab)


def test_the_choice_of_the_view_is_the_title_of_its_panel(world):
    world.run("A", epochs=2)
    progress = world.tab.progress
    for key, title in VIEWS.items():
        progress.view.choose(key)
        assert progress.view.text() == progress.accessibleName() == title
        assert progress.accuracy.isVisible() == (key == "accuracy")
        assert world.tab.findChild(QWidget, "train.accuracy").isVisible() == (key == "accuracy")


# What a newcomer stumbles over -------------------------------------------------------------------------------------


def choose_optimizer(world, name):
    editor = world.tab.settings.form.fields["optimizer"].editor
    editor.setCurrentIndex(editor.findData(name))


def rate(world):
    return world.tab.settings.form.fields["learning_rate"].value()


def test_the_usual_rate_follows_another_optimiser_and_undo_takes_both_back(world):
    form = world.tab.settings.form
    assert rate(world) == USUAL_RATES["sgd"] == 0.1
    choose_optimizer(world, "adam")
    assert rate(world) == USUAL_RATES["adam"] == 0.001
    assert world.tab.settings.note.text() == "Learning rate 0.001, the usual one of Adam."
    choose_optimizer(world, "adagrad")
    assert rate(world) == USUAL_RATES["adagrad"]
    world.selection.history.undo()
    assert (form.spec().optimizer, rate(world)) == ("adam", 0.001)
    world.selection.history.undo()
    assert form.spec() == TrainSpec()
    world.selection.history.redo()
    assert (form.spec().optimizer, rate(world)) == ("adam", 0.001)


def test_a_rate_that_a_person_chose_stays_with_another_optimiser(world):
    world.write("learning_rate", "0.02")
    choose_optimizer(world, "adam")
    assert rate(world) == 0.02
    assert "usual" not in world.tab.settings.note.text()
    world.selection.history.undo()
    assert (world.tab.settings.form.spec().optimizer, rate(world)) == ("sgd", 0.02)


def test_the_rate_of_the_run_that_is_trained_stays_when_the_next_one_gets_another_optimiser(world):
    world.run("A", epochs=1)
    choose_optimizer(world, "adam")
    world.clock.advance(1000)
    assert not any("learning_rate" in changes for _, changes in world.runner.changes)
    said = world.tab.settings.note.text()
    assert said.startswith("Learning rate 0.001, the usual one of Adam. For the next run: optimiser.")


def test_a_double_click_selects_the_whole_number(world, qtbot):
    world.tab.settings.set_values({"learning_rate": 0.002, "layers": "300 relu, 100 tanh"})

    def twice(editor, x):
        place = QPoint(x, editor.height() // 2)
        qtbot.mouseDClick(editor, Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=place)
        return editor.selectedText().strip()

    for name, wanted in (("learning_rate", "0.002"), ("epochs", "40")):
        assert twice(world.tab.settings.form.fields[name].editor, 10) == wanted
    assert twice(world.tab.settings.form.fields["layers"].editor, 12) == "300", "of words, one"


def test_the_chip_is_named_and_offers_every_preset(world):
    chip = world.tab.settings.chip
    assert [action.text() for action in chip.menu().actions()] == [each.title for each in PRESETS.values()]
    (label,) = (each for each in world.tab.settings.findChildren(QLabel) if each.buddy() is chip)
    assert label.text() == "Preset" and label.isVisible()


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


@pytest.mark.parametrize("percent", [100, 150])
@pytest.mark.parametrize("layers", ["300", "300, 300"])
def test_a_low_window_leaves_health_room_for_all_it_says(world, percent, layers):
    theme().choose_text_size(percent)
    world.run("A", TrainSpec(layers=layers), epochs=2)
    world.tab.health.begin(layers.count(",") + 2, 1_000)
    QApplication.processEvents()
    for height in (456, 480, 620):
        world.tab.resize(round(1024 * percent / 100), round(height * percent / 100))
        rows = world.tab.health.layers
        for _ in range(3):  # what is left out leaves room to others
            QApplication.processEvents()
        assert rows.height() >= rows.layout().minimumSize().height(), height
        for label in rows.findChildren(QLabel):
            if label.isVisible():
                wanted = label.minimumSizeHint().shrunkBy(QMargins(0, 0, 1, 1))  # a pixel is rounding
                assert label.height() >= wanted.height() and label.width() >= wanted.width(), label.text()
