"""The page *Runs* of Compare: a strip and a table of what became of each run, to sort, to choose from, to save."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.training.messages import Member, StepsDone
from engine.studies.sweep.messages import RunGathered
from gui.tabs.compare.tab import NO_NETWORK, CompareTab
from gui.widgets.figures.figure import svg
from gui.widgets.panel import Panel
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import TabWorld

LEFT = Qt.MouseButton.LeftButton
NAME = "tried"
LAYERS = ("300,100", "10", "50")
NOISE = np.random.default_rng(3)
FOUND = {name: (float(NOISE.uniform(0.8, 1)), float(NOISE.uniform(0.1, 0.9))) for name in "BCDEFG"}


def run(name, number, **values):
    accuracy, loss = FOUND[name]
    tests = tuple(
        epoch(each, run=name, test_accuracy=accuracy if each == 2 else 0.5, test_loss=loss, seconds=0.25 * (number + 1))
        for each in (1, 2)
    )
    spec = TrainSpec(layers=LAYERS[number % 3], seed=number // 3 + 1, epochs=2)
    kept = {"spec": spec, "epochs": tests, "moments": (0, 1100), "title": f"run {number}"}
    return summary(name, member=Member(NAME, number), **(kept | values))


class World(TabWorld):
    def __init__(self, qtbot):
        super().__init__(qtbot, CompareTab)
        self.told = [summary("A"), *(run(name, number) for number, name in enumerate("BCDEFG"))]
        self.say(opened(runs=self.told))
        self.look("C")
        self.press("page.runs")
        self.page, self.model = self.tab.runs, self.tab.runs.figures.shown

    def column(self, key):
        return [each.key for each in self.model.columns].index(key)

    def order_by(self, key):
        head = self.page.figures.horizontalHeader()
        place = QPoint(head.sectionViewportPosition(self.column(key)) + 12, head.height() // 2)
        QTest.mouseClick(head.viewport(), LEFT, pos=place)

    def rows(self):
        return [each.name for each in self.model.rows]

    def cells(self, key):
        place = self.column(key)
        return [self.model.index(row, place).data() for row in range(self.model.rowCount())]


def test_it_shows_and_saves_the_group_of_the_run_that_is_looked_at_with_the_settings_in_which_it_differs(world):
    assert world.page.group.text() == NAME and world.rows() == list("BCDEFG")
    heads = ["Run", "Accuracy", "of", "Hidden layers", "Seed", "Test loss", "Train loss", "Seconds", "Epochs", "End"]
    assert [each.title for each in world.model.columns] == heads
    accuracies = np.array([accuracy for accuracy, _ in FOUND.values()])
    said = f"6 runs, {100 * accuracies.min():.2f} to {100 * accuracies.max():.2f} %"
    assert world.text("runs.spread") == said, "they differ in more than their seed: no mean"
    assert "hidden layers" in world.page.findChild(QLabel, "compare.runs.spread").toolTip()
    assert world.cells("seconds")[0] == "0.5" and set(world.cells("end")) == {"all epochs"}

    table = world.find(Panel, "runs.panel").table()
    assert list(table.columns)[:5] == heads[:5]
    rows = [list(row) for row in table.rows]
    assert [row[1] for row in rows] == [accuracy for accuracy, _ in FOUND.values()]
    assert [row[0] for row in rows] == list("BCDEFG") and rows[0][3] == "300 → 100"
    assert b"hidden layers" in svg(world.find(Panel, "figures"))
    world.say(opened())
    world.selection.change(lens=None)
    assert world.tab.empty.sentence.text() == NO_NETWORK and world.tab.empty.isVisible()


def test_a_click_on_a_title_orders_by_it_a_second_one_the_other_way_round_and_a_third_one_as_before(world):
    for key, value in (
        ("test_accuracy", lambda name: FOUND[name][0]),
        ("test_loss", lambda name: FOUND[name][1]),
        ("seconds", lambda name: "BCDEFG".index(name)),
        ("layers", lambda name: ((300, 100), (10,), (50,))["BCDEFG".index(name) % 3]),
    ):
        world.order_by(key)
        up = sorted("BCDEFG", key=value)
        assert [value(name) for name in world.rows()] == [value(name) for name in up]
        assert world.model.headerData(world.column(key), Qt.Orientation.Horizontal).endswith("↑")
        world.order_by(key)
        assert [value(name) for name in world.rows()] == [value(name) for name in reversed(up)]
        assert world.page.figures.currentIndex().row() == world.rows().index("C"), "the mark stays at its run"
        assert world.selection.lens == Lens("C")
    world.order_by("layers")
    assert world.rows() == list("BCDEFG"), "a third click gives the order of the session back"

    world.say(RunGathered(summary=dataclasses.replace(run("B", 6, epochs=()), name="H")))
    assert "H" in {row[0] for row in world.page.strip.table().rows}
    for _ in range(2):
        world.order_by("test_accuracy")
        assert world.rows()[-1] == "H", "without a figure it stands at the end whichever way"
    assert world.cells("test_accuracy")[-1] == "–"


def test_return_orders_by_the_column_of_the_cell_and_leaves_the_keys_at_their_run(world):
    table, column = world.page.figures, world.column("test_accuracy")
    table.setCurrentIndex(world.model.index(1, column))
    up = sorted("BCDEFG", key=lambda name: FOUND[name][0])
    for rows in (up, up[::-1], list("BCDEFG")):
        QTest.keyClick(table, Qt.Key.Key_Return)
        assert world.rows() == rows
        assert table.currentIndex() == world.model.index(rows.index("C"), column) and world.selection.lens == Lens("C")


def test_a_click_on_a_row_or_a_dot_looks_at_that_run_and_the_lens_marks_a_row(world):
    table = world.page.figures
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(world.model.index(3, 0)).center())
    assert world.selection.lens == Lens("E")
    world.look("G")
    assert table.currentIndex().row() == 5
    QTest.keyClick(world.page.figures, Qt.Key.Key_Home)
    assert world.selection.lens == Lens("B")
    QTest.keyClick(world.page.figures, Qt.Key.Key_Down)
    assert world.selection.lens == Lens("C")

    strip = world.page.strip
    strip.grab()
    places = {name: strip.dot(name) for name in FOUND}
    for name, place in places.items():
        assert strip.tip_at(place).startswith(f"Run {name} · run ") and strip.run_at(place) == name
    order = sorted(FOUND, key=lambda name: -FOUND[name][0])
    assert sorted(FOUND, key=lambda name: places[name].y()) == order
    across = {}
    for number, name in enumerate(FOUND):
        across.setdefault(LAYERS[number % 3], []).append(places[name].x())
    assert max(across["10"]) < min(across["50"]) and max(across["50"]) < min(across["300,100"])
    QTest.mouseClick(strip, LEFT, pos=places["F"].toPoint())
    assert world.selection.lens == Lens("F")
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert world.selection.lens.run != "F"


def test_another_figure_setting_or_group_is_shown_and_another_tab_can_ask_for_a_group(world):
    def choose(menu, text):
        """Choose an entry; return the texts of all, and of the checked one."""
        menu.aboutToShow.emit()
        texts = [action.text() for action in menu.actions()]
        checked = [action.text() for action in menu.actions() if action.isChecked()]
        menu.actions()[texts.index(text)].trigger()
        return texts, checked

    world.page.measure.choose("test_loss")
    rows = {row[0]: row[2] for row in world.page.strip.table().rows}
    assert rows == {name: pytest.approx(loss) for name, (_, loss) in FOUND.items()}
    assert choose(world.page.across.menu(), "Seed") == (["Hidden layers", "Seed", "Run"], ["Hidden layers"])
    assert {row[1] for row in world.page.strip.table().rows} == {"1", "2"}

    choose(world.page.group.menu(), "All runs")
    assert world.rows() == list("ABCDEFG") and "title" in [each.key for each in world.model.columns]
    world.press("page.answers")
    world.selection.compareWanted.emit("runs", NAME)
    assert world.tab.page.key == "runs" and world.rows() == list("BCDEFG")


def test_a_mean_is_drawn_of_each_column_of_repetitions_and_of_seeds_alone_with_their_deviation_as_numpy_says(world):
    accuracies = {name: accuracy for name, (accuracy, _) in FOUND.items()}
    by_layers = [("10", "CF"), ("50", "DG"), ("300,100", "BE")]
    assert sorted(world.page.strip.means()) == [
        (place, place, pytest.approx(np.mean([accuracies[name] for name in names])))
        for place, (_, names) in enumerate(by_layers)
    ]
    world.say(StepsDone(run="F", first_step=1, so_far=np.ones(1, np.float32), gradient_norms=np.ones((1, 2)),
                        images_per_second=1.0, changes=((5, "learning_rate", 0.5),)))  # fmt: skip
    world.page.show_runs(world.runs, NAME, "C")
    assert {first for first, _, _ in world.page.strip.means()} == {1, 2}, "F and C differ in more now"
    assert world.cells("learning_rate") == ["0.1"] * 4 + ["0.1 → 0.5 (step 5)", "0.1"]
    world.order_by("learning_rate")
    assert world.rows()[-1] == "F"
    assert [row[world.column("learning_rate")] for row in world.page.figures.table().rows] == [
        *[0.1] * 5, "0.1 → 0.5 (step 5)",
    ]  # fmt: skip

    same = [
        dataclasses.replace(run(name, 0), spec=TrainSpec(seed=place, epochs=2), member=Member("again", place))
        for place, name in enumerate("BCD")
    ]
    world.say(opened(runs=same))
    world.look("C")
    shares = np.array([FOUND[name][0] for name in "BCD"])
    said = f"3 runs, {100 * shares.mean():.2f} ± {100 * shares.std(ddof=1):.2f} %"
    assert world.text("runs.spread") == said
    assert world.page.strip.means() == [(0, 2, pytest.approx(shares.mean()))]
