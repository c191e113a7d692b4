"""The Experiments tab: a person predicts, runs, reads what came out, and looks inside; most engines are made up."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.core.charts import Curve, Level, Picture
from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobFailed
from engine.data.formats.sample import SAMPLE_NAME, open_sample
from engine.session.jobs.runs import RunsTogether, tell_run
from engine.session.session import EXPERIMENTS, Session
from engine.studies.experiments.parts import experiment as parts
from engine.studies.experiments.parts.experiment import OF_OTHERS
from engine.studies.experiments.parts.kept import as_plain
from engine.studies.experiments.parts.messages import (
    ExperimentPicture,
    ExperimentProgress,
    ExperimentResult,
    ExperimentStarted,
)
from gui.look.theme import theme
from gui.tabs.experiments import work
from gui.tabs.experiments.figures import TO_COME
from gui.tabs.experiments.story import SLOWED
from gui.tabs.experiments.tab import LEAST_PICTURE, ExperimentsTab
from gui.tabs.experiments.work import reproduce
from gui.widgets.figures.figure import svg
from tests.engine.studies.experiments.tiny import in_small
from tests.gui.fake_engine import dataset_opened
from tests.gui.pixels import pixels_of
from tests.gui.room import painted_words
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import TabWorld, true_engine

FOUND = parts.all_experiments()
LEFT = Qt.MouseButton.LeftButton
ASKED = {"seeds": range(1, 6), "own_data": False, "predicted": None}


def picture(*heights, **more):
    x = np.array([1.0, 10.0, 100.0])[: len(heights)]
    values = {"x_label": "step", "y_label": "accuracy", "curves": (Curve(label="it", x=x, y=np.array(heights)),)}
    return Picture(**(values | more))


def result(name="roads", *, standing="", remark="", run="B", step=12, runs=("A", "B"), predicted=None, seeds=(1, 2, 3)):
    """What an experiment came to: all figures as they are asked for, or the first one standing otherwise."""
    figures = FOUND[name].figures
    here = [[each.asked] * len(seeds) for each in figures]
    away = (-1 if figures[0].compare == "at least" else 1) * (figures[0].tolerance + 0.3)
    if standing == "differs":
        here[0] = [figures[0].asked + away] * len(seeds)
    if standing == "open":
        here[0][0] += away
    return ExperimentResult(
        experiment=name,
        group=FOUND[name].title,
        rows=tuple(
            parts.Row(figure=figure, seeds=tuple(values), of_paper=not remark)
            for figure, values in zip(figures, here, strict=True)
        ),
        picture=picture(0.5, 0.6, 0.9),
        verdict="So it was.",
        remark=remark,
        look=parts.Look(tab="weights", run=run, step=step),
        runs=runs,
        seconds=70.0,
        seeds=seeds,
        predicted=predicted,
    )


def painted(widget):
    """Return the names of all colours that a widget is drawn in."""
    return {QColor(color).name() for color in np.unique(pixels_of(widget.grab().toImage())).tolist()}


class World(TabWorld):
    """The tab over experiments that only tell what a test lets them tell."""

    def __init__(self, qtbot, *engine, data=None, has_mnist=True, shown=True):
        super().__init__(qtbot, ExperimentsTab, *engine, shown=shown)
        self.wanted = []
        self.selection.tabWanted.connect(self.wanted.append)
        self.say(data or dataset_opened())
        self.found = parts.ExperimentsFound(experiments=FOUND, has_mnist=has_mnist, processes=2)
        if shown and not engine:
            self.find_them()

    def find_them(self):
        self.clock.advance(100)
        self.answer(parts.find_experiments, self.found)

    def turn_to(self, name):
        """Click its row."""
        view, row = self.tab.list, list(FOUND).index(name)
        QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.model().index(row, 0)).center())
        assert self.tab.name == name

    def state(self, name):
        """What stands at the right end of its row."""
        return self.tab.list.rows[list(FOUND).index(name)].state

    def tell(self, *messages):
        self.say(*messages, job=self.job(reproduce))

    def carry_out(self, name="roads", told=None):
        """Let it run to its end."""
        self.turn_to(name)
        self.press("run")
        self.tell(
            ExperimentStarted(experiment=name, group=FOUND[name].title, remark=""),
            told or result(name),
            JobEnded(outcome="done"),
        )

    def text(self, name):
        """Without what keeps a line from being broken."""
        return super().text(name).replace("\N{NO-BREAK SPACE}", " ")

    def has(self, name):
        return self.find(QLabel, name).isVisible()


@pytest.fixture
def running(world):
    world.press("run")
    return world


@pytest.fixture
def tried(world):
    world.carry_out()
    return world


def at(share, words="Run A: one", left=None, name="roads"):
    return ExperimentProgress(experiment=name, share=share, words=words, seconds_left=left)


def test_the_experiments_are_looked_up_when_the_tab_is_seen_and_listed_in_their_order_with_their_time(qtbot):
    world = World(qtbot, shown=False)
    world.say(opened(view={EXPERIMENTS: {"roads": as_plain(result())}}))
    world.clock.advance(1000)
    assert not world.asked(parts.find_experiments) and not world.tab.list.rows
    world.tab.show()
    world.find_them()
    assert world.state("roads") == "fits the claim" and world.text("verdict") == "Seed 1: So it was."
    world.say(opened())
    assert world.text("question") == FOUND["roads"].question

    table = world.tab.list.table()
    assert [row[:2] for row in table.rows] == [(each.title, each.question) for each in FOUND.values()]
    assert world.state("roads") == "1 min 20 s" and world.state("grokking") == "8 min"
    assert world.text("tried") == f"0 of {len(FOUND)} tried"
    spoken = world.tab.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"Roads: {FOUND['roads'].question} 1 min 20 s"
    assert not world.has("data.words") and not world.button("data.own").isVisible(), "MNIST is open"


def test_a_click_or_the_arrows_turn_to_another_page(world):
    world.turn_to("tickets")
    assert world.text("question") == FOUND["tickets"].question
    assert world.tab.cited.words.startswith("Frankle and Carbin 2019, The Lottery Ticket Hypothesis")
    QTest.keyClick(world.tab.list, Qt.Key.Key_Down)
    assert world.tab.name == "memorised"
    QTest.keyClick(world.tab.list, Qt.Key.Key_Home)
    assert world.tab.name == "roads"

    world.tab.resize(1280, 576)
    low = world.tab.list.row_height
    assert not any("…" in text for text, _ in painted_words(world.tab.list)), "a question is whole, or left out"
    world.tab.resize(1280, 1200)
    assert world.tab.list.row_height > low, "each row has all of its question where all have room"
    world.tab.list.doItemsLayout()
    assert not any("…" in text for text, _ in painted_words(world.tab.list))
    assert world.tab.list.visualRect(world.tab.list.model().index(0, 0)).height() == world.tab.list.row_height


def have_room(choices):
    return all(each.height() >= each.heightForWidth(each.width()) > 0 for each in choices)


def test_each_page_has_its_question_its_choices_with_all_their_words_and_how_long_it_takes(world):
    theme().choose_text_size(150)
    world.tab.resize(1280, 900)
    room = world.tab.story.room.viewport()
    for name, each in FOUND.items():
        world.tab.turn_to(name)
        choices = [choice for choice in world.tab.story.choices if choice.isVisible()]
        assert world.text("question") == each.question and tuple(choice.words for choice in choices) == each.choices
        assert world.text("takes").startswith("about ") and world.button("run").text() == "Run"
        said = [label.text() for label in world.tab.findChildren(QLabel) if label.isVisible()]
        assert TO_COME in said
        # Before it has run nothing gives the answer away.
        assert not any(each.why in text or each.papers[0].checked in text for text in said)
        world.qtbot.waitUntil(partial(have_room, choices))
        assert all(choice.width() <= room.width() for choice in choices), name


def test_a_prediction_is_one_of_the_choices_can_be_taken_back_and_stays_with_its_page(world):
    world.press("choice.2")
    world.press("choice.0")
    assert [world.button(f"choice.{each}").isChecked() for each in range(3)] == [True, False, False]
    world.turn_to("tickets")
    assert not world.button("choice.0").isChecked()
    world.turn_to("roads")
    assert world.button("choice.0").isChecked()
    world.press("choice.0")
    assert not world.button("choice.0").isChecked()

    world.press("choice.0")
    world.press("run")
    assert world.asked_with(reproduce) == [((["roads"],), ASKED | {"predicted": 0})]
    world.press("choice.1")
    assert [world.button(f"choice.{each}").isChecked() for each in range(3)] == [True, False, False]
    assert "your prediction stands" in world.button("choice.1").toolTip()
    world.tell(JobEnded(outcome="stopped"))
    world.press("choice.1")
    assert world.button("choice.1").isChecked(), "it did not come to its end"


def test_afterwards_it_says_whether_one_was_right_also_where_a_session_is_opened_again(world):
    roads = FOUND["roads"]
    world.press("choice.1")
    world.carry_out()
    assert world.text("answer") == f"You were right: {roads.choices[1]}."
    for predicted, standing, said in (
        (1, "", "You were right: {right}."),
        (None, "", "The answer: {right}."),
        (0, "differs", "You expected: {first}. A fair guess. The paper's answer: {right}."),
        (1, "differs", "You expected what the paper found: {right}."),
        (0, "", "You expected: {first}. A fair guess. The answer: {right}."),
    ):
        kept = {"roads": as_plain(result(standing=standing, predicted=predicted))}
        kept["edge"] = as_plain(result("edge", predicted=FOUND["edge"].right))
        del kept["edge"]["predicted"]  # as in sessions of old
        world.say(opened(view={EXPERIMENTS: kept}))
        assert world.text("answer") == said.format(first=roads.choices[0], right=roads.choices[1])
    world.press("run")
    assert world.asked_with(reproduce)[-1] == ((["roads"],), ASKED | {"predicted": 0})
    world.turn_to("edge")
    assert world.text("answer").startswith("The answer: ")


def test_running_it_shows_how_far_it_is_and_a_picture_that_grows(running):
    assert running.asked_with(reproduce) == [((["roads"],), ASKED)]
    assert running.state("roads") == "0 %"
    running.tell(ExperimentStarted(experiment="roads", group="Roads", remark=""), at(0.01))
    assert running.tab.story.doing.words == "Run A: one" and running.text("left") == "1 %"
    running.tell(at(0.25, left=75.0), ExperimentPicture(experiment="roads", picture=picture(0.5)))
    assert running.text("left") == "25 % · 1 min 20 s left" and running.state("roads") == "25 %"
    assert running.tab.story.bar.value() == 250
    plot, switch = running.tab.picture.plot, running.tab.picture.legend.switches["curve0"]
    curve = plot.curves["curve0"]
    assert curve.series.y.tolist() == [0.5]
    running.tell(ExperimentPicture(experiment="roads", picture=picture(0.5, 0.7)))
    assert plot.curves["curve0"] is curve and curve.series.y.tolist() == [0.5, 0.7]
    QTest.mouseClick(switch, LEFT)
    for heights in ((0.5, 0.7, 0.8), (0.4, 0.6)):  # it goes on; it is another one
        running.tell(ExperimentPicture(experiment="roads", picture=picture(*heights)))
        assert not plot.curves["curve0"].shown and plot.table().rows == []
    assert running.tab.picture.legend.switches["curve0"] is switch
    assert not running.button("run").isVisible() and running.button("stop").isVisible()

    running.turn_to("tickets")
    running.tab.hide()
    running.tell(at(0.5))
    running.tab.show()
    assert running.runner.stopped == [] and running.state("roads") == "50 %"
    assert running.tab.name == "tickets" and not running.button("stop").isVisible()
    assert not running.button("run").isEnabled()
    assert running.text("story.note") == "“Roads” is running. Wait for it, or stop it there."
    running.tell(result(), JobEnded(outcome="done"))
    assert running.button("run").isEnabled() and running.state("roads") == "fits the claim"
    running.turn_to("roads")
    assert running.text("verdict") == "Seed 1: So it was."


def test_a_run_has_its_number_of_seeds_and_stopped_it_shows_what_the_finished_ones_came_to(world):
    seeds = world.tab.story.seeds
    assert (seeds.value(), seeds.suffix()) == (5, " seeds") and world.text("takes") == "about 1 min 20 s"
    seeds.setValue(1)
    assert seeds.suffix() == " seed" and world.text("takes") == "about 25 s"
    world.press("run")
    assert world.asked_with(reproduce) == [((["roads"],), ASKED | {"seeds": range(1, 2)})]
    assert not seeds.isVisible()
    world.tell(JobEnded(outcome="stopped"))
    world.turn_to("grokking")
    assert seeds.value() == 3

    world.turn_to("roads")
    world.press("run")
    part = replace(result(seeds=(1, 2)), is_whole=False)
    world.tell(ExperimentStarted(experiment="roads", group="Roads", remark=""), at(0.5), part)
    assert world.button("stop").isVisible() and world.state("roads") == "50 %"
    world.press("stop")
    assert world.runner.stopped == [world.job(reproduce)]
    world.tell(JobEnded(outcome="stopped"))
    assert world.text("trouble").startswith("You stopped it. What 2 seeds came to is kept")
    assert world.button("run").isVisible() and world.text("seeds_seen") == "2 seeds"
    assert world.asked(tell_run)[-1] == ("",), "it tells what the session could not"


def test_what_it_came_to_before_stays_where_another_try_is_stopped_and_why_that_has_no_result_is_said(tried):
    assert tried.button("run").text() == "Run again"
    tried.press("run")
    assert not tried.has("verdict") and tried.state("roads") == "0 %"
    tried.tell(JobEnded(outcome="stopped"))
    assert tried.text("verdict") == "Seed 1: So it was." and tried.state("roads") == "fits the claim"
    assert tried.has("trouble")
    tried.press("run")
    tried.tell(replace(result(standing="differs", seeds=(1, 2)), is_whole=False))
    tried.press("stop")
    tried.tell(JobEnded(outcome="stopped"))
    assert tried.state("roads") == "fits the claim" and tried.text("seeds_seen") == "3 seeds"

    tried.press("run")
    start = ExperimentStarted(experiment="roads", group="Roads", remark="")
    failed = JobFailed(sentence="Too many classes.", hint="Open others.")
    for messages, said in (
        ([start, JobEnded(outcome="done")], "It ended without a result."),
        ([failed, JobEnded(outcome="failed")], "Too many classes. Open others."),
        ([JobEnded(outcome="stopped")], "You stopped it."),
    ):
        if said == "You stopped it.":
            tried.press("stop")
        tried.tell(*messages)
        assert tried.text("trouble") == said
        tried.press("run")
        assert not tried.has("trouble")

    for state, is_slowed in (("running", True), ("idle", False)):
        tried.controls.state = state
        tried.controls.stateChanged.emit(state)
        assert tried.has("story.note") == is_slowed and (not is_slowed or tried.text("story.note") == SLOWED)


def test_beside_other_data_it_runs_on_the_papers_and_offers_to_take_them(qtbot):
    world = World(qtbot, data=dataset_opened("Fashion-MNIST"))
    world.press("run")
    assert world.asked_with(reproduce) == [((["roads"],), ASKED)]
    world.tell(JobEnded(outcome="stopped"))
    assert world.text("data.words") == "Runs on MNIST; Fashion-MNIST 55,000 + 10,000 stays open."
    world.press("data.own")
    assert world.text("data.words").startswith("Runs on Fashion-MNIST 55,000 + 10,000; ")
    world.press("run")
    assert world.asked_with(reproduce)[1] == ((["roads"],), ASKED | {"own_data": True})
    assert not world.has("data.words")


def test_where_mnist_is_not_on_this_computer_the_sample_is_as_good_and_is_not_opened_anew(qtbot):
    world = World(qtbot, data=dataset_opened(SAMPLE_NAME), has_mnist=False)
    assert world.text("data.words").startswith("It runs on MNIST sample 55,000 + 10,000: the full MNIST is not")
    assert not world.button("data.own").isVisible()
    world.press("run")
    assert world.asked_with(reproduce) == [((["roads"],), ASKED | {"own_data": True})]
    remark = OF_OTHERS.format(data=SAMPLE_NAME)
    world.tell(ExperimentStarted(experiment="roads", group="Roads", remark=remark), at(0.5))
    assert world.text("remark") == remark and world.has("remark")
    world.tell(result(standing="differs", remark=remark), JobEnded(outcome="done"))
    assert world.text("remark") == remark and world.has("remark")

    world.turn_to("tickets")
    world.say(dataset_opened(SAMPLE_NAME))
    world.clock.advance(100)
    world.answer(parts.find_experiments, replace(world.found, has_mnist=True))
    assert world.text("data.words").startswith("Runs on MNIST; MNIST sample"), "it came to this computer"


def test_the_result_stands_row_by_row_beside_the_papers_figures_with_a_green_tick_where_one_agrees(world):
    world.carry_out(told=result(standing="differs"))
    roads = FOUND["roads"]
    table = world.tab.figures.rows.table()
    assert [row[:2] for row in table.rows] == [(each.what, each.where) for each in roads.figures]
    assert [row[2:4] for row in table.rows] == [(each.says, each.say_asked()) for each in roads.figures]
    assert [row[-1] for row in table.rows] == ["does not agree", "fits the claim", "fits the claim"]
    assert [row[4:8] for row in table.rows] == [(row.here, *row.interval, 3) for row in result(standing="differs").rows]
    assert world.tab.figures.note.words == "2 of 3 figures fit the claim, 1 does not agree"
    assert world.text("seeds_seen") == "3 seeds" and world.state("roads") == "does not agree"
    spoken = "; ".join(part.text for part in world.tab.figures.rows.heard_parts())
    assert f"{roads.figures[0].what}: paper stable, asked for here at most 2.00 %, here 32.00 %" in spoken
    assert "another seed lies within 32.00 to 32.00 % 19 times of 20: does not agree" in spoken
    assert world.text("tried") == f"1 of {len(FOUND)} tried"
    for width, is_roomy in ((700, True), (world.tab.figures.rows.minimumWidth(), False)):
        world.tab.figures.rows.setFixedWidth(width)
        heads = [words for words, _ in painted_words(world.tab.figures.rows)]
        assert ("asked for here" in heads) is is_roomy and "standing" in heads, "the tip has it where it has no room"

    world.carry_out("edge", told=result("edge"))
    good = theme().current.color("good").name()
    assert good in painted(world.tab.figures.rows)
    world.carry_out("taught", told=result("taught"))
    assert good not in painted(world.tab.figures.rows), "it fits the claim of a source that could not be read"


def test_on_other_data_than_the_papers_nothing_is_green_and_nothing_judged(world):
    good, remark = theme().current.color("good").name(), OF_OTHERS.format(data="others")
    for number, (name, standing) in enumerate(zip(list(FOUND)[:2], ("", "differs"), strict=True)):
        world.carry_out(name, result(name, standing=standing, predicted=FOUND[name].right, remark=remark))
        assert {row[-1] for row in world.tab.figures.rows.table().rows} == {"other data"}
        row = world.tab.list.rows[number]
        assert (row.state, row.tone) == ("other data", "faint")
        assert world.find(QLabel, "answer").property("tone") != "good"
        assert good not in painted(world.tab.figures.rows) and not world.has("differs")


def test_a_result_says_why_it_is_so_what_was_read_of_the_papers_and_why_figures_differ(world):
    rows = world.tab.figures.rows
    for name in ("roads", "taught", "grokking"):  # of two papers, with the fewest figures, with the most
        each, differs = FOUND[name], bool(FOUND[name].differs)
        world.carry_out(name, result(name, standing="differs" if differs else ""))
        assert world.text("why") == each.why and world.text("takes") == "took 1 min 10 s"
        assert world.text("papers") == "\n".join(f"{paper.short}: {paper.checked}" for paper in each.papers)
        assert world.has("differs") == differs and (not differs or world.text("differs") == each.differs)
        assert not any(choice.isVisible() for choice in world.tab.story.choices)

        world.tab.resize(1280, 440)
        world.qtbot.waitUntil(lambda: world.tab.picture.height() >= LEAST_PICTURE)
        world.tab.resize(1280, 700)
        world.qtbot.waitUntil(lambda: rows.parentWidget().height() >= rows.minimumHeight() > 0)
        assert world.tab.picture.height() >= LEAST_PICTURE


def test_a_result_leads_to_its_run_has_tips_and_stays_until_a_session_is_opened_which_ends_what_goes_on(world):
    world.say(started("A"), started("B"))
    world.carry_out()
    world.press("look")
    assert world.selection.lens == Lens("B", 12) and world.wanted == ["weights"]
    assert world.button("look").isEnabled()
    world.say(RunsTogether(removed=("B",)))
    assert not world.button("look").isEnabled() and "no longer" in world.button("look").toolTip()

    rows = world.tab.figures.rows
    tip = rows.tip_at(QPoint(20, rows.height() - 4).toPointF())
    assert tip.startswith("barrier, other start, neurons matched\nPaper: 0. Ainsworth et al. 2023, Section 5.1")
    assert "It could not be read there.\nAsked for here: 0.00 % ± 1.\nHere: 0.00 %, the mean of 3 seeds;" in tip
    assert tip.endswith("By seed: 0.00 %, 0.00 %, 0.00 %.")
    assert "could not be read" not in rows.tip_at(QPoint(20, rows.height() - 80).toPointF())
    assert rows.tip_at(QPoint(20, 3).toPointF()) is None

    world.turn_to("tickets")
    assert not world.has("verdict") and world.tab.picture.plot.curves == {} and rows.table() is None
    world.turn_to("roads")
    assert world.text("verdict") == "Seed 1: So it was." and len(world.tab.picture.plot.curves) == 1

    world.turn_to("tickets")
    world.press("run")
    kept = {EXPERIMENTS: {"edge": as_plain(result("edge")), "taught": {"here": "?"}}}
    world.say(opened(view=kept))
    assert world.runner.stopped == [world.job(reproduce)]
    wanted = ["1 min 20 s", "7 min", "agrees"]
    assert [world.state(name) for name in ("roads", "tickets", "edge")] == wanted
    world.turn_to("edge")
    assert world.text("verdict") == "Seed 1: So it was."
    assert world.tab.figures.note.words == "2 of 2 figures agree"
    world.tell(at(0.5, name="tickets"))
    assert world.state("tickets") == "7 min", "what it still tells is of the session before"


def shown(world, made):
    world.carry_out(told=replace(result(), picture=made))
    world.tab.picture.plot.redraw()
    return world.tab.picture.plot


def test_the_picture_has_a_logarithmic_axis_named_levels_and_curves_told_apart_by_more_than_their_colour(world):
    plot = shown(world, picture(0.5, 0.6, 0.9, log_x=True, percent_y=True))
    assert plot.curves["curve0"].series.x.tolist() == [0, 1, 2]
    assert plot.box.viewRange() == [[0, 2], [0.0, 1.0]]
    assert [row[1:] for row in plot.table().rows] == [(1, 0.5), (10, 0.6), (100, 0.9)]
    assert plot.table().columns == ("curve", "step", "accuracy")
    plot.show_crosshair(1.1)
    assert plot.where(1.1) == "step: 10" and "60.00 %" in plot.crosshair.text
    assert world.text("across") == "step, on a logarithmic axis · seed 1"

    x, y = np.array([4.0, -1.0, 1.0, np.nan]), np.array([0.4, 0.9, np.nan, 0.1])
    plot = shown(world, picture(0.5, curves=(Curve(label="it", x=x, y=y),), log_x=True))
    points = plot.curves["curve0"].series
    assert points.x.tolist() == pytest.approx([0, np.log10(4)]), "from left to right, those that have a place"
    assert np.isnan(points.y[0]) and points.y[1] == 0.4

    levels = (Level(label="edge", at=20.0), Level(label="enough", at=1000.0, upright=True))
    plot = shown(world, picture(3.0, 5.0, 9.0, levels=levels))
    (left, right), (low, high) = plot.box.viewRange()
    assert left == 1 and right == 1000 and low <= 3 and high >= 20
    assert plot.accessibleDescription() == "edge: 20; enough: 1,000"
    assert ("edge", None, 20.0) in plot.table().rows and ("enough", 1000.0, None) in plot.table().rows
    drawing = svg(world.tab.picture).decode()
    assert "edge: 20" in drawing and "So" not in drawing

    low, high = shown(world, picture(-0.2, 0.1, 0.9)).box.viewRange()[1]
    assert low < -0.2 and high >= 0.9, "below zero there is room too"

    x = np.arange(1.0, 4.0)
    curves = tuple(Curve(label=f"curve {number}", x=x, y=x * number) for number in range(5))
    base = Curve(label="at random", x=x, y=x, style="dashes")
    plot = shown(world, picture(0.5, curves=(*curves, base)))
    strokes = [curve.stroke for curve in plot.curves.values()]
    assert len({(each.dashes, each.color) for each in strokes}) == 6
    assert len({each.dashes for each in strokes[:5]}) == 5

    curves = tuple(Curve(label=f"a curve with a long name, {number}", x=x, y=x) for number in range(4))
    shown(world, picture(0.5, curves=curves))
    legend = world.tab.picture.legend
    world.qtbot.waitUntil(lambda: legend.height() >= 2 * legend.switches["curve0"].height())
    places = [switch.geometry() for switch in legend.switches.values()]
    assert all(legend.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert legend.sizeHint() == QSize(sum(place.width() for place in places), places[0].height())


def test_a_small_experiment_goes_from_its_question_to_its_runs_in_a_true_engine(qtbot, monkeypatch):
    def small(session, names, *, seeds, own_data, predicted):
        assert own_data
        return in_small(session, *names, seeds=seeds, predicted=predicted)

    monkeypatch.setattr(work, "reproduce", small)
    digits = open_sample()
    few = {f"train_{part}": getattr(digits, f"train_{part}")[::16] for part in ("images", "labels")}
    session = Session(replace(digits, name="Few digits", **few))
    world = World(qtbot, *true_engine(session), data=dataset_opened("Few digits"))
    qtbot.waitUntil(lambda: bool(world.tab.experiment))
    world.press("data.own")
    world.turn_to("roads")
    world.press("choice.1")
    world.tab.story.seeds.setValue(1)
    world.press("run")
    qtbot.waitUntil(lambda: world.has("verdict"), timeout=60_000)
    assert world.state("roads") == "other data" and "Few digits" in world.text("remark")
    assert set(world.tab.picture.plot.curves) == {"curve0", "curve1", "curve2"}
    found = world.tab.trials.of("roads").result
    assert [run.look.title for run in world.runs][:1] == ["one order of images, seed 1"]
    assert len(found.rows[0].seeds) == 1 and world.text("seeds_seen") == "1 seed"
    assert world.text("verdict") == f"Seed 1: {session.view[EXPERIMENTS]['roads']['verdict']}"
    world.press("look")
    assert world.selection.lens == Lens(found.look.run, found.look.step) and world.wanted == ["compare"]
    world.say(opened(view=session.view))
    assert world.text("answer").startswith("You expected what"), "opened again it knows what was predicted"
