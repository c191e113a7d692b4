"""The runs in the Train tab: the list, what is done with a run, sessions that bring some."""

import dataclasses

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from training_messages import STEPS_PER_EPOCH, blog_loss, epoch, started, steps

from engine.core.lens import Lens
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.messages import Diagnosis, RunChanged
from engine.model.training.run import Moment, Run
from engine.session.jobs.runs import export_history
from gui.look.first_look import show_everything
from gui.state.notices import refuse, tell
from gui.tabs.train.run_list import color_area, pin_area
from gui.tabs.train.settings_panel import ADJUSTABLE
from gui.tabs.train.tab import MOST_PINNED, SAME_AGAIN
from tests.gui.session_messages import opened
from tests.gui.state.time.test_timeline import summary
from tests.gui.tabs.train.train_world import LOWER_RATE
from tests.gui.worlds import SENT_BY_OTHERS
from tests.work import work_of


def test_the_left_panel_has_two_pages_and_a_click_on_a_run_makes_it_the_one_that_all_tabs_look_at(world, qtbot):
    world.run("A", TrainSpec(layers="300, 200"), epochs=2)
    world.run("B", epochs=3, pinned=True)
    settings = world.tab.settings
    page, epochs = world.button("pages.runs"), settings.form.fields["epochs"]
    assert page.text() == "Runs 2"
    assert epochs.isVisible()
    qtbot.mouseClick(page, Qt.MouseButton.LeftButton)
    assert settings.runs.view.isVisible()
    assert not epochs.isVisible() and not settings.chip.isVisible()

    assert world.selection.lens == Lens("B")
    view = settings.runs.view
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

    world.look("B", moment=550)
    assert world.selection.lens == Lens("B", 550)
    assert view.current().name == "B", "also one that another tab chooses"
    assert world.tab.loss.accessibleName() == "Loss: binary cross-entropy (clipped) · run B"
    settings.pages.choose("settings")
    assert epochs.isVisible() and settings.chip.isVisible()


def test_the_run_that_is_trained_goes_on_behind_the_one_that_is_looked_at_and_no_remedy_of_that_changes_it(world):
    world.run("A", epochs=2)
    world.run("B", epochs=1, pinned=True)
    world.selection.change(lens=Lens("A"))
    health = world.tab.findChild(QWidget, "train.health.dead.1").text()
    world.say(steps(551, 550, "B"), epoch(2, "B", dead=(7,)), Diagnosis(run="B", ailment="plateau", sentence="Rests."))
    world.draw()
    assert len(world.tab.loss.plot.curves["B.train"].item.getData()[0]) == 2
    assert world.tab.findChild(QWidget, "train.health.dead.1").text() == health
    rows = {row.name: row for row in world.tab.settings.runs.view.rows.rows}
    assert (rows["B"].state, rows["A"].state) == ("training", "")
    assert world.tab.settings.note.text().startswith("Run B is training.")
    world.selection.change(lens=Lens("B"))
    assert world.tab.findChild(QWidget, "train.health.dead.1").text() == "7 of 300"
    assert world.tab.health.sentence.text() == "Rests."

    world.selection.change(lens=Lens("A"))
    world.say(Diagnosis(run="A", ailment="plateau", sentence="It rests.", remedy="Lower", changes=LOWER_RATE))
    world.runner.orders.clear()
    world.press("health.remedy")
    assert not [changes for _, changes in world.runner.changes if "learning_rate" in changes]
    world.let_begin()
    assert world.started_specs()[-1] == TrainSpec(learning_rate=0.01)


def test_a_run_comes_back_to_its_old_place_and_without_one_the_tab_is_as_before_the_first(world):
    for run in "ABC":
        world.run(run, pinned=True)
    world.tab.settings.runs.deleted.emit("A")
    world.answer()
    world.selection.history.undo()
    world.answer()
    world.selection.change(lens=Lens("C"))
    assert world.listed() == ["C", "B", "A"]
    assert list(world.tab.loss.older.switches) == ["A", "B"]

    world.end()
    for run in "ABC":
        world.tab.settings.runs.deleted.emit(run)
        world.answer()
    assert world.selection.lens is None
    assert world.tab.loss.empty.isVisible()
    assert world.tab.loss.plot.curves == {}
    assert not world.tab.settings.runs.empty.isHidden()
    world.selection.history.undo()
    world.answer()
    assert not world.tab.loss.empty.isVisible()


def test_settings_beside_a_run_that_had_others_are_said_to_be_those_of_the_next_run_and_a_duplicate_copies_them(world):
    world.run("A", TrainSpec())
    world.run("B", TrainSpec(batch=64, optimizer="adam", layers="64", epochs=7, seed=3))
    world.end()
    settings, note = world.tab.settings, world.tab.settings.note
    whose = world.find(QWidget, "settings.whose")
    assert whose.isVisible() and whose.text() == "for the next run"
    assert note.text() == "Run B had other settings: hidden layers, optimiser, batch, 2 more."
    world.selection.change(lens=Lens("A"))
    assert note.text() == PRESETS["blog"].sentence, "those of the form are those of the run"
    settings.set_spec(TrainSpec(seed=2))
    assert note.text() == "Run A had other settings: seed."

    world.say(dataclasses.replace(steps(1651, 10), changes=((1655, "learning_rate", 0.5),)))
    settings.pages.choose("runs")
    settings.runs.buttons["duplicate"].click()
    assert world.tab.spec() == TrainSpec() and settings.form.fields["epochs"].isVisible()
    said = "What was changed on the way of run A is not repeated: learning rate 0.1 → 0.5 (step 1,655)."
    assert [args[0] for args in world.asked(tell)][-1] == said
    assert settings.runs.view.rows.row("A").differences.endswith("learning rate 0.1 → 0.5 (step 1,655)")
    world.selection.change(lens=Lens("A", 550))
    assert note.text() == "Run A had other settings: learning rate."
    world.selection.change(lens=None)
    assert note.text() == PRESETS["blog"].sentence


def test_the_note_names_no_heading_that_the_first_look_has_not(world):
    world.run("A", TrainSpec())
    note = world.tab.settings.note
    heading = next(each for each in world.tab.findChildren(QLabel) if each.text() == ADJUSTABLE)
    for everything in (False, True, False):
        show_everything(everything)
        assert heading.isVisible() is everything and (ADJUSTABLE in note.text()) is everything
        assert note.text().startswith("Run A is training. Changes are for the next run")


def test_a_run_with_settings_and_seed_of_a_whole_one_is_said_to_come_out_as_that(world):
    def said():
        return [args[0] for args in world.asked(tell) if args[-1] == SAME_AGAIN]

    short, same = TrainSpec(epochs=2), "Same settings and seed as run A, so the same network will come of it."
    world.run("A", short, epochs=2)
    assert said() == []
    world.run("B", short, epochs=1)
    assert said() == [same]
    world.run("C", TrainSpec(epochs=2, seed=7), epochs=1)
    assert said() == [same, ""], "the sentence is not true of this one"
    world.run("D", TrainSpec(epochs=2, seed=7), epochs=2)
    assert said() == [same, ""], "run C was stopped"
    world.say(dataclasses.replace(steps(1101, 10, "D"), changes=((1101, "learning_rate", 0.5),)))
    world.run("E", TrainSpec(epochs=2, seed=7), epochs=1)
    assert said() == [same, ""], "run D was changed on the way"
    world.say(dataclasses.replace(started("F", short), fingerprint="other data"))
    world.say(dataclasses.replace(started("G", short), group="an experiment's"))
    assert said() == [same, ""]


def test_a_title_that_is_typed_while_its_run_goes_is_dropped(trained):
    before = trained.selection.history.stack.undoText()
    trained.tab.settings.runs.renamed.emit("Z", "Late")
    assert trained.selection.history.stack.undoText() == before


def test_a_renamed_run_has_its_title_in_every_sentence_which_no_other_can_have_and_an_empty_one_leaves_the_letter(
    trained, tmp_path
):
    trained.tab.settings.runs.renamed.emit("A", "Bad")
    trained.answer()
    trained.tab.settings.pages.choose("runs")
    runs = trained.tab.settings.runs
    area = runs.view.visualRect(runs.view.rows.index_of("A"))
    tips = [button.toolTip() for button in runs.buttons.values()]
    tips += [runs.view.hint_at(part(area).center()) for part in (color_area, pin_area)]
    assert len(tips) == 6 and all("A · Bad" in tip for tip in tips), tips
    assert "A · Bad" in trained.tab.settings.note.text()
    assert trained.tab.loss.accessibleName() == "Loss: binary cross-entropy (clipped) · A · Bad"
    assert trained.selection.history.stack.undoText() == "rename run A"
    runs.colored.emit("A", 3)
    assert trained.selection.history.stack.undoText() == "colour of run A · Bad"
    runs.exported.emit("A", tmp_path / "a.csv")
    assert trained.runner.submitted[-1][:2] == (export_history, ("A", tmp_path / "a.csv"))

    trained.run("B")
    runs.renamed.emit("B", "Worse")
    trained.answer()
    runs.renamed.emit("B", "Bad")
    sentence, hint = trained.asked(refuse)[-1]
    assert sentence == "Run A is called “Bad” already." and hint
    assert trained.answer() == [] and trained.bridge.runs.look("B").title == "Worse"
    runs.renamed.emit("B", " Worse")
    assert len(trained.asked(refuse)) == 1, "nothing is new"
    for run in ("A", "B"):
        runs.renamed.emit(run, " ")
        trained.answer()
        assert trained.bridge.runs.look(run).title == ""


def run_of(name, epochs=2, **changes):
    spec = TrainSpec()
    run = Run(name=name, spec=spec, steps_per_epoch=STEPS_PER_EPOCH, **changes)
    for number in range(1, epochs + 1):
        run.losses.extend(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH, name).losses)
        run.epochs.append(epoch(number, name))
    last = epochs * STEPS_PER_EPOCH
    run.moments[last] = Moment(step=last, weights=(), optimizer=())
    return run


def test_a_pin_adds_the_curves_of_its_run_alone_and_the_current_run_stays_in_front(world, monkeypatch):
    runs = [run_of(name, pinned=name in "ABC") for name in "ABCDE"]
    world.session.runs = {run.name: run for run in runs}
    world.say(opened(runs=[run.summary() for run in runs]))
    plot, added = world.tab.loss.plot, []
    add = plot.add_curve
    monkeypatch.setattr(plot, "add_curve", lambda key, *args, **how: (added.append(key), add(key, *args, **how)))
    world.tab.settings.runs.pinned.emit("D", True)
    world.answer()
    assert added == ["D.train", "D.test"]
    order = sorted(plot.curves, key=lambda key: plot.curves[key].item.zValue())
    assert order == list(plot.curves)
    assert [key[0] for key in order] == ["E", *"AABBCCDD", "E", "E", "E"], "noise, older runs, the current one"
    added.clear()
    world.tab.settings.runs.colored.emit("B", 7)
    world.answer()
    assert added == ["B.train", "B.test"]
    world.look("A")
    assert sorted(plot.curves, key=lambda key: plot.curves[key].item.zValue()) == list(plot.curves)
    assert plot.curves["A.test"].stroke.color == "curve_2" and "E.test" not in plot.curves


def test_another_session_replaces_all_runs_and_an_empty_one_invites_to_train(trained):
    trained.run("Z")
    trained.say(opened(runs=[summary("A", epochs=2), summary("B", epochs=3)]))
    assert [run.name for run in trained.bridge.runs] == ["A", "B"]
    curves = trained.tab.loss.plot.curves
    assert {key.partition(".")[0] for key in curves} == {"A", "B"}
    assert np.allclose(curves["B.train"].series.y, blog_loss(np.arange(1, 4)))
    assert len(curves["B.steps"].series) == 3 * STEPS_PER_EPOCH
    assert trained.tab.loss.legend.switches["test"].value == f"{blog_loss(3) + 0.05:.3f}"
    assert trained.figure("train.health.dead.1") == "53 of 300"
    trained.answer_question()
    trained.clock.advance(100)
    assert trained.questions()[-1].run == "B"

    trained.say(opened())
    assert trained.listed() == list(trained.bridge.runs) == [] and trained.selection.lens is None
    assert trained.tab.loss.empty.button.isVisible()
    assert not trained.tab.loss.plot.curves and not trained.tab.progress.accuracy.curves
    assert trained.figure("train.accuracy") == ""
    trained.run("A", epochs=1)
    assert trained.tab.loss.plot.isVisible()
    assert trained.figure("train.accuracy") == "93.80 % accuracy"


def test_ten_runs_that_are_pinned_at_a_time_are_drawn_about_as_fast_as_one(world):
    names = [f"A{chr(ord('A') + number)}" for number in range(11)]
    world.say(opened(runs=[summary(name, 1, pinned=False) for name in names]))

    def pin(*runs):
        for run in runs:
            message = RunChanged(run=run, title="", color=0, pinned=True, moments=(), bookmarks={})
            world.mailbox.post(SENT_BY_OTHERS, message)
        return work_of(world.bridge.deliver)

    one, ten = pin(names[0]), pin(*names[1:])
    assert ten < 5 * one
    assert len(world.pinned()) == MOST_PINNED
