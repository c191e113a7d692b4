"""The Warm-up tab, by mouse and keys: what it asks of the engine, and what it shows of the answers."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSlider

from engine.analysis.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse
from engine.analysis.warmup.problem import Outlook, drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.messages import JobEnded, JobPaused, JobResumed
from engine.session.jobs.data import EngineReady
from gui.look.color_maps import cell_colors, signed_image
from gui.tabs.warmup.descent_panel import LogSeries
from gui.tabs.warmup.tab import PICTURE_MS, TYPING_MS, WarmupTab
from gui.widgets.pictures.cell_words import exact, rounded_up, short, trimmed
from gui.widgets.plots.chart import Cell
from gui.widgets.plots.number_map import NumberMap, written_image
from tests.gui.mouse import double_click, point_at
from tests.gui.worlds import TabWorld, true_engine

LEFT = Qt.MouseButton.LeftButton


class World(TabWorld):
    """A tab that is shown by `begin`; the engine speaks of its descent."""

    def __init__(self, qtbot, *engine):
        super().__init__(qtbot, WarmupTab, *engine, shown=False)

    def say(self, *messages, job=None):
        super().say(*messages, job=self.tab.descent.job() if job is None else job)

    def begin(self, matrix=None, **values):
        """Show the tab; the engine is ready and tells the matrix."""
        self.tab.show()
        self.say(EngineReady(device="CPU"), job=1_000)
        self.say(started(matrix, **values), JobPaused())
        return self

    def map(self, name):
        return next(each for each in maps(self.tab) if each.objectName() == f"warmup.{name}")

    def point(self, name, row, column):
        each = self.map(name)
        point_at(each, each.heard_place(Cell(row, column)).center().toPoint())


def maps(tab):
    parts = [*tab.equation.parts.values(), *tab.panel.gradient.values(), *tab.panel.inverse.values()]
    return [part.map for part in parts]


def started(matrix=None, **values):
    spec = WarmupSpec(**values)
    matrix = drawn_matrix(spec.size, spec.seed) if matrix is None else matrix
    outlook = Outlook.of(matrix)
    return WarmupStarted(
        spec=spec,
        matrix=matrix,
        inverse=outlook.inverse,
        condition_number=outlook.condition_number,
        sentence=outlook.sentence,
    )


def steps(step=1, x=None, spec=None, loss=4.0, distance=0.5, **others):
    x = np.full((10, 10), 0.25) if x is None else x
    values = {
        "numbers": np.array([step]),
        "losses": np.array([loss]),
        "x": x,
        "product": x @ drawn_matrix(len(x), 0),
        "residue": x + 1,
        "gradient": x + 2,
        "change": x / 1000,
        "memories": (x + 3, x + 4),
        "taken": step,
        "loss": loss,
        "distance": distance,
        "steps_per_second": 50_000.0,
    }
    return WarmupSteps(spec=spec or WarmupSpec(size=len(x)), step=step, **{**values, **others})


@pytest.fixture
def unshown(qtbot):
    return World(qtbot)


@pytest.fixture
def world(unshown):
    unshown.begin()
    unshown.runner.take()
    return unshown


def test_a_shown_tab_asks_for_the_matrix_and_learning_waits_for_tensorflow(unshown):
    assert unshown.runner.jobs == []
    unshown.tab.show()
    assert unshown.runner.jobs == [(learn_inverse, (WarmupSpec(), None))]
    assert unshown.runner.take() == [("step", 1, WarmupStarted)]
    unshown.tab.hide()
    unshown.tab.show()
    assert len(unshown.runner.jobs) == 1

    unshown.say(started(), JobPaused())
    np.testing.assert_array_equal(unshown.map("matrix").numbers, drawn_matrix(10, 0))
    learn = unshown.button("learn")
    assert not learn.isEnabled() and learn.toolTip() == "TensorFlow is still being loaded."
    unshown.say(EngineReady(device="CPU"), job=1_000)
    assert learn.isEnabled()


def test_the_first_figures_are_those_of_x_zero(world):
    assert world.text("product.figure") == "10.0"  # the sum of |0 − I|
    assert world.text("matrix.figure") == "40"
    assert world.text("x.figure") == f"{np.abs(np.linalg.inv(drawn_matrix(10, 0))).max():.4f}"
    assert world.text("step_count") == "0 of 100,000"
    np.testing.assert_array_equal(world.map("x").numbers, np.zeros((10, 10)))

    x = np.arange(100.0).reshape(10, 10) / 1000
    world.say(steps(1, x=x))
    world.point("product", 3, 6)
    value = (x @ drawn_matrix(10, 0))[3, 6]
    assert world.text("product.line") == f"row 4, column 7: {value:.6g}"
    assert world.map("x").marked == QRect(0, 3, 10, 1)
    assert world.map("matrix").marked == QRect(6, 0, 1, 10)
    QTest.mouseMove(world.map("product"), QPoint(world.map("product").width() - 1, 1))
    assert world.text("product.line") == "should become the identity"
    assert world.map("x").marked.isEmpty()


def test_run_goes_at_full_speed_or_in_slow_motion_pauses_and_is_an_act_for_the_notebook_when_all_steps_are_taken(world):
    world.press("learn")
    assert world.runner.take() == [("change", 1, {"steps_per_turn": 0.0}), ("pace", 1, None), ("resume", 1)]
    world.say(JobResumed(), steps(5))
    assert world.text("learn") == "Pause"
    world.press("learn")
    assert world.runner.take() == [("pause", 1)]
    world.say(JobPaused())
    assert world.text("learn") == "Continue"

    world.choose("pace", Qt.Key.Key_Down)
    assert world.runner.take() == [], "it rests"
    world.press("learn")
    orders = world.runner.take()
    assert ("change", 1, {"steps_per_turn": 1.0}) in orders and ("pace", 1, 16.0) in orders
    world.say(JobResumed(), steps(6, spec=WarmupSpec(learning_rate=0.5)))
    assert world.text("speed") == "16"
    world.choose("pace", Qt.Key.Key_Up)
    assert world.runner.take() == [("change", 1, {"steps_per_turn": 0.0}), ("pace", 1, None)]
    world.say(steps(7, spec=WarmupSpec(learning_rate=0.6)))
    assert world.text("speed") == "50,000" and not world.tab.shows_act

    world.say(steps(100_000), WarmupFinished(step=100_000, finite=True), JobEnded(outcome="done"))
    assert world.text("learn") == "Run again" and world.tab.shows_act
    world.press("learn")
    assert len(world.runner.jobs) == 2 and world.runner.take()[-1] == ("resume", 2)


def test_one_step_advances_by_one_step_and_reset_begins_again_with_the_same_matrix(world):
    world.press("step")
    wanted = [("pace", 1, None), ("change", 1, {"steps_per_turn": 1.0}), ("step", 1, WarmupSteps)]
    assert world.runner.take() == wanted
    world.point("x", 0, 0)
    assert world.text("x.line") == "row 1, column 1: 0"
    for number in (1, 2, 3):
        world.say(steps(number, x=np.full((10, 10), float(number))), JobPaused())
        assert world.text("step_count") == f"{number} of 100,000" and world.text("speed") == "–"
        assert world.map("x").numbers[0, 0] == number and world.text("x.line") == f"row 1, column 1: {number}"

    world.runner.take()
    world.press("reset")
    assert world.runner.jobs[1] == (learn_inverse, (WarmupSpec(), None))
    assert world.runner.take()[-2:] == [("stop", 1), ("step", 2, WarmupStarted)]
    world.say(started(), JobPaused())
    assert world.text("step_count") == "0 of 100,000" and world.text("learn") == "Run"
    world.say(steps(99), job=1)
    assert world.text("step_count") == "0 of 100,000"


def test_settings_act_at_once_where_they_are_in_their_range_and_the_formulas_follow(world):
    slider = world.tab.findChild(QSlider, "warmup.learning_rate.slider")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    ((order, job, changes),) = world.runner.take()
    assert (order, job) == ("change", 1) and 0.01 < changes["learning_rate"] <= 0.013
    world.type("learning_rate", "0.5")
    assert world.runner.take()[-1] == ("change", 1, {"learning_rate": 0.5})
    world.type("learning_rate", "50")
    sent = [changes["learning_rate"] for _, _, changes in world.runner.take()]
    assert 50 not in sent
    assert "must be between" in world.tab.findChild(QLineEdit, "warmup.learning_rate").toolTip()

    world.type("learning_rate", "0.5")
    world.runner.take()
    world.choose("optimizer", Qt.Key.Key_Down)
    assert world.runner.take() == [("change", 1, {"optimizer": "sgd"})]
    assert world.text("rule.change") == "x ← x − rate · g"
    world.choose("loss", Qt.Key.Key_Down)
    assert world.runner.take() == [("change", 1, {"loss": "squared"})]
    assert world.text("rule.gradient") == "g = 2 (x A − I) Aᵗ"
    world.type("steps", "500")
    assert world.runner.take()[-1] == ("change", 1, {"steps": 500})
    assert world.text("step_count") == "0 of 500"


def test_steps_with_other_settings_are_painted_at_once_but_not_while_the_tab_is_hidden(world):
    world.say(JobResumed(), steps(1))
    world.say(steps(2, x=np.full((10, 10), 2.0)))
    assert world.map("x").numbers[0, 0] == 0.25  # the next picture is not due yet
    world.say(steps(3, x=np.full((10, 10), 3.0), spec=WarmupSpec(learning_rate=0.5)))
    assert world.map("x").numbers[0, 0] == 3
    world.say(steps(4, x=np.full((10, 10), 4.0), spec=WarmupSpec(learning_rate=0.5)))
    world.clock.advance(PICTURE_MS)
    assert world.map("x").numbers[0, 0] == 4

    world.tab.hide()
    world.say(steps(5, x=np.full((10, 10), 5.0), spec=WarmupSpec(learning_rate=1.0)))
    assert world.map("x").numbers[0, 0] == 4
    world.tab.show()
    assert world.map("x").numbers[0, 0] == 5
    assert len(world.tab.panel.plot.curves["loss"].series) == 5


def test_a_typed_size_and_the_next_seed_draw_their_matrix(world):
    world.type("size", "25")
    world.clock.advance(TYPING_MS - 1)
    assert len(world.runner.jobs) == 1
    world.clock.advance(1)
    assert world.runner.jobs[1][1] == (WarmupSpec(size=25), None)
    world.say(started(size=25), JobPaused())
    world.type("size", "4")
    world.press("learn")
    assert world.runner.jobs[2][1] == (WarmupSpec(size=4), None)
    assert world.runner.take()[-1] == ("resume", 3)

    world.say(started(size=4), JobResumed())
    world.press("new_matrix")
    assert world.runner.jobs[-1][1] == (WarmupSpec(size=4, seed=1), None)
    assert world.runner.take() == [("stop", 3), ("change", 4, {"steps_per_turn": 0.0}), ("pace", 4, None)]
    assert world.text("learn") == "Pause", "it is learned at once if one was"
    assert world.selection.history.stack.undoText() == "new matrix"
    world.selection.history.undo()
    assert world.runner.jobs[-1][1] == (WarmupSpec(size=4), None)


def test_an_edited_matrix_comes_back_after_another_size_and_after_the_preset(world):
    world.tab.equation.matrix.edited.emit(Cell(1, 2), 2.5)
    edited = world.runner.jobs[-1][1][1]
    world.type("size", "4")
    world.clock.advance(TYPING_MS)
    assert world.runner.jobs[-1][1] == (WarmupSpec(size=4), None)
    world.selection.history.undo()
    assert world.runner.jobs[-1][1] == (WarmupSpec(), edited)
    world.choose("optimizer", Qt.Key.Key_Down)
    chip = world.button("preset")
    assert not chip.isChecked()
    world.press("preset")
    assert chip.isChecked() and world.runner.jobs[-1][1] == (WarmupSpec(), None)
    world.selection.history.undo()
    assert world.runner.jobs[-1][1] == (WarmupSpec(optimizer="sgd"), edited)
    assert world.tab.settings.form.spec().optimizer == "sgd"


def edit(world, row, column, text):
    each = world.map("matrix")
    place = each.heard_place(Cell(row, column)).center().toPoint()
    double_click(each, place)
    QTest.keyClicks(each.editor, text)
    QTest.keyClick(each.editor, Qt.Key.Key_Return)


def test_a_number_is_edited_by_double_click_or_keys_and_what_is_none_stays_in_the_editor(world):
    each = world.map("matrix")
    edit(world, 4, 4, "much")
    middle = each.heard_place(Cell(4, 4)).center().toPoint()
    assert (each.editor.geometry().center() - middle).manhattanLength() <= 2 and each.editor.height() == 28
    assert each.editor.isVisible() and each.editor.toolTip() == "A number of the matrix must be a number, not “much”."
    QTest.keyClick(each.editor, Qt.Key.Key_Escape)
    assert not each.editor.isVisible() and len(world.runner.jobs) == 1
    edit(world, 4, 4, str(int(drawn_matrix(10, 0)[4, 4])))
    assert len(world.runner.jobs) == 1 and not world.selection.history.stack.canUndo(), "the same number"

    each.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(each, key)
    QTest.keyClick(each, Qt.Key.Key_7)
    assert each.editor.isVisible() and each.editor.text() == "7"
    QTest.keyClick(each.editor, Qt.Key.Key_Return)
    _, matrix = world.runner.jobs[-1][1]
    changed = np.argwhere(matrix != drawn_matrix(10, 0))
    assert len(changed) == 1 and matrix[tuple(changed[0])] == 7
    world.selection.history.undo()

    edit(world, 2, 3, "-1.5")
    spec, matrix = world.runner.jobs[-1][1]
    expected = drawn_matrix(10, 0)
    expected[2, 3] = -1.5
    assert spec == WarmupSpec()
    np.testing.assert_array_equal(matrix, expected)
    assert world.selection.history.stack.undoText() == "row 3, column 4 of A"
    world.say(started(matrix), JobPaused())
    world.press("reset")  # it stays the edited one
    np.testing.assert_array_equal(world.runner.jobs[-1][1][1], expected)
    world.selection.history.undo()
    assert world.runner.jobs[-1][1] == (WarmupSpec(), None)
    world.selection.history.redo()
    np.testing.assert_array_equal(world.runner.jobs[-1][1][1], expected)


def test_ten_by_ten_has_numbers_in_its_cells_and_a_hundred_only_colours(world):
    world.say(steps(1))
    assert all(world.map(name).shows_words for name in ("x", "matrix", "product"))
    world.say(started(size=100))
    world.say(steps(1, x=np.full((100, 100), 0.25)))
    assert not any(world.map(name).shows_words for name in ("x", "matrix", "product"))
    product = world.map("product")
    assert product.cell_at(product.place().center()) == Cell(50, 50) and product.role(product.place()) == "cell"
    world.say(started(np.array([[1.0, 2.5], [3.0, 4.0]]), size=2))
    matrix = world.map("matrix")
    assert matrix.role(matrix.place()) == "large_cell" and matrix.word(2.5, 7) == "2.5"

    world.say(started())
    world.say(steps(1, x=np.full((10, 10), 0.21)))
    assert (world.map("product").most, world.map("x").most, world.map("matrix").most) == (1.5, 0.5, 9)
    world.say(steps(2, x=np.full((10, 10), 0.49)))
    assert world.map("x").most == 0.5


def test_the_pages_of_the_gradient_and_the_inverse_show_the_last_step_and_pointing_works_a_gradient_out(world):
    world.press("pages.gradient")
    assert world.map("gradient.change").numbers is None
    assert world.text("gradient.change.line") == "One step, and it is here."
    message = steps(1)
    world.say(message)
    for name in ("residue", "gradient", "change"):
        np.testing.assert_array_equal(world.map(f"gradient.{name}").numbers, getattr(message, name))
    assert world.text("gradient.change.power") == "× 10⁻⁴"  # 0.00025

    world.press("pages.inverse")
    inverse = np.linalg.inv(drawn_matrix(10, 0))
    np.testing.assert_allclose(world.map("inverse.inverse").numbers, inverse)
    np.testing.assert_allclose(world.map("inverse.difference").numbers, 0.25 - inverse)

    world.press("pages.gradient")
    world.say(steps(3), JobPaused())
    assert world.text("worked").startswith("Row 1, column 1, step 3:\ng =")
    world.point("gradient.gradient", 2, 5)
    assert world.map("gradient.residue").marked == QRect(0, 2, 10, 1)
    assert world.map("matrix").marked == QRect(0, 5, 10, 1)
    assert world.map("gradient.change").marked == QRect(5, 2, 1, 1)
    assert world.text("worked").startswith("Row 3, column 6, step 3:")
    QApplication.sendEvent(world.map("gradient.gradient"), QEvent(QEvent.Type.Leave))
    assert world.map("matrix").marked.isEmpty()
    assert world.text("worked").startswith("Row 3, column 6, step 3:")
    world.press("reset")
    world.say(started(), JobPaused())
    assert world.text("worked") == ""


def test_a_singular_matrix_is_said_so_in_place(unshown):
    unshown.begin(matrix=np.ones((2, 2)), size=2)
    assert unshown.text("sentence").startswith("This matrix has no inverse")
    assert (unshown.text("matrix.figure"), unshown.text("x.figure")) == ("∞", "–")
    unshown.say(steps(1, x=np.eye(2), distance=float("nan")))
    unshown.press("pages.inverse")
    assert unshown.map("inverse.inverse").numbers is None
    assert unshown.text("inverse.inverse.line") == "There is no inverse."
    assert len(unshown.tab.panel.plot.curves["distance"].series) == 0

    unshown.say(JobResumed(), steps(35, x=np.full((2, 2), np.nan), loss=float("nan"), distance=float("nan")))
    unshown.say(WarmupFinished(step=35, finite=False), JobEnded(outcome="done"))
    assert unshown.text("sentence").startswith("After 35 steps x is no matrix of numbers any more.")
    unshown.tab.grab()  # it can be painted


def test_both_axes_are_logarithmic_and_can_be_made_linear(world):
    world.say(steps(1000, numbers=np.array([1, 10, 1000]), losses=np.array([10.0, 7.0, 4.0])))
    plot = world.tab.panel.plot
    plot.redraw()
    assert plot.log and plot.box.viewRange()[0] == pytest.approx([0, 5])
    np.testing.assert_allclose(plot.curves["loss"].item.getData(), [[0, 1, 3], np.log10([10, 7, 4])])
    assert plot.where(3.0) == "step 1,000"
    world.press("plot.across")
    assert plot.box.viewRange()[0] == pytest.approx([0, 100_000])
    world.tab.panel.tools.log.trigger()
    np.testing.assert_allclose(plot.curves["loss"].item.getData(), [[1, 10, 1000], [10, 7, 4]])
    assert plot.where(1000.0) == "step 1,000"
    np.testing.assert_array_equal(plot.numbers()["loss"].x, [1, 10, 1000])


def test_numbers_are_short_in_cells_and_exact_where_one_asks():
    assert [short(value) for value in (0.98, -0.12, 1.0, 1.234, -1.234, 12.34, -123, 1e7, -2e7)] == [
        ".98", "−.12", "1", "1.23", "−1.2", "12.3", "−123", "1e7", "−2e7",
    ]  # fmt: skip
    assert short(-1.0000000000001, 7) == "−1" and trimmed("2.5000") == "2.5" and trimmed("−.00") == "−.00"
    assert (
        short(-0.001) == ".00"
        and short(-0.00001, 6) == "0.000"
        and short(float("nan")) == "–"
        and short(0.12345, 7) == "0.1235"
    )
    assert all(len(short(value, 4)) <= 4 for value in np.random.default_rng(1).normal(0, 300, 500))
    assert [exact(value) for value in (-3.0, 0.1234567, float("inf"))] == ["−3", "0.123457", "not a number"]
    assert [rounded_up(value) for value in (0.21, 0.5, 3.0, 0.0)] == pytest.approx([0.5, 0.5, 5, 1])


def test_what_is_worked_out_has_its_room_and_moves_nothing(unshown):
    for seed in (0, 1):  # of the second one a sentence is said
        unshown.begin(seed=seed)
        unshown.qtbot.waitUntil(lambda: unshown.map("x").height() > 0)
        before = unshown.tab.panel.geometry()
        job = learn_inverse(None, WarmupSpec(seed=seed, optimizer="adam", loss="squared", learning_rate=0.00123))
        next(job)
        unshown.say(next(job), JobPaused())
        for _ in range(5):
            unshown.say(job.send({"steps_per_turn": 1.0}), JobPaused())
        job.close()
        label, sentence = unshown.tab.settings.worked, unshown.tab.settings.sentence
        unshown.qtbot.waitUntil(lambda label=label: label.isVisible() and label.width() > 200)
        assert label.heightForWidth(label.width()) <= label.height()
        unshown.qtbot.waitUntil(lambda label=label: label.geometry().bottom() <= label.parentWidget().height())
        assert sentence.geometry().bottom() <= unshown.tab.settings.height()
        assert sentence.text().startswith("Badly conditioned (10,04") if seed else not sentence.text()
        assert unshown.tab.panel.geometry() == before
    assert unshown.text("matrix.figure").startswith("10,04")


def test_with_the_true_engine_a_small_matrix_is_inverted(qtbot):
    world = World(qtbot, *true_engine())
    world.tab.show()
    tab, told = world.tab, []
    tab.descent.started.connect(told.append)
    world.say(EngineReady(device="CPU"), job=1_000)
    qtbot.waitUntil(lambda: bool(told) and tab.descent.state == "resting")
    world.type("size", "3")
    world.type("seed", "3")
    world.type("steps", "5000")
    qtbot.waitUntil(lambda: (told[-1].spec.size, told[-1].spec.seed) == (3, 3))
    world.press("step")
    qtbot.waitUntil(lambda: world.text("step_count").startswith("1 of"), timeout=60_000)
    world.press("learn")
    qtbot.waitUntil(lambda: tab.descent.state == "over", timeout=60_000)
    matrix = np.random.default_rng(3).integers(0, 10, (3, 3))
    np.testing.assert_allclose(world.map("x").numbers, np.linalg.inv(matrix), atol=0.01)
    np.testing.assert_allclose(world.map("product").numbers, np.eye(3), atol=0.05)
    assert world.text("step_count") == "5,000 of 5,000"


def test_a_long_curve_over_a_logarithmic_axis_keeps_its_begin_and_its_peaks():
    series, steps_taken = LogSeries(), np.arange(1, 100_001)
    values = np.random.default_rng(2).uniform(1, 2, 100_000)
    values[[50_000, 70_000]] = (0.5, 3.0)
    series.extend(np.log10(steps_taken), values)
    x, y = series.extremes(0.0, 5.0, 400)
    assert len(x) <= 2 * 401 and (y.min(), y.max()) == (0.5, 3.0)
    np.testing.assert_allclose(np.unique(x)[:8], np.log10(steps_taken[:8]))
    half, _ = series.extremes(4.0, 5.0, 400)  # zoomed in: finer
    assert len(half) > 700 and half[0] >= np.log10(9_980)


def test_all_numbers_of_a_matrix_have_as_many_decimals_as_a_negative_one_has_room_for(qtbot, monkeypatch):
    view, written = qtbot.show(NumberMap("map", "x", ""), 2 * 45, 82), []
    monkeypatch.setattr(
        "gui.widgets.plots.number_map.written_image", lambda *parts: written.append(parts[2]) or QImage()
    )
    for least in (0.0541, -0.0541, -0.00001):
        view.show_numbers(np.array([[0.17564, least], [0.00001, 1.0]]), 1.0)
        view.grab()
    assert written[0] == ["0.1756", "0.0541", "0.0000", "1"] and written[1] == ["0.176", "−0.054", "0.000", "1"]
    assert written[2] == ["0.176", "0.000", "0.000", "1"]


def test_words_are_written_in_the_middle_of_their_cells_in_their_ink(qapp):
    grounds = np.array([[[255, 255, 255], [10, 20, 30]]], np.uint8)
    inks = np.array([[[0, 0, 0], [250, 200, 150]]], np.uint8)
    image = written_image(grounds, inks, ["8", "8"], (24, 30), 1.0)
    assert (image.width(), image.height()) == (60, 24)
    shown = np.array([[image.pixelColor(x, y).getRgb()[:3] for x in range(60)] for y in range(24)], int)
    for place, ground, ink in ((shown[:, :30], grounds[0, 0], inks[0, 0]), (shown[:, 30:], grounds[0, 1], inks[0, 1])):
        rows, columns = np.nonzero(np.abs(place - ground).sum(axis=2) > 60)
        assert 5 <= np.ptp(rows) <= 9 and 3 <= np.ptp(columns) <= 8
        assert abs(rows.mean() - 11.5) < 1.1 and abs(columns.mean() - 14.5) < 1.1
        assert np.abs(place - ink).sum(axis=2).min() < 60
        assert (place[0] == ground).all() and (place[-1] == ground).all()

    numbers = np.random.default_rng(3).normal(0, 1, (5, 7))
    image = signed_image(numbers, 1.5)
    expected = [[image.pixelColor(x, y).getRgb()[:3] for x in range(7)] for y in range(5)]
    np.testing.assert_array_equal(cell_colors(numbers, 1.5, signed=True), expected)
